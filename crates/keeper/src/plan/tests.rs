//! What the plan keeps to.
