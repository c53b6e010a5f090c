//! What the configuration says by itself.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::str::FromStr;

use solana_address::Address;

use crate::config::{Config, Runtime};
use gpu_lease_service::finding::Finding;

const CHECK: &str = "configuration";

/// All that can be said without looking at anything else.
pub fn settings(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if config.offers.is_empty() {
        findings.push(Finding::failure(
            CHECK,
            "this machine serves no offer",
            "write one as [[offers]]; `gpu-lease offer list --provider WALLET` shows yours",
        ));
    }
    for offer in &config.offers {
        match Address::from_str(&offer.address) {
            Ok(address) if address != Address::default() => {}
            _ => findings.push(Finding::failure(
                CHECK,
                format!("{} is not the address of an offer", offer.address),
                "write your offer's as `address` in [[offers]]; `gpu-lease offer list --provider WALLET` shows it",
            )),
        }
    }
    if config.cards.simulated == Some(0) {
        let advice = "write how many as `simulated` in [cards], or take that out for the machine's own";
        findings.push(Finding::failure(CHECK, "this machine has no cards", advice));
    }
    findings.extend(may_serve(config));
    if findings.is_empty() {
        let offers = config.offers.len();
        let cards = match config.cards.simulated {
            Some(cards) => format!("simulated cards: {cards}"),
            None => "the machine's own cards".to_owned(),
        };
        findings.push(Finding::ok(CHECK, format!("offers served: {offers}; {cards}")));
    }
    findings
}

/// Whether the signer of this configuration lets the machine serve its offers.
fn may_serve(config: &Config) -> Option<Finding> {
    // Of a signer elsewhere it says nothing.
    if config.signer.url.is_some() {
        return None;
    }
    let name = &config.machine.name;
    let allowed = config.signer.machines.get(name).cloned().unwrap_or_default();
    let offers: BTreeSet<String> = config.offers.iter().map(|offer| offer.address.clone()).collect();
    let missing: Vec<&str> = offers.difference(&allowed).map(String::as_str).collect();
    (!missing.is_empty()).then(|| {
        Finding::failure(
            CHECK,
            format!("the signer does not let machine `{name}` serve {}", missing.join(", ")),
            format!("add it to `{name}` in [signer.machines], and start the signer again"),
        )
    })
}

/// Where renters are told to connect to. Whether they get there is seen from elsewhere only.
pub fn reach(config: &Config) -> Finding {
    const CHECK: &str = "reach";
    let (host, port) = (&config.gateway.host, config.gateway.public_port());
    let is_loopback = host == "localhost" || IpAddr::from_str(host).is_ok_and(|ip| ip.is_loopback());
    if host.ends_with("example.org") {
        return Finding::failure(
            CHECK,
            format!("renters are told to connect to {host}, which is only an example"),
            "write this machine's public name or address as `host` in [gateway]",
        );
    }
    match config.runtime {
        Runtime::Process(_) if is_loopback => {
            Finding::ok(CHECK, format!("renters of this machine connect to {host} port {port}"))
        }
        _ if is_loopback => Finding::warning(
            CHECK,
            format!("renters are told to connect to {host}, where each finds its own machine"),
            "write this machine's public name or address as `host` in [gateway], unless you are alone with it",
        ),
        _ => Finding::warning(
            CHECK,
            format!("whether {host} port {port} is reached from outside cannot be seen from here"),
            format!("from another network, see that `ssh -p {port} {host}` ends with `Permission denied`"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Containers, PREFIX, Processes};
    use gpu_lease_service::finding::Level;
    use std::path::Path;

    const OFFER: &str = "4oEyWbjTi7DYP3JGcQKkf9mrXCPfXRaFkCEHbPbKoEgc";

    /// The example, filled in.
    fn filled_in() -> Config {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("gpu-lease-agent.toml");
        let mut config: Config = gpu_lease_service::config::load(Some(&example), PREFIX).unwrap();
        config.offers[0].address = OFFER.to_owned();
        config.signer.machines.insert("machine".to_owned(), [OFFER.to_owned()].into());
        config.gateway.host = "127.0.0.1".to_owned();
        config.runtime = Runtime::Process(Processes { state: "/s".into(), helper: "/h".into() });
        config
    }

    /// The one thing that is not well.
    fn finding(config: &Config) -> Finding {
        let findings = settings(config);
        assert_eq!(findings.len(), 1, "{findings:?}");
        findings[0].clone()
    }

    #[test]
    fn what_is_filled_in_is_well() {
        assert_eq!(finding(&filled_in()).level, Level::Ok);
    }

    #[test]
    fn the_example_as_it_is_names_what_has_to_be_filled_in() {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("gpu-lease-agent.toml");
        let config: Config = gpu_lease_service::config::load(Some(&example), PREFIX).unwrap();
        let findings: Vec<String> = settings(&config).iter().map(ToString::to_string).collect();
        assert!(findings.iter().any(|it| it.contains("write your offer's as `address`")), "{findings:?}");
        assert!(reach(&config).to_string().contains("is only an example"));
    }

    #[test]
    fn an_offer_that_the_signer_does_not_know_the_machine_for_is_named() {
        let mut config = filled_in();
        config.signer.machines.clear();
        let finding = finding(&config);
        assert!(finding.found.contains(OFFER), "{finding}");
        assert!(finding.to_string().contains("add it to `machine` in [signer.machines]"), "{finding}");
    }

    #[test]
    fn a_machine_that_nobody_knows_how_to_reach_is_told_what_to_write_and_what_to_try() {
        let mut config = filled_in();
        assert_eq!(reach(&config).level, Level::Ok);
        config.gateway.host = "gpu1.provider.net".to_owned();
        assert!(reach(&config).to_string().contains("see that `ssh -p 2222 gpu1.provider.net` ends with"));
        config.gateway.host = "localhost".to_owned();
        config.runtime = Runtime::Docker(Containers {
            engine: "/e".into(),
            state: "/s".into(),
            helper: "/h".into(),
            group: None,
            open_files: 1,
        });
        assert!(reach(&config).to_string().contains("write this machine's public name or address as `host`"));
    }

    #[test]
    fn a_machine_without_cards_or_offers_is_told_where_to_write_them() {
        let mut config = filled_in();
        config.cards.simulated = Some(0);
        assert!(finding(&config).to_string().contains("`simulated` in [cards]"));
        let mut config = filled_in();
        config.offers.clear();
        assert!(finding(&config).to_string().contains("write one as [[offers]]"));
    }
}
