//! What the planner decides, on leases that follow the program's own rules.

mod examples;
mod properties;
mod stage;
