mod register_provider;
mod update_provider;

pub use {register_provider::*, update_provider::*};
