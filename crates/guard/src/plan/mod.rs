//! What is done about a lease, decided from what was observed.
