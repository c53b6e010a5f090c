//! All rows, so that two records can be held against each other.

use std::collections::BTreeMap;

use anyhow::Result;

use super::facade::Store;
use super::schema::TABLES;
use super::sql::Value;

impl Store {
    /// All rows of all tables but those that are of reading, in the order of their keys. Reads the whole record.
    pub async fn rows(&self) -> Result<BTreeMap<&'static str, Vec<Vec<Value>>>> {
        let mut connection = self.connect().await?;
        let mut all = BTreeMap::new();
        for table in TABLES.iter().filter(|table| !["kept", "reached", "staged"].contains(&table.name)) {
            let keys = table.columns.get(..table.keys).unwrap_or_default().join(", ");
            let sql = format!("{} ORDER BY {keys}", table.select());
            all.insert(table.name, connection.fetch(sql, Vec::new(), table.kinds).await?);
        }
        Ok(all)
    }
}
