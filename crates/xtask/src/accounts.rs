//! How the addresses of accounts follow, as far as the IDL's format can say it: clients then find them by themselves.
//!
//! Anchor says it where an account is created from constants, addresses and arguments. The rest follows from the
//! program's own constraints:
//!
//! - `seeds`, those too that are fields, as `&request.nonce.to_le_bytes()`;
//! - an equality with a field that is a seed, as `participant.party == lease.renter`, in a constraint or in a `require!`;
//! - `token::mint` and `token::authority`: any token account of that owner will do, the associated one is the default;
//! - names: one name is derived one way wherever its seeds are known, `payer_token` is a token account of `payer`, and
//!   an account with the name of another's field is the one that the field names.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use anchor_lang_idl::types::{
    Idl, IdlDefinedFields, IdlInstructionAccount, IdlInstructionAccountItem, IdlPda, IdlSeed, IdlSeedAccount,
    IdlSeedArg, IdlSeedConst, IdlType, IdlTypeDefTy,
};
use anyhow::{Context, Result};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{
    BinOp, Expr, File, FnArg, GenericArgument, Ident, Item, ItemFn, ItemStruct, Lit, Member, Pat,
    PathArguments, Stmt, Token, Type, token,
};

use crate::digest::files_below;

/// `ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL`, which derives associated token accounts from owner, token program and
/// mint.
const ASSOCIATED_TOKEN_PROGRAM: [u8; 32] = [
    140, 151, 37, 143, 78, 36, 137, 241, 187, 61, 16, 41, 20, 142, 13, 131, 11, 90, 19, 153, 218, 255, 16,
    132, 4, 142, 123, 216, 219, 233, 248, 89,
];

/// Completes what `idl` says of accounts by the sources in the folder `program`.
pub fn complete(idl: &mut Idl, program: &Path) -> Result<()> {
    let mut sources = files_below(program, |_| false)?;
    sources.retain(|path| path.extension().is_some_and(|kind| kind == "rs"));
    let files: Result<Vec<_>> = sources
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path)?;
            syn::parse_file(&text).with_context(|| format!("cannot read {}", path.display()))
        })
        .collect();
    Program::read(&files?).complete(idl)
}

/// What an address is made of.
#[derive(Clone, Debug, PartialEq)]
enum Seed {
    Const(Vec<u8>),
    /// An account or an argument, or a field of it: `lease.terms.mint`.
    Place(Vec<String>),
}

impl Seed {
    fn place(path: &[&str]) -> Self {
        Self::Place(path.iter().map(|name| (*name).to_owned()).collect())
    }
}

/// How an address is made.
#[derive(Clone, Debug, PartialEq)]
struct Derivation {
    seeds: Vec<Seed>,
    is_associated_token: bool,
}

impl Derivation {
    fn associated_token(owner: Seed, mint: Seed) -> Self {
        Self { seeds: vec![owner, Seed::place(&["token_program"]), mint], is_associated_token: true }
    }

    /// The same with other seeds.
    fn map(&self, seed: impl Fn(&Seed) -> Option<Seed>) -> Option<Self> {
        let seeds = self.seeds.iter().map(seed).collect::<Option<_>>()?;
        Some(Self { seeds, ..self.clone() })
    }
}

/// The program's instructions, as their files declare them.
struct Program {
    instructions: BTreeMap<String, Instruction>,
    /// How what instructions create is derived, by its type.
    created: Vec<(String, Derivation)>,
    /// How accounts are derived wherever their seeds are known, by their name.
    named: Vec<(String, Derivation)>,
}

struct Instruction {
    accounts: Vec<Account>,
    args: Vec<String>,
    /// Values that it requires to be equal.
    equal: Vec<[Seed; 2]>,
}

struct Account {
    name: String,
    /// `Lease`, of an `Account<New<Lease>>`.
    ty: String,
    is_new: bool,
    /// How it is created.
    seeds: Option<Derivation>,
    /// Which field of another account names it.
    address: Option<Seed>,
    /// What a token account holds, and whose it is.
    mint: Option<Seed>,
    owner: Option<Seed>,
}

