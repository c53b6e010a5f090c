//! Whether a card is well, before somebody gets it.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use super::child::{Said, listen};
use super::nvml::Facts;

/// How long NVIDIA's own program may take to tell of cards, and to look at one.
const LISTING: Duration = Duration::from_secs(30);
const LOOKING: Duration = Duration::from_secs(300);

/// What NVIDIA's diagnosis found: `None` where it is not installed, or has no service that answers.
pub async fn diagnose(dcgmi: &Path, card: &str) -> Option<Result<(), String>> {
    if !dcgmi.exists() {
        return None;
    }
    let listed = listen(Command::new(dcgmi).args(["discovery", "-l"]), LISTING).await;
    let number = match &listed {
        Ok(Said { is_well: true, output, .. }) => number(output, card),
        Ok(_) | Err(_) => {
            tracing::warn!(
                "dcgmi is installed and tells of no cards: NVML alone says whether a card is well"
            );
            return None;
        }
    };
    let Some(number) = number else { return Some(Err("dcgmi does not know the card".to_owned())) };
    let looked = listen(Command::new(dcgmi).args(["diag", "-r", "1", "-j", "-i", &number]), LOOKING).await;
    Some(match looked {
        Ok(said) => verdict(&said),
        Err(error) => Err(format!("dcgmi diag: {error}")),
    })
}

/// The number by which it knows a card, from its table.
fn number(table: &str, card: &str) -> Option<String> {
    let mut number = None;
    for line in table.lines() {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let (first, second) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        if first.parse::<u32>().is_ok() {
            number = Some(first.to_owned());
        }
        if second.strip_prefix("Device UUID:").is_some_and(|uuid| uuid.trim() == card) {
            return number;
        }
    }
    None
}

/// What it found, by the tests that failed. Versions differ in what is around those.
fn verdict(said: &Said) -> Result<(), String> {
    let mut failed = Vec::new();
    match serde_json::from_str::<Value>(&said.output) {
        Ok(report) => collect(&report, "", &mut failed),
        Err(_) if said.is_well => return Err("dcgmi diag says nothing that can be read".to_owned()),
        Err(_) => {}
    }
    failed.dedup();
    match (said.is_well, failed.is_empty()) {
        (true, true) => Ok(()),
        (_, false) => Err(format!("dcgmi diag: failed {}", failed.join(", "))),
        (false, true) => Err(format!("dcgmi diag: {}{}", said.output, said.errors)),
    }
}

fn collect(report: &Value, test: &str, failed: &mut Vec<String>) {
    match report {
        Value::Array(items) => items.iter().for_each(|item| collect(item, test, failed)),
        Value::Object(fields) => {
            let test = fields.get("name").and_then(Value::as_str).unwrap_or(test);
            if fields.get("status").and_then(Value::as_str).is_some_and(|it| it.eq_ignore_ascii_case("fail"))
            {
                failed.push(test.to_owned());
            }
            fields.values().for_each(|field| collect(field, test, failed));
        }
        _ => {}
    }
}

/// What NVML alone says.
pub fn by_nvml(facts: &Facts) -> Result<(), String> {
    if facts.recovery != 0 {
        return Err(format!("NVML says that it has to be {}", recovery(facts.recovery)));
    }
    match facts.uncorrected {
        Some(errors) if errors > 0 => Err(format!(
            "{errors} memory errors were not corrected since the driver was loaded: reset it, `nvidia-smi -r -i {}`",
            facts.uuid
        )),
        Some(_) | None => Ok(()),
    }
}

/// NVML's numbers for what recovers a card.
pub const fn recovery(action: u32) -> &'static str {
    match action {
        1 => "reset",
        2 | 7 => "reset with the whole machine",
        3 => "drained of what uses it with other cards",
        4 => "drained and reset",
        5 => "recovered with its IMEX domain",
        6 => "reset with its bus",
        _ => "recovered",
    }
}

#[cfg(test)]
mod tests {
    use super::super::kmsg::Pci;
    use super::*;

    const TABLE: &str = "2 GPUs found.\n\
        +--------+--------------------------------------------+\n\
        | GPU ID | Device Information                         |\n\
        +--------+--------------------------------------------+\n\
        | 0      | Name: NVIDIA H100                          |\n\
        |        | PCI Bus ID: 00000000:18:00.0               |\n\
        |        | Device UUID: GPU-34bf77d1                  |\n\
        +--------+--------------------------------------------+\n\
        | 3      | Name: NVIDIA H100                          |\n\
        |        | PCI Bus ID: 00000000:3E:00.0               |\n\
        |        | Device UUID: GPU-f5046fa5                  |\n\
        +--------+--------------------------------------------+";

    #[test]
    fn a_card_is_found_by_its_uuid() {
        assert_eq!(number(TABLE, "GPU-34bf77d1").as_deref(), Some("0"));
        assert_eq!(number(TABLE, "GPU-f5046fa5").as_deref(), Some("3"));
        assert_eq!(number(TABLE, "GPU-f5046fa"), None);
    }

    fn say(is_well: bool, output: &str) -> Result<(), String> {
        verdict(&Said { is_well, output: output.to_owned(), errors: String::new() })
    }

    #[test]
    fn a_test_that_fails_is_named_whatever_is_around_it() {
        let third = r#"{"DCGM GPU Diagnostic":{"test_categories":[{"category":"Deployment","tests":[
            {"name":"Denylist","results":[{"gpu_ids":"0","status":"Pass"}]},
            {"name":"Page Retirement/Row Remap","results":[{"gpu_ids":"0","status":"STATUS"}]}]}]}}"#;
        let fourth = r#"{"DCGM Diagnostic":{"test_categories":[{"category":"Deployment","tests":[
            {"name":"software","results":[{"entity_group":"GPU","entity_id":0,"status":"STATUS"}],
             "test_summary":{"status":"STATUS"}}]}]}}"#;
        for report in [third, fourth] {
            assert_eq!(say(true, &report.replace("STATUS", "Pass")), Ok(()));
            assert_eq!(say(true, &report.replace("STATUS", "Skip")), Ok(()));
        }
        let failed = say(true, &third.replace("STATUS", "Fail")).unwrap_err();
        assert_eq!(failed, "dcgmi diag: failed Page Retirement/Row Remap");
        assert_eq!(say(false, &fourth.replace("STATUS", "Fail")).unwrap_err(), "dcgmi diag: failed software");
        assert!(say(false, "Error: it is busy").unwrap_err().contains("it is busy"));
        assert!(say(true, "hello").is_err());
    }

    #[test]
    fn without_it_nvml_says_what_it_counts() {
        let well = Facts {
            uuid: "GPU-1".to_owned(),
            model: String::new(),
            pci: Pci { domain: 0, bus: 1, device: 0 },
            memory: 1,
            driver: String::new(),
            is_divided: false,
            is_persistent: None,
            processes: Vec::new(),
            uncorrected: Some(0),
            recovery: 0,
        };
        assert_eq!(by_nvml(&well), Ok(()));
        assert!(by_nvml(&Facts { recovery: 4, ..well.clone() }).unwrap_err().contains("drained and reset"));
        let worn = by_nvml(&Facts { uncorrected: Some(2), ..well }).unwrap_err();
        assert!(worn.contains("2 memory errors") && worn.contains("nvidia-smi -r -i GPU-1"));
    }
}
