//! Writes the TypeScript types of the answers, `sdk/src/rules/types.ts`, and checks that they are as committed.

use crate::{
    bounds,
    concentration::Concentration,
    decode::{EVENTS, Event, Statement},
    evidence,
    json::{Json, Wide},
    outlook,
    refusal::Explanation,
    state::{Action, Ledger, Terms, VotingRules},
    text::camel_case,
};
use bytemuck::Zeroable;
use serde_json::Value;
use solana_address::Address;
use std::{env, fs, path::Path};
use ts_rs::{Config, TS};

const HEAD: &str = "\
// Written by a test of crates/client from its Rust types; do not edit.
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
        let Value::Object(mut fields) = event(name).json_with(Wide::Number) else { panic!() };
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
        let Value::Object(mut fields) = action.json_with(Wide::Number) else { panic!() };
        let name = fields.remove("action").unwrap();
        format!("  | {{ action: '{}'; {} }}", name.as_str().unwrap(), written(&fields))
    });
    actions.join("\n")
}

fn record(value: &impl Json) -> String {
    let Value::Object(fields) = value.json_with(Wide::Number) else { panic!() };
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
        format!("{}: {kind}", camel_case(name))
    };
    fields.iter().map(field).collect::<Vec<_>>().join("; ")
}

/// A type's declaration, a line for each field and for each line of its documentation.
fn declared<T: TS>(config: &Config) -> String {
    let declaration = with_names_in_camel_case(&T::decl(config));
    let text = format!("\n{}export {declaration}\n", T::docs().unwrap_or_default());
    let text = text.replace("/**\n * ", "/** ").replace("\n */", " */").replace(", };", ",\n};");
    let text = text.replace('"', "'");
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

/// What stands before a colon is a name.
fn with_names_in_camel_case(text: &str) -> String {
    let name = |part: &str| {
        let (rest, name) = part.split_at(part.rfind([' ', '\n']).map_or(0, |space| space + 1));
        format!("{rest}{}", camel_case(name))
    };
    text.split(':').map(name).collect::<Vec<_>>().join(":")
}

/// The declaration of an enum whose variants have fields, a line for each. What the fields mean is said in Rust.
fn union<T: TS>(config: &Config) -> String {
    let mut text = T::decl(config);
    while let Some((before, after)) = text.split_once("/**") {
        let (_, after) = after.split_once("*/").unwrap();
        text = format!("{before}{after}");
    }
    let text = with_names_in_camel_case(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let text = text.replace(", }", " }").replace(',', ";").replace("\"kind\"", "kind").replace('"', "'");
    let text = text.replacen(" = {", " =\n  | {", 1).replace("} | {", "}\n  | {");
    let docs = T::docs().unwrap_or_default().replace("/**\n * ", "/** ").replace("\n */", " */");
    format!("\n{docs}export {text}\n")
}

fn all() -> String {
    let config = &Config::new().with_large_int("bigint");
    [
        HEAD.to_owned(),
        declared::<outlook::LeaseOutlook>(config),
        declared::<outlook::Resize>(config),
        declared::<outlook::UsageOutlook>(config),
        declared::<outlook::MoneyOutlook>(config),
        declared::<outlook::Closing>(config),
        declared::<outlook::DisputeFigures>(config),
        declared::<outlook::Role>(config),
        declared::<outlook::Deed<outlook::LeaseAct>>(config),
        union::<outlook::LeaseAct>(config),
        union::<outlook::ProposalAct>(config),
        declared::<outlook::LeaseEffect>(config),
        declared::<outlook::AgreedOutcome>(config),
        declared::<outlook::DisputeOutcome>(config),
        declared::<outlook::DisputeConsequences>(config),
        declared::<outlook::Outcome>(config),
        declared::<outlook::ResolveOutcome>(config),
        declared::<outlook::Quote>(config),
        declared::<bounds::Bounds>(config),
        declared::<bounds::AccountSizes>(config),
        declared::<outlook::Signature>(config),
        declared::<outlook::AttestationFigures>(config),
        declared::<outlook::Signer>(config),
        declared::<outlook::UsageCheck>(config),
        declared::<evidence::Cause>(config),
        declared::<evidence::CauseSeconds>(config),
        declared::<evidence::Witness>(config),
        declared::<evidence::Subject>(config),
        declared::<evidence::Comparison>(config),
        declared::<evidence::EvidenceCheck>(config),
        declared::<Statement>(config),
        declared::<Explanation>(config),
        declared::<outlook::ProposalOutlook>(config),
        declared::<outlook::Standing>(config),
        declared::<outlook::FeeExample>(config),
        declared::<outlook::Weight>(config),
        declared::<outlook::Quorum>(config),
        declared::<Concentration>(config),
        format!("\n/** What a proposal says. Every integer is a `bigint`. */\nexport type Action =\n{};\n", actions()),
        format!("\n/** Rules of votes. Every integer is a `bigint`. */\nexport type VotingRules = {};\n", record(&VotingRules::zeroed())),
        format!("\n/** Terms of an offer, in its events. Every integer is a `bigint`. */\nexport type OfferTerms = {};\n", record(&Terms::zeroed())),
        format!("\n/** The money of a lease after an event. Every integer is a `bigint`. */\nexport type EventLedger = {};\n", record(&Ledger::zeroed())),
        format!("\n/** Something that happened. Every integer is a `bigint`. */\nexport type Event =\n{};\n", events()),
    ]
    .concat()
}

#[test]
fn the_types_of_the_sdk_are_those_of_the_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/src/rules/types.ts");
    let types = all();
    if env::var_os("WRITE_TYPES").is_some() {
        fs::write(&path, &types).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == types,
        "sdk/src/rules/types.ts is old: run `cargo xtask generate types` and commit it"
    );
}
