//! What the random play has reached, so that it cannot rot into nothing but refusals.

use crate::play::Game;
use gpu_lease_model::{Action, End, Refusal};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{LazyLock, Mutex},
};
use strum::IntoEnumIterator;

/// Of all sequences of this process.
pub static COVERAGE: LazyLock<Mutex<Coverage>> = LazyLock::new(Mutex::default);

/// Counts.
#[derive(Default)]
pub struct Coverage {
    /// Of all actions.
    pub steps: u64,
    /// Of those that succeeded and of those that were refused, by kind.
    pub actions: BTreeMap<String, [u64; 2]>,
    /// By rule.
    pub refusals: BTreeMap<Refusal, u64>,
    /// Of closed leases, by how they had ended.
    pub endings: BTreeMap<End, u64>,
}

impl Coverage {
    /// Counts an action and what came of it.
    pub fn count(&mut self, action: &Action, game: &Game) {
        self.steps += 1;
        let which = usize::from(game.outcome.is_err());
        for kind in kinds(action, game) {
            self.actions.entry(kind).or_default()[which] += 1;
        }
        match (game.outcome, action) {
            (Err(refusal), _) => *self.refusals.entry(refusal).or_default() += 1,
            (Ok(()), Action::Close { .. }) => {
                let end = *game.market.endings.last().expect("one was closed");
                *self.endings.entry(end).or_default() += 1;
            }
            _ => {}
        }
    }

    /// Requires every kind of action to have succeeded, and every rule and every ending to have been reached.
    pub fn require_everything(&self) {
        let never: Vec<_> =
            KINDS.iter().filter(|kind| self.actions.get(**kind).is_none_or(|n| n[0] == 0)).collect();
        assert!(never.is_empty(), "never succeeded: {never:?}");
        let never: Vec<_> = Refusal::iter().filter(|refusal| !self.refusals.contains_key(refusal)).collect();
        assert!(never.is_empty(), "never refused for: {never:?}");
        let never: Vec<_> = End::iter().filter(|end| !self.endings.contains_key(end)).collect();
        assert!(never.is_empty(), "no lease ended so: {never:?}");
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (kind, [done, refused]) in &self.actions {
            writeln!(f, "{kind:32} {done:8} done {refused:8} refused")?;
        }
        for (refusal, count) in &self.refusals {
            writeln!(f, "refused for {refusal:?}: {count}")?;
        }
        for (end, count) in &self.endings {
            writeln!(f, "ended by {end:?}: {count}")?;
        }
        Ok(())
    }
}

/// The kinds of an action: attestations by who signed, too.
fn kinds(action: &Action, game: &Game) -> Vec<String> {
    let mut kinds = vec![action.kind().to_owned()];
    let Action::Attest { lease, signers, .. } = action else { return kinds };
    let lease = &game.market.leases[lease];
    let mut sign = |name: &str, signs: bool| {
        if signs {
            kinds.push(format!("attest, {name}"));
        }
    };
    let by_renter = signers.contains(&lease.renter);
    let by_key = lease.session_key.is_some_and(|key| signers.contains(&key));
    sign("signed by the renter", by_renter);
    sign("signed by the session key", by_key && !by_renter);
    sign("signed by the verifier", lease.terms.verifier.is_some_and(|verifier| signers.contains(&verifier)));
    sign("claimed", !by_renter && !by_key);
    sign("claimed behind another claim", !by_renter && !by_key && lease.claims.len() == 2);
    kinds
}

/// Every kind of action.
const KINDS: [&str; 32] = [
    "wait",
    "open_lease",
    "start_lease",
    "cancel_lease",
    "top_up",
    "attest",
    "attest, signed by the renter",
    "attest, signed by the session key",
    "attest, signed by the verifier",
    "attest, claimed",
    "attest, claimed behind another claim",
    "settle",
    "extend_lease",
    "resize_lease",
    "release_gpus",
    "terminate_lease",
    "expire_lease",
    "dispute_lease",
    "resolve_dispute",
    "resolve_by_timeout",
    "set_session_key",
    "close_lease together",
    "close_lease",
    "create_offer",
    "update_offer",
    "close_offer",
    "update_provider",
    "nominate_authority",
    "accept_authority",
    "donation",
    "fee change",
    "pause",
];
