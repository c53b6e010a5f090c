//! Whether a record, what was signed about it and what the chain has agree.

use serde::Serialize;
use solana_address::Address;

use super::cause::Cause;
use super::file::EvidenceFile;
use super::record::{Replay, watt_hours};
use super::statement::SignedStatement;
use super::tree::Hash;
use crate::account::LeaseContext;
use crate::attestation::Usage;
use crate::error::{Error, Result};
use crate::json;

/// What a record says up to the moment that was signed about, and what agrees with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct EvidenceCheck {
    /// The lease.
    #[serde(serialize_with = "json::display")]
    #[cfg_attr(test, ts(type = "string"))]
    pub lease: Address,
    /// The slot in which it was opened.
    pub opened_slot: u64,
    /// When it was started, unix seconds.
    pub start: i64,
    /// Until when the figures count, unix seconds: the window of the statement, or else of the chain, or else all of it.
    pub window_end: i64,
    /// Until when the record goes.
    pub until: i64,
    /// How many rows it has.
    pub rows: u32,
    /// Seconds of which there is nothing to say: they were delivered.
    pub plain: u64,
    /// The other seconds.
    pub causes: Vec<CauseSeconds>,
    /// GPU-seconds delivered.
    pub units: u64,
    /// Watt-hours used.
    pub energy_wh: u64,
    /// Head of the record.
    #[serde(serialize_with = "json::bytes")]
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub evidence: [u8; 32],
    /// What was compared.
    pub comparisons: Vec<Comparison>,
}

/// Seconds of one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CauseSeconds {
    /// Which.
    pub cause: Cause,
    /// How many.
    pub seconds: u64,
    /// Whether they were delivered all the same: the tenant's doing.
    pub is_delivered: bool,
}

/// Who else says something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Witness {
    /// The statement in the file.
    Statement,
    /// The lease on chain.
    Chain,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Subject {
    /// Which lease, in which life of it.
    Life,
    /// When it started.
    Start,
    /// Who signed.
    Attestor,
    /// The end of the window.
    WindowEnd,
    /// GPU-seconds.
    Units,
    /// Watt-hours.
    EnergyWh,
    /// The hash.
    Evidence,
}

/// One figure of the record's beside somebody else's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Comparison {
    /// Whose.
    pub with: Witness,
    /// What.
    pub subject: Subject,
    /// By the file.
    pub here: String,
    /// By the other.
    pub there: String,
    /// Whether they agree.
    pub matches: bool,
}

impl EvidenceCheck {
    /// Of a file, beside the lease on chain if it is at hand. It is an error if the rows are not a record.
    pub fn of(file: &EvidenceFile, on_chain: Option<&LeaseContext>) -> Result<Self> {
        let flawed =
            |flaw| Error::input(format!("the record cannot be replayed: {flaw}"), "ask for it again");
        let usage = file.statement.as_ref().and_then(|statement| statement.usage(&file.lease));
        let meter = on_chain.map(|lease| &lease.meter).filter(|meter| meter.window_end > file.start);
        let window_end =
            usage.map(|it| it.window_end).or(meter.map(|it| it.window_end)).unwrap_or_else(|| file.until());
        let replay = file.replay(window_end).map_err(flawed)?;
        let mut comparisons = Vec::new();
        if let Some(statement) = &file.statement {
            with_statement(&mut comparisons, file, statement, &replay, on_chain);
        }
        if let Some(lease) = on_chain {
            with_chain(&mut comparisons, file, lease);
        }
        let causes = replay.by_cause.iter().map(|(cause, seconds)| CauseSeconds {
            cause: *cause,
            seconds: *seconds,
            is_delivered: cause.is_tenants(),
        });
        Ok(Self {
            lease: file.lease,
            opened_slot: file.opened_slot,
            start: file.start,
            window_end,
            until: file.until(),
            rows: u32::try_from(file.rows.len()).unwrap_or(u32::MAX),
            plain: replay.plain,
            causes: causes.collect(),
            units: replay.chain.units(),
            energy_wh: watt_hours(replay.chain.energy()),
            evidence: replay.chain.head(),
            comparisons,
        })
    }

    /// Whether all agree.
    pub fn matches(&self) -> bool {
        self.comparisons.iter().all(|comparison| comparison.matches)
    }
}

fn compare(with: Witness, subject: Subject, here: impl ToString, there: impl ToString) -> Comparison {
    let (here, there) = (here.to_string(), there.to_string());
    Comparison { with, subject, matches: here == there, here, there }
}

fn life(lease: &Address, opened_slot: u64) -> String {
    format!("{lease} of slot {opened_slot}")
}

