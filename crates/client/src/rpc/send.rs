use super::{Client, PartlySigned, PriorityFee};
use crate::{
    decode::{self, Event},
    error::{Error, Result},
    explain,
};
use serde::{Serialize, Serializer};
use solana_account::Account;
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_message::{Message, VersionedMessage};
use solana_rpc_client_api::config::{
    RpcSendTransactionConfig, RpcSimulateTransactionAccountsConfig, RpcSimulateTransactionConfig,
    RpcTransactionConfig,
};
use solana_rpc_client_api::response::{TransactionError, UiAccountEncoding};
use solana_sdk_ids::compute_budget;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_status_client_types::{
    EncodedConfirmedTransactionWithStatusMeta, TransactionStatus, UiTransactionEncoding,
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Most compute units that a transaction can ask for.
const MAX_UNITS: u32 = 1_400_000;

/// Time between two broadcasts of the same transaction.
const REBROADCAST: Duration = Duration::from_secs(2);

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
    pub units: u64,
    /// Network fee without priority fee, lamports, if the node says.
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
    pub lamports_before: u64,
    /// Lamports after; a payer has paid the network fee, the priority fee not counted.
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
    pub amount: u64,
}

/// What a transaction did that has landed and succeeded.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// Its first signature, which is its id.
    #[serde(serialize_with = "base58")]
    pub signature: Signature,
    /// Slot in which it landed.
    pub slot: u64,
    /// Network fee, lamports, priority fee included.
    pub fee: u64,
    /// Compute units that it took.
    pub units: u64,
    /// Its logs.
    pub logs: Vec<String>,
    /// The program's events.
    pub events: Vec<Event>,
}

/// A transaction that landed some time ago, as an indexer reads it.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// When its block was made, unix seconds, if the node knows.
    pub block_time: Option<i64>,
    /// Slot in which it landed.
    pub slot: u64,
    /// Network fee, lamports.
    pub fee: u64,
    /// Compute units that it took.
    pub units: u64,
    /// Why it failed, if it did; then nothing of it counts but the fee.
    pub error: Option<TransactionError>,
    /// Its instructions.
    pub instructions: Vec<Instruction>,
    /// Its logs.
    pub logs: Vec<String>,
    /// The program's events.
    pub events: Vec<Event>,
}

