//! Every limit of the protocol, each with its reason. Changing one is a program upgrade.

/// Seconds in the hour that prices are quoted for.
pub const SECONDS_PER_HOUR: u64 = 3_600;

/// One whole, in basis points.
pub const BPS: u64 = 10_000;

/// Highest fee rate, in basis points of the gross. Above 5 % a market of this kind is a toll.
pub const MAX_FEE_BPS: u16 = 500;

/// Highest price, in base units per GPU-hour: a billion dollars in a six-decimals mint.
pub const MAX_PRICE: u64 = 1 << 50;

/// Most GPUs in one offer or lease: larger than any single machine room lists at once.
pub const MAX_GPUS: u32 = 16_384;

/// Shortest lease that terms may ask for or allow, in seconds. Below a minute fees outweigh the lease.
pub const MIN_DURATION: u32 = 60;

/// Longest lease, in seconds: a leap year.
pub const MAX_DURATION: u32 = 366 * 24 * 3_600;

/// Longest notice, in seconds: 30 days. A fee change waits out the longest notice, so it has to end.
pub const MAX_NOTICE: u32 = 30 * 24 * 3_600;

/// Shortest challenge window, in seconds: ten minutes let a watching script look and answer.
pub const MIN_CHALLENGE_WINDOW: u32 = 600;

/// Longest challenge window, in seconds: a week. It bounds how long a provider waits for its money.
pub const MAX_CHALLENGE_WINDOW: u32 = 7 * 24 * 3_600;

/// Shortest heartbeat timeout, in seconds: five minutes forgive one failed transaction and its retry.
pub const MIN_HEARTBEAT_TIMEOUT: u32 = 300;

/// Longest heartbeat timeout, in seconds: a week, after which silence is abandonment by any measure.
pub const MAX_HEARTBEAT_TIMEOUT: u32 = 7 * 24 * 3_600;

/// Highest SLA penalty, in basis points of the price of a missing unit: ten times its price.
pub const MAX_SLA_PENALTY_BPS: u32 = 100_000;

/// Largest bond, in hours of the whole lease's price: thirty days.
pub const MAX_BOND_HOURS: u16 = 720;

/// Longest wait for a provider to start a lease, in seconds: a week, so that a forgotten one comes back.
pub const MAX_START_WINDOW: u32 = 7 * 24 * 3_600;

/// Time after a lease's end in which its last attestation may still land, in seconds. An hour rides out
/// a congested cluster and is the longest that a close has to wait beyond the open challenge windows.
pub const ATTESTATION_GRACE: u64 = 3_600;

/// What a top-up has to pay for at least when it makes an exhausted lease run again, in seconds of all its GPUs. A
/// minute is little for a renter, and too dear for calling a provider back in jest.
pub const MIN_REVIVAL: i64 = 60;

/// How much longer than the renter's side everybody else waits before it may end the lease of a silent provider, in
/// seconds. Three days let both parties mend what they want to go on with; no rival ends it for them.
pub const EXPIRY_BY_OTHERS: u64 = 3 * 24 * 3_600;

/// How long an arbiter may take to decide a dispute, in seconds. A week lets a person look; after it the
/// midpoint counts, so that an arbiter who never answers traps nobody's money.
pub const ARBITRATION_TIME: u32 = 7 * 24 * 3_600;

/// What an arbiter is paid, in basis points of the money in dispute. A tenth pays for a look at two metering
/// records and is little enough that being right is worth a dispute.
pub const ARBITER_FEE_BPS: u32 = 1_000;

/// Least stake of a dispute, in basis points of the bond.
pub const MIN_STAKE_BPS: u16 = 100;

/// Longest access blob, in bytes. An encrypted SSH key with its address fits; the transaction holds it.
pub const MAX_ACCESS_BLOB: usize = 512;

/// Furthest step of one fee change, in basis points: a provider's margin survives a vote it slept through.
pub const MAX_FEE_STEP_BPS: u16 = 50;

/// Longest pause of new leases, in seconds: three days to mend what was found, and no longer.
pub const MAX_PAUSE: u32 = 72 * 3_600;

/// Time after a pause in which the guardian cannot pause again, in seconds. As long as the longest pause, so
/// that the market is open for at least half of the time.
pub const PAUSE_COOLDOWN: u32 = 72 * 3_600;

/// Locks end at multiples of this, in unix seconds, where the epochs of fees begin: so few ends that what is locked
/// until each of them can be kept in one account.
pub const LOCK_STEP: u32 = FEE_EPOCH;

/// Shortest lock of voting tokens, in seconds: the longest vote with all its extensions. What is locked for less
/// could not vote, and would only be in the way of those who do.
pub const MIN_LOCK: u32 = MAX_VOTING_PERIOD + MAX_EXTENSIONS * MAX_EXTENSION;

/// Longest lock of voting tokens, in seconds: two years, so that a slip of the finger locks nothing for life.
pub const MAX_LOCK: u32 = 731 * 24 * 3_600;

/// Ends of locks that are kept: more than can lie ahead at once.
pub const LOCK_ENDS: usize = 26;

