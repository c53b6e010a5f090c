//! `gpu-lease-guard doctor`: whether leases can be guarded, and what to do if they cannot.

use std::collections::BTreeMap;

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::state::LeaseState;
pub use gpu_lease_service::finding::{Finding, Level, worst};
use solana_address::Address;
use solana_signer::Signer;

use crate::chain::{Chain, Watched};
use crate::config::{Config, Mode};
use crate::keys::{Keys, Logins};
use crate::probe::{Api, login};
use crate::way;

/// Seconds of a challenge window below which a guard that is being looked after may come too late: six hours.
const SHORT: u32 = 6 * 3_600;

/// Lamports below which a wallet cannot go on, and below which it should be sent some.
const LEAST: u64 = 1_000_000;
const LITTLE: u64 = 20_000_000;

/// Looks at everything.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = settings(config);
    let keys = match Keys::read(&config.keys) {
        Ok(keys) => keys,
        Err(error) => {
            findings.push(Finding::said("keys", Level::Failure, format!("{error:#}")));
            return findings;
        }
    };
    let (_, faults) = Logins::read(&config.keys.access);
    findings.extend(faults.into_iter().map(|fault| Finding::said("access", Level::Warning, fault)));
    let chain = Chain::new(&config.chain);
    findings.extend(nodes(&chain, config).await);
    let watched = Watched {
        sessions: keys.sessions.iter().map(Signer::pubkey).collect(),
        verifier: keys.verifier.as_ref().map(Signer::pubkey),
    };
    let view = chain.look(&watched, &Default::default()).await;
    findings.extend(view.silent.iter().map(|why| Finding::said("leases", Level::Failure, why.clone())));
    let leases: Vec<LeaseContext> = view.leases.into_values().collect();
    if leases.is_empty() && view.silent.is_empty() {
        let keys: Vec<String> =
            watched.sessions.iter().chain(&watched.verifier).map(ToString::to_string).collect();
        findings.push(Finding::warning(
            "leases",
            format!("no lease names {} its key", keys.join(" or ")),
            "open one with `--session-key`, or run `gpu-lease lease session-key`",
        ));
    }
    findings.extend(leases.iter().flat_map(|lease| of_lease(lease, &keys)));
    if let Some(wallet) = keys.wallet.as_ref().map(Signer::pubkey) {
        findings.extend(money(&chain, config, &wallet, &leases).await);
    }
    for lease in leases.iter().filter(|lease| lease.state == LeaseState::Active) {
        findings.push(machine(&chain, config, lease, &keys).await);
    }
    findings
}

fn settings(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        config.faults().into_iter().map(|fault| Finding::said("settings", Level::Failure, fault)).collect();
    if config.mode != Mode::Act {
        findings.push(Finding::warning(
            "settings",
            format!(
                "its mode is `{}`: claims that go too far mature unless somebody acts",
                config.mode.name()
            ),
            "write `mode = \"act\"`, or see to it that its news are read within half a challenge window",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("settings", "they fit together"));
    }
    findings
}

async fn nodes(chain: &Chain, config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let first = chain.node().genesis_hash().await;
    match &first {
        Ok(_) => findings.push(Finding::ok("node", "it answers")),
        Err(error) => findings.push(Finding::said("node", Level::Failure, error.to_string())),
    }
    let Some(second) = chain.second() else {
        findings.push(Finding::warning(
            "second node",
            "there is none: what one node makes up is believed when it says that it is finalized",
            "name one of somebody else's as `chain.second`",
        ));
        return findings;
    };
    match (second.genesis_hash().await, first) {
        (Err(error), _) => findings.push(Finding::said("second node", Level::Failure, error.to_string())),
        (Ok(other), Ok(hash)) if other != hash => findings.push(Finding::failure(
            "second node",
            "it is of another cluster",
            "name one of the same cluster as `chain.second`",
        )),
        _ if is_same_host(&config.chain.rpc, config.chain.second.as_deref().unwrap_or_default()) => {
            findings.push(Finding::warning(
                "second node",
                "it is at the same host as the first, and fails and lies with it",
                "name one of somebody else's as `chain.second`",
            ));
        }
        _ => findings.push(Finding::ok("second node", "it answers, and is another")),
    }
    findings
}

fn is_same_host(one: &str, other: &str) -> bool {
    let host = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split(['/', ':', '?']).next().unwrap_or_default().to_lowercase()
    };
    host(one) == host(other)
}

