//! The next step from what there is of a lease to what there ought to be.

use gpu_lease_runtime::{Instance, Spec};

use super::door::Door;
use super::entry::Entry;
use super::wish::Wish;

/// What there is of a lease on the machine.
#[derive(Clone, Debug)]
pub struct Actual<'a> {
    /// Its container.
    pub instance: Option<&'a Instance>,
    /// Whether there is a workspace.
    pub has_workspace: bool,
    /// Its door, if it has one.
    pub door: Option<&'a Door>,
}

/// Something to do on the machine. Each can be done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write down that it has started.
    NoteStart,
    /// Make its door so, or take it away.
    Admit(Option<Door>),
    /// End all its processes.
    Stop,
    /// Remove its container.
    Remove,
    /// Wipe these of its cards and give them back.
    ReleaseCards(Vec<String>),
    /// Make its container.
    Create(Spec),
    /// Run it.
    Run,
    /// Try a login.
    Test,
    /// Start it on chain.
    StartLease,
    /// Destroy its workspace.
    Wipe,
    /// Forget it.
    Forget,
}

impl Step {
    /// Its name in metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoteStart => "note_start",
            Self::Admit(_) => "admit",
            Self::Stop => "stop",
            Self::Remove => "remove",
            Self::ReleaseCards(_) => "release_cards",
            Self::Create(_) => "create",
            Self::Run => "run",
            Self::Test => "test",
            Self::StartLease => "start_lease",
            Self::Wipe => "wipe",
            Self::Forget => "forget",
        }
    }
}

/// What to do next, if there is anything.
///
/// In this order: doors close before anything behind them changes; cards are wiped only when nothing runs on them; doors
/// open when all is there; and a lease is forgotten when nothing of it is left.
pub fn next_step(wish: &Wish, actual: &Actual, entry: Option<&Entry>) -> Option<Step> {
    let is_running = actual.instance.is_some_and(|instance| instance.is_running);
    let is_as_wished = match (&wish.container, actual.instance) {
        (Some(spec), Some(instance)) => *spec == instance.spec,
        (None, None) => true,
        (None, Some(_)) | (Some(_), None) => false,
    };
    let surplus = entry.and_then(|entry| entry.cards.get(wish.cards..)).unwrap_or_default().to_vec();
    let narrowed = actual.door.and_then(|door| Some(door.narrowed_to(wish.door.as_ref()?)));
    let steps = [
        (actual.door != narrowed.as_ref(), Step::Admit(narrowed)),
        (is_running && !(wish.runs && is_as_wished), Step::Stop),
        (actual.instance.is_some() && !is_as_wished, Step::Remove),
        (!surplus.is_empty(), Step::ReleaseCards(surplus)),
    ];
    if let Some((_, step)) = steps.into_iter().find(|(is_due, _)| *is_due) {
        return Some(step);
    }
    if let (Some(spec), false) = (&wish.container, is_as_wished) {
        return Some(Step::Create(spec.clone()));
    }
    let steps = [
        (wish.runs && !is_running, Step::Run),
        (wish.runs && entry.is_some_and(|entry| !entry.is_tested), Step::Test),
        (actual.door != wish.door.as_ref(), Step::Admit(wish.door.clone())),
        (wish.starts, Step::StartLease),
        (actual.has_workspace && !wish.keeps_workspace, Step::Wipe),
        (entry.is_some() && !wish.is_known, Step::Forget),
    ];
    steps.into_iter().find(|(is_due, _)| *is_due).map(|(_, step)| step)
}
