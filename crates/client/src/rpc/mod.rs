//! Talking to a cluster over JSON-RPC.
//!
//! [`Client`] reads accounts typed, lists offers and leases, and sends transactions: simulated first, with
//! the compute-unit limit and the priority fee that they need, the same bytes sent again until they are
//! confirmed or their blockhash has expired. Keys stay with the caller, who passes `&dyn Signer`s.

mod end;
mod handover;
mod history;
mod nonce;
mod partly_signed;
mod receiver;
mod send;
#[cfg(test)]
mod tests;

pub use history::Published;
pub use nonce::Nonce;
pub use partly_signed::PartlySigned;
pub use receiver::Receiver;
pub use send::{BalanceChange, Pending, Receipt, Simulation, TokenBalance, Transaction, Unsigned};

use crate::{
    account::{self, Keyed, LeaseContext, ProgramAccount},
    address,
    attestation::{self, SignedAttestation, Usage},
    error::{self, Error, Result},
    instruction::{self, OpenLease},
};
use backon::{ExponentialBuilder, Retryable};
use gpu_lease::{
    state::{
        FeeParams, Governance, Lease, LeaseState, MintPolicy, Offer, Participant, Proposal, Protocol,
        Provider, Terms, VoteLock, VoteRecord,
    },
    token::{Mint, TokenAccount},
};
use serde_json::json;
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_program::hash::Hash;
use solana_program::sysvar;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::{
    client_error,
    config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
    filter::{Memcmp, RpcFilterType},
    request::RpcRequest,
    response::{RpcKeyedAccount, UiAccount, UiAccountEncoding},
};
use solana_signer::Signer;
use std::{collections::BTreeMap, mem::offset_of, time::Duration};

/// A cluster, as one RPC node shows it.
pub struct Client {
    rpc: RpcClient,
    priority_fee: PriorityFee,
    patience: Duration,
}

/// How long it is tried to find out what became of a transaction. A blockhash counts for about a minute, and half a
/// minute later that is settled.
const PATIENCE: Duration = Duration::from_secs(180);

/// What a transaction offers for being taken up early, in micro-lamports per compute unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorityFee {
    /// What three quarters of the recent transactions on the same accounts stayed below, at most this much.
    Recent {
        /// Never more than this.
        at_most: u64,
    },
    /// Exactly this; 0 for none.
    Fixed(u64),
}

impl Default for PriorityFee {
    /// The recent fee, at most 1,000,000: at 10,000 compute units 0.00001 SOL.
    fn default() -> Self {
        Self::Recent { at_most: 1_000_000 }
    }
}

/// A mint, as far as money is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MintInfo {
    /// Its address.
    pub address: Address,
    /// Token program that owns it.
    pub token_program: Address,
    /// Base units of one token are ten to this power.
    pub decimals: u8,
}

impl Client {
    /// A client of the node at `url`, for instance `http://127.0.0.1:8899`, that reads what is confirmed.
    pub fn new(url: impl Into<String>) -> Self {
        Self::with_rpc(RpcClient::new_with_timeout_and_commitment(
            url.into(),
            Duration::from_secs(30),
            CommitmentConfig::confirmed(),
        ))
    }

    /// A client that reads what is finalized.
    pub fn finalized(url: impl Into<String>) -> Self {
        Self::with_rpc(RpcClient::new_with_timeout_and_commitment(
            url.into(),
            Duration::from_secs(30),
            CommitmentConfig::finalized(),
        ))
    }

    /// A client over an [`RpcClient`] that has been set up already.
    pub fn with_rpc(rpc: RpcClient) -> Self {
        Self { rpc, priority_fee: PriorityFee::default(), patience: PATIENCE }
    }

    /// The same client, offering this priority fee.
    pub fn with_priority_fee(mut self, priority_fee: PriorityFee) -> Self {
        self.priority_fee = priority_fee;
        self
    }

    /// The same client, trying for so long to find out what became of a transaction that it sent; three minutes unless
    /// it is told.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// For everything that this crate does not wrap.
    pub fn rpc(&self) -> &RpcClient {
        &self.rpc
    }

