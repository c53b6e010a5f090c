// Generated from crates/rules by `cargo test --workspace --lib types_follow`; do not edit.

/** Something that somebody can do next. */
export type Step = {
  /** Who. */
  who: string;
  /** What, by the command line's name for it. */
  command: string;
  /** What for. */
  why: string;
};

export type LeasePhase = 'pending' | 'running' | 'exhausted' | 'disputed' | 'ending' | 'closable';

export type LeaseOutlook = {
  phase: LeasePhase;
  /** What the phase means, and who can do what next. */
  words: string;
  /** GPUs that it uses now. */
  gpusInUse: number;
  /** A shrink whose notice runs. */
  resize: Resize | null;
  /** When the deposit is used up if every GPU delivers every second, never after the end; 0 before the start. */
  fundedUntil: bigint;
  /** When the deposit is used up if usage goes on as it was on average; `null` if there was none yet. */
  usedUpAt: bigint | null;
  /** When it ends; 0 before the start. */
  endsAt: bigint;
  /** Why it ends, in words: `completed`, `renter notice`, … */
  endReason: string;
  /** When the time is over in which attestations may still land; 0 before the start. */
  graceEndsAt: bigint;
  /** When the claim matures whose challenge window runs. */
  claimMaturesAt: bigint | null;
  /** From when on anyone may expire it if nothing more is attested. */
  expirableFrom: bigint | null;
  usage: UsageOutlook;
  money: MoneyOutlook;
  /** How the vault would be divided if it was closed now, with everything accepted that is claimed. */
  ifClosed: Division;
  dispute: DisputeFigures | null;
  steps: Step[];
};

export type Resize = { gpus: number; from: bigint };

/** GPU-seconds, cumulative. */
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
  deposited: bigint;
  /** Released so far, fees included. */
  paid: bigint;
  /** Part of `paid` that the provider got. */
  payout: bigint;
  /** Part of `paid` that is the protocol's. */
  fees: bigint;
  /** What a settlement would release now, fees included. */
  payable: bigint;
  /** Part of `payable` that the provider would get. */
  payablePayout: bigint;
  /** What claims are worth that can still be challenged. */
  inChallenge: bigint;
  /** What the deposit gives back if nothing more is delivered than is claimed. */
  refundable: bigint;
  bond: bigint;
  stake: bigint;
};

/** Base units. */
export type Division = {
  /** Still to the provider. */
  payout: bigint;
  /** All fees of the lease. */
  fees: bigint;
  /** Bond that returns to the provider. */
  bond: bigint;
  /** Part of the bond that goes to the payer for missing units. */
  credit: bigint;
  /** To the payer, the credit included. */
  refund: bigint;
};

export type DisputeFigures = {
  /** GPU-seconds that the renter admits. */
  renterUnits: bigint;
  /** GPU-seconds that the provider claims. */
  providerUnits: bigint;
  /** Money between the two figures, base units. */
  inDispute: bigint;
  /** Until when the arbiter may decide. */
  deadline: bigint;
};

/** What a change of a lease would come to. */
export type LeaseEffect = {
  /** Why it would be refused. */
  refusal: string | null;
  /** The lease after it. */
  after: LeaseOutlook | null;
  /** Bond that the provider adds, base units. */
  bond: bigint;
};

/** How a dispute ends, base units. */
export type Outcome = {
  /** GPU-seconds that count. */
  units: bigint;
  /** To the arbiter, out of the stake. */
  feeFromRenter: bigint;
  /** To the arbiter, out of the bond. */
  feeFromProvider: bigint;
  division: Division;
};

export type DisputeOutcome = {
  refusal: string | null;
  /** Whether the provider has been silent, so that the lease is expired first. */
  isExpiredFirst: boolean;
  /** GPU-seconds that are accepted already: the lowest figure. */
  accepted: bigint;
  /** GPU-seconds that are claimed: the figure has to be below. */
  claimed: bigint;
  consequences: DisputeConsequences | null;
};

export type DisputeConsequences = {
  /** Money between the two figures, base units. */
  inDispute: bigint;
  /** What the renter's side sets aside for the arbiter, base units. */
  stake: bigint;
  /** Until when the arbiter may decide. */
  deadline: bigint;
  /** When the lease ends by it. */
  endsAt: bigint;
  /** Until when the SLA counts. */
  promisedUntil: bigint;
  /** The renter's figure counts. */
  best: Outcome;
  /** The provider's figure counts. */
  worst: Outcome;
  /** The arbiter does not decide: the midpoint counts. */
  undecided: Outcome;
};

export type ResolveOutcome = { refusal: string | null; outcome: Outcome | null };

