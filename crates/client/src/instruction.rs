//! One function for each instruction, named as in the program. Addresses that follow from others are
//! derived; token accounts are the associated ones unless the caller says otherwise.
//!
//! Account lists and data come from the types that the program generates, so they cannot drift from it.
//!
//! What a signature binds is filled in from what the caller was shown: the [`LeaseRef`], the offer, the value that is
//! replaced. `valid_until`, unix seconds, is when the signature expires; the caller chooses it, since it has the clock.

mod governance;

pub use governance::*;

use crate::{
    address,
    attestation::{SignedBatch, SignedMessage},
    decode::Keyed,
};
use anchor_lang::{InstructionData, ToAccountMetas};
use gpu_lease::{
    accounts, instruction as data,
    instructions::ProtocolConfig,
    state::{
        Agreed, Dispute, HotKeys, Lease, LeaseRequest, LeaseState, Listing, Offer, Provider, Resize, Seen,
        Terms,
    },
};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_program::sysvar;
use solana_sdk_ids::system_program;

/// A provider's account and the wallet that acts for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderRef {
    /// The provider's account.
    pub address: Address,
    /// Its wallet.
    pub authority: Address,
}

impl ProviderRef {
    /// The provider that the wallet `authority` registers, or registered and still has.
    pub fn of(authority: Address) -> Self {
        Self { address: address::provider(&authority), authority }
    }
}

impl From<&Keyed<Provider>> for ProviderRef {
    fn from(provider: &Keyed<Provider>) -> Self {
        Self { address: provider.address, authority: provider.authority }
    }
}

/// A mint and the token program that owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MintRef {
    /// The mint.
    pub mint: Address,
    /// Its token program.
    pub token_program: Address,
}

/// A lease with everything that its instructions need around it. [`crate::rpc::Client::lease`] gives one.
///
/// The token accounts are the associated ones; set the fields to use others of the same owners.
#[derive(Clone, Copy, Debug)]
pub struct LeaseRef {
    /// The lease's address.
    pub address: Address,
    /// The lease.
    pub lease: Lease,
    /// Its provider.
    pub provider: Provider,
    /// Token program that owns the lease's mint.
    pub token_program: Address,
    /// Key that acts for the provider: its wallet, or its operator, see [`by_operator`](Self::by_operator).
    pub provider_key: Address,
    /// Token account of the provider's wallet: gets the payouts.
    pub provider_token: Address,
    /// The provider's bond account.
    pub bond_account: Address,
    /// What pays a bond: `provider_token`, or [`bond_account`](Self::with_pooled_bond).
    pub bond_token: Address,
    /// Token account of the payer: gets the refund.
    pub payer_token: Address,
}

impl LeaseRef {
    /// Puts a lease together with its decoded provider and the token program of its mint.
    pub fn new(lease: Keyed<Lease>, provider: Provider, token_program: Address) -> Self {
        let Keyed { address, account: lease } = lease;
        let token_of = |owner| address::associated_token(owner, &lease.terms.mint, &token_program);
        let provider_token = token_of(&provider.authority);
        Self {
            address,
            provider_key: provider.authority,
            provider_token,
            bond_account: token_of(&lease.provider),
            bond_token: provider_token,
            payer_token: token_of(&lease.payer),
            lease,
            provider,
            token_program,
        }
    }

    /// With the provider's operator in place of its wallet, and bonds out of the bond account.
    pub fn by_operator(self) -> Self {
        Self { provider_key: self.provider.operator, ..self.with_pooled_bond() }
    }

    /// With bonds out of the provider's bond account.
    pub fn with_pooled_bond(self) -> Self {
        Self { bond_token: self.bond_account, ..self }
    }

    /// Token account that the bond goes back to: the bond account, if any of it came from there.
    pub fn bond_returns_to(&self) -> Address {
        if self.lease.bond_is_pooled == 1 { self.bond_account } else { self.provider_token }
    }

    /// What a party signs that was shown this lease. Computed from all of it: a node that shows a wrong access key,
    /// bond or deposit gets a signature that is good for nothing.
    pub fn seen(&self, valid_until: i64) -> Seen {
        self.lease.seen(valid_until)
    }

    /// The earliest end that a funder expects who was shown this lease, unix seconds.
    pub fn min_ends_at(&self) -> i64 {
        match self.lease.state.into() {
            LeaseState::Pending => self.lease.opened_at.saturating_add(i64::from(self.lease.duration)),
            _ => self.lease.ends_at,
        }
    }

