//! What is printed, and where: results on standard output, everything else on standard error. With JSON, both are JSON:
//! standard error is an object a line.

use crate::failure::Kind;
use anyhow::{Result, anyhow, ensure};
use clap::ValueEnum;
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Width, presets,
};
use console::style;
use gpu_lease_client::{
    json::Json,
    object,
    text::{harmless, is_harmful},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::{
    borrow::Cow,
    fmt,
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Whether standard error is JSON, too.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// Chooses how everything is said, on standard error too.
pub fn choose(format: Format) {
    IS_JSON.store(!format.is_display(), Ordering::Relaxed);
}

/// Whether programs read what is said.
pub fn is_json() -> bool {
    IS_JSON.load(Ordering::Relaxed)
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    // No documentation comments: they would double the length of every help text.
    #[default]
    Display,
    Json,
    JsonCompact,
}

impl Format {
    /// Whether people read the result.
    pub fn is_display(self) -> bool {
        self == Self::Display
    }

    /// The one that a command line asks for that may not be understood otherwise.
    pub fn named_in(arguments: impl Iterator<Item = String>) -> Self {
        let arguments: Vec<_> = arguments.collect();
        let apart = arguments.windows(2).filter(|pair| pair[0] == "--output").map(|pair| pair[1].as_str());
        let joined = arguments.iter().filter_map(|argument| argument.strip_prefix("--output="));
        apart.chain(joined).find_map(|name| Self::from_str(name, false).ok()).unwrap_or_default()
    }

    /// Prints a result on standard output.
    pub fn print(self, result: &(impl Serialize + fmt::Display)) -> Result<()> {
        match self.write(result).map_err(unwritable) {
            Err(Some(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Prints what transactions have done. They have landed, so it is not a failure if nobody can read it: then
    /// standard error says so, and the command is done.
    pub fn print_landed(self, result: &(impl Serialize + fmt::Display), signatures: &[String]) {
        if let Err(error) = self.write(result) {
            let message = format!("it is done, but the result cannot be written to standard output: {error}");
            let advice = "do not run this again: that would do it a second time";
            let lines = format!("{message}\nlanded: {}\n{advice}", signatures.join(", "));
            let object = object!({
                "kind": "output",
                "message": message,
                "advice": advice,
                "signatures": signatures,
            });
            tell("warning", &object, lines);
        }
    }

    fn write(self, result: &(impl Serialize + fmt::Display)) -> io::Result<()> {
        let text = match self {
            Self::Display => result.to_string(),
            Self::Json => escaped(&serde_json::to_string_pretty(result)?),
            Self::JsonCompact => escaped(&serde_json::to_string(result)?),
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{}", text.trim_end())?;
        out.flush()
    }

    /// Prints one of many results as soon as there is one: JSON on a line of its own. Whether anybody still reads.
    pub fn print_next(self, result: &(impl Serialize + fmt::Display)) -> Result<bool> {
        let text = match self {
            Self::Display => format!("{}\n", result.to_string().trim_end()),
            Self::Json | Self::JsonCompact => escaped(&serde_json::to_string(result)?),
        };
        let mut out = io::stdout().lock();
        match writeln!(out, "{text}").and_then(|()| out.flush()).map_err(unwritable) {
            Err(Some(error)) => Err(error),
            written => Ok(written.is_ok()),
        }
    }
}

/// Prints a text as it is, on standard output.
pub fn print_text(text: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()).map_err(unwritable) {
        Err(Some(error)) => Err(error),
        _ => Ok(()),
    }
}

/// Why a result cannot be written; nothing if whoever reads has read enough, as in `gpu-lease … | head`.
pub fn unwritable(error: io::Error) -> Option<anyhow::Error> {
    let reason = anyhow!("the result cannot be written to standard output: {error}; write it elsewhere");
    (error.kind() != io::ErrorKind::BrokenPipe).then(|| Kind::Output.error(reason))
}

/// JSON that means the same, with every character escaped that a terminal may obey: `serde_json` leaves those beyond
/// ASCII as they are. They can be in its strings only.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match is_harmful(character) && character != '\n' {
            true => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
            false => text.push(character),
        }
    }
    text
}

/// Tells something on standard error. What cannot be written is left out: nobody could be told of that.
pub fn note(text: impl fmt::Display) {
    let text = text.to_string();
    tell("note", &console::strip_ansi_codes(text.trim_end()), &text);
}

/// The same with what programs read instead, under `key`, in one line.
pub fn tell(key: &str, object: &impl Serialize, text: impl fmt::Display) {
    let text = text.to_string();
    let line = match is_json() {
        true => {
            let object: Map<_, _> = [(key.to_owned(), serialized(object))].into_iter().collect();
            escaped(&Value::Object(object).to_string())
        }
        // Styles are chosen for standard output, which may be a terminal when this is not.
        false if console::colors_enabled_stderr() => text.trim_end().to_owned(),
        false => console::strip_ansi_codes(text.trim_end()).into_owned(),
    };
    drop(writeln!(io::stderr().lock(), "{line}"));
}

/// Asks on the terminal, unless `yes` is the answer already. Without a terminal nobody can answer.
pub fn confirm(question: &str, yes: bool) -> Result<()> {
    if yes {
        return Ok(());
    }
    ensure!(
        io::stdin().is_terminal(),
        Kind::Usage.error(anyhow!(
            "cannot ask for confirmation: standard input is not a terminal; pass --yes to go on without being asked"
        ))
    );
    let mut terminal = io::stderr().lock();
    write!(terminal, "{question} [y/N] ")?;
    terminal.flush()?;
    drop(terminal);
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    ensure!(
        matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"),
        Kind::Cancelled.error(anyhow!("you did not say yes; nothing was signed or sent"))
    );
    Ok(())
}

/// A spinner on standard error while something takes long; nothing unless a person watches.
pub fn spinner(text: impl Into<String>) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(text.into());
    if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {msg}") {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// A result: labelled lines for people, one object in JSON.
#[derive(Clone, Debug, Default)]
pub struct Record {
    lines: Vec<Line>,
    json: Map<String, Value>,
}

#[derive(Clone, Debug)]
enum Line {
    Value { label: Cow<'static, str>, text: String },
    Heading(String),
    Block(String),
}

impl Record {
    /// An empty record.
    pub fn new() -> Self {
        Self::default()
    }

    /// A record whose JSON has all that `object` has.
    pub fn of(object: &impl Serialize) -> Self {
        match serialized(object) {
            Value::Object(json) => Self { lines: Vec::new(), json },
            _ => Self::default(),
        }
    }

    /// Adds a heading, or a sentence, that only people read.
    pub fn heading(mut self, text: impl fmt::Display) -> Self {
        self.lines.push(Line::Heading(harmless(&text.to_string())));
        self
    }

    /// Adds lines as they are, that only people read: a table, or words of our own.
    pub fn text_block(mut self, text: impl fmt::Display) -> Self {
        self.lines.push(Line::Block(text.to_string()));
        self
    }

    /// Adds a value that only people read here, harmless whoever wrote it.
    pub fn line(mut self, label: impl Into<Cow<'static, str>>, text: impl fmt::Display) -> Self {
        self.lines.push(Line::Value { label: label.into(), text: harmless(&text.to_string()) });
        self
    }

    /// Adds a value that only programs read.
    pub fn json(mut self, key: &str, value: impl Json) -> Self {
        self.json.insert(key.to_owned(), value.json());
        self
    }

    /// Adds something that says itself how programs read it.
    pub fn object(self, key: &str, object: &impl Serialize) -> Self {
        self.json(key, serialized(object))
    }

    /// Adds a value that reads the same to people, after `label`, and to programs, after `key`.
    pub fn text(self, key: &str, label: &'static str, value: impl fmt::Display) -> Self {
        let text = value.to_string();
        self.json(key, text.as_str()).line(label, text)
    }

    /// Only what programs read of it, as one object.
    pub fn into_json(self) -> Map<String, Value> {
        self.json
    }

    /// A record that shows each value of `object` after its name.
    pub fn shown(object: &Map<String, Value>) -> Self {
        object.iter().fold(Self::new(), |record, (key, value)| {
            let record = record.json(key, value);
            match value {
                Value::String(text) => record.line(key.replace('_', " "), text),
                Value::Number(_) | Value::Bool(_) => record.line(key.replace('_', " "), value),
                _ => record,
            }
        })
    }

    /// Only what programs read of it.
    pub fn without_lines(mut self) -> Self {
        self.lines.clear();
        self
    }

    /// Adds all of `other`.
    pub fn and(mut self, other: Record) -> Self {
        self.lines.extend(other.lines);
        self.json.extend(other.json);
        self
    }
}

fn serialized(value: &impl Serialize) -> Value {
    // Fails only for maps whose keys are no text, and there are none.
    serde_json::to_value(value).unwrap_or_default()
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let labels = self.lines.iter().filter_map(|line| match line {
            Line::Value { label, .. } => Some(label.chars().count()),
            Line::Heading(_) | Line::Block(_) => None,
        });
        let width = labels.max().unwrap_or_default();
        for (index, line) in self.lines.iter().enumerate() {
            match line {
                Line::Value { label, text } => {
                    writeln!(f, "{}  {text}", style(format!("{label:width$}")).dim())?
                }
                Line::Heading(text) if index == 0 => writeln!(f, "{}", style(text).bold())?,
                Line::Heading(text) => writeln!(f, "\n{}", style(text).bold())?,
                Line::Block(text) => writeln!(f, "{text}")?,
            }
        }
        Ok(())
    }
}

/// Results of one kind: a table for people, an array of records in JSON.
pub struct List {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    records: Vec<Record>,
    empty: &'static str,
}

impl List {
    /// An empty list that says `empty` for as long as it is.
    pub fn new(columns: Vec<Column>, empty: &'static str) -> Self {
        Self { columns, rows: Vec::new(), records: Vec::new(), empty }
    }

    /// Adds one result.
    pub fn push(&mut self, row: Vec<Cell>, record: Record) {
        self.rows.push(row);
        self.records.push(record);
    }
}

impl Serialize for List {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.records.serialize(serializer)
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.rows.is_empty() {
            true => f.write_str(self.empty),
            false => write!(f, "{}", table(self.columns.clone(), self.rows.iter().cloned())),
        }
    }
}

/// A column of a [`table`].
#[derive(Clone)]
pub struct Column {
    title: String,
    alignment: CellAlignment,
}

impl Column {
    /// A column of words.
    pub fn text(title: impl Into<String>) -> Self {
        Self { title: title.into(), alignment: CellAlignment::Left }
    }

    /// A column of figures.
    pub fn number(title: impl Into<String>) -> Self {
        Self { title: title.into(), alignment: CellAlignment::Right }
    }
}

/// A table without lines, its header in bold. Where it is wider than the terminal, an address in the first column goes
/// below its row, and words are wrapped; figures and addresses never are.
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// What tells the line with which a row begins, where words are wrapped: a column of its own.
const MARK: char = '>';

/// The longest word that is not broken where words are wrapped.
const UNBROKEN: usize = 12;

/// Between two columns.
const PADDING: u16 = 2;

/// A table of these rows.
pub fn table(columns: Vec<Column>, rows: impl IntoIterator<Item = Vec<Cell>>) -> Table {
    Table { columns, rows: rows.into_iter().collect() }
}

/// Columns of the terminal that shows standard output, else what `COLUMNS` says, else 80.
fn terminal_width() -> u16 {
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
    console::Term::stdout().size_checked().map(|(_, width)| width).or_else(columns).unwrap_or(80)
}

impl Table {
    /// As wide as it is.
    pub fn whole(&self) -> String {
        trimmed(&laid_out(&self.columns, &self.rows, None))
    }

    /// At most so wide, as far as possible.
    fn within(&self, width: u16) -> String {
        let whole = self.whole();
        let is_address = |cell: &Cell| (32..=44).contains(&cell.content().chars().count());
        let (Some((first, columns)), true) =
            (self.columns.split_first(), width_of(&whole) > usize::from(width))
        else {
            return whole;
        };
        let is_hoisted = self.rows.iter().any(|row| row.first().is_some_and(is_address));
        if !is_hoisted {
            return trimmed(&laid_out(&self.columns, &self.rows, Some(width)));
        }
        let marked: Vec<_> = [Column::text(MARK)].into_iter().chain(columns.iter().cloned()).collect();
        let rows: Vec<Vec<_>> = self
            .rows
            .iter()
            .map(|row| [cell(MARK)].into_iter().chain(row.iter().skip(1).cloned()).collect())
            .collect();
        let below = std::iter::once(first.title.clone());
        let below =
            below.chain(self.rows.iter().map(|row| row.first().map(Cell::content).unwrap_or_default()));
        let mut below = below.map(|text| format!("  {text}"));
        let mut lines = Vec::new();
        for line in laid_out(&marked, &rows, Some(width.saturating_add(3))).lines() {
            if line.starts_with(MARK) && !lines.is_empty() {
                lines.extend(below.next());
            }
            let line = line.trim_start_matches(MARK);
            lines.push(
                line.strip_prefix("   ").or(line.strip_prefix("  ")).unwrap_or(line).trim_end().to_owned(),
            );
        }
        lines.extend(below);
        lines.join("\n")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.within(terminal_width()))
    }
}

fn trimmed(table: &comfy_table::Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn width_of(text: &str) -> usize {
    text.lines().map(console::measure_text_width).max().unwrap_or_default()
}

/// The table of the library, with wrapped words if there is a width to keep to.
fn laid_out(columns: &[Column], rows: &[Vec<Cell>], width: Option<u16>) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_preset(presets::NOTHING);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    let header = |column: &Column| match column.title == MARK.to_string() {
        true => cell(MARK),
        false => bold(cell(&column.title)),
    };
    table.set_header(columns.iter().map(header));
    table.add_rows(rows.iter().cloned());
    for (number, (shown, column)) in table.column_iter_mut().zip(columns).enumerate() {
        let constraint = match column.alignment {
            CellAlignment::Right => ColumnConstraint::ContentWidth,
            _ => {
                let cells = rows.iter().filter_map(|row| row.get(number)).map(Cell::content);
                let least = longest_word(cells.chain([column.title.clone()])).saturating_add(PADDING);
                ColumnConstraint::LowerBoundary(Width::Fixed(least))
            }
        };
        shown.set_padding((0, PADDING));
        shown.set_cell_alignment(column.alignment);
        shown.set_constraint(constraint);
    }
    table
}

/// The width of the longest word that is not broken.
fn longest_word(texts: impl IntoIterator<Item = String>) -> u16 {
    let longest =
        |text: String| text.split(' ').map(console::measure_text_width).filter(|it| *it <= UNBROKEN).max();
    texts
        .into_iter()
        .filter_map(longest)
        .max()
        .and_then(|width| u16::try_from(width).ok())
        .unwrap_or_default()
}

/// A cell of a [`table`], harmless whoever wrote it.
#[allow(clippy::disallowed_methods, reason = "the one place that makes cells")]
pub fn cell(content: impl ToString) -> Cell {
    Cell::new(harmless(&content.to_string()))
}

/// A cell that stands out.
pub fn bold(cell: Cell) -> Cell {
    match console::colors_enabled() {
        true => cell.add_attribute(Attribute::Bold),
        false => cell,
    }
}

/// A cell in a colour, where colours are wanted.
pub fn coloured(cell: Cell, colour: Color) -> Cell {
    match console::colors_enabled() {
        true => cell.fg(colour),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character that a terminal may obey or that hides something.
    fn hostile() -> String {
        let all = ('\0'..=char::MAX).filter(|character| is_harmful(*character));
        all.collect()
    }

    #[test]
    fn strangers_texts_do_nothing_on_a_terminal() {
        let text = hostile();
        let record = Record::new().heading(&text).line("region", &text).text("uri", "uri", &text);
        let mut list = List::new(vec![Column::text("GPU")], "none");
        list.push(vec![cell(&text)], Record::new());
        for shown in [record.to_string(), list.to_string()] {
            let obeyed: Vec<_> = shown.chars().filter(|character| is_harmful(*character)).collect();
            assert!(obeyed.iter().all(|character| *character == '\n'), "{obeyed:?}");
            assert!(shown.contains(r"\u{1b}") && shown.contains(r"\u{9b}") && shown.contains(r"\u{202e}"));
        }
    }

    fn offers() -> Table {
        let columns =
            vec![Column::text("OFFER"), Column::text("GPU"), Column::number("PRICE"), Column::text("REGION")];
        let row = |byte: u8, gpu: &str| {
            let address = solana_address::Address::new_from_array([byte; 32]);
            vec![cell(address), cell(gpu), cell("2.49 4zMM…ncDU"), cell("eu-north-1")]
        };
        table(columns, [row(7, "NVIDIA H100 SXM"), row(9, "a very long name that nobody would ever give")])
    }

    #[test]
    fn a_table_that_is_too_wide_keeps_its_addresses_whole_and_its_figures_together() {
        let wide = offers().within(200);
        assert_eq!(wide.lines().count(), 3, "{wide}");
        for width in [60, 70, 80] {
            let text = console::strip_ansi_codes(&offers().within(width)).into_owned();
            assert!(width_of(&text) <= usize::from(width), "{width}: {text}");
            for byte in [7, 9] {
                let address = solana_address::Address::new_from_array([byte; 32]);
                assert!(text.lines().any(|line| line == format!("  {address}")), "{text}");
            }
            assert_eq!(text.matches("2.49 4zMM…ncDU").count(), 2, "{text}");
            // Words stay whole.
            for word in ["NVIDIA", "nobody", "eu-north-1"] {
                assert!(text.contains(word), "{width}: {text}");
            }
            let order: Vec<_> =
                text.lines().filter(|line| line.starts_with("  ") || line.contains("2.49")).collect();
            assert!(order.len() >= 5, "{text}");
        }
    }

    #[test]
    fn json_means_what_it_meant_and_does_nothing_on_a_terminal() {
        let record = Record::new().json("uri", hostile());
        for json in [serde_json::to_string_pretty(&record).unwrap(), serde_json::to_string(&record).unwrap()]
        {
            let json = escaped(&json);
            assert!(json.chars().all(|character| !is_harmful(character) || character == '\n'));
            let read: Value = serde_json::from_str(&json).unwrap();
            assert_eq!(read["uri"], hostile());
        }
    }
}