impl Program {
    fn read(files: &[File]) -> Self {
        let consts: HashMap<_, _> =
            files.iter().flat_map(|file| &file.items).filter_map(byte_string).collect();
        let instructions: BTreeMap<_, _> =
            files.iter().filter_map(|file| Instruction::read(file, &consts)).collect();
        let accounts = || {
            instructions
                .values()
                .flat_map(|instruction| instruction.accounts.iter().map(move |it| (instruction, it)))
        };
        let created: Vec<_> =
            accounts().filter_map(|(_, it)| Some((it.ty.clone(), it.seeds.clone()?))).collect();
        let named = accounts()
            .filter_map(|(instruction, it)| Some((it.name.clone(), instruction.derivation(it, &created)?)))
            // A field may have been another when the address was made of it: the number of proposals was.
            .filter(|(_, it)| {
                it.is_associated_token
                    || it.seeds.iter().all(|seed| !matches!(seed, Seed::Place(path) if path.len() > 1))
            })
            .collect();
        Self { instructions, created, named }
    }

    fn complete(&self, idl: &mut Idl) -> Result<()> {
        let types = idl.types.iter().map(|it| (it.name.clone(), addresses_in(&it.ty))).collect();
        for instruction in &mut idl.instructions {
            let declared = self.instructions.get(&instruction.name);
            let declared = declared.with_context(|| format!("no file declares {}", instruction.name))?;
            for item in &mut instruction.accounts {
                let IdlInstructionAccountItem::Single(account) = item else { continue };
                self.complete_account(account, declared, &types)
                    .with_context(|| format!("{} of {}", account.name, instruction.name))?;
            }
        }
        Ok(())
    }

    fn complete_account(
        &self,
        account: &mut IdlInstructionAccount,
        instruction: &Instruction,
        types: &HashMap<String, Vec<String>>,
    ) -> Result<()> {
        let declared = instruction.account(&account.name).context("is not declared")?;
        let has_field = |other: &Account, name: &str| {
            !other.is_new
                && types.get(&other.ty).is_some_and(|fields| fields.iter().any(|field| field == name))
        };
        // Anchor writes the path of a field where an address belongs.
        account.address = account.address.take().filter(|address| !address.contains('.'));

        let namesakes = || self.named.iter().filter(|(name, _)| *name == account.name).map(|(_, it)| it);
        let relation = instruction.names(declared);
        account.pda = instruction
            .derivation(declared, &self.created)
            .and_then(|it| instruction.pda(&it))
            .or_else(|| match relation {
                None => namesakes().find_map(|it| instruction.pda(it)),
                // Only what follows from the account that names it: another seed may have the same name by chance.
                Some(source) => namesakes().find_map(|it| {
                    instruction.pda(&it.map(|seed| match seed {
                        Seed::Place(path) => match path.as_slice() {
                            [name] if *name == source.name => Some(seed.clone()),
                            [name] if has_field(source, name) => Some(Seed::place(&[&source.name, name])),
                            _ => None,
                        },
                        Seed::Const(_) => Some(seed.clone()),
                    })?)
                }),
            });
        let is_known = account.signer || account.address.is_some();
        let named_so = || instruction.accounts.iter().find(|other| has_field(other, &account.name));
        account.relations = match (&account.pda, relation) {
            (None, Some(source)) => vec![source.name.clone()],
            (None, None) if !is_known => named_so().map(|source| source.name.clone()).into_iter().collect(),
            _ => Vec::new(),
        };
        Ok(())
    }
}

