//! Rows as values of Rust.

use anyhow::{Result, bail};
use solana_address::Address;
use solana_signature::Signature;

use super::sql::{Kind, Value};

/// Can be kept in a column.
pub trait Column: Sized {
    const KIND: Kind;

    fn value(&self) -> Value;

    fn read(value: Value) -> Result<Self>;
}

/// A table: those of its columns that tell rows apart come first.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [&'static str],
    pub kinds: &'static [Kind],
    /// How many columns tell rows apart.
    pub keys: usize,
}

/// A row of a table.
pub trait Row: Sized {
    const TABLE: Table;

    fn values(&self) -> Vec<Value>;

    fn read(values: Vec<Value>) -> Result<Self>;
}

impl Table {
    /// What tells a row apart.
    pub fn key<'a>(&self, row: &'a [Value]) -> &'a [Value] {
        row.get(..self.keys).unwrap_or_default()
    }

    /// The text that reads whole rows.
    pub fn select(&self) -> String {
        format!("SELECT {} FROM {}", self.columns.join(", "), self.name)
    }

    /// Number of a column.
    pub fn index(&self, column: &str) -> usize {
        self.columns.iter().position(|it| *it == column).unwrap_or_default()
    }
}

/// What tells a row apart, of its parts.
macro_rules! key {
    ($($part:expr),+ $(,)?) => {
        Vec::from([$($crate::store::row::Column::value(&$part)),+])
    };
}
pub(crate) use key;

macro_rules! tables {
    ($(
        $(#[$doc:meta])*
        $table:literal $name:ident by $keys:literal {
            $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
        }
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq)]
            pub struct $name {
                $($(#[$field_doc])* pub $field: $type,)*
            }

            impl Row for $name {
                const TABLE: Table = Table {
                    name: $table,
                    columns: &[$(stringify!($field)),*],
                    kinds: &[$(<$type as Column>::KIND),*],
                    keys: $keys,
                };

                fn values(&self) -> Vec<Value> {
                    vec![$(self.$field.value()),*]
                }

                fn read(values: Vec<Value>) -> Result<Self> {
                    let mut values = values.into_iter();
                    Ok(Self {
                        $($field: match values.next() {
                            Some(value) => <$type as Column>::read(value)
                                .context(concat!($table, ".", stringify!($field)))?,
                            None => bail!(concat!("a row of ", $table, " ends too early")),
                        }),*
                    })
                }
            }
        )*

        /// All tables.
        pub const TABLES: &[&Table] = &[$(&$name::TABLE),*];
    };
}
pub(crate) use tables;

fn unfit<T>(value: &Value) -> Result<T> {
    bail!("{value:?} does not belong there")
}

macro_rules! ints {
    ($($type:ty),*) => {
        $(impl Column for $type {
            const KIND: Kind = Kind::Int;

            fn value(&self) -> Value {
                Value::Int(i64::from(*self))
            }

            fn read(value: Value) -> Result<Self> {
                match value {
                    Value::Int(value) => Ok(value.try_into()?),
                    _ => unfit(&value),
                }
            }
        })*
    };
}

ints!(i64, u32, u16);

/// Of the same order as without a sign.
impl Column for u64 {
    const KIND: Kind = Kind::Int;

    fn value(&self) -> Value {
        Value::Int((self ^ (1 << 63)).cast_signed())
    }

    fn read(value: Value) -> Result<Self> {
        Ok(i64::read(value)?.cast_unsigned() ^ (1 << 63))
    }
}

impl Column for u128 {
    const KIND: Kind = Kind::Bytes;

    fn value(&self) -> Value {
        Value::Bytes(self.to_be_bytes().to_vec())
    }

    fn read(value: Value) -> Result<Self> {
        Ok(Self::from_be_bytes(Column::read(value)?))
    }
}

impl Column for bool {
    const KIND: Kind = Kind::Int;

    fn value(&self) -> Value {
        Value::Int(i64::from(*self))
    }

    fn read(value: Value) -> Result<Self> {
        Ok(i64::read(value)? != 0)
    }
}

impl Column for String {
    const KIND: Kind = Kind::Text;

    fn value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn read(value: Value) -> Result<Self> {
        match value {
            Value::Text(text) => Ok(text),
            _ => unfit(&value),
        }
    }
}

impl Column for Vec<u8> {
    const KIND: Kind = Kind::Bytes;

    fn value(&self) -> Value {
        Value::Bytes(self.clone())
    }

    fn read(value: Value) -> Result<Self> {
        match value {
            Value::Bytes(bytes) => Ok(bytes),
            _ => unfit(&value),
        }
    }
}

impl<const N: usize> Column for [u8; N] {
    const KIND: Kind = Kind::Bytes;

    fn value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }

    fn read(value: Value) -> Result<Self> {
        match Vec::read(value)?.try_into() {
            Ok(bytes) => Ok(bytes),
            Err(bytes) => bail!("{} bytes in place of {N}", bytes.len()),
        }
    }
}

impl Column for Address {
    const KIND: Kind = Kind::Bytes;

    fn value(&self) -> Value {
        self.to_bytes().value()
    }

    fn read(value: Value) -> Result<Self> {
        Ok(Self::new_from_array(Column::read(value)?))
    }
}

impl Column for Signature {
    const KIND: Kind = Kind::Bytes;

    fn value(&self) -> Value {
        Value::Bytes(self.as_ref().to_vec())
    }

    fn read(value: Value) -> Result<Self> {
        Ok(<[u8; 64]>::read(value)?.into())
    }
}

impl<T: Column> Column for Option<T> {
    const KIND: Kind = T::KIND;

    fn value(&self) -> Value {
        self.as_ref().map_or(Value::Null(T::KIND), T::value)
    }

    fn read(value: Value) -> Result<Self> {
        match value {
            Value::Null(_) => Ok(None),
            value => T::read(value).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn integers_without_a_sign_are_kept_in_their_order(one: u64, other: u64) {
            prop_assert_eq!(one.cmp(&other), one.value().cmp(&other.value()));
            prop_assert_eq!(u64::read(one.value()).unwrap(), one);
        }
    }
}
