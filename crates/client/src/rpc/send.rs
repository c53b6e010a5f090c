use super::{Client, PartlySigned, PriorityFee};
use crate::{
    decode::{self, Event},
    error::{Error, Result},
    explain, json,
    transaction::{Draft, Format, MAX_ACCOUNTS, unsigned},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use solana_account::Account;
use solana_address::{Address, address};
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_message::compiled_instruction::CompiledInstruction;
use solana_program::hash::Hash;
use solana_rpc_client_api::{
    client_error,
    config::{
        RpcSendTransactionConfig, RpcSimulateTransactionAccountsConfig, RpcSimulateTransactionConfig,
        RpcTransactionConfig,
    },
    custom_error::JSON_RPC_SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE as NO_HISTORY,
    request::RpcError,
    response::{TransactionError, UiAccountEncoding},
};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction_status_client_types::{
    EncodedConfirmedTransactionWithStatusMeta, TransactionStatus, UiInnerInstructions, UiInstruction,
    UiTransactionEncoding,
};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Most compute units that a transaction can ask for.
const MAX_UNITS: u32 = 1_400_000;

/// The feature by which a cluster takes transactions of version 1 (SIMD-0385), and the owner of its account.
const VERSION_1: Address = address!("txv1aq4pp281K9um3tnPgkfX8UqtFT6wcVW3hNezGLL");
const FEATURES: Address = address!("Feature111111111111111111111111111111111111");

/// What a signature costs, lamports.
const SIGNATURE: u64 = 5_000;

/// Time between two broadcasts of the same transaction.
const REBROADCAST: Duration = Duration::from_secs(2);

/// How long the details of a transaction that has landed are asked for. They are good to have, no more.
const DETAILS: Duration = Duration::from_secs(10);

/// Blocks after a transaction's last for which a node that keeps no history still knows its status: nodes keep those of
/// the last 300 rooted blocks, and a blockhash counts for 150.
const REMEMBERED: u64 = 100;

/// Blocks for which a blockhash counts.
const BLOCKHASH_LIFE: u64 = 150;

/// Share of the compute units that is added to what the simulation took: other accounts may have changed
/// in between, and the logs of a number have another length.
const MARGIN_PERCENT: u64 = 10;

/// What a transaction would do.
#[derive(Clone, Debug, Serialize)]
pub struct Simulation {
    /// Its logs.
    pub logs: Vec<String>,
    /// The program's events.
    pub events: Vec<Event>,
    /// Compute units that it takes.
    #[serde(serialize_with = "json::serialized")]
    pub units: u64,
    /// Network fee without priority fee, lamports, if the node says.
    #[serde(serialize_with = "json::serialized")]
    pub fee: Option<u64>,
    /// Changes of the accounts that were asked about, unchanged ones included, in the order of asking.
    pub changes: Vec<BalanceChange>,
}

/// What a transaction does to an account's balances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BalanceChange {
    /// The account.
    #[serde(serialize_with = "base58")]
    pub address: Address,
    /// Lamports before.
    #[serde(serialize_with = "json::serialized")]
    pub lamports_before: u64,
    /// Lamports after; a payer has paid the network fee, the priority fee not counted.
    #[serde(serialize_with = "json::serialized")]
    pub lamports_after: u64,
    /// Its tokens before, if it is a token account.
    pub token_before: Option<TokenBalance>,
    /// Its tokens after, if it is a token account.
    pub token_after: Option<TokenBalance>,
}

/// What a token account holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TokenBalance {
    /// Mint of the tokens.
    #[serde(serialize_with = "base58")]
    pub mint: Address,
    /// Wallet that owns the account.
    #[serde(serialize_with = "base58")]
    pub owner: Address,
    /// Base units.
    #[serde(serialize_with = "json::serialized")]
    pub amount: u64,
}

