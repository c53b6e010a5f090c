//! The indexer: what it reads from nodes that cannot be trusted, what it keeps, and what it answers.