    /// The one [`Protocol`].
    pub async fn protocol(&self) -> Result<Keyed<Protocol>> {
        self.get(&address::protocol()).await
    }

    /// The one [`FeeParams`].
    pub async fn fee_params(&self) -> Result<Keyed<FeeParams>> {
        self.get(&address::fee_params()).await
    }

    /// The one [`Governance`].
    pub async fn governance(&self) -> Result<Keyed<Governance>> {
        self.get(&address::governance()).await
    }

    /// Proposal number `id`.
    pub async fn proposal(&self, id: u64) -> Result<Keyed<Proposal>> {
        self.get(&address::proposal(id)).await
    }

    /// All proposals, the newest first.
    pub async fn proposals(&self) -> Result<Vec<Keyed<Proposal>>> {
        let mut proposals: Vec<Keyed<Proposal>> = self.list(&[]).await?;
        proposals.sort_unstable_by_key(|proposal| std::cmp::Reverse(proposal.id));
        Ok(proposals)
    }

    /// All locks.
    pub async fn locks(&self) -> Result<Vec<Keyed<VoteLock>>> {
        self.list(&[]).await
    }

    /// The locks with which the wallet `delegate` may vote for their owners.
    pub async fn locks_delegated_to(&self, delegate: &Address) -> Result<Vec<Keyed<VoteLock>>> {
        self.list(&[(offset_of!(VoteLock, delegate), delegate.as_ref())]).await
    }

    /// All participants.
    pub async fn participants(&self) -> Result<Vec<Keyed<Participant>>> {
        self.list(&[]).await
    }

    /// The participants for which the wallet `authority` votes: its own leases, and its providers.
    pub async fn participants_of(&self, authority: &Address) -> Result<Vec<Keyed<Participant>>> {
        self.list(&[(offset_of!(Participant, authority), authority.as_ref())]).await
    }

    /// What was voted on a proposal and is not closed, given the proposal's account.
    pub async fn votes_on(&self, proposal: &Address) -> Result<Vec<Keyed<VoteRecord>>> {
        self.list(&[(offset_of!(VoteRecord, proposal), proposal.as_ref())]).await
    }

    /// The votes whose records the wallet `rent_payer` paid for and that are not closed.
    pub async fn votes_paid_by(&self, rent_payer: &Address) -> Result<Vec<Keyed<VoteRecord>>> {
        self.list(&[(offset_of!(VoteRecord, rent_payer), rent_payer.as_ref())]).await
    }

    /// The policy of a registered mint, given the mint.
    pub async fn mint_policy(&self, mint: &Address) -> Result<Keyed<MintPolicy>> {
        self.get(&address::mint_policy(mint)).await
    }

    /// A provider, given its account.
    pub async fn provider(&self, address: &Address) -> Result<Keyed<Provider>> {
        self.get(address).await
    }

    /// An offer.
    pub async fn offer(&self, address: &Address) -> Result<Keyed<Offer>> {
        self.get(address).await
    }

    /// A lease with its provider and the token program of its mint.
    pub async fn lease(&self, address: &Address) -> Result<LeaseContext> {
        let lease: Keyed<Lease> = self.get(address).await?;
        let around = [lease.provider, address::mint_policy(&lease.terms.mint)];
        let [provider, policy] = self.some_accounts(around).await?;
        let provider: Keyed<Provider> = present(around[0], provider)?;
        let policy: Keyed<MintPolicy> = present(around[1], policy)?;
        Ok(LeaseContext::new(lease, provider.account, policy.token_program))
    }

