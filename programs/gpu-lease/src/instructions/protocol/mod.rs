mod initialize;
mod register_mint;

pub use {initialize::*, register_mint::*};