    /// The lease's mint.
    pub fn mint(&self) -> MintRef {
        MintRef { mint: self.lease.terms.mint, token_program: self.token_program }
    }

    /// The associated token account of `wallet` for the lease's mint.
    pub fn token_of(&self, wallet: &Address) -> Address {
        address::associated_token(wallet, &self.lease.terms.mint, &self.token_program)
    }
}

fn build(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction { program_id: address::PROGRAM, accounts: accounts.to_account_metas(None), data: data.data() }
}

/// Creates the protocol. `authority` is the program's upgrade authority; it pays.
pub fn initialize(authority: Address, config: ProtocolConfig) -> Instruction {
    build(
        accounts::Initialize {
            authority,
            protocol: address::protocol(),
            governance: address::governance(),
            fee_params: address::fee_params(),
            program_data: address::program_data(&address::PROGRAM),
            system_program: system_program::ID,
        },
        data::Initialize { config },
    )
}

/// Lets leases be priced in `mint`, which `token_program` owns. `payer` pays.
pub fn register_mint(payer: Address, mint: Address, token_program: Address) -> Instruction {
    build(
        accounts::RegisterMint {
            payer,
            mint_policy: address::mint_policy(&mint),
            fee_vault: address::fee_vault(&mint),
            mint,
            token_program,
            system_program: system_program::ID,
        },
        data::RegisterMint {},
    )
}

/// Registers the wallet `authority` as a provider that acts by `keys`. The wallet pays.
pub fn register_provider(authority: Address, keys: HotKeys) -> Instruction {
    let provider = address::provider(&authority);
    build(
        accounts::RegisterProvider {
            authority,
            provider,
            participant: address::participant(&provider),
            system_program: system_program::ID,
        },
        data::RegisterProvider { keys },
    )
}

/// Lets a provider act by `keys`, in place of those that are `replaced`. Its wallet signs.
pub fn update_provider(
    provider: ProviderRef,
    replaced: HotKeys,
    keys: HotKeys,
    valid_until: i64,
) -> Instruction {
    build(
        accounts::UpdateProvider { authority: provider.authority, provider: provider.address },
        data::UpdateProvider { valid_until, replaced, keys },
    )
}

/// Lets `nominee` take a provider over, in place of `replaced`; nobody, if it is zero. The provider's wallet signs.
pub fn nominate_authority(
    provider: ProviderRef,
    replaced: Address,
    nominee: Address,
    valid_until: i64,
) -> Instruction {
    build(
        accounts::NominateAuthority { authority: provider.authority, provider: provider.address },
        data::NominateAuthority { valid_until, replaced, nominee },
    )
}

/// Takes a provider over, given its account, and lets it act by `keys`. `nominee` signs.
pub fn accept_authority(nominee: Address, provider: Address, keys: HotKeys, valid_until: i64) -> Instruction {
    let participant = address::participant(&provider);
    build(
        accounts::AcceptAuthority { nominee, provider, participant },
        data::AcceptAuthority { valid_until, keys },
    )
}

/// Pays `amount` base units into a provider's bond account, out of `payer`'s associated token account: creates the bond
/// account if it is missing, and transfers. Anybody may.
pub fn pay_in_bond(
    payer: Address,
    provider: &Address,
    mint: &MintRef,
    decimals: u8,
    amount: u64,
) -> [Instruction; 2] {
    /// `TransferChecked` of both token programs: this byte, the amount, and the decimals.
    const TRANSFER_CHECKED: u8 = 12;
    let MintRef { mint, token_program } = *mint;
    let transfer = Instruction {
        program_id: token_program,
        accounts: vec![
            AccountMeta::new(address::associated_token(&payer, &mint, &token_program), false),
            AccountMeta::new_readonly(mint, false),
            AccountMeta::new(address::bond_account(provider, &mint, &token_program), false),
            AccountMeta::new_readonly(payer, true),
        ],
        data: [&[TRANSFER_CHECKED][..], &amount.to_le_bytes(), &[decimals]].concat(),
    };
    [create_associated_token(&payer, provider, &mint, &token_program), transfer]
}

/// Takes `amount` base units out of a provider's bond account for `mint`, to the token account `destination`. The
/// provider's wallet signs.
pub fn withdraw_bond(
    provider: ProviderRef,
    mint: &MintRef,
    destination: Address,
    amount: u64,
    valid_until: i64,
) -> Instruction {
    let MintRef { mint, token_program } = *mint;
    build(
        accounts::WithdrawBond {
            authority: provider.authority,
            provider: provider.address,
            bond_account: address::bond_account(&provider.address, &mint, &token_program),
            destination,
            token_program,
        },
        data::WithdrawBond { valid_until, amount },
    )
}