    /// Leases with what is around each: providers and mints are read once.
    pub async fn contexts(&self, leases: Vec<Keyed<Lease>>) -> Result<Vec<LeaseContext>> {
        let mut around = BTreeMap::new();
        let mut found = Vec::with_capacity(leases.len());
        for lease in leases {
            let (provider, mint) = (lease.provider, lease.terms.mint);
            let (provider, token_program) = match around.get(&(provider, mint)) {
                Some(known) => *known,
                None => {
                    let read = self.provider(&provider).await?.account;
                    let policy = self.mint_policy(&mint).await?;
                    *around.entry((provider, mint)).or_insert((read, policy.token_program))
                }
            };
            found.push(LeaseContext::new(lease, provider, token_program));
        }
        Ok(found)
    }

    /// All providers.
    pub async fn providers(&self) -> Result<Vec<Keyed<Provider>>> {
        self.list(&[]).await
    }

    /// The providers that the wallet `authority` acts for: one that it registered, and those it took over.
    pub async fn providers_of(&self, authority: &Address) -> Result<Vec<Keyed<Provider>>> {
        self.list(&[(offset_of!(Provider, authority), authority.as_ref())]).await
    }

    /// All offers, or those of one provider, given its account.
    pub async fn offers(&self, provider: Option<&Address>) -> Result<Vec<Keyed<Offer>>> {
        match provider {
            Some(provider) => self.list(&[(offset_of!(Offer, provider), provider.as_ref())]).await,
            None => self.list(&[]).await,
        }
    }

    /// The instructions that open a lease: the renter's participant is created first, if it has none yet.
    pub async fn open_lease(&self, open: &OpenLease) -> Result<Vec<Instruction>> {
        let participant = self.account(&address::participant(&open.renter)).await?;
        let create = instruction::create_participant(open.payer, open.renter);
        Ok(participant
            .is_none()
            .then_some(create)
            .into_iter()
            .chain([instruction::open_lease(open)])
            .collect())
    }

    /// The leases of the wallet `renter`.
    pub async fn leases_of_renter(&self, renter: &Address) -> Result<Vec<Keyed<Lease>>> {
        self.list(&[(offset_of!(Lease, renter), renter.as_ref())]).await
    }

    /// The leases that the wallet `payer` funded.
    pub async fn leases_of_payer(&self, payer: &Address) -> Result<Vec<Keyed<Lease>>> {
        self.list(&[(offset_of!(Lease, payer), payer.as_ref())]).await
    }

    /// The leases that name `session_key` theirs.
    pub async fn leases_of_session_key(&self, session_key: &Address) -> Result<Vec<Keyed<Lease>>> {
        self.list(&[(offset_of!(Lease, session_key), session_key.as_ref())]).await
    }

    /// The leases whose usage `verifier` has to sign, too.
    pub async fn leases_of_verifier(&self, verifier: &Address) -> Result<Vec<Keyed<Lease>>> {
        let offset = offset_of!(Lease, terms).saturating_add(offset_of!(Terms, verifier));
        self.list(&[(offset, verifier.as_ref())]).await
    }

    /// The leases of a provider, given its account.
    pub async fn leases_of_provider(&self, provider: &Address) -> Result<Vec<Keyed<Lease>>> {
        self.list(&[(offset_of!(Lease, provider), provider.as_ref())]).await
    }

    /// The leases on an offer.
    pub async fn leases_of_offer(&self, offer: &Address) -> Result<Vec<Keyed<Lease>>> {
        self.list(&[(offset_of!(Lease, offer), offer.as_ref())]).await
    }

    /// The disputed leases that the wallet `arbiter` decides.
    pub async fn disputes_of_arbiter(&self, arbiter: &Address) -> Result<Vec<Keyed<Lease>>> {
        let disputed = [LeaseState::Disputed as u8];
        self.list(&[
            (offset_of!(Lease, arbiter), arbiter.as_ref()),
            (offset_of!(Lease, state), disputed.as_slice()),
        ])
        .await
    }

    /// All mints that leases can be priced in.
    pub async fn mint_policies(&self) -> Result<Vec<Keyed<MintPolicy>>> {
        self.list(&[]).await
    }

    /// An account of the program, which must exist.
    pub async fn get<T: ProgramAccount>(&self, address: &Address) -> Result<Keyed<T>> {
        present(*address, self.account(address).await?)
    }

