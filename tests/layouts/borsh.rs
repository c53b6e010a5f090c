//! A second witness of how arguments and accounts are encoded: the program and its clients use the framework's encoder,
//! other clients whatever Borsh their language has. Here the IDL says which types follow each other, and the `borsh`
//! crate writes and reads them.

use borsh::{BorshDeserialize, BorshSerialize, to_vec};
use bytemuck::{Zeroable, bytes_of};
use gpu_lease::state::Lease;
use gpu_lease_client::decode;
use gpu_lease_tests::acts;
use proptest::prelude::*;
use serde_json::Value;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use std::{collections::BTreeSet, sync::LazyLock};

static IDL: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../idl/gpu_lease.json")).expect("the IDL is JSON")
});

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn named<'a>(kind: &str, name: &str) -> &'a Value {
    list(&IDL, kind)
        .iter()
        .find(|item| item["name"] == name)
        .unwrap_or_else(|| panic!("{name} is in the IDL"))
}

/// Where values come from: out of a source of chance, or out of encoded bytes. Both are written again.
trait Source {
    /// A value of a type that Borsh knows.
    fn take<T: BorshSerialize + BorshDeserialize>(&mut self) -> Option<T>;

    /// A number below `count`.
    fn choose(&mut self, count: u8) -> Option<u8>;

    /// A number of bytes.
    fn length(&mut self) -> Option<u32>;
}

/// Random bytes, which end.
struct Chance<'a>(&'a [u8]);

impl Source for Chance<'_> {
    fn take<T: BorshSerialize + BorshDeserialize>(&mut self) -> Option<T> {
        T::deserialize(&mut self.0).ok()
    }

    fn choose(&mut self, count: u8) -> Option<u8> {
        Some(self.take::<u8>()? % count)
    }

    fn length(&mut self) -> Option<u32> {
        Some(u32::from(self.take::<u8>()?))
    }
}

/// What was encoded.
struct Encoded<'a>(&'a [u8]);

impl Source for Encoded<'_> {
    fn take<T: BorshSerialize + BorshDeserialize>(&mut self) -> Option<T> {
        T::deserialize(&mut self.0).ok()
    }

    fn choose(&mut self, count: u8) -> Option<u8> {
        self.take::<u8>().filter(|choice| *choice < count)
    }

    fn length(&mut self) -> Option<u32> {
        self.take()
    }
}

/// A value of a type of the IDL, as Borsh writes it; `None` if the source has no such value.
fn value(of: &Value, source: &mut impl Source) -> Option<Vec<u8>> {
    fn one<T: BorshSerialize + BorshDeserialize>(source: &mut impl Source) -> Option<Vec<u8>> {
        to_vec(&source.take::<T>()?).ok()
    }
    if let Some(name) = of.as_str() {
        return match name {
            "u8" => one::<u8>(source),
            "u16" => one::<u16>(source),
            "u32" => one::<u32>(source),
            "u64" => one::<u64>(source),
            "i64" => one::<i64>(source),
            "pubkey" => one::<[u8; 32]>(source),
            "bool" => to_vec(&(source.choose(2)? == 1)).ok(),
            "bytes" => {
                let bytes: Option<Vec<u8>> = (0..source.length()?).map(|_| source.take::<u8>()).collect();
                to_vec(&bytes?).ok()
            }
            other => panic!("{other} is not a type that this test knows"),
        };
    }
    if let Some(inner) = of.get("option") {
        return match source.choose(2)? {
            0 => to_vec(&None::<u8>).ok(),
            _ => Some([vec![1], value(inner, source)?].concat()),
        };
    }
    if let Some([inner, count]) = of.get("array").and_then(Value::as_array).map(Vec::as_slice) {
        let items: Option<Vec<_>> = (0..count.as_u64()?).map(|_| value(inner, source)).collect();
        return Some(items?.concat());
    }
    let defined = &named("types", of["defined"]["name"].as_str()?)["type"];
    let variants = list(defined, "variants");
    match variants.len() {
        0 => fields(list(defined, "fields"), source),
        count => {
            let choice = source.choose(u8::try_from(count).ok()?)?;
            let inner = fields(list(&variants[usize::from(choice)], "fields"), source)?;
            Some([vec![choice], inner].concat())
        }
    }
}

fn fields(fields: &[Value], source: &mut impl Source) -> Option<Vec<u8>> {
    let values: Option<Vec<_>> = fields.iter().map(|field| value(&field["type"], source)).collect();
    Some(values?.concat())
}

fn discriminator(instruction: &Value) -> Vec<u8> {
    list(instruction, "discriminator").iter().map(|byte| byte.as_u64().expect("a byte") as u8).collect()
}

/// The data, read by Borsh and written again.
fn rewritten(data: &[u8]) -> Option<Vec<u8>> {
    let known = |instruction: &&Value| data.starts_with(&discriminator(instruction));
    let instruction = list(&IDL, "instructions").iter().find(known)?;
    let head = discriminator(instruction);
    let mut rest = Encoded(&data[head.len()..]);
    let written = fields(list(instruction, "args"), &mut rest)?;
    rest.0.is_empty().then(|| [head, written].concat())
}

proptest! {
    #[test]
    fn what_any_borsh_client_writes_is_read_as_it_was_meant(bytes in prop::collection::vec(any::<u8>(), 2_048)) {
        for instruction in list(&IDL, "instructions") {
            let arguments = fields(list(instruction, "args"), &mut Chance(&bytes)).expect("enough bytes");
            let data = [discriminator(instruction), arguments].concat();
            let nobody = AccountMeta::new(Address::default(), false);
            let accounts = vec![nobody; list(instruction, "accounts").len()];
            let sent = Instruction { program_id: gpu_lease::ID, accounts, data: data.clone() };
            let read = decode::instruction(&sent).expect("arguments").expect("of the program");
            prop_assert_eq!(read.name, instruction["name"].as_str().expect("a name"));
            prop_assert_eq!(read.args.data(), data);
        }
    }
}

#[test]
fn what_this_client_writes_is_read_by_borsh() {
    let mut seen = BTreeSet::new();
    for act in acts::acts() {
        let by = acts::key(&(act.given)().people, act.by).insecure_clone();
        let world = (act.given)();
        let sent = (act.play)(&world, solana_signer::Signer::pubkey(&by));
        for Instruction { program_id, data, .. } in sent {
            if program_id == gpu_lease::ID {
                assert_eq!(rewritten(&data), Some(data), "{}", act.instruction);
            }
        }
        seen.insert(act.instruction);
    }
    assert_eq!(seen.len(), list(&IDL, "instructions").len());
}

#[test]
fn a_life_is_the_hash_of_what_never_changes_as_borsh_writes_it() {
    let bytes: Vec<u8> = (0..size_of::<Lease>()).map(|index| (index * 7 + 3) as u8).collect();
    let mut lease = Lease::zeroed();
    bytemuck::bytes_of_mut(&mut lease).copy_from_slice(&bytes);
    let all = list(&named("types", "Lease")["type"], "fields");
    let never_changes: Vec<_> = all.iter().take_while(|field| field["name"] != "life").cloned().collect();
    let mut source = Encoded(bytes_of(&lease));
    let preimage = fields(&never_changes, &mut source).expect("a lease");
    assert_eq!(anchor_lang::hash::sha256(&preimage), lease.computed_life());
    // And all of it is read without a byte between.
    let rest = fields(&all[never_changes.len()..], &mut source).expect("a lease");
    assert_eq!([preimage, rest].concat(), bytes_of(&lease));
}
