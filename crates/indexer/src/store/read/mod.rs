//! One function for each question of the API.

mod balances;
mod days;
mod governance;
mod history;
mod leases;
mod market;
mod offers;
mod progress;
mod providers;