/// Units, energy and evidence up to the window of `usage`.
fn figures(with: Witness, replay: &Replay, usage: &Usage) -> [Comparison; 3] {
    [
        compare(with, Subject::Units, replay.chain.units(), usage.gpu_seconds),
        compare(with, Subject::EnergyWh, watt_hours(replay.chain.energy()), usage.energy_wh),
        compare(with, Subject::Evidence, hex::encode(replay.chain.head()), hex::encode(usage.evidence)),
    ]
}

/// What a statement says beside the usage.
struct Stated {
    /// When the lease was opened; 0, which no slot of a lease is, if it says nothing of the lease.
    opened_slot: u64,
    /// Which cluster and program it is for.
    domain: Hash,
    /// What the lease has as evidence once it has landed: the head of its record, or the root over many.
    evidence: Hash,
}

impl Stated {
    fn of(statement: &SignedStatement, lease: &Address) -> Self {
        match statement {
            SignedStatement::Alone(signed) => {
                let message = signed.message();
                let opened_slot = message.opened_slot.get();
                Self { opened_slot, domain: message.domain, evidence: message.evidence }
            }
            SignedStatement::InBatch { batch, .. } => {
                let (header, leases) = (batch.message().header(), batch.message().leases());
                let row = leases.binary_search(lease).ok().and_then(|at| batch.message().rows().get(at));
                let opened_slot = row.map_or(0, |row| row.opened_slot.get());
                Self { opened_slot, domain: header.domain, evidence: header.evidence }
            }
        }
    }
}

fn with_statement(
    comparisons: &mut Vec<Comparison>,
    file: &EvidenceFile,
    statement: &SignedStatement,
    replay: &Replay,
    on_chain: Option<&LeaseContext>,
) {
    let with = Witness::Statement;
    let here = life(&file.lease, file.opened_slot);
    let Some(usage) = statement.usage(&file.lease) else {
        comparisons.push(compare(with, Subject::Life, here, "not this lease, or not proven"));
        return;
    };
    let stated = Stated::of(statement, &file.lease);
    comparisons.push(compare(with, Subject::Life, here, life(&file.lease, stated.opened_slot)));
    if let Some(lease) = on_chain {
        let attestor = lease.provider_account.attestor;
        let is_signed = statement.is_signed_by(&attestor) && stated.domain == lease.domain;
        let signer =
            if is_signed { attestor.to_string() } else { "another key, or another cluster".to_owned() };
        comparisons.push(compare(with, Subject::Attestor, attestor, signer));
    }
    comparisons.extend(figures(with, replay, &usage));
}

