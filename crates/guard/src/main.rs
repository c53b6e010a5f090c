//! `gpu-lease-guard`

fn main() {}
