//! Writes what the Rust client decodes, `crates/client/src/generated.rs`: lists of instructions, events and errors, from
//! the committed IDL.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use anchor_lang_idl::types::{
    Idl, IdlArrayLen, IdlDefinedFields, IdlInstruction, IdlInstructionAccountItem, IdlType, IdlTypeDefTy,
};
use anyhow::{Context, Result, bail, ensure};

use crate::artifact;
use crate::workspace::Workspace;

/// How long a line of the file is at most.
const WIDTH: usize = 110;

fn path(workspace: &Workspace) -> PathBuf {
    workspace.root.join("crates/client/src/generated.rs")
}

/// Writes the lists.
pub fn write(workspace: &Workspace) -> Result<()> {
    artifact::write(&path(workspace), generate(workspace)?.as_bytes())
}

/// Fails unless the committed lists follow from the committed IDL.
pub fn check(workspace: &Workspace) -> Result<()> {
    let committed = fs::read_to_string(path(workspace)).unwrap_or_default();
    ensure!(committed == generate(workspace)?, "crates/client/src/generated.rs does not follow from the IDL");
    eprintln!("crates/client/src/generated.rs: follows from the IDL");
    Ok(())
}

fn generate(workspace: &Workspace) -> Result<String> {
    let idl = fs::read(workspace.idl()).context("the IDL is missing")?;
    lists(&serde_json::from_slice(&idl).context("the IDL is malformed")?)
}

fn lists(idl: &Idl) -> Result<String> {
    let instructions = idl.instructions.iter().map(instruction).collect::<Result<String>>()?;
    let events = idl.events.iter().map(|it| event(idl, &it.name)).collect::<Result<String>>()?;
    let errors: String = idl
        .errors
        .iter()
        .map(|error| {
            let message = error.msg.as_deref().unwrap_or_default();
            format!(
                "    ProgramError {{ number: {}, name: {:?}, message: {message:?} }},\n",
                error.code, error.name
            )
        })
        .collect();
    Ok(format!(
        "\
//! The instructions, events and errors of the program, as its IDL lists them. `cargo xtask generate client` writes this
//! file; do not edit it.

/// Hands a macro every instruction: its name in Rust and on chain, its arguments, its accounts in their order.
macro_rules! instructions {{
    ($to:ident) => {{
        $to! {{
{instructions}        }}
    }};
}}
pub(crate) use instructions;

/// Hands a macro every event with its fields.
macro_rules! events {{
    ($to:ident) => {{
        $to! {{
{events}        }}
    }};
}}
pub(crate) use events;

/// An error of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramError {{
    /// Its number.
    pub number: u32,
    /// Its name, for instance `NotClosable`.
    pub name: &'static str,
    /// What happened.
    pub message: &'static str,
}}

/// The program's own errors, by their numbers.
#[rustfmt::skip]
pub const ERRORS: &[ProgramError] = &[
{errors}];
"
    ))
}

fn instruction(instruction: &IdlInstruction) -> Result<String> {
    let name = &instruction.name;
    let args = instruction.args.iter().map(|arg| Ok(format!("{}: {}", arg.name, rust_type(&arg.ty)?)));
    let args = args.collect::<Result<Vec<_>>>().with_context(|| name.clone())?;
    let accounts = instruction.accounts.iter().map(|account| match account {
        IdlInstructionAccountItem::Single(account) => Ok(account.name.clone()),
        IdlInstructionAccountItem::Composite(group) => {
            bail!("{name}: the accounts {} are nested", group.name)
        }
    });
    let accounts = accounts.collect::<Result<Vec<_>>>()?;
    let args = enclosed('(', &args, ')');
    let accounts = enclosed('[', &accounts, ']');
    Ok(format!("            {} {name:?}\n{args}{accounts}", camel_case(name)))
}

fn event(idl: &Idl, name: &str) -> Result<String> {
    let definition = idl.types.iter().find(|it| it.name == name);
    let Some(IdlTypeDefTy::Struct { fields: Some(IdlDefinedFields::Named(fields)) }) =
        definition.map(|it| &it.ty)
    else {
        bail!("the event {name} has no named fields");
    };
    let fields: Vec<_> = fields.iter().map(|field| field.name.clone()).collect();
    Ok(format!("            {name}\n{}", enclosed('{', &fields, '}')))
}

/// Words in brackets, in as many lines as it takes.
fn enclosed(open: char, words: &[String], close: char) -> String {
    const INDENT: usize = 16;
    let mut text = format!("{:INDENT$}{open}", "");
    let mut width = text.len();
    for (index, word) in words.iter().enumerate() {
        let comma = if index + 1 < words.len() { "," } else { "" };
        let is_first = index == 0;
        if !is_first && width + word.len() + 2 > WIDTH {
            write!(text, "\n{:INDENT$} ", "").expect("text takes what is written");
            width = INDENT + 1;
        } else if !is_first {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        text.push_str(comma);
        width += word.len() + comma.len();
    }
    text.push(close);
    text.push('\n');
    text
}

/// How the client writes a type of an argument.
fn rust_type(ty: &IdlType) -> Result<String> {
    Ok(match ty {
        IdlType::Bool => "bool".to_owned(),
        IdlType::U8 => "u8".to_owned(),
        IdlType::U16 => "u16".to_owned(),
        IdlType::U32 => "u32".to_owned(),
        IdlType::U64 => "u64".to_owned(),
        IdlType::I64 => "i64".to_owned(),
        IdlType::Bytes => "Vec<u8>".to_owned(),
        IdlType::Pubkey => "Address".to_owned(),
        IdlType::Option(ty) => format!("Option<{}>", rust_type(ty)?),
        IdlType::Array(ty, IdlArrayLen::Value(length)) => format!("[{}; {length}]", rust_type(ty)?),
        IdlType::Defined { name, .. } => name.clone(),
        other => bail!("{other:?} is not known in arguments"),
    })
}

/// `open_lease` as `OpenLease`.
fn camel_case(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_has_its_arguments_as_rust_writes_them_and_its_accounts_in_order() {
        let idl = serde_json::json!({
            "name": "close_lease",
            "discriminator": [0, 0, 0, 0, 0, 0, 0, 0],
            "accounts": [{ "name": "renter", "signer": true }, { "name": "lease" }],
            "args": [
                { "name": "agreed", "type": { "option": { "defined": { "name": "Agreed" } } } },
                { "name": "hash", "type": { "array": ["u8", 32] } },
                { "name": "blob", "type": "bytes" },
            ],
        });
        let text = instruction(&serde_json::from_value(idl).unwrap()).unwrap();
        let words: Vec<_> = text.split_whitespace().collect();
        let expected = r#"CloseLease "close_lease" (agreed: Option<Agreed>, hash: [u8; 32], blob: Vec<u8>) [renter, lease]"#;
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn long_lists_are_broken_between_words() {
        let words = vec!["a_word_of_thirty_characters_in_it".to_owned(); 7];
        let text = enclosed('[', &words, ']');
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert_eq!(text.matches("a_word").count(), 7);
    }
}