fn of_lease(lease: &LeaseContext, keys: &Keys) -> Vec<Finding> {
    const CHECK: &str = "lease";
    let mut findings = Vec::new();
    let (address, window) = (lease.address, lease.terms.challenge_window);
    if window < SHORT {
        findings.push(Finding::warning(
            CHECK,
            format!(
                "{address} has a challenge window of {} min: a guard that is away for half of it is too late",
                window / 60
            ),
            "run a standby on another host, and rent on offers with a window of six hours or more",
        ));
    }
    let provider = &lease.provider_account;
    let of_provider = [provider.authority, provider.operator, provider.attestor];
    if keys.signer(lease).is_some_and(|key| of_provider.contains(&key.pubkey())) {
        findings.push(Finding::failure(
            CHECK,
            format!("the session key of {address} is a key of its provider's, too: it can only co-sign"),
            format!("name another with `gpu-lease lease session-key {address}`"),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, format!("{address} can be guarded in time")));
    }
    findings
}

async fn money(chain: &Chain, config: &Config, wallet: &Address, leases: &[LeaseContext]) -> Vec<Finding> {
    let mut findings = Vec::new();
    match chain.node().lamports(wallet).await {
        Ok(lamports) => {
            let found = format!("the wallet {wallet} has {lamports} lamports");
            let advice = format!("send it some SOL: `solana transfer {wallet} 0.05`");
            findings.push(match lamports {
                LITTLE.. => Finding::ok("wallet", found),
                LEAST.. => Finding::warning("wallet", found, advice),
                _ => Finding::failure("wallet", found, advice),
            });
        }
        Err(error) => findings.push(Finding::said("wallet", Level::Failure, error.to_string())),
    }
    // The highest stake that a lease can take is its bond.
    let mut stakes: BTreeMap<Address, (Address, u64)> = BTreeMap::new();
    for lease in leases {
        let bond = lease.terms.bond(lease.gpus).unwrap_or(u64::MAX);
        let (_, most) = stakes.entry(lease.terms.mint).or_insert((lease.token_of(wallet), 0));
        *most = (*most).max(bond);
    }
    for (mint, (account, most)) in stakes {
        findings.push(stake(chain, config, &mint, &account, most).await);
    }
    findings
}

async fn stake(chain: &Chain, config: &Config, mint: &Address, account: &Address, most: u64) -> Finding {
    const CHECK: &str = "stakes";
    let budget = config.budgets.mints.get(&mint.to_string()).copied();
    if budget.is_none_or(|budget| budget.stakes_a_day == 0 || budget.stakes_in_all == 0) {
        return Finding::failure(
            CHECK,
            format!("nothing may be spent on stakes in {mint}: claims of its leases are not disputed"),
            "give it `stakes_a_day` and `stakes_in_all` in [budgets.mints]",
        );
    }
    match chain.node().token_balance(account).await {
        Err(error) => Finding::said(CHECK, Level::Failure, error.to_string()),
        Ok(None) => Finding::failure(
            CHECK,
            format!("the wallet has no token account for {mint}"),
            format!("send tokens to its account {account}"),
        ),
        Ok(Some(balance)) if balance.amount < most => Finding::warning(
            CHECK,
            format!("the wallet has {} base units of {mint}, and a dispute can take {most}", balance.amount),
            format!("send tokens to its account {account}; a stake is a tenth of what is in dispute"),
        ),
        Ok(Some(balance)) => {
            Finding::ok(CHECK, format!("the wallet has {} base units of {mint}", balance.amount))
        }
    }
}

async fn machine(chain: &Chain, config: &Config, lease: &LeaseContext, keys: &Keys) -> Finding {
    const CHECK: &str = "machine";
    let address = lease.address;
    let way = match way::find(chain.node(), lease, keys, config).await {
        Ok(way) => way,
        Err(error) => return Finding::said(CHECK, Level::Failure, format!("{address}: {error:#}")),
    };
    if let Err(failure) = Api::new(way.reach.clone(), way.guard.clone()).probe().await {
        let found = format!("{address} gives no sign of life: {failure}");
        return Finding::failure(CHECK, found, "see whether `gpu-lease lease ssh` gets in");
    }
    match &way.user {
        None => Finding::warning(
            CHECK,
            format!("{address} answers, and nobody can try a login: its renter's SSH key is not here"),
            format!("put it into a file called {address} in `keys.access`"),
        ),
        Some(key) => match login(&way.reach, key).await {
            Ok(()) => {
                Finding::ok(CHECK, format!("{address} answers at {}, and lets its renter in", way.reach))
            }
            Err(failure) => Finding::failure(
                CHECK,
                format!("{address} does not let its renter in: {failure}"),
                "see whether `gpu-lease lease ssh` gets in",
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_addresses_of_one_host_are_one_node() {
        for (one, other, is_same) in [
            ("http://127.0.0.1:8899", "http://127.0.0.1:8999/", true),
            ("https://api.example.org/?key=1", "http://API.example.org", true),
            ("https://api.example.org", "https://rpc.example.org", false),
        ] {
            assert_eq!(is_same_host(one, other), is_same, "{one} {other}");
        }
    }
}
