//! The instructions, events and errors of the program, as its IDL lists them. `cargo xtask generate client` writes this
//! file; do not edit it.

/// Hands a macro every instruction: its name in Rust and on chain, its arguments, its accounts in their order.
macro_rules! instructions {
    ($to:ident) => {
        $to! {
            AcceptAuthority "accept_authority"
                (valid_until: i64, keys: HotKeys)
                [nominee, provider, participant]
            Attest "attest"
                ()
                [lease, provider, instructions]
            AttestBatch "attest_batch"
                ()
                [provider, instructions]
            CancelLease "cancel_lease"
                (seen: Seen)
                [canceller, lease, vault, refund_token, payer, token_program]
            CancelProposal "cancel_proposal"
                ()
                [proposer, proposal]
            CastParticipantVote "cast_participant_vote"
                (valid_until: i64, action_hash: [u8; 32], is_for: bool)
                [voter, proposal, participant, record, system_program]
            CastVote "cast_vote"
                (valid_until: i64, action_hash: [u8; 32], is_for: bool)
                [voter, proposal, lock, record, system_program]
            CloseLease "close_lease"
                (agreed: Option<Agreed>)
                [renter, authority, lease, offer, provider, protocol, renter_participant,
                 provider_participant, mint_policy, vault, fee_vault, payout_token, bond_token, refund_token,
                 payer, token_program]
            CloseOffer "close_offer"
                ()
                [authority, provider, offer]
            CloseVoteRecord "close_vote_record"
                ()
                [record, proposal, rent_payer]
            CountFees "count_fees"
                ()
                [lease, protocol, renter_participant, provider_participant, mint_policy]
            CreateOffer "create_offer"
                (id: u64, gpus: u32, terms: Terms, listing: Listing)
                [authority, provider, offer, mint_policy, system_program]
            CreateParticipant "create_participant"
                ()
                [party, rent_payer, participant, system_program]
            CreateProposal "create_proposal"
                (valid_until: i64, max_deposit: u64, action: Action)
                [proposer, governance, proposal, protocol, fee_params, mint_policy, vote_mint, system_program]
            DisputeLease "dispute_lease"
                (seen: Seen, units: u64, max_stake: u64)
                [renter, funder, lease, provider, vault, funder_token, token_program]
            ExecuteProposal "execute_proposal"
                ()
                [proposal, protocol, governance, fee_params]
            ExpireLease "expire_lease"
                (seen: Seen, window_end: i64)
                [caller, lease, provider]
            ExtendLease "extend_lease"
                (seen: Seen, gpus: u32, duration: u32)
                [renter, lease]
            ExtendLock "extend_lock"
                (unlock_at: i64)
                [owner, lock, governance]
            FinalizeProposal "finalize_proposal"
                ()
                [proposal, proposer]
            Initialize "initialize"
                (config: ProtocolConfig)
                [authority, protocol, governance, fee_params, program_data, system_program]
            LockTokens "lock_tokens"
                (amount: u64, unlock_at: i64)
                [owner, lock, governance, protocol, vault, owner_token, vote_mint, token_program,
                 system_program]
            NominateAuthority "nominate_authority"
                (valid_until: i64, replaced: Address, nominee: Address)
                [authority, provider]
            OpenLease "open_lease"
                (request: LeaseRequest)
                [renter, payer, lease, offer, fee_params, protocol, participant, vault, payer_token, mint,
                 token_program, system_program]
            Pause "pause"
                (valid_until: i64, duration: u32)
                [guardian, protocol]
            PublishAccess "publish_access"
                (seen: Seen, replaced: [u8; 32], access_blob: Vec<u8>)
                [authority, lease, provider]
            RegisterMint "register_mint"
                ()
                [rent_payer, mint_policy, fee_vault, mint, token_program, system_program]
            RegisterProvider "register_provider"
                (keys: HotKeys)
                [authority, provider, participant, system_program]
            ReleaseGpus "release_gpus"
                ()
                [lease, offer]
            ResizeLease "resize_lease"
                (seen: Seen, change: Resize)
                [renter, authority, lease, offer, provider, vault, bond_token, token_program]
            ResolveByTimeout "resolve_by_timeout"
                ()
                [lease]
            ResolveDispute "resolve_dispute"
                (seen: Seen, renter_units: u64, provider_units: u64, units: u64)
                [arbiter, lease, provider, vault, arbiter_token, token_program]
            SetDelegate "set_delegate"
                (valid_until: i64, replaced: Address, delegate: Address)
                [owner, lock]
            SetSessionKey "set_session_key"
                (seen: Seen, replaced: Address, session_key: Address)
                [renter, lease]
            Settle "settle"
                ()
                [lease, provider, vault, payout_token, token_program]
            StartLease "start_lease"
                (seen: Seen, access_blob: Vec<u8>)
                [authority, lease, offer, provider, vault, bond_token, token_program]
            TerminateLease "terminate_lease"
                (seen: Seen, max_ends_at: i64)
                [party, lease, provider]
            TopUp "top_up"
                (seen: Seen, amount: u64, min_ends_at: i64)
                [funder, lease, vault, funder_token, token_program]
            UnlockTokens "unlock_tokens"
                ()
                [owner, lock, vault, owner_token, token_program]
            Unpause "unpause"
                (replaced: i64)
                [guardian, protocol]
            UpdateOffer "update_offer"
                (valid_until: i64, revision: u32, gpus: u32, is_open: bool, terms: Terms, listing: Listing)
                [authority, provider, offer, mint_policy]
            UpdateProvider "update_provider"
                (valid_until: i64, replaced: HotKeys, keys: HotKeys)
                [authority, provider]
            WithdrawBond "withdraw_bond"
                (valid_until: i64, amount: u64)
                [authority, provider, bond_account, destination, token_program]
            WithdrawFees "withdraw_fees"
                ()
                [proposal, fee_params, mint_policy, fee_vault, treasury_token, token_program]
        }
    };
}
pub(crate) use instructions;

