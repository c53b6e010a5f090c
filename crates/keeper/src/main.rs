//! `gpu-lease-keeper`

fn main() {}
