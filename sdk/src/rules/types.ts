// Written by a test of crates/client from its Rust types; do not edit.
// `cargo xtask generate types` renews it.

/** Where a lease stands. */
export type LeasePhase = 'pending' | 'running' | 'exhausted' | 'disputed' | 'ending' | 'closable';

/** Where a proposal stands. */
export type ProposalPhase = 'voting' | 'ended' | 'timelocked' | 'executable' | 'expired' | 'failed' | 'executed';

/** How a lease stands. Times are unix seconds. */
export type LeaseOutlook = {
  /** Where it stands. */
  phase: LeasePhase;
  /** What the phase means, and who can do what next. */
  words: string;
  /** GPUs that it uses now. */
  gpusInUse: number;
  /** A shrink whose notice runs. */
  resize: Resize | null;
  /** When the deposit is used up if every GPU delivers every second, never after the end; 0 before the start. */
  fundedUntil: bigint;
  /** When the deposit is used up if usage goes on as it was on average, never after the end; `null` if there was
   * none yet, or it is over. */
  usedUpAt: bigint | null;
  /** When it ends; 0 before the start. */
  endsAt: bigint;
  /** Why it ends, in words: `completed`, `renter notice`, … */
  endReason: string;
  /** Until when attestations may still land; 0 before the start. */
  graceEndsAt: bigint;
  /** When the claim matures whose challenge window runs. */
  claimMaturesAt: bigint | null;
  /** From when on the renter's side may expire it if nothing more is attested; anybody may three days later. */
  expirableFrom: bigint | null;
  /** What it delivers. */
  usage: UsageOutlook;
  /** What it costs. */
  money: MoneyOutlook;
  /** How the vault would be divided if it was closed now, with everything accepted that is claimed; in a dispute,
   * that the renter admits. */
  ifClosed: Closing;
  /** What is or was disputed. */
  dispute: DisputeFigures | null;
  /** Who can do what. */
  deeds: Array<Deed<LeaseAct>>;
};

/** A number of GPUs, and from when on. */
export type Resize = {
  /** GPUs. */
  gpus: number;
  /** Unix seconds. */
  from: bigint;
};

/** GPU-seconds since the start. */
export type UsageOutlook = {
  /** What the GPUs can have delivered so far. */
  capacity: bigint;
  /** What the SLA promises of it. */
  promised: bigint;
  /** Final. */
  accepted: bigint;
  /** Attested, `accepted` included. */
  claimed: bigint;
  /** Capacity that no deposit funded when it passed. */
  excused: bigint;
};

/** Base units. */
export type MoneyOutlook = {
  /** Paid in for the renter. */
  deposited: bigint;
  /** Released so far, fees included. */
  paid: bigint;
  /** Part of `paid` that the provider got. */
  payout: bigint;
  /** Part of `paid` that is the protocol's. */
  fees: bigint;
  /** What a settlement would release now, fees included. */
  due: bigint;
  /** Part of `due` that the provider would get. */
  duePayout: bigint;
  /** What is claimed or disputed and not final. */
  inChallenge: bigint;
  /** What the deposit gives back if nothing more is delivered than is claimed. */
  refundable: bigint;
  /** The provider's bond. */
  bond: bigint;
  /** Set aside for the arbiter by the renter's side. */
  stake: bigint;
};

/** How a vault is divided at the close, base units. */
export type Closing = {
  /** Still to the provider. */
  payout: bigint;
  /** All fees of the lease. */
  fees: bigint;
  /** Bond that returns to the provider. */
  bond: bigint;
  /** Part of the bond that goes to the payer for missing units. */
  credit: bigint;
  /** To the payer, the credit not counted. */
  refund: bigint;
};

/** What is disputed. */
export type DisputeFigures = {
  /** GPU-seconds that the renter admits. */
  renterUnits: bigint;
  /** GPU-seconds that the provider claims. */
  providerUnits: bigint;
  /** Money between the two figures, base units. */
  inDispute: bigint;
  /** Until when the arbiter may decide, unix seconds. */
  deadline: bigint;
};

