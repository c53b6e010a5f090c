//! Does what was planned.

use anyhow::{Context, Result, anyhow, ensure};
use gpu_lease_client::access;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_runtime::Life;
use rand::Rng;
use rand::rngs::OsRng;

use super::notebook::Notebook;
use super::parts::{Parts, Pass};
use crate::meter::Record;
use crate::plan::{Access, Entry, Errand, Step, life_of};

/// Takes a lease on, with these cards.
pub fn accept(parts: &Parts, notebook: &Notebook, lease: &LeaseContext, cards: Vec<String>) -> Result<()> {
    let served = parts.policy.offers.get(&lease.offer.to_string()).context("the offer is not served")?;
    let user_seed = OsRng.r#gen();
    let credentials = parts.site.credentials(&user_seed).map_err(|error| anyhow!(error))?;
    notebook.write(Entry {
        life: life_of(lease),
        served: served.clone(),
        renter: lease.renter.to_string(),
        cards,
        user_seed,
        access_blob: access::encrypt(&lease.access_key, &credentials)?,
        is_tested: false,
        has_started: false,
        keep_until: None,
    })?;
    Ok(())
}

/// A step on the machine.
pub async fn step(
    parts: &Parts,
    notebook: &Notebook,
    life: &Life,
    step: Step,
    lease: Option<&LeaseContext>,
    now: Option<i64>,
) -> Result<()> {
    let book = notebook.book();
    let entry = || book.entries.get(life).context("the lease was not taken on");
    match step {
        Step::NoteStart => notebook.start(life, lease.context("the lease is not there")?.started_at)?,
        Step::Admit(None) => parts.doors.remove(life)?,
        Step::Admit(Some(door)) => {
            let note = match door.access {
                Access::Open => String::new(),
                Access::Files => "The lease is over. Its files can be read for a while.".to_owned(),
                Access::Shut => "The lease does not run yet, or has no money left.".to_owned(),
            };
            let user_key = parts.site.user_key(&entry()?.user_seed).map_err(|error| anyhow!(error))?;
            parts.doors.set(life, &Pass { door, user_key, socket: parts.runtime.socket(life), note })?;
        }
        Step::Stop => parts.runtime.stop(life).await?,
        Step::Remove => parts.runtime.remove(life).await?,
        Step::ReleaseCards => {
            for card in &entry()?.cards {
                parts.cards.wipe(card).await.map_err(|error| anyhow!("{card} was not wiped: {error}"))?;
            }
            let keep_until = now.context("the cluster tells no time")? + i64::from(parts.policy.grace);
            notebook.change(life, |entry| {
                entry.cards.clear();
                entry.keep_until = Some(keep_until);
            })?;
        }
        Step::Create(spec) => {
            parts.runtime.pull(&spec.image).await?;
            parts.runtime.create(life, &spec).await?;
        }
        Step::Run => parts.runtime.start(life).await?,
        Step::Test => {
            let tested = parts.tester.test(life, parts.runtime.socket(life)).await;
            tested.map_err(|error| anyhow!("nobody could log in: {error}"))?;
            notebook.change(life, |entry| entry.is_tested = true)?;
        }
        Step::StartLease => parts.signer.start(life, &entry()?.access_blob).await?,
        Step::Wipe => destroy(parts, life).await?,
        Step::Forget => {
            // What was refused or cut short half-way may have left what no list shows.
            destroy(parts, life).await?;
            notebook.forget(life)?;
        }
    }
    Ok(())
}

/// Leaves nothing of it to the engine: neither its workspace nor what was made for a container that never came to be.
async fn destroy(parts: &Parts, life: &Life) -> Result<()> {
    parts.runtime.remove(life).await?;
    Ok(parts.runtime.wipe(life).await?)
}

/// Something that takes a key.
pub async fn errand(parts: &Parts, notebook: &Notebook, life: &Life, errand: &Errand) -> Result<()> {
    match errand {
        Errand::State(usage) => {
            notebook.seal(life, usage.window_end)?;
            let is_as_planned = |record: &Record| record.evidence(usage.window_end) == usage.evidence;
            ensure!(
                notebook.book().records.get(life).is_some_and(is_as_planned),
                "the record was cut where the window ends, and is stated as it is now"
            );
            notebook.stated(life, parts.signer.state(life, usage).await?)?;
        }
        Errand::Settle => parts.signer.settle(life).await?,
        Errand::Close => parts.signer.close(life).await?,
    }
    Ok(())
}
