//! The tables of `docs/protocol/keys.md`, cell by cell: what becomes of every instruction in the hands of every key.

use gpu_lease_client::decode;
use gpu_lease_tests::{
    acts::{self, Act, KEYS, OTHER_KEYS},
    prelude::*,
};
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../docs/protocol/keys.md");

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    /// It is done.
    Yes,
    /// It is done, for accounts of the key's own: whoever it is.
    Own,
    /// It is done by others all the same; the key's signature adds nothing.
    Nothing,
    /// It is refused, by that number.
    Refused(u32),
}

impl Cell {
    fn read(text: &str) -> Self {
        match text {
            "yes" => Self::Yes,
            "own" => Self::Own,
            "nothing" => Self::Nothing,
            number => Self::Refused(number.parse().unwrap_or_else(|_| panic!("{number}: no cell"))),
        }
    }
}

/// A row of a table.
struct Row {
    instruction: String,
    case: String,
    cells: Vec<(String, Cell)>,
}

/// The cells of a line.
fn split(line: &str) -> impl Iterator<Item = &str> {
    line.trim_matches('|').split('|').map(str::trim)
}

/// Every row of every table whose first column is called *instruction*.
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut header: Vec<&str> = Vec::new();
    for line in PAGE.lines() {
        if line.starts_with("| instruction | case |") {
            header = split(line).skip(2).collect();
        } else if !line.starts_with('|') {
            header.clear();
        } else if !header.is_empty() && !line.starts_with("|--") {
            let [instruction, case, cells @ ..] = &split(line).collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            assert_eq!(cells.len(), header.len(), "{line}");
            let cells = header.iter().zip(cells).map(|(key, cell)| ((*key).to_owned(), Cell::read(cell)));
            rows.push(Row {
                instruction: instruction.trim_matches('`').to_owned(),
                case: (*case).to_owned(),
                cells: cells.collect(),
            });
        }
    }
    rows
}

/// What becomes of `act` in the hands of the key called `name`.
fn played(act: &Act, world: &World, name: &str) -> Result<bool, InstructionError> {
    let mut world = world.clone();
    let by = acts::key(&world.people, name).pubkey();
    let instructions = (act.play)(&world, by);
    let last = u8::try_from(instructions.len() - 1).unwrap();
    match world.play_by(by, &instructions).0 {
        Ok(_) => Ok((act.counts)(&world)),
        Err(refusal) => {
            assert_eq!(
                refusal.instruction,
                Some(last),
                "{}, {}, {name}: {refusal}",
                act.instruction,
                act.case
            );
            Err(refusal.error.expect("an instruction fails"))
        }
    }
}

#[test]
fn every_cell_of_the_tables_is_so() {
    let acts = acts::acts();
    let mut wrong = Vec::new();
    for (row, act) in rows().iter().zip(&acts) {
        let world = (act.given)();
        for (name, cell) in &row.cells {
            let actual = match played(act, &world, name) {
                Ok(true) if matches!(cell, Cell::Yes | Cell::Own) => *cell,
                Ok(true) => Cell::Yes,
                Ok(false) => Cell::Nothing,
                Err(InstructionError::Custom(number)) => Cell::Refused(number),
                Err(error) => panic!("{}, {}, {name}: {error:?}", act.instruction, act.case),
            };
            if actual != *cell {
                wrong.push(format!("{}, {}, {name}: {actual:?} and not {cell:?}", act.instruction, act.case));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_tables_have_a_row_for_every_act_in_their_order_and_a_cell_for_every_key() {
    let rows = rows();
    let rows_of: Vec<_> = rows.iter().map(|row| (row.instruction.as_str(), row.case.as_str())).collect();
    let acts = acts::acts();
    let acts: Vec<_> = acts.iter().map(|act| (act.instruction, act.case)).collect();
    assert_eq!(rows_of, acts);
    for Row { instruction, cells, .. } in &rows {
        let names: Vec<_> = cells.iter().map(|(name, _)| name.as_str()).collect();
        let is_of_the_protocol = names.len() > KEYS.len();
        let others: &[&str] = if is_of_the_protocol { &OTHER_KEYS } else { &[] };
        assert_eq!(names, [&KEYS, others].concat(), "{instruction}");
        // Who may do it with accounts of its own is anybody.
        let own = cells.iter().filter(|(_, cell)| *cell == Cell::Own).count();
        assert!(own == 0 || own == cells.len(), "{instruction}");
    }
}

#[test]
fn every_instruction_of_the_program_is_in_a_table() {
    let in_tables: BTreeSet<_> = acts::acts().iter().map(|act| act.instruction).collect();
    assert_eq!(in_tables, decode::INSTRUCTIONS.iter().copied().collect());
}

#[test]
fn what_is_played_is_what_the_table_names_and_succeeds_in_the_right_hands() {
    for act in acts::acts() {
        let world = (act.given)();
        let by = acts::key(&world.people, act.by).pubkey();
        let instructions = (act.play)(&world, by);
        let last = decode::instruction(instructions.last().unwrap()).unwrap().unwrap();
        assert_eq!(last.name, act.instruction);
        let is_in_time = !["before its time", "until its end"].contains(&act.case);
        let outcome = played(&act, &world, act.by);
        assert_eq!(outcome.is_ok_and(|counts| counts), is_in_time, "{}, {}", act.instruction, act.case);
    }
}