/// What a transaction did that has landed and succeeded.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// Its first signature, which is its id.
    #[serde(serialize_with = "base58")]
    pub signature: Signature,
    /// Slot in which it landed.
    #[serde(serialize_with = "json::serialized")]
    pub slot: u64,
    /// Network fee, lamports, priority fee included, if the node keeps transactions.
    #[serde(serialize_with = "json::serialized")]
    pub fee: Option<u64>,
    /// Compute units that it took, if the node keeps transactions.
    #[serde(serialize_with = "json::serialized")]
    pub units: Option<u64>,
    /// Its logs, if the node keeps transactions.
    pub logs: Vec<String>,
    /// The program's events, if the node keeps transactions.
    pub events: Vec<Event>,
}

/// A transaction that everyone has signed, with what ends the time in which it can land. Whoever writes it down
/// before it is [delivered](Client::deliver) can find out later what became of it, and sends the same bytes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    #[serde(serialize_with = "text", deserialize_with = "from_text")]
    transaction: PartlySigned,
    #[serde(flatten)]
    life: Life,
}

/// What ends the time in which a transaction can land.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Life {
    /// A blockhash, which counts up to a block height.
    Blockhash { last_valid_block_height: u64 },
    /// A nonce account that held the transaction's value in this slot: the next value.
    Nonce {
        #[serde(serialize_with = "base58", deserialize_with = "address")]
        nonce_account: Address,
        seen_in_slot: u64,
    },
}

/// A transaction that lacks nothing but its signatures.
#[derive(Clone, Debug)]
pub struct Unsigned {
    draft: Draft<'static>,
    blockhash: Hash,
    last_valid_block_height: u64,
    events: Vec<Event>,
}

impl Unsigned {
    /// Signs it. `payer` pays the fee, `signers` are the others who have to sign.
    pub fn sign(&self, payer: &dyn Signer, signers: &[&dyn Signer]) -> Result<Pending> {
        let life = Life::Blockhash { last_valid_block_height: self.last_valid_block_height };
        Pending::new(self.sign_in_part(payer, signers)?, life)
    }

    /// The program's events, as it was simulated.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What it costs `payer`, lamports, without what the instructions themselves take.
    pub fn fee(&self, payer: &Address) -> Result<u64> {
        let message = self.draft.message(payer, self.blockhash)?;
        let signatures = u64::from(message.header().num_required_signatures);
        Ok(signatures.saturating_mul(SIGNATURE).saturating_add(self.draft.priority_fee()))
    }

    /// The same, of which not all have to sign yet.
    pub(super) fn sign_in_part(&self, payer: &dyn Signer, signers: &[&dyn Signer]) -> Result<PartlySigned> {
        PartlySigned::new(&self.draft, payer, signers, self.blockhash)
    }
}

/// A transaction that landed some time ago, as an indexer reads it.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// When its block was made, unix seconds, if the node knows.
    pub block_time: Option<i64>,
    /// Slot in which it landed.
    pub slot: u64,
    /// Who paid the network for it.
    pub payer: Address,
    /// Network fee, lamports.
    pub fee: u64,
    /// Compute units that it took.
    pub units: u64,
    /// Why it failed, if it did; then nothing of it counts but the fee.
    pub error: Option<TransactionError>,
    /// Its instructions.
    pub instructions: Vec<Instruction>,
    /// What each of them called in turn, if the node keeps that: as many lists as there are instructions.
    pub inner: Vec<Vec<Instruction>>,
    /// Its logs.
    pub logs: Vec<String>,
    /// The program's events.
    pub events: Vec<Event>,
}

