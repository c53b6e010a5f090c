//! Words that were given up come back nowhere. `docs/words.md` lists them.

use crate::texts;

/// A word or phrase that was given up.
struct Retired<'a> {
    /// As it was written.
    word: &'a str,
    /// What is written now.
    instead: &'a str,
    /// Where it is allowed: in these longer texts.
    exceptions: Vec<&'a str>,
}

/// The page that lists them, which itself may name them.
const PAGE: &str = "docs/words.md";

/// The words in this table are allowed here: decisions are history.
const WORDS: (&str, &str) = ("Retired words", "docs/decisions/");

/// The phrases in this one are allowed nowhere.
const PHRASES: (&str, &str) = ("Retired phrases", PAGE);

/// Written by Codama, out of names that the IDL has.
const GENERATED: &str = "/generated/";

/// The texts between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn retired<'a>(page: &'a str, title: &str) -> Vec<Retired<'a>> {
    let rows = texts::table(page, title);
    rows.iter()
        .flat_map(|row| {
            let [words, instead, exceptions] = row[..] else { panic!("{row:?}: three cells") };
            quoted(words).map(move |word| Retired { word, instead, exceptions: quoted(exceptions).collect() })
        })
        .collect()
}

/// A text in one line, without what introduces a comment or continues a string.
struct Joined {
    text: String,
    lowered: String,
    /// Where each of its lines begins.
    starts: Vec<usize>,
}

impl Joined {
    fn new(text: &str) -> Self {
        let mut all = String::new();
        let mut starts = Vec::new();
        for line in text.lines() {
            starts.push(all.len());
            let line = line.trim().trim_start_matches(['/', '!', '*', '>', '#']).trim_start();
            all.push_str(line.strip_suffix('\\').unwrap_or(line).trim_end());
            all.push(' ');
        }
        Self { lowered: all.to_ascii_lowercase(), text: all, starts }
    }

    /// Where `phrase` begins.
    fn all(&self, phrase: &str) -> impl Iterator<Item = usize> {
        let searched = if phrase.contains(char::is_uppercase) { &self.text } else { &self.lowered };
        searched.match_indices(phrase).map(|(at, _)| at)
    }

    /// The lines in which `retired` is, as words, from 1 on.
    fn lines(&self, retired: &Retired) -> Vec<usize> {
        let is_word = |at: usize| {
            let (before, rest) = self.text.split_at(at);
            let (found, after) = rest.split_at(retired.word.len());
            is_between_words(before, found) && is_between_words(found, after)
        };
        let is_allowed = |at: usize| {
            let mut exceptions = retired.exceptions.iter();
            exceptions.any(|text| self.all(text).any(|start| (start..start + text.len()).contains(&at)))
        };
        let places = self.all(retired.word).filter(|at| is_word(*at) && !is_allowed(*at));
        places.map(|at| self.starts.partition_point(|start| *start <= at)).collect()
    }
}

/// Whether a word ends with `left` or begins with `right`, as in `a_word` and `aWord`.
fn is_between_words(left: &str, right: &str) -> bool {
    let (Some(last), Some(first)) = (left.chars().next_back(), right.chars().next()) else { return true };
    !(last.is_alphabetic() && first.is_alphabetic()) || last.is_lowercase() && first.is_uppercase()
}

#[test]
fn no_word_that_was_given_up_comes_back() {
    let page = std::fs::read_to_string(texts::root().join(PAGE)).expect("the page of words");
    let sources = texts::with_endings(&[".md", ".rs", ".ts", ".tsx", ".mjs", ".html", ".toml"]);
    let tables = [WORDS, PHRASES].map(|(title, allowed)| (retired(&page, title), allowed));
    assert!(tables.iter().all(|(retired, _)| retired.len() > 5), "both tables");
    assert!(sources.len() > 300, "the sources of all parts");

    let mut found = Vec::new();
    for (path, text) in &sources {
        if path == PAGE || path.contains(GENERATED) || path.ends_with(file!()) {
            continue;
        }
        let text = Joined::new(text);
        for (retired, _) in tables.iter().filter(|(_, allowed)| !path.starts_with(allowed)) {
            for word in retired {
                let lines = text.lines(word).into_iter();
                found.extend(lines.map(|line| format!("{path}:{line}: `{}`: {}", word.word, word.instead)));
            }
        }
    }
    assert!(found.is_empty(), "{} words that docs/words.md has retired:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_word_is_found_across_lines_and_within_names_and_not_within_words() {
    let lines = |text, word| {
        Joined::new(text).lines(&Retired { word, instead: "", exceptions: vec!["fee payers and"] })
    };
    for (text, lines_found) in [
        ("the fee payers", vec![1]),
        ("one\n/// the fee\n/// payers", vec![2]),
        ("\"the fee \\\n    payers\"", vec![1]),
        ("Fee payers", vec![1]),
        ("Fee payers and others", vec![]),
        ("a fee payersome", vec![]),
    ] {
        assert_eq!(lines(text, "fee payers"), lines_found, "{text}");
    }
    for (text, is_found) in [
        ("is_payable", true),
        ("isPayable", true),
        ("payableNow", true),
        ("repayable", false),
        ("payables", false),
    ] {
        assert_eq!(!lines(text, "payable").is_empty(), is_found, "{text}");
    }
    assert_eq!(lines("else\n. Else", "Else"), [2], "with capitals only as it is written");
}