    /// An account of the program, if it exists.
    pub async fn find<T: ProgramAccount>(&self, address: &Address) -> Result<Option<Keyed<T>>> {
        self.account(address).await?.map(|account| account::read(*address, &account)).transpose()
    }

    /// All accounts of one type, or those whose bytes at each given offset of the type are as given.
    pub async fn list<T: ProgramAccount>(&self, fields: &[(usize, &[u8])]) -> Result<Vec<Keyed<T>>> {
        let start = T::DISCRIMINATOR.len();
        let mut filters = vec![
            RpcFilterType::DataSize(T::SIZE as u64),
            RpcFilterType::Memcmp(Memcmp::new_base58_encoded(0, T::DISCRIMINATOR)),
        ];
        filters.extend(fields.iter().map(|(offset, bytes)| {
            RpcFilterType::Memcmp(Memcmp::new_base58_encoded(start.saturating_add(*offset), bytes))
        }));
        let config = RpcProgramAccountsConfig {
            filters: Some(filters),
            account_config: self.account_config(),
            ..RpcProgramAccountsConfig::default()
        };
        let found = self
            .retry(|| self.rpc.get_program_ui_accounts_with_config(&address::PROGRAM, config.clone()))
            .await?;
        found.into_iter().map(|(address, account)| account::read(address, &binary(&account)?)).collect()
    }

    /// The addresses of all accounts of one type, and what each holds from an offset of the type on.
    pub async fn list_from<T: ProgramAccount>(&self, offset: usize) -> Result<Vec<(Address, Vec<u8>)>> {
        let start = T::DISCRIMINATOR.len().saturating_add(offset);
        let params = json!([address::PROGRAM.to_string(), {
            "encoding": "base64",
            "commitment": self.rpc.commitment(),
            "filters": [
                { "dataSize": T::SIZE },
                { "memcmp": { "offset": 0, "bytes": bs58::encode(T::DISCRIMINATOR).into_string() } },
            ],
            "dataSlice": { "offset": start, "length": T::SIZE.saturating_sub(start) },
        }]);
        let found: Vec<RpcKeyedAccount> =
            self.retry(|| self.rpc.send(RpcRequest::GetProgramAccounts, params.clone())).await?;
        found
            .into_iter()
            .map(|found| keyed(found).map(|(address, account)| (address, account.data)))
            .collect()
    }

    /// Any account, if it exists.
    pub async fn account(&self, address: &Address) -> Result<Option<Account>> {
        let [account] = self.some_accounts([*address]).await?;
        Ok(account)
    }

    /// Several accounts in one request, at most 100; `None` for each that does not exist.
    pub async fn accounts(&self, addresses: &[Address]) -> Result<Vec<Option<Account>>> {
        let config = self.account_config();
        let response =
            self.retry(|| self.rpc.get_multiple_ui_accounts_with_config(addresses, config.clone())).await?;
        response.value.iter().map(|account| account.as_ref().map(binary).transpose()).collect()
    }

    /// Any account, if it exists, and the slot in which it was so.
    async fn account_at(
        &self,
        address: &Address,
        commitment: CommitmentConfig,
    ) -> Result<(Option<Account>, u64)> {
        let config = RpcAccountInfoConfig { commitment: Some(commitment), ..self.account_config() };
        let found = self.retry(|| self.rpc.get_ui_account_with_config(address, config.clone())).await?;
        Ok((found.value.as_ref().map(binary).transpose()?, found.context.slot))
    }

    /// What an account of so many bytes has to hold to be kept, lamports.
    pub async fn rent(&self, bytes: usize) -> Result<u64> {
        self.retry(|| self.rpc.get_minimum_balance_for_rent_exemption(bytes)).await
    }

    async fn some_accounts<const N: usize>(&self, addresses: [Address; N]) -> Result<[Option<Account>; N]> {
        let accounts = self.accounts(&addresses).await?;
        accounts.try_into().map_err(|_| Error::Malformed {
            kind: "list of accounts",
            reason: format!("the node did not answer with {N} accounts"),
        })
    }

