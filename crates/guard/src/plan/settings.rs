//! What a renter wants of its guard.

use std::collections::BTreeMap;

use solana_address::Address;

/// How far it goes by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It does what is to be done.
    #[default]
    Act,
    /// It co-signs and tidies up. Before it disputes, pays or ends a lease it asks.
    Ask,
    /// It signs nothing and sends nothing: it only tells.
    Alert,
}

/// Which of two guards it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// That which does everything.
    #[default]
    Main,
    /// That which only disputes, if the other one has not.
    Standby,
}

/// How it keeps deposits from being used up. Seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funding {
    /// Below so much runway a lease is topped up.
    pub below: u32,
    /// To so much.
    pub up_to: u32,
}

/// What it may spend on leases of one mint, base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MintBudget {
    pub stakes_a_day: u64,
    pub stakes_in_all: u64,
    pub top_ups_a_day: u64,
    pub top_ups_in_all: u64,
}

/// What it may spend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    /// Lamports a day. What is no dispute leaves half of them alone.
    pub lamports_a_day: u64,
    /// By mint. Of one that is not named nothing is spent.
    pub mints: BTreeMap<Address, MintBudget>,
}

/// What a renter wants of its guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub mode: Mode,
    pub part: Part,
    /// Seconds: times the lease's GPUs, so many GPU-seconds above the bound may mature.
    pub loss_limit: u32,
    /// Whether it disputes as soon as it is sure, and does not wait for the machine to be back or half the window to pass.
    pub at_once: bool,
    /// `None`: it only warns.
    pub funding: Option<Funding>,
    /// Runways of which it warns once each, seconds.
    pub warn_below: Vec<u32>,
    pub budgets: Budgets,
}

/// Ten minutes.
pub const LOSS_LIMIT: u32 = 600;

const HOUR: u32 = 3_600;

impl Default for Funding {
    fn default() -> Self {
        Self { below: 24 * HOUR, up_to: 48 * HOUR }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::Act,
            part: Part::Main,
            loss_limit: LOSS_LIMIT,
            at_once: false,
            funding: Some(Funding::default()),
            warn_below: vec![24 * HOUR, 6 * HOUR, HOUR],
            budgets: Budgets::default(),
        }
    }
}
