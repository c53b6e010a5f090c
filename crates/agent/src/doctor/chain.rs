//! What there is on chain, and whether the signer goes with it.

use gpu_lease_client::state::{Offer, Provider};
use solana_address::Address;

use crate::signer::About;
use gpu_lease_service::finding::Finding;

/// Lamports below which an operator cannot go on: some sixty signatures.
const LEAST: u64 = 1_000_000;

/// Lamports below which it should be sent some.
const LITTLE: u64 = 50_000_000;

/// Seconds by which two clocks may differ.
const APART: u64 = 30;

/// An offer that this machine serves, and what belongs to it.
pub struct Served {
    /// Its address.
    pub address: String,
    /// It, and its provider, if it is there.
    pub there: Option<(Offer, Provider)>,
    /// The bond account of its mint, and the base units that it holds.
    pub bond_account: (Address, u64),
    /// Of the mint.
    pub decimals: u8,
}

/// An offer that this machine serves with so many cards, for this signer, if it answers.
pub fn served(served: &Served, cards: u32, signer: Option<&About>) -> Vec<Finding> {
    const CHECK: &str = "offer";
    let address = &served.address;
    let Some((offer, provider)) = &served.there else {
        return vec![Finding::failure(
            CHECK,
            format!("there is no offer at {address}"),
            "write the right one in [[offers]]; `gpu-lease offer list --all --provider WALLET` shows yours",
        )];
    };
    let mut findings = Vec::new();
    if offer.is_open != 1 {
        findings.push(Finding::warning(
            CHECK,
            format!("{address} takes no new leases"),
            format!("open it with `gpu-lease offer update {address} --open`"),
        ));
    }
    if offer.gpus > cards {
        findings.push(Finding::warning(
            CHECK,
            format!("{address} offers {} GPUs, and this machine has {cards} cards", offer.gpus),
            format!("offer fewer with `gpu-lease offer update {address} --gpus {cards}`, unless others serve it too"),
        ));
    }
    if provider.operator == Address::default() {
        findings.push(Finding::failure(
            CHECK,
            format!("the provider of {address} has no operator, so no machine can start its leases"),
            "name one with `gpu-lease provider update --operator ADDRESS`",
        ));
    }
    if let Some(signer) = signer {
        findings.extend(keys(address, provider, signer));
        findings.extend(budget(served, offer, signer));
    }
    findings.push(bond(served, offer));
    if findings.iter().all(|finding| finding.check != CHECK) {
        findings.push(Finding::ok(CHECK, format!("{address} is there, with {} GPUs", offer.gpus)));
    }
    findings
}

fn keys(address: &str, provider: &Provider, signer: &About) -> Vec<Finding> {
    let of = |what: &str, named: Address, has: &str| {
        (named != Address::default() && named.to_string() != has).then(|| {
            Finding::failure(
                "offer",
                format!("the {what} of the provider of {address} is {named}, and the signer has {has}"),
                format!("name the signer's with `gpu-lease provider update --{what} {has}`, or give it the other key"),
            )
        })
    };
    let pairs = [
        ("operator", provider.operator, &signer.operator),
        ("attestor", provider.attestor, &signer.attestor),
    ];
    let mut findings: Vec<Finding> =
        pairs.into_iter().filter_map(|(what, named, has)| of(what, named, has)).collect();
    if !signer.offers.contains(address) {
        findings.push(Finding::failure(
            "offer",
            format!("the signer does not let this machine serve {address}"),
            "add it in the signer's configuration under [signer.machines], and start the signer again",
        ));
    }
    findings
}

fn bond(served: &Served, offer: &Offer) -> Finding {
    const CHECK: &str = "bond";
    let (account, holds) = &served.bond_account;
    let one = offer.terms.bond(1).unwrap_or(u64::MAX);
    let amount = |base_units| tokens(base_units, served.decimals);
    let found = format!("the bond account {account} holds {}", amount(*holds));
    if *holds >= one {
        return Finding::ok(CHECK, found);
    }
    Finding::failure(
        CHECK,
        format!("{found}, and a lease of one GPU takes {}", amount(one)),
        format!("pay in with `gpu-lease provider bond pay-in AMOUNT --mint {}`", offer.terms.mint),
    )
}

