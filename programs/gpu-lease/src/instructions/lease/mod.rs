mod attest;
mod attest_batch;
mod bond;
mod cancel_lease;
mod close_lease;
mod count_fees;
mod dispute_lease;
mod expire_lease;
mod extend_lease;
mod open_lease;
mod publish_access;
mod release_gpus;
mod resize_lease;
mod resolve_by_timeout;
mod resolve_dispute;
mod set_session_key;
mod settle;
mod start_lease;
mod terminate_lease;
mod top_up;

pub use {
    attest::*, attest_batch::*, cancel_lease::*, close_lease::*, count_fees::*, dispute_lease::*,
    expire_lease::*, extend_lease::*, open_lease::*, publish_access::*, release_gpus::*, resize_lease::*,
    resolve_by_timeout::*, resolve_dispute::*, set_session_key::*, settle::*, start_lease::*,
    terminate_lease::*, top_up::*,
};
