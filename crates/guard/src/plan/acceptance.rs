//! Whether a machine is what its offer says, and still the one that it was.
//!
//! What a machine tells of its cards is its provider's word; but it is the same word on which the provider is paid, so a
//! machine that does not even say what was offered is not accepted. How names are compared is in
//! docs/protocol/listing.md.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A card, as a machine tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// Its name for good.
    pub uuid: String,
    /// What NVIDIA calls it, if that is told.
    pub model: Option<String>,
    /// Bytes, if they are told.
    pub memory: Option<u64>,
    /// Whether it answers.
    pub answers: bool,
}

/// What a lease's renter was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise<'a> {
    /// GPUs of the lease.
    pub gpus: u32,
    /// The offer's model; empty if it names none.
    pub model: &'a str,
    /// Memory of one GPU, GiB; zero if the offer does not say.
    pub memory_gib: u32,
}

/// What there is to say of a machine's cards at the start, or after a resize.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are what was promised.
    Accepted,
    /// As far as they are told of, they are what was promised; a model or a memory is not told.
    NotTold,
    /// They are not.
    NotAccepted(Fault),
}

/// What is wrong with cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There are more or fewer than the lease has GPUs.
    Count {
        /// Of the machine's for this lease.
        cards: usize,
        /// Of the lease.
        gpus: u32,
    },
    /// One is something else.
    Model {
        /// What it is.
        card: String,
        /// What was offered.
        offered: String,
    },
    /// One has less memory.
    Memory {
        /// MiB that it has.
        mib: u64,
        /// GiB that were offered.
        offered: u32,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Count { cards, gpus } => write!(f, "the machine has {cards} cards for {gpus} GPUs"),
            Self::Model { card, offered } => write!(f, "a card is {card}, and {offered} was offered"),
            Self::Memory { mib, offered } => {
                write!(f, "a card has {mib} MiB of memory, and {offered} GiB were offered")
            }
        }
    }
}

/// How cards compare to those that were accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// They are the same, and all answer. There may be others beside them: a machine may see a growth before its guard does.
    Same,
    /// The lease was resized since, and has as many as it should: they are to be looked at as at the start.
    Resized,
    /// One of them is missing.
    Other,
    /// They are the same, and one does not answer: a probe that failed.
    Silent,
}

/// Of a hundred parts of the memory that was offered, those that a card has to have. With ECC some hold back a sixteenth,
/// and vendors' gigabytes are smaller than GiB.
const LEAST_MEMORY: u64 = 90;

const GIB: u64 = 1 << 30;

/// What there is to say of `cards` to somebody who was promised that.
pub fn judge(promise: Promise, cards: &[Card]) -> Verdict {
    let Promise { gpus, model, memory_gib } = promise;
    if u32::try_from(cards.len()) != Ok(gpus) {
        return Verdict::NotAccepted(Fault::Count { cards: cards.len(), gpus });
    }
    let mut is_told = !model.is_empty();
    for card in cards {
        match &card.model {
            Some(name) if !model.is_empty() && !is_model(model, name) => {
                return Verdict::NotAccepted(Fault::Model { card: name.clone(), offered: model.to_owned() });
            }
            Some(_) => {}
            None => is_told = false,
        }
        match card.memory {
            Some(bytes) if is_less(bytes, memory_gib) => {
                return Verdict::NotAccepted(Fault::Memory { mib: bytes >> 20, offered: memory_gib });
            }
            Some(_) => {}
            None => is_told &= memory_gib == 0,
        }
    }
    if is_told { Verdict::Accepted } else { Verdict::NotTold }
}

/// How `cards` compare to those that were accepted. `resized` is the number of GPUs of a lease of which that has changed
/// since, be it back to what it was.
pub fn compare(accepted: &BTreeSet<String>, resized: Option<u32>, cards: &[Card]) -> Found {
    let uuids: BTreeSet<&String> = cards.iter().map(|card| &card.uuid).collect();
    let is_right = resized.is_some() && u32::try_from(cards.len()).ok() == resized;
    if is_right && !uuids.iter().copied().eq(accepted) {
        return Found::Resized;
    }
    let are_there = uuids.len() == cards.len() && accepted.iter().all(|uuid| uuids.contains(uuid));
    let mut theirs = cards.iter().filter(|card| accepted.contains(&card.uuid));
    match are_there {
        true if theirs.all(|card| card.answers) => Found::Same,
        true => Found::Silent,
        false => Found::Other,
    }
}

