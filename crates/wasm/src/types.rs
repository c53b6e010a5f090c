//! Writes the TypeScript types of the answers, `app/src/rules/types.ts`, and checks that they are as committed.

use crate::{bounds, chain, dispute, json::camel_case, lease, offer, usage, votes};
use bytemuck::Zeroable;
use gpu_lease_client::{
    decode::{EVENTS, Event},
    json::{Json, Wide},
    state::{Action, Ledger, Terms, VotingRules},
};
use serde_json::Value;
use solana_address::Address;
use std::{env, fs, path::Path};
use ts_rs::{Config, TS};

const HEAD: &str = "\
// Written by a test of crates/wasm from its Rust types; do not edit.
// `cargo xtask generate types` renews it.

/** Where a lease stands. */
export type LeasePhase = 'pending' | 'running' | 'exhausted' | 'disputed' | 'ending' | 'closable';

/** Where a proposal stands. */
export type ProposalPhase = 'voting' | 'ended' | 'timelocked' | 'executable' | 'expired' | 'failed' | 'executed';
";

/// The events of the program, by their names.
fn event(name: &str) -> Event {
    let discriminator = anchor_lang::hash::sha256(format!("event:{name}").as_bytes());
    let data = [&discriminator[..8], &[0; 1024]].concat();
    (8..data.len()).find_map(|end| Event::from_bytes(&data[..end])).unwrap()
}

fn events() -> String {
    let events = EVENTS.iter().map(|name| {
        let Value::Object(mut fields) = camel_case(event(name).json_with(Wide::Number)) else { panic!() };
        fields.remove("event");
        format!("  | {{ event: '{name}'; {} }}", written(&fields))
    });
    events.collect::<Vec<_>>().join("\n")
}

fn actions() -> String {
    let address = Address::default();
    let actions = [
        Action::SetFee { fee_bps: 0 },
        Action::SetTreasury { treasury: address },
        Action::SetArbiter { arbiter: address },
        Action::SetGuardian { guardian: address },
        Action::SetVotingRules { rules: VotingRules::zeroed() },
        Action::WithdrawFees { mint: address, amount: 0 },
    ];
    let actions = actions.map(|action| {
        let Value::Object(mut fields) = camel_case(action.json_with(Wide::Number)) else { panic!() };
        let name = fields.remove("action").unwrap();
        format!("  | {{ action: '{}'; {} }}", name.as_str().unwrap(), written(&fields))
    });
    actions.join("\n")
}

fn record(value: &impl Json) -> String {
    let Value::Object(fields) = camel_case(value.json_with(Wide::Number)) else { panic!() };
    format!("{{ {} }}", written(&fields))
}

/// The types of fields, told from their zero values.
fn written(fields: &serde_json::Map<String, Value>) -> String {
    let field = |(name, value): (&String, &Value)| {
        let kind = match (name.as_str(), value) {
            ("action", _) => "Action",
            ("terms", _) => "OfferTerms",
            ("rules", _) => "VotingRules",
            ("ledger", _) => "EventLedger",
            (_, Value::String(_)) => "string",
            (_, Value::Number(_)) => "bigint",
            (_, Value::Bool(_)) => "boolean",
            // Only addresses may be missing.
            (_, Value::Null) => "string | null",
            other => panic!("{other:?}"),
        };
        format!("{name}: {kind}")
    };
    fields.iter().map(field).collect::<Vec<_>>().join("; ")
}

/// A type's declaration, a line for each field and for each line of its documentation.
fn declared<T: TS>(config: &Config) -> String {
    let text = format!("\n{}export {}\n", T::docs().unwrap_or_default(), T::decl(config));
    let text = text.replace("/**\n * ", "/** ").replace("\n */", " */").replace(", };", ",\n};");
    let mut is_inside = false;
    let line = |line: &str| {
        let line = line.trim_end();
        is_inside &= line != "};";
        let indent = if is_inside { "  " } else { "" };
        is_inside |= line.ends_with('{');
        let is_field = !indent.is_empty() && !line.starts_with([' ', '/']);
        match line.strip_suffix(',') {
            Some(field) if is_field => format!("{indent}{field};\n"),
            _ => format!("{indent}{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

fn all() -> String {
    let config = &Config::new().with_large_int("bigint");
    [
        HEAD.to_owned(),
        declared::<lease::LeaseOutlook>(config),
        declared::<lease::Resize>(config),
        declared::<lease::UsageOutlook>(config),
        declared::<lease::MoneyOutlook>(config),
        declared::<lease::Division>(config),
        declared::<lease::DisputeFigures>(config),
        declared::<lease::Step>(config),
        declared::<lease::LeaseEffect>(config),
        declared::<lease::Roles>(config),
        declared::<lease::AgreedOutcome>(config),
        declared::<dispute::DisputeOutcome>(config),
        declared::<dispute::DisputeConsequences>(config),
        declared::<dispute::Outcome>(config),
        declared::<dispute::ResolveOutcome>(config),
        declared::<offer::Quote>(config),
        declared::<bounds::Bounds>(config),
        declared::<bounds::AccountSizes>(config),
        declared::<usage::Signature>(config),
        declared::<usage::Usage>(config),
        declared::<usage::Signer>(config),
        declared::<usage::UsageCheck>(config),
        declared::<usage::Statement>(config),
        declared::<chain::Explanation>(config),
        declared::<votes::ProposalOutlook>(config),
        declared::<votes::Standing>(config),
        declared::<votes::FeeExample>(config),
        declared::<votes::Weight>(config),
        declared::<votes::Quorum>(config),
        declared::<votes::Concentration>(config),
        format!("\n/** What a proposal says. Every integer is a `bigint`. */\nexport type Action =\n{};\n", actions()),
        format!("\n/** Rules of votes. Every integer is a `bigint`. */\nexport type VotingRules = {};\n", record(&VotingRules::zeroed())),
        format!("\n/** Terms of an offer, in its events. Every integer is a `bigint`. */\nexport type OfferTerms = {};\n", record(&Terms::zeroed())),
        format!("\n/** The money of a lease after an event. Every integer is a `bigint`. */\nexport type EventLedger = {};\n", record(&Ledger::zeroed())),
        format!("\n/** Something that happened. Every integer is a `bigint`. */\nexport type Event =\n{};\n", events()),
    ]
    .concat()
}

#[test]
fn the_types_of_the_page_are_those_of_the_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../app/src/rules/types.ts");
    let types = all();
    if env::var_os("WRITE_TYPES").is_some() {
        fs::write(&path, &types).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == types,
        "app/src/rules/types.ts is old: run `cargo xtask generate types` and commit it"
    );
}
