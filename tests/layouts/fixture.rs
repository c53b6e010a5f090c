//! The files in `tests/fixtures`.

use serde::{Serialize, Serializer};
use std::{env, fs, path::Path};

/// Requires `value`, as JSON, to be what the fixture `name` holds.
#[track_caller]
pub fn require_recorded(name: &str, value: &impl Serialize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    let actual = serde_json::to_string_pretty(value).expect("JSON") + "\n";
    if env::var_os("GPU_LEASE_RECORD").is_some() {
        fs::write(&path, &actual).expect("the fixture can be written");
    }
    let recorded = fs::read_to_string(&path).unwrap_or_default();
    let lines = recorded.lines().zip(actual.lines()).enumerate();
    for (line, (recorded, actual)) in lines {
        assert_eq!(recorded.trim(), actual.trim(), "{name}, line {}", line + 1);
    }
    assert_eq!(recorded, actual, "{name}");
}

/// A number as text: JSON's own numbers end at 2^53 in JavaScript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<T: ToString> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}
