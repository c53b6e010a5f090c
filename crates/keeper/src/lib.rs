//! Does for leases and proposals what anyone may do once it is due. Nobody is paid for it.
//!
//! [`plan`] decides what is done, and when, from what was observed and nothing else. [`book`] is what was observed. Around
//! them: [`node`] reads the cluster, [`keeper`] looks and acts, [`journal`] keeps what was spent.

pub mod book;
pub mod config;
pub mod daemon;
pub mod doctor;
pub mod figures;
pub mod journal;
pub mod keeper;
pub mod node;
pub mod plan;
pub mod status;
