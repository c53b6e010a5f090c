//! Whether a lease's container and its cards live, now.

use std::collections::BTreeMap;

use gpu_lease_helper::Alive;
use gpu_lease_runtime::Life;

use super::parts::{Model, Parts};

/// What lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// The container, by its helper.
    pub helper: Alive,
    /// The lease's cards.
    pub cards: Vec<ProbedCard>,
}

/// A card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbedCard {
    /// Its name for good.
    pub uuid: String,
    /// What it is, if it has told.
    pub model: Option<Model>,
    /// Whether it answers.
    pub answers: bool,
}

/// Asks the helper first, so that what is said of the cards is not older than its answer.
pub async fn probe(parts: &Parts, life: &Life, cards: Vec<String>) -> Result<Probed, String> {
    let helper = parts.tester.probe(life, parts.runtime.socket(life)).await?;
    let (read, mut models): (_, BTreeMap<_, _>) = (parts.cards.read().await, parts.cards.models());
    let card = |uuid: String| ProbedCard {
        answers: read.get(&uuid).is_some_and(|reading| reading.answers),
        model: models.remove(&uuid),
        uuid,
    };
    Ok(Probed { helper, cards: cards.into_iter().map(card).collect() })
}