/** In what capacity somebody acts on a lease or a proposal. One key can act in several. */
export type Role = 'anyone' | 'renter' | 'sessionKey' | 'payer' | 'provider' | 'operator' | 'attestor' | 'verifier' | 'arbiter' | 'both' | 'tokenHolder' | 'participant' | 'proposer' | 'voter';

/** Something that somebody can do now. */
export type Deed<A> = {
  /** Who. */
  who: Role;
  /** What. */
  act: A;
};

/** What can be done with a lease. Times are unix seconds and the last at which it is accepted, units are GPU-seconds
 * since the start, money is base units. */
export type LeaseAct =
  | { kind: 'start'; until: bigint; bond: bigint }
  | { kind: 'cancel'; refund: bigint }
  | { kind: 'topUp'; until: bigint | null }
  | { kind: 'attest'; until: bigint; windowEnd: bigint; capacity: bigint }
  | { kind: 'coSign'; until: bigint; windowEnd: bigint; capacity: bigint }
  | { kind: 'extend'; gpus: number; longest: number }
  | { kind: 'resize'; gpus: number; duration: number }
  | { kind: 'dispute'; until: bigint; accepted: bigint; claimed: bigint; stake: bigint }
  | { kind: 'terminate'; endsAt: bigint }
  | { kind: 'expire'; windowEnd: bigint }
  | { kind: 'publishAccess' }
  | { kind: 'closeTogether'; least: bigint; most: bigint; bond: bigint }
  | { kind: 'resolve'; until: bigint; renterUnits: bigint; providerUnits: bigint }
  | { kind: 'resolveByTimeout'; units: bigint }
  | { kind: 'settle'; due: bigint }
  | { kind: 'releaseGpus'; gpus: number }
  | { kind: 'close'; toProvider: bigint; toPayer: bigint };

/** What can be done with a proposal. Times are unix seconds and the last at which it is accepted. */
export type ProposalAct =
  | { kind: 'vote'; until: bigint }
  | { kind: 'cancel' }
  | { kind: 'finalize'; deposit: bigint }
  | { kind: 'execute'; until: bigint; isDecided: boolean }
  | { kind: 'withdrawFees'; until: bigint; isDecided: boolean; rest: bigint }
  | { kind: 'proposeAgain' }
  | { kind: 'reclaimRent' };

/** What a change of a lease would come to. */
export type LeaseEffect = {
  /** Why it would be refused. */
  refusal: string | null;
  /** The lease after it. */
  after: LeaseOutlook | null;
  /** Bond that the provider adds, base units. */
  bond: bigint;
};

/** What an agreement of both parties comes to. */
export type AgreedOutcome = {
  /** Why it would be refused. */
  refusal: string | null;
  /** How the vault is divided, unless it is refused. */
  closing: Closing | null;
};

/** What a renter brings about who disputes. */
export type DisputeOutcome = {
  /** Why the figure would be refused. */
  refusal: string | null;
  /** GPU-seconds that are accepted already: the lowest figure. */
  accepted: bigint;
  /** GPU-seconds that are claimed: the figure has to be below. */
  claimed: bigint;
  /** What follows, unless it is refused. */
  consequences: DisputeConsequences | null;
};

/** What follows from a dispute. Money is base units, times are unix seconds. */
export type DisputeConsequences = {
  /** Money between the two figures. */
  inDispute: bigint;
  /** What the renter's side sets aside for the arbiter. */
  stake: bigint;
  /** Until when the arbiter may decide. */
  deadline: bigint;
  /** When the lease ends by it. */
  endsAt: bigint;
  /** Until when the SLA counts. */
  promisedUntil: bigint;
  /** Whether it ends by the dispute, and not as it would have anyway. */
  isEndedByIt: boolean;
  /** The renter's figure counts. */
  best: Outcome;
  /** The provider's figure counts. */
  worst: Outcome;
  /** The arbiter does not decide: the midpoint counts. */
  undecided: Outcome;
};

/** How a dispute ends. */
export type Outcome = {
  /** GPU-seconds that count. */
  units: bigint;
  /** To the arbiter out of the stake, base units. */
  feeFromRenter: bigint;
  /** To the arbiter out of the bond, base units. */
  feeFromProvider: bigint;
  /** How the vault is divided at the close. */
  closing: Closing;
};

