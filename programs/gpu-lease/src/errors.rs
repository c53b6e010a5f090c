//! Every way the program refuses. Numbers come in blocks with gaps and are never reused.

use anchor_lang::prelude::*;

/// The program's errors. The number is what the cluster reports as `custom program error`.
#[error_code(offset = 0)]
#[derive(Debug, PartialEq, Eq)]
pub enum LeaseError {
    // 6000: who may call.
    /// The signer is not the program's upgrade authority.
    #[msg("Only the program's upgrade authority may initialize the protocol")]
    NotUpgradeAuthority = 6000,
    /// The program data account is not this program's.
    #[msg("The program data account does not belong to this program")]
    WrongProgramData = 6001,
    /// The signer is not the provider's authority.
    #[msg("Only the provider's authority may do this")]
    NotProviderAuthority = 6002,
    /// The signer is not the lease's renter. Anyone may cancel once the start deadline has passed.
    #[msg("Only the lease's renter may do this")]
    NotRenter = 6003,
    /// An account of another lease, offer, provider or mint was passed.
    #[msg("An account does not belong with the others: it is another lease's, offer's, provider's or mint's")]
    WrongAccount = 6004,
    /// The signer was not nominated as the provider's next authority.
    #[msg("Only the nominated authority may accept")]
    NotNominated = 6005,
    /// The signer is neither the lease's renter nor its provider.
    #[msg("Only the lease's renter or provider may do this")]
    NotParty = 6006,
    /// The signer is not the arbiter that the lease was opened with.
    #[msg("Only the arbiter that the lease names may do this")]
    NotArbiter = 6007,
    /// The signer is not the guardian.
    #[msg("Only the guardian may do this")]
    NotGuardian = 6008,
    /// The signer does not own the lock.
    #[msg("Only the owner of the lock may do this")]
    NotLockOwner = 6009,
    /// The signer neither owns the lock nor is its delegate.
    #[msg("Only the owner of the lock or its delegate may vote with it")]
    NotVoter = 6010,
    /// The signer does not act for the participant.
    #[msg("Only the participant itself may vote with its fees")]
    NotParticipant = 6011,
    /// The signer did not make the proposal.
    #[msg("Only the proposer may cancel")]
    NotProposer = 6012,
    /// The signer is neither the provider's authority nor its operator.
    #[msg("Only the provider's authority or its operator may do this")]
    NotProviderOperator = 6013,
    /// The operator may not do this, or not with these figures.
    #[msg("The provider's operator may not do this: its authority has to sign")]
    OperatorMayNot = 6014,
    /// The operator's bonds come out of the bond account.
    #[msg("The operator can take bonds out of the provider's bond account only")]
    NotTheBondAccount = 6015,

    // 6100: configuration and mints.
    /// The fee rate is above the constant bound.
    #[msg("The fee rate is above 500 basis points")]
    FeeAboveMaximum = 6100,
    // 6101 was used by versions that took mints of the SPL Token program only.
    /// New leases are paused by the guardian.
    #[msg("New leases are paused; running leases are not affected")]
    Paused = 6102,
    /// The token program is not the one that owns the mint.
    #[msg("The mint belongs to another token program")]
    WrongTokenProgram = 6103,
    /// A required address is all zeroes.
    #[msg("A required address is empty")]
    AddressMissing = 6104,
    /// A pause of no time or of more than 72 hours.
    #[msg("A pause lasts for at most 72 hours")]
    PauseOutOfBounds = 6105,
    /// Within a pause or the 72 hours after it.
    #[msg("A pause is running, or ended less than 72 hours ago")]
    PauseTooSoon = 6106,
    /// New leases are not paused.
    #[msg("New leases are not paused")]
    NotPaused = 6107,

