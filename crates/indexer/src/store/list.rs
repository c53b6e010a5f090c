//! Lists, a page at a time: what is finalized and what is confirmed, asked with the same text and put together.

use std::collections::HashMap;

use anyhow::{Context, Result};
use solana_address::Address;
use solana_signature::Signature;

use super::facade::{Refused, Store};
use super::row::{Column, Row, Table};
use super::schema::TransactionRow;
use super::sql::{Kind, Value};
use crate::ask::{ITEMS, MOST_ITEMS, Part};
use crate::views::{Commitment, Landed, Page};

/// Which rows, in which order.
pub struct Query {
    /// `JOIN … a ON …`, with the listed table as `t`, where another table says which.
    pub join: &'static str,
    /// Columns of the order, of the listed table; together they tell its rows apart.
    pub order: &'static [&'static str],
    /// Whether the table that says which, `a`, has the columns of the order.
    pub is_ordered_by_join: bool,
    /// Whether the last come first.
    pub is_descending: bool,
    conditions: Vec<String>,
    values: Vec<Value>,
}

/// Rows of a page, and what comes after them.
pub struct Rows<R> {
    pub rows: Vec<(R, Commitment)>,
    pub next: Option<String>,
}

impl Query {
    /// All rows in this order.
    pub fn ascending(order: &'static [&'static str]) -> Self {
        let (conditions, values) = (Vec::new(), Vec::new());
        Self { join: "", order, is_ordered_by_join: false, is_descending: false, conditions, values }
    }

    /// All rows, the last in this order first.
    pub fn descending(order: &'static [&'static str]) -> Self {
        Self { is_descending: true, ..Self::ascending(order) }
    }

    /// Only those that another table names, which is in the same order.
    pub fn named_by(self, join: &'static str) -> Self {
        Self { join, is_ordered_by_join: true, ..self }
    }

    /// Only those for which a condition holds that has a `?` for the value, as often as it needs it.
    pub fn only(mut self, condition: &str, value: &impl Column) -> Self {
        self.values.push(value.value());
        self.conditions.push(condition.replace('?', &format!("${}", self.values.len())));
        self
    }

    /// The same, if there is a value.
    pub fn only_if(self, condition: &str, value: Option<&impl Column>) -> Self {
        match value {
            Some(value) => self.only(condition, value),
            None => self,
        }
    }

    fn text<R: Row>(&self, after: Option<&[Value]>, count: usize) -> (String, Vec<Value>) {
        let (mut conditions, mut values) = (self.conditions.clone(), self.values.clone());
        let by = if self.is_ordered_by_join { "a" } else { "t" };
        let order: Vec<_> = self.order.iter().map(|column| format!("{by}.{column}")).collect();
        if let Some(after) = after {
            let places: Vec<_> =
                (1..=after.len()).map(|place| format!("${}", values.len() + place)).collect();
            let sign = if self.is_descending { "<" } else { ">" };
            conditions.push(format!("({}) {sign} ({})", order.join(", "), places.join(", ")));
            values.extend(after.iter().cloned());
        }
        let columns: Vec<_> = R::TABLE.columns.iter().map(|column| format!("t.{column}")).collect();
        let direction = if self.is_descending { " DESC" } else { "" };
        let order: Vec<_> = order.iter().map(|column| format!("{column}{direction}")).collect();
        let condition = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        let (columns, order) = (columns.join(", "), order.join(", "));
        let (table, join) = (R::TABLE.name, self.join);
        (format!("SELECT {columns} FROM {table} t {join}{condition} ORDER BY {order} LIMIT {count}"), values)
    }

    /// Where a row is in the order.
    fn place<R: Row>(&self, row: &[Value]) -> Vec<Value> {
        let value = |column: &&str| row.get(R::TABLE.index(column)).cloned();
        self.order.iter().filter_map(value).collect()
    }

    fn kinds<R: Row>(&self) -> Vec<Kind> {
        let kind = |column: &&str| R::TABLE.kinds.get(R::TABLE.index(column)).copied();
        self.order.iter().filter_map(kind).collect()
    }

    fn sort(&self, rows: &mut [(Vec<Value>, Vec<Value>, Commitment)]) {
        rows.sort_by(|(one, ..), (other, ..)| {
            let order = one.cmp(other);
            if self.is_descending { order.reverse() } else { order }
        });
    }
}

/// How many items a page has.
pub fn count_of(part: &Part) -> usize {
    let limit = if part.limit == 0 { ITEMS } else { part.limit.min(MOST_ITEMS) };
    usize::try_from(limit).unwrap_or_default()
}

