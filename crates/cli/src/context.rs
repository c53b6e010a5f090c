//! What every command works with: the cluster, the wallet, the form of output.

use crate::{
    args::{Global, OtherParty, Sending},
    config::{self, ConfigFile},
    output::{self, Column, Format, Record, table},
    units::{SOL_DECIMALS, format_amount, format_amount_aligned, format_change},
    views,
};
use anyhow::{Context as _, Result, bail, ensure};
use comfy_table::{Cell, Table};
use gpu_lease_client::{
    address,
    decode::{self, Event, Keyed},
    instruction::{self, LeaseRef},
    rpc::{BalanceChange, Client, MintInfo, PartlySigned, PriorityFee, Receipt, Simulation, TokenBalance},
    state::{MintPolicy, Provider},
};
use serde::Serialize;
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signer::Signer;
use std::{
    collections::{BTreeSet, HashMap},
    fmt, fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Answers that take longer than this are given up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What every command works with.
pub struct Context {
    /// The cluster.
    pub client: Client,
    /// RPC URL of the cluster.
    pub url: String,
    /// How results are printed.
    pub format: Format,
    keypair: Option<String>,
    mints: Mutex<HashMap<Address, MintInfo>>,
}

/// Something that a command does with one transaction.
pub struct Action {
    done: &'static str,
    sending: Sending,
    record: Record,
    decimals: u8,
    out: Option<PathBuf>,
}

impl Action {
    /// An action, in the words that tell that it is `done`.
    pub fn new(done: &'static str, sending: Sending) -> Self {
        Self { done, sending, record: Record::new(), decimals: 0, out: None }
    }

    /// With what is known about it before.
    pub fn with(mut self, record: Record) -> Self {
        self.record = record;
        self
    }

    /// About money of a mint with so many decimals.
    pub fn in_units_of(mut self, decimals: u8) -> Self {
        self.decimals = decimals;
        self
    }

    /// Written to a file for the other party to sign and send, if one is named, instead of sent.
    pub fn handed_over(mut self, out: Option<PathBuf>) -> Self {
        self.out = out;
        self
    }
}

impl Context {
    /// Puts options, configuration file and defaults together, in this order.
    pub fn new(global: &Global) -> Result<Self> {
        let file = ConfigFile::load(global.config.as_deref())?;
        let url = match (&global.url, &file.json_rpc_url) {
            (Some(url), _) => url.clone(),
            (None, Some(url)) => config::parse_url(url).map_err(anyhow::Error::msg)?,
            (None, None) => config::resolve_url("localhost"),
        };
        let commitment = match (global.commitment, &file.commitment) {
            (Some(commitment), _) => commitment,
            (None, Some(text)) if !text.is_empty() => {
                text.parse().with_context(|| format!("the configuration's commitment `{text}` is unknown"))?
            }
            _ => CommitmentConfig::confirmed(),
        };
        let rpc = RpcClient::new_with_timeout_and_commitment(url.clone(), TIMEOUT, commitment);
        let mut client = Client::with_rpc(rpc);
        if let Some(price) = global.with_compute_unit_price {
            client = client.with_priority_fee(PriorityFee::Fixed(price));
        }
        Ok(Self {
            client,
            url,
            format: global.output,
            keypair: global.keypair.clone().or(file.keypair_path),
            mints: Mutex::default(),
        })
    }

    /// The keypair that signs.
    pub fn wallet(&self) -> Result<Keypair> {
        config::read_keypair(self.keypair.as_deref().unwrap_or("~/.config/solana/id.json"))
    }

    /// Prints a result.
    pub fn print(&self, result: &(impl Serialize + fmt::Display)) -> Result<()> {
        self.format.print(result)
    }

    /// The time on the cluster's clock, unix seconds. Leases know no other.
    pub async fn now(&self) -> Result<i64> {
        Ok(self.client.clock().await?.unix_timestamp)
    }

    /// A mint; each is asked for once.
    pub async fn mint(&self, mint: &Address) -> Result<MintInfo> {
        let known = self.mints.lock().unwrap_or_else(PoisonError::into_inner).get(mint).copied();
        match known {
            Some(info) => Ok(info),
            None => {
                let info = self.client.mint(mint).await?;
                self.mints.lock().unwrap_or_else(PoisonError::into_inner).insert(*mint, info);
                Ok(info)
            }
        }
    }

    /// The fees that a mint's vault has collected, base units.
    pub async fn fees_in(&self, policy: &MintPolicy) -> Result<u64> {
        Ok(self.client.token_balance(&policy.fee_vault).await?.map_or(0, |balance| balance.amount))
    }

    /// The provider with that account, or those that the wallet acts for: the one that it registered first.
    pub async fn providers_of(&self, account_or_wallet: &Address) -> Result<Vec<Keyed<Provider>>> {
        if let Some(account) = self.client.account(account_or_wallet).await?
            && account.owner == address::PROGRAM
        {
            return Ok(vec![decode::account(*account_or_wallet, &account)?]);
        }
        let mut providers = self.client.providers_of(account_or_wallet).await?;
        let own = address::provider(account_or_wallet);
        providers.sort_by_key(|provider| (provider.address != own, provider.address));
        ensure!(
            !providers.is_empty(),
            "{account_or_wallet} is not registered as a provider; register with `gpu-lease provider register`"
        );
        Ok(providers)
    }

    /// The provider that `wallet` acts for: the one that is named, or the only one.
    pub async fn own_provider(&self, wallet: &Address, named: Option<&Address>) -> Result<Keyed<Provider>> {
        let providers = self.providers_of(named.unwrap_or(wallet)).await?;
        match providers.as_slice() {
            [provider] => {
                require_role(wallet, &provider.authority, "the provider's wallet")?;
                Ok(*provider)
            }
            several => {
                let accounts = several.iter().map(|provider| provider.address.to_string());
                bail!(
                    "{wallet} acts for several providers; name one with --provider: {}",
                    accounts.collect::<Vec<_>>().join(" or ")
                )
            }
        }
    }

    /// Requires the wallet's token account to hold `amount` base units of `mint`.
    pub async fn require_tokens(&self, wallet: &Address, mint: &MintInfo, amount: u64) -> Result<()> {
        let account = address::associated_token(wallet, &mint.address, &mint.token_program);
        let balance = self.client.token_balance(&account).await?;
        let held = balance.map_or(0, |balance| balance.amount);
        ensure!(
            held >= amount,
            "{} is to be paid, and {wallet} holds {} of the mint {}; send it tokens of this mint, to {account}",
            format_amount(amount, mint.decimals),
            match balance {
                Some(_) => format_amount(held, mint.decimals),
                None => "none".to_owned(),
            },
            mint.address
        );
        Ok(())
    }

    /// Instructions that create those of the wallets' token accounts for a lease that are missing.
    pub async fn missing_token_accounts(
        &self,
        lease: &LeaseRef,
        wallets: &[Address],
        payer: &Keypair,
    ) -> Result<Vec<Instruction>> {
        let mint = lease.lease.terms.mint;
        let accounts: Vec<_> = wallets.iter().map(|wallet| lease.token_of(wallet)).collect();
        let found = self.client.accounts(&accounts).await?;
        let missing = wallets.iter().zip(found).filter(|(_, account)| account.is_none());
        Ok(missing
            .map(|(wallet, _)| {
                instruction::create_associated_token(&payer.pubkey(), wallet, &mint, &lease.token_program)
            })
            .collect())
    }

    /// Does something: sends a transaction and prints what came of it, or only what would. The first signer
    /// pays.
    pub async fn act(
        &self,
        action: Action,
        instructions: &[Instruction],
        signers: &[&dyn Signer],
    ) -> Result<()> {
        let (payer, others) = signers.split_first().context("a transaction needs a signer")?;
        match (action.sending.dry_run, action.out.is_some()) {
            (true, _) => self.rehearse(action, instructions, &payer.try_pubkey()?).await,
            (false, true) => self.hand_over(action, instructions, *payer, others).await,
            (false, false) => {
                let spinner = output::spinner("Waiting for the cluster");
                let receipt = self.client.send(instructions, *payer, others).await;
                spinner.finish_and_clear();
                self.print(&landed(action, &receipt?))
            }
        }
    }

    /// Like [`act`](Self::act), with something that `other` signs beside the wallet, which pays.
    pub async fn act_together(
        &self,
        action: Action,
        instructions: &[Instruction],
        wallet: &Keypair,
        other: &OtherParty,
    ) -> Result<()> {
        let with = other.with.iter().map(|path| config::read_keypair(path)).collect::<Result<Vec<_>>>()?;
        let signers: Vec<&dyn Signer> =
            std::iter::once(wallet).chain(&with).map(|keypair| keypair as &dyn Signer).collect();
        if !action.sending.dry_run && other.out.is_none() {
            let metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
            for meta in metas.filter(|meta| meta.is_signer) {
                ensure!(
                    signers.iter().any(|signer| signer.pubkey() == meta.pubkey),
                    "{} has to sign, too; pass its keypair as --with, or with --out name a file for the \
                     transaction, which its owner signs and sends with `gpu-lease sign`",
                    meta.pubkey
                );
            }
        }
        self.act(action.handed_over(other.out.clone()), instructions, &signers).await
    }

    /// Sends what everyone has signed and prints what came of it.
    pub async fn send_signed(&self, action: Action, transaction: &PartlySigned) -> Result<()> {
        let spinner = output::spinner("Waiting for the cluster");
        let receipt = self.client.send_signed(transaction).await;
        spinner.finish_and_clear();
        self.print(&landed(action, &receipt?))
    }

    /// Writes a transaction down that others have to sign, too.
    async fn hand_over(
        &self,
        Action { done, record, out, .. }: Action,
        instructions: &[Instruction],
        payer: &dyn Signer,
        others: &[&dyn Signer],
    ) -> Result<()> {
        let transaction = self.client.prepare(instructions, payer, others).await?;
        let missing: Vec<_> = transaction.missing().iter().map(ToString::to_string).collect();
        let path = out.context("no file is named for the transaction; pass --out")?;
        fs::write(&path, format!("{transaction}\n"))
            .with_context(|| format!("{} cannot be written", path.display()))?;
        let record = Record::new()
            .heading(format!("{done} (once it is signed and sent: nothing was sent)"))
            .and(record)
            .json("sent", false)
            .json("transaction", transaction.to_string())
            .text("file", "transaction in", path.display())
            .json("missing", &missing)
            .line("yet to sign", missing.join(", "))
            .line("next", "within a minute the other party runs `gpu-lease sign` with this file");
        self.print(&record)
    }

    /// What a transaction would do, without any signature.
    async fn rehearse(
        &self,
        Action { done, record, decimals, .. }: Action,
        instructions: &[Instruction],
        payer: &Address,
    ) -> Result<()> {
        let Simulation { events, units, changes, .. } = self.simulate(instructions, payer).await?;
        let mut record = Record::new()
            .heading(format!("{done} (dry run: nothing was sent)"))
            .and(record)
            .and(event_lines(&events, decimals))
            .json("dry_run", true)
            .json("events", &events)
            .json("compute_units", units)
            .line("compute units", units)
            .json("changes", &changes);
        if self.format.is_display() {
            record =
                record.heading("Balances").text_block(self.balances(instructions, payer, &changes).await?);
        }
        self.print(&record)
    }

    /// Simulates, watching every account that would be written.
    pub async fn simulate(&self, instructions: &[Instruction], payer: &Address) -> Result<Simulation> {
        let written = instructions.iter().flat_map(|instruction| &instruction.accounts);
        let mut watch: BTreeSet<_> =
            written.filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect();
        watch.insert(*payer);
        let watch: Vec<_> = watch.into_iter().collect();
        Ok(self.client.simulate(instructions, payer, &watch).await?)
    }

    /// Whose balance changes, as a table. `you` are called so.
    pub async fn balances(
        &self,
        instructions: &[Instruction],
        you: &Address,
        changes: &[BalanceChange],
    ) -> Result<Table> {
        let names = account_names(instructions)?;
        let mut rows = Vec::new();
        for change in changes {
            let name = match change.address == *you {
                true => "you".to_owned(),
                false => names.get(&change.address).copied().unwrap_or_default().replace('_', " "),
            };
            rows.extend(self.change_rows(change, &name).await?);
        }
        Ok(table(&change_columns(), rows))
    }

    async fn change_rows(&self, change: &BalanceChange, name: &str) -> Result<Vec<Vec<Cell>>> {
        let row = |unit: String, before: u64, after: u64, decimals: u8| {
            let difference = i128::from(after) - i128::from(before);
            (difference != 0).then(|| {
                vec![
                    Cell::new(change.address),
                    Cell::new(name),
                    Cell::new(format_amount_aligned(before, decimals)),
                    Cell::new(format_change(difference, decimals)),
                    Cell::new(format_amount_aligned(after, decimals)),
                    Cell::new(unit),
                ]
            })
        };
        let mut rows = Vec::new();
        rows.extend(row("SOL".to_owned(), change.lamports_before, change.lamports_after, SOL_DECIMALS));
        let amount = |balance: Option<TokenBalance>| balance.map_or(0, |balance| balance.amount);
        if let Some(TokenBalance { mint, .. }) = change.token_after.or(change.token_before) {
            let decimals = self.mint(&mint).await?.decimals;
            rows.extend(row(
                views::short(&mint),
                amount(change.token_before),
                amount(change.token_after),
                decimals,
            ));
        }
        Ok(rows)
    }
}

/// Requires `signer` to be the one who may do this. `role` is who that is, for instance "the lease's renter".
pub fn require_role(signer: &Address, party: &Address, role: &str) -> Result<()> {
    ensure!(signer == party, "{signer} is not {role}; sign with --keypair of {party}");
    Ok(())
}

fn change_columns() -> Vec<Column> {
    vec![
        Column::text("ACCOUNT"),
        Column::text("WHAT"),
        Column::number("BEFORE"),
        Column::number("CHANGE"),
        Column::number("AFTER"),
        Column::text("UNIT"),
    ]
}

/// What an action has come to.
fn landed(Action { done, record, decimals, .. }: Action, receipt: &Receipt) -> Record {
    let Receipt { signature, slot, fee, units, events, .. } = receipt;
    Record::new()
        .heading(done)
        .and(record)
        .and(event_lines(events, decimals))
        .json("events", events)
        .line("network fee", format!("{} SOL", format_amount(*fee, SOL_DECIMALS)))
        .line("transaction", signature)
        .json("signature", signature.to_string())
        .json("slot", slot)
        .json("network_fee", fee)
        .json("compute_units", units)
}

/// The lines of events, for people. Several settlements are told apart by their leases; of several votes on one
/// proposal the last says when it ends.
pub fn event_lines(events: &[Event], decimals: u8) -> Record {
    let settled = events.iter().filter(|event| matches!(event, Event::LeaseSettled(_))).count();
    let last_vote = events.iter().rposition(|event| matches!(event, Event::VoteCast(_)));
    events.iter().enumerate().fold(Record::new(), |record, (index, event)| {
        let record = match event {
            Event::LeaseSettled(event) if settled > 1 => record.line("lease", event.lease),
            Event::VoteCast(_) if last_vote != Some(index) => return record,
            _ => record,
        };
        record.and(views::event(event, decimals))
    })
}

/// What the program calls the accounts that it is passed.
fn account_names(instructions: &[Instruction]) -> Result<HashMap<Address, &'static str>> {
    let mut names = HashMap::new();
    for instruction in instructions {
        if let Some(decoded) = decode::instruction(instruction)? {
            names.extend(decoded.accounts.into_iter().map(|(name, address)| (address, name)));
        }
    }
    Ok(names)
}
