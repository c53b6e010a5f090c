//! The routes, by what they are about.

pub mod about;
pub mod events;
pub mod governance;
pub mod leases;
pub mod market;
pub mod offers;
pub mod providers;
pub mod wallets;

use super::answer::Asked;
use super::problem::Problem;
use super::query::{DaysQuery, PriceQuery, moment};
use crate::ask::Span;
use crate::views::Signed64;
use std::time::{SystemTime, UNIX_EPOCH};

/// Most days of an answer.
const MOST_DAYS: i64 = 400;

const DAY: i64 = 86_400;

/// The days that are asked for, or the last ones.
fn days(from: Option<Signed64>, before: Option<Signed64>) -> Result<Span, Problem> {
    let most = MOST_DAYS.saturating_mul(DAY);
    let (from, before) = (moment(from), moment(before));
    let tomorrow = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
        i64::try_from(now).unwrap_or(i64::MAX).saturating_add(DAY)
    };
    let before = before.or_else(|| Some(from?.saturating_add(most))).unwrap_or_else(tomorrow);
    let from = from.unwrap_or_else(|| before.saturating_sub(most));
    if before.saturating_sub(from) > most {
        return Err(Problem::Malformed(format!("`from` and `before` are {MOST_DAYS} days apart at most")));
    }
    Ok(Span { from: Some(from), before: Some(before) })
}

impl Asked<DaysQuery> {
    fn days(&self) -> Result<Span, Problem> {
        days(self.query.from, self.query.before)
    }
}

impl Asked<PriceQuery> {
    fn days(&self) -> Result<Span, Problem> {
        days(self.query.from, self.query.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_bounded_wherever_they_are() {
        let span = |from: Option<i64>, before: Option<i64>| days(from.map(Signed64), before.map(Signed64));
        let most = MOST_DAYS * DAY;
        assert_eq!(span(Some(5), None).unwrap(), Span { from: Some(5), before: Some(5 + most) });
        assert_eq!(span(None, Some(most + 5)).unwrap(), Span { from: Some(5), before: Some(most + 5) });
        assert!(span(Some(0), Some(most)).is_ok() && span(Some(0), Some(most + 1)).is_err());
        assert!(
            span(Some(i64::MIN), Some(i64::MAX)).is_err() && span(Some(i64::MAX), Some(i64::MIN)).is_ok()
        );
        let Span { from, before } = span(None, None).unwrap();
        assert_eq!(before.unwrap() - from.unwrap(), most);
    }
}
