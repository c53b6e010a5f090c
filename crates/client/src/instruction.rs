//! One function for each instruction, named as in the program. Addresses that follow from others are
//! derived; token accounts are the associated ones unless the caller says otherwise.
//!
//! Account lists and data come from the types that the program generates, so they cannot drift from it.
//!
//! What a signature binds is filled in from what the caller was shown: the [`LeaseRef`], the offer, the value that is
//! replaced. `valid_until`, unix seconds, is when the signature expires; the caller chooses it, since it has the clock.

mod governance;

pub use governance::*;

use crate::{address, attestation::SignedMessage, decode::Keyed, error::Result};
use anchor_lang::{InstructionData, ToAccountMetas};
use gpu_lease::{
    accounts, instruction as data,
    instructions::ProtocolConfig,
    state::{
        Agreed, Dispute, Lease, LeaseRequest, LeaseState, Listing, Offer, Provider, Resize, Seen, Terms,
    },
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_sdk_ids::{system_program, sysvar};

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
    /// Token account of the provider's wallet: pays the bond, gets the payouts.
    pub provider_token: Address,
    /// Token account of the payer: gets the refund.
    pub payer_token: Address,
}

impl LeaseRef {
    /// Puts a lease together with its decoded provider and the token program of its mint.
    pub fn new(lease: Keyed<Lease>, provider: Provider, token_program: Address) -> Self {
        let Keyed { address, account: lease } = lease;
        let token_of = |wallet| address::associated_token(wallet, &lease.terms.mint, &token_program);
        Self {
            address,
            provider_token: token_of(&provider.authority),
            payer_token: token_of(&lease.payer),
            lease,
            provider,
            token_program,
        }
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

/// Registers the wallet `authority` as a provider whose usage `attestor` signs. The wallet pays.
pub fn register_provider(authority: Address, attestor: Address) -> Instruction {
    let provider = address::provider(&authority);
    build(
        accounts::RegisterProvider {
            authority,
            provider,
            participant: address::participant(&provider),
            system_program: system_program::ID,
        },
        data::RegisterProvider { attestor },
    )
}

/// Makes `attestor` the key that signs the provider's usage, in place of `replaced`.
pub fn update_provider(
    provider: ProviderRef,
    replaced: Address,
    attestor: Address,
    valid_until: i64,
) -> Instruction {
    build(
        accounts::UpdateProvider { authority: provider.authority, provider: provider.address },
        data::UpdateProvider { valid_until, replaced, attestor },
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

/// Takes a provider over, given its account, and makes `attestor` the key that signs its usage. `nominee` signs.
pub fn accept_authority(
    nominee: Address,
    provider: Address,
    attestor: Address,
    valid_until: i64,
) -> Instruction {
    let participant = address::participant(&provider);
    build(
        accounts::AcceptAuthority { nominee, provider, participant },
        data::AcceptAuthority { valid_until, attestor },
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

/// Starts a lease and publishes `access_blob`, credentials that [`crate::access::encrypt`] made. The
/// provider's wallet signs.
pub fn start_lease(lease: &LeaseRef, access_blob: &[u8], valid_until: i64) -> Instruction {
    build(
        accounts::StartLease {
            authority: lease.provider.authority,
            lease: lease.address,
            offer: lease.lease.offer,
            provider: lease.lease.provider,
            vault: lease.lease.vault,
            bond_token: lease.provider_token,
            mint: lease.lease.terms.mint,
            token_program: lease.token_program,
        },
        data::StartLease { seen: lease.seen(valid_until), access_blob },
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
            mint: lease.lease.terms.mint,
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
            mint: lease.lease.terms.mint,
            token_program: lease.token_program,
        },
        data::TopUp { seen: lease.seen(valid_until), amount, min_ends_at: lease.min_ends_at() },
    )
}

/// States usage of a lease: the Ed25519 precompile instruction and, immediately behind it, `attest`.
/// Nobody has to sign the transaction for them.
pub fn attest(lease: &LeaseRef, message: &SignedMessage) -> Result<[Instruction; 2]> {
    let attest = build(
        accounts::Attest {
            lease: lease.address,
            provider: lease.lease.provider,
            instructions: sysvar::instructions::ID,
        },
        data::Attest {},
    );
    Ok([message.precompile_instruction()?, attest])
}

/// Pays the provider what has become due. Anyone may.
pub fn settle(lease: &LeaseRef) -> Instruction {
    build(
        accounts::Settle {
            lease: lease.address,
            provider: lease.lease.provider,
            vault: lease.lease.vault,
            payout_token: lease.provider_token,
            mint: lease.lease.terms.mint,
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
/// go to the payer. Renter and provider sign.
pub fn close_lease_together(lease: &LeaseRef, units: u64, credit: u64, valid_until: i64) -> Instruction {
    let parties = [lease.lease.renter, lease.provider.authority];
    signed_by(close(lease, Some(Agreed { seen: lease.seen(valid_until), units, credit })), &parties)
}

fn close(lease: &LeaseRef, agreed: Option<Agreed>) -> Instruction {
    build(
        accounts::CloseLease {
            renter: lease.lease.renter,
            authority: lease.provider.authority,
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
            refund_token: lease.payer_token,
            mint: lease.lease.terms.mint,
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

/// Lets a lease go on with `gpus` GPUs. The renter signs; if the lease grows, the provider's wallet too,
/// whose token account pays the bond.
pub fn resize_lease(lease: &LeaseRef, gpus: u32, valid_until: i64) -> Instruction {
    let change = Resize { duration: lease.lease.duration, from: lease.lease.meter.gpus, to: gpus };
    let resize = build(
        accounts::ResizeLease {
            renter: lease.lease.renter,
            authority: lease.provider.authority,
            lease: lease.address,
            offer: lease.lease.offer,
            provider: lease.lease.provider,
            vault: lease.lease.vault,
            bond_token: lease.provider_token,
            mint: lease.lease.terms.mint,
            token_program: lease.token_program,
        },
        data::ResizeLease { seen: lease.seen(valid_until), change },
    );
    let grows = change.to > change.from;
    if grows { signed_by(resize, &[lease.provider.authority]) } else { resize }
}

/// Gives GPUs that a lease does not need back to its offer. Anyone may.
pub fn release_gpus(lease: &LeaseRef) -> Instruction {
    build(accounts::ReleaseGpus { lease: lease.address, offer: lease.lease.offer }, data::ReleaseGpus {})
}

/// Gives notice, if the lease ends by it no later than `max_ends_at`. `party` is the renter or the provider's wallet
/// and signs.
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

/// Disputes what is claimed above `units`. The renter signs, and `funder`, whose associated token account
/// pays the stake: `max_stake` base units at most. It is never above the bond.
pub fn dispute_lease(
    funder: Address,
    lease: &LeaseRef,
    units: u64,
    max_stake: u64,
    valid_until: i64,
) -> Instruction {
    build(
        accounts::DisputeLease {
            renter: lease.lease.renter,
            funder,
            lease: lease.address,
            provider: lease.lease.provider,
            vault: lease.lease.vault,
            funder_token: lease.token_of(&funder),
            mint: lease.lease.terms.mint,
            token_program: lease.token_program,
        },
        data::DisputeLease { seen: lease.seen(valid_until), units, max_stake },
    )
}

/// Decides a dispute: `units` count. The arbiter that the lease names signs; its associated token account
/// gets the fee.
pub fn resolve_dispute(lease: &LeaseRef, units: u64, valid_until: i64) -> Instruction {
    let Dispute { renter_units, provider_units, .. } = lease.lease.dispute;
    build(
        accounts::ResolveDispute {
            arbiter: lease.lease.arbiter,
            lease: lease.address,
            provider: lease.lease.provider,
            vault: lease.lease.vault,
            arbiter_token: lease.token_of(&lease.lease.arbiter),
            mint: lease.lease.terms.mint,
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
        let [precompile, attest] = attest(&lease, &signed.unwrap()).unwrap();
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
        assert_eq!(signers(&dispute_lease(authority, &lease, 1, 1, 9)), [renter, authority]);
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
        instructions.extend(attest(&lease, &signed).unwrap());
        let payer = solana_signer::Signer::pubkey(&testing::keypair(4));
        let message = solana_message::Message::new(&instructions, Some(&payer));
        let size = 1 + 64 + message.serialize().len();
        assert!(size <= 1_232, "{size} bytes");
        assert!(lease.lease.state == LeaseState::Active);
    }
}
