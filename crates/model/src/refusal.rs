/// Why an action is refused: one rule each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumIter)]
pub enum Refusal {
    /// Only the provider's authority may do this.
    NotProviderAuthority,
    /// Only the lease's renter may do this.
    NotRenter,
    /// Only the nominated wallet may accept.
    NotNominated,
    /// Only renter or provider may do this.
    NotParty,
    /// Only the lease's arbiter may do this.
    NotArbiter,
    /// Only the guardian may do this.
    NotGuardian,
    /// Only the lock's owner may do this.
    NotLockOwner,
    /// Only the lock's owner or its delegate may vote with it.
    NotVoter,
    /// Only the party's own wallet may vote with its fees.
    NotParticipant,
    /// Only the provider's authority or its operator may do this.
    NotProviderOperator,
    /// The operator may not do this.
    OperatorMayNot,
    /// The operator takes bonds out of the bond account alone.
    NotTheBondAccount,
    /// Only the proposer may take a proposal back.
    NotProposer,
    /// The fee is above five percent.
    FeeAboveMaximum,
    /// Nobody's address.
    AddressMissing,
    /// The pause is empty or longer than three days.
    PauseOutOfBounds,
    /// The last pause was less than three days ago.
    PauseTooSoon,
    /// No pause runs.
    NotPaused,
    /// New leases are paused.
    Paused,
    /// The price is out of bounds.
    PriceOutOfBounds,
    /// The terms' durations are out of bounds.
    DurationBoundsInvalid,
    /// The notice is out of bounds.
    NoticeOutOfBounds,
    /// The challenge window is out of bounds.
    ChallengeWindowOutOfBounds,
    /// The heartbeat timeout is out of bounds.
    HeartbeatOutOfBounds,
    /// Uptime, penalty or bond are out of bounds.
    SlaOutOfBounds,
    /// Too few or too many GPUs, or none more or fewer.
    GpuCountOutOfBounds,
    /// Started leases on the offer are not closed.
    OfferInUse,
    /// The offer takes no new leases.
    OfferNotOpen,
    /// Fewer GPUs are free.
    NotEnoughFreeGpus,
    /// This is not what the renter saw on offer.
    OfferChanged,
    /// The duration is not one that the terms allow.
    DurationOutOfBounds,
    /// The deposit does not pay for the shortest duration.
    DepositTooSmall,
    /// The start deadline is not in the coming week.
    StartDeadlineOutOfBounds,
    /// It is too late to start.
    StartDeadlinePassed,
    /// The lease has started.
    NotPending,
    /// The lease is not in a state that allows this.
    NotActive,
    /// The lease, its grace or a challenge window runs.
    NotClosable,
    /// The lease is over or notice was given.
    LeaseEnding,
    /// The provider has not been silent for long enough.
    HeartbeatNotMissed,
    /// An earlier resize or a revival is not complete.
    ResizePending,
    /// The fee is higher than the renter agreed to.
    FeeAboveAgreed,
    /// Another lease was seen than this one.
    LeaseChanged,
    /// The signature is not meant any more.
    SignatureExpired,
    /// Another arbiter was seen.
    ArbiterChanged,
    /// The lease ends earlier than agreed.
    EndsTooEarly,
    /// The lease ends later than agreed.
    EndsTooLate,
    /// The stake is higher than agreed.
    StakeAboveAgreed,
    /// Another window was seen.
    WindowMoved,
    /// Another number of GPUs was seen.
    GpusChanged,
    /// Another duration was seen.
    DurationChanged,
    /// Another value was seen than is replaced.
    ValueReplaced,
    /// Other figures were seen.
    FiguresChanged,
    /// The agreed credit is more than the bond.
    CreditAboveBond,
    /// Not both parties agree.
    NotAgreed,
    /// The top-up of an exhausted lease does not pay for a minute.
    TopUpTooSmall,
    /// A signer without a role of its own.
    SignerUnexpected,
    /// The attestor did not sign.
    AttestorMissing,
    /// The verifier did not sign.
    VerifierMissing,
    /// The attestation is about something else.
    MessageMismatch,
    /// The attestation goes back.
    AttestationRegressed,
    /// The attestation says nothing new.
    AttestationRepeated,
    /// The window ends in the future or after the lease.
    WindowOutOfBounds,
    /// More units than the GPUs can have delivered.
    UnitsAboveCapacity,
    /// The window ends before the lease was funded again.
    WindowBeforeRevival,
    /// The grace after the end is over.
    AttestationTooLate,
    /// A batch without rows, or with more than sixty.
    BatchMalformed,
    /// The leases are not those of the batch, each once.
    BatchLeases,
    /// No row of the batch was applied.
    BatchEmpty,
    /// An amount of zero.
    AmountZero,
    /// An amount beyond 64 bits.
    AmountOverflow,
    /// This is about another mint.
    WrongMint,
    /// The money would go to somebody else.
    WrongTokenOwner,
    /// The lock would end before a vote can that begins now, or in more than two years.
    UnlockTimeOutOfBounds,
    /// The unlock time is not the end of an epoch.
    UnlockTimeOffBoundary,
    /// The unlock time is before the lock's.
    LockShortened,
    /// The tokens are locked.
    StillLocked,
    /// The lock could have ended before the vote when the proposal was made.
    LockEndsBeforeVote,
    /// Tokens were added to the lock after the proposal was made, or with it.
    LockedAfterProposal,
    /// No fees that weigh.
    NoWeight,
    /// A delegate comes too late.
    AlreadyVoted,
    /// The vote is over.
    VoteOver,
    /// The vote runs.
    VoteRunning,
    /// The participants have no say in this.
    HouseHasNoSay,
    /// The fee would stay, or change by more than half a percent.
    FeeStepOutOfBounds,
    /// A voting rule is out of bounds.
    VotingRulesOutOfBounds,
    /// A withdrawal is executed otherwise.
    WrongAction,
    /// Votes were cast.
    VotesCast,
    /// The proposal is decided.
    AlreadyFinalized,
    /// The proposal has not passed, or nobody has counted yet.
    NotPassed,
    /// The proposal was executed.
    AlreadyExecuted,
    /// The timelock runs.
    TimelockRunning,
    /// The time to execute is over.
    ProposalExpired,
    /// The fee has changed since the proposal.
    FeeMoved,
    /// What is proposed is so already.
    ChangesNothing,
    /// Nobody has paid the fees by which a rise could be refused.
    RiseWithoutFees,
    /// The last rise was less than thirty days ago.
    RiseTooSoon,
    /// There are no fees.
    NothingToWithdraw,
    /// A later decision about the same was executed.
    Superseded,
    /// The proposal says something else than what was seen.
    ActionChanged,
    /// A larger deposit would be taken than was agreed to.
    DepositAboveAgreed,
    /// More votes are needed than tokens are locked for long enough.
    QuorumOutOfReach,
    /// No claim is open.
    NoOpenClaim,
    /// The figure is not between the two claims.
    FigureOutOfBounds,
    /// The lease is not disputed.
    NotDisputed,
    /// The arbiter's time is over.
    ArbitrationOver,
    /// The arbiter may still decide.
    ArbitrationRunning,
    /// The purse does not hold that much.
    InsufficientFunds,
    /// There is such a lease, offer or participant already.
    Exists,
    /// There is no such offer any more.
    NoSuchOffer,
    /// Nobody counts this renter's fees.
    NoSuchParticipant,
}