/** What an arbiter brings about who decides. */
export type ResolveOutcome = {
  /** Why the figure would be refused. */
  refusal: string | null;
  /** How it ends, unless it is refused. */
  outcome: Outcome | null;
};

/** What a lease on an offer would cost, base units. */
export type Quote = {
  /** Price of the whole duration, the fee included: the deposit that pays for all of it. */
  total: bigint;
  /** Fee out of `total`. */
  fee: bigint;
  /** What the provider gets of `total`. */
  payout: bigint;
  /** What is deposited: what was asked for, or `total`, and no less than the smallest deposit. */
  deposit: bigint;
  /** Smallest deposit: the price of the shortest duration. */
  minimumDeposit: bigint;
  /** How long the deposit lasts if every GPU delivers every second. */
  fundedSeconds: bigint;
  /** What the provider puts up. */
  bond: bigint;
  /** SLA credit if nothing is delivered, out of the bond. */
  credit: bigint;
  /** Why the program would refuse it now. */
  refusal: string | null;
};

/** Limits of what forms ask for, by the names of the program's constants. Durations are seconds, prices base units per
 * GPU-hour, deposits of proposals lamports, texts bytes of UTF-8. */
export type Bounds = { maxPrice: bigint, maxGpus: number, minDuration: number, maxDuration: number, maxNotice: number, minChallengeWindow: number, maxChallengeWindow: number, minHeartbeatTimeout: number, maxHeartbeatTimeout: number, maxSlaUptimeBps: number, maxSlaPenaltyBps: number, maxBondHours: number, maxStartWindow: number, attestationGrace: number, arbitrationTime: number, arbiterFeeBps: number, maxCredentials: number, gpuModelBytes: number, regionBytes: number, descriptionUriBytes: number, maxFeeBps: number, maxFeeStepBps: number, maxPause: number, pauseCooldown: number, minLock: number, maxLock: number, lockStep: number, minVotingPeriod: number, maxVotingPeriod: number, minExtension: number, maxExtension: number, minTimelock: number, maxTimelock: number, minExecutionWindow: number, maxExecutionWindow: number, minQuorumBps: number, maxQuorumBps: number, quorumOfSupplyBps: number, refusalQuorumBps: number, minProposalDeposit: bigint, maxProposalDeposit: bigint, feeEpoch: number, weightEpochs: number,
};

/** Bytes of accounts, which their rent is paid for. */
export type AccountSizes = { provider: number, offer: number, lease: number, participant: number, voteLock: number, proposal: number, voteRecord: number,
};

/** A key, and its signature of a message. */
export type Signature = {
  /** The signer. */
  publicKey: string;
  /** 64 bytes. */
  signature: Uint8Array;
};

/** What a signed attestation says. */
export type AttestationFigures = {
  /** The lease that it is about. */
  lease: string;
  /** Slot in which that lease was opened. */
  openedSlot: bigint;
  /** End of the attested window, unix seconds. */
  windowEnd: bigint;
  /** GPU-seconds delivered since the start. */
  gpuSeconds: bigint;
  /** Watt-hours used since the start. */
  energyWh: bigint;
  /** sha256 of the metering record. */
  evidence: Uint8Array;
  /** The bytes that are signed. */
  message: Uint8Array;
  /** Who signed them. */
  signatures: Array<Signature>;
};

/** Somebody who signed. */
export type Signer = {
  /** Its key. */
  address: string;
  /** As what it signs; `None` if its signature says nothing. */
  role: Role | null;
};

/** What `attest` would say to a signed attestation, and what it would come to. */
export type UsageCheck = {
  /** What it says. */
  attestation: AttestationFigures;
  /** Who signed it. */
  signers: Array<Signer>;
  /** Whether the renter signed, so that it is accepted at once. */
  isCoSigned: boolean;
  /** GPU-seconds that the GPUs can have delivered until then. */
  capacity: bigint;
  /** What the attested units are worth, base units. */
  worth: bigint;
  /** What they are worth beyond those that are accepted. */
  more: bigint;
  /** Why the program would refuse it. */
  refusal: string | null;
  /** The lease after it. */
  after: LeaseOutlook | null;
  /** Data of the Ed25519 instruction that comes immediately before `attest`. */
  precompile: Uint8Array;
};