fn text<S: Serializer>(value: &PartlySigned, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PartlySigned, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

pub(super) fn base58<S: Serializer>(value: &impl ToString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

impl Client {
    /// What a transaction of `instructions` would do, without any signature. `watch` are the wallets and
    /// token accounts whose balances are of interest.
    ///
    /// A transaction that would fail is [`Error::Refused`].
    pub async fn simulate(
        &self,
        instructions: &[Instruction],
        payer: &Address,
        watch: &[Address],
    ) -> Result<Simulation> {
        let draft = self.draft(instructions, payer, MAX_UNITS, 0).await?;
        let before = if watch.is_empty() { Vec::new() } else { self.accounts(watch).await? };
        let config = RpcSimulateTransactionConfig {
            replace_recent_blockhash: true,
            commitment: Some(self.rpc.commitment()),
            accounts: (!watch.is_empty()).then(|| RpcSimulateTransactionAccountsConfig {
                encoding: Some(UiAccountEncoding::Base64),
                addresses: watch.iter().map(ToString::to_string).collect(),
            }),
            ..RpcSimulateTransactionConfig::default()
        };
        let transaction = unsigned(draft.message(payer, Hash::default())?);
        let result = self
            .retry(|| self.rpc.simulate_transaction_with_config(&transaction, config.clone()))
            .await?
            .value;
        let logs = result.logs.unwrap_or_default();
        if let Some(error) = result.err {
            return Err(explain::transaction(&error.into(), draft.instructions(), &logs).into());
        }
        let after = result.accounts.unwrap_or_default();
        let after = after.iter().map(|account| account.as_ref().map(super::binary).transpose());
        let changes = watch.iter().zip(before).zip(after).map(|((address, before), after)| {
            Ok(BalanceChange::between(*address, before.as_ref(), after?.as_ref()))
        });
        Ok(Simulation {
            events: decode::events(&logs),
            units: result.units_consumed.unwrap_or(u64::from(MAX_UNITS)),
            fee: result.fee,
            changes: changes.collect::<Result<_>>()?,
            logs,
        })
    }

    /// Sends a transaction of `instructions` and waits until it is confirmed.
    ///
    /// It is simulated first; what would fail is [`Error::Refused`] and is not sent. `payer` pays the fee
    /// and signs, `signers` are the others who have to; naming the payer again, or someone who need not
    /// sign, does no harm. Compute-budget instructions are added, unless there are some.
    pub async fn send(
        &self,
        instructions: &[Instruction],
        payer: &dyn Signer,
        signers: &[&dyn Signer],
    ) -> Result<Receipt> {
        self.deliver(&self.sign(instructions, payer, signers).await?).await
    }

    /// What [`send`](Self::send) would deliver: simulated and signed, not sent.
    pub async fn sign(
        &self,
        instructions: &[Instruction],
        payer: &dyn Signer,
        signers: &[&dyn Signer],
    ) -> Result<Pending> {
        self.unsigned(instructions, &payer.try_pubkey()?).await?.sign(payer, signers)
    }

    /// What [`sign`](Self::sign) would sign: simulated, and with the newest blockhash. For who has the keys elsewhere, or
    /// does not hand them to another thread.
    pub async fn unsigned(&self, instructions: &[Instruction], payer: &Address) -> Result<Unsigned> {
        let simulation = self.simulate(instructions, payer, &[]).await?;
        let draft = self.priced_by(&simulation, instructions, payer).await?;
        let (blockhash, last_valid_block_height) = self.latest_blockhash().await?;
        Ok(Unsigned { draft, blockhash, last_valid_block_height, events: simulation.events })
    }

    /// The instructions with the limit and the price that they need. They are simulated; what would fail is refused.
    pub(super) async fn priced(
        &self,
        instructions: &[Instruction],
        payer: &Address,
    ) -> Result<Draft<'static>> {
        let simulation = self.simulate(instructions, payer, &[]).await?;
        self.priced_by(&simulation, instructions, payer).await
    }

    async fn priced_by(
        &self,
        simulation: &Simulation,
        instructions: &[Instruction],
        payer: &Address,
    ) -> Result<Draft<'static>> {
        let price = self.price(instructions, payer).await?;
        let units = simulation.units.saturating_mul(100 + MARGIN_PERCENT).div_ceil(100);
        let units = u32::try_from(units).unwrap_or(MAX_UNITS).min(MAX_UNITS);
        self.draft(instructions, payer, units, price).await
    }

    /// The newest blockhash and the last block height at which it counts.
    pub(super) async fn latest_blockhash(&self) -> Result<(Hash, u64)> {
        let commitment = self.rpc.commitment();
        let found =
            self.retry(|| self.rpc.get_latest_blockhash_with_commitment_and_context(commitment)).await?;
        Ok(found.value)
    }

    /// Sends a transaction, the same bytes again and again, and waits until it is known what became of it.
    ///
    /// Once it has been sent, no answer of a node or the lack of one is a failure: until it has landed, or its
    /// blockhash has expired or its nonce was used otherwise, it is pending. [`Error::Failed`] is a transaction that
    /// landed and failed, [`Error::Expired`] and [`Error::Withdrawn`] one that never will land, and [`Error::NotKnown`]
    /// one of which the node did not tell in [time](Self::with_patience): delivering the same [`Pending`] again finds out
    /// and does nothing twice.
    pub async fn deliver(&self, pending: &Pending) -> Result<Receipt> {
        let signature = pending.signature();
        let mut trouble = None;
        let status = match timeout(self.patience, self.follow(pending, &mut trouble)).await {
            Ok(Some(status)) => status,
            Ok(None) => {
                return Err(match pending.life {
                    Life::Blockhash { .. } => Error::Expired(signature),
                    Life::Nonce { nonce_account, .. } => Error::Withdrawn { signature, nonce_account },
                });
            }
            Err(_) => {
                let reason = match trouble {
                    Some(trouble) => trouble.what(),
                    None => "it is on its way, and can still land".to_owned(),
                };
                return Err(Error::NotKnown { signature, reason });
            }
        };
        let landed = self.landed(&signature).await;
        // What the transaction itself says counts for more than its status.
        let error = landed.as_ref().map_or(status.err.clone(), |landed| landed.error.clone());
        match error {
            Some(error) => {
                let logs = landed.map(|landed| landed.logs).unwrap_or_default();
                let explanation = explain::transaction(&error, &pending.instructions()?, &logs);
                Err(Error::Failed { signature, explanation: Box::new(explanation) })
            }
            None => Ok(match landed {
                Some(Transaction { slot, fee, units, logs, events, .. }) => {
                    Receipt { signature, slot, fee: Some(fee), units: Some(units), logs, events }
                }
                None => Receipt {
                    signature,
                    slot: status.slot,
                    fee: None,
                    units: None,
                    logs: Vec::new(),
                    events: Vec::new(),
                },
            }),
        }
    }

    /// A transaction that has landed.
    pub async fn transaction(&self, signature: &Signature) -> Result<Transaction> {
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            commitment: Some(self.confirmed()),
            max_supported_transaction_version: Some(1),
        };
        read(signature, self.retry(|| self.rpc.get_transaction_with_config(signature, config)).await?)
    }

    /// The commitment of what nodes keep: no transaction that is only processed.
    pub(super) fn confirmed(&self) -> CommitmentConfig {
        match self.rpc.commitment() {
            commitment if commitment.is_finalized() => commitment,
            _ => CommitmentConfig::confirmed(),
        }
    }

    /// A transaction that has landed just now: the node may need a moment to find it. `None` if it does not.
    async fn landed(&self, signature: &Signature) -> Option<Transaction> {
        let since = Instant::now();
        loop {
            match self.transaction(signature).await {
                Ok(transaction) => return Some(transaction),
                Err(Error::Rpc(error)) if !is_without_history(&error) && since.elapsed() < DETAILS => {
                    sleep(Duration::from_millis(200)).await
                }
                Err(_) => return None,
            }
        }
    }

    /// Sends until the cluster has taken the transaction up, which gives its status, or it can no longer land and has not.
    /// Goes on for as long as neither is known; `trouble` is the last that was in the way.
    async fn follow(&self, pending: &Pending, trouble: &mut Option<Error>) -> Option<TransactionStatus> {
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        let signature = pending.signature();
        let mut pause = Duration::from_millis(50);
        let mut was_open = false;
        loop {
            let transaction = pending.transaction.transaction();
            if let Err(error) = self.rpc.send_transaction_with_config(transaction, config).await {
                // It may have been passed on all the same.
                *trouble = Some(error.into());
            }
            let sent = Instant::now();
            while sent.elapsed() < REBROADCAST {
                match self.rpc.get_signature_statuses(&[signature]).await {
                    Ok(found) => {
                        let status = found.value.into_iter().next().flatten();
                        if let Some(status) = status.filter(|status| self.is_settled(status)) {
                            return Some(status);
                        }
                    }
                    Err(error) => *trouble = Some(error.into()),
                }
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(500));
            }
            match self.last_look(pending, &mut was_open).await {
                Ok(Some(outcome)) => return outcome,
                Ok(None) => {}
                Err(error) => *trouble = Some(error),
            }
        }
    }

    /// Whether nothing will undo what the status says. A failure counts once it is confirmed, whatever the client's
    /// commitment: a fork or a node by itself can make one up.
    fn is_settled(&self, status: &TransactionStatus) -> bool {
        let commitment = self.rpc.commitment();
        status.satisfies_commitment(commitment)
            && (status.err.is_none() || status.satisfies_commitment(CommitmentConfig::confirmed()))
    }

    /// A look at the cluster's whole history once the transaction can no longer land; `Some(None)` if it is not there and
    /// never will be, `None` while that is open. `was_open` is whether it could land at the last look.
    async fn last_look(
        &self,
        pending: &Pending,
        was_open: &mut bool,
    ) -> Result<Option<Option<TransactionStatus>>> {
        // Nodes that keep no history know the statuses of the last blocks.
        let (settled_slot, sent_after, is_remembered) = match pending.life {
            Life::Blockhash { last_valid_block_height } => {
                let settled = self.rpc.get_epoch_info_with_commitment(CommitmentConfig::finalized()).await?;
                let expired_for = settled.block_height.checked_sub(last_valid_block_height);
                let Some(expired_for @ 1..) = expired_for else { return Ok(None) };
                // No slot is below its block's height.
                let sent_after = last_valid_block_height.saturating_sub(BLOCKHASH_LIFE);
                (settled.absolute_slot, sent_after, expired_for <= REMEMBERED)
            }
            Life::Nonce { nonce_account, seen_in_slot } => {
                let value = pending.transaction.blockhash();
                let Some(slot) = self.used_up(&nonce_account, value, seen_in_slot).await? else {
                    *was_open = true;
                    return Ok(None);
                };
                (slot, seen_in_slot, *was_open)
            }
        };
        let signatures = [pending.signature()];
        let found = match self.rpc.get_signature_statuses_with_history(&signatures).await {
            Err(error) if is_without_history(&error) && is_remembered => {
                self.rpc.get_signature_statuses(&signatures).await?
            }
            found => found?,
        };
        // Behind one address there may be many nodes: this one must have seen what the other called settled.
        let is_behind = found.context.slot < settled_slot;
        Ok(match found.value.into_iter().next().flatten() {
            Some(status) if self.is_settled(&status) => Some(Some(status)),
            // Of what a node has dropped from its history it says nothing, as of what never landed.
            None if !is_behind
                && (is_remembered || self.rpc.get_first_available_block().await? <= sent_after) =>
            {
                Some(None)
            }
            _ => None,
        })
    }

    /// Micro-lamports to offer for each compute unit.
    async fn price(&self, instructions: &[Instruction], payer: &Address) -> Result<u64> {
        let at_most = match self.priority_fee {
            PriorityFee::Fixed(price) => return Ok(price),
            PriorityFee::Recent { at_most } => at_most,
        };
        let metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
        let mut written: Vec<_> = metas.filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect();
        written.push(*payer);
        written.sort_unstable();
        written.dedup();
        // The node answers for at most this many. Without an answer a transaction goes without.
        written.truncate(128);
        let fees = self.retry(|| self.rpc.get_recent_prioritization_fees(&written)).await.unwrap_or_default();
        Ok(upper_quartile(fees.iter().map(|fee| fee.prioritization_fee).collect()).min(at_most))
    }

    /// The instructions in the shortest format that holds them: legacy, or version 1 where the cluster takes that.
    async fn draft(
        &self,
        instructions: &[Instruction],
        payer: &Address,
        units: u32,
        price: u64,
    ) -> Result<Draft<'static>> {
        let [legacy, v1] =
            [Format::Legacy, Format::V1].map(|format| Draft::new(format, instructions, units, price));
        if legacy.fits(payer) {
            return Ok(legacy);
        }
        match self.format().await? {
            Format::V1 if v1.fits(payer) => Ok(v1),
            format => Err(Error::input(
                format!(
                    "the transaction would have {} bytes and {} accounts, and this cluster takes at most {} and \
                     {MAX_ACCOUNTS}",
                    v1.bytes(payer)?,
                    v1.message(payer, Hash::default())?.static_account_keys().len(),
                    format.max_bytes(),
                ),
                "put fewer instructions, or a batch of fewer leases, into one",
            )),
        }
    }

    /// The format of the cluster that holds most without lookup tables.
    pub async fn format(&self) -> Result<Format<'static>> {
        // A feature is an account with a flag, and the slot since when it counts.
        const ACTIVE: u8 = 1;
        let feature = self.account(&VERSION_1).await?;
        let is_active =
            |feature: &Account| feature.owner == FEATURES && feature.data.first() == Some(&ACTIVE);
        Ok(if feature.as_ref().is_some_and(is_active) { Format::V1 } else { Format::Legacy })
    }
}

