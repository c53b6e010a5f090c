//! What every command works with: the cluster, the wallet, the form of output.

use crate::{
    args::{Global, Sending},
    config::{self, ConfigFile},
    output::{self, Column, Format, Record, table},
    units::{SOL_DECIMALS, format_amount, format_amount_aligned, format_change},
    views,
};
use anyhow::{Context as _, Result};
use comfy_table::Cell;
use gpu_lease_client::{
    address,
    decode::{self, Event, Keyed},
    instruction::{self, LeaseRef},
    rpc::{BalanceChange, Client, MintInfo, PriorityFee, Receipt, Simulation, TokenBalance},
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
    fmt,
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
}

impl Action {
    /// An action, in the words that tell that it is `done`.
    pub fn new(done: &'static str, sending: Sending) -> Self {
        Self { done, sending, record: Record::new(), decimals: 0 }
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

    /// The provider with that account, or that the wallet registered.
    pub async fn provider_of(&self, account_or_wallet: &Address) -> Result<Keyed<Provider>> {
        let derived = address::provider(account_or_wallet);
        if let Some(provider) = self.client.find(&derived).await? {
            return Ok(provider);
        }
        match self.client.account(account_or_wallet).await? {
            Some(account) if account.owner == address::PROGRAM => {
                Ok(decode::account(*account_or_wallet, &account)?)
            }
            _ => anyhow::bail!(
                "{account_or_wallet} is not registered as a provider; register with `gpu-lease provider register`"
            ),
        }
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
        match action.sending.dry_run {
            true => self.rehearse(action, instructions, &payer.try_pubkey()?).await,
            false => self.send(action, instructions, *payer, others).await,
        }
    }

    async fn send(
        &self,
        Action { done, record, decimals, .. }: Action,
        instructions: &[Instruction],
        payer: &dyn Signer,
        others: &[&dyn Signer],
    ) -> Result<()> {
        let spinner = output::spinner("Waiting for the cluster");
        let receipt = self.client.send(instructions, payer, others).await;
        spinner.finish_and_clear();
        let Receipt { signature, slot, fee, units, events, .. } = receipt?;
        let record = Record::new()
            .heading(done)
            .and(record)
            .and(event_lines(&events, decimals))
            .json("events", &events)
            .line("network fee", format!("{} SOL", format_amount(fee, SOL_DECIMALS)))
            .line("transaction", signature)
            .json("signature", signature.to_string())
            .json("slot", slot)
            .json("network_fee", fee)
            .json("compute_units", units);
        self.print(&record)
    }

    async fn rehearse(
        &self,
        Action { done, record, decimals, .. }: Action,
        instructions: &[Instruction],
        payer: &Address,
    ) -> Result<()> {
        let names = account_names(instructions)?;
        let written = instructions.iter().flat_map(|instruction| &instruction.accounts);
        let mut watch: BTreeSet<_> =
            written.filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect();
        watch.insert(*payer);
        let watch: Vec<_> = watch.into_iter().collect();
        let Simulation { events, units, changes, .. } =
            self.client.simulate(instructions, payer, &watch).await?;

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
            let mut rows = Vec::new();
            for change in &changes {
                let name = match change.address == *payer {
                    true => "you".to_owned(),
                    false => names.get(&change.address).copied().unwrap_or_default().replace('_', " "),
                };
                rows.extend(self.change_rows(change, &name).await?);
            }
            record = record.heading("Balances").text_block(table(&change_columns(), rows));
        }
        self.print(&record)
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

fn event_lines(events: &[Event], decimals: u8) -> Record {
    events.iter().fold(Record::new(), |record, event| record.and(views::event(event, decimals)))
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
