//! The cluster, as a node shows it.

pub mod answer;
mod source;

pub use source::Source;
