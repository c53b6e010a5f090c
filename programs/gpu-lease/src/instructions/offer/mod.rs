mod close_offer;
mod create_offer;
mod update_offer;

pub use {close_offer::*, create_offer::*, update_offer::*};