/// Lists `gpus` GPUs as the provider's offer number `id`. The provider's wallet pays.
pub fn create_offer(
    provider: ProviderRef,
    id: u64,
    gpus: u32,
    terms: Terms,
    listing: Listing,
) -> Instruction {
    build(
        accounts::CreateOffer {
            authority: provider.authority,
            provider: provider.address,
            offer: address::offer(&provider.address, id),
            mint_policy: address::mint_policy(&terms.mint),
            system_program: system_program::ID,
        },
        data::CreateOffer { id, gpus, terms, listing },
    )
}

/// Replaces everything that `offer` says to new leases.
pub fn update_offer(
    provider: ProviderRef,
    offer: &Keyed<Offer>,
    gpus: u32,
    is_open: bool,
    terms: Terms,
    listing: Listing,
    valid_until: i64,
) -> Instruction {
    let revision = offer.revision;
    build(
        accounts::UpdateOffer {
            authority: provider.authority,
            provider: provider.address,
            offer: offer.address,
            mint_policy: address::mint_policy(&terms.mint),
        },
        data::UpdateOffer { valid_until, revision, gpus, is_open, terms, listing },
    )
}

/// Removes an offer; the wallet gets the rent.
pub fn close_offer(provider: ProviderRef, offer: Address) -> Instruction {
    build(
        accounts::CloseOffer { authority: provider.authority, provider: provider.address, offer },
        data::CloseOffer {},
    )
}

/// What [`open_lease`] needs to know.
#[derive(Clone, Copy, Debug)]
pub struct OpenLease {
    /// Wallet that will use the GPUs.
    pub renter: Address,
    /// Wallet that funds the lease.
    pub payer: Address,
    /// Token account of the payer's that pays; the associated one if `None`.
    pub payer_token: Option<Address>,
    /// The offer.
    pub offer: Address,
    /// Mint of the offer's terms.
    pub mint: Address,
    /// Token program that owns the mint.
    pub token_program: Address,
    /// What is asked for. `expected_offer` is the [`Offer::content_hash`] of the offer that the renter saw,
    /// `max_fee_bps` the fee rate, `arbiter` the one in office.
    pub request: LeaseRequest,
}

impl OpenLease {
    /// A lease on `offer` that the renter pays for, from the associated token account.
    pub fn new(renter: Address, offer: &Keyed<Offer>, token_program: Address, request: LeaseRequest) -> Self {
        Self {
            renter,
            payer: renter,
            payer_token: None,
            offer: offer.address,
            mint: offer.terms.mint,
            token_program,
            request,
        }
    }

    /// Address that the lease will have.
    pub fn lease(&self) -> Address {
        address::lease(&self.renter, self.request.nonce)
    }
}

/// Opens and funds a lease. Renter and payer sign. The renter's participant must exist, see
/// [`create_participant`].
pub fn open_lease(open: &OpenLease) -> Instruction {
    let OpenLease { renter, payer, payer_token, offer, mint, token_program, request } = *open;
    let lease = open.lease();
    build(
        accounts::OpenLease {
            renter,
            payer,
            lease,
            offer,
            fee_params: address::fee_params(),
            protocol: address::protocol(),
            participant: address::participant(&renter),
            vault: address::vault(&lease),
            payer_token: payer_token
                .unwrap_or_else(|| address::associated_token(&payer, &mint, &token_program)),
            mint,
            token_program,
            system_program: system_program::ID,
        },
        data::OpenLease { request },
    )
}

/// Starts a lease and publishes `access_blob`, credentials that [`crate::access::encrypt`] made.
/// [`LeaseRef::provider_key`] signs; [`LeaseRef::bond_token`] pays the bond.
pub fn start_lease(lease: &LeaseRef, access_blob: &[u8], valid_until: i64) -> Instruction {
    build(
        accounts::StartLease {
            authority: lease.provider_key,
            lease: lease.address,
            offer: lease.lease.offer,
            provider: lease.lease.provider,
            vault: lease.lease.vault,
            bond_token: lease.bond_token,
            token_program: lease.token_program,
        },
        data::StartLease { seen: lease.seen(valid_until), access_blob },
    )
}

