//! What systemd says of the units: of all that there are, so that a new one is looked at too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How exposed each may be at most, of 10, as systemd reckons. The agent runs other people's containers.
const EXPOSURE: [(&str, f64); 6] = [
    ("gpu-lease-agent", 4.8),
    ("gpu-lease-gateway", 1.3),
    ("gpu-lease-guard", 1.3),
    ("gpu-lease-indexer", 1.3),
    ("gpu-lease-keeper", 1.3),
    ("gpu-lease-signer", 1.3),
];

/// Copies of the units, by their names. They start a program that is there: systemd looks whether it is.
fn units() -> BTreeMap<String, PathBuf> {
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/systemd");
    let copies = Path::new(env!("CARGO_TARGET_TMPDIR")).join("units");
    fs::create_dir_all(&copies).unwrap();
    let program = std::env::current_exe().unwrap();
    let copy = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let start = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
        let installed = start.split(' ').next().unwrap();
        assert!(installed.starts_with("/usr/bin/gpu-lease-"), "{}: {start}", path.display());
        let to = copies.join(path.file_name().unwrap());
        fs::write(&to, text.replace(installed, &program.to_string_lossy())).unwrap();
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), to)
    };
    fs::read_dir(packaging).unwrap().map(|entry| copy(entry.unwrap().path())).collect()
}

#[test]
fn systemd_finds_no_fault_in_the_units_and_them_little_exposed() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!(
            "SKIPPED: there is no systemd-analyze to look at the units; `apt-get install systemd` brings it"
        );
        return;
    }
    let units = units();
    let known = EXPOSURE.map(|(name, _)| name);
    assert!(units.keys().eq(known), "{units:?}");
    let mut verify = Command::new("systemd-analyze");
    let verified = verify.args(["verify", "--man=no"]).args(units.values()).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && !said.contains("gpu-lease-"), "{said}");
    for (name, most) in EXPOSURE {
        let security = ["security", "--offline=true", "--no-pager"];
        let said = Command::new("systemd-analyze").args(security).arg(&units[name]).output().unwrap();
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let overall = said.lines().find(|line| line.contains("Overall exposure level")).unwrap_or_default();
        let exposure =
            overall.split(": ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<f64>().ok());
        assert!(exposure.is_some_and(|exposure| exposure <= most), "{name}: {said}");
    }
}
