//! What `gpu-lease guard init` writes is what a guard reads.

use std::path::{Path, PathBuf};
use std::process::Command;

use gpu_lease_guard::config::{Config, Mode, PREFIX};
use gpu_lease_guard::keys::{Keys, Logins};
use solana_signer::Signer;

use crate::programs::program;

fn init(home: &Path, arguments: &str) -> PathBuf {
    let mut command = Command::new(program("gpu-lease"));
    command.args(["--url", "http://127.0.0.1:8899", "guard", "init"]).args(arguments.split_whitespace());
    let output = command.current_dir(home).env("HOME", home).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let folder = arguments.split_whitespace().next().unwrap();
    home.join(folder).join("gpu-lease-guard.toml")
}

fn read(path: &Path) -> Config {
    let config: Config = gpu_lease_service::config::load(Some(path), PREFIX).unwrap();
    assert_eq!(config.faults(), Vec::<String>::new());
    config
}

#[test]
fn what_guard_init_writes_is_a_guard_s_configuration_and_its_keys() {
    let home = tempfile::tempdir().unwrap();
    let path = init(home.path(), "guard --second testnet --webhook https://example.org/hook");
    let config = read(&path);
    assert_eq!((config.mode, config.standby), (Mode::Act, false));
    assert_eq!(config.chain.second.as_deref(), Some("https://api.testnet.solana.com"));
    // A renter is asked before its money is spent.
    assert!(config.funding.is_none() && config.budgets.mints.is_empty());
    let keys = Keys::read(&config.keys).unwrap();
    assert_eq!((keys.sessions.len(), keys.wallet.is_some()), (1, true));
    let (logins, faults) = Logins::read(&config.keys.access);
    assert!(logins.access.is_empty() && faults.is_empty(), "{faults:?}");
    config.webhook.unwrap().sender().unwrap();

    let standby = read(&init(home.path(), "standby --standby-of guard"));
    assert!(standby.standby);
    let other = Keys::read(&standby.keys).unwrap();
    assert_eq!(other.sessions[0].pubkey(), keys.sessions[0].pubkey());
    assert_ne!(other.wallet.unwrap().pubkey(), keys.wallet.unwrap().pubkey());

    // The program itself says so, too.
    let check = Command::new(program("gpu-lease-guard")).arg("--config").arg(&path).arg("--check").output();
    let check = check.unwrap();
    assert_eq!(
        (check.status.code(), check.stdout.as_slice()),
        (Some(0), &b"The configuration is fine.\n"[..])
    );
}
