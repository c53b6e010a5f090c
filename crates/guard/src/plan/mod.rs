//! What is done about a lease, decided from what was observed.

pub mod acceptance;