fn is_less(bytes: u64, memory_gib: u32) -> bool {
    u128::from(bytes) * 100 < u128::from(memory_gib) * u128::from(GIB * LEAST_MEMORY)
}

/// How a card is built, which some names say.
const FORMS: [&str; 3] = ["sxm", "pcie", "nvl"];

/// Words of a name that say that it is less than the one without them.
const LESSER: [&str; 5] = ["d", "laptop", "mobile", "q", "mig"];

/// Whether a card of this name is what `offered` names.
fn is_model(offered: &str, card: &str) -> bool {
    let (offered, card) = (words(offered), words(card));
    let form = |words: &BTreeSet<String>| FORMS.into_iter().find(|form| words.contains(*form));
    let contradicts = matches!((form(&offered), form(&card)), (Some(one), Some(other)) if one != other);
    let is_named = offered.iter().all(|word| card.contains(word) || FORMS.contains(&word.as_str()));
    let is_lesser = LESSER.iter().any(|word| card.contains(*word) && !offered.contains(*word));
    !contradicts && is_named && !is_lesser
}

/// The words of a name that tell models apart: without the maker's name and the memory, which is compared by itself.
fn words(name: &str) -> BTreeSet<String> {
    let words = name.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut told: Vec<String> = Vec::new();
    for word in words.map(str::to_lowercase) {
        match word.trim_start_matches(|character: char| character.is_ascii_digit()) {
            "gb" | "gib" => {
                // It may stand apart from its number.
                told.pop_if(|last| word.starts_with('g') && last.bytes().all(|byte| byte.is_ascii_digit()));
            }
            "nvidia" => {}
            _ if word.starts_with("hbm") => {}
            _ if is_numbered(&word, "sxm") => told.push("sxm".to_owned()),
            _ => told.push(word),
        }
    }
    told.into_iter().collect()
}