/// Replaces the credentials of a lease by `access_blob`, when its machine has moved. [`LeaseRef::provider_key`] signs.
pub fn publish_access(lease: &LeaseRef, access_blob: &[u8], valid_until: i64) -> Instruction {
    let (seen, replaced) = (lease.seen(valid_until), lease.lease.access_blob_hash);
    build(
        accounts::PublishAccess {
            authority: lease.provider_key,
            lease: lease.address,
            provider: lease.lease.provider,
        },
        data::PublishAccess { seen, replaced, access_blob },
    )
}

/// Takes a Pending lease back. `canceller` is its renter, or anyone after the start deadline.
pub fn cancel_lease(canceller: Address, lease: &LeaseRef, valid_until: i64) -> Instruction {
    build(
        accounts::CancelLease {
            canceller,
            lease: lease.address,
            vault: lease.lease.vault,
            refund_token: lease.payer_token,
            payer: lease.lease.payer,
            token_program: lease.token_program,
        },
        data::CancelLease { seen: lease.seen(valid_until) },
    )
}

/// Adds `amount` base units to a lease's deposit out of `funder`'s associated token account, if it ends no sooner than
/// it does now.
pub fn top_up(funder: Address, lease: &LeaseRef, amount: u64, valid_until: i64) -> Instruction {
    top_up_from(funder, lease.token_of(&funder), lease, amount, valid_until)
}

/// Like [`top_up`], out of any token account of `funder`'s.
pub fn top_up_from(
    funder: Address,
    funder_token: Address,
    lease: &LeaseRef,
    amount: u64,
    valid_until: i64,
) -> Instruction {
    build(
        accounts::TopUp {
            funder,
            lease: lease.address,
            vault: lease.lease.vault,
            funder_token,
            token_program: lease.token_program,
        },
        data::TopUp { seen: lease.seen(valid_until), amount, min_ends_at: lease.min_ends_at() },
    )
}

/// States usage of several leases of one provider: the Ed25519 precompile instruction and, immediately behind it,
/// `attest_batch`. Nobody has to sign the transaction for them.
pub fn attest_batch(provider: Address, batch: &SignedBatch) -> [Instruction; 2] {
    let mut attest = build(
        accounts::AttestBatch { provider, instructions: sysvar::instructions::ID },
        data::AttestBatch {},
    );
    attest.accounts.extend(batch.message().leases().iter().map(|lease| AccountMeta::new(*lease, false)));
    [batch.precompile_instruction(), attest]
}

/// States usage of a lease: the Ed25519 precompile instruction and, immediately behind it, `attest`.
/// Nobody has to sign the transaction for them.
pub fn attest(lease: &LeaseRef, message: &SignedMessage) -> [Instruction; 2] {
    let attest = build(
        accounts::Attest {
            lease: lease.address,
            provider: lease.lease.provider,
            instructions: sysvar::instructions::ID,
        },
        data::Attest {},
    );
    [message.precompile_instruction(), attest]
}

/// Pays the provider what has become due. Anyone may.
pub fn settle(lease: &LeaseRef) -> Instruction {
    build(
        accounts::Settle {
            lease: lease.address,
            provider: lease.lease.provider,
            vault: lease.lease.vault,
            payout_token: lease.provider_token,
            token_program: lease.token_program,
        },
        data::Settle {},
    )
}

/// Ends a lease and empties its vault. Anyone may, once it can be closed.
pub fn close_lease(lease: &LeaseRef) -> Instruction {
    close(lease, None)
}

/// Ends a lease at once: `units` of those claimed or disputed are paid for in all, and `credit` base units of the bond
/// go to the payer. Renter and [`LeaseRef::provider_key`] sign.
pub fn close_lease_together(lease: &LeaseRef, units: u64, credit: u64, valid_until: i64) -> Instruction {
    let parties = [lease.lease.renter, lease.provider_key];
    signed_by(close(lease, Some(Agreed { seen: lease.seen(valid_until), units, credit })), &parties)
}

fn close(lease: &LeaseRef, agreed: Option<Agreed>) -> Instruction {
    build(
        accounts::CloseLease {
            renter: lease.lease.renter,
            authority: lease.provider_key,
            lease: lease.address,
            offer: lease.lease.offer,
            provider: lease.lease.provider,
            protocol: address::protocol(),
            renter_participant: address::participant(&lease.lease.renter),
            provider_participant: address::participant(&lease.lease.provider),
            mint_policy: address::mint_policy(&lease.lease.terms.mint),
            vault: lease.lease.vault,
            fee_vault: address::fee_vault(&lease.lease.terms.mint),
            payout_token: lease.provider_token,
            bond_token: lease.bond_returns_to(),
            refund_token: lease.payer_token,
            payer: lease.lease.payer,
            token_program: lease.token_program,
        },
        data::CloseLease { agreed },
    )
}

