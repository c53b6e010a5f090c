//! The machine's own cards.

use std::io;
use std::path::Path;

use crate::cards::{Facts, recovery, scrubs};
use gpu_lease_service::finding::{Finding, Level};

/// The driver's library, and how many cards it tells of.
pub fn driver(cards: Result<usize, &String>) -> Finding {
    const CHECK: &str = "driver";
    match cards {
        Ok(0) => Finding::failure(
            CHECK,
            "it has no cards",
            "see what `nvidia-smi` says; for a rehearsal without any, write `simulated` in [cards]",
        ),
        Ok(cards) => Finding::ok(CHECK, format!("it has {cards} cards")),
        Err(error) => Finding::failure(
            CHECK,
            format!("it does not tell which cards there are: {error}"),
            "see that `nvidia-smi` works; for a rehearsal without cards, write `simulated` in [cards]",
        ),
    }
}

/// Whether the driver overwrites memory that is given back.
pub fn scrubbing(path: &Path, parameters: io::Result<String>) -> Finding {
    const CHECK: &str = "scrubbing";
    match parameters.map(|parameters| scrubs(&parameters)) {
        Ok(Ok(())) => Finding::ok(CHECK, "the driver overwrites memory that is given back"),
        Ok(Err(sentence)) => Finding::said(CHECK, Level::Failure, sentence),
        Err(error) => Finding::failure(
            CHECK,
            format!("{} cannot be read: {error}", path.display()),
            "see that the driver is loaded: no card is given to a second tenant without this",
        ),
    }
}

/// The library with which memory is overwritten.
pub fn cuda(path: &Path) -> Finding {
    const CHECK: &str = "wiping";
    // SAFETY: the library is the driver's, as its provider configured it.
    match unsafe { libloading::Library::new(path) } {
        Ok(_) => {
            Finding::ok(CHECK, format!("{} is there, to overwrite memory after a lease", path.display()))
        }
        Err(error) => Finding::failure(
            CHECK,
            format!("{} does not load: {error}", path.display()),
            "install it, on Debian as libcuda1: no card is given to a second tenant without it",
        ),
    }
}

/// The kernel's log.
pub fn log(path: &Path, opened: io::Result<()>) -> Finding {
    const CHECK: &str = "kernel's log";
    match opened {
        Ok(()) => Finding::ok(CHECK, "what the driver says of cards can be read"),
        Err(error) => {
            let found = format!("{} cannot be read: {error}", path.display());
            Finding::failure(CHECK, found, "run this as root, and in a container with CAP_SYSLOG")
        }
    }
}

/// NVIDIA's diagnosis.
pub fn diagnosis(path: &Path, is_there: bool) -> Finding {
    const CHECK: &str = "diagnosis";
    match is_there {
        true => Finding::ok(CHECK, format!("{} looks at a card after each lease", path.display())),
        false => Finding::ok(
            CHECK,
            "NVML alone looks at a card after each lease; DCGM, once installed, looks closer",
        ),
    }
}

/// A card, and why it is withheld, if it is.
pub fn card(card: &str, facts: &Result<Facts, String>, withheld: Option<&str>) -> Vec<Finding> {
    const CHECK: &str = "card";
    let facts = match facts {
        Ok(facts) => facts,
        Err(error) => {
            let advice = "see what `nvidia-smi` and `dmesg` say of it; a driver that hangs takes a reboot";
            return vec![Finding::failure(CHECK, format!("{card} does not answer: {error}"), advice)];
        }
    };
    let Facts { model, memory, driver, pci, .. } = facts;
    let is = format!("{card}, {model}, {} MiB at {pci}, driver {driver}", memory >> 20);
    let mut findings = Vec::new();
    if let Some(why) = withheld {
        findings.push(Finding::failure(
            CHECK,
            format!("{card} is out of use: {why}"),
            format!("repair, reset or exchange it, then `gpu-lease-agent restore {card}`"),
        ));
    }
    if facts.is_divided {
        findings.push(Finding::failure(
            CHECK,
            format!("{card} is divided into instances (MIG), and only whole cards are leased out"),
            format!("`nvidia-smi -i {card} -mig 0` makes it whole; or name the others as `only` in [cards]"),
        ));
    }
    if facts.recovery != 0 {
        findings.push(Finding::failure(
            CHECK,
            format!("{card} has to be {}, says the driver", recovery(facts.recovery)),
            format!("`nvidia-smi -r -i {card}` resets one that nobody uses"),
        ));
    }
    if facts.is_persistent == Some(false) {
        findings.push(Finding::warning(
            CHECK,
            format!("the driver lets {card} fall asleep while nobody uses it"),
            "`systemctl enable --now nvidia-persistenced` keeps it awake: leases start faster",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, is));
    }
    findings
}

