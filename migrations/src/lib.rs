//! Numbered steps that bring the market to a cluster: the same for a local validator and a public cluster.
//!
//! Each step looks at the chain before it acts, so all of them can be run again at any time: what is done
//! stays as it is. [`plan`] says what would happen and changes nothing; [`apply`] does it, in order, and
//! stops at the first step that fails.
//!
//! # Adding a step
//!
//! 1. Write `src/m0004_what_it_does.rs` with a unit struct that implements [`Migration`]. `status` must
//!    read the chain and nothing else decide; `run` must send only what `status` has announced.
//! 2. Add it to the end of [`MIGRATIONS`]. Numbers are never reused, and a step that has run on a public
//!    cluster is never changed.
//! 3. What it has to be told goes into [`Config`], with a default if files without it shall stay valid.

mod config;
mod m0001_initialize;
mod m0002_register_mints;
mod m0003_give_up_upgrade_authority;

pub use config::{Config, UpgradeAuthority, Voting};

use gpu_lease_client::{Error as ClientError, rpc::Client, rpc::Receipt};
use serde::Serialize;
use solana_signer::Signer;
use std::{fmt, pin::Pin};

/// All steps, in order.
pub const MIGRATIONS: &[&dyn Migration] = &[
    &m0001_initialize::Initialize,
    &m0002_register_mints::RegisterMints,
    &m0003_give_up_upgrade_authority::GiveUpUpgradeAuthority,
];

/// What a step works with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub client: &'a Client,
    /// What the market is to be like.
    pub config: &'a Config,
    /// Signs and pays; the program's upgrade authority where a step needs it.
    pub authority: &'a dyn Signer,
}

/// A numbered step.
pub trait Migration: Sync {
    /// Its number and name, which is also that of its file.
    fn name(&self) -> &'static str;

    /// What it is for, in one sentence.
    fn describe(&self) -> &'static str;

    /// Whether nobody can undo it.
    fn is_final(&self) -> bool {
        false
    }

    /// What it would do. Reads the chain only.
    fn status<'a>(&'a self, context: &'a Context<'a>) -> Async<'a, Status>;

    /// Does what [`Migration::status`] says is pending.
    fn run<'a>(&'a self, context: &'a Context<'a>) -> Async<'a, Vec<Receipt>>;
}

/// What the methods of a [`Migration`] return.
pub type Async<'a, T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + 'a>>;

/// What is left of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "status", content = "detail")]
pub enum Status {
    /// Nothing.
    Done,
    /// These actions, one sentence each.
    Pending(Vec<String>),
    /// Nothing, since the configuration does not ask for it; the sentence says how things are and how to ask.
    NotAsked(String),
    /// It cannot run; the sentence says what has to happen first.
    Blocked(String),
}

impl Status {
    /// Whether nothing is to be done.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Done | Self::NotAsked(_))
    }
}

/// A step in a [`Plan`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedStep {
    /// The step's name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Whether nobody can undo it.
    pub is_final: bool,
    /// What is left of it.
    #[serde(flatten)]
    pub status: Status,
}

/// What [`apply`] would do. Prints as a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Plan {
    /// All steps, in order.
    pub steps: Vec<PlannedStep>,
}

impl Plan {
    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.steps.iter().all(|step| step.status.is_settled())
    }

    /// The steps that are about to do what nobody can undo.
    pub fn final_steps(&self) -> impl Iterator<Item = &PlannedStep> {
        self.steps.iter().filter(|step| step.is_final && matches!(step.status, Status::Pending(_)))
    }

    /// The steps that the configuration does not ask for.
    pub fn not_asked(&self) -> impl Iterator<Item = &PlannedStep> {
        self.steps.iter().filter(|step| matches!(step.status, Status::NotAsked(_)))
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}

impl fmt::Display for PlannedStep {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { name, description, status, .. } = self;
        match status {
            Status::Done => writeln!(f, "{name}: done"),
            Status::Pending(actions) => {
                writeln!(f, "{name}: {description}")?;
                actions.iter().try_for_each(|action| writeln!(f, "  - {action}"))
            }
            Status::NotAsked(how) => writeln!(f, "{name}: not asked for. {how}"),
            Status::Blocked(reason) => writeln!(f, "{name}: cannot run. {reason}"),
        }
    }
}

