//! Why something was refused, in words: the program's own errors, and what to do about each.
//!
//! Names and messages come from the program's IDL; the advice is written here.

pub use crate::generated::{ERRORS, ProgramError};

use gpu_lease::errors::LeaseError;
use serde::Serialize;
use std::fmt;

/// Why something was refused, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Explanation {
    /// The instruction that failed, for instance `settle`; `None` if the transaction failed as a whole.
    pub instruction: Option<String>,
    /// Number of the error, if it has one.
    pub number: Option<u32>,
    /// Name of the error, for instance `NotClosable`.
    pub name: String,
    /// What happened.
    pub what: String,
    /// What to do.
    pub advice: String,
    /// Logs of the transaction, if it ran.
    pub logs: Vec<String>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Some(instruction) = &self.instruction {
            write!(f, "{instruction}: ")?;
        }
        write!(f, "{} ({}", self.what, self.name)?;
        if let Some(number) = self.number {
            write!(f, " {number}")?;
        }
        write!(f, "). {}", self.advice)
    }
}

pub(crate) fn explanation(number: Option<u32>, name: &str, what: &str, advice: &str) -> Explanation {
    Explanation {
        instruction: None,
        number,
        name: name.to_owned(),
        what: what.to_owned(),
        advice: advice.to_owned(),
        logs: Vec::new(),
    }
}