/** What there is to say about a second of a lease.
 *
 * The first kind is the provider's: something on its side kept the renter from its cards, or it is not known whether it did,
 * and the second was not delivered. The second kind is the tenant's own doing: it was delivered. */
export type Cause = 'unobserved' | 'engine' | 'container' | 'gateway' | 'network' | 'cardSilent' | 'cardFault' | 'maintenance' | 'ended' | 'program';

/** Seconds of one cause. */
export type CauseSeconds = {
  /** Which. */
  cause: Cause;
  /** How many. */
  seconds: bigint;
  /** Whether they were delivered all the same: the tenant's doing. */
  isDelivered: boolean;
};

/** Who else says something about it. */
export type Witness = 'statement' | 'chain';

/** What is compared. */
export type Subject = 'life' | 'start' | 'attestor' | 'windowEnd' | 'units' | 'energyWh' | 'evidence';

/** One figure of the record's beside somebody else's. */
export type Comparison = {
  /** Whose. */
  with: Witness;
  /** What. */
  subject: Subject;
  /** By the file. */
  here: string;
  /** By the other. */
  there: string;
  /** Whether they agree. */
  matches: boolean;
};

/** What a record says up to the moment that was signed about, and what agrees with it. */
export type EvidenceCheck = {
  /** The lease. */
  lease: string;
  /** The slot in which it was opened. */
  openedSlot: bigint;
  /** When it was started, unix seconds. */
  start: bigint;
  /** Until when the figures count, unix seconds: the window of the statement, or else of the chain, or else all of it. */
  windowEnd: bigint;
  /** Until when the record goes. */
  until: bigint;
  /** How many rows it has. */
  rows: number;
  /** Seconds of which there is nothing to say: they were delivered. */
  plain: bigint;
  /** The other seconds. */
  causes: Array<CauseSeconds>;
  /** GPU-seconds delivered. */
  units: bigint;
  /** Watt-hours used. */
  energyWh: bigint;
  /** Head of the record. */
  evidence: Uint8Array;
  /** What was compared. */
  comparisons: Array<Comparison>;
};

/** Usage of a lease that a transaction reported. */
export type Statement = {
  /** The lease that it is about. */
  lease: string;
  /** End of the attested window, unix seconds. */
  windowEnd: bigint;
  /** GPU-seconds delivered since the start. */
  gpuSeconds: bigint;
  /** Watt-hours used since the start. */
  energyWh: bigint;
  /** Who signed it. */
  signers: string[];
  /** Whether it counts: a lease that would refuse it alone is left out of a batch. `null` if the logs were cut off
   * that say so. */
  counts: boolean | null;
};

/** Why something was refused, and what to do about it. */
export type Explanation = {
  /** The instruction that failed, for instance `settle`; `None` if the transaction failed as a whole. */
  instruction: string | null;
  /** Number of the error, if it has one. */
  number: number | null;
  /** Name of the error, for instance `NotClosable`. */
  name: string;
  /** What happened. */
  what: string;
  /** What to do. */
  advice: string;
  /** Logs of the transaction, if it ran. */
  logs: Array<string>;
};

/** How a proposal stands. Times are unix seconds. */
export type ProposalOutlook = {
  /** Where it stands. */
  phase: ProposalPhase;
  /** Whether the proposer took it back. */
  isTakenBack: boolean;
  /** What it says. */
  action: Action;
  /** How the votes stand. */
  standing: Standing;
  /** When the vote ends. */
  endsAt: bigint;
  /** When it ends at the latest. */
  latestEnd: bigint;
  /** From when on it may be executed, if it passes. */
  executableFrom: bigint;
  /** From when on it may not be executed any more. */
  expiresAt: bigint;
  /** Whether the participants can refuse it. */
  asksParticipants: boolean;
  /** Whether the fee has moved since, so that it can never be executed. */
  isVoid: boolean;
  /** What it changes for a lease, if it is about the fee. */
  example: FeeExample | null;
  /** Who can do what. */
  deeds: Array<Deed<ProposalAct>>;
};

