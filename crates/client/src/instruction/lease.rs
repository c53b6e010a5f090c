//! Leases, from opening to close.

use super::{build, signed_by};
use crate::{
    account::{Keyed, LeaseContext},
    address,
    attestation::{SignedAttestation, SignedBatch},
};
use gpu_lease::{
    accounts, instruction as data,
    state::{Agreed, Dispute, LeaseRequest, Offer, Resize},
};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_program::sysvar;
use solana_sdk_ids::system_program;

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
/// [`create_participant`](super::governance::create_participant).
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
/// [`LeaseContext::provider_key`] signs; [`LeaseContext::bond_token`] pays the bond.
pub fn start_lease(lease: &LeaseContext, access_blob: &[u8], valid_until: i64) -> Instruction {
    build(
        accounts::StartLease {
            authority: lease.provider_key,
            lease: lease.address,
            offer: lease.offer,
            provider: lease.provider,
            vault: lease.vault,
            bond_token: lease.bond_token,
            token_program: lease.token_program,
        },
        data::StartLease { seen: lease.seen(valid_until), access_blob },
    )
}

/// Replaces the credentials of a lease by `access_blob`, when its machine has moved. [`LeaseContext::provider_key`] signs.
pub fn publish_access(lease: &LeaseContext, access_blob: &[u8], valid_until: i64) -> Instruction {
    let (seen, replaced) = (lease.seen(valid_until), lease.access_blob_hash);
    build(
        accounts::PublishAccess {
            authority: lease.provider_key,
            lease: lease.address,
            provider: lease.provider,
        },
        data::PublishAccess { seen, replaced, access_blob },
    )
}

/// Takes a Pending lease back. `canceller` is its renter, or anyone after the start deadline.
pub fn cancel_lease(canceller: Address, lease: &LeaseContext, valid_until: i64) -> Instruction {
    build(
        accounts::CancelLease {
            canceller,
            lease: lease.address,
            vault: lease.vault,
            refund_token: lease.payer_token,
            payer: lease.payer,
            token_program: lease.token_program,
        },
        data::CancelLease { seen: lease.seen(valid_until) },
    )
}

/// Adds `amount` base units to a lease's deposit out of `funder`'s associated token account, if it ends no sooner than
/// it does now.
pub fn top_up(funder: Address, lease: &LeaseContext, amount: u64, valid_until: i64) -> Instruction {
    top_up_from(funder, lease.token_of(&funder), lease, amount, valid_until)
}

/// Like [`top_up`], out of any token account of `funder`'s.
pub fn top_up_from(
    funder: Address,
    funder_token: Address,
    lease: &LeaseContext,
    amount: u64,
    valid_until: i64,
) -> Instruction {
    build(
        accounts::TopUp {
            funder,
            lease: lease.address,
            vault: lease.vault,
            funder_token,
            token_program: lease.token_program,
        },
        data::TopUp { seen: lease.seen(valid_until), amount, min_ends_at: lease.min_ends_at() },
    )
}

/// Attests usage of several leases of one provider: the Ed25519 precompile instruction and, immediately after it,
/// `attest_batch`. Nobody has to sign the transaction for them.
pub fn attest_batch(provider: Address, batch: &SignedBatch) -> [Instruction; 2] {
    let mut attest = build(
        accounts::AttestBatch { provider, instructions: sysvar::instructions::ID },
        data::AttestBatch {},
    );
    attest.accounts.extend(batch.message().leases().iter().map(|lease| AccountMeta::new(*lease, false)));
    [batch.precompile_instruction(), attest]
}

/// Attests usage of a lease: the Ed25519 precompile instruction and, immediately after it, `attest`.
/// Nobody has to sign the transaction for them.
pub fn attest(lease: &LeaseContext, message: &SignedAttestation) -> [Instruction; 2] {
    let attest = build(
        accounts::Attest {
            lease: lease.address,
            provider: lease.provider,
            instructions: sysvar::instructions::ID,
        },
        data::Attest {},
    );
    [message.precompile_instruction(), attest]
}

/// Pays the provider what has become due. Anyone may.
pub fn settle(lease: &LeaseContext) -> Instruction {
    build(
        accounts::Settle {
            lease: lease.address,
            provider: lease.provider,
            vault: lease.vault,
            payout_token: lease.provider_token,
            token_program: lease.token_program,
        },
        data::Settle {},
    )
}

/// Ends a lease and empties its vault. Anyone may, once it can be closed.
pub fn close_lease(lease: &LeaseContext) -> Instruction {
    close(lease, None)
}

/// Ends a lease at once: `units` of those claimed or disputed are paid for in all, and `credit` base units of the bond
/// go to the payer. Renter and [`LeaseContext::provider_key`] sign.
pub fn close_lease_together(lease: &LeaseContext, units: u64, credit: u64, valid_until: i64) -> Instruction {
    let parties = [lease.renter, lease.provider_key];
    signed_by(close(lease, Some(Agreed { seen: lease.seen(valid_until), units, credit })), &parties)
}

fn close(lease: &LeaseContext, agreed: Option<Agreed>) -> Instruction {
    build(
        accounts::CloseLease {
            renter: lease.renter,
            authority: lease.provider_key,
            lease: lease.address,
            offer: lease.offer,
            provider: lease.provider,
            protocol: address::protocol(),
            renter_participant: address::participant(&lease.renter),
            provider_participant: address::participant(&lease.provider),
            mint_policy: address::mint_policy(&lease.terms.mint),
            vault: lease.vault,
            fee_vault: address::fee_vault(&lease.terms.mint),
            payout_token: lease.provider_token,
            bond_token: lease.bond_returns_to(),
            refund_token: lease.payer_token,
            payer: lease.payer,
            token_program: lease.token_program,
        },
        data::CloseLease { agreed },
    )
}

