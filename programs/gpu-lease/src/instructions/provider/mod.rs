mod accept_authority;
mod nominate_authority;
mod register_provider;
mod update_provider;
mod withdraw_bond;

pub use {
    accept_authority::*, nominate_authority::*, register_provider::*, update_provider::*, withdraw_bond::*,
};
