//! What every command works with: the cluster, the wallet, the form of output.

use crate::{
    args::{Global, HandOver, Sending},
    config::{self, ConfigFile},
    failure::usage,
    journal::{Entry, Held, Journal},
    node,
    output::{self, Column, Format, Record, Table, cell, table},
    signer::{self, Key},
    units::{SOL_DECIMALS, currency, format_amount, format_amount_aligned, format_change, money, sol},
    views,
};
use anyhow::{Context as _, Result, bail, ensure};
use comfy_table::Cell;
use gpu_lease_client::{
    Error,
    account::{self, Keyed, LeaseContext, MintRef},
    address,
    decode::{self, Args, Event},
    rpc::{
        BalanceChange, Client, MintInfo, PartlySigned, Pending, PriorityFee, Receipt, Receiver, Simulation,
        TokenBalance,
    },
    state::{MintPolicy, Moment, Provider, ProviderRole},
};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_signer::Signer;
use std::{
    collections::{BTreeSet, HashMap},
    fmt, fs,
    mem::offset_of,
    path::PathBuf,
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Answers that take longer than this are given up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What every command works with.
pub struct Context {
    /// The cluster.
    pub client: Client,
    /// RPC URL of the cluster.
    pub url: String,
    /// URL for subscriptions.
    pub ws: String,
    /// How results are printed.
    pub format: Format,
    journal: Option<PathBuf>,
    /// Digest of the command and of whose it is: the same again, whichever node it goes through, is a retry.
    command: String,
    keypair: Option<String>,
    fee_payer: Option<String>,
    mints: Mutex<HashMap<Address, MintInfo>>,
}

/// Something that a command does with one transaction.
pub struct Action<'a> {
    done: &'static str,
    sending: Sending,
    record: Record,
    mint: Option<MintInfo>,
    hand_over: HandOver,
    then: Option<Pin<Box<dyn Future<Output = Record> + 'a>>>,
}

impl<'a> Action<'a> {
    /// An action, in the words that tell that it is `done`.
    pub fn new(done: &'static str, sending: Sending) -> Self {
        Self { done, sending, record: Record::new(), mint: None, hand_over: HandOver::default(), then: None }
    }

    /// With what is known about it before.
    pub fn with(mut self, record: Record) -> Self {
        self.record = record;
        self
    }

    /// About money of a mint.
    pub fn in_units_of(mut self, mint: &MintInfo) -> Self {
        self.mint = Some(*mint);
        self
    }

    /// Followed by what others do, once it has landed.
    pub fn then(mut self, then: impl Future<Output = Record> + 'a) -> Self {
        self.then = Some(Box::pin(then));
        self
    }

    /// Written to a file for the other party to sign and send, if one is named, instead of sent.
    fn handed_over(mut self, hand_over: &HandOver) -> Self {
        self.hand_over = hand_over.clone();
        self
    }
}

impl Context {
    /// Puts options, configuration file and defaults together, in this order.
    pub fn new(global: &Global, command: &impl fmt::Debug) -> Result<Self> {
        let file = ConfigFile::load(global.config.as_deref())?;
        let url = global.url.as_ref().or(file.json_rpc_url.as_ref()).map_or("localhost", String::as_str);
        let url = config::parse_url(url).map_err(usage)?;
        let commitment = match (global.commitment, &file.commitment) {
            (Some(commitment), _) => commitment,
            (None, Some(text)) if !text.is_empty() => {
                text.parse().with_context(|| format!("the configuration's commitment `{text}` is unknown"))?
            }
            _ => CommitmentConfig::confirmed(),
        };
        let rpc = node::client(&url, TIMEOUT, commitment);
        let mut client = Client::with_rpc(rpc).with_patience(Duration::from_secs(global.patience.into()));
        if let Some(price) = global.with_compute_unit_price {
            client = client.with_priority_fee(PriorityFee::Fixed(price));
        }
        let ws = config::websocket_url(global.ws.as_deref(), &file, &url);
        let keypair = global.keypair.clone().or(file.keypair_path);
        Ok(Self {
            client,
            url,
            ws,
            format: global.output,
            journal: global.pending.clone(),
            command: hex(&Sha256::digest(format!("{command:?} {keypair:?} {:?}", global.fee_payer))),
            keypair,
            fee_payer: global.fee_payer.clone(),
            mints: Mutex::default(),
        })
    }