fn base58<S: Serializer>(value: &impl ToString, serializer: S) -> Result<S::Ok, S::Error> {
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
        let budgeted = self.budgeted(instructions, MAX_UNITS, 0);
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
        let message = Message::new(&budgeted, Some(payer));
        let signatures = vec![Signature::default(); usize::from(message.header.num_required_signatures)];
        let transaction = VersionedTransaction { signatures, message: VersionedMessage::Legacy(message) };
        let result = self
            .retry(|| self.rpc.simulate_transaction_with_config(&transaction, config.clone()))
            .await?
            .value;
        let logs = result.logs.unwrap_or_default();
        if let Some(error) = result.err {
            return Err(explain::transaction(&error.into(), &budgeted, &logs).into());
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
        let (transaction, last_valid) = self.prepare_until(instructions, payer, signers).await?;
        transaction.require_complete()?;
        self.deliver(&transaction, last_valid).await
    }

    /// A transaction and the block height until which it can land.
    pub(super) async fn prepare_until(
        &self,
        instructions: &[Instruction],
        payer: &dyn Signer,
        signers: &[&dyn Signer],
    ) -> Result<(PartlySigned, u64)> {
        let payer_address = payer.try_pubkey()?;
        let simulation = self.simulate(instructions, &payer_address, &[]).await?;
        let price = self.price(instructions, &payer_address).await?;
        let units = simulation.units.saturating_mul(100 + MARGIN_PERCENT).div_ceil(100);
        let units = u32::try_from(units).unwrap_or(MAX_UNITS).min(MAX_UNITS);
        let budgeted = self.budgeted(instructions, units, price);
        let (blockhash, last_valid) = self.latest_blockhash().await?;
        Ok((PartlySigned::new(&budgeted, payer, signers, blockhash)?, last_valid))
    }

    /// The newest blockhash and the last block height at which it counts.
    pub(super) async fn latest_blockhash(&self) -> Result<(Hash, u64)> {
        let commitment = self.rpc.commitment();
        let found =
            self.retry(|| self.rpc.get_latest_blockhash_with_commitment_and_context(commitment)).await?;
        Ok(found.value)
    }

    /// Sends what everyone has signed and waits until it is confirmed.
    pub(super) async fn deliver(&self, signed: &PartlySigned, last_valid: u64) -> Result<Receipt> {
        let transaction = signed.transaction();
        let signature = transaction.signatures.first().copied().unwrap_or_default();
        let status = self.broadcast(transaction, &signature, last_valid).await?;
        let landed = self.landed(&signature).await;
        match status.err {
            Some(error) => {
                let logs = landed.map(|landed| landed.logs).unwrap_or_default();
                Err(explain::transaction(&error, &signed.instructions()?, &logs).into())
            }
            None => {
                let Transaction { slot, fee, units, logs, events, .. } = landed?;
                Ok(Receipt { signature, slot, fee, units, logs, events })
            }
        }
    }

    /// A transaction that has landed.
    pub async fn transaction(&self, signature: &Signature) -> Result<Transaction> {
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            // Nodes keep no transaction that is only processed.
            commitment: Some(match self.rpc.commitment() {
                commitment if commitment.is_finalized() => commitment,
                _ => CommitmentConfig::confirmed(),
            }),
            max_supported_transaction_version: Some(0),
        };
        read(self.retry(|| self.rpc.get_transaction_with_config(signature, config)).await?)
    }

    /// A transaction that has landed just now: the node may need a moment to find it.
    async fn landed(&self, signature: &Signature) -> Result<Transaction> {
        let since = Instant::now();
        loop {
            match self.transaction(signature).await {
                Err(Error::Rpc(_)) if since.elapsed() < Duration::from_secs(20) => {
                    sleep(Duration::from_millis(200)).await
                }
                result => return result,
            }
        }
    }

    /// Sends until the cluster has taken the transaction up or its blockhash has expired.
    async fn broadcast(
        &self,
        transaction: &VersionedTransaction,
        signature: &Signature,
        last_valid: u64,
    ) -> Result<TransactionStatus> {
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        let commitment = self.rpc.commitment();
        let mut pause = Duration::from_millis(50);
        loop {
            self.retry(|| self.rpc.send_transaction_with_config(transaction, config)).await?;
            let sent = Instant::now();
            while sent.elapsed() < REBROADCAST {
                if let Some(status) = self.status(signature).await?
                    && (status.satisfies_commitment(commitment) || status.err.is_some())
                {
                    return Ok(status);
                }
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(500));
            }
            if self.retry(|| self.rpc.get_block_height_with_commitment(commitment)).await? > last_valid {
                // It can have landed in the last valid block, after it was asked about.
                return match self.status(signature).await? {
                    Some(status) if status.satisfies_commitment(commitment) => Ok(status),
                    _ => Err(Error::Expired(*signature)),
                };
            }
        }
    }

    async fn status(&self, signature: &Signature) -> Result<Option<TransactionStatus>> {
        let signatures = [*signature];
        let statuses = self.retry(|| self.rpc.get_signature_statuses(&signatures)).await?.value;
        Ok(statuses.into_iter().next().flatten())
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

    /// The instructions behind those that set limit and price, unless they set their own.
    fn budgeted(&self, instructions: &[Instruction], units: u32, price: u64) -> Vec<Instruction> {
        if instructions.iter().any(|instruction| instruction.program_id == compute_budget::ID) {
            return instructions.to_vec();
        }
        // The simulation has the same instructions as the transaction, whose numbers cost the same.
        let mut budgeted = vec![
            ComputeBudgetInstruction::set_compute_unit_limit(units),
            ComputeBudgetInstruction::set_compute_unit_price(price),
        ];
        budgeted.extend_from_slice(instructions);
        budgeted
    }
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

/// Puts a transaction together and signs it with those of the signers who have to. Who is missing has signed
/// with zeroes.
pub(super) fn sign(
    instructions: &[Instruction],
    payer: &dyn Signer,
    signers: &[&dyn Signer],
    blockhash: Hash,
) -> Result<VersionedTransaction> {
    let message = Message::new_with_blockhash(instructions, Some(&payer.try_pubkey()?), &blockhash);
    let bytes = message.serialize();
    let signature_of = |address: &Address| {
        let mut all = std::iter::once(&payer).chain(signers);
        match all.find(|signer| signer.try_pubkey().is_ok_and(|key| key == *address)) {
            Some(signer) => signer.try_sign_message(&bytes),
            None => Ok(Signature::default()),
        }
    };
    let required = message.account_keys.iter().take(usize::from(message.header.num_required_signatures));
    let signatures = required.map(signature_of).collect::<Result<Vec<_>, _>>()?;
    Ok(VersionedTransaction { signatures, message: VersionedMessage::Legacy(message) })
}

/// Reads a transaction as the node sent it.
fn read(found: EncodedConfirmedTransactionWithStatusMeta) -> Result<Transaction> {
    let malformed = |reason: &str| Error::Malformed { kind: "transaction", reason: reason.to_owned() };
    let transaction = found.transaction.transaction.decode().ok_or_else(|| malformed("not binary"))?;
    let meta = found.transaction.meta.ok_or_else(|| malformed("the node did not keep its outcome"))?;
    let logs: Vec<String> = Option::from(meta.log_messages).unwrap_or_default();
    let loaded: Option<solana_transaction_status_client_types::UiLoadedAddresses> =
        Option::from(meta.loaded_addresses);
    let loaded = loaded.map(|loaded| [loaded.writable, loaded.readonly].concat()).unwrap_or_default();
    let loaded = loaded
        .iter()
        .map(|text| text.parse().map_err(|_| malformed("a loaded address is no address")))
        .collect::<Result<Vec<_>>>()?;
    let error = meta.err.map(TransactionError::from);
    Ok(Transaction {
        block_time: found.block_time,
        slot: found.slot,
        fee: meta.fee,
        units: Option::from(meta.compute_units_consumed).unwrap_or_default(),
        instructions: decode::instructions_of(&transaction, &loaded)?,
        events: if error.is_some() { Vec::new() } else { decode::events(&logs) },
        error,
        logs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let lease = testing::lease_ref();
        let (renter, provider, stranger) = (testing::keypair(1), testing::keypair(4), testing::keypair(9));
        let start = [instruction::start_lease(&lease, b"sealed", 9)];
        let signed = sign(&start, &renter, &[&stranger, &provider, &renter], Hash::default()).unwrap();
        let (message, keys) = (signed.message.serialize(), signed.message.static_account_keys());
        assert_eq!(signed.signatures.len(), 2);
        for (signature, key) in signed.signatures.iter().zip(keys) {
            assert!(signature.verify(key.as_ref(), &message));
        }
        let lacking = PartlySigned::new(&start, &renter, &[&stranger], Hash::default()).unwrap();
        let missing = lacking.require_complete().unwrap_err();
        assert!(matches!(missing, Error::SignerMissing(address) if address == provider.pubkey()));
    }

    #[test]
    fn a_transaction_reads_back_as_its_instructions() {
        let lease = testing::lease_ref();
        let instructions = [instruction::settle(&lease), instruction::close_lease(&lease)];
        let signed = sign(&instructions, &testing::keypair(1), &[], Hash::default()).unwrap();
        let read = decode::instructions_of(&signed, &[]).unwrap();
        for (read, written) in read.iter().zip(&instructions) {
            assert_eq!((read.program_id, &read.data), (written.program_id, &written.data));
            let keys = |instruction: &Instruction| {
                instruction.accounts.iter().map(|meta| meta.pubkey).collect::<Vec<_>>()
            };
            assert_eq!(keys(read), keys(written));
        }
    }

    #[test]
    fn a_budget_is_added_once() {
        let client = Client::new("http://127.0.0.1:1");
        let lease = testing::lease_ref();
        let budgeted = client.budgeted(&[instruction::settle(&lease)], 5_000, 7);
        assert_eq!(budgeted.len(), 3);
        assert_eq!(client.budgeted(&budgeted, 1, 1), budgeted);
    }
}