/// A step that has run now.
#[derive(Clone, Debug, Serialize)]
pub struct AppliedStep {
    /// The step's name.
    pub name: &'static str,
    /// The transactions that it sent.
    pub receipts: Vec<Receipt>,
}

/// Why [`plan`] or [`apply`] stopped. Steps before the named one are done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something has to happen first.
    #[error("{name} cannot run. {reason}")]
    Blocked {
        name: &'static str,
        /// What has to happen.
        reason: String,
    },
    /// The cluster refused or could not be asked.
    #[error("{name} stopped: {source}")]
    Failed { name: &'static str, source: ClientError },
    /// A step ran and is still pending.
    #[error("{name} ran but is not done; ask the cluster again with a plan")]
    NotDone { name: &'static str },
}

/// What would happen. Changes nothing.
pub async fn plan(context: &Context<'_>) -> Result<Plan, Error> {
    let mut steps = Vec::new();
    for step in MIGRATIONS {
        steps.push(planned(*step, context).await?);
    }
    Ok(Plan { steps })
}

/// Runs what is left, in order. Returns the steps that ran; `announce` hears of each before it runs.
pub async fn apply(
    context: &Context<'_>,
    mut announce: impl FnMut(&PlannedStep),
) -> Result<Vec<AppliedStep>, Error> {
    let mut applied = Vec::new();
    for step in MIGRATIONS {
        let name = step.name();
        let planned_step = planned(*step, context).await?;
        match planned_step.status {
            Status::Done | Status::NotAsked(_) => continue,
            Status::Blocked(reason) => return Err(Error::Blocked { name, reason }),
            Status::Pending(_) => announce(&planned_step),
        }
        let receipts = step.run(context).await.map_err(|source| Error::Failed { name, source })?;
        if planned(*step, context).await?.status != Status::Done {
            return Err(Error::NotDone { name });
        }
        applied.push(AppliedStep { name, receipts });
    }
    Ok(applied)
}

async fn planned(step: &dyn Migration, context: &Context<'_>) -> Result<PlannedStep, Error> {
    let name = step.name();
    let status = step.status(context).await.map_err(|source| Error::Failed { name, source })?;
    Ok(PlannedStep { name, description: step.describe(), is_final: step.is_final(), status })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbered_in_order_and_named_as_their_files() {
        for (index, step) in MIGRATIONS.iter().enumerate() {
            assert!(step.name().starts_with(&format!("m{:04}_", index + 1)), "{}", step.name());
            let file = format!("{}/src/{}.rs", env!("CARGO_MANIFEST_DIR"), step.name());
            assert!(std::path::Path::new(&file).exists(), "{file}");
        }
    }

    #[test]
    fn a_plan_prints_what_is_done_pending_not_asked_for_and_blocked() {
        let step = |name, status| PlannedStep { name, description: "Does it.", is_final: true, status };
        let mut plan = Plan { steps: vec![step("m0001_a", Status::Done)] };
        plan.steps.push(step("m0002_b", Status::NotAsked("Ask so.".to_owned())));
        assert!(plan.is_done());
        plan.steps.push(step("m0003_c", Status::Pending(vec!["this".to_owned(), "that".to_owned()])));
        plan.steps.push(step("m0004_d", Status::Blocked("Do this first.".to_owned())));
        assert!(!plan.is_done());
        let expected = "m0001_a: done\n\
                        m0002_b: not asked for. Ask so.\n\
                        m0003_c: Does it.\n  - this\n  - that\n\
                        m0004_d: cannot run. Do this first.\n";
        assert_eq!(plan.to_string(), expected);
        assert_eq!(plan.final_steps().map(|step| step.name).collect::<Vec<_>>(), ["m0003_c"]);
        assert_eq!(plan.not_asked().map(|step| step.name).collect::<Vec<_>>(), ["m0002_b"]);
        let json = serde_json::to_value(&plan).unwrap();
        assert_eq!(json[0]["status"], "done");
        assert_eq!((&json[1]["status"], &json[1]["detail"]), (&"not_asked".into(), &"Ask so.".into()));
        assert_eq!(json[2]["detail"][1], "that");
    }
}