/** What a lease on an offer would cost, base units. */
export type Quote = {
  /** Price of the whole duration, the fee included. */
  total: bigint;
  /** Fee out of `total`. */
  fee: bigint;
  /** What the provider gets of `total`. */
  payout: bigint;
  /** What is deposited. */
  deposit: bigint;
  /** Smallest deposit: the price of the shortest duration. */
  minimumDeposit: bigint;
  /** How long the deposit lasts if every GPU delivers every second. */
  fundedSeconds: bigint;
  /** What the provider puts up. */
  bond: bigint;
  /** SLA credit if nothing is delivered. */
  credit: bigint;
  /** What the renter signs: sha256 of the terms. */
  termsHash: Uint8Array;
  /** Why the program would refuse it now. */
  refusal: string | null;
};

/** Limits of what forms ask for. Durations are seconds. */
export type Bounds = {
  /** Base units per GPU-hour. */
  maxPrice: bigint;
  maxGpus: number;
  minDuration: number;
  maxDuration: number;
  maxNotice: number;
  minChallengeWindow: number;
  maxChallengeWindow: number;
  minHeartbeatTimeout: number;
  maxHeartbeatTimeout: number;
  maxSlaUptimeBps: number;
  maxSlaPenaltyBps: number;
  maxBondHours: number;
  maxStartWindow: number;
  attestationGrace: number;
  arbitrationTime: number;
  arbiterFeeBps: number;
  /** Bytes of credentials in an access blob. */
  maxCredentials: number;
  /** Bytes of texts in a listing. */
  gpuModelBytes: number;
  regionBytes: number;
  descriptionUriBytes: number;
  maxFeeBps: number;
  maxFeeStepBps: number;
  maxPause: number;
  pauseCooldown: number;
  maxLock: number;
  minVotingPeriod: number;
  maxVotingPeriod: number;
  minExtension: number;
  maxExtension: number;
  minTimelock: number;
  maxTimelock: number;
  minExecutionWindow: number;
  maxExecutionWindow: number;
  minQuorumBps: number;
  maxQuorumBps: number;
  quorumOfSupplyBps: number;
  refusalQuorumBps: number;
  /** Lamports. */
  minProposalDeposit: bigint;
  maxProposalDeposit: bigint;
  feeEpoch: number;
  weightEpochs: number;
};

/** Bytes of accounts, which their rent is paid for. */
export type AccountSizes = {
  provider: number;
  offer: number;
  lease: number;
  participant: number;
  voteLock: number;
  proposal: number;
  voteRecord: number;
};

export type Signature = { publicKey: string; signature: Uint8Array };

/** What a signed message says. */
export type Usage = {
  lease: string;
  openedSlot: bigint;
  windowEnd: bigint;
  gpuSeconds: bigint;
  energyWh: bigint;
  evidence: Uint8Array;
  /** The bytes that are signed. */
  message: Uint8Array;
  signatures: Signature[];
};

export type Signer = {
  address: string;
  /** `attestor`, `renter`, `session key`, `verifier` or `stranger`. */
  role: string;
};

export type UsageCheck = {
  usage: Usage;
  signers: Signer[];
  /** Whether the renter signed, so that it is accepted at once. */
  isCoSigned: boolean;
  /** GPU-seconds that the GPUs can have delivered until then. */
  capacity: bigint;
  /** What the stated units are worth, base units. */
  worth: bigint;
  /** What they are worth beyond those that are accepted. */
  more: bigint;
  /** Why the program would refuse it. */
  refusal: string | null;
  /** The lease after it. */
  after: LeaseOutlook | null;
  /** Data of the Ed25519 instruction that stands immediately before `attest`. */
  precompile: Uint8Array;
};

/** Why something was refused, and what to do about it. */
export type Explanation = {
  /** The instruction that failed; `null` if the transaction failed as a whole. */
  instruction: string | null;
  number: number | null;
  name: string;
  what: string;
  advice: string;
  logs: string[];
};

export type ProposalPhase = 'voting' | 'ended' | 'timelocked' | 'executable' | 'expired' | 'failed' | 'executed';

export type ProposalOutlook = {
  phase: ProposalPhase;
  /** Whether the proposer took it back. */
  isTakenBack: boolean;
  action: Action;
  standing: Standing;
  /** When the vote ends. */
  endsAt: bigint;
  /** When it ends at the latest. */
  latestEnd: bigint;
  executableFrom: bigint;
  /** From when on it may not be executed any more. */
  expiresAt: bigint;
  /** Whether fee payers can refuse it. */
  asksFeePayers: boolean;
  /** Whether the fee has moved since, so that it can never be executed. */
  isVoid: boolean;
  /** What it changes for a lease, if it is about the fee. */
  example: FeeExample | null;
  steps: Step[];
};

export type Standing = {
  hasQuorum: boolean;
  hasMajority: boolean;
  isRefused: boolean;
  passes: boolean;
};

/** Base units. */
export type FeeExample = {
  gross: bigint;
  feeBefore: bigint;
  feeAfter: bigint;
  payoutBefore: bigint;
  payoutAfter: bigint;
};

export type Weight = {
  weight: bigint;
  /** Why it cannot vote. */
  refusal: string | null;
};

export type Concentration = {
  holders: bigint;
  total: bigint;
  /** Share of the ten largest. */
  topTenBps: number;
  /** Smallest number of holders who decide together. */
  deciders: bigint;
  giniBps: number;
};