impl Instruction {
    /// The instruction of a file that declares one, with its name.
    fn read(file: &File, consts: &HashMap<String, Vec<u8>>) -> Option<(String, Self)> {
        let accounts = file.items.iter().find_map(|item| match item {
            Item::Struct(item) if item.attrs.iter().any(is_accounts) => Some(item),
            _ => None,
        })?;
        let handler = file.items.iter().find_map(|item| match item {
            Item::Fn(item) if is_handler(item, accounts) => Some(item),
            _ => None,
        })?;
        let mut equal = requirements(handler);
        let accounts = accounts
            .fields
            .iter()
            .filter_map(|field| {
                let constraints = field.attrs.iter().filter(|it| it.path().is_ident("account"));
                let constraints: Vec<Constraint> = constraints.flat_map(constraints_of).collect();
                equal.extend(
                    constraints.iter().filter(|it| it.name == "constraint").filter_map(Constraint::equality),
                );
                Account::read(field.ident.as_ref()?, &field.ty, &constraints, consts)
            })
            .collect();
        let args = handler.sig.inputs.iter().skip(1).filter_map(|argument| match argument {
            FnArg::Typed(argument) => match &*argument.pat {
                Pat::Ident(name) => Some(name.ident.to_string()),
                _ => None,
            },
            FnArg::Receiver(_) => None,
        });
        Some((handler.sig.ident.to_string(), Self { accounts, args: args.collect(), equal }))
    }

    fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// How the address of `account` follows from its own constraints, where `created` says how its type is made.
    fn derivation(&self, account: &Account, created: &[(String, Derivation)]) -> Option<Derivation> {
        let name = account.name.as_str();
        if account.seeds.is_some() {
            return account.seeds.clone();
        }
        let same = |[left, right]: &[Seed; 2]| [(left.clone(), right.clone()), (right.clone(), left.clone())];
        let by_seed = self.equal.iter().flat_map(same).find_map(|(mine, value)| {
            let Seed::Place(path) = mine else { return None };
            let [root, field] = path.as_slice() else { return None };
            let of_type = created.iter().filter(|(ty, _)| *root == name && *ty == account.ty);
            of_type.map(|(_, it)| it).find_map(|it| {
                it.map(|seed| match seed {
                    Seed::Const(_) => Some(seed.clone()),
                    Seed::Place(path) => (path.as_slice() == [field.clone()]).then(|| value.clone()),
                })
            })
        });
        let by_token = || Some(Derivation::associated_token(account.owner.clone()?, account.mint.clone()?));
        let by_name = || {
            let owner = name.strip_suffix("_token").and_then(|owner| self.account(owner))?;
            let vault = self.account("vault")?;
            let mint = vault.mint.clone().unwrap_or_else(|| Seed::place(&["vault", "mint"]));
            Some(Derivation::associated_token(Seed::place(&[&owner.name]), mint))
        };
        by_seed.or_else(by_token).or_else(by_name)
    }

    /// The account one of whose fields, with the same name, has to be the address of `account`.
    fn names(&self, account: &Account) -> Option<&Account> {
        let own = Seed::place(&[&account.name]);
        let equal = self.equal.iter().filter_map(|[left, right]| match () {
            () if *left == own => Some(right),
            () if *right == own => Some(left),
            () => None,
        });
        account.address.iter().chain(equal).find_map(|value| match value {
            Seed::Place(path) => match path.as_slice() {
                [source, field] if *field == account.name => self.account(source).filter(|it| !it.is_new),
                _ => None,
            },
            Seed::Const(_) => None,
        })
    }

    /// The same in the IDL's words, if the instruction has all that it takes.
    fn pda(&self, Derivation { seeds, is_associated_token }: &Derivation) -> Option<IdlPda> {
        let program = IdlSeed::Const(IdlSeedConst { value: ASSOCIATED_TOKEN_PROGRAM.into() });
        let seeds = seeds.iter().map(|seed| self.seed(seed)).collect::<Option<_>>()?;
        Some(IdlPda { seeds, program: is_associated_token.then_some(program) })
    }

    fn seed(&self, seed: &Seed) -> Option<IdlSeed> {
        let path = match seed {
            Seed::Const(value) => return Some(IdlSeed::Const(IdlSeedConst { value: value.clone() })),
            Seed::Place(path) => path,
        };
        let root = path.first()?;
        let Some(account) = self.account(root) else {
            let is_argument = self.args.contains(root);
            return is_argument.then(|| IdlSeed::Arg(IdlSeedArg { path: path.join(".") }));
        };
        let whole = |account: &Account| IdlSeedAccount { path: account.name.clone(), account: None };
        if path.len() == 1 {
            return Some(IdlSeed::Account(whole(account)));
        }
        // An account that is next to it need not be looked up.
        let beside = self.accounts.iter().find(|it| it.address.as_ref() == Some(seed));
        let field = || IdlSeedAccount { path: path.join("."), account: Some(account.ty.clone()) };
        (!account.is_new).then(|| IdlSeed::Account(beside.map_or_else(field, whole)))
    }
}

