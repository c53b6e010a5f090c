//! The cluster, as a node shows it.

pub mod answer;
