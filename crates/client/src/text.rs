//! Texts of fixed length, as a [`Listing`](gpu_lease::state::Listing) holds them: UTF-8, filled up with
//! zeroes. Words for what the program numbers. And what strangers wrote, made harmless for a terminal or a page.

use crate::error::{Error, Result};
use gpu_lease::state::EndReason;

/// Words for why a lease ends, given the number that events carry.
pub fn end_reason(reason: u64) -> &'static str {
    const WORDS: [(EndReason, &str); 7] = [
        (EndReason::Completed, "completed"),
        (EndReason::RenterNotice, "renter notice"),
        (EndReason::ProviderNotice, "provider notice"),
        (EndReason::Exhausted, "exhausted"),
        (EndReason::Abandoned, "abandoned"),
        (EndReason::Disputed, "disputed"),
        (EndReason::Mutual, "mutual"),
    ];
    WORDS.iter().find(|(known, _)| *known as u64 == reason).map_or("unknown", |(_, words)| words)
}

/// A name with underscores as TypeScript writes it: `fee_bps` is `feeBps`.
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        name.chars().chain(first).chain(letters).collect()
    })
}

/// Writes `text` into `N` bytes.
pub fn write<const N: usize>(text: &str) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    match bytes.get_mut(..text.len()) {
        Some(start) if !text.contains('\0') => {
            start.copy_from_slice(text.as_bytes());
            Ok(bytes)
        }
        _ => Err(Error::input(
            format!(
                "\"{text}\" does not fit: at most {N} bytes of UTF-8 without zeroes, this has {}",
                text.len()
            ),
            "shorten it",
        )),
    }
}

/// Reads a text up to its first zero. What is not UTF-8 is replaced.
pub fn read(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// Characters that a terminal or a page may obey instead of showing them, or that show nothing: controls (C0, C1),
/// separators of lines, directions of writing, joiners, fillers, tags and the like.
///
/// Unicode 16, categories Cc, Cf, Zl and Zp, and the default-ignorable code points of other categories.
pub fn is_harmful(character: char) -> bool {
    const RANGES: [(char, char); 25] = [
        ('\u{0}', '\u{1f}'),
        ('\u{7f}', '\u{9f}'),
        ('\u{ad}', '\u{ad}'),
        ('\u{34f}', '\u{34f}'),
        ('\u{600}', '\u{605}'),
        ('\u{61c}', '\u{61c}'),
        ('\u{6dd}', '\u{6dd}'),
        ('\u{70f}', '\u{70f}'),
        ('\u{890}', '\u{891}'),
        ('\u{8e2}', '\u{8e2}'),
        ('\u{115f}', '\u{1160}'),
        ('\u{17b4}', '\u{17b5}'),
        ('\u{180b}', '\u{180f}'),
        ('\u{200b}', '\u{200f}'),
        ('\u{2028}', '\u{202e}'),
        ('\u{2060}', '\u{206f}'),
        ('\u{3164}', '\u{3164}'),
        ('\u{fe00}', '\u{fe0f}'),
        ('\u{feff}', '\u{feff}'),
        ('\u{ffa0}', '\u{ffa0}'),
        ('\u{fff0}', '\u{fffb}'),
        ('\u{13430}', '\u{1345f}'),
        ('\u{1bca0}', '\u{1bca3}'),
        ('\u{1d173}', '\u{1d17a}'),
        ('\u{e0000}', '\u{e0fff}'),
    ];
    RANGES.iter().any(|(first, last)| (*first..=*last).contains(&character))
}

/// A text that others wrote as one that only shows something: each [harmful](is_harmful) character stands there
/// as its number, like `\u{1b}`. Every view shows strangers' texts through this.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match is_harmful(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

/// A text of several lines, each [`harmless`].
pub fn harmless_lines(text: &str) -> String {
    text.lines().map(harmless).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_direction_or_line_character_of_a_stranger_reaches_a_terminal() {
        let controls = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}');
        let lines = ['\u{85}', '\u{2028}', '\u{2029}'];
        let directions =
            ('\u{200e}'..='\u{200f}').chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
        let invisible =
            ['\u{ad}', '\u{61c}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{e0041}'];
        let all: Vec<char> = controls.chain(lines).chain(directions).chain(invisible).collect();
        assert_eq!(all.len(), 32 + 33 + 3 + 11 + 8);
        for character in all {
            let expected = format!("a\\u{{{:x}}}b", u32::from(character));
            assert_eq!(harmless(&format!("a{character}b")), expected);
        }
    }

    #[test]
    fn a_link_that_writes_the_clipboard_or_hides_a_line_only_shows_its_bytes() {
        assert_eq!(harmless("\u{1b}]52;c;aGk=\u{7}"), r"\u{1b}]52;c;aGk=\u{7}");
        assert_eq!(harmless("x\u{1b}[8m\nTerms\r"), r"x\u{1b}[8m\u{a}Terms\u{d}");
        assert_eq!(harmless_lines("one\r\ntwo\u{1b}[A\n"), "one\ntwo\\u{1b}[A");
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in ["", "NVIDIA H100 SXM", "Łódź, 東京, עברית, हिन्दी", "8 × L40S — 48 GiB \u{1f600}"]
        {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn texts_come_back_and_fit_exactly_or_not_at_all() {
        assert_eq!(read(&write::<16>("eu-north-1").unwrap()), "eu-north-1");
        assert_eq!(read(&write::<4>("four").unwrap()), "four");
        assert_eq!(read(&write::<4>("").unwrap()), "");
        assert!(write::<4>("fiver").is_err());
        assert!(write::<4>("a\0b").is_err());
    }
}