impl Account {
    fn read(
        name: &Ident,
        ty: &Type,
        constraints: &[Constraint],
        consts: &HashMap<String, Vec<u8>>,
    ) -> Option<Self> {
        let value = |name: &str| constraints.iter().find(|it| it.name == name)?.value.as_ref();
        let seed = |seed: &Expr| match seed {
            Expr::Path(path) => path.path.get_ident().and_then(|name| consts.get(&name.to_string())).cloned(),
            _ => None,
        };
        let seeds = value("seeds").and_then(|value| match value {
            Expr::Array(array) => {
                array.elems.iter().map(|it| seed(it).map(Seed::Const).or_else(|| place(it))).collect()
            }
            _ => None,
        });
        Some(Self {
            name: name.to_string(),
            ty: innermost(ty)?,
            is_new: constraints.iter().any(|it| it.name.starts_with("init")),
            seeds: seeds.map(|seeds| Derivation { seeds, is_associated_token: false }),
            address: value("address").and_then(place),
            mint: value("token::mint").and_then(place),
            owner: value("token::authority").and_then(place),
        })
    }
}

/// A part of an `#[account(…)]`: `mut`, `unsafe(dup)`, `token::mint = mint`, `address = lease.vault @ error`.
struct Constraint {
    name: String,
    value: Option<Expr>,
}

impl Constraint {
    /// The two sides of `constraint = left == right`.
    fn equality(&self) -> Option<[Seed; 2]> {
        self.value.as_ref().and_then(equality)
    }
}

impl Parse for Constraint {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut name = input.call(Ident::parse_any)?.to_string();
        while input.parse::<Option<Token![::]>>()?.is_some() {
            name = format!("{name}::{}", input.call(Ident::parse_any)?);
        }
        if input.peek(token::Paren) {
            let flag;
            syn::parenthesized!(flag in input);
            flag.call(Ident::parse_any)?;
        }
        let value = input.parse::<Option<Token![=]>>()?.map(|_| input.parse()).transpose()?;
        if input.parse::<Option<Token![@]>>()?.is_some() {
            input.parse::<Expr>()?;
        }
        Ok(Self { name, value })
    }
}

fn constraints_of(attribute: &syn::Attribute) -> Punctuated<Constraint, Token![,]> {
    attribute.parse_args_with(Punctuated::parse_terminated).unwrap_or_default()
}

/// `#[derive(Accounts)]`.
fn is_accounts(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("derive")
        && attribute.parse_args::<Ident>().is_ok_and(|derived| derived == "Accounts")
}

/// Whether a function takes a context of these accounts.
fn is_handler(function: &ItemFn, accounts: &ItemStruct) -> bool {
    let Some(FnArg::Typed(context)) = function.sig.inputs.first() else { return false };
    let Type::Reference(context) = &*context.ty else { return false };
    innermost(&context.elem).is_some_and(|ty| accounts.ident == ty)
}

/// `T` of `Account<New<T>>`.
fn innermost(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Some(segment.ident.to_string());
    };
    arguments.args.iter().rev().find_map(|argument| match argument {
        GenericArgument::Type(inner) => innermost(inner),
        _ => None,
    })
}

/// The name and the value of a constant byte string.
fn byte_string(item: &Item) -> Option<(String, Vec<u8>)> {
    let Item::Const(item) = item else { return None };
    match &*item.expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::ByteStr(bytes) => Some((item.ident.to_string(), bytes.value())),
            _ => None,
        },
        _ => None,
    }
}

