//! The keeper, on LiteSVM and on a local validator.
