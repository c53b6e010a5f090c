//! Does what was planned.

use anyhow::{Context, Result, anyhow, ensure};
use gpu_lease_client::access;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_runtime::Life;
use rand::Rng;
use rand::rngs::OsRng;

use super::notebook::Notebook;
use super::parts::{Parts, Pass};
use crate::plan::{Entry, Errand, Launch, Step, life_of};
use crate::signer::NotDone;

/// Takes a lease on, with these cards.
pub fn accept(parts: &Parts, notebook: &Notebook, lease: &LeaseContext, cards: Vec<String>) -> Result<()> {
    let served = parts.policy.offers.get(&lease.offer.to_string()).context("the offer is not served")?;
    let user_seed = OsRng.r#gen();
    let credentials = parts.site.credentials(Some(&user_seed)).map_err(|error| anyhow!(error))?;
    notebook.write(Entry {
        life: life_of(lease),
        served: served.clone(),
        renter: lease.renter.to_string(),
        held: vec![(lease.opened_at, u32::try_from(cards.len()).unwrap_or(u32::MAX))],
        cards,
        user_seed,
        access_blob: access::encrypt(&lease.access_key, &credentials)?,
        growing: None,
        launch: None,
        waits_until: parts.policy.waits_until(lease),
        is_starting: false,
        is_tested: false,
        has_started: false,
        keep_until: None,
    })?;
    Ok(())
}

/// Gives a lease more cards. From the second after `now` on it can have them.
pub fn grow(notebook: &Notebook, life: &Life, more: Vec<String>, now: i64) -> Result<()> {
    notebook.change(life, |entry| {
        let cards = entry.cards.drain(..).chain(more).collect();
        entry.hold(cards, now + 1);
    })?;
    Ok(())
}

/// Lets a lease begin with something else, unless it may be starting.
pub fn launch(parts: &Parts, notebook: &Notebook, lease: &LeaseContext, launch: &Launch) -> Result<bool> {
    let life = life_of(lease);
    let change = |entry: &mut Entry| {
        if entry.is_starting || entry.has_started {
            return Ok(false);
        }
        let seed = Some(&entry.user_seed).filter(|_| launch.ssh_key.is_none());
        let credentials = parts.site.credentials(seed).map_err(|error| anyhow!(error))?;
        entry.access_blob = access::encrypt(&lease.access_key, &credentials)?;
        entry.launch = Some(launch.clone());
        entry.is_tested = false;
        Ok(true)
    };
    notebook.change(&life, change)?.context("the lease was not taken on")?
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
            let entry = entry()?;
            let own = entry.launch.as_ref().and_then(|launch| launch.ssh_key.clone());
            let user_key = match own {
                Some(key) => key,
                None => parts.site.user_key(&entry.user_seed).map_err(|error| anyhow!(error))?,
            };
            parts.doors.set(life, &Pass { door, user_key, socket: parts.runtime.socket(life) })?;
        }
        Step::Stop => parts.runtime.stop(life).await?,
        Step::Remove => parts.runtime.remove(life).await?,
        Step::ReleaseCards(cards) => {
            for card in &cards {
                parts.cards.wipe(card).await.map_err(|error| anyhow!("{card} was not wiped: {error}"))?;
            }
            let now = now.context("the cluster tells no time")?;
            notebook.change(life, |entry| {
                let (released, rest): (Vec<_>, Vec<_>) =
                    entry.cards.drain(..).partition(|card| cards.contains(card));
                match rest.is_empty() {
                    true => entry.keep_until = Some(now + i64::from(parts.policy.grace)),
                    false if released.is_empty() => entry.cards = rest,
                    false => entry.hold(rest, now),
                }
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
        Step::StartLease => {
            let begin = |entry: &mut Entry| {
                entry.is_starting |= entry.is_tested;
                entry.is_starting.then(|| entry.access_blob.clone())
            };
            let blob =
                notebook.change(life, begin)?.flatten().context("something else was launched in between")?;
            parts.signer.start(life, &blob).await?;
        }
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
        Errand::State { usage, by } => {
            let record = notebook.seal(life, usage.window_end)?;
            ensure!(
                record.evidence(usage.window_end) == usage.evidence,
                "the record was cut where the window ends, and is stated as it is now"
            );
            let stated = parts.signer.state(life, usage, by).await;
            if matches!(stated, Err(NotDone::Denied { .. } | NotDone::CoSignature)) && !by.is_empty() {
                // Nothing comes of it, and claims that wait for it go on.
                notebook.drop_co_signed(life, usage)?;
            }
            notebook.stated(life, stated?)?;
        }
        Errand::Settle => parts.signer.settle(life).await?,
        Errand::Close => parts.signer.close(life).await?,
        Errand::Grow(transaction) => parts.signer.grow(life, transaction).await?,
        Errand::Leave => parts.signer.leave(life).await?,
        Errand::ReleaseGpus => parts.signer.release_gpus(life).await?,
    }
    Ok(())
}
