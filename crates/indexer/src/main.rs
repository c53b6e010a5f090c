//! `gpu-lease-indexer`

fn main() {}
