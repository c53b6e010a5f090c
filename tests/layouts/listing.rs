//! The listing's schema, its example, and the types that read it: each limit of the schema is the reader's, to the unit.

use gpu_lease_client::listing::{Description, MOST_BYTES};
use serde_json::{Map, Value, json};

const SCHEMA: &str = include_str!("../../docs/protocol/listing.schema.json");
const EXAMPLE: &str = include_str!("../../docs/protocol/listing.example.json");

fn is_read(value: &Value) -> bool {
    matches!(Description::parse(value.to_string().as_bytes()), Ok(Description::Listing(_)))
}

/// The example with another value at the end of a path.
fn with(path: &[&str], value: Value) -> Value {
    let mut example: Value = serde_json::from_str(EXAMPLE).unwrap();
    let (last, above) = path.split_last().unwrap();
    let object = above.iter().fold(&mut example, |object, name| &mut object[*name]);
    object[*last] = value;
    example
}

fn without(path: &[&str]) -> Value {
    let mut example: Value = serde_json::from_str(EXAMPLE).unwrap();
    let (last, above) = path.split_last().unwrap();
    let object = above.iter().fold(&mut example, |object, name| &mut object[*name]);
    object.as_object_mut().unwrap().remove(*last).unwrap();
    example
}

#[test]
fn the_example_has_everything_and_is_read_and_written_as_it_is() {
    let Ok(Description::Listing(listing)) = Description::parse(EXAMPLE.as_bytes()) else {
        panic!("{EXAMPLE}")
    };
    let written = serde_json::to_value(&listing).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(EXAMPLE).unwrap());
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&schema["properties"]), names(&written));
}

#[test]
fn every_limit_of_the_schema_is_the_reader_s() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert!(check(&schema, &[]) > 40);
}

/// Holds the reader to an object of the schema, and says how often.
fn check(schema: &Value, path: &[&str]) -> usize {
    let properties: &Map<String, Value> = schema["properties"].as_object().unwrap();
    let required: Vec<&str> =
        schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let mut checked = 0;
    let mut hold = |value: Value, is_good: bool| {
        assert_eq!(is_read(&value), is_good, "{value}");
        checked += 1;
    };
    let mut below = 0;
    for (name, property) in properties {
        let path = [path, &[name.as_str()]].concat();
        hold(without(&path), !required.contains(&name.as_str()));
        hold(with(&path, json!([])), false);
        match property["type"].as_str().unwrap() {
            "object" => below += check(property, &path),
            "integer" => {
                let [least, most] = ["minimum", "maximum"].map(|limit| property[limit].as_i64().unwrap());
                for (value, is_good) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
                    hold(with(&path, json!(value)), is_good);
                }
                hold(with(&path, json!("1")), false);
            }
            "string" if property.get("pattern").is_some() => {
                hold(with(&path, json!("")), false);
                for wrong in ["no", "NOR", "SHA256:", "MD5:uNiVztksCsDhcc0u9e8BrQXVUpKZIDTMczCvj3tD2vs"] {
                    hold(with(&path, json!(wrong)), false);
                }
            }
            "string" => {
                let [least, most] =
                    ["minLength", "maxLength"].map(|limit| property[limit].as_u64().unwrap() as usize);
                assert_eq!(least, 1);
                for (length, is_good) in [(0, false), (1, true), (most, true), (most + 1, false)] {
                    // In characters, not bytes.
                    hold(with(&path, json!("é".repeat(length))), is_good);
                }
                hold(with(&path, json!("a\u{202e}b")), false);
                hold(with(&path, json!("a\nb")), false);
            }
            other => panic!("{other}"),
        }
    }
    checked + below
}

#[test]
fn what_is_unknown_is_left_out_and_what_is_text_stays_text() {
    let Ok(Description::Listing(listing)) =
        Description::parse(with(&["ssh", "madeUp"], json!({ "a": 1 })).to_string().as_bytes())
    else {
        panic!("it is refused")
    };
    assert!(!serde_json::to_string(&listing).unwrap().contains("madeUp"));
    let text = "8 x H100, a fast disk {and more}";
    assert_eq!(Description::parse(text.as_bytes()).unwrap(), Description::Text(text.to_owned()));
}

#[test]
fn a_description_that_is_too_long_or_no_text_or_half_a_listing_is_refused_with_what_to_do() {
    assert!(Description::parse("a".repeat(MOST_BYTES).as_bytes()).is_ok());
    let long = Description::parse("a".repeat(MOST_BYTES + 1).as_bytes()).unwrap_err().to_string();
    assert!(long.contains("shorten it"), "{long}");
    assert!(Description::parse(b"\xff").is_err());
    let half = Description::parse(b" {\"version\": 1").unwrap_err().to_string();
    assert!(half.contains("docs/protocol/listing.md"), "{half}");
    let deep = format!("{{\"version\": 1, \"x\": {}", "[".repeat(MOST_BYTES - 30));
    assert!(Description::parse(deep.as_bytes()).is_err());
}
