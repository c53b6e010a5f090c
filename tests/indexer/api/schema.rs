//! Whether a value is what a schema of the description says, and has nothing that it does not say. Knows the keywords that are in the
//! description, and refuses every other one, so that none is passed over.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What is wrong, and where.
type Fault = String;

/// Checks `value`, with the schemas of `document`.
pub fn check(document: &Value, schema: &Value, value: &Value) -> Result<(), Fault> {
    let known = parts(document, schema)?;
    for part in &known {
        one(document, part, value)?;
    }
    let described: BTreeSet<_> = known.iter().flat_map(|part| names(part)).collect();
    let fields = value.as_object().into_iter().flatten();
    let stranger =
        fields.map(|(name, _)| name).find(|name| !described.is_empty() && !described.contains(name));
    stranger.map_or(Ok(()), |name| Err(format!("{name} is not described: {value}")))
}

/// The schema, or that which it names, with all that it is made of.
fn parts<'a>(document: &'a Value, schema: &'a Value) -> Result<Vec<&'a Value>, Fault> {
    let named = match schema["$ref"].as_str() {
        Some(name) => document.pointer(name.trim_start_matches('#')).ok_or(format!("{name} is not there"))?,
        None => schema,
    };
    let mut all = vec![named];
    for part in named["allOf"].as_array().into_iter().flatten() {
        all.extend(parts(document, part)?);
    }
    Ok(all)
}

fn names(schema: &Value) -> impl Iterator<Item = &String> {
    schema["properties"].as_object().into_iter().flat_map(Map::keys)
}

fn one(document: &Value, schema: &Value, value: &Value) -> Result<(), Fault> {
    let wrong = |keyword: &str| Err(format!("{value} is not of {keyword} {}", schema[keyword]));
    for (keyword, limit) in schema.as_object().ok_or("a schema is an object")? {
        let fits = match keyword.as_str() {
            "description" | "allOf" | "format" | "examples" | "example" => true,
            "type" => match limit {
                Value::Array(types) => types.iter().any(|it| is_of(it, value)),
                it => is_of(it, value),
            },
            "enum" => limit.as_array().is_some_and(|words| words.contains(value)),
            "pattern" => is_decimal(limit, value)?,
            "minimum" => value.is_null() || value.as_i64() >= limit.as_i64(),
            "required" => {
                let names = limit.as_array().into_iter().flatten().filter_map(Value::as_str);
                names.into_iter().all(|name| value.get(name).is_some())
            }
            "oneOf" => {
                let ones = limit.as_array().into_iter().flatten();
                ones.filter(|it| check(document, it, value).is_ok()).count() == 1
            }
            "items" => {
                value.as_array().into_iter().flatten().try_for_each(|item| check(document, limit, item))?;
                true
            }
            "properties" => {
                for (name, field) in limit.as_object().into_iter().flatten() {
                    let found = value.get(name).map(|value| check(document, field, value));
                    found.unwrap_or(Ok(())).map_err(|fault| format!("{name}: {fault}"))?;
                }
                true
            }
            other => return Err(format!("the keyword {other} is not known here")),
        };
        if !fits {
            return wrong(keyword);
        }
    }
    Ok(())
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    }
}

/// The patterns of answers are those of integers.
fn is_decimal(pattern: &Value, value: &Value) -> Result<bool, Fault> {
    let text = value.as_str().unwrap_or_default();
    let (digits, most) = match pattern.as_str() {
        Some("^[0-9]{1,20}$") => (text, 20),
        Some("^-?[0-9]{1,19}$") => (text.strip_prefix('-').unwrap_or(text), 19),
        _ => return Err(format!("the pattern {pattern} is not known here")),
    };
    Ok((1..=most).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit()))
}

#[test]
fn a_value_is_checked_for_all_that_its_schema_says() {
    use serde_json::json;
    let document = json!({ "components": { "schemas": {
        "Number": { "type": "string", "pattern": "^[0-9]{1,20}$" },
        "Thing": { "type": "object", "required": ["a"], "properties": {
            "a": { "$ref": "#/components/schemas/Number" },
            "b": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Thing" }] },
        } },
        "More": { "allOf": [
            { "$ref": "#/components/schemas/Thing" },
            { "type": "object", "required": ["c"], "properties": { "c": { "type": ["integer", "null"] } } },
        ] },
    } } });
    let is = |name: &str, value: Value| {
        check(&document, &json!({ "$ref": format!("#/components/schemas/{name}") }), &value).is_ok()
    };
    assert!(
        is("Thing", json!({ "a": "1" })) && is("Thing", json!({ "a": "1", "b": { "a": "2", "b": null } }))
    );
    assert!(is("More", json!({ "a": "1", "c": null })) && is("More", json!({ "a": "1", "c": 3 })));
    for wrong in [json!({}), json!({ "a": 1 }), json!({ "a": "-1" }), json!({ "a": "1", "d": 1 }), json!([])]
    {
        assert!(!is("Thing", wrong.clone()), "{wrong}");
    }
    for wrong in [
        json!({ "a": "1" }),
        json!({ "c": 1 }),
        json!({ "a": "1", "c": "1" }),
        json!({ "a": "1", "c": 1, "d": 1 }),
    ] {
        assert!(!is("More", wrong.clone()), "{wrong}");
    }
    assert!(!is("Thing", json!({ "a": "1", "b": { "a": "x" } })));
    assert!(check(&document, &json!({ "multipleOf": 2 }), &json!(2)).is_err());
}