/// What a handler requires to be equal, whatever its arguments are.
fn requirements(handler: &ItemFn) -> Vec<[Seed; 2]> {
    let required = handler.block.stmts.iter().filter_map(|statement| match statement {
        Stmt::Macro(statement) if statement.mac.path.is_ident("require") => {
            let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
            equality(arguments.parse2(statement.mac.tokens.clone()).ok()?.first()?)
        }
        _ => None,
    });
    required.collect()
}

fn equality(condition: &Expr) -> Option<[Seed; 2]> {
    match condition {
        Expr::Binary(binary) if matches!(binary.op, BinOp::Eq(_)) => {
            Some([place(&binary.left)?, place(&binary.right)?])
        }
        _ => None,
    }
}

/// An account, an argument or a field, however it is read: `&governance.proposal_count.to_le_bytes()`.
fn place(expression: &Expr) -> Option<Seed> {
    fn path(expression: &Expr) -> Option<Vec<String>> {
        match expression {
            Expr::Reference(it) => path(&it.expr),
            Expr::Unary(it) => path(&it.expr),
            Expr::Paren(it) => path(&it.expr),
            Expr::Path(it) => Some(vec![it.path.get_ident()?.to_string()]),
            Expr::Field(it) => {
                let Member::Named(name) = &it.member else { return None };
                Some([path(&it.base)?, vec![name.to_string()]].concat())
            }
            Expr::MethodCall(it) if it.args.is_empty() => {
                let name = it.method.to_string();
                let getter = (!["address", "as_ref", "to_le_bytes"].contains(&name.as_str())).then_some(name);
                Some([path(&it.receiver)?, getter.into_iter().collect()].concat())
            }
            _ => None,
        }
    }
    let path = path(expression)?;
    let names = path.iter().skip_while(|name| ["ctx", "accounts"].contains(&name.as_str()));
    Some(Seed::Place(names.cloned().collect()))
}