/// Shortest vote, in seconds: three days are longer than a weekend.
pub const MIN_VOTING_PERIOD: u32 = 3 * 24 * 3_600;

/// Longest vote, in seconds: two weeks.
pub const MAX_VOTING_PERIOD: u32 = 14 * 24 * 3_600;

/// Shortest extension of a vote whose result turned late, in seconds: half a day reaches every time zone.
pub const MIN_EXTENSION: u32 = 12 * 3_600;

/// Longest extension of a vote, in seconds: as long as the shortest vote, so that it never begins in its past.
pub const MAX_EXTENSION: u32 = MIN_VOTING_PERIOD;

/// Extensions by which a vote may end later than it was to. Each change of its result is answered; three are enough
/// for a word, an answer and a last word, and bound the wait.
pub const MAX_EXTENSIONS: u32 = 3;

/// Shortest wait between the end of a vote and its execution, in seconds: two days to leave before it.
pub const MIN_TIMELOCK: u32 = 48 * 3_600;

/// Longest wait between the end of a vote and its execution, in seconds: the longest notice.
pub const MAX_TIMELOCK: u32 = MAX_NOTICE;

/// Shortest time in which a passed proposal may be executed, in seconds: three days survive a congested cluster.
pub const MIN_EXECUTION_WINDOW: u32 = 3 * 24 * 3_600;

/// Longest time in which a passed proposal may be executed, in seconds: a month. What nobody wanted by then is
/// voted on again.
pub const MAX_EXECUTION_WINDOW: u32 = 30 * 24 * 3_600;

/// Smallest quorum, in basis points of the locked tokens.
pub const MIN_QUORUM_BPS: u16 = 100;

/// Largest quorum, in basis points of the locked tokens. A vote that two in five cannot pass can stop all others.
pub const MAX_QUORUM_BPS: u16 = 4_000;

/// Smallest quorum all the same, in basis points of the vote mint's supply. Where next to nobody has locked
/// tokens yet, a share of those that are locked says nothing.
pub const QUORUM_OF_SUPPLY_BPS: u16 = 100;

/// Smallest turnout with which participants refuse a rise, in basis points of the fees that they paid. Low, since
/// they have other work; constant, since token holders who could raise it would vote the refusal away.
pub const REFUSAL_QUORUM_BPS: u16 = 500;

/// Shortest time between two executed rises of the fee, in seconds: 30 days. What several votes decide in a day
/// comes in steps that everybody can follow, and leave.
pub const RISE_INTERVAL: u32 = 30 * 24 * 3_600;

/// Smallest deposit for a proposal, in lamports: 0.05 SOL, which is more than the rent of any account.
pub const MIN_PROPOSAL_DEPOSIT: u64 = 50_000_000;

/// Largest deposit for a proposal, in lamports: 10 SOL. A higher one would reserve proposing to the rich.
pub const MAX_PROPOSAL_DEPOSIT: u64 = 10_000_000_000;

/// Length of the epochs in which paid fees are counted, in seconds: 30 days.
pub const FEE_EPOCH: u32 = 30 * 24 * 3_600;

/// Complete epochs before a proposal's, the smallest of which is a weight. What was paid in one of them alone weighs
/// nothing: a say takes three months, however much is paid.
pub const WEIGHT_EPOCHS: u64 = 3;

/// Epochs that are kept: those that weigh, the one in which a proposal was made, and the next, into which its
/// vote may reach.
pub const KEPT_EPOCHS: usize = 5;

/// Units of the largest lease that can exist.
const MAX_UNITS: u64 = MAX_GPUS as u64 * MAX_DURATION as u64;

// Units of any lease fit the type that counts them, with room to multiply by basis points.
const _: () = assert!(MAX_UNITS < u64::MAX / BPS);
const _: () = assert!(MIN_CHALLENGE_WINDOW < MAX_CHALLENGE_WINDOW);
const _: () = assert!(MIN_HEARTBEAT_TIMEOUT < MAX_HEARTBEAT_TIMEOUT);
const _: () = assert!(MAX_FEE_BPS as u64 <= BPS);
const _: () = assert!(ARBITER_FEE_BPS as u64 <= BPS);
const _: () = assert!(MAX_FEE_STEP_BPS <= MAX_FEE_BPS);
// A vote ends at the latest in the epoch after the one it began in: until then its weights are kept.
const _: () = assert!(MAX_VOTING_PERIOD + MAX_EXTENSIONS * MAX_EXTENSION <= FEE_EPOCH);
// Of the ends of locks, the one that a new one takes the place of has passed.
const _: () = assert!(((MAX_LOCK / LOCK_STEP) as usize) < LOCK_ENDS);
// Whenever one locks, there is an end to choose.
const _: () = assert!(MIN_LOCK + LOCK_STEP <= MAX_LOCK);
const _: () = assert!(KEPT_EPOCHS as u64 == WEIGHT_EPOCHS + 2);
const _: () = assert!(MIN_QUORUM_BPS < MAX_QUORUM_BPS && MAX_QUORUM_BPS as u64 <= BPS);
