//! The guard of a renter, on LiteSVM and on a local validator.
