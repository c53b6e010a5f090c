mod attest;
mod cancel_lease;
mod close_lease;
mod open_lease;
mod settle;
mod start_lease;
mod top_up;

pub use {attest::*, cancel_lease::*, close_lease::*, open_lease::*, settle::*, start_lease::*, top_up::*};