/// Hands a macro every event with its fields.
macro_rules! events {
    ($to:ident) => {
        $to! {
            AccessPublished
                {lease, access_blob_hash, slot}
            AuthorityAccepted
                {provider, authority, attestor, operator}
            AuthorityNominated
                {provider, nominee}
            BatchAttested
                {provider, window_end, rows, applied}
            BondWithdrawn
                {provider, mint, amount}
            DelegateSet
                {lock, delegate}
            DisputeResolved
                {lease, units, from_renter, from_provider, by_arbiter, ledger}
            FeeChanged
                {from_bps, to_bps}
            FeesCounted
                {lease, fees, ledger}
            FeesWithdrawn
                {proposal, mint, treasury, amount, paid}
            GpusReleased
                {lease, gpus}
            LeaseCancelled
                {lease, refund, never_started}
            LeaseClosed
                {lease, accepted, promised, payout, fees, bond, credit, refund, reason}
            LeaseDisputed
                {lease, funder, renter_units, provider_units, stake, deadline, ledger}
            LeaseExpired
                {lease, ends_at, reason}
            LeaseExtended
                {lease, ends_at}
            LeaseOpened
                {lease, renter, payer, offer, provider, arbiter, mint, life, offer_hash, deposit, price,
                 opened_slot, start_deadline, duration, gpus, fee_bps}
            LeaseResized
                {lease, gpus, effective_at, bond, ledger}
            LeaseSettled
                {lease, accepted, payout, fee, ledger}
            LeaseStarted
                {lease, access_blob_hash, bond, started_at, ends_at, ledger}
            LeaseTerminated
                {lease, by, ends_at, reason}
            LeaseToppedUp
                {lease, funder, amount, ledger}
            LeasesPaused
                {until}
            LeasesUnpaused
                {pause_allowed_from}
            LockExtended
                {lock, unlock_at}
            MintRegistered
                {mint, fee_vault, token_program}
            OfferClosed
                {offer}
            OfferCreated
                {offer, provider, id, gpus, terms}
            OfferUpdated
                {offer, gpus, is_open, terms}
            ParticipantCreated
                {participant, party}
            ProposalCancelled
                {proposal}
            ProposalCreated
                {proposal, proposer, action, id, ends_at, latest_end, quorum, refusal_quorum}
            ProposalExecuted
                {proposal, action}
            ProposalFinalized
                {proposal, state, executable_from}
            ProtocolInitialized
                {domain, vote_mint, unit_mint, guardian, arbiter, treasury, fee_bps}
            ProviderRegistered
                {provider, authority, attestor, operator}
            ProviderUpdated
                {provider, attestor, operator}
            SessionKeySet
                {lease, session_key}
            TokensLocked
                {lock, owner, amount, total, unlock_at}
            TokensUnlocked
                {lock, owner, amount}
            VoteCast
                {proposal, voter, house, is_for, weight, by_delegate, votes_for, votes_against, ends_at}
        }
    };
}
pub(crate) use events;

