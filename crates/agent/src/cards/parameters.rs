//! How the driver was loaded.

/// The driver's own switch for leaving memory as it was when a process gives it back.
const NO_SCRUB: &str = "rmdisablescrubonfree";

/// That the driver overwrites memory that a process gives back, by its parameters as it shows them; otherwise what switches that
/// off.
pub fn scrubs(parameters: &str) -> Result<(), String> {
    // `RegistryDwords: "Key=Value;Key=Value"`, and the same with a card in front as `RegistryDwordsPerDevice`.
    let words = parameters.lines().filter(|line| line.starts_with("RegistryDwords"));
    let words = words.flat_map(|line| line.split([';', '"', ' ']));
    for (key, value) in words.filter_map(|word| word.split_once('=')) {
        if key.eq_ignore_ascii_case(NO_SCRUB) && !is_zero(value) {
            return Err(format!(
                "the driver leaves memory as it was when a process ends: {key}={value}. Take it out of \
                 NVreg_RegistryDwords in /etc/modprobe.d, and load the driver again"
            ));
        }
    }
    Ok(())
}

fn is_zero(value: &str) -> bool {
    let digits = value.trim_start_matches("0x");
    !value.is_empty() && digits.chars().all(|digit| digit == '0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_scrubs_unless_its_switch_says_otherwise() {
        let with =
            |words: &str| scrubs(&format!("ResmanDebugLevel: 4294967295\nRegistryDwords: \"{words}\"\n"));
        assert_eq!(scrubs(""), Ok(()));
        for words in ["", "PeerMappingOverride=1;", "RMDisableScrubOnFree=0", "RMDisableScrubOnFree=0x0;A=1"]
        {
            assert_eq!(with(words), Ok(()), "{words}");
        }
        for words in ["RMDisableScrubOnFree=1", "A=1;rmdisablescrubonfree=0x1;B=2", "RMDisableScrubOnFree="] {
            assert!(with(words).unwrap_err().contains("/etc/modprobe.d"), "{words}");
        }
        let one = "RegistryDwordsPerDevice: \"pci=0000:3b:00.0;RMDisableScrubOnFree=1\"";
        assert!(scrubs(one).is_err());
    }
}
