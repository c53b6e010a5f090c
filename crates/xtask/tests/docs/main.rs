//! What the repository's texts keep to: their words, and their links.

mod links;
mod texts;
mod words;