/// What engines are told of devices, all of it, and whether the cards are there by UUID.
pub fn specification(cards: &[String], specifications: &str) -> Finding {
    const CHECK: &str = "cdi cards";
    let missing: Vec<_> =
        cards.iter().filter(|card| !specifications.contains(card.as_str())).map(String::as_str).collect();
    match missing.is_empty() {
        true => Finding::ok(CHECK, "the engine knows each by its UUID"),
        false => Finding::failure(
            CHECK,
            format!("the engine does not know {} by UUID", missing.join(", ")),
            "with nvidia-container-toolkit: `nvidia-ctk cdi generate --device-name-strategy=uuid \
             --output=/etc/cdi/nvidia.yaml`, again after each upgrade of the driver",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Facts {
        serde_json::from_value(serde_json::json!({
            "uuid": "GPU-1", "model": "NVIDIA H100", "pci": { "domain": 0, "bus": 59, "device": 0 },
            "memory": 80u64 << 30, "driver": "580.95.05", "is_divided": false, "is_persistent": true, "processes": [],
            "uncorrected": 0, "recovery": 0,
        }))
        .unwrap()
    }

    #[test]
    fn a_card_that_is_well_says_what_it_is_and_each_fault_what_to_do() {
        let say = |facts: Facts, withheld| card("GPU-1", &Ok(facts), withheld);
        let fine = say(well(), None);
        assert_eq!((fine.len(), fine[0].level), (1, Level::Ok));
        assert!(
            fine[0].found.contains("NVIDIA H100, 81920 MiB at 0000:3b:00, driver 580.95.05"),
            "{}",
            fine[0]
        );
        let divided = say(Facts { is_divided: true, ..well() }, None);
        assert!(divided[0].level == Level::Failure && divided[0].to_string().contains("-mig 0"));
        assert!(say(Facts { recovery: 1, ..well() }, None)[0].to_string().contains("has to be reset"));
        assert_eq!(say(Facts { is_persistent: Some(false), ..well() }, None)[0].level, Level::Warning);
        let withheld = say(well(), Some("only 7 bytes"))[0].to_string();
        assert!(withheld.contains("only 7 bytes") && withheld.contains("`gpu-lease-agent restore GPU-1`"));
        assert_eq!(card("GPU-1", &Err("no answer in 30 s".to_owned()), None)[0].level, Level::Failure);
    }

    #[test]
    fn what_the_machine_lacks_for_cards_is_named() {
        assert_eq!(driver(Ok(8)).level, Level::Ok);
        assert!(driver(Ok(0)).to_string().contains("nvidia-smi"));
        assert!(driver(Err(&"no such file".to_owned())).found.contains("no such file"));
        let parameters = |text: &str| scrubbing(Path::new("/p"), Ok(text.to_owned())).level;
        assert_eq!(parameters("RegistryDwords: \"\""), Level::Ok);
        assert_eq!(parameters("RegistryDwords: \"RMDisableScrubOnFree=1\""), Level::Failure);
        assert!(cuda(Path::new("/nowhere/libcuda.so.1")).to_string().contains("libcuda1"));
        let closed = io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(log(Path::new("/dev/kmsg"), Err(closed)).to_string().contains("CAP_SYSLOG"));
        let cards = ["GPU-1".to_owned(), "GPU-2".to_owned()];
        assert_eq!(specification(&cards, "name: GPU-1\nname: GPU-2").level, Level::Ok);
        let missing = specification(&cards, "name: GPU-1").to_string();
        assert!(missing.contains("does not know GPU-2") && missing.contains("nvidia-ctk cdi generate"));
    }
}