/// Makes fees that a lease has released a weight in votes. Anyone may.
pub fn count_fees(lease: &LeaseRef) -> Instruction {
    build(
        accounts::CountFees {
            lease: lease.address,
            protocol: address::protocol(),
            renter_participant: address::participant(&lease.lease.renter),
            provider_participant: address::participant(&lease.lease.provider),
            mint_policy: address::mint_policy(&lease.lease.terms.mint),
        },
        data::CountFees {},
    )
}

/// Lets a lease run for `duration` seconds in all. The renter signs.
pub fn extend_lease(lease: &LeaseRef, duration: u32, valid_until: i64) -> Instruction {
    let (seen, gpus) = (lease.seen(valid_until), lease.lease.meter.gpus);
    build(
        accounts::ExtendLease { renter: lease.lease.renter, lease: lease.address },
        data::ExtendLease { seen, gpus, duration },
    )
}

/// Lets a lease go on with `gpus` GPUs. The renter signs; if the lease grows, [`LeaseRef::provider_key`] too, and
/// [`LeaseRef::bond_token`] pays the bond.
pub fn resize_lease(lease: &LeaseRef, gpus: u32, valid_until: i64) -> Instruction {
    let change = Resize { duration: lease.lease.duration, from: lease.lease.meter.gpus, to: gpus };
    let resize = build(
        accounts::ResizeLease {
            renter: lease.lease.renter,
            authority: lease.provider_key,
            lease: lease.address,
            offer: lease.lease.offer,
            provider: lease.lease.provider,
            vault: lease.lease.vault,
            bond_token: lease.bond_token,
            token_program: lease.token_program,
        },
        data::ResizeLease { seen: lease.seen(valid_until), change },
    );
    let grows = change.to > change.from;
    if grows { signed_by(resize, &[lease.provider_key]) } else { resize }
}

/// Gives GPUs that a lease does not need back to its offer. Anyone may.
pub fn release_gpus(lease: &LeaseRef) -> Instruction {
    build(accounts::ReleaseGpus { lease: lease.address, offer: lease.lease.offer }, data::ReleaseGpus {})
}

/// Gives notice, if the lease ends by it no later than `max_ends_at`. `party` is the renter, its session key, or the
/// provider's wallet, and signs; the provider's operator may leave where no notice is owed.
pub fn terminate_lease(party: Address, lease: &LeaseRef, max_ends_at: i64, valid_until: i64) -> Instruction {
    build(
        accounts::TerminateLease { party, lease: lease.address, provider: lease.lease.provider },
        data::TerminateLease { seen: lease.seen(valid_until), max_ends_at },
    )
}

/// Ends a lease whose provider fell silent. The renter and its session key may once the heartbeat timeout has passed,
/// anyone three days later. `caller` signs.
pub fn expire_lease(caller: Address, lease: &LeaseRef, valid_until: i64) -> Instruction {
    build(
        accounts::ExpireLease { caller, lease: lease.address, provider: lease.lease.provider },
        data::ExpireLease { seen: lease.seen(valid_until), window_end: lease.lease.meter.window_end },
    )
}

/// Disputes what is claimed above `units`. `party`, the renter or its session key, signs, and `funder`, whose
/// associated token account pays the stake: `max_stake` base units at most. It is never above the bond.
pub fn dispute_lease(
    party: Address,
    funder: Address,
    lease: &LeaseRef,
    units: u64,
    max_stake: u64,
    valid_until: i64,
) -> Instruction {
    build(
        accounts::DisputeLease {
            renter: party,
            funder,
            lease: lease.address,
            provider: lease.lease.provider,
            vault: lease.lease.vault,
            funder_token: lease.token_of(&funder),
            token_program: lease.token_program,
        },
        data::DisputeLease { seen: lease.seen(valid_until), units, max_stake },
    )
}

/// Decides a dispute: `units` count. The arbiter that the lease names signs; its associated token account
/// gets the fee.
pub fn resolve_dispute(lease: &LeaseRef, units: u64, valid_until: i64) -> Instruction {
    resolve_dispute_to(lease.token_of(&lease.lease.arbiter), lease, units, valid_until)
}