    /// The wallet's SOL, in lamports; 0 if it does not exist.
    pub async fn lamports(&self, wallet: &Address) -> Result<u64> {
        Ok(self.account(wallet).await?.map_or(0, |account| account.lamports))
    }

    /// What a token account holds, if there is one.
    pub async fn token_balance(&self, token_account: &Address) -> Result<Option<TokenBalance>> {
        Ok(self.account(token_account).await?.as_ref().and_then(TokenBalance::read))
    }

    /// Decimals and token program of a mint.
    pub async fn mint(&self, mint: &Address) -> Result<MintInfo> {
        let (state, token_program) = self.mint_account(mint).await?;
        Ok(MintInfo { address: *mint, token_program, decimals: state.decimals() })
    }

    /// All tokens of a mint that there are, base units.
    pub async fn supply(&self, mint: &Address) -> Result<u64> {
        Ok(self.mint_account(mint).await?.0.supply())
    }

    /// A mint, and the token program that owns it.
    async fn mint_account(&self, mint: &Address) -> Result<(Mint, Address)> {
        let account = self.account(mint).await?.ok_or(Error::NotFound { kind: "mint", address: *mint })?;
        let malformed = |reason: &str| Error::Malformed { kind: "mint", reason: format!("{mint} {reason}") };
        if !is_token_program(&account.owner) {
            return Err(malformed("does not belong to a token program"));
        }
        let state: Mint = prefix(&account.data).ok_or_else(|| malformed("is too short"))?;
        if !state.is_initialized() {
            return Err(malformed("is not initialized"));
        }
        Ok((state, account.owner))
    }