impl Store {
    /// A page of a list.
    pub(super) async fn list<R: Row>(&self, query: &Query, part: &Part) -> Result<Rows<R>> {
        self.list_each::<R>(std::slice::from_ref(query), part).await
    }

    /// A page of several lists in the same order, as one.
    pub(super) async fn list_each<R: Row>(&self, queries: &[Query], part: &Part) -> Result<Rows<R>> {
        let count = count_of(part);
        let Some(first) = queries.first() else { return Ok(Rows { rows: Vec::new(), next: None }) };
        let after = part.after.as_deref().map(|text| read_after(text, &first.kinds::<R>())).transpose()?;
        let mut found = Vec::new();
        for query in queries {
            found.extend(self.rows_of::<R>(query, after.clone(), count + 1).await?);
        }
        first.sort(&mut found);
        let next =
            (found.len() > count).then(|| found.get(count.saturating_sub(1)).map(|it| write_after(&it.0)));
        let rows = found.into_iter().take(count).map(|(_, row, commitment)| Ok((R::read(row)?, commitment)));
        Ok(Rows { rows: rows.collect::<Result<_>>()?, next: next.flatten() })
    }

    /// The first rows of a query after a place, at least `count` if there are as many, each with its place.
    async fn rows_of<R: Row>(
        &self,
        query: &Query,
        after: Option<Vec<Value>>,
        count: usize,
    ) -> Result<Vec<(Vec<Value>, Vec<Value>, Commitment)>> {
        let shown = self.shown();
        // So many rows can be left out of what is found.
        let (sql, values) = query.text::<R>(after.as_deref(), count + shown.count::<R>());
        let confirmed = shown.fetch(sql.clone(), values.clone(), R::TABLE.kinds).await?;
        let finalized = self.fetch(sql, values, R::TABLE.kinds).await?;
        let stands = |row: &Vec<Value>| !shown.touches::<R>(R::TABLE.key(row));
        let finalized = finalized.into_iter().filter(stands).map(|row| (row, Commitment::Finalized));
        let confirmed = confirmed.into_iter().map(|row| (row, Commitment::Confirmed));
        let all = finalized.chain(confirmed);
        Ok(all.map(|(row, commitment)| (query.place::<R>(&row), row, commitment)).collect())
    }

    /// The row of that key, and how settled it is.
    pub(super) async fn find<R: Row>(&self, key: &[Value]) -> Result<Option<(R, Commitment)>> {
        let shown = self.shown();
        if shown.touches::<R>(key) {
            let rows = shown.fetch(super::desk::by_key(&R::TABLE), key.to_vec(), R::TABLE.kinds).await?;
            let row = rows.into_iter().next().map(R::read).transpose()?;
            return Ok(row.map(|row| (row, Commitment::Confirmed)));
        }
        Ok(self.find_finalized(key).await?.map(|row| (row, Commitment::Finalized)))
    }

    /// The rows of these values of the only key of a table.
    pub(super) async fn find_each<R: Row>(&self, keys: Vec<Value>) -> Result<Vec<(R, Commitment)>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let shown = self.shown();
        // Few texts, so that few are prepared.
        let places = keys.len().next_power_of_two();
        let last = keys.last().cloned();
        let values: Vec<_> = keys.into_iter().chain(last.into_iter().cycle()).take(places).collect();
        let list: Vec<_> = (1..=places).map(|place| format!("${place}")).collect();
        let key = R::TABLE.columns.first().copied().unwrap_or_default();
        let sql = format!("{} WHERE {key} IN ({})", R::TABLE.select(), list.join(", "));
        let confirmed = shown.fetch(sql.clone(), values.clone(), R::TABLE.kinds).await?;
        let finalized = self.fetch(sql, values, R::TABLE.kinds).await?;
        let stands = |row: &Vec<Value>| !shown.touches::<R>(R::TABLE.key(row));
        let finalized =
            finalized.into_iter().filter(stands).map(|row| Ok((R::read(row)?, Commitment::Finalized)));
        let confirmed = confirmed.into_iter().map(|row| Ok((R::read(row)?, Commitment::Confirmed)));
        finalized.chain(confirmed).collect()
    }

    /// Where the transactions of these places are.
    pub(super) async fn landings(&self, places: impl IntoIterator<Item = i64>) -> Result<Landings> {
        let mut places: Vec<_> = places.into_iter().collect();
        places.sort_unstable();
        places.dedup();
        let keys = places.iter().map(Column::value).collect();
        let found = self.find_each::<LandingRow>(keys).await?;
        Ok(Landings(found.into_iter().map(|(row, commitment)| (row.pos, (row, commitment))).collect()))
    }
}