/// The fields of a type that are addresses.
fn addresses_in(ty: &IdlTypeDefTy) -> Vec<String> {
    match ty {
        IdlTypeDefTy::Struct { fields: Some(IdlDefinedFields::Named(fields)) } => {
            let addresses = fields.iter().filter(|field| field.ty == IdlType::Pubkey);
            addresses.map(|field| field.name.clone()).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const VAULTS: &str = r#"
        pub const BOX_SEED: &[u8] = b"box";
        pub const TILL_SEED: &[u8] = b"till";
    "#;

    const CREATE: &str = r#"
        #[derive(Accounts)]
        pub struct Create {
            #[account(mut)]
            pub maker: Signer,
            #[account(init, payer = maker, seeds = [BOX_SEED, mint.address().as_ref(), &order.number.to_le_bytes()], bump)]
            pub numbered: Account<New<Numbered>>,
            #[account(init, payer = maker, seeds = [BOX_SEED, mint.address().as_ref()], bump)]
            pub safe: Account<New<Safe>>,
            #[account(init, seeds = [TILL_SEED, mint.address().as_ref()], bump, token::mint = mint, token::authority = safe)]
            pub till: Account<TokenAccount>,
            #[account(address = order_book.terms.mint @ Error::Wrong)]
            pub mint: Account<Mint>,
            pub order_book: Account<OrderBook>,
        }

        pub fn create(ctx: &mut Context<Create>, order: Order) -> Result<()> {}
    "#;

    const PAY: &str = r#"
        #[derive(Accounts)]
        pub struct Pay {
            pub clerk: UncheckedAccount,
            #[account(unsafe(dup), address = order_book.buyer @ Error::Wrong)]
            pub buyer: UncheckedAccount,
            pub safe: Account<Safe>,
            #[account(mut, constraint = other_safe.mint == order_book.terms.mint @ Error::Wrong)]
            pub other_safe: Account<Safe>,
            #[account(mut, address = safe.till @ Error::Wrong)]
            pub till: Account<TokenAccount>,
            #[account(mut, token::mint = safe.mint, token::authority = order_book.buyer)]
            pub change_token: Account<TokenAccount>,
            pub stray_token: Account<TokenAccount>,
            pub numbered: Account<Numbered>,
            pub order_book: Account<OrderBook>,
            pub token_program: Interface<'static, TokenInterface>,
        }

        pub fn pay(ctx: &mut Context<Pay>, terms: Terms) -> Result<()> {
            require!(ctx.accounts.safe.mint == terms.mint, Error::Wrong);
            Ok(())
        }
    "#;

    /// What the IDL says of the accounts of `create` and `pay` in the end, by their names.
    fn completed() -> HashMap<String, Value> {
        let accounts = |names: &[&str]| names.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>();
        let instruction = |name: &str, names: &[&str]| json!({ "name": name, "discriminator": [], "accounts": accounts(names), "args": [] });
        let ty = |name: &str, fields: &[&str]| {
            let fields: Vec<_> =
                fields.iter().map(|name| json!({ "name": name, "type": "pubkey" })).collect();
            json!({ "name": name, "type": { "kind": "struct", "fields": fields } })
        };
        let create = ["maker", "numbered", "safe", "till", "mint", "order_book"];
        let pay = [
            "clerk",
            "buyer",
            "safe",
            "other_safe",
            "till",
            "change_token",
            "stray_token",
            "numbered",
            "order_book",
            "token_program",
        ];
        let idl = json!({
            "address": "",
            "metadata": { "name": "", "version": "", "spec": "" },
            "instructions": [instruction("create", &create), instruction("pay", &pay)],
            "types": [ty("OrderBook", &["buyer", "clerk"]), ty("Safe", &["mint", "till"])],
        });
        let mut idl: Idl = serde_json::from_value(idl).unwrap();
        let IdlInstructionAccountItem::Single(mint) = &mut idl.instructions[0].accounts[4] else { panic!() };
        mint.address = Some("order_book.terms.mint".to_owned());
        let files: Vec<_> = [VAULTS, CREATE, PAY].iter().map(|text| syn::parse_file(text).unwrap()).collect();
        Program::read(&files).complete(&mut idl).unwrap();
        let account = |instruction: &str, item: IdlInstructionAccountItem| {
            let mut value = serde_json::to_value(item).unwrap();
            let name = value.as_object_mut().unwrap().remove("name").unwrap();
            (format!("{instruction} {}", name.as_str().unwrap()), value)
        };
        let of = |it: anchor_lang_idl::types::IdlInstruction| {
            it.accounts.into_iter().map(move |item| account(&it.name, item)).collect::<Vec<_>>()
        };
        idl.instructions.into_iter().flat_map(of).collect()
    }

    #[test]
    fn addresses_follow_from_what_the_program_requires() {
        let accounts = completed();
        let constant = |bytes: &[u8]| json!({ "kind": "const", "value": bytes });
        let whole = |path: &str| json!({ "kind": "account", "path": path });
        let field = |path: &str, ty: &str| json!({ "kind": "account", "path": path, "account": ty });
        let argument = |path: &str| json!({ "kind": "arg", "path": path });
        let pda = |seeds: &[Value]| json!({ "pda": { "seeds": seeds } });
        let [a_box, a_till] = [constant(b"box"), constant(b"till")];
        for (name, expected) in [
            ("create numbered", pda(&[a_box.clone(), whole("mint"), argument("order.number")])),
            ("create till", pda(&[a_till.clone(), whole("mint")])),
            ("create mint", json!({})),
            ("pay clerk", json!({ "relations": ["order_book"] })),
            ("pay buyer", json!({ "relations": ["order_book"] })),
            ("pay safe", pda(&[a_box.clone(), argument("terms.mint")])),
            ("pay other_safe", pda(&[a_box, field("order_book.terms.mint", "OrderBook")])),
            ("pay till", pda(&[a_till, field("safe.mint", "Safe")])),
            (
                "pay change_token",
                json!({ "pda": {
                    "seeds": [whole("buyer"), whole("token_program"), field("safe.mint", "Safe")],
                    "program": constant(&ASSOCIATED_TOKEN_PROGRAM),
                } }),
            ),
            ("pay stray_token", json!({})),
            ("pay numbered", json!({})),
        ] {
            assert_eq!(accounts[name], expected, "{name}");
        }
    }
}