/** How the votes stand. */
export type Standing = {
  /** The token house's votes for reach its quorum. */
  hasQuorum: boolean;
  /** The token house has more votes for than against. */
  hasMajority: boolean;
  /** The participants refuse it. */
  isRefused: boolean;
  /** All in all. */
  passes: boolean;
};

/** A lease's fee and payout before and after, base units. */
export type FeeExample = {
  /** What the renter pays, now as then. */
  gross: bigint;
  /** The protocol's before. */
  feeBefore: bigint;
  /** The protocol's after. */
  feeAfter: bigint;
  /** The provider's before. */
  payoutBefore: bigint;
  /** The provider's after. */
  payoutAfter: bigint;
};

/** What a vote weighs. */
export type Weight = {
  /** Base units. */
  weight: bigint;
  /** Why it cannot vote. */
  refusal: string | null;
};

/** What a proposal would need that is made now, base units. */
export type Quorum = {
  /** Votes for. */
  votes: bigint;
  /** Tokens whose locks outlast its vote: more votes there cannot be. */
  electorate: bigint;
};

/** How voting weight is spread over those who hold some. */
export type Concentration = {
  /** Holders with any weight. The others do not count in any figure. */
  holders: bigint;
  /** Their weight together, at most `u64::MAX`. */
  total: bigint;
  /** Share of the ten largest in basis points, rounded down. */
  topTenBps: number;
  /** Smallest number of holders who decide together: those who hold strictly more than half of the weight
   * (the Nakamoto coefficient). 0 where nobody holds any. */
  deciders: bigint;
  /** Gini coefficient in basis points, rounded down: 0 where all hold the same or nobody holds any, towards
   * 10 000 the nearer one of many comes to holding everything.
   *
   * `Σ (2i − n − 1) xᵢ / (n Σ xᵢ)` over the `n` weights in ascending order, `i` from 1 to `n` (P. M. Dixon et
   * al., 'Bootstrapping the Gini coefficient of inequality', Ecology 68, 1987, 1548–1551). Without the
   * correction for small samples: these are all holders. Exact for fewer than 33 million of them. */
  giniBps: number;
};

/** What a proposal says. Every integer is a `bigint`. */
export type Action =
  | { action: 'set_fee'; feeBps: bigint }
  | { action: 'set_treasury'; treasury: string }
  | { action: 'set_arbiter'; arbiter: string }
  | { action: 'set_guardian'; guardian: string }
  | { action: 'set_voting_rules'; rules: VotingRules }
  | { action: 'withdraw_fees'; amount: bigint; mint: string };

/** Rules of votes. Every integer is a `bigint`. */
export type VotingRules = { deposit: bigint; executionWindow: bigint; extension: bigint; quorumBps: bigint; timelock: bigint; votingPeriod: bigint };

/** Terms of an offer, in its events. Every integer is a `bigint`. */
export type OfferTerms = { bondHours: bigint; challengeWindow: bigint; heartbeatTimeout: bigint; maxDuration: bigint; minDuration: bigint; mint: string; notice: bigint; price: bigint; slaPenaltyBps: bigint; slaUptimeBps: bigint; verifier: string | null };

/** The money of a lease after an event. Every integer is a `bigint`. */
export type EventLedger = { bond: bigint; counted: bigint; deposited: bigint; fees: bigint; released: bigint; stake: bigint };