/// Whether the signer pledges a bond at all.
fn budget(served: &Served, offer: &Offer, signer: &About) -> Option<Finding> {
    let mint = offer.terms.mint.to_string();
    let one = offer.terms.bond(1).unwrap_or(u64::MAX);
    let budget = signer.bonds_a_day.get(&mint).filter(|budget| **budget < one)?;
    let amount = |base_units| tokens(base_units, served.decimals);
    Some(Finding::failure(
        "bond",
        format!(
            "the signer pledges {} in 24 hours, and a lease of one GPU takes {}",
            amount(*budget),
            amount(one)
        ),
        format!("write at least {one} for {mint} in [signer.bonds_a_day], and start the signer again"),
    ))
}

/// Base units as tokens.
fn tokens(base_units: u64, decimals: u8) -> String {
    let digits = usize::from(decimals);
    let text = format!("{base_units:0>width$}", width = digits + 1);
    let (whole, part) = text.split_at(text.len() - digits);
    let part = part.trim_end_matches('0');
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

/// What the operator has for transactions.
pub fn operator(address: &str, lamports: u64) -> Finding {
    const CHECK: &str = "operator";
    let found = format!("{address} has {} SOL for transactions", tokens(lamports, 9));
    let advice = format!("send it some: `solana transfer {address} 0.1 --allow-unfunded-recipient`");
    match lamports {
        ..LEAST => Finding::failure(CHECK, found, advice),
        LEAST..LITTLE => Finding::warning(CHECK, found, advice),
        _ => Finding::ok(CHECK, found),
    }
}

/// The cluster's clock and this machine's, unix seconds.
pub fn clock(cluster: i64, machine: i64) -> Finding {
    const CHECK: &str = "clock";
    match cluster.abs_diff(machine) {
        0..=APART => Finding::ok(CHECK, format!("within {APART} s of the cluster's")),
        apart => Finding::warning(
            CHECK,
            format!("this machine's clock and the cluster's are {apart} s apart"),
            "start a time service here, such as systemd-timesyncd, and see that the node has caught up; leases go by \
             the cluster's clock, certificates and logs by this one's",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use gpu_lease_service::finding::{Level, worst};

    const OFFER: &str = "4oEyWbjTi7DYP3JGcQKkf9mrXCPfXRaFkCEHbPbKoEgc";

    fn address(byte: u8) -> Address {
        Address::new_from_array([byte; 32])
    }

    fn there() -> (Served, About) {
        let mut offer = Offer::zeroed();
        (offer.is_open, offer.gpus) = (1, 8);
        (offer.terms.price, offer.terms.bond_hours) = (2_500_000, 2);
        let mut provider = Provider::zeroed();
        (provider.operator, provider.attestor) = (address(1), address(2));
        let about = About {
            operator: address(1).to_string(),
            attestor: address(2).to_string(),
            offers: [OFFER.to_owned()].into(),
            bonds_a_day: [].into(),
        };
        let bond_account = (address(3), 5_000_000);
        (Served { address: OFFER.into(), there: Some((offer, provider)), bond_account, decimals: 6 }, about)
    }

    /// What is not well, and it alone.
    fn fault(served: &Served, cards: u32, signer: &About) -> String {
        let findings = super::served(served, cards, Some(signer));
        let faults: Vec<_> = findings.iter().filter(|finding| finding.level != Level::Ok).collect();
        assert_eq!(faults.len(), 1, "{findings:?}");
        faults[0].to_string()
    }

    #[test]
    fn an_offer_that_goes_with_machine_and_signer_is_well() {
        let (served, about) = there();
        let findings = super::served(&served, 8, Some(&about));
        assert_eq!((worst(&findings), findings.len()), (Level::Ok, 2));
    }

    #[test]
    fn an_offer_that_is_not_there_or_shut_or_too_large_is_told_with_the_command() {
        let (mut served, about) = there();
        assert!(
            fault(&served, 4, &about)
                .contains("`gpu-lease offer update 4oEyWbjTi7DYP3JGcQKkf9mrXCPfXRaFkCEHbPbKoEgc --gpus 4`")
        );
        served.there.as_mut().unwrap().0.is_open = 0;
        assert!(fault(&served, 8, &about).contains("--open`"));
        served.there = None;
        assert!(fault(&served, 8, &about).contains("`gpu-lease offer list --all --provider WALLET`"));
    }

    #[test]
    fn a_key_that_is_not_the_provider_s_is_named_with_what_makes_it_so() {
        let (mut served, mut about) = there();
        about.attestor = address(9).to_string();
        let said = fault(&served, 8, &about);
        assert!(said.contains(&format!("provider update --attestor {}", address(9))), "{said}");
        about.attestor = address(2).to_string();
        served.there.as_mut().unwrap().1.operator = address(8);
        let said = fault(&served, 8, &about);
        assert!(said.contains(&format!("is {}, and the signer has {}", address(8), address(1))), "{said}");
        served.there.as_mut().unwrap().1.operator = Address::default();
        assert!(fault(&served, 8, &about).contains("`gpu-lease provider update --operator ADDRESS`"));
    }

    #[test]
    fn a_signer_that_does_not_know_the_machine_for_the_offer_is_told() {
        let (served, mut about) = there();
        about.offers.clear();
        assert!(fault(&served, 8, &about).contains("under [signer.machines]"));
    }

    #[test]
    fn a_bond_account_has_to_hold_the_bond_of_one_gpu() {
        let (mut served, about) = there();
        served.bond_account.1 = 4_999_999;
        let said = fault(&served, 8, &about);
        assert!(said.contains("holds 4.999999, and a lease of one GPU takes 5\n"), "{said}");
        assert!(said.contains("`gpu-lease provider bond pay-in AMOUNT --mint "), "{said}");
    }

    #[test]
    fn a_signer_has_to_pledge_the_bond_of_one_gpu() {
        let (served, mut about) = there();
        let mint = Address::default().to_string();
        about.bonds_a_day.insert(mint.clone(), 5_000_000);
        assert_eq!(worst(&super::served(&served, 8, Some(&about))), Level::Ok);
        about.bonds_a_day.insert(mint, 4_999_999);
        let said = fault(&served, 8, &about);
        assert!(said.contains("pledges 4.999999 in 24 hours, and a lease of one GPU takes 5\n"), "{said}");
        assert!(said.contains("[signer.bonds_a_day]"), "{said}");
    }

    #[test]
    fn an_operator_needs_sol() {
        let level = |lamports| operator("A", lamports).level;
        assert_eq!(
            [LEAST - 1, LEAST, LITTLE - 1, LITTLE].map(level),
            [Level::Failure, Level::Warning, Level::Warning, Level::Ok]
        );
        assert!(operator("A", 1).to_string().contains("A has 0.000000001 SOL"));
        assert!(operator("A", 1).to_string().contains("`solana transfer A 0.1"));
    }

    #[test]
    fn clocks_that_are_apart_either_way_are_told() {
        let level = |cluster| clock(cluster, 1_000).level;
        assert_eq!([970, 1_030].map(level), [Level::Ok; 2]);
        assert_eq!([969, 1_031].map(level), [Level::Warning; 2]);
        assert!(clock(0, 100).to_string().contains("systemd-timesyncd"));
    }

    #[test]
    fn money_is_written_as_people_write_it() {
        let written =
            [(0, 6), (5_000_000, 6), (1, 6), (7, 0), (1_500, 3)].map(|(units, at)| tokens(units, at));
        assert_eq!(written, ["0", "5", "0.000001", "7", "1.5"]);
    }
}