/// What to do about each of the program's errors.
const ADVICE: &[(LeaseError, &str)] = &[
    (LeaseError::NotUpgradeAuthority, "Sign with the upgrade authority; `solana program show` names it."),
    (
        LeaseError::WrongProgramData,
        "Pass the program data account that is derived from the program's address.",
    ),
    (LeaseError::NotProviderAuthority, "Sign with the wallet that the provider account names."),
    (
        LeaseError::NotRenter,
        "Sign with the renter's wallet; to dispute, its session key does. A lease that was not started in time can be \
         cancelled by anyone.",
    ),
    (LeaseError::WrongAccount, "Take every account from the lease itself, as this client does."),
    (LeaseError::NotNominated, "Let the provider's present wallet nominate this one, then accept with it."),
    (LeaseError::NotParty, "Sign with the renter's wallet, its session key, or the provider's wallet."),
    (LeaseError::NotArbiter, "Sign with the arbiter that the lease names."),
    (LeaseError::NotGuardian, "Sign with the guardian that the protocol's account names."),
    (LeaseError::NotLockOwner, "Sign with the wallet that locked the tokens."),
    (LeaseError::NotVoter, "Sign with the wallet that locked the tokens, or with its delegate."),
    (LeaseError::NotParticipant, "Sign with the renter's wallet or the provider's, whose fees these are."),
    (LeaseError::NotProposer, "Let the proposal run to its end, or ask the proposer to cancel it."),
    (
        LeaseError::NotProviderOperator,
        "Sign with the provider's wallet, or with the operator that its account names now.",
    ),
    (
        LeaseError::OperatorMayNot,
        "Let the provider's wallet sign. Its operator leaves only while the deposit is used up, or a top-up has not been \
         taken up; and it closes together only with all claimed units and no credit: look whether a newer claim came \
         first.",
    ),
    (
        LeaseError::NotTheBondAccount,
        "Take the bond out of the provider's bond account, or let the provider's wallet sign.",
    ),
    (LeaseError::FeeAboveMaximum, "Choose a fee of at most 500 basis points."),
    (LeaseError::Paused, "Try again later: a pause ends by itself within 72 hours."),
    (LeaseError::WrongTokenProgram, "Pass the token program that owns the mint."),
    (LeaseError::AddressMissing, "Fill in every address; none of them may be all zeroes."),
    (LeaseError::PauseOutOfBounds, "Pause for at most 72 hours."),
    (LeaseError::PauseTooSoon, "Wait until 72 hours have passed since the last pause ended."),
    (LeaseError::NotPaused, "Nothing to do: new leases are open."),
    (LeaseError::TransferFee, OTHER_MINT),
    (LeaseError::MintCloseAuthority, OTHER_MINT),
    (LeaseError::ConfidentialTransfer, OTHER_MINT),
    (LeaseError::DefaultAccountState, OTHER_MINT),
    (LeaseError::NonTransferable, OTHER_MINT),
    (LeaseError::InterestBearing, OTHER_MINT),
    (LeaseError::PermanentDelegate, OTHER_MINT),
    (LeaseError::TransferHook, OTHER_MINT),
    (LeaseError::ScaledUiAmount, OTHER_MINT),
    (LeaseError::Pausable, OTHER_MINT),
    (LeaseError::UnknownExtension, OTHER_MINT),
    (LeaseError::PriceOutOfBounds, "Choose a price from 1 to 2^50 base units per GPU-hour."),
    (
        LeaseError::DurationBoundsInvalid,
        "Choose a shortest duration of at least a minute and a longest one that is no shorter and at most \
         366 days.",
    ),
    (LeaseError::NoticeOutOfBounds, "Choose a notice of at most 30 days."),
    (LeaseError::ChallengeWindowOutOfBounds, "Choose a challenge window from ten minutes to seven days."),
    (LeaseError::HeartbeatOutOfBounds, "Choose a heartbeat timeout from five minutes to seven days."),
    (
        LeaseError::SlaOutOfBounds,
        "Choose an uptime of at most 10000 bps, a penalty of at most 100000 bps and a bond of at most 720 hours.",
    ),
    (
        LeaseError::GpuCountOutOfBounds,
        "Choose from 1 to 16384 GPUs: for an offer no fewer than its running leases hold, for a lease another \
         number than it has.",
    ),
    (
        LeaseError::OfferInUse,
        "Close the offer's running leases first; until then update the offer to not open.",
    ),
    (LeaseError::OfferNotOpen, "Choose another offer, or ask the provider to open it."),
    (LeaseError::NotEnoughFreeGpus, "Ask for fewer GPUs, or choose another offer."),
    (LeaseError::UnknownTerms, "Leave the spare bytes of the terms zero, or update this client."),
    (LeaseError::OfferChanged, "Read the offer again and decide about its new terms and listing."),
    (LeaseError::DurationOutOfBounds, "Choose a duration between the offer's shortest and longest."),
    (LeaseError::DepositTooSmall, "Deposit at least the price of the offer's shortest duration."),
    (LeaseError::StartDeadlineOutOfBounds, "Choose a start deadline in the next seven days."),
    (LeaseError::StartDeadlinePassed, "Let the renter open a new lease; anyone may cancel this one now."),
    (LeaseError::NotPending, "Look at the lease: only one that has not started can be started or cancelled."),
    (LeaseError::NotActive, "Look at the lease's phase, which says who can do what next."),
    (
        LeaseError::NotClosable,
        "Wait until the lease has ended, an hour more for its last attestation, and until no claim can be \
         challenged any more.",
    ),
    (
        LeaseError::LeaseEnding,
        "Open a new lease: one that is over, or to which notice was given, can no longer be extended or resized.",
    ),
    (
        LeaseError::HeartbeatNotMissed,
        "Wait until the heartbeat timeout has passed since the last attested window, three days more if you do not act \
         for the renter; or give notice.",
    ),
    (
        LeaseError::ResizePending,
        "Wait until the earlier resize has taken effect and usage is attested since, release its GPUs, then resize again.",
    ),
    (LeaseError::ActionChanged, "Look at what the proposal says, and vote again."),
    (LeaseError::DepositAboveAgreed, "Look at the deposit, which a vote has changed, and decide again."),
    (LeaseError::FeeAboveAgreed, "Look at the fee rate, which a vote has changed, and decide again."),
    (
        LeaseError::LeaseChanged,
        "Look at the lease again: it is another than the one that was signed for, or what was shown of it is wrong.",
    ),
    (LeaseError::SignatureExpired, "Look at the figures again and sign again."),
    (LeaseError::ArbiterChanged, "Look at the arbiter in office, whom a vote has changed, and decide again."),
    (LeaseError::EndsTooEarly, "Look at when the lease ends now, and decide again whether to fund it."),
    (LeaseError::EndsTooLate, "Look at when the lease would end now, and decide again."),
    (
        LeaseError::StakeAboveAgreed,
        "Look at the claim again: a newer one may have raised the stake; then decide again.",
    ),
    (LeaseError::WindowMoved, "Look at the lease again: the provider has attested usage since."),
    (LeaseError::GpusChanged, "Look at how many GPUs the lease runs with now, and sign again."),
    (LeaseError::DurationChanged, "Look at how long the lease runs now, and sign again."),
    (LeaseError::ValueReplaced, "Look at the value that is there now, and sign again to replace it."),
    (LeaseError::FiguresChanged, "Read the dispute again and decide between its two figures."),
    (LeaseError::CreditAboveBond, "Agree on a credit of at most the bond."),
    (
        LeaseError::NotAgreed,
        "Let both the renter and the provider sign how they divide the vault; for the provider its wallet does, or its \
         operator.",
    ),
    (
        LeaseError::TopUpTooSmall,
        "Add at least what a minute of the lease's GPUs costs, or what is left of it until the end.",
    ),
    (LeaseError::AccessBlobInvalid, "Publish an access blob of 1 to 512 bytes."),
    (
        LeaseError::PrecompileMissing,
        "Put the Ed25519 instruction immediately before attest or attest_batch, as this client's builders do.",
    ),
    (
        LeaseError::PrecompileMalformed,
        "Build the Ed25519 instruction with this client, whose layout is canonical.",
    ),
    (
        LeaseError::SignerUnexpected,
        "Let only attestor, verifier and renter sign, each once; the attestor may have been rotated.",
    ),
    (LeaseError::AttestorMissing, "Let the provider's present attestor sign."),
    (LeaseError::VerifierMissing, "Let the verifier that the lease's terms name sign, too."),
    (
        LeaseError::MessageMismatch,
        "Sign a new message for this lease on this cluster; an earlier lease may have had the same address.",
    ),
    (LeaseError::AttestationRegressed, "Report cumulative figures: none may be below the last attested one."),
    (LeaseError::AttestationRepeated, "Nothing to do: the lease already knows this."),
    (LeaseError::WindowOutOfBounds, "End the window no later than now and than the end of the lease."),
    (
        LeaseError::UnitsAboveCapacity,
        "Report at most the leased GPUs times the seconds from the start to the window's end.",
    ),
    (LeaseError::AttestationTooLate, "Nothing can be attested any more; settle and close the lease."),
    (
        LeaseError::WindowBeforeRevival,
        "End the window after the top-up that made the lease run again: what passed before is not owed.",
    ),
    (
        LeaseError::BatchMalformed,
        "Sign 1 to 60 leases in a batch with this client, whose layout is canonical.",
    ),
    (
        LeaseError::BatchLeases,
        "Pass the leases that the batch was signed for, in the order of their addresses, as this client's builder does.",
    ),
    (
        LeaseError::BatchEmpty,
        "Look at the leases: each has ended, knows this already, reports too much, or needs another signature.",
    ),
    (LeaseError::AmountZero, "Choose an amount above zero."),
    (LeaseError::AmountOverflow, "Choose a smaller amount, price or number of GPUs."),
    (LeaseError::WrongMint, "Use a token account of the lease's mint."),
    (LeaseError::WrongTokenOwner, "Use a token account that the party to be paid owns."),
    (
        LeaseError::NotATokenAccount,
        "Create the token account first, and check that the address is that of a token account.",
    ),
    (LeaseError::NotAMint, "Check the address: it has to be an initialized mint of a token program."),
    (
        LeaseError::NoOpenClaim,
        "Nothing to dispute: usage that was co-signed, or whose challenge window has passed, is final.",
    ),
    (
        LeaseError::FigureOutOfBounds,
        "Name a figure between the two: at least what is accepted, and to dispute, below what is claimed.",
    ),
    (LeaseError::NotDisputed, "Look at the lease: nobody disputed it, or the dispute is over."),
    (
        LeaseError::ArbitrationOver,
        "End the dispute by its time-out: the midpoint of both figures counts now.",
    ),
    (LeaseError::ArbitrationRunning, "Wait until the arbiter's time is over, or for its decision."),
    (LeaseError::UnlockTimeOutOfBounds, "Choose a multiple of 30 days, 23 days to two years ahead."),
    (LeaseError::LockShortened, "Choose an unlock time no sooner than the lock's."),
    (LeaseError::StillLocked, "Wait until the unlock time, which the lock shows."),
    (LeaseError::LockEndsBeforeVote, "Extend the lock: it votes on proposals that are made after that."),
    (LeaseError::LockedAfterProposal, "Nothing to do for this vote; the lock votes on later proposals."),
    (
        LeaseError::NoWeight,
        "Fees weigh where some were paid in each of the three complete epochs before the proposal.",
    ),
    (LeaseError::AlreadyVoted, "Ask the owner of the lock to vote: it overrules its delegate until the end."),
    (LeaseError::VoteOver, "Look at the proposal: the vote is over, anyone may finalize it."),
    (LeaseError::VoteRunning, "Wait until the vote is over, then finalize the proposal, which shows when."),
    (LeaseError::HouseHasNoSay, "Vote with locked tokens: participants are asked only before the fee rises."),
    (LeaseError::FeeStepOutOfBounds, "Propose a fee that differs by 1 to 50 basis points from today's."),
    (LeaseError::VotingRulesOutOfBounds, "Choose rules within the bounds that the documentation lists."),
    (LeaseError::WrongAction, "Execute the proposal with this client, which knows the instruction for it."),
    (LeaseError::VotesCast, "Let the vote run: what others have voted on cannot be taken back."),
    (LeaseError::AlreadyFinalized, "Nothing to do: the proposal is decided."),
    (LeaseError::NotPassed, "Finalize the proposal first; one that failed is never executed."),
    (LeaseError::AlreadyExecuted, "Nothing to do: what the proposal says is so."),
    (LeaseError::TimelockRunning, "Wait until the timelock is over; the proposal shows when."),
    (LeaseError::ProposalExpired, "Propose it again."),
    (LeaseError::FeeMoved, "Propose again, against the fee that is in force now."),
    (
        LeaseError::QuorumOutOfReach,
        "Lock more tokens first, or for longer: all that outlast the vote could not pass a proposal.",
    ),
    (LeaseError::NobodyCanRefuse, "Propose it again when fees were paid in each of three complete epochs."),
    (LeaseError::RiseTooSoon, "Execute it 30 days after the last rise, if it has not expired by then."),
    (LeaseError::DecisionSuperseded, "Nothing to do: a newer decision is in force. Propose it again."),
    (LeaseError::NothingChanges, "Nothing to do: it is so already."),
    (LeaseError::NothingToWithdraw, "Wait until leases have paid fees in this mint."),
    (LeaseError::InvariantReleased, BUG),
    (LeaseError::InvariantMeter, BUG),
    (LeaseError::InvariantVault, BUG),
    (LeaseError::InvariantGpus, BUG),
    (LeaseError::InvariantFee, BUG),
    (LeaseError::InvariantTally, BUG),
];

