//! Figures of days.

use crate::ask::Span;
use crate::store::row::Column;
use crate::store::sql::Value;
use crate::store::taking::day_of;

/// Most days of an answer.
pub const MOST_DAYS: u32 = 5_000;

/// The rest of a query that asks for the days of a stretch of time for which a condition holds: all that it touches, the oldest
/// first.
pub fn days(condition: &str, mut values: Vec<Value>, span: Span, order: &str) -> (String, Vec<Value>) {
    let from = span.from.map_or(i64::MIN, |from| day_of(from.max(i64::MIN / 2)));
    values.push(from.value());
    values.push(span.before.unwrap_or(i64::MAX).value());
    let (from, before) = (values.len() - 1, values.len());
    (
        format!(
            "WHERE {condition} AND day >= ${from} AND day < ${before} ORDER BY {order} LIMIT {MOST_DAYS}"
        ),
        values,
    )
}