    // 6110: what a mint must not be able to do.
    /// A mint with a transfer fee: it takes a part of every transfer.
    #[msg("The mint has a transfer fee: it takes a part of every transfer")]
    TransferFee = 6110,
    /// A mint with a close authority: it could be replaced by another mint at its address.
    #[msg("The mint has a close authority: it could be replaced by another mint at its address")]
    MintCloseAuthority = 6111,
    /// A mint with confidential transfers: it hides amounts that the program has to know.
    #[msg("The mint has confidential transfers: it hides amounts that the program has to know")]
    ConfidentialTransfer = 6112,
    /// A mint with a default account state: it can make every new account a frozen one.
    #[msg("The mint has a default account state: it can make every new account a frozen one")]
    DefaultAccountState = 6113,
    /// A mint with non-transferable tokens: it cannot be paid with.
    #[msg("The mint has non-transferable tokens: it cannot be paid with")]
    NonTransferable = 6114,
    /// A mint with interest: it shows other amounts than are moved.
    #[msg("The mint has interest: it shows amounts other than those that are moved")]
    InterestBearing = 6115,
    /// A mint with a permanent delegate: it can be taken out of any vault.
    #[msg("The mint has a permanent delegate: it can be taken out of any vault")]
    PermanentDelegate = 6116,
    /// A mint with a transfer hook: it runs another program in every transfer, which could refuse it.
    #[msg("The mint has a transfer hook: it runs another program in every transfer, which could refuse it")]
    TransferHook = 6117,
    /// A mint with scaled amounts: it shows other amounts than are moved.
    #[msg("The mint has scaled amounts: it shows amounts other than those that are moved")]
    ScaledUiAmount = 6118,
    /// A mint with a pause: it can be stopped for everybody.
    #[msg("The mint has a pause: it can be stopped for everybody")]
    Pausable = 6119,
    /// A mint with an extension that is not known to be safe: it may do anything.
    #[msg("The mint has an extension that is not known to be safe: it may do anything")]
    UnknownExtension = 6120,

    // 6200: providers and offers.
    /// A price of zero or above the bound.
    #[msg("The price per GPU-hour is out of bounds")]
    PriceOutOfBounds = 6200,
    /// Durations out of bounds or in the wrong order.
    #[msg("The shortest or longest duration is out of bounds")]
    DurationBoundsInvalid = 6201,
    /// Notice above 30 days.
    #[msg("The notice is longer than 30 days")]
    NoticeOutOfBounds = 6202,
    /// Challenge window outside ten minutes to seven days.
    #[msg("The challenge window is out of bounds")]
    ChallengeWindowOutOfBounds = 6203,
    /// Heartbeat timeout outside five minutes to seven days.
    #[msg("The heartbeat timeout is out of bounds")]
    HeartbeatOutOfBounds = 6204,
    /// Uptime above 10 000 bps, penalty or bond above their bounds.
    #[msg("The SLA's uptime, penalty or bond is out of bounds")]
    SlaOutOfBounds = 6205,
    /// No GPUs, too many, or fewer than are leased.
    #[msg("The number of GPUs is out of bounds or below what is leased")]
    GpuCountOutOfBounds = 6206,
    /// Started leases of the offer are not closed.
    #[msg("The offer has leases that are not closed")]
    OfferInUse = 6207,
    /// The offer takes no new leases.
    #[msg("The offer is not open for new leases")]
    OfferNotOpen = 6208,
    /// Fewer free GPUs than the lease asks for.
    #[msg("The offer does not have enough free GPUs")]
    NotEnoughFreeGpus = 6209,
    /// Spare bytes of the terms are not zero.
    #[msg("Unknown terms: spare bytes must be zero")]
    UnknownTerms = 6210,