/// An error of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramError {
    /// Its number.
    pub number: u32,
    /// Its name, for instance `NotClosable`.
    pub name: &'static str,
    /// What happened.
    pub message: &'static str,
}

/// The program's own errors, by their numbers.
#[rustfmt::skip]
pub const ERRORS: &[ProgramError] = &[
    ProgramError { number: 6000, name: "NotUpgradeAuthority", message: "Only the program's upgrade authority may initialize the protocol" },
    ProgramError { number: 6001, name: "WrongProgramData", message: "The program data account does not belong to this program" },
    ProgramError { number: 6002, name: "NotProviderAuthority", message: "Only the provider's authority may do this" },
    ProgramError { number: 6003, name: "NotRenter", message: "Only the lease's renter may do this" },
    ProgramError { number: 6004, name: "WrongAccount", message: "An account does not belong with the others: it is another lease's, offer's, provider's or mint's" },
    ProgramError { number: 6005, name: "NotNominated", message: "Only the nominated authority may accept" },
    ProgramError { number: 6006, name: "NotParty", message: "Only the lease's renter or provider may do this" },
    ProgramError { number: 6007, name: "NotArbiter", message: "Only the arbiter that the lease names may do this" },
    ProgramError { number: 6008, name: "NotGuardian", message: "Only the guardian may do this" },
    ProgramError { number: 6009, name: "NotLockOwner", message: "Only the owner of the lock may do this" },
    ProgramError { number: 6010, name: "NotVoter", message: "Only the owner of the lock or its delegate may vote with it" },
    ProgramError { number: 6011, name: "NotParticipant", message: "Only the participant itself may vote with its fees" },
    ProgramError { number: 6012, name: "NotProposer", message: "Only the proposer may cancel" },
    ProgramError { number: 6013, name: "NotProviderOperator", message: "Only the provider's authority or its operator may do this" },
    ProgramError { number: 6014, name: "OperatorMayNot", message: "The provider's operator may not do this: its authority has to sign" },
    ProgramError { number: 6015, name: "NotTheBondAccount", message: "The operator can take bonds out of the provider's bond account only" },
    ProgramError { number: 6100, name: "FeeAboveMaximum", message: "The fee rate is above 500 basis points" },
    ProgramError { number: 6102, name: "Paused", message: "New leases are paused; running leases are not affected" },
    ProgramError { number: 6103, name: "WrongTokenProgram", message: "The mint belongs to another token program" },
    ProgramError { number: 6104, name: "AddressMissing", message: "A required address is empty" },
    ProgramError { number: 6105, name: "PauseOutOfBounds", message: "A pause lasts for at most 72 hours" },
    ProgramError { number: 6106, name: "PauseTooSoon", message: "A pause is running, or ended less than 72 hours ago" },
    ProgramError { number: 6107, name: "NotPaused", message: "New leases are not paused" },
    ProgramError { number: 6110, name: "TransferFee", message: "The mint has a transfer fee: it takes a part of every transfer" },
    ProgramError { number: 6111, name: "MintCloseAuthority", message: "The mint has a close authority: it could be replaced by another mint at its address" },
    ProgramError { number: 6112, name: "ConfidentialTransfer", message: "The mint has confidential transfers: it hides amounts that the program has to know" },
    ProgramError { number: 6113, name: "DefaultAccountState", message: "The mint has a default account state: it can make every new account a frozen one" },
    ProgramError { number: 6114, name: "NonTransferable", message: "The mint has non-transferable tokens: it cannot be paid with" },
    ProgramError { number: 6115, name: "InterestBearing", message: "The mint has interest: it shows amounts other than those that are moved" },
    ProgramError { number: 6116, name: "PermanentDelegate", message: "The mint has a permanent delegate: it can be taken out of any vault" },
    ProgramError { number: 6117, name: "TransferHook", message: "The mint has a transfer hook: it runs another program in every transfer, which could refuse it" },
    ProgramError { number: 6118, name: "ScaledUiAmount", message: "The mint has scaled amounts: it shows amounts other than those that are moved" },
    ProgramError { number: 6119, name: "Pausable", message: "The mint has a pause: it can be stopped for everybody" },
    ProgramError { number: 6120, name: "UnknownExtension", message: "The mint has an extension that is not known to be safe: it may do anything" },
    ProgramError { number: 6200, name: "PriceOutOfBounds", message: "The price per GPU-hour is out of bounds" },
    ProgramError { number: 6201, name: "DurationBoundsInvalid", message: "The shortest or longest duration is out of bounds" },
    ProgramError { number: 6202, name: "NoticeOutOfBounds", message: "The notice is longer than 30 days" },
    ProgramError { number: 6203, name: "ChallengeWindowOutOfBounds", message: "The challenge window is out of bounds" },
    ProgramError { number: 6204, name: "HeartbeatOutOfBounds", message: "The heartbeat timeout is out of bounds" },
    ProgramError { number: 6205, name: "SlaOutOfBounds", message: "The SLA's uptime, penalty or bond is out of bounds" },
    ProgramError { number: 6206, name: "GpuCountOutOfBounds", message: "The number of GPUs is out of bounds or below what is leased" },
    ProgramError { number: 6207, name: "OfferInUse", message: "The offer has leases that are not closed" },
    ProgramError { number: 6208, name: "OfferNotOpen", message: "The offer is not open for new leases" },
    ProgramError { number: 6209, name: "NotEnoughFreeGpus", message: "The offer does not have enough free GPUs" },
    ProgramError { number: 6210, name: "UnknownTerms", message: "Unknown terms: spare bytes must be zero" },
    ProgramError { number: 6300, name: "OfferChanged", message: "The offer's terms or listing changed since the renter signed" },
    ProgramError { number: 6301, name: "DurationOutOfBounds", message: "The duration is outside the offer's bounds" },
    ProgramError { number: 6302, name: "DepositTooSmall", message: "The deposit is below the price of the shortest duration" },
    ProgramError { number: 6303, name: "StartDeadlineOutOfBounds", message: "The start deadline is out of bounds" },
    ProgramError { number: 6304, name: "StartDeadlinePassed", message: "The start deadline has passed" },
    ProgramError { number: 6305, name: "NotPending", message: "The lease has already started" },
    ProgramError { number: 6306, name: "NotActive", message: "The lease is not in a state that allows this" },
    ProgramError { number: 6307, name: "NotClosable", message: "The lease cannot be closed yet" },
    ProgramError { number: 6308, name: "AccessBlobInvalid", message: "The access blob is empty or longer than 512 bytes" },
    ProgramError { number: 6309, name: "LeaseEnding", message: "The lease is over or notice was given" },
    ProgramError { number: 6310, name: "HeartbeatNotMissed", message: "The provider has not been silent for longer than the heartbeat timeout; for others than the renter's side, three days longer" },
    ProgramError { number: 6311, name: "ResizePending", message: "An earlier resize has yet to take effect, to be attested, or its GPUs to be released; or a top-up to be attested" },
    ProgramError { number: 6312, name: "FeeAboveAgreed", message: "The fee rate has risen above what the renter agreed to" },
    ProgramError { number: 6320, name: "LeaseChanged", message: "This is not the lease that was signed for; look at it and sign again" },
    ProgramError { number: 6321, name: "SignatureExpired", message: "The signature has expired; sign again" },
    ProgramError { number: 6322, name: "ArbiterChanged", message: "The arbiter in office is not the one that the renter agreed to" },
    ProgramError { number: 6323, name: "EndsTooEarly", message: "The lease ends earlier than the funder accepts" },
    ProgramError { number: 6324, name: "EndsTooLate", message: "The lease would end later than the signer accepts" },
    ProgramError { number: 6325, name: "StakeAboveAgreed", message: "The stake is higher than was agreed to" },
    ProgramError { number: 6326, name: "WindowMoved", message: "Usage has been attested since; the last attested window is a later one" },
    ProgramError { number: 6327, name: "GpusChanged", message: "The lease runs with a different number of GPUs than was signed for" },
    ProgramError { number: 6328, name: "DurationChanged", message: "The lease runs for a different duration than was signed for" },
    ProgramError { number: 6329, name: "ValueReplaced", message: "The value to be replaced has changed since it was signed for" },
    ProgramError { number: 6330, name: "FiguresChanged", message: "The figures of the dispute are not those that the arbiter saw" },
    ProgramError { number: 6331, name: "ActionChanged", message: "The proposal is not about the action that the voter signed for" },
    ProgramError { number: 6332, name: "CreditAboveBond", message: "The agreed credit is above the bond" },
    ProgramError { number: 6333, name: "NotAgreed", message: "Both parties have to sign how they divide the vault" },
    ProgramError { number: 6334, name: "DepositAboveAgreed", message: "The deposit has risen above what the proposer agreed to" },
    ProgramError { number: 6335, name: "TopUpTooSmall", message: "A top-up that makes an exhausted lease run again must pay for a minute at least, or up to the end" },
    ProgramError { number: 6400, name: "PrecompileMissing", message: "The instruction before attest must be the Ed25519 program's" },
    ProgramError { number: 6401, name: "PrecompileMalformed", message: "The Ed25519 instruction does not have the canonical layout" },
    ProgramError { number: 6402, name: "SignerUnexpected", message: "A signer has no role in this lease or signed twice" },
    ProgramError { number: 6403, name: "AttestorMissing", message: "The provider's attestor must sign" },
    ProgramError { number: 6404, name: "VerifierMissing", message: "The verifier that the terms name must sign" },
    ProgramError { number: 6405, name: "MessageMismatch", message: "The attestation is not about this lease" },
    ProgramError { number: 6406, name: "AttestationRegressed", message: "The attestation goes back to before an earlier one" },
    ProgramError { number: 6407, name: "AttestationRepeated", message: "The attestation says nothing new" },
    ProgramError { number: 6408, name: "WindowOutOfBounds", message: "The attested window ends in the future or after the lease" },
    ProgramError { number: 6409, name: "UnitsAboveCapacity", message: "More GPU-seconds than the leased GPUs can have delivered" },
    ProgramError { number: 6410, name: "AttestationTooLate", message: "The grace period for attestations is over" },
    ProgramError { number: 6411, name: "WindowBeforeRevival", message: "The window has to end after the top-up that made the lease run again" },
    ProgramError { number: 6412, name: "BatchMalformed", message: "What was signed is not a batch in the canonical layout, of 1 to 60 rows" },
    ProgramError { number: 6413, name: "BatchLeases", message: "The leases are not those of the batch, each once, in the order of their addresses" },
    ProgramError { number: 6414, name: "BatchEmpty", message: "No row of the batch could be applied" },
    ProgramError { number: 6500, name: "AmountZero", message: "The amount must be positive" },
    ProgramError { number: 6501, name: "AmountOverflow", message: "The amount does not fit 64 bits" },
    ProgramError { number: 6502, name: "WrongMint", message: "The token account holds another mint" },
    ProgramError { number: 6503, name: "WrongTokenOwner", message: "The token account is not owned by the party that is to be paid" },
    ProgramError { number: 6504, name: "NotATokenAccount", message: "This is not a token account" },
    ProgramError { number: 6505, name: "NotAMint", message: "This is not a mint" },
    ProgramError { number: 6600, name: "NoOpenClaim", message: "No claim is open that could be disputed" },
    ProgramError { number: 6601, name: "FigureOutOfBounds", message: "The figure is not between the accepted and the claimed units" },
    ProgramError { number: 6602, name: "NotDisputed", message: "The lease is not disputed" },
    ProgramError { number: 6603, name: "ArbitrationOver", message: "The arbiter's time is over; the midpoint counts" },
    ProgramError { number: 6604, name: "ArbitrationRunning", message: "The arbiter may still decide" },
    ProgramError { number: 6700, name: "UnlockTimeOutOfBounds", message: "A lock ends at a multiple of 30 days, 23 days to two years ahead" },
    ProgramError { number: 6701, name: "LockShortened", message: "A lock can only become longer" },
    ProgramError { number: 6702, name: "StillLocked", message: "The tokens are still locked" },
    ProgramError { number: 6703, name: "LockEndsBeforeVote", message: "The lock does not outlast the vote and its possible extensions" },
    ProgramError { number: 6704, name: "LockedAfterProposal", message: "Tokens vote only if they were locked, for long enough, in a slot before the proposal's" },
    ProgramError { number: 6705, name: "NoWeight", message: "There is no weight to vote with" },
    ProgramError { number: 6706, name: "AlreadyVoted", message: "A vote was cast already; only the owner of the lock may change it" },
    ProgramError { number: 6707, name: "VoteOver", message: "The vote is over" },
    ProgramError { number: 6708, name: "VoteRunning", message: "The vote is still running, or the proposal is not finalized" },
    ProgramError { number: 6709, name: "HouseHasNoSay", message: "Participants have a say only where the fee would rise" },
    ProgramError { number: 6800, name: "FeeStepOutOfBounds", message: "One vote changes the fee by 1 to 50 basis points" },
    ProgramError { number: 6801, name: "VotingRulesOutOfBounds", message: "A voting rule is out of bounds" },
    ProgramError { number: 6802, name: "WrongAction", message: "Fees are withdrawn by withdraw_fees, everything else is executed by execute_proposal" },
    ProgramError { number: 6803, name: "VotesCast", message: "Votes were cast; the proposal can no longer be cancelled" },
    ProgramError { number: 6804, name: "AlreadyFinalized", message: "The proposal has already been decided" },
    ProgramError { number: 6805, name: "NotPassed", message: "The proposal has not passed or is not finalized" },
    ProgramError { number: 6806, name: "AlreadyExecuted", message: "The proposal has already been executed" },
    ProgramError { number: 6807, name: "TimelockRunning", message: "The timelock is not over" },
    ProgramError { number: 6808, name: "ProposalExpired", message: "The time to execute the proposal is over" },
    ProgramError { number: 6809, name: "FeeMoved", message: "The fee has changed since the proposal was made; propose again" },
    ProgramError { number: 6810, name: "QuorumOutOfReach", message: "Fewer tokens are locked beyond the vote than a proposal needs to pass" },
    ProgramError { number: 6811, name: "NobodyCanRefuse", message: "The fee does not rise before fees were paid in each of three epochs, so that those who pay can refuse" },
    ProgramError { number: 6812, name: "RiseTooSoon", message: "The fee rose less than 30 days ago" },
    ProgramError { number: 6813, name: "DecisionSuperseded", message: "A newer decision of this kind was executed" },
    ProgramError { number: 6814, name: "NothingChanges", message: "What is proposed is already in force" },
    ProgramError { number: 6815, name: "NothingToWithdraw", message: "There is nothing to withdraw yet" },
    ProgramError { number: 6901, name: "InvariantReleased", message: "INV-1: more released than accepted or deposited" },
    ProgramError { number: 6902, name: "InvariantMeter", message: "INV-2: the meter is out of order" },
    ProgramError { number: 6903, name: "InvariantVault", message: "INV-3: the vault holds less than it owes" },
    ProgramError { number: 6905, name: "InvariantGpus", message: "INV-5: more free GPUs than offered" },
    ProgramError { number: 6907, name: "InvariantFee", message: "INV-7: the fee is above its bound" },
    ProgramError { number: 6908, name: "InvariantTally", message: "INV-8: more votes than there is weight" },
];