/// A transaction without what a node said of it, which is most of it and not shown.
struct LandingRow {
    pos: i64,
    signature: Signature,
    time: i64,
}

impl Row for LandingRow {
    const TABLE: Table = Table {
        name: TransactionRow::TABLE.name,
        columns: &["pos", "signature", "time"],
        kinds: &[Kind::Int, Kind::Bytes, Kind::Int],
        keys: 1,
    };

    fn values(&self) -> Vec<Value> {
        vec![self.pos.value(), self.signature.value(), self.time.value()]
    }

    fn read(values: Vec<Value>) -> Result<Self> {
        let [pos, signature, time] = <[_; 3]>::try_from(values).ok().context("a row of transactions")?;
        Ok(Self { pos: i64::read(pos)?, signature: Signature::read(signature)?, time: i64::read(time)? })
    }
}

/// Transactions by their places.
pub struct Landings(HashMap<i64, (LandingRow, Commitment)>);

impl Landings {
    /// Where that one is.
    pub fn at(&self, pos: i64) -> Result<Landed> {
        let (row, commitment) = self.0.get(&pos).context("a transaction is not in the record")?;
        Ok(Landed {
            signature: row.signature.to_string(),
            slot: super::taking::slot_of(pos).into(),
            time: row.time.into(),
            commitment: *commitment,
        })
    }
}

impl<R> Rows<R> {
    /// A page of what is made of each row.
    pub fn page<T>(self, view: impl FnMut((R, Commitment)) -> Result<T>) -> Result<Page<T>> {
        let items = self.rows.into_iter().map(view).collect::<Result<_>>()?;
        Ok(Page { items, next: self.next })
    }
}

/// A place as a text that says nothing.
pub fn write_after(place: &[Value]) -> String {
    let mut bytes = Vec::new();
    for value in place {
        match value {
            Value::Null(_) => {}
            Value::Int(value) => bytes.extend(value.to_be_bytes()),
            Value::Text(text) => write_bytes(&mut bytes, text.as_bytes()),
            Value::Bytes(value) => write_bytes(&mut bytes, value),
        }
    }
    bs58::encode(bytes).into_string()
}

fn write_bytes(into: &mut Vec<u8>, bytes: &[u8]) {
    into.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    into.extend(bytes);
}

/// Reads what [`write_after`] wrote.
pub fn read_after(text: &str, kinds: &[Kind]) -> Result<Vec<Value>, Refused> {
    const LONGEST: usize = 512;
    let bytes = if text.len() > LONGEST { None } else { bs58::decode(text).into_vec().ok() };
    bytes.and_then(|bytes| read_place(&bytes, kinds)).ok_or(Refused::After)
}

fn read_place(mut rest: &[u8], kinds: &[Kind]) -> Option<Vec<Value>> {
    let mut place = Vec::new();
    for kind in kinds {
        if *kind == Kind::Int {
            let (value, after) = rest.split_first_chunk()?;
            place.push(Value::Int(i64::from_be_bytes(*value)));
            rest = after;
        } else {
            let (len, after) = rest.split_first_chunk()?;
            let (bytes, after) = after.split_at_checked(u16::from_be_bytes(*len).into())?;
            place.push(match kind {
                Kind::Text => {
                    Value::Text(String::from_utf8(bytes.to_vec()).ok().filter(|it| !it.contains('\0'))?)
                }
                _ => Value::Bytes(bytes.to_vec()),
            });
            rest = after;
        }
    }
    rest.is_empty().then_some(place)
}

/// Addresses as they are shown.
pub fn shown(address: Option<Address>) -> Option<String> {
    address.map(|address| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KINDS: [Kind; 3] = [Kind::Int, Kind::Text, Kind::Bytes];

    proptest! {
        #[test]
        fn a_place_is_read_as_it_was_written(int: i64, text in "[^\0]{0,20}", bytes: Vec<u8>) {
            let place = vec![Value::Int(int), Value::Text(text), Value::Bytes(bytes)];
            prop_assume!(write_after(&place).len() <= 512);
            prop_assert_eq!(read_after(&write_after(&place), &KINDS), Ok(place));
        }

        #[test]
        fn whatever_is_sent_as_a_place_is_read_without_a_panic(text: String, bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = read_after(&text, &KINDS);
            if let Ok(place) = read_after(&bs58::encode(&bytes).into_string(), &KINDS) {
                prop_assert_eq!(write_after(&place), bs58::encode(&bytes).into_string());
            }
        }
    }
}