/// Like [`resolve_dispute`], with the fee to any token account of the arbiter's.
pub fn resolve_dispute_to(
    arbiter_token: Address,
    lease: &LeaseRef,
    units: u64,
    valid_until: i64,
) -> Instruction {
    let Dispute { renter_units, provider_units, .. } = lease.lease.dispute;
    build(
        accounts::ResolveDispute {
            arbiter: lease.lease.arbiter,
            lease: lease.address,
            provider: lease.lease.provider,
            vault: lease.lease.vault,
            arbiter_token,
            token_program: lease.token_program,
        },
        data::ResolveDispute { seen: lease.seen(valid_until), renter_units, provider_units, units },
    )
}

/// Ends a dispute that the arbiter did not decide in time. Anyone may.
pub fn resolve_by_timeout(lease: &LeaseRef) -> Instruction {
    build(accounts::ResolveByTimeout { lease: lease.address }, data::ResolveByTimeout {})
}

/// Lets `session_key` co-sign usage for the renter, who signs; zero for nobody.
pub fn set_session_key(lease: &LeaseRef, session_key: Address, valid_until: i64) -> Instruction {
    let (seen, replaced) = (lease.seen(valid_until), lease.lease.session_key);
    build(
        accounts::SetSessionKey { renter: lease.lease.renter, lease: lease.address },
        data::SetSessionKey { seen, replaced, session_key },
    )
}

/// `instruction`, which `parties` sign beside those who always have to.
fn signed_by(mut instruction: Instruction, parties: &[Address]) -> Instruction {
    for party in parties {
        if let Some(meta) = instruction.accounts.iter_mut().find(|meta| meta.pubkey == *party) {
            meta.is_signer = true;
        }
    }
    instruction
}