    /// The cluster's clock. Times of leases are its `unix_timestamp`, never the local time.
    pub async fn clock(&self) -> Result<Clock> {
        let address = sysvar::clock::ID;
        let account = self.account(&address).await?.ok_or(Error::NotFound { kind: "clock", address })?;
        let word = |index: usize| {
            account.data.chunks_exact(8).nth(index).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
                Error::Malformed { kind: "clock", reason: format!("{} bytes", account.data.len()) }
            })
        };
        Ok(Clock {
            slot: u64::from_le_bytes(word(0)?),
            epoch_start_timestamp: i64::from_le_bytes(word(1)?),
            epoch: u64::from_le_bytes(word(2)?),
            leader_schedule_epoch: u64::from_le_bytes(word(3)?),
            unix_timestamp: i64::from_le_bytes(word(4)?),
        })
    }

    /// Who may upgrade and initialize the program; `None` if nobody may any more.
    pub async fn upgrade_authority(&self) -> Result<Option<Address>> {
        const TAG: [u8; 4] = [3, 0, 0, 0];
        let address = address::program_data(&address::PROGRAM);
        let account =
            self.account(&address).await?.ok_or(Error::NotFound { kind: "deployed program", address })?;
        let malformed =
            || Error::Malformed { kind: "program data account", reason: "of another loader".to_owned() };
        let rest = account.data.strip_prefix(&TAG).ok_or_else(malformed)?;
        let (_slot, rest) = rest.split_first_chunk::<8>().ok_or_else(malformed)?;
        match rest.split_first() {
            Some((0, _)) => Ok(None),
            Some((1, rest)) => {
                let bytes = rest.first_chunk::<32>().ok_or_else(malformed)?;
                Ok(Some(Address::new_from_array(*bytes)))
            }
            _ => Err(malformed()),
        }
    }

    /// Hash of the cluster's genesis block.
    pub async fn genesis_hash(&self) -> Result<Hash> {
        self.retry(|| self.rpc.get_genesis_hash()).await
    }

    /// What attestations on this cluster are bound to, computed from program id and genesis hash.
    pub async fn domain(&self) -> Result<[u8; 32]> {
        Ok(Protocol::domain(&self.genesis_hash().await?.to_bytes()))
    }

    /// Requires `domain` to be this cluster's: a signature for it is worth nothing elsewhere, and one for
    /// another cluster must not be given away here.
    pub async fn require_domain(&self, domain: &[u8; 32]) -> Result<()> {
        let expected = self.domain().await?;
        if *domain != expected {
            return Err(Error::WrongDomain { found: hex::encode(domain), expected: hex::encode(expected) });
        }
        Ok(())
    }

    /// Signs usage of a lease, after [`attestation::check_signer`], and that lease and cluster belong together.
    pub async fn sign_usage(
        &self,
        lease: &LeaseContext,
        usage: &Usage,
        signer: &dyn Signer,
    ) -> Result<SignedAttestation> {
        self.require_domain(&lease.domain).await?;
        let now = self.clock().await?.unix_timestamp;
        attestation::sign_usage(&lease.keyed(), usage, signer, Some(&lease.provider_account.attestor), now)
    }

    /// Checks what `signer` is about to co-sign against the lease as it is on this cluster, see
    /// [`SignedAttestation::check_co_signer`]. Returns that lease, and what it will be when the message has landed.
    pub async fn check_co_signer(
        &self,
        signed: &SignedAttestation,
        signer: &Address,
    ) -> Result<(LeaseContext, Lease)> {
        self.require_domain(&signed.message().domain).await?;
        let lease = self.lease(&signed.message().lease).await?;
        let after = signed.check_co_signer(signer, &lease, self.clock().await?.unix_timestamp)?;
        Ok((lease, after))
    }

    /// Adds a signature to a message, after [`check_co_signer`](Self::check_co_signer). Returns the lease as it will be
    /// when the message has landed.
    pub async fn co_sign(&self, signed: &mut SignedAttestation, signer: &dyn Signer) -> Result<Lease> {
        let (_, after) = self.check_co_signer(signed, &signer.try_pubkey()?).await?;
        signed.sign(signer)?;
        Ok(after)
    }

    fn account_config(&self) -> RpcAccountInfoConfig {
        RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(self.rpc.commitment()),
            ..RpcAccountInfoConfig::default()
        }
    }

    /// Asks again when the node or the way to it failed, but not when it answered with a refusal.
    async fn retry<T, F>(&self, request: impl FnMut() -> F) -> Result<T>
    where
        F: Future<Output = client_error::Result<T>>,
    {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_times(4)
            .with_jitter();
        Ok(request.retry(pauses).when(error::is_transient).await?)
    }
}

/// The account and its address as the node sent them.
fn keyed(RpcKeyedAccount { pubkey, account }: RpcKeyedAccount) -> Result<(Address, Account)> {
    let malformed = |_| Error::Malformed { kind: "list of accounts", reason: format!("address {pubkey}") };
    Ok((pubkey.parse().map_err(malformed)?, binary(&account)?))
}

/// The account as the node sent it.
fn binary(account: &UiAccount) -> Result<Account> {
    account.to_account().ok_or_else(|| Error::Malformed {
        kind: "account",
        reason: "the node sent no binary data".to_owned(),
    })
}

fn present<T: ProgramAccount>(address: Address, account: Option<Account>) -> Result<Keyed<T>> {
    account::read(address, &account.ok_or(Error::NotFound { kind: T::KIND, address })?)
}

fn is_token_program(program: &Address) -> bool {
    [address::SPL_TOKEN, address::TOKEN_2022].contains(program)
}

/// The plain data at the beginning of `data`.
fn prefix<T: bytemuck::AnyBitPattern>(data: &[u8]) -> Option<T> {
    data.get(..size_of::<T>()).map(bytemuck::pod_read_unaligned)
}

impl TokenBalance {
    /// What `account` holds, if it is a token account.
    fn read(account: &Account) -> Option<Self> {
        let state: TokenAccount = prefix(&account.data).filter(|_| is_token_program(&account.owner))?;
        state.is_initialized().then(|| Self {
            mint: *state.mint(),
            owner: *state.owner(),
            amount: state.amount(),
        })
    }
}