impl Pending {
    /// A transaction that everyone who has to must have signed.
    pub(super) fn new(transaction: PartlySigned, life: Life) -> Result<Self> {
        transaction.require_complete()?;
        Ok(Self { transaction, life })
    }

    /// Its first signature, which is its id.
    pub fn signature(&self) -> Signature {
        self.transaction.transaction().signatures.first().copied().unwrap_or_default()
    }

    /// The wallet that pays the network fee.
    pub fn payer(&self) -> Address {
        self.transaction.payer()
    }

    /// Whether it can land until its nonce is used, however long that takes.
    pub fn is_durable(&self) -> bool {
        matches!(self.life, Life::Nonce { .. })
    }

    /// Everyone who signed it.
    pub fn signers(&self) -> &[Address] {
        self.transaction.signers()
    }

    /// What it does.
    pub fn instructions(&self) -> Result<Vec<Instruction>> {
        self.transaction.instructions()
    }
}

/// Whether a node refused because it keeps no transactions.
fn is_without_history(error: &client_error::Error) -> bool {
    matches!(error.kind(), client_error::ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) if *code == NO_HISTORY)
}

impl BalanceChange {
    fn between(address: Address, before: Option<&Account>, after: Option<&Account>) -> Self {
        let lamports = |account: Option<&Account>| account.map_or(0, |account| account.lamports);
        Self {
            address,
            lamports_before: lamports(before),
            lamports_after: lamports(after),
            token_before: before.and_then(TokenBalance::read),
            token_after: after.and_then(TokenBalance::read),
        }
    }
}