/** Something that happened. Every integer is a `bigint`. */
export type Event =
  | { event: 'AccessPublished'; accessBlobHash: string; lease: string; slot: bigint }
  | { event: 'AuthorityAccepted'; attestor: string; authority: string; operator: string | null; provider: string }
  | { event: 'AuthorityNominated'; nominee: string | null; provider: string }
  | { event: 'BatchAttested'; applied: bigint; provider: string; rows: bigint; windowEnd: bigint }
  | { event: 'BondWithdrawn'; amount: bigint; mint: string; provider: string }
  | { event: 'DelegateSet'; delegate: string | null; lock: string }
  | { event: 'DisputeResolved'; byArbiter: boolean; fromProvider: bigint; fromRenter: bigint; lease: string; ledger: EventLedger; units: bigint }
  | { event: 'FeeChanged'; fromBps: bigint; toBps: bigint }
  | { event: 'FeesCounted'; fees: bigint; lease: string; ledger: EventLedger }
  | { event: 'FeesWithdrawn'; amount: bigint; mint: string; paid: bigint; proposal: string; treasury: string }
  | { event: 'GpusReleased'; gpus: bigint; lease: string }
  | { event: 'LeaseCancelled'; lease: string; neverStarted: boolean; refund: bigint }
  | { event: 'LeaseClosed'; accepted: bigint; bond: bigint; credit: bigint; fees: bigint; lease: string; payout: bigint; promised: bigint; reason: string; refund: bigint }
  | { event: 'LeaseDisputed'; deadline: bigint; funder: string; lease: string; ledger: EventLedger; providerUnits: bigint; renterUnits: bigint; stake: bigint }
  | { event: 'LeaseExpired'; endsAt: bigint; lease: string; reason: string }
  | { event: 'LeaseExtended'; endsAt: bigint; lease: string }
  | { event: 'LeaseOpened'; arbiter: string; deposit: bigint; duration: bigint; feeBps: bigint; gpus: bigint; lease: string; life: string; mint: string; offer: string; offerHash: string; openedSlot: bigint; payer: string; price: bigint; provider: string; renter: string; startDeadline: bigint }
  | { event: 'LeaseResized'; bond: bigint; effectiveAt: bigint; gpus: bigint; lease: string; ledger: EventLedger }
  | { event: 'LeaseSettled'; accepted: bigint; fee: bigint; lease: string; ledger: EventLedger; payout: bigint }
  | { event: 'LeaseStarted'; accessBlobHash: string; bond: bigint; endsAt: bigint; lease: string; ledger: EventLedger; startedAt: bigint }
  | { event: 'LeaseTerminated'; by: string; endsAt: bigint; lease: string; reason: string }
  | { event: 'LeaseToppedUp'; amount: bigint; funder: string; lease: string; ledger: EventLedger }
  | { event: 'LeasesPaused'; until: bigint }
  | { event: 'LeasesUnpaused'; pauseAllowedFrom: bigint }
  | { event: 'LockExtended'; lock: string; unlockAt: bigint }
  | { event: 'MintRegistered'; feeVault: string; mint: string; tokenProgram: string }
  | { event: 'OfferClosed'; offer: string }
  | { event: 'OfferCreated'; gpus: bigint; id: bigint; offer: string; provider: string; terms: OfferTerms }
  | { event: 'OfferUpdated'; gpus: bigint; isOpen: boolean; offer: string; terms: OfferTerms }
  | { event: 'ParticipantCreated'; participant: string; party: string }
  | { event: 'ProposalCancelled'; proposal: string }
  | { event: 'ProposalCreated'; action: Action; endsAt: bigint; id: bigint; latestEnd: bigint; proposal: string; proposer: string; quorum: bigint; refusalQuorum: bigint }
  | { event: 'ProposalExecuted'; action: Action; proposal: string }
  | { event: 'ProposalFinalized'; executableFrom: bigint; proposal: string; state: string }
  | { event: 'ProtocolInitialized'; arbiter: string; domain: string; feeBps: bigint; guardian: string; treasury: string; unitMint: string; voteMint: string }
  | { event: 'ProviderRegistered'; attestor: string; authority: string; operator: string | null; provider: string }
  | { event: 'ProviderUpdated'; attestor: string; operator: string | null; provider: string }
  | { event: 'SessionKeySet'; lease: string; sessionKey: string | null }
  | { event: 'TokensLocked'; amount: bigint; lock: string; owner: string; total: bigint; unlockAt: bigint }
  | { event: 'TokensUnlocked'; amount: bigint; lock: string; owner: string }
  | { event: 'VoteCast'; byDelegate: boolean; endsAt: bigint; house: string; isFor: boolean; proposal: string; voter: string; votesAgainst: bigint; votesFor: bigint; weight: bigint };
