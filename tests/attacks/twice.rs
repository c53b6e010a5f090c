//! Every account of every instruction in the place of every other.
//!
//! An account that is passed twice is borrowed twice, and what one name wrote the other reads. So each instruction is
//! played with each pair of its accounts made one. Either it is refused, or it leaves behind exactly what it leaves
//! behind otherwise, but for what those pay who sign: the network's fee, and rent.

use gpu_lease_client::decode;
use gpu_lease_tests::{
    acts::{self, Act},
    prelude::*,
};
use solana_account::ReadableAccount;
use std::collections::BTreeMap;

/// Acts that are refused in everybody's hands.
const REFUSED: [&str; 2] = ["before its time", "until its end"];

/// Everything that is on the cluster.
type State = BTreeMap<Address, (u64, Address, Vec<u8>)>;

fn state(world: &mut World) -> State {
    let accounts = &world.svm().accounts_db().inner;
    let of = |account: &solana_account::AccountSharedData| {
        (account.lamports(), *account.owner(), account.data().to_vec())
    };
    accounts.iter().map(|(address, account)| (*address, of(account))).collect()
}

/// Who signs `instructions`; `None` if that is somebody who cannot.
fn signers(world: &World, instructions: &[Instruction]) -> Option<Vec<Address>> {
    let metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
    let signers: Vec<_> = metas.filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect();
    signers.iter().all(|signer| world.people.find(signer).is_some()).then_some(signers)
}

/// What `instructions`, for which a stranger pays, leave behind; `None` if they are refused.
fn played(world: &World, instructions: &[Instruction]) -> Option<State> {
    let mut world = world.clone();
    world.play(instructions).0.ok()?;
    Some(state(&mut world))
}

/// Names of the accounts of an instruction; those behind the declared ones have none.
fn names(instruction: &Instruction) -> Vec<String> {
    let decoded = decode::instruction(instruction).unwrap().unwrap();
    let named = decoded.accounts.iter().map(|(name, _)| (*name).to_owned());
    named.chain((0..decoded.remaining.len()).map(|index| format!("remaining {index}"))).collect()
}

/// The pairs of accounts with which `act` leaves something else behind than without.
fn differences(act: &Act) -> Vec<String> {
    let world = (act.given)();
    let by = acts::key(&world.people, act.by).pubkey();
    let plain = (act.play)(&world, by);
    let (instruction, before) = plain.split_last().unwrap();
    let expected = played(&world, &plain).unwrap_or_else(|| panic!("{} fails", act.instruction));
    let names = names(instruction);
    assert_eq!(names.len(), instruction.accounts.len());
    let mut different = Vec::new();
    for (place, name) in names.iter().enumerate() {
        for (other, other_name) in names.iter().enumerate() {
            let address = instruction.accounts[other].pubkey;
            if place == other || instruction.accounts[place].pubkey == address {
                continue;
            }
            let mut twice = instruction.clone();
            twice.accounts[place].pubkey = address;
            let twice = [before, &[twice]].concat();
            let Some(mut payers) = signers(&world, &twice) else { continue };
            let Some(mut actual) = played(&world, &twice) else { continue };
            let mut expected = expected.clone();
            payers.push(world.people.stranger.pubkey());
            for payer in &payers {
                expected.remove(payer);
                actual.remove(payer);
            }
            if actual != expected {
                different.push(format!("{}, {}: {other_name} as {name}", act.instruction, act.case));
            }
        }
    }
    different
}

#[test]
fn an_account_in_the_place_of_another_is_refused_or_changes_nothing_else() {
    let acts = acts::acts();
    let possible = acts.iter().filter(|act| !REFUSED.contains(&act.case));
    let different: Vec<_> = possible.flat_map(differences).collect();
    assert!(different.is_empty(), "{}", different.join("\n"));
}
