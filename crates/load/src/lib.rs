//! A market of any size, from a seed, and what the indexer makes of it.
//!
//! [`market`] makes up the history: everybody in it acts by the program's own rules, which also say what each act
//! costs. The same seed is the same history on every machine. [`record`] lets the indexer take it in, [`serve`] lets it answer,
//! and [`measure`] says how fast.

pub mod chance;
pub mod market;
pub mod measure;
pub mod people;
pub mod postgres;
pub mod record;
pub mod serve;