/// Creates the associated token account of `wallet` for `mint` if it is missing. `payer` pays.
pub fn create_associated_token(
    payer: &Address,
    wallet: &Address,
    mint: &Address,
    token_program: &Address,
) -> Instruction {
    spl_associated_token_account_interface::instruction::create_associated_token_account_idempotent(
        payer,
        wallet,
        mint,
        token_program,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        decode::{self, Args},
        testing,
    };
    use bytemuck::Zeroable;

    fn signers(instruction: &Instruction) -> Vec<Address> {
        instruction.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
    }

    fn written(instruction: &Instruction) -> Vec<Address> {
        instruction.accounts.iter().filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect()
    }

    fn request() -> LeaseRequest {
        LeaseRequest {
            nonce: 3,
            deposit: 20_000_000,
            start_deadline: 2_000,
            duration: 3_600,
            gpus: 8,
            max_fee_bps: 100,
            valid_until: 1_900,
            expected_offer: [5; 32],
            arbiter: Address::new_from_array([6; 32]),
            access_key: [1; 32],
            session_key: Address::default(),
        }
    }

    #[test]
    fn arguments_come_back_from_the_instruction() {
        let lease = testing::lease_ref();
        let read = |instruction: &Instruction| decode::instruction(instruction).unwrap().unwrap();

        let start = read(&start_lease(&lease, b"sealed", 9));
        assert_eq!(start.args, Args::StartLease { seen: lease.seen(9), access_blob: b"sealed".to_vec() });
        assert_eq!(start.account("lease"), Some(lease.address));

        let offer = create_offer(
            ProviderRef::of(lease.provider.authority),
            7,
            8,
            testing::terms(),
            Listing::zeroed(),
        );
        let Args::CreateOffer { id: 7, gpus: 8, terms, .. } = read(&offer).args else { panic!() };
        assert_eq!(terms, testing::terms());

        let offer = Keyed { address: lease.lease.offer, account: Offer { terms, ..Offer::zeroed() } };
        let open = OpenLease::new(lease.lease.renter, &offer, address::SPL_TOKEN, request());
        let opened = read(&open_lease(&open));
        assert_eq!(opened.args, Args::OpenLease { request: request() });
        assert_eq!(opened.account("lease"), Some(open.lease()));

        assert!(decode::instruction(&Instruction { data: vec![0; 8], ..settle(&lease) }).is_err());
        assert!(
            decode::instruction(&Instruction { program_id: Address::default(), ..settle(&lease) })
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn hot_instructions_write_only_accounts_of_the_lease_and_its_parties() {
        let lease = testing::lease_ref();
        let LeaseRef { address, provider_token, .. } = lease;
        let vault = lease.lease.vault;
        let signed = crate::attestation::sign(
            gpu_lease::attestation::Attestation::new(address, &lease.lease, &Default::default()),
            &testing::keypair(2),
        );
        let [precompile, attest] = attest(&lease, &signed.unwrap());
        assert_eq!(written(&precompile), []);
        assert_eq!(written(&attest), [address]);
        assert_eq!(signers(&attest), []);
        assert_eq!(written(&settle(&lease)), [address, vault, provider_token]);
        assert_eq!(signers(&settle(&lease)), []);
        let funder = testing::keypair(6);
        let funder = solana_signer::Signer::pubkey(&funder);
        assert_eq!(written(&top_up(funder, &lease, 1, 9)), [address, vault, lease.token_of(&funder)]);
        assert_eq!(signers(&top_up(funder, &lease, 1, 9)), [funder]);
    }

    #[test]
    fn who_has_to_sign_signs() {
        let lease = testing::lease_ref();
        let (renter, authority) = (lease.lease.renter, lease.provider.authority);
        assert_eq!(signers(&start_lease(&lease, b"sealed", 9)), [authority]);
        assert_eq!(signers(&cancel_lease(renter, &lease, 9)), [renter]);
        assert_eq!(signers(&close_lease(&lease)), []);
        assert_eq!(signers(&close_lease_together(&lease, 1, 0, 9)), [renter, authority]);
        assert_eq!(signers(&resize_lease(&lease, 9, 9)), [renter, authority]);
        assert_eq!(signers(&resize_lease(&lease, 7, 9)), [renter]);
        assert_eq!(signers(&release_gpus(&lease)), []);
        assert_eq!(signers(&count_fees(&lease)), []);
        assert_eq!(signers(&expire_lease(authority, &lease, 9)), [authority]);
        assert_eq!(signers(&terminate_lease(authority, &lease, 9, 9)), [authority]);
        let session_key = Address::new_from_array([12; 32]);
        assert_eq!(
            signers(&dispute_lease(session_key, authority, &lease, 1, 1, 9)),
            [session_key, authority]
        );
        assert_eq!(signers(&publish_access(&lease, b"sealed", 9)), [authority]);
        assert_eq!(signers(&resolve_dispute(&lease, 1, 9)), [lease.lease.arbiter]);
        assert_eq!(signers(&resolve_by_timeout(&lease)), []);
        let payer = Address::new_from_array([11; 32]);
        let offer = Keyed { address: lease.lease.offer, account: Offer::zeroed() };
        let open = OpenLease { payer, ..OpenLease::new(renter, &offer, address::SPL_TOKEN, request()) };
        assert_eq!(signers(&open_lease(&open)), [renter, payer]);
        assert!(written(&open_lease(&open)).contains(&payer));
        assert!(written(&close_lease(&lease)).contains(&lease.lease.payer));
        assert!(written(&cancel_lease(renter, &lease, 9)).contains(&lease.lease.payer));
    }

    #[test]
    fn an_operator_signs_in_place_of_the_wallet_and_pools_the_bond() {
        let lease = testing::lease_ref();
        let (renter, operator) = (lease.lease.renter, lease.provider.operator);
        let by_operator = lease.by_operator();
        assert_eq!(signers(&start_lease(&by_operator, b"sealed", 9)), [operator]);
        assert_eq!(signers(&publish_access(&by_operator, b"sealed", 9)), [operator]);
        assert_eq!(signers(&resize_lease(&by_operator, 9, 9)), [renter, operator]);
        assert_eq!(signers(&resize_lease(&by_operator, 7, 9)), [renter]);
        assert_eq!(signers(&close_lease_together(&by_operator, 1, 0, 9)), [renter, operator]);
        for pays in [start_lease(&by_operator, b"sealed", 9), resize_lease(&by_operator, 9, 9)] {
            assert!(written(&pays).contains(&lease.bond_account));
            assert!(!written(&pays).contains(&lease.provider_token));
        }
    }

    #[test]
    fn a_bond_comes_out_of_the_wallet_s_account_unless_it_is_pooled() {
        let lease = testing::lease_ref();
        let bond_account =
            address::bond_account(&lease.lease.provider, &lease.lease.terms.mint, &lease.token_program);
        assert_eq!(lease.bond_account, bond_account);
        assert_ne!(bond_account, lease.provider_token);
        let pooled = lease.with_pooled_bond();
        assert_eq!((lease.bond_token, pooled.bond_token), (lease.provider_token, bond_account));
        // The wallet signs all the same.
        assert_eq!(signers(&start_lease(&pooled, b"sealed", 9)), [lease.provider.authority]);
        assert!(written(&start_lease(&pooled, b"sealed", 9)).contains(&bond_account));
    }

    #[test]
    fn a_bond_returns_to_where_the_lease_says() {
        let own = testing::lease_ref();
        let mut pooled = own;
        pooled.lease.bond_is_pooled = 1;
        assert_eq!(own.bond_returns_to(), own.provider_token);
        assert_eq!(pooled.bond_returns_to(), own.bond_account);
        for lease in [own, pooled] {
            for close in [close_lease(&lease), close_lease_together(&lease.by_operator(), 1, 0, 9)] {
                let read = decode::instruction(&close).unwrap().unwrap();
                assert_eq!(read.account("bond_token"), Some(lease.bond_returns_to()));
                assert_eq!(read.account("payout_token"), Some(own.provider_token));
            }
        }
    }

    #[test]
    fn a_bond_is_paid_in_by_anyone_and_withdrawn_by_the_wallet() {
        let provider = ProviderRef::of(solana_signer::Signer::pubkey(&testing::keypair(4)));
        let mint = MintRef { mint: testing::terms().mint, token_program: address::SPL_TOKEN };
        let bond_account = address::bond_account(&provider.address, &mint.mint, &mint.token_program);
        let payer = Address::new_from_array([11; 32]);
        let [create, transfer] = pay_in_bond(payer, &provider.address, &mint, 6, 5);
        assert_eq!(signers(&create), [payer]);
        assert!(written(&create).contains(&bond_account));
        assert_eq!(signers(&transfer), [payer]);
        let payer_token = address::associated_token(&payer, &mint.mint, &mint.token_program);
        assert_eq!(written(&transfer), [payer_token, bond_account]);
        let expected = spl_token_interface::instruction::transfer_checked(
            &mint.token_program,
            &payer_token,
            &mint.mint,
            &bond_account,
            &payer,
            &[],
            5,
            6,
        );
        assert_eq!(transfer, expected.unwrap());

        let destination = Address::new_from_array([13; 32]);
        let withdraw = withdraw_bond(provider, &mint, destination, 5, 9);
        assert_eq!(signers(&withdraw), [provider.authority]);
        assert_eq!(written(&withdraw), [bond_account, destination]);
    }

    #[test]
    fn a_batch_writes_its_leases_and_nobody_signs_its_transaction() {
        let (mut first, mut second) = (testing::lease_ref(), testing::lease_ref());
        first.address = Address::new_from_array([3; 32]);
        second.address = Address::new_from_array([2; 32]);
        let usage = [&first, &second].map(|lease| (lease.address, lease.lease, 800, 0));
        let batch = crate::attestation::UsageBatch::new(1_600, [0; 32], &usage).unwrap();
        let batch = crate::attestation::sign(batch, &testing::keypair(2)).unwrap();
        let [precompile, attest] = attest_batch(first.lease.provider, &batch);
        assert_eq!((written(&precompile), signers(&precompile)), (vec![], vec![]));
        assert_eq!(written(&attest), [second.address, first.address]);
        assert_eq!(signers(&attest), []);
        let read = decode::instruction(&attest).unwrap().unwrap();
        assert_eq!(read.args, Args::AttestBatch {});
        assert_eq!(read.account("provider"), Some(first.lease.provider));
        assert_eq!(read.remaining, [second.address, first.address]);
    }

    #[test]
    fn an_attestation_by_three_signers_fits_a_transaction_with_a_compute_budget() {
        let lease = testing::lease_ref();
        let message =
            gpu_lease::attestation::Attestation::new(lease.address, &lease.lease, &Default::default());
        let mut signed = crate::attestation::sign(message, &testing::keypair(1)).unwrap();
        signed.sign(&testing::keypair(2)).unwrap();
        signed.sign(&testing::keypair(3)).unwrap();
        let mut instructions = vec![
            solana_compute_budget_interface::ComputeBudgetInstruction::set_compute_unit_limit(10_000),
            solana_compute_budget_interface::ComputeBudgetInstruction::set_compute_unit_price(1),
        ];
        instructions.extend(attest(&lease, &signed));
        let payer = solana_signer::Signer::pubkey(&testing::keypair(4));
        let message = solana_message::Message::new(&instructions, Some(&payer));
        let size = 1 + 64 + message.serialize().len();
        assert!(size <= 1_232, "{size} bytes");
        assert!(lease.lease.state == LeaseState::Active);
    }
}
