//! What was told before.

use super::kind::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Seconds for which nobody has to say a thing that lasts before it is over: longer than a node is away for, or a restart
/// takes.
const OVER: i64 = 900;

/// Seconds after which a thing that nobody has said again is forgotten.
const FORGOTTEN: i64 = 90 * 86_400;

/// What was told of one lease, or of the guard itself. It is on disk with the news.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told(BTreeMap<String, Thing>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Thing {
    kind: Kind,
    /// When it was said the last time.
    at: i64,
}

impl Told {
    /// Whether to tell this now: it was not told before, or what lasts was over in between. `once` says which thing of its
    /// kind it is; that it still is so may be said at every turn.
    pub fn is_new(&mut self, kind: Kind, once: &str, at: i64) -> bool {
        self.0.retain(|_, thing| at - thing.at < FORGOTTEN);
        let told = self.0.insert(once.to_owned(), Thing { kind, at });
        told.is_none_or(|told| kind.lasts() && at - told.at >= OVER)
    }

    /// What lasts of this kind is over: it is told again when it begins again. Whether any of it was told.
    pub fn over(&mut self, kind: Kind) -> bool {
        let before = self.0.len();
        self.0.retain(|_, thing| thing.kind != kind);
        self.0.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_told_once() {
        let mut told = Told::default();
        assert!(told.is_new(Kind::Disputed, "claim of 100", 0));
        assert!(!told.is_new(Kind::Disputed, "claim of 100", 1));
        assert!(!told.is_new(Kind::Disputed, "claim of 100", 10 * OVER));
        assert!(told.is_new(Kind::Disputed, "claim of 200", 10 * OVER));
    }

    #[test]
    fn what_lasts_is_told_again_when_it_was_over_in_between() {
        let mut told = Told::default();
        assert!(told.is_new(Kind::RunwayLow, "below 24 h", 0));
        assert!((1..10).all(|turn| !told.is_new(Kind::RunwayLow, "below 24 h", turn * (OVER - 1))));
        let last = 9 * (OVER - 1);
        assert!(!told.is_new(Kind::RunwayLow, "below 24 h", last + OVER - 1));
        assert!(told.is_new(Kind::RunwayLow, "below 24 h", last + OVER - 1 + OVER));
        assert!(told.is_new(Kind::RunwayLow, "below 6 h", 0));
    }

    #[test]
    fn what_nobody_says_any_longer_is_forgotten() {
        let mut told = Told::default();
        assert!(told.is_new(Kind::Disputed, "long ago", 0));
        assert!(told.is_new(Kind::Disputed, "now", FORGOTTEN - 1));
        assert_eq!(told.0.len(), 2);
        assert!(!told.is_new(Kind::Disputed, "now", FORGOTTEN));
        assert_eq!(told.0.len(), 1);
    }

    #[test]
    fn what_is_said_to_be_over_is_told_again_at_once() {
        let mut told = Told::default();
        assert!(told.is_new(Kind::Unreachable, "", 0));
        assert!(told.over(Kind::Unreachable));
        assert!(!told.over(Kind::Unreachable));
        assert!(told.is_new(Kind::Unreachable, "", 1));
    }

    #[test]
    fn it_is_known_again_after_a_restart() {
        let mut told = Told::default();
        assert!(told.is_new(Kind::Closed, "", 0));
        let mut again: Told = serde_json::from_str(&serde_json::to_string(&told).unwrap()).unwrap();
        assert!(!again.is_new(Kind::Closed, "", 1));
    }
}
