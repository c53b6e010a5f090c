//! Integers that every reader keeps exactly.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! wide {
    ($(#[$doc:meta])* $name:ident($type:ty), $pattern:literal, $format:literal) => {
        $(#[$doc])*
        #[serde_as]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(#[serde_as(as = "DisplayFromStr")] pub $type);

        impl From<$type> for $name {
            fn from(value: $type) -> Self {
                Self(value)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).pattern(Some($pattern)).format(Some(
                    utoipa::openapi::SchemaFormat::Custom($format.to_owned()),
                )).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    };
}

wide!(
    /// An unsigned integer of 64 bits, as decimal text.
    Unsigned64(u64),
    "^[0-9]{1,20}$",
    "uint64"
);
wide!(
    /// A signed integer of 64 bits, as decimal text.
    Signed64(i64),
    "^-?[0-9]{1,19}$",
    "int64"
);
