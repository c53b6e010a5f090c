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

/// How long an arbiter may take to decide a dispute, in seconds. A week lets a person look; after it the
/// midpoint counts, so that an arbiter who never answers traps nobody's money.
pub const ARBITRATION_TIME: u32 = 7 * 24 * 3_600;

/// What an arbiter is paid, in basis points of the money in dispute. A tenth pays for a look at two metering
/// records and is little enough that being right is worth a dispute.
pub const ARBITER_FEE_BPS: u32 = 1_000;

/// Longest access blob, in bytes. An encrypted SSH key with its address fits; the transaction holds it.
pub const MAX_ACCESS_BLOB: usize = 512;

/// Units of the largest lease that can exist.
const MAX_UNITS: u64 = MAX_GPUS as u64 * MAX_DURATION as u64;

// Units of any lease fit the type that counts them, with room to multiply by basis points.
const _: () = assert!(MAX_UNITS < u64::MAX / BPS);
const _: () = assert!(MIN_CHALLENGE_WINDOW < MAX_CHALLENGE_WINDOW);
const _: () = assert!(MIN_HEARTBEAT_TIMEOUT < MAX_HEARTBEAT_TIMEOUT);
const _: () = assert!(MAX_FEE_BPS as u64 <= BPS);
const _: () = assert!(ARBITER_FEE_BPS as u64 <= BPS);
