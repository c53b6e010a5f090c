use crate::{
    Access, AccessKey, Agreed, BondSource, HotKeys, LeaseId, Listing, OfferId, Party, Person, Proposed,
    ProviderId, Row, Seen, Terms, Voter, Wait,
};

/// What somebody tries, with plain figures.
#[derive(Clone, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    Wait(Wait),
    /// `open_lease` as the renter number `lease.renter`.
    #[strum(serialize = "open_lease")]
    Open {
        /// Renter and number.
        lease: LeaseId,
        /// Who pays.
        payer: Person,
        /// Of which offer.
        offer: OfferId,
        /// The terms that the renter saw.
        terms: Terms,
        /// The listing that the renter saw.
        listing: Listing,
        /// Base units.
        deposit: u64,
        /// Until when it may be started, unix seconds.
        start_deadline: i64,
        /// Until when the signature is meant, unix seconds.
        valid_until: i64,
        /// Seconds.
        duration: i64,
        gpus: u64,
        /// Highest fee, basis points.
        max_fee_bps: u64,
        /// Who the renter saw to decide disputes.
        arbiter: Person,
        /// What access is to be encrypted to.
        access_key: AccessKey,
        /// Signs usage for the renter.
        session_key: Option<Person>,
    },
    /// `start_lease`.
    #[strum(serialize = "start_lease")]
    Start {
        lease: LeaseId,
        by: Person,
        /// What was seen.
        seen: Seen,
        /// Out of what the bond is paid.
        bond: BondSource,
    },
    /// `publish_access`.
    PublishAccess {
        lease: LeaseId,
        by: Person,
        /// What was seen.
        seen: Seen,
        /// The credentials that are replaced.
        replaced: Access,
        /// Those from then on.
        access: Access,
    },
    /// `cancel_lease`.
    #[strum(serialize = "cancel_lease")]
    Cancel {
        lease: LeaseId,
        by: Person,
        /// What was seen.
        seen: Seen,
    },
    /// `top_up`.
    TopUp {
        lease: LeaseId,
        by: Person,
        /// What was seen.
        seen: Seen,
        /// When it may end at the earliest, unix seconds.
        min_ends_at: i64,
        /// Base units.
        amount: u64,
    },
    /// `attest`.
    Attest {
        lease: LeaseId,
        /// Whose signatures, in this order.
        signers: Vec<Person>,
        /// Cumulative GPU-seconds.
        units: u64,
        /// Unix seconds.
        window_end: i64,
        /// Cumulative watt-hours.
        energy_wh: u64,
        /// Whether the message is about an earlier lease at the same address.
        is_stale: bool,
    },
    /// `attest_batch`.
    AttestBatch {
        /// Of whose leases.
        provider: ProviderId,
        /// Whose signatures, in this order.
        signers: Vec<Person>,
        /// Unix seconds.
        window_end: i64,
        /// What is stated of each lease.
        rows: Vec<Row>,
        /// The leases that it is said of by whoever lands it.
        leases: Vec<LeaseId>,
    },
    /// `settle`, by anyone.
    Settle {
        lease: LeaseId,
    },
    /// `extend_lease`.
    #[strum(serialize = "extend_lease")]
    Extend {
        lease: LeaseId,
        by: Person,
        /// What was seen.
        seen: Seen,
        /// GPUs that it runs with.
        gpus: u64,
        /// Seconds in all.
        duration: i64,
    },
    /// `resize_lease`.
    #[strum(serialize = "resize_lease")]
    Resize {
        lease: LeaseId,
        by: Person,
        /// What was seen.
        seen: Seen,
        /// Seconds that it runs in all.
        duration: i64,
        /// How many it runs with.
        from_gpus: u64,
        /// How many from then on.
        gpus: u64,
        /// Who signs for the provider, if anybody does.
        provider: Option<Person>,
        /// Out of what the bond is paid.
        bond: BondSource,
    },
    /// `release_gpus`, by anyone.
    ReleaseGpus {
        lease: LeaseId,
    },
    /// `terminate_lease`.
    #[strum(serialize = "terminate_lease")]
    Terminate {
        lease: LeaseId,
        by: Person,
        /// What was seen.
        seen: Seen,
        /// When it may end at the latest, unix seconds.
        max_ends_at: i64,
    },
    /// `expire_lease`.
    #[strum(serialize = "expire_lease")]
    Expire {
        lease: LeaseId,
        by: Person,
        /// What was seen.
        seen: Seen,
        /// End of the last attested window, unix seconds.
        window_end: i64,
    },
    /// `dispute_lease`.
    #[strum(serialize = "dispute_lease")]
    Dispute {
        lease: LeaseId,
        by: Person,
        /// Who pays the stake.
        funder: Person,
        /// What was seen.
        seen: Seen,
        /// GPU-seconds that are admitted.
        units: u64,
        /// Highest stake, base units.
        max_stake: u64,
    },
    /// `resolve_dispute`.
    #[strum(serialize = "resolve_dispute")]
    Resolve {
        lease: LeaseId,
        by: Person,
        /// What was seen.
        seen: Seen,
        /// GPU-seconds that the renter admits.
        renter_units: u64,
        /// GPU-seconds that the provider claims.
        provider_units: u64,
        /// GPU-seconds that count.
        units: u64,
    },
    /// `resolve_by_timeout`, by anyone.
    ResolveByTimeout {
        lease: LeaseId,
    },
    /// `set_session_key`.
    SetSessionKey {
        lease: LeaseId,
        by: Person,
        /// What was seen.
        seen: Seen,
        /// The key that is replaced.
        replaced: Option<Person>,
        /// Signs usage for the renter from now on.
        key: Option<Person>,
    },
    /// `close_lease`, by anyone.
    #[strum(serialize = "close_lease")]
    Close {
        lease: LeaseId,
        /// Whether the renter signs.
        renter_signs: bool,
        /// Who signs for the provider, if anybody does.
        provider: Option<Person>,
        /// How the vault is to be divided, if not by the promise.
        agreed: Option<Agreed>,
    },
    /// `count_fees`, by anyone.
    CountFees {
        lease: LeaseId,
    },
    /// `create_offer`.
    CreateOffer {
        offer: OfferId,
        by: Person,
        gpus: u64,
        /// On which terms.
        terms: Terms,
        /// What it says in words.
        listing: Listing,
    },
    /// `update_offer`.
    UpdateOffer {
        offer: OfferId,
        by: Person,
        /// Until when the signature is meant, unix seconds.
        valid_until: i64,
        /// The revision that is replaced.
        revision: u32,
        /// How many from now on.
        gpus: u64,
        /// Whether new leases are taken.
        is_open: bool,
        /// On which terms.
        terms: Terms,
        /// What it says in words.
        listing: Listing,
    },
    /// `close_offer`.
    CloseOffer {
        offer: OfferId,
        by: Person,
    },
    /// `update_provider`.
    UpdateProvider {
        provider: ProviderId,
        by: Person,
        /// Until when the signature is meant, unix seconds.
        valid_until: i64,
        /// The keys that are replaced.
        replaced: HotKeys,
        /// Those from now on.
        keys: HotKeys,
    },
    /// `nominate_authority`.
    #[strum(serialize = "nominate_authority")]
    Nominate {
        provider: ProviderId,
        by: Person,
        /// Until when the signature is meant, unix seconds.
        valid_until: i64,
        /// The nominee that is replaced.
        replaced: Option<Person>,
        /// May take it over.
        nominee: Option<Person>,
    },
    /// `accept_authority`.
    #[strum(serialize = "accept_authority")]
    Accept {
        provider: ProviderId,
        by: Person,
        /// Until when the signature is meant, unix seconds.
        valid_until: i64,
        /// Its keys from now on.
        keys: HotKeys,
    },
    /// Somebody pays into a bond account.
    #[strum(serialize = "payment into a bond account")]
    PayBond {
        provider: ProviderId,
        by: Person,
        /// Base units.
        amount: u64,
    },
    /// `withdraw_bond`, into the signer's own wallet.
    WithdrawBond {
        provider: ProviderId,
        by: Person,
        /// Until when the signature is meant, unix seconds.
        valid_until: i64,
        /// Base units.
        amount: u64,
    },
    /// Somebody sends tokens to a lease's vault.
    #[strum(serialize = "donation")]
    Donate {
        lease: LeaseId,
        by: Person,
        /// Base units.
        amount: u64,
    },
    /// `create_participant`.
    CreateParticipant {
        /// Whose fees are counted.
        renter: Person,
        /// Who pays.
        payer: Person,
    },
    /// `lock_tokens`.
    LockTokens {
        owner: Person,
        /// Base units.
        amount: u64,
        /// Unix seconds.
        unlock_at: i64,
    },
    /// `extend_lock`.
    ExtendLock {
        owner: Person,
        by: Person,
        /// Unix seconds.
        unlock_at: i64,
    },
    /// `set_delegate`.
    SetDelegate {
        owner: Person,
        by: Person,
        /// Until when it holds what is signed, unix seconds.
        valid_until: i64,
        /// Could until now, as its owner saw it.
        replaced: Option<Person>,
        /// May vote with it from now on.
        delegate: Option<Person>,
    },
    /// `unlock_tokens`, by anyone.
    UnlockTokens {
        owner: Person,
    },
    /// `create_proposal`.
    #[strum(serialize = "create_proposal")]
    Propose {
        by: Person,
        /// Until when it holds what is signed, unix seconds.
        valid_until: i64,
        /// Most lamports that may lie with it.
        max_deposit: u64,
        proposed: Proposed,
    },
    /// `cast_vote`.
    CastVote {
        proposal: usize,
        /// With whose lock.
        owner: Person,
        by: Person,
        /// Until when it holds what is signed, unix seconds.
        valid_until: i64,
        /// What it says, as the voter saw it.
        seen: Proposed,
        is_for: bool,
    },
    /// `cast_participant_vote`.
    CastParticipantVote {
        proposal: usize,
        /// With whose fees.
        party: Party,
        by: Person,
        /// Until when it holds what is signed, unix seconds.
        valid_until: i64,
        /// What it says, as the voter saw it.
        seen: Proposed,
        is_for: bool,
    },
    /// `close_vote_record`, by anyone.
    CloseVoteRecord {
        proposal: usize,
        voter: Voter,
    },
    /// `finalize_proposal`, by anyone.
    #[strum(serialize = "finalize_proposal")]
    Finalize {
        proposal: usize,
    },
    /// `cancel_proposal`.
    CancelProposal {
        proposal: usize,
        by: Person,
    },
    /// `execute_proposal`, by anyone.
    #[strum(serialize = "execute_proposal")]
    Execute {
        proposal: usize,
    },
    /// `withdraw_fees`, by anyone.
    WithdrawFees {
        proposal: usize,
        /// Whose wallet is to be paid.
        to: Person,
    },
    /// `pause`.
    Pause {
        by: Person,
        /// Until when it holds what is signed, unix seconds.
        valid_until: i64,
        /// For how long.
        seconds: i64,
    },
    /// `unpause`.
    Unpause {
        by: Person,
        /// Until when it was seen to last, unix seconds.
        until: i64,
    },
}