export type VotingRules = {
  deposit: bigint;
  votingPeriod: bigint;
  extension: bigint;
  timelock: bigint;
  executionWindow: bigint;
  quorumBps: bigint;
};

export type Action =
  | { action: 'set_fee'; feeBps: bigint }
  | { action: 'set_treasury'; treasury: string }
  | { action: 'set_arbiter'; arbiter: string }
  | { action: 'set_guardian'; guardian: string }
  | { action: 'set_voting_rules'; rules: VotingRules }
  | { action: 'withdraw_fees'; mint: string; amount: bigint };

/** Something that happened. Every integer is a `bigint`. */
export type Event =
  | { event: 'ProtocolInitialized'; domain: string; voteMint: string; unitMint: string; guardian: string; arbiter: string; treasury: string; feeBps: bigint }
  | { event: 'MintRegistered'; mint: string; feeVault: string; tokenProgram: string }
  | { event: 'ProviderRegistered'; provider: string; authority: string; attestor: string }
  | { event: 'ProviderUpdated'; provider: string; attestor: string }
  | { event: 'AuthorityNominated'; provider: string; nominee: string | null }
  | { event: 'AuthorityAccepted'; provider: string; authority: string }
  | { event: 'OfferCreated'; offer: string; provider: string; id: bigint; gpus: bigint; terms: OfferTerms }
  | { event: 'OfferUpdated'; offer: string; gpus: bigint; isOpen: boolean; terms: OfferTerms }
  | { event: 'OfferClosed'; offer: string }
  | { event: 'LeaseOpened'; lease: string; renter: string; payer: string; offer: string; provider: string; mint: string; deposit: bigint; price: bigint; openedSlot: bigint; startDeadline: bigint; duration: bigint; gpus: bigint; feeBps: bigint }
  | { event: 'LeaseCancelled'; lease: string; refund: bigint; neverStarted: boolean }
  | { event: 'LeaseStarted'; lease: string; accessBlobHash: string; bond: bigint; startedAt: bigint; endsAt: bigint }
  | { event: 'LeaseToppedUp'; lease: string; funder: string; amount: bigint; deposited: bigint }
  | { event: 'LeaseExtended'; lease: string; endsAt: bigint }
  | { event: 'LeaseResized'; lease: string; gpus: bigint; effectiveAt: bigint; bond: bigint }
  | { event: 'GpusReleased'; lease: string; gpus: bigint; bond: bigint }
  | { event: 'SessionKeySet'; lease: string; sessionKey: string | null }
  | { event: 'LeaseTerminated'; lease: string; by: string; endsAt: bigint; reason: string }
  | { event: 'LeaseExpired'; lease: string; endsAt: bigint; reason: string }
  | { event: 'LeaseDisputed'; lease: string; funder: string; renterUnits: bigint; providerUnits: bigint; stake: bigint; deadline: bigint }
  | { event: 'DisputeResolved'; lease: string; units: bigint; fromRenter: bigint; fromProvider: bigint; byArbiter: boolean }
  | { event: 'LeaseSettled'; lease: string; accepted: bigint; released: bigint; payout: bigint; fee: bigint }
  | { event: 'LeaseClosed'; lease: string; accepted: bigint; promised: bigint; payout: bigint; fees: bigint; bond: bigint; credit: bigint; refund: bigint; reason: string }
  | { event: 'ParticipantCreated'; participant: string; party: string }
  | { event: 'TokensLocked'; lock: string; owner: string; amount: bigint; total: bigint; unlockAt: bigint }
  | { event: 'LockExtended'; lock: string; unlockAt: bigint }
  | { event: 'DelegateSet'; lock: string; delegate: string | null }
  | { event: 'TokensUnlocked'; lock: string; owner: string; amount: bigint }
  | { event: 'ProposalCreated'; proposal: string; proposer: string; action: Action; id: bigint; endsAt: bigint; quorum: bigint; refusalQuorum: bigint }
  | { event: 'VoteCast'; proposal: string; voter: string; house: string; isFor: boolean; weight: bigint; byDelegate: boolean; endsAt: bigint }
  | { event: 'ProposalFinalized'; proposal: string; state: string; executableFrom: bigint }
  | { event: 'ProposalCancelled'; proposal: string }
  | { event: 'ProposalExecuted'; proposal: string; action: Action }
  | { event: 'FeeChanged'; fromBps: bigint; toBps: bigint }
  | { event: 'FeesWithdrawn'; proposal: string; mint: string; treasury: string; amount: bigint }
  | { event: 'LeasesPaused'; until: bigint }
  | { event: 'LeasesUnpaused'; pauseAllowedFrom: bigint };

export type OfferTerms = { price: bigint; mint: string; minDuration: bigint; maxDuration: bigint; notice: bigint; challengeWindow: bigint; heartbeatTimeout: bigint; slaUptimeBps: bigint; slaPenaltyBps: bigint; bondHours: bigint; verifier: string | null };