const OTHER_MINT: &str = "Use another mint: one without this extension.";
const BUG: &str = "This is a bug of the program; nothing was changed. Report it with the transaction's logs.";

/// Explains an error number of the program's own, or of its framework's.
pub fn program_number(number: u32) -> Explanation {
    if let Some(known) = ERRORS.iter().find(|known| known.number == number) {
        let advice = ADVICE.iter().find(|(error, _)| *error as u32 == number).map(|(_, advice)| *advice);
        return explanation(Some(number), known.name, known.message, advice.unwrap_or(UPDATE));
    }
    let (name, what, advice) = match number {
        2000 => ("ConstraintMut", "An account that has to be writable is not", BUILD),
        2001 => ("ConstraintHasOne", "An account does not belong to another one", BUILD),
        2003 => ("ConstraintRaw", "An account breaks a constraint", BUILD),
        2005 => ("ConstraintRentExempt", "An account has not enough lamports for its rent", FUND),
        2007 => ("ConstraintExecutable", "An account that has to be a program is not", BUILD),
        2011 => ("ConstraintClose", "An account cannot be closed into itself", BUILD),
        2012 => ("ConstraintAddress", "An account is not the one that has to stand there", BUILD),
        2013 => ("ConstraintZero", "An account that has to be empty is not", BUILD),
        2019 => ("ConstraintSpace", "An account has another length than it has to have", BUILD),
        2020 => ("ConstraintAccountIsNone", "An account is missing", BUILD),
        2040 => ("ConstraintDuplicateMutableAccount", "The same account stands in two places", BUILD),
        2500..=2506 => ("RequireViolated", "A condition does not hold", BUILD),
        _ => ("UnknownError", "The program refused with a number that this client does not know", UPDATE),
    };
    explanation(Some(number), name, what, advice)
}