fn with_chain(comparisons: &mut Vec<Comparison>, file: &EvidenceFile, lease: &LeaseContext) {
    let with = Witness::Chain;
    let lives = [life(&file.lease, file.opened_slot), life(&lease.address, lease.opened_slot)];
    comparisons.push(compare(with, Subject::Life, &lives[0], &lives[1]));
    comparisons.push(compare(with, Subject::Start, file.start, lease.started_at));
    let meter = &lease.meter;
    if meter.window_end <= lease.started_at {
        // Nothing was attested yet.
        return;
    }
    let Ok(replay) = file.replay(meter.window_end) else {
        comparisons.push(compare(with, Subject::WindowEnd, file.until(), meter.window_end));
        return;
    };
    // A batch has a root on chain, which stands for the head that it proves.
    let proven = file.statement.as_ref().filter(|it| Stated::of(it, &file.lease).evidence == meter.evidence);
    let proven = proven.and_then(|it| it.usage(&file.lease)).map(|usage| usage.evidence);
    let usage = Usage {
        window_end: meter.window_end,
        gpu_seconds: meter.latest.units,
        energy_wh: meter.energy_wh,
        evidence: proven.unwrap_or(meter.evidence),
    };
    comparisons.extend(figures(with, &replay, &usage));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::{Attestation, AttestationBatch, sign};
    use crate::evidence::{Proof, Row, leaf, root};
    use crate::testing;
    use solana_signer::Signer;

    /// A record of the sample lease: ten minutes, of which ten seconds were not delivered.
    fn file(lease: &LeaseContext) -> EvidenceFile {
        let ends =
            [(1_020, None), (1_080, None), (1_090, Some(Cause::Gateway)), (1_140, None), (1_170, None)];
        let mut from = lease.started_at;
        let row = |(to, cause)| {
            let row = Row { from, to, gpus: 8, cause, energy: 9_000_000 };
            from = to;
            row
        };
        EvidenceFile::new(lease.address, lease.opened_slot, lease.started_at, ends.map(row).to_vec(), None)
    }

    fn usage(file: &EvidenceFile, window_end: i64) -> Usage {
        let chain = file.replay(window_end).unwrap().chain;
        Usage {
            window_end,
            gpu_seconds: chain.units(),
            energy_wh: watt_hours(chain.energy()),
            evidence: chain.head(),
        }
    }

    /// As `attest` leaves the lease.
    fn landed(lease: &LeaseContext, usage: &Usage) -> LeaseContext {
        let mut after = *lease;
        after.account.attest(usage, false, crate::state::Moment::by_clock(2_000)).unwrap();
        after
    }

    fn alone(lease: &LeaseContext, usage: &Usage) -> SignedStatement {
        SignedStatement::Alone(
            sign(Attestation::new(lease.address, lease, usage), &testing::keypair(2)).unwrap(),
        )
    }

    /// In a batch with another lease, and what is on chain then.
    fn in_batch(lease: &LeaseContext, usage: &Usage) -> (SignedStatement, Usage) {
        let other = Address::new_from_array([9; 32]);
        let leaves = [(lease.address, usage.evidence), (other, [6; 32])]
            .map(|(address, head)| leaf(&address, lease.opened_slot, &head));
        let rows = [
            (lease.address, lease.account, usage.gpu_seconds, usage.energy_wh),
            (other, lease.account, 7, 0),
        ];
        let batch = AttestationBatch::new(usage.window_end, root(&leaves), &rows).unwrap();
        let statement = SignedStatement::InBatch {
            batch: sign(batch, &testing::keypair(2)).unwrap(),
            evidence: usage.evidence,
            proof: Proof::of(&leaves, 0).unwrap(),
        };
        (statement, Usage { evidence: root(&leaves), ..*usage })
    }

    fn differing(file: &EvidenceFile, lease: Option<&LeaseContext>) -> Vec<(Witness, Subject)> {
        let check = EvidenceCheck::of(file, lease).unwrap();
        check.comparisons.iter().filter(|it| !it.matches).map(|it| (it.with, it.subject)).collect()
    }

    #[test]
    fn a_record_matches_what_landed_alone_or_in_a_batch() {
        let lease = testing::lease_context();
        let without = file(&lease);
        let usage = usage(&without, 1_140);
        let (batch, with_root) = in_batch(&lease, &usage);
        for (statement, landing) in [(alone(&lease, &usage), usage), (batch, with_root)] {
            let file = EvidenceFile { statement: Some(statement), ..without.clone() };
            let after = landed(&lease, &landing);
            let check = EvidenceCheck::of(&file, Some(&after)).unwrap();
            assert!(check.matches() && check.comparisons.len() == 10, "{check:?}");
            assert_eq!((check.window_end, check.until, check.plain, check.units), (1_140, 1_170, 130, 1_040));
            let missed = CauseSeconds { cause: Cause::Gateway, seconds: 10, is_delivered: false };
            assert_eq!(check.causes, [missed]);
        }
        // The chain alone is enough where the head itself is there.
        assert_eq!(differing(&without, Some(&landed(&lease, &usage))), []);
    }

    #[test]
    fn each_figure_that_differs_is_named() {
        let lease = testing::lease_context();
        let without = file(&lease);
        let usage = usage(&without, 1_140);
        let file = EvidenceFile { statement: Some(alone(&lease, &usage)), ..without.clone() };
        let after = landed(&lease, &usage);
        let (statement, chain) = (Witness::Statement, Witness::Chain);

        let mut fewer = file.clone();
        fewer.rows[0].gpus = 7;
        let figures = [Subject::Units, Subject::Evidence];
        let both = [statement, chain].map(|with| figures.map(|subject| (with, subject))).concat();
        assert_eq!(differing(&fewer, Some(&after)), both);

        let mut other_life = after;
        other_life.account.opened_slot += 1;
        other_life.account.started_at += 1;
        let differs = differing(&file, Some(&other_life));
        assert!(differs.contains(&(chain, Subject::Life)) && differs.contains(&(chain, Subject::Start)));

        let mut other_key = after;
        other_key.provider_account.attestor = testing::keypair(3).pubkey();
        assert_eq!(differing(&file, Some(&other_key)), [(statement, Subject::Attestor)]);

        // Another machine's word about another window has landed since.
        let later = Usage { window_end: 1_200, ..usage };
        assert_eq!(differing(&file, Some(&landed(&lease, &later))), [(chain, Subject::WindowEnd)]);

        // A statement about somebody else.
        let mut elsewhere = testing::lease_context();
        elsewhere.address = Address::new_from_array([77; 32]);
        let strange = EvidenceFile { statement: Some(alone(&elsewhere, &usage)), ..without };
        assert_eq!(differing(&strange, None), [(statement, Subject::Life)]);
    }

    #[test]
    fn a_root_that_is_not_proven_is_not_taken_for_a_head() {
        let lease = testing::lease_context();
        let without = file(&lease);
        let usage = usage(&without, 1_140);
        let (_, with_root) = in_batch(&lease, &usage);
        let file = EvidenceFile { statement: Some(alone(&lease, &usage)), ..without };
        assert_eq!(
            differing(&file, Some(&landed(&lease, &with_root))),
            [(Witness::Chain, Subject::Evidence)]
        );
    }
}