/// The value that three quarters of the values do not exceed; 0 without values.
fn upper_quartile(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    let rank = values.len().saturating_mul(3).div_ceil(4);
    values.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

/// Reads the transaction with this signature as the node sent it.
fn read(signature: &Signature, found: EncodedConfirmedTransactionWithStatusMeta) -> Result<Transaction> {
    let malformed = |reason: &str| Error::Malformed { kind: "transaction", reason: reason.to_owned() };
    let transaction = found.transaction.transaction.decode().ok_or_else(|| malformed("not binary"))?;
    if transaction.signatures.first() != Some(signature) {
        return Err(Error::input(
            format!("the node was asked for the transaction {signature} and answers with another one"),
            "ask another node",
        ));
    }
    let meta = found.transaction.meta.ok_or_else(|| malformed("the node did not keep its outcome"))?;
    let logs: Vec<String> = Option::from(meta.log_messages).unwrap_or_default();
    let loaded: Option<solana_transaction_status_client_types::UiLoadedAddresses> =
        Option::from(meta.loaded_addresses);
    let loaded = loaded.map(|loaded| [loaded.writable, loaded.readonly].concat()).unwrap_or_default();
    let loaded = loaded
        .iter()
        .map(|text| text.parse().map_err(|_| malformed("a loaded address is not an address")))
        .collect::<Result<Vec<_>>>()?;
    let payer =
        *transaction.message.static_account_keys().first().ok_or_else(|| malformed("nobody paid for it"))?;
    let error = meta.err.map(TransactionError::from);
    let instructions = decode::instructions_of(&transaction, &loaded)?;
    let mut inner = vec![Vec::new(); instructions.len()];
    for UiInnerInstructions { index, instructions } in
        Option::from(meta.inner_instructions).unwrap_or_else(Vec::new)
    {
        let list =
            inner.get_mut(usize::from(index)).ok_or_else(|| malformed("a call belongs to no instruction"))?;
        for instruction in instructions {
            let UiInstruction::Compiled(call) = instruction else {
                return Err(malformed("a call is not binary"));
            };
            let data =
                bs58::decode(&call.data).into_vec().map_err(|_| malformed("a call's data is not base58"))?;
            let call = CompiledInstruction::new_from_raw_parts(call.program_id_index, data, call.accounts);
            list.push(decode::resolve(&transaction.message, &loaded, &call)?);
        }
    }
    Ok(Transaction {
        block_time: found.block_time,
        slot: found.slot,
        payer,
        fee: meta.fee,
        units: Option::from(meta.compute_units_consumed).unwrap_or_default(),
        instructions,
        inner,
        events: if error.is_some() { Vec::new() } else { decode::events(&logs) },
        error,
        logs,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::partly_signed::sign, *};
    use crate::{instruction, testing};

    #[test]
    fn the_upper_quartile_leaves_a_quarter_above() {
        assert_eq!(upper_quartile(vec![]), 0);
        assert_eq!(upper_quartile(vec![5]), 5);
        assert_eq!(upper_quartile(vec![4, 1, 3, 2]), 3);
        assert_eq!(upper_quartile((1..=100).collect()), 75);
    }

    #[test]
    fn a_transaction_takes_the_signatures_that_it_needs_and_names_the_one_it_lacks() {
        let lease = testing::lease_context();
        let (renter, provider, stranger) = (testing::keypair(1), testing::keypair(4), testing::keypair(9));
        let start = [instruction::start_lease(&lease, b"sealed", 9)];
        let draft = Draft::new(Format::Legacy, &start, 1, 1);
        let message = draft.message(&renter.pubkey(), Hash::default()).unwrap();
        let signed = sign(message, &renter, &[&stranger, &provider, &renter]).unwrap();
        let (message, keys) = (signed.message.serialize(), signed.message.static_account_keys());
        assert_eq!(signed.signatures.len(), 2);
        for (signature, key) in signed.signatures.iter().zip(keys) {
            assert!(signature.verify(key.as_ref(), &message));
        }
        let lacking = PartlySigned::new(&draft, &renter, &[&stranger], Hash::default()).unwrap();
        let missing = lacking.require_complete().unwrap_err();
        assert!(matches!(missing, Error::SignerMissing(address) if address == provider.pubkey()));
    }

    #[test]
    fn a_transaction_of_either_version_reads_back_as_its_instructions() {
        let lease = testing::lease_context();
        let payer = testing::keypair(1);
        let written = [instruction::settle(&lease), instruction::close_lease(&lease)];
        for format in [Format::Legacy, Format::V1] {
            let draft = Draft::new(format, &written, 1, 1);
            let message = draft.message(&payer.pubkey(), Hash::default()).unwrap();
            let signed = sign(message, &payer, &[]).unwrap();
            let read = decode::instructions_of(&signed, &[]).unwrap();
            assert_eq!(read.len(), draft.instructions().len());
            for (read, written) in read.iter().zip(draft.instructions()) {
                assert_eq!((read.program_id, &read.data), (written.program_id, &written.data));
                let keys = |instruction: &Instruction| {
                    instruction.accounts.iter().map(|meta| meta.pubkey).collect::<Vec<_>>()
                };
                assert_eq!(keys(read), keys(written));
            }
        }
    }
}