/// Makes fees that a lease has released a weight in votes. Anyone may.
pub fn count_fees(lease: &LeaseContext) -> Instruction {
    build(
        accounts::CountFees {
            lease: lease.address,
            protocol: address::protocol(),
            renter_participant: address::participant(&lease.renter),
            provider_participant: address::participant(&lease.provider),
            mint_policy: address::mint_policy(&lease.terms.mint),
        },
        data::CountFees {},
    )
}

/// Lets a lease run for `duration` seconds in all. The renter signs.
pub fn extend_lease(lease: &LeaseContext, duration: u32, valid_until: i64) -> Instruction {
    let (seen, gpus) = (lease.seen(valid_until), lease.meter.gpus);
    build(
        accounts::ExtendLease { renter: lease.renter, lease: lease.address },
        data::ExtendLease { seen, gpus, duration },
    )
}

/// Lets a lease go on with `gpus` GPUs. The renter signs; if the lease grows, [`LeaseContext::provider_key`] too, and
/// [`LeaseContext::bond_token`] pays the bond.
pub fn resize_lease(lease: &LeaseContext, gpus: u32, valid_until: i64) -> Instruction {
    let change = Resize { duration: lease.duration, from: lease.meter.gpus, to: gpus };
    let resize = build(
        accounts::ResizeLease {
            renter: lease.renter,
            authority: lease.provider_key,
            lease: lease.address,
            offer: lease.offer,
            provider: lease.provider,
            vault: lease.vault,
            bond_token: lease.bond_token,
            token_program: lease.token_program,
        },
        data::ResizeLease { seen: lease.seen(valid_until), change },
    );
    let grows = change.to > change.from;
    if grows { signed_by(resize, &[lease.provider_key]) } else { resize }
}

/// Gives GPUs that a lease does not need back to its offer. Anyone may.
pub fn release_gpus(lease: &LeaseContext) -> Instruction {
    build(accounts::ReleaseGpus { lease: lease.address, offer: lease.offer }, data::ReleaseGpus {})
}

/// Gives notice, if the lease ends by it no later than `max_ends_at`. `party` is the renter, its session key, or the
/// provider's wallet, and signs; the provider's operator may leave where no notice is owed.
pub fn terminate_lease(
    party: Address,
    lease: &LeaseContext,
    max_ends_at: i64,
    valid_until: i64,
) -> Instruction {
    build(
        accounts::TerminateLease { party, lease: lease.address, provider: lease.provider },
        data::TerminateLease { seen: lease.seen(valid_until), max_ends_at },
    )
}

/// Ends a lease whose provider fell silent. The renter and its session key may once the heartbeat timeout has passed,
/// anyone three days later. `caller` signs.
pub fn expire_lease(caller: Address, lease: &LeaseContext, valid_until: i64) -> Instruction {
    build(
        accounts::ExpireLease { caller, lease: lease.address, provider: lease.provider },
        data::ExpireLease { seen: lease.seen(valid_until), window_end: lease.meter.window_end },
    )
}

/// Disputes what is claimed above `units`. `party`, the renter or its session key, signs, and `funder`, whose
/// associated token account pays the stake: `max_stake` base units at most. It is never above the bond.
pub fn dispute_lease(
    party: Address,
    funder: Address,
    lease: &LeaseContext,
    units: u64,
    max_stake: u64,
    valid_until: i64,
) -> Instruction {
    build(
        accounts::DisputeLease {
            renter: party,
            funder,
            lease: lease.address,
            provider: lease.provider,
            vault: lease.vault,
            funder_token: lease.token_of(&funder),
            token_program: lease.token_program,
        },
        data::DisputeLease { seen: lease.seen(valid_until), units, max_stake },
    )
}

/// Decides a dispute: `units` count. The arbiter that the lease names signs; its associated token account
/// gets the fee.
pub fn resolve_dispute(lease: &LeaseContext, units: u64, valid_until: i64) -> Instruction {
    resolve_dispute_to(lease.token_of(&lease.arbiter), lease, units, valid_until)
}

/// Like [`resolve_dispute`], with the fee to any token account of the arbiter's.
pub fn resolve_dispute_to(
    arbiter_token: Address,
    lease: &LeaseContext,
    units: u64,
    valid_until: i64,
) -> Instruction {
    let Dispute { renter_units, provider_units, .. } = lease.dispute;
    build(
        accounts::ResolveDispute {
            arbiter: lease.arbiter,
            lease: lease.address,
            provider: lease.provider,
            vault: lease.vault,
            arbiter_token,
            token_program: lease.token_program,
        },
        data::ResolveDispute { seen: lease.seen(valid_until), renter_units, provider_units, units },
    )
}

/// Ends a dispute that the arbiter did not decide in time. Anyone may.
pub fn resolve_by_timeout(lease: &LeaseContext) -> Instruction {
    build(accounts::ResolveByTimeout { lease: lease.address }, data::ResolveByTimeout {})
}

/// Lets `session_key` co-sign usage for the renter, who signs; zero for nobody.
pub fn set_session_key(lease: &LeaseContext, session_key: Address, valid_until: i64) -> Instruction {
    let (seen, replaced) = (lease.seen(valid_until), lease.session_key);
    build(
        accounts::SetSessionKey { renter: lease.renter, lease: lease.address },
        data::SetSessionKey { seen, replaced, session_key },
    )
}