    // 6300: a lease's life.
    /// The offer's terms or listing are not those that the renter signed.
    #[msg("The offer's terms or listing changed since the renter signed")]
    OfferChanged = 6300,
    /// The duration is outside the offer's bounds.
    #[msg("The duration is outside the offer's bounds")]
    DurationOutOfBounds = 6301,
    /// The deposit does not pay for the shortest duration.
    #[msg("The deposit is below the price of the shortest duration")]
    DepositTooSmall = 6302,
    /// The start deadline is in the past or more than seven days away.
    #[msg("The start deadline is out of bounds")]
    StartDeadlineOutOfBounds = 6303,
    /// The start deadline has passed.
    #[msg("The start deadline has passed")]
    StartDeadlinePassed = 6304,
    /// The lease is not pending.
    #[msg("The lease has already started")]
    NotPending = 6305,
    /// The lease is not active, or not in another state that the instruction takes.
    #[msg("The lease is not in a state that allows this")]
    NotActive = 6306,
    /// The lease, its attestation grace or a challenge window is still open.
    #[msg("The lease cannot be closed yet")]
    NotClosable = 6307,
    /// The access blob is empty or too long.
    #[msg("The access blob is empty or longer than 512 bytes")]
    AccessBlobInvalid = 6308,
    /// The lease is over, or notice was given.
    #[msg("The lease is over or notice was given")]
    LeaseEnding = 6309,
    /// The provider has not been silent for long enough.
    #[msg(
        "The provider has not been silent for longer than the heartbeat timeout; for others than the renter's side, three days longer"
    )]
    HeartbeatNotMissed = 6310,
    /// An earlier resize, or a top-up that made the lease run again, is not complete.
    #[msg(
        "An earlier resize has yet to take effect, to be attested, or its GPUs to be released; or a top-up to be attested"
    )]
    ResizePending = 6311,
    /// The fee rate in force is above the highest that the renter agreed to.
    #[msg("The fee rate has risen above what the renter agreed to")]
    FeeAboveAgreed = 6312,

    // 6320: what a signature binds. Whoever signed saw something else, or agreed to less.
    /// Another lease, maybe at the same address.
    #[msg("This is not the lease that was signed for; look at it and sign again")]
    LeaseChanged = 6320,
    /// The signature counted until an earlier time.
    #[msg("The signature has expired; sign again")]
    SignatureExpired = 6321,
    /// The protocol names another arbiter than the renter agreed to.
    #[msg("The arbiter in office is not the one that the renter agreed to")]
    ArbiterChanged = 6322,
    /// The lease ends before the earliest end that the funder accepts.
    #[msg("The lease ends earlier than the funder accepts")]
    EndsTooEarly = 6323,
    /// The lease would end after the latest end that the party accepts.
    #[msg("The lease would end later than the signer accepts")]
    EndsTooLate = 6324,
    /// The stake is above the highest that the renter agreed to.
    #[msg("The stake is higher than was agreed to")]
    StakeAboveAgreed = 6325,
    /// The last attested window is not the one that was seen.
    #[msg("Usage has been attested since; the last attested window is a later one")]
    WindowMoved = 6326,
    /// The lease runs with another number of GPUs than was seen.
    #[msg("The lease runs with a different number of GPUs than was signed for")]
    GpusChanged = 6327,
    /// The lease runs for another duration than was seen.
    #[msg("The lease runs for a different duration than was signed for")]
    DurationChanged = 6328,
    /// What is to be replaced is not what was seen.
    #[msg("The value to be replaced has changed since it was signed for")]
    ValueReplaced = 6329,
    /// The two figures of the dispute are not those that were seen.
    #[msg("The figures of the dispute are not those that the arbiter saw")]
    FiguresChanged = 6330,
    /// The proposal's action is not the one that the voter signed for.
    #[msg("The proposal is not about the action that the voter signed for")]
    ActionChanged = 6331,
    /// The agreed credit is above the bond.
    #[msg("The agreed credit is above the bond")]
    CreditAboveBond = 6332,
    /// A division of the vault that not both parties signed.
    #[msg("Both parties have to sign how they divide the vault")]
    NotAgreed = 6333,
    /// The deposit of a proposal is above the highest that the proposer agreed to.
    #[msg("The deposit has risen above what the proposer agreed to")]
    DepositAboveAgreed = 6334,
    /// A top-up that makes the lease run again and does not pay for a minute.
    #[msg(
        "A top-up that makes an exhausted lease run again must pay for a minute at least, or up to the end"
    )]
    TopUpTooSmall = 6335,

    // 6400: attestations.
    /// The instruction before this one is not the Ed25519 program's.
    #[msg("The instruction before attest must be the Ed25519 program's")]
    PrecompileMissing = 6400,
    /// The Ed25519 instruction has not exactly the canonical layout.
    #[msg("The Ed25519 instruction does not have the canonical layout")]
    PrecompileMalformed = 6401,
    /// A signature by a key that has no role in this lease, or by one twice.
    #[msg("A signer has no role in this lease or signed twice")]
    SignerUnexpected = 6402,
    /// The provider's attestor did not sign.
    #[msg("The provider's attestor must sign")]
    AttestorMissing = 6403,
    /// The terms name a verifier and it did not sign.
    #[msg("The verifier that the terms name must sign")]
    VerifierMissing = 6404,
    /// Another message, version, program, cluster, lease, or an earlier lease at this address.
    #[msg("The attestation is not about this lease")]
    MessageMismatch = 6405,
    /// Units, energy or window below the last attested ones.
    #[msg("The attestation goes back to before an earlier one")]
    AttestationRegressed = 6406,
    /// Nothing in the message is new.
    #[msg("The attestation says nothing new")]
    AttestationRepeated = 6407,
    /// The window ends in the future or after the lease.
    #[msg("The attested window ends in the future or after the lease")]
    WindowOutOfBounds = 6408,
    /// More units than GPUs × elapsed seconds.
    #[msg("More GPU-seconds than the leased GPUs can have delivered")]
    UnitsAboveCapacity = 6409,
    /// The grace after the lease's end is over.
    #[msg("The grace period for attestations is over")]
    AttestationTooLate = 6410,
    /// The window ends before the top-up that made the lease run again.
    #[msg("The window has to end after the top-up that made the lease run again")]
    WindowBeforeRevival = 6411,
    /// The signed bytes are not a batch of 1 to 60 rows.
    #[msg("What was signed is not a batch in the canonical layout, of 1 to 60 rows")]
    BatchMalformed = 6412,
    /// The leases are not those that were signed for, in the order of their addresses.
    #[msg("The leases are not those of the batch, each once, in the order of their addresses")]
    BatchLeases = 6413,
    /// No row could be applied.
    #[msg("No row of the batch could be applied")]
    BatchEmpty = 6414,

    // 6500: money.
    /// An amount of zero.
    #[msg("The amount must be positive")]
    AmountZero = 6500,
    /// An amount that does not fit 64 bits.
    #[msg("The amount does not fit 64 bits")]
    AmountOverflow = 6501,
    /// The token account is not of the lease's mint.
    #[msg("The token account holds another mint")]
    WrongMint = 6502,
    /// The token account is not owned by the party that is to be paid.
    #[msg("The token account is not owned by the party that is to be paid")]
    WrongTokenOwner = 6503,
    /// Not an initialized token account of a token program.
    #[msg("This is not a token account")]
    NotATokenAccount = 6504,
    /// Not an initialized mint of a token program.
    #[msg("This is not a mint")]
    NotAMint = 6505,

    // 6600: disputes.
    /// No claim is open.
    #[msg("No claim is open that could be disputed")]
    NoOpenClaim = 6600,
    /// A figure outside the two claims.
    #[msg("The figure is not between the accepted and the claimed units")]
    FigureOutOfBounds = 6601,
    /// The lease is not disputed.
    #[msg("The lease is not disputed")]
    NotDisputed = 6602,
    /// The arbiter's time is over.
    #[msg("The arbiter's time is over; the midpoint counts")]
    ArbitrationOver = 6603,
    /// The arbiter may still decide.
    #[msg("The arbiter may still decide")]
    ArbitrationRunning = 6604,

    // 6700: locks and votes.
    /// An unlock time that is not a multiple of 30 days, less than 23 days or more than two years away.
    #[msg("A lock ends at a multiple of 30 days, 23 days to two years ahead")]
    UnlockTimeOutOfBounds = 6700,
    /// An unlock time before the lock's.
    #[msg("A lock can only become longer")]
    LockShortened = 6701,
    /// The tokens are locked.
    #[msg("The tokens are still locked")]
    StillLocked = 6702,
    /// The lock does not outlast the vote and its possible extensions.
    #[msg("The lock does not outlast the vote and its possible extensions")]
    LockEndsBeforeVote = 6703,
    /// Tokens were added to the lock, or it became long enough, in the slot of the proposal or later.
    #[msg("Tokens vote only if they were locked, for long enough, in a slot before the proposal's")]
    LockedAfterProposal = 6704,
    /// Nothing that could be weighed.
    #[msg("There is no weight to vote with")]
    NoWeight = 6705,
    /// A vote was cast, and only the owner of the lock may change it.
    #[msg("A vote was cast already; only the owner of the lock may change it")]
    AlreadyVoted = 6706,
    /// The vote is over.
    #[msg("The vote is over")]
    VoteOver = 6707,
    /// The vote runs, or nobody has finalized the proposal.
    #[msg("The vote is still running, or the proposal is not finalized")]
    VoteRunning = 6708,
    /// The participants' house has no say in this proposal.
    #[msg("Participants have a say only where the fee would rise")]
    HouseHasNoSay = 6709,

    // 6800: proposals.
    /// A fee that differs by nothing or by more than 50 basis points from the one in force.
    #[msg("One vote changes the fee by 1 to 50 basis points")]
    FeeStepOutOfBounds = 6800,
    /// Voting rules outside their bounds, or unknown ones.
    #[msg("A voting rule is out of bounds")]
    VotingRulesOutOfBounds = 6801,
    /// The action is executed by another instruction.
    #[msg("Fees are withdrawn by withdraw_fees, everything else is executed by execute_proposal")]
    WrongAction = 6802,
    /// Votes were cast.
    #[msg("Votes were cast; the proposal can no longer be cancelled")]
    VotesCast = 6803,
    /// The proposal is decided.
    #[msg("The proposal has already been decided")]
    AlreadyFinalized = 6804,
    /// The proposal has not passed, or was not finalized.
    #[msg("The proposal has not passed or is not finalized")]
    NotPassed = 6805,
    /// The proposal was executed.
    #[msg("The proposal has already been executed")]
    AlreadyExecuted = 6806,
    /// The timelock is not over.
    #[msg("The timelock is not over")]
    TimelockRunning = 6807,
    /// The time to execute is over.
    #[msg("The time to execute the proposal is over")]
    ProposalExpired = 6808,
    /// The fee is not the one that the proposal was made against.
    #[msg("The fee has changed since the proposal was made; propose again")]
    FeeMoved = 6809,
    /// Fewer tokens are locked for long enough than a proposal needs to pass.
    #[msg("Fewer tokens are locked beyond the vote than a proposal needs to pass")]
    QuorumOutOfReach = 6810,
    /// The fee would rise and nobody could refuse: an epoch without fees is among those that weigh.
    #[msg(
        "The fee does not rise before fees were paid in each of three epochs, so that those who pay can refuse"
    )]
    NobodyCanRefuse = 6811,
    /// The fee rose less than 30 days ago.
    #[msg("The fee rose less than 30 days ago")]
    RiseTooSoon = 6812,
    /// A newer decision of the same kind was executed.
    #[msg("A newer decision of this kind was executed")]
    DecisionSuperseded = 6813,
    /// What is proposed is so already.
    #[msg("What is proposed is already in force")]
    NothingChanges = 6814,
    /// The fee vault is empty.
    #[msg("There is nothing to withdraw yet")]
    NothingToWithdraw = 6815,

    // 6900: broken invariants. None can be reached; each names the rule that would have been violated.
    /// INV-1: released above the gross of accepted units or above the deposit.
    #[msg("INV-1: more released than accepted or deposited")]
    InvariantReleased = 6901,
    /// INV-2: accepted ≤ maturing ≤ latest ≤ capacity does not hold.
    #[msg("INV-2: the meter is out of order")]
    InvariantMeter = 6902,
    /// INV-3: the vault holds less than the ledger says.
    #[msg("INV-3: the vault holds less than it owes")]
    InvariantVault = 6903,
    /// INV-5: more free GPUs than offered.
    #[msg("INV-5: more free GPUs than offered")]
    InvariantGpus = 6905,
    /// INV-7: the fee is above its bound.
    #[msg("INV-7: the fee is above its bound")]
    InvariantFee = 6907,
    /// INV-8: more votes than there is weight.
    #[msg("INV-8: more votes than there is weight")]
    InvariantTally = 6908,
}
