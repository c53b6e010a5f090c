//! The page of figures.
