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
    /// The signer is not the lease's renter and the start deadline has not passed.
    #[msg("Until the start deadline only the renter may cancel this lease")]
    NotRenter = 6003,
    /// An account of another lease, offer, provider or mint was passed.
    #[msg("An account does not belong with the others: it is another lease's, offer's, provider's or mint's")]
    WrongAccount = 6004,

    // 6100: configuration and mints.
    /// The fee rate is above the constant bound.
    #[msg("The fee rate is above 500 basis points")]
    FeeAboveMaximum = 6100,
    /// The token program cannot be used by leases yet.
    #[msg("Only mints of the SPL Token program can be registered")]
    TokenProgramUnsupported = 6101,
    /// New leases are paused by the guardian.
    #[msg("New leases are paused; running leases are not affected")]
    Paused = 6102,
    /// The token program is not the one that owns the mint.
    #[msg("The mint belongs to another token program")]
    WrongTokenProgram = 6103,
    /// A required address is all zeroes.
    #[msg("A required address is empty")]
    AddressMissing = 6104,

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
    /// GPUs of the offer are leased.
    #[msg("The offer has running leases")]
    OfferInUse = 6207,
    /// The offer takes no new leases.
    #[msg("The offer is not open for new leases")]
    OfferNotOpen = 6208,
    /// Fewer free GPUs than the lease asks for.
    #[msg("The offer has not enough free GPUs")]
    NotEnoughFreeGpus = 6209,
    /// Spare bytes of the terms are not zero.
    #[msg("Unknown terms: spare bytes must be zero")]
    UnknownTerms = 6210,

    // 6300: a lease's life.
    /// The offer's terms are not those that the renter signed.
    #[msg("The offer's terms changed since the renter signed")]
    TermsChanged = 6300,
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
    /// The lease is not active.
    #[msg("The lease is not active")]
    NotActive = 6306,
    /// The lease, its attestation grace or a challenge window is still open.
    #[msg("The lease cannot be closed yet")]
    NotClosable = 6307,
    /// The access blob is empty or too long.
    #[msg("The access blob is empty or longer than 512 bytes")]
    AccessBlobInvalid = 6308,

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
    #[msg("The attestation goes back behind an earlier one")]
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
}
