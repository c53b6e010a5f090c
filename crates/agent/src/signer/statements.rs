//! Signs what was delivered, and lands it: of many leases at once where it can.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::attestation::{AttestationBatch, MAX_BATCH, SignedAttestation, sign};
use gpu_lease_client::batch::Carrier;
use gpu_lease_client::evidence::{Proof, SignedStatement, leaf, root};
use gpu_lease_client::instruction;
use gpu_lease_client::state::Lease;
use gpu_lease_runtime::Life;
use solana_address::Address;
use solana_signer::Signer;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::co_signature::{CoSignature, message};
use super::counts::Landed;
use super::guard::{Signed, permit};
use super::not_done::{NotDone, Result};
use super::till::Till;
use crate::cluster::Cluster;
use crate::plan::OnChain;
use crate::store::Table;

/// What was signed last about each lease.
pub const SIGNED: Table = Table::new("signed");

/// A statement that somebody waits for.
struct Row {
    life: Life,
    lease: LeaseContext,
    usage: Signed,
    number: u64,
    answer: oneshot::Sender<Result<SignedStatement>>,
}

impl Row {
    fn leaf(&self) -> [u8; 32] {
        leaf(&self.lease.address, self.lease.opened_slot, &self.usage.evidence)
    }

    fn in_batch(&self) -> (Address, Lease, u64, u64) {
        (self.lease.address, self.lease.account, self.usage.units, self.usage.energy_wh)
    }

    /// Whether `lease` shows that it has landed.
    fn is_in(&self, lease: &Lease) -> bool {
        lease.meter.window_end >= self.usage.window_end && lease.meter.latest.units >= self.usage.units
    }
}

/// Statements that are gathered: those of one provider about one moment travel together.
pub struct Gathering {
    time: Duration,
    numbers: AtomicU64,
    rows: Mutex<BTreeMap<(Address, i64), Vec<Row>>>,
}