    /// The key that signs.
    pub fn wallet(&self) -> Result<Key> {
        signer::read(self.keypair.as_deref().unwrap_or("~/.config/solana/id.json"))
    }

    /// The key that signs messages, which no hardware wallet does.
    pub fn wallet_for_messages(&self) -> Result<Key> {
        let wallet = self.wallet()?;
        signer::require_for_messages(&wallet)?;
        Ok(wallet)
    }

    /// The key that pays the network fees, if it is another one than the wallet.
    pub fn fee_payer(&self) -> Result<Option<Key>> {
        self.fee_payer.as_deref().map(signer::read).transpose()
    }

    /// Prints a result.
    pub fn print(&self, result: &(impl Serialize + fmt::Display)) -> Result<()> {
        self.format.print(result)
    }

    /// The time on the cluster's clock, unix seconds. Leases know no other.
    pub async fn now(&self) -> Result<i64> {
        Ok(self.moment().await?.time)
    }

    /// The same with the slot, for what is rehearsed and reckoned on with.
    pub async fn moment(&self) -> Result<Moment> {
        let clock = self.client.clock().await?;
        Ok(Moment { time: clock.unix_timestamp, slot: clock.slot })
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

    /// The provider with that account, or those that the wallet acts for: the one that it registered first. If there is
    /// none, those whose operator it is.
    pub async fn providers_of(&self, account_or_wallet: &Address) -> Result<Vec<Keyed<Provider>>> {
        if let Some(account) = self.client.account(account_or_wallet).await?
            && account.owner == address::PROGRAM
        {
            return Ok(vec![account::read(*account_or_wallet, &account)?]);
        }
        let mut providers = self.client.providers_of(account_or_wallet).await?;
        if providers.is_empty() {
            providers = self.providers_operated_by(account_or_wallet).await?;
        }
        let own = address::provider(account_or_wallet);
        providers.sort_by_key(|provider| (provider.address != own, provider.address));
        ensure!(
            !providers.is_empty(),
            "{account_or_wallet} is not registered as a provider; register with `gpu-lease provider register`"
        );
        Ok(providers)
    }

    /// The providers whose operator is `key`.
    pub async fn providers_operated_by(&self, key: &Address) -> Result<Vec<Keyed<Provider>>> {
        Ok(self.client.list(&[(offset_of!(Provider, operator), key.as_ref())]).await?)
    }

    /// The provider that is named, or the only one that `wallet` acts for.
    pub async fn one_provider(&self, wallet: &Address, named: Option<&Address>) -> Result<Keyed<Provider>> {
        let providers = self.providers_of(named.unwrap_or(wallet)).await?;
        match providers.as_slice() {
            [provider] => Ok(*provider),
            several => {
                let accounts = several.iter().map(|provider| provider.address.to_string());
                bail!(
                    "{} acts for several providers; name one with --provider: {}",
                    named.unwrap_or(wallet),
                    accounts.collect::<Vec<_>>().join(" or ")
                )
            }
        }
    }

    /// The provider whose wallet `wallet` is: the one that is named, or the only one.
    pub async fn own_provider(&self, wallet: &Address, named: Option<&Address>) -> Result<Keyed<Provider>> {
        let provider = self.one_provider(wallet, named).await?;
        require_role(wallet, &provider.authority, "the provider's wallet")?;
        Ok(provider)
    }

    /// Requires the wallet's token account to hold `amount` base units of `mint`.
    pub async fn require_tokens(&self, wallet: &Address, mint: &MintInfo, amount: u64) -> Result<()> {
        let account = address::associated_token(wallet, &mint.address, &mint.token_program);
        let balance = self.client.token_balance(&account).await?;
        let held = balance.map_or(0, |balance| balance.amount);
        ensure!(
            held >= amount,
            "{} is to be paid, and {wallet} holds {} of the mint {}; send it tokens of this mint, to {account}",
            money(amount, mint),
            match balance {
                Some(_) => money(held, mint),
                None => "none".to_owned(),
            },
            mint.address
        );
        Ok(())
    }

    /// Requires what pays a bond of `lease` to hold `bond` base units: the provider's bond account, or its wallet's own.
    pub async fn require_bond(&self, lease: &LeaseContext, mint: &MintInfo, bond: u64) -> Result<()> {
        if lease.bond_token != lease.bond_account {
            return self.require_tokens(&lease.provider_account.authority, mint, bond).await;
        }
        let balance = self.client.token_balance(&lease.bond_account).await?;
        let held = balance.map_or(0, |balance| balance.amount);
        ensure!(
            balance.is_some() && held >= bond,
            "a bond of {} is to be put up, and the provider's bond account holds {} of the mint {}; pay in with \
             `gpu-lease provider bond pay-in {} --provider {} --mint {}`",
            money(bond, mint),
            match balance {
                Some(_) => money(held, mint),
                None => "none".to_owned(),
            },
            mint.address,
            format_amount(bond.saturating_sub(held), mint.decimals),
            lease.provider,
            mint.address
        );
        Ok(())
    }

    /// A token account that `wallet` can be paid into; what creates it, if that is needed, is added to `instructions`, at
    /// the expense of `payer`.
    pub async fn receiver(
        &self,
        wallet: &Address,
        mint: &MintRef,
        payer: &dyn Signer,
        instructions: &mut Vec<Instruction>,
    ) -> Result<Address> {
        let Receiver { account, create } = self.client.receiver(wallet, mint, &payer.try_pubkey()?).await?;
        if account != address::associated_token(wallet, &mint.mint, &mint.token_program) {
            output::note(format!(
                "The associated token account of {wallet} cannot be paid into; {account}, also its own, can."
            ));
        }
        if create.iter().any(|create| !instructions.contains(create)) {
            instructions.extend(create);
        }
        Ok(account)
    }

    /// Does something: sends a transaction and prints what came of it, or only what would. The first signer
    /// pays.
    pub async fn act(
        &self,
        action: Action<'_>,
        instructions: &[Instruction],
        signers: &[&dyn Signer],
    ) -> Result<()> {
        let you = *signers.first().context("a transaction needs a signer")?;
        let fee_payer = self.fee_payer()?;
        let payer = fee_payer.as_ref().map_or(you, |payer| payer as &dyn Signer);
        match (action.sending.dry_run, action.hand_over.out.is_some()) {
            (true, _) => self.rehearse(action, instructions, &you.try_pubkey()?, &payer.try_pubkey()?).await,
            (false, true) => self.hand_over(action, instructions, payer, signers).await,
            (false, false) => {
                let mut keys = vec![payer.try_pubkey()?];
                for signer in signers {
                    keys.push(signer.try_pubkey()?);
                }
                if self.finish(&keys, instructions).await? {
                    return Ok(());
                }
                let pending = self.client.sign(instructions, payer, signers).await?;
                self.deliver(action, pending).await
            }
        }
    }

    /// Sends what everyone has signed and prints what came of it.
    pub async fn send_signed(&self, action: Action<'_>, transaction: PartlySigned) -> Result<()> {
        if self.finish(transaction.signers(), &transaction.instructions()?).await? {
            return Ok(());
        }
        let pending = self.client.pending(transaction).await?;
        self.deliver(action, pending).await
    }

    /// Goes on with this very command, if it was run before and never heard what became of its transaction. Whether
    /// that has done what is asked, so that nothing is left to do.
    pub async fn resume(&self) -> Result<bool> {
        for (entry, held) in self.journal()?.left()? {
            if entry.command == self.command
                && self.is_here(&entry).await?
                && self.report(&entry, held, true).await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Finds out what became of everything that these keys sent before they send these instructions. Whether just they
    /// have landed: doing it again would pay twice.
    async fn finish(&self, keys: &[Address], instructions: &[Instruction]) -> Result<bool> {
        let mut is_done = false;
        for (entry, held) in self.left().await? {
            if entry.pending.signers().iter().any(|key| keys.contains(key)) {
                let is_asked = content(&entry.pending.instructions()?) == content(instructions);
                if entry.pending.is_durable() && !is_asked {
                    // It can take for ever, at the other party's pleasure.
                    let done = &entry.done;
                    output::note(format!(
                        "Still on its way: {done}; `gpu-lease pending` looks what became of it"
                    ));
                    continue;
                }
                is_done |= self.report(&entry, held, is_asked).await?;
            }
        }
        Ok(is_done)
    }

    /// What was sent to this cluster and is not known to have landed or not.
    pub async fn left(&self) -> Result<Vec<(Entry, Held)>> {
        let mut left = Vec::new();
        for (entry, held) in self.journal()?.left()? {
            if self.is_here(&entry).await? {
                left.push((entry, held));
            }
        }
        Ok(left)
    }

    async fn is_here(&self, entry: &Entry) -> Result<bool> {
        Ok(entry.cluster == self.client.genesis_hash().await?.to_string())
    }

    fn journal(&self) -> Result<Journal> {
        Journal::new(self.journal.as_deref())
    }

    /// Says what became of something that was sent before: as the result, if that is what is asked now. Whether that
    /// has been done.
    async fn report(&self, entry: &Entry, held: Held, is_asked: bool) -> Result<bool> {
        let (done, signature) = (&entry.done, entry.pending.signature());
        match (self.settle(entry, held).await, is_asked) {
            (Ok(receipt), true) => {
                output::note(
                    "This was sent before, and has landed. Nothing new was sent; the same command again does it again.",
                );
                let record = self.landed(entry, &receipt).await;
                self.format.print_landed(&record, &[signature.to_string()]);
                return Ok(true);
            }
            (Ok(_), false) => {
                output::note(format!("Sent before, and landed: {done}, transaction {signature}"))
            }
            (Err(error), _) => match error.downcast_ref() {
                Some(known @ (Error::Failed { .. } | Error::Expired(_) | Error::Withdrawn { .. })) => {
                    output::note(Record::new().line("sent before", format!("{done}: {known}")))
                }
                _ => return Err(error),
            },
        }
        Ok(false)
    }

    /// Writes a transaction down, sends it, and prints what came of it.
    async fn deliver(
        &self,
        Action { done, record, mint, then, .. }: Action<'_>,
        pending: Pending,
    ) -> Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let entry = Entry {
            cluster: self.client.genesis_hash().await?.to_string(),
            command: self.command.clone(),
            done: done.to_owned(),
            sent_at: i64::try_from(now.as_secs()).unwrap_or_default(),
            mint: mint.map(|mint| mint.address.to_string()),
            about: record.clone().into_json(),
            pending,
        };
        let held = self.journal()?.write(&entry)?;
        let receipt = self.settle(&entry, held).await?;
        let instructions = entry.pending.instructions().unwrap_or_default();
        // It has landed, whatever a node says now.
        let events =
            self.event_lines(&instructions, &receipt.events, mint.as_ref()).await.unwrap_or_default();
        let signatures = [receipt.signature.to_string()];
        let mut record = landed(done, record.and(events), &receipt);
        if let Some(then) = then {
            if self.format.is_display() {
                self.format.print_landed(&record, &signatures);
                return self.format.print(&then.await);
            }
            record = record.and(then.await);
        }
        self.format.print_landed(&record, &signatures);
        Ok(())
    }

    /// Sends a transaction that is written down until it is known what became of it, and strikes it out then.
    pub async fn settle(&self, entry: &Entry, held: Held) -> Result<Receipt> {
        let spinner = output::spinner("Waiting for the cluster");
        let receipt = self.client.deliver(&entry.pending).await;
        spinner.finish_and_clear();
        if !matches!(receipt, Err(Error::NotKnown { .. }))
            && let Err(error) = held.remove()
        {
            output::note(format!("What became of it is known, but it stays noted as pending: {error:#}"));
        }
        Ok(receipt?)
    }

    /// What a transaction of an earlier command came to.
    async fn landed(&self, entry: &Entry, receipt: &Receipt) -> Record {
        let instructions = entry.pending.instructions().unwrap_or_default();
        let mint = match entry.mint.as_ref().and_then(|mint| mint.parse().ok()) {
            Some(mint) => self.mint(&mint).await.ok(),
            None => None,
        };
        let events =
            self.event_lines(&instructions, &receipt.events, mint.as_ref()).await.unwrap_or_default();
        landed(&entry.done, Record::shown(&entry.about).and(events).json("sent_before", true), receipt)
    }

    /// The lines of events, in money of the mints that the instructions name for their leases, and with the leases of
    /// their batches; of others in money of `mint`.
    pub async fn event_lines(
        &self,
        instructions: &[Instruction],
        events: &[Event],
        mint: Option<&MintInfo>,
    ) -> Result<Record> {
        let (mut of_lease, mut batches) = (HashMap::new(), Vec::new());
        for instruction in instructions {
            let Some(decoded) = decode::instruction(instruction)? else { continue };
            if let (Some(lease), Some(mint)) = (decoded.account("lease"), decoded.account("mint")) {
                of_lease.insert(lease, self.mint(&mint).await?);
            }
            if decoded.args == (Args::AttestBatch {}) {
                batches.push(decoded.remaining);
            }
        }
        let lines =
            event_lines(events, |event| event.lease().and_then(|lease| of_lease.get(&lease)).or(mint));
        // Each batch has an event, in the same order.
        let applied = events.iter().filter_map(|event| match event {
            Event::BatchAttested(event) => Some(event.applied),
            _ => None,
        });
        Ok(batches
            .iter()
            .zip(applied)
            .fold(lines, |record, (leases, applied)| record.and(views::batch::applied(leases, applied))))
    }

    /// Like [`act`](Self::act), with something that takes the signatures of two parties: those of `signers`, the first
    /// of whom pays, or of the other party for whom the transaction is written to a file.
    pub async fn act_together(
        &self,
        action: Action<'_>,
        instructions: &[Instruction],
        signers: &[Key],
        hand_over: &HandOver,
    ) -> Result<()> {
        let signers: Vec<&dyn Signer> = signers.iter().map(|key| key as &dyn Signer).collect();
        if !action.sending.dry_run && hand_over.out.is_none() {
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
        self.act(action.handed_over(hand_over), instructions, &signers).await
    }

    /// Writes a transaction down that others have to sign, too.
    async fn hand_over(
        &self,
        Action { done, record, hand_over, .. }: Action<'_>,
        instructions: &[Instruction],
        payer: &dyn Signer,
        signers: &[&dyn Signer],
    ) -> Result<()> {
        let authority = hand_over.authority()?;
        let signers: Vec<_> =
            signers.iter().copied().chain(authority.iter().map(|key| key as &dyn Signer)).collect();
        let nonce = match &hand_over.nonce {
            Some(address) => Some(self.client.nonce(address).await?),
            None => None,
        };
        let transaction = match &nonce {
            Some(nonce) => {
                ensure!(
                    signers.iter().any(|signer| signer.pubkey() == nonce.authority),
                    "the nonce account {} belongs to {}, whose key is not here; pass it as --nonce-authority, or a nonce \
                     account of your own",
                    nonce.address,
                    nonce.authority
                );
                self.client.prepare_durable(instructions, nonce, payer, &signers).await?
            }
            None => self.client.prepare(instructions, payer, &signers).await?,
        };
        let missing: Vec<_> = transaction.missing().iter().map(ToString::to_string).collect();
        ensure!(!missing.is_empty(), "nobody else has to sign this; leave --out out, and it is sent");
        let path = hand_over.out.context("no file is named for the transaction; pass --out")?;
        fs::write(&path, format!("{transaction}\n"))
            .with_context(|| format!("{} cannot be written", path.display()))?;
        let record = Record::new()
            .heading(format!("Nothing was sent yet. Once the other party has signed and sent it: {done}"))
            .and(record)
            .json("sent", false)
            .json("transaction", transaction.to_string())
            .text("file", "transaction in", path.display())
            .object("missing", &missing)
            .line("yet to sign", missing.join(", "))
            .and(match &nonce {
                Some(nonce) => views::nonce::for_signer(nonce).line(
                    "next",
                    format!(
                        "the other party runs `gpu-lease sign` with this file; `gpu-lease nonce advance {}` withdraws it",
                        nonce.address
                    ),
                ),
                None => Record::new()
                    .line("next", "within a minute the other party runs `gpu-lease sign` with this file"),
            });
        self.print(&record)
    }

    /// What a transaction would do, without any signature.
    async fn rehearse(
        &self,
        Action { record, mint, .. }: Action<'_>,
        instructions: &[Instruction],
        you: &Address,
        payer: &Address,
    ) -> Result<()> {
        let Simulation { events, units, changes, .. } = self.simulate(instructions, payer).await?;
        let mut record = Record::new()
            .heading("Dry run: nothing was signed or sent. This is what would happen:")
            .and(record)
            .and(self.event_lines(instructions, &events, mint.as_ref()).await?)
            .json("dry_run", true)
            .object("events", &events)
            .json("compute_units", units)
            .line("compute units", units)
            .object("changes", &changes);
        if self.format.is_display() {
            record = record
                .heading("Balances")
                .text_block(self.balances(instructions, you, payer, &changes).await?);
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

    /// Whose balance changes, as a table. `you` are called so, and whoever else pays the network fee.
    pub async fn balances(
        &self,
        instructions: &[Instruction],
        you: &Address,
        payer: &Address,
        changes: &[BalanceChange],
    ) -> Result<Table> {
        let names = account_names(instructions)?;
        let mut rows = Vec::new();
        for change in changes {
            let name = match names.get(&change.address) {
                _ if change.address == *you => "you".to_owned(),
                None if change.address == *payer => "fee payer".to_owned(),
                name => name.copied().unwrap_or_default().replace('_', " "),
            };
            rows.extend(self.change_rows(change, &name).await?);
        }
        Ok(table(change_columns(), rows))
    }

    async fn change_rows(&self, change: &BalanceChange, name: &str) -> Result<Vec<Vec<Cell>>> {
        let row = |unit: String, before: u64, after: u64, decimals: u8| {
            let difference = i128::from(after) - i128::from(before);
            (difference != 0).then(|| {
                vec![
                    cell(change.address),
                    cell(name),
                    cell(format_amount_aligned(before, decimals)),
                    cell(format_change(difference, decimals)),
                    cell(format_amount_aligned(after, decimals)),
                    cell(unit),
                ]
            })
        };
        let mut rows = Vec::new();
        rows.extend(row("SOL".to_owned(), change.lamports_before, change.lamports_after, SOL_DECIMALS));
        let amount = |balance: Option<TokenBalance>| balance.map_or(0, |balance| balance.amount);
        if let Some(TokenBalance { mint, .. }) = change.token_after.or(change.token_before) {
            let decimals = self.mint(&mint).await?.decimals;
            rows.extend(row(
                currency(&mint),
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

/// `lease` with `key` signing for its provider: as its wallet, or as its operator.
pub fn for_provider(lease: LeaseContext, key: &Address) -> Result<LeaseContext> {
    let Provider { authority, operator, .. } = lease.provider_account;
    match (lease.provider_account.role_of(key), operator == Address::default()) {
        (Ok(ProviderRole::Authority), _) => Ok(lease),
        (Ok(ProviderRole::Operator), _) => Ok(lease.by_operator()),
        (Err(_), true) => bail!("{key} is not the lease's provider; sign with --keypair of {authority}"),
        (Err(_), false) => bail!(
            "{key} is neither the lease's provider nor its operator; sign with --keypair of {authority} or {operator}"
        ),
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

/// What instructions do, whatever they offer for being taken up and however long the signature counts: a retry is made
/// later.
fn content(instructions: &[Instruction]) -> Vec<Value> {
    let counted = instructions.iter().filter(|instruction| instruction.program_id != address::COMPUTE_BUDGET);
    counted
        .map(|instruction| match decode::instruction(instruction) {
            Ok(Some(decoded)) => without_expiry(serde_json::to_value(decoded).unwrap_or_default()),
            _ => {
                let accounts: Vec<_> =
                    instruction.accounts.iter().map(|meta| meta.pubkey.to_string()).collect();
                json!([instruction.program_id.to_string(), accounts, instruction.data])
            }
        })
        .collect()
}

fn without_expiry(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let lasting = fields.into_iter().filter(|(key, _)| key != "valid_until");
            lasting.map(|(key, value)| (key, without_expiry(value))).collect()
        }
        value => value,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What an action has come to.
fn landed(done: &str, record: Record, receipt: &Receipt) -> Record {
    let Receipt { signature, slot, fee, units, events, .. } = receipt;
    Record::new()
        .heading(done)
        .and(record)
        .object("events", &events)
        .line(
            "network fee",
            match fee {
                Some(fee) => sol(*fee),
                None => "not known, this node keeps no transactions".to_owned(),
            },
        )
        .line("transaction", signature)
        .json("signature", signature.to_string())
        .json("slot", slot)
        .json("network_fee", fee)
        .json("compute_units", units)
}

/// The lines of events, for people, each in money of its mint. Several settlements are told apart by their
/// leases; of several votes on one proposal the last says when it ends.
fn event_lines<'a>(events: &[Event], mint: impl Fn(&Event) -> Option<&'a MintInfo>) -> Record {
    let settled = events.iter().filter(|event| matches!(event, Event::LeaseSettled(_))).count();
    let last_vote = events.iter().rposition(|event| matches!(event, Event::VoteCast(_)));
    events.iter().enumerate().fold(Record::new(), |record, (index, event)| {
        let record = match event {
            Event::LeaseSettled(event) if settled > 1 => record.line("lease", event.lease),
            Event::VoteCast(_) if last_vote != Some(index) => return record,
            _ => record,
        };
        record.and(views::event::lines(event, mint(event)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::Discriminator;
    use bytemuck::Zeroable;
    use gpu_lease_client::{events::LeaseOpened, instruction};

    #[test]
    fn a_retry_is_told_by_what_it_does() {
        let pause =
            |duration, valid_until| content(&[instruction::pause(Address::default(), duration, valid_until)]);
        assert_eq!(pause(60, 1_000), pause(60, 2_000));
        assert_ne!(pause(60, 1_000), pause(61, 1_000));
    }

    #[test]
    fn each_lease_s_money_is_shown_in_units_of_its_own_mint() {
        let opened = |lease: u8| {
            let event = LeaseOpened {
                lease: Address::new_from_array([lease; 32]),
                deposit: 10_000_000,
                ..LeaseOpened::zeroed()
            };
            Event::from_bytes(&[LeaseOpened::DISCRIMINATOR, bytemuck::bytes_of(&event)].concat()).unwrap()
        };
        let first = Address::new_from_array([1; 32]);
        let mints = [6, 2].map(|decimals| MintInfo { address: first, token_program: first, decimals });
        let text = event_lines(&[opened(1), opened(2)], |event| {
            Some(&mints[usize::from(event.lease() != Some(first))])
        });
        let text = text.to_string();
        let deposits: Vec<_> = text.lines().filter(|line| line.contains("deposit")).collect();
        assert!(deposits[0].contains("  10.00 ") && deposits[1].contains("  100000.00 "), "{text}");
    }
}