fn is_numbered(word: &str, of: &str) -> bool {
    word.strip_prefix(of).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const H100: u64 = 81_559 << 20;

    fn card(uuid: &str, model: &str, memory: u64) -> Card {
        Card { uuid: uuid.to_owned(), model: Some(model.to_owned()), memory: Some(memory), answers: true }
    }

    fn promise(gpus: u32) -> Promise<'static> {
        Promise { gpus, model: "NVIDIA H100 SXM", memory_gib: 80 }
    }

    #[test]
    fn names_of_one_model_match_and_those_of_another_do_not() {
        for (offered, card, is_it) in [
            ("H100", "NVIDIA H100 80GB HBM3", true),
            ("NVIDIA H100 SXM", "NVIDIA H100 80GB HBM3", true),
            ("NVIDIA H100 SXM", "NVIDIA H100 PCIe", false),
            ("H100 PCIe", "NVIDIA H100 PCIe", true),
            ("H100", "NVIDIA H100 NVL", true),
            ("H100 80 GB", "NVIDIA H100 80GB HBM3", true),
            ("H100 80GB", "NVIDIA H100 80GB HBM3", true),
            ("H100", "NVIDIA H200", false),
            ("A100 SXM", "NVIDIA A100-SXM4-80GB", true),
            ("NVIDIA A100 SXM4 80GB", "NVIDIA A100-SXM4-40GB", true),
            ("L40S", "NVIDIA L40S", true),
            ("L40S", "NVIDIA L40", false),
            ("L40", "NVIDIA L40S", false),
            ("rtx 4090", "NVIDIA GeForce RTX 4090", true),
            ("RTX 4090", "NVIDIA GeForce RTX 4090 D", false),
            ("RTX 4090", "NVIDIA GeForce RTX 4090 Laptop GPU", false),
            ("RTX 4090 Laptop", "NVIDIA GeForce RTX 4090 Laptop GPU", true),
            ("RTX 6000 Ada", "NVIDIA RTX 6000 Ada Generation", true),
            ("H100", "GTX 1060", false),
        ] {
            assert_eq!(is_model(offered, card), is_it, "{offered}, {card}");
        }
    }

    #[test]
    fn cards_are_accepted_that_are_what_was_promised() {
        let good = [card("a", "NVIDIA H100 80GB HBM3", H100), card("b", "NVIDIA H100 80GB HBM3", H100)];
        assert_eq!(judge(promise(2), &good), Verdict::Accepted);
        for gpus in [1, 3] {
            let fault = Fault::Count { cards: 2, gpus };
            assert_eq!(judge(promise(gpus), &good), Verdict::NotAccepted(fault));
        }
        let other = [good[0].clone(), card("b", "NVIDIA A100-SXM4-80GB", H100)];
        let Verdict::NotAccepted(fault @ Fault::Model { .. }) = judge(promise(2), &other) else {
            panic!("another model")
        };
        assert_eq!(fault.to_string(), "a card is NVIDIA A100-SXM4-80GB, and NVIDIA H100 SXM was offered");
    }

    #[test]
    fn nine_tenths_of_the_memory_are_enough_and_a_byte_less_is_not() {
        let least = 72 * GIB;
        for (memory, is_enough) in [(least, true), (least - 1, false), (least + 1, true)] {
            let verdict = judge(promise(1), &[card("a", "H100", memory)]);
            assert_eq!(verdict == Verdict::Accepted, is_enough, "{memory}");
        }
    }

    #[test]
    fn of_what_is_not_told_or_not_promised_nothing_is_said() {
        let silent = Card { model: None, memory: None, ..card("a", "", 0) };
        assert_eq!(judge(promise(1), std::slice::from_ref(&silent)), Verdict::NotTold);
        let unsaid = Promise { gpus: 1, model: "", memory_gib: 0 };
        assert_eq!(judge(unsaid, &[card("a", "GTX 1060", 6 * GIB)]), Verdict::NotTold);
        let model_only = Promise { memory_gib: 0, ..promise(1) };
        let without_memory = Card { memory: None, ..card("a", "NVIDIA H100 80GB HBM3", 0) };
        assert_eq!(judge(model_only, &[without_memory]), Verdict::Accepted);
        // One that is told is wrong, whatever the others are.
        let one_wrong = [silent, card("b", "GTX 1060", H100)];
        assert!(matches!(judge(promise(2), &one_wrong), Verdict::NotAccepted(Fault::Model { .. })));
    }

    #[test]
    fn other_cards_are_seen_and_those_of_a_resize_are_looked_at_again() {
        let accepted = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
        let cards =
            |uuids: &[&str]| -> Vec<Card> { uuids.iter().map(|uuid| card(uuid, "H100", H100)).collect() };
        let mut silent = cards(&["a", "b"]);
        silent[1].answers = false;
        for (resized, cards, found) in [
            (None, cards(&["b", "a"]), Found::Same),
            (None, silent, Found::Silent),
            (None, cards(&["a", "c"]), Found::Other),
            (None, cards(&["a"]), Found::Other),
            (None, cards(&["a", "b", "c"]), Found::Same),
            (None, cards(&["a", "b", "b"]), Found::Other),
            (None, cards(&[]), Found::Other),
            (Some(2), cards(&["a", "b"]), Found::Same),
            (Some(2), cards(&["a", "c"]), Found::Resized),
            (Some(3), cards(&["a", "b"]), Found::Same),
            (Some(3), cards(&["a", "b", "c"]), Found::Resized),
            (Some(1), cards(&["b"]), Found::Resized),
            (Some(1), cards(&["c", "d"]), Found::Other),
        ] {
            assert_eq!(compare(&accepted, resized, &cards), found, "{resized:?} {cards:?}");
        }
    }

    fn names() -> impl Strategy<Value = String> {
        prop::collection::vec(
            "NVIDIA|[A-Z]{1,2}[0-9]{2,4}S?|RTX|SXM[45]?|PCIe|[0-9]{2}GB|HBM3e?|.{0,4}",
            1..5,
        )
        .prop_map(|words| words.join(" "))
    }

    proptest! {
        #[test]
        fn a_model_is_itself_with_the_makers_name_and_a_memory(name in names(), gib in 1_u32..1_000) {
            prop_assert!(is_model(&name, &name));
            let shown = format!("nvidia {name} {gib}GB HBM3");
            prop_assert!(is_model(&name, &shown));
        }

        #[test]
        fn no_set_of_other_cards_passes_for_the_accepted_ones(
            accepted in prop::collection::btree_set("[a-d]", 1..4),
            shown in prop::collection::vec("[a-e]", 0..5),
        ) {
            let cards: Vec<Card> = shown.iter().map(|uuid| card(uuid, "H100", H100)).collect();
            let found = compare(&accepted, None, &cards);
            let distinct: BTreeSet<_> = shown.iter().cloned().collect();
            let are_there = distinct.len() == shown.len() && accepted.is_subset(&distinct);
            prop_assert_eq!(found, if are_there { Found::Same } else { Found::Other });
        }
    }
}