pub(crate) const BUILD: &str = "Build the instruction with this client, which derives its accounts.";
pub(crate) const FUND: &str = "Send SOL to the wallet that pays.";
pub(crate) const UPDATE: &str = "Update this client: program and client do not match.";

/// Explains what one of the program's rules returned off chain.
pub fn program_error(error: anchor_lang::Error) -> Explanation {
    match error {
        anchor_lang::Error::Custom(number) => program_number(number),
        other => explanation(None, &format!("{other:?}"), &other.to_string(), BUILD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_the_program_has_a_message_and_advice() {
        for ProgramError { number, name, message } in ERRORS {
            assert!(!message.is_empty(), "{name} has no message");
            let advised = ADVICE.iter().find(|(error, _)| *error as u32 == *number);
            let (error, _) = advised.unwrap_or_else(|| panic!("write advice for {name} {number}"));
            assert_eq!(format!("{error:?}"), *name);
        }
        assert_eq!(ADVICE.len(), ERRORS.len(), "an error has advice twice");
    }

    #[test]
    fn every_framework_code_is_known() {
        use anchor_lang::ErrorCode::*;
        for code in [
            ConstraintMut,
            ConstraintHasOne,
            ConstraintAddress,
            ConstraintAccountIsNone,
            ConstraintClose,
            ConstraintSpace,
            ConstraintRentExempt,
            ConstraintRaw,
            ConstraintExecutable,
            ConstraintZero,
            RequireViolated,
            RequireGteViolated,
            ConstraintDuplicateMutableAccount,
        ] {
            assert_ne!(program_error(code.into()).name, "UnknownError");
        }
        assert_eq!(program_number(1).name, "UnknownError");
    }
}
