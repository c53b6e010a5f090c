//! What a guard sends: written down before, and followed until it is known what became of it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::{Error, instruction};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;
use tokio::time::sleep;

use crate::chain::Chain;
use crate::journal::{Cost, Intent, Journal};
use crate::keys::Keys;
use crate::life::Life;
use crate::plan::{Act, Deed};

/// Seconds for which a signature counts: longer than a blockhash.
const VALID: i64 = 180;

/// Between two looks for what became of a transaction that nobody tells of.
const PAUSE: Duration = Duration::from_secs(5);

/// Compute units that no transaction of a guard takes.
const MOST_UNITS: u64 = 400_000;

/// Lamports of each signature; there are at most two.
const SIGNATURES: u64 = 2 * 5_000;

/// Sends with the guard's keys.
#[derive(Clone)]
pub struct Hands {
    chain: Arc<Chain>,
    keys: Arc<Keys>,
    journal: Arc<Journal>,
    fee: u64,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it should.
    Done,
    /// It landed and failed; or it never lands.
    Failed(String),
}

impl Hands {
    /// With the highest priority fee, micro-lamports a compute unit.
    pub fn new(chain: Arc<Chain>, keys: Arc<Keys>, journal: Arc<Journal>, most_priority_fee: u64) -> Self {
        let fee = SIGNATURES.saturating_add(most_priority_fee.saturating_mul(MOST_UNITS).div_ceil(1_000_000));
        Self { chain, keys, journal, fee }
    }

    /// Lamports that a transaction costs at most.
    pub const fn fee(&self) -> u64 {
        self.fee
    }

    /// What an act costs at most.
    pub const fn cost(&self, act: &Act) -> Cost {
        let (stake, top_up) = match act {
            Act::Dispute { max_stake, .. } => (*max_stake, 0),
            Act::TopUp { amount, .. } => (0, *amount),
            _ => (0, 0),
        };
        Cost { lamports: self.fee, stake, top_up }
    }

    /// Signs what `act` takes and writes it down; nothing is sent yet. `now` is the cluster's time.
    pub async fn prepare(&self, act: &Act, life: &Life, lease: &LeaseContext, now: i64) -> Result<Intent> {
        let wallet =
            self.keys.wallet.as_ref().context("there is no wallet to pay: name one as `keys.wallet`")?;
        let session = self.keys.session(&lease.session_key);
        let party = session.unwrap_or(wallet);
        let instruction =
            instruction(act, lease, &party.pubkey(), &wallet.pubkey(), now.saturating_add(VALID));
        let unsigned = self.chain.node().unsigned(&[instruction], &wallet.pubkey()).await?;
        let pending = unsigned.sign(wallet, &[party as &dyn Signer])?;
        let (what, mint) = (format!("{act:?}"), lease.terms.mint.to_string());
        let intent = Intent { life: *life, what, at: now, mint, cost: self.cost(act), pending };
        match self.journal.begin(act.deed(), &intent)? {
            Ok(()) => Ok(intent),
            Err(refusal) => bail!("{refusal}"),
        }
    }

    /// Sends a transaction that was written down, the same bytes again and again, until it is known what became of it.
    pub async fn deliver(&self, deed: Deed, intent: &Intent) -> Result<Outcome> {
        loop {
            let (cost, outcome) = match self.chain.node().deliver(&intent.pending).await {
                Ok(receipt) => {
                    let lamports = receipt.fee.unwrap_or(intent.cost.lamports);
                    (Cost { lamports, ..intent.cost }, Outcome::Done)
                }
                Err(error @ Error::Failed { .. }) => {
                    (Cost { stake: 0, top_up: 0, ..intent.cost }, Outcome::Failed(error.to_string()))
                }
                Err(error @ (Error::Expired(_) | Error::Withdrawn { .. })) => {
                    (Cost::default(), Outcome::Failed(error.to_string()))
                }
                Err(error) => {
                    tracing::warn!(lease = %intent.life, what = intent.what, %error, "it is not known yet what became of it");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            self.journal.end(deed, intent, cost)?;
            return Ok(outcome);
        }
    }
}

fn instruction(
    act: &Act,
    lease: &LeaseContext,
    party: &Address,
    wallet: &Address,
    valid_until: i64,
) -> Instruction {
    match act {
        Act::Dispute { units, max_stake } => {
            instruction::dispute_lease(*party, *wallet, lease, *units, *max_stake, valid_until)
        }
        Act::TopUp { amount, .. } => instruction::top_up(*wallet, lease, *amount, valid_until),
        Act::Cancel => instruction::cancel_lease(*wallet, lease, valid_until),
        Act::Expire { .. } => instruction::expire_lease(*party, lease, valid_until),
        Act::ResolveByTimeout => instruction::resolve_by_timeout(lease),
        Act::Close => instruction::close_lease(lease),
    }
}