impl Action {
    /// Its name, without its figures.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Close { agreed: Some(_), .. } => "close_lease as agreed",
            action => action.into(),
        }
    }

    /// The lease that it is about, if that has to exist.
    pub fn lease(&self) -> Option<LeaseId> {
        match *self {
            Self::Start { lease, .. }
            | Self::PublishAccess { lease, .. }
            | Self::Cancel { lease, .. }
            | Self::TopUp { lease, .. }
            | Self::Attest { lease, .. }
            | Self::Settle { lease }
            | Self::Extend { lease, .. }
            | Self::Resize { lease, .. }
            | Self::ReleaseGpus { lease }
            | Self::Terminate { lease, .. }
            | Self::Expire { lease, .. }
            | Self::Dispute { lease, .. }
            | Self::Resolve { lease, .. }
            | Self::ResolveByTimeout { lease }
            | Self::SetSessionKey { lease, .. }
            | Self::Close { lease, .. }
            | Self::CountFees { lease }
            | Self::Donate { lease, .. } => Some(lease),
            _ => None,
        }
    }

    /// The proposal that it is about, which has to exist.
    pub fn proposal(&self) -> Option<usize> {
        match *self {
            Self::CastVote { proposal, .. }
            | Self::CastParticipantVote { proposal, .. }
            | Self::CloseVoteRecord { proposal, .. }
            | Self::Finalize { proposal }
            | Self::CancelProposal { proposal, .. }
            | Self::Execute { proposal }
            | Self::WithdrawFees { proposal, .. } => Some(proposal),
            _ => None,
        }
    }

    /// Whose lock it is about, which has to exist.
    pub fn lock(&self) -> Option<Person> {
        match *self {
            Self::ExtendLock { owner, .. }
            | Self::SetDelegate { owner, .. }
            | Self::UnlockTokens { owner }
            | Self::CastVote { owner, .. } => Some(owner),
            _ => None,
        }
    }
}