impl Gathering {
    /// Each waits so long for others.
    pub fn new(time: Duration) -> Self {
        Self { time, numbers: AtomicU64::default(), rows: Mutex::default() }
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<(Address, i64), Vec<Row>>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lands a statement, with others about the same moment if there are some.
    pub async fn land<C: Cluster>(
        &self,
        till: &Till<C>,
        life: &Life,
        lease: LeaseContext,
        usage: Signed,
    ) -> Result<SignedStatement> {
        let (answer, answered) = oneshot::channel();
        let number = self.numbers.fetch_add(1, Relaxed);
        let key = (lease.provider, usage.window_end);
        let carrier = Carrier {
            format: till.cluster.format().await?,
            payer: till.keys.operator.pubkey(),
            provider: key.0,
            signatures: 1,
        };
        self.push(key, Row { life: life.clone(), lease, usage, number, answer });
        if !self.time.is_zero() {
            sleep(self.time).await;
        }
        // Who waits longest carries those who came after it, and leaves to the next whoever does not fit.
        let rows = self.take(key, number, &carrier);
        if !rows.is_empty() {
            together(till, key, rows).await;
        }
        // Who carried it can have been cut off.
        let lost = |_| NotDone::Cluster { what: "the request that carried it was cut short".to_owned() };
        answered.await.map_err(lost)?
    }

    fn push(&self, key: (Address, i64), row: Row) {
        let mut all = self.rows();
        // Those who have gone do not wait.
        all.retain(|_, rows| {
            rows.retain(|row| !row.answer.is_closed());
            !rows.is_empty()
        });
        all.entry(key).or_default().push(row);
    }

    /// The row of this number and as many others about the same moment as fit; none if another has taken it.
    fn take(&self, key: (Address, i64), number: u64, carrier: &Carrier) -> Vec<Row> {
        let mut all = self.rows();
        let Some(rows) = all.get_mut(&key) else { return Vec::new() };
        let Some(first) = rows.iter().position(|row| row.number == number) else { return Vec::new() };
        rows.swap(0, first);
        let usage: Vec<_> = rows.iter().take(MAX_BATCH).map(Row::in_batch).collect();
        let fits = |count: &usize| {
            let batch = AttestationBatch::new(key.1, [0; 32], usage.get(..*count).unwrap_or_default());
            batch.is_ok_and(|batch| carrier.takes(&batch))
        };
        let count = (1..=usage.len()).take_while(fits).last().unwrap_or(1);
        let taken = rows.drain(..count).collect();
        if rows.is_empty() {
            all.remove(&key);
        }
        taken
    }
}

/// Lands one statement by itself, with others' signatures if there are some. With those it never goes in a batch: whoever
/// signs a batch signs all of its rows.
pub async fn alone<C: Cluster>(
    till: &Till<C>,
    life: &Life,
    lease: &LeaseContext,
    usage: &Signed,
    by: &[CoSignature],
) -> Result<SignedAttestation> {
    let co_signed = by.iter().map(|by| {
        let signed = by.over(&lease.keyed(), usage);
        signed.filter(|_| by.counts_for(lease) || by.is_verifiers(lease)).ok_or(NotDone::CoSignature)
    });
    let co_signed: Vec<_> = co_signed.collect::<Result<_>>()?;
    let now = till.cluster.now().await?;
    // On disk before there is a signature.
    till.journal.change_if(|journal| {
        let last: Option<Signed> = journal.get(SIGNED, life)?;
        Ok(match permit(last.as_ref(), usage, lease, now) {
            Ok(()) => {
                journal.set(SIGNED, life, usage)?;
                Ok(())
            }
            Err(why) => Err(NotDone::Denied { why }),
        })
    })??;
    let mut signed = sign(message(&lease.keyed(), usage), till.keys.attestor.as_ref())?;
    till.counts.sign(1);
    co_signed.iter().try_for_each(|co_signed| signed.merge(co_signed))?;
    signed.check(lease, now)?;
    till.send(&instruction::attest(lease, &signed), now).await?;
    let is_co_signed = by.iter().any(|by| by.counts_for(lease));
    till.counts.land(if is_co_signed { Landed::CoSigned } else { Landed::Alone });
    Ok(signed)
}

/// Lands rows about one moment, and answers those who wait for them.
async fn together<C: Cluster>(till: &Till<C>, (provider, window_end): (Address, i64), rows: Vec<Row>) {
    let mut rows = match permitted(till, rows).await {
        Ok(rows) => rows,
        Err((rows, error)) => return rows.into_iter().for_each(|row| answer(row, Err(error.clone()))),
    };
    rows.sort_by_key(|row| row.lease.address);
    let mut leaves: Vec<_> = rows.iter().map(|row| (row.lease.address, row.leaf())).collect();
    // One that was asked for twice is one row.
    leaves.dedup();
    if leaves.len() < 2 {
        return one_by_one(till, rows).await;
    }
    let hashes: Vec<_> = leaves.iter().map(|(_, leaf)| *leaf).collect();
    let usage: Vec<_> = rows.iter().map(Row::in_batch).collect();
    let send = async || -> Result<_> {
        let batch = AttestationBatch::new(window_end, root(&hashes), &usage)?;
        let batch = sign(batch, till.keys.attestor.as_ref())?;
        till.counts.sign(hashes.len() as u64);
        let now = till.cluster.now().await?;
        till.send(&instruction::attest_batch(provider, &batch), now).await?;
        Ok(batch)
    };
    let batch = match send().await {
        Ok(batch) => batch,
        Err(error) => return rows.into_iter().for_each(|row| answer(row, Err(error.clone()))),
    };
    let mut skipped = Vec::new();
    for row in rows {
        match till.cluster.lease(&row.life).await {
            Ok(OnChain::There(lease)) if row.is_in(&lease) => {
                let place = leaves.iter().position(|(lease, _)| *lease == row.lease.address);
                let proof = place.and_then(|place| Proof::of(&hashes, place));
                let evidence = row.usage.evidence;
                let statement =
                    proof.map(|proof| SignedStatement::InBatch { batch: batch.clone(), evidence, proof });
                till.counts.land(Landed::InBatch);
                answer(row, statement.ok_or(NotDone::Gone));
            }
            // Nothing is said of it: somebody came in front of the batch. By itself it is told why.
            Ok(OnChain::There(_)) => skipped.push(row),
            Ok(OnChain::Gone) => answer(row, Err(NotDone::Gone)),
            Err(error) => answer(row, Err(error.into())),
        }
    }
    one_by_one(till, skipped).await;
}

async fn one_by_one<C: Cluster>(till: &Till<C>, rows: Vec<Row>) {
    for row in rows {
        let signed = alone(till, &row.life, &row.lease, &row.usage, &[]).await;
        answer(row, signed.map(SignedStatement::Alone));
    }
}

/// Those that may be signed; the others are answered. On disk, all at once, before there is a signature.
async fn permitted<C: Cluster>(
    till: &Till<C>,
    rows: Vec<Row>,
) -> std::result::Result<Vec<Row>, (Vec<Row>, NotDone)> {
    let now = match till.cluster.now().await {
        Ok(now) => now,
        Err(error) => return Err((rows, error.into())),
    };
    let mut refused = BTreeMap::new();
    let written = till.journal.change(|journal| {
        rows.iter().try_for_each(|row| {
            let last: Option<Signed> = journal.get(SIGNED, &row.life)?;
            match permit(last.as_ref(), &row.usage, &row.lease, now) {
                Ok(()) => journal.set(SIGNED, &row.life, &row.usage),
                Err(why) => {
                    refused.insert(row.number, why);
                    Ok(())
                }
            }
        })
    });
    if let Err(error) = written {
        return Err((rows, error.into()));
    }
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for row in rows {
        match refused.get(&row.number) {
            Some(why) => bad.push((row, *why)),
            None => good.push(row),
        }
    }
    bad.into_iter().for_each(|(row, why)| answer(row, Err(NotDone::Denied { why })));
    Ok(good)
}

/// Who waits may have gone.
fn answer(row: Row, result: Result<SignedStatement>) {
    row.answer.send(result).ok();
}
