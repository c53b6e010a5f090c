//! Watches the leases of a renter.
//!
//! [`plan`] decides, from what was observed and nothing else: what is co-signed, withheld, disputed, paid for. Around it
//! stand thin shells that observe and act: [`chain`] shows the cluster, [`probe`] and [`attend`] the machines, [`journal`] keeps
//! what must not be forgotten, [`act`] sends, and [`guard`] has them all do so in turn.

pub mod act;
pub mod attend;
pub mod chain;
pub mod config;
pub mod daemon;
pub mod doctor;
pub mod figures;
pub mod guard;
pub mod journal;
pub mod keys;
pub mod life;
pub mod news;
pub mod orders;
pub mod outage;
pub mod plan;
pub mod probe;
pub mod records;
pub mod seat;
pub mod status;
pub mod way;
