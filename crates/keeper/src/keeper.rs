//! Looks at the cluster, and does what the plan says.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use gpu_lease_client::Error;
use gpu_lease_client::account::{Keyed, LeaseContext, MintRef};
use gpu_lease_client::decode::Event;
use gpu_lease_client::events::{FeesCounted, GpusReleased};
use gpu_lease_client::instruction;
use gpu_lease_client::outlook::{Upkeep, lease_instruction};
use gpu_lease_client::rpc::{Client, Receipt};
use gpu_lease_client::state::{Lease, Proposal};
use gpu_lease_client::token_account;
use rand::Rng;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tokio::time::Instant;

use crate::book::{Book, CHANGING, Kind, Subject, withdrawn_mint};
use crate::config::Config;
use crate::journal::Journal;
use crate::node::{Clock, Node};
use crate::plan::{Errand, Outcome, rent, time_after};

/// How often a transaction is signed: again if its blockhash has expired.
const SIGNATURES: usize = 3;

/// How long a signature counts, seconds.
const VALID: i64 = 120;

/// Bytes that extensions of its mint add to a token account at most.
const EXTENSIONS: usize = 64;

/// What was done last that is told.
const TOLD: usize = 50;

/// One keeper.
pub struct Keeper {
    node: Node,
    wallet: Keypair,
    journal: Journal,
    creates_accounts: bool,
    every: Duration,
    book: Mutex<Book>,
    view: Mutex<Option<View>>,
    counts: Mutex<Counts>,
}

/// The cluster's clock when it was last looked at.
#[derive(Clone, Copy)]
struct View {
    clock: Clock,
    at: Instant,
}

/// What came of errands.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// How many, by what and how they ended.
    pub errands: BTreeMap<(&'static str, &'static str), u64>,
    /// Lamports for transactions that landed, as far as the node tells.
    pub fees: u64,
    /// What was done last.
    pub last: VecDeque<Deed>,
    /// Looks at everything.
    pub looks: u64,
}

/// Something that was done.
#[derive(Clone, Debug)]
pub struct Deed {
    /// What, and with which account.
    pub errand: Errand,
    /// The transaction.
    pub signature: String,
    /// What it cost, lamports.
    pub lamports: u64,
    /// When, by this machine's clock.
    pub at: SystemTime,
}

/// What is to be sent, and the rent that it pays for.
struct Draft {
    instructions: Vec<Instruction>,
    rent: u64,
}

impl Keeper {
    /// One that is configured so.
    pub fn new(config: &Config) -> Result<Self> {
        std::fs::create_dir_all(&config.state)?;
        Ok(Self {
            node: Node::new(&config.chain),
            wallet: config.wallet()?,
            journal: Journal::open(&config.state.join("journal"), config.keeping.lamports_a_day)?,
            creates_accounts: config.keeping.create_accounts,
            every: config.chain.every,
            book: Mutex::new(Book::new(config.rules()?)),
            view: Mutex::default(),
            counts: Mutex::default(),
        })
    }

    /// Looks at everything. What is heard of a cluster whose slots do not go on is nothing new.
    pub async fn look(&self) -> Result<()> {
        let clock = self.node.clock().await?;
        let before = self.view().map(|view| view.clock.slot);
        ensure!(before.is_none_or(|slot| slot < clock.slot), "the node is still at slot {}", clock.slot);
        let leases = self.node.client.list_from::<Lease>(CHANGING).await?;
        let others = self.node.others().await?;
        let now = clock.time;
        let unknown = {
            let mut book = self.book();
            book.see_present(others.present, now, &mut roll);
            for kind in [Kind::Proposal, Kind::Record, Kind::Lock] {
                book.keep(kind, &others.subjects.iter().map(|(address, _)| *address).collect());
            }
            let unknown = book.see_leases(&leases, now, &mut roll);
            let is_proposal = |subject: &Subject| matches!(subject, Subject::Proposal(_));
            let (first, then): (Vec<_>, Vec<_>) =
                others.subjects.into_iter().partition(|(_, subject)| is_proposal(subject));
            for (address, subject) in first.into_iter().chain(then) {
                book.see(address, subject, now, roll());
            }
            unknown
        };
        for (address, subject) in self.node.subjects(&unknown).await? {
            self.book().see(address, subject, now, roll());
        }
        self.look_at_vaults(now).await?;
        *self.view.lock().unwrap_or_else(PoisonError::into_inner) = Some(View { clock, at: Instant::now() });
        self.counts_mut().looks += 1;
        Ok(())
    }

    /// Withdrawals are due as far as there are fees.
    async fn look_at_vaults(&self, now: i64) -> Result<()> {
        let mints = self.book().withdrawn_mints();
        if mints.is_empty() {
            return Ok(());
        }
        let vaults = self.node.vaults(mints).await?;
        let mut book = self.book();
        vaults.into_iter().for_each(|(mint, amount)| book.see_vault(mint, amount));
        let present = book.present().context("what decisions change was not seen")?;
        book.see_present(present, now, &mut roll);
        Ok(())
    }

    /// Somebody told of an account. It is looked at again before anything is done.
    pub fn hear(&self, address: Address, subject: Subject) {
        if let Some(now) = self.now() {
            self.book().see(address, subject, now, roll());
        }
    }

    /// What time it is on the cluster; `None` if that was not heard for too long.
    pub fn now(&self) -> Option<i64> {
        let View { clock, at } = self.view()?;
        time_after(clock.time, at.elapsed(), self.every)
    }

    /// The next thing to do.
    pub fn pick(&self) -> Option<Errand> {
        let now = self.now()?;
        let mut book = self.book();
        book.wake(now, &mut roll);
        book.plan.pick(now)
    }

    /// Does it.
    pub async fn act(&self, errand: &Errand) -> Outcome {
        let outcome = match self.attempt(errand).await {
            Ok(outcome) => outcome,
            Err(error) => match self.ready_at(errand).await {
                Ok((_, None)) => Outcome::WasDone,
                Ok((_, Some(_))) => Outcome::Failed(format!("{error:#}")),
                Err(silence) => {
                    Outcome::Failed(format!("{error:#}; and the node does not say more: {silence:#}"))
                }
            },
        };
        let Errand { account, what } = errand;
        let (name, deed) = (outcome.name(), what.name());
        match &outcome {
            Outcome::Failed(problem) => tracing::warn!(%account, deed, "failed: {problem}"),
            Outcome::Done => {}
            _ => tracing::info!(%account, deed, "{name}"),
        }
        *self.counts_mut().errands.entry((deed, name)).or_default() += 1;
        let now = self.now().unwrap_or_else(|| self.view().map_or(0, |view| view.clock.time));
        self.book().plan.settle(errand, &outcome, now);
        outcome
    }

    async fn attempt(&self, errand: &Errand) -> Result<Outcome> {
        match self.ready_at(errand).await? {
            (_, None) => return Ok(Outcome::WasDone),
            (now, Some(ready_at)) if now < ready_at => return Ok(Outcome::NotYet),
            _ => {}
        }
        let delay = self.book().plan.delay();
        if errand.what == Upkeep::ExpireLease && !self.node.is_silence_final(&errand.account, delay).await? {
            return Ok(Outcome::NotYet);
        }
        let Draft { instructions, rent } = self.draft(errand).await?;
        for _ in 0..SIGNATURES {
            let unsigned = self.node.client.unsigned(&instructions, &self.wallet.pubkey()).await?;
            if unsigned.events().iter().any(is_nothing) {
                return Ok(Outcome::WasDone);
            }
            let cost = unsigned.fee(&self.wallet.pubkey())?.saturating_add(rent);
            let Some(aside) = self.journal.reserve(cost)? else { return Ok(Outcome::Unaffordable) };
            match self.node.client.deliver(&unsigned.sign(&self.wallet, &[])?).await {
                Ok(receipt) => {
                    let spent = receipt.fee.map_or(cost, |fee| fee.saturating_add(rent));
                    self.journal.spend(aside, spent)?;
                    self.done(errand, &receipt, spent);
                    return Ok(Outcome::Done);
                }
                Err(Error::Expired(_)) => self.journal.spend(aside, 0)?,
                // It has landed and failed, or what became of it is not known: it counts as spent.
                Err(error) => return Err(error.into()),
            }
        }
        bail!("{SIGNATURES} transactions have expired: no block takes them")
    }

    fn done(&self, errand: &Errand, receipt: &Receipt, lamports: u64) {
        let signature = receipt.signature.to_string();
        tracing::info!(account = %errand.account, deed = errand.what.name(), lamports, signature, "done");
        let mut counts = self.counts_mut();
        counts.fees = counts.fees.saturating_add(lamports);
        counts.last.truncate(TOLD - 1);
        counts.last.push_front(Deed { errand: *errand, signature, lamports, at: SystemTime::now() });
    }

    /// Looks at its account again: what time it is, and from when on it may be done, if it is due all the same.
    async fn ready_at(&self, errand: &Errand) -> Result<(i64, Option<i64>)> {
        let address = errand.account;
        let (seen, clock) = (self.node.subjects(&[address]).await?, self.node.clock().await?);
        if errand.what == Upkeep::WithdrawFees {
            self.look_at_vaults(clock.time).await?;
        }
        let mut book = self.book();
        match seen.into_iter().next() {
            Some((_, subject)) => book.see(address, subject, clock.time, roll()),
            None => book.forget(&address),
        }
        Ok((clock.time, book.plan.task(errand).map(|task| task.ready_at)))
    }

    /// The instructions that do it.
    async fn draft(&self, errand: &Errand) -> Result<Draft> {
        let mut draft = Draft { instructions: Vec::new(), rent: 0 };
        let address = errand.account;
        match errand.what {
            Upkeep::CancelLease
            | Upkeep::ExpireLease
            | Upkeep::ResolveByTimeout
            | Upkeep::ReleaseGpus
            | Upkeep::CountFees
            | Upkeep::CloseLease => {
                let mut lease = self.node.client.lease(&address).await?;
                self.receivers(&mut draft, errand.what, &mut lease).await?;
                let valid_until = self.node.clock().await?.time.saturating_add(VALID);
                draft.instructions.extend(lease_instruction(
                    errand.what,
                    &lease,
                    self.wallet.pubkey(),
                    valid_until,
                ));
            }
            Upkeep::FinalizeProposal | Upkeep::ExecuteProposal | Upkeep::WithdrawFees => {
                let proposal = self.book().proposal(&address).context("the proposal is not known")?;
                if proposal.require_decided().is_err() || errand.what == Upkeep::FinalizeProposal {
                    draft.instructions.push(instruction::finalize_proposal(&proposal));
                }
                match errand.what {
                    Upkeep::ExecuteProposal => {
                        draft.instructions.push(instruction::execute_proposal(address));
                    }
                    Upkeep::WithdrawFees => self.withdrawal(&mut draft, &proposal).await?,
                    _ => {}
                }
            }
            Upkeep::CloseVoteRecord => match self.book().subject(&address) {
                Some(Subject::Record(record, _)) => {
                    let record = Keyed { address, account: *record };
                    draft.instructions.push(instruction::close_vote_record(&record));
                }
                _ => bail!("the vote is not known"),
            },
            Upkeep::UnlockTokens => {
                let owner = match self.book().subject(&address) {
                    Some(Subject::Lock(lock)) => lock.owner,
                    _ => bail!("the lock is not known"),
                };
                let mint = self.book().vote_mint().context("the mint that votes is not known")?;
                let mint = self.mint(&mint).await?;
                let account = self.receiver(&mut draft, &owner, &mint).await?;
                draft.instructions.push(instruction::unlock_tokens_to(owner, account, mint.token_program));
            }
        }
        Ok(draft)
    }

    /// Sets the token accounts that a lease's parties are paid into.
    async fn receivers(&self, draft: &mut Draft, what: Upkeep, lease: &mut LeaseContext) -> Result<()> {
        let mint = lease.mint();
        if matches!(what, Upkeep::CancelLease | Upkeep::CloseLease) {
            lease.payer_token = self.receiver(draft, &lease.payer, &mint).await?;
        }
        if what == Upkeep::CloseLease {
            lease.provider_token = self.receiver(draft, &lease.provider_account.authority, &mint).await?;
            if lease.bond_is_pooled == 1 {
                self.receiver(draft, &lease.provider, &mint).await?;
            }
        }
        Ok(())
    }

    async fn withdrawal(&self, draft: &mut Draft, proposal: &Keyed<Proposal>) -> Result<()> {
        let mint = withdrawn_mint(proposal).context("the proposal withdraws nothing")?;
        let mint = self.mint(&mint).await?;
        let treasury = self.book().treasury().context("the treasury is not known")?;
        let account = self.receiver(draft, &treasury, &mint).await?;
        draft.instructions.push(instruction::withdraw_fees_to(
            proposal.address,
            account,
            mint.mint,
            mint.token_program,
        ));
        Ok(())
    }

    async fn mint(&self, mint: &Address) -> Result<MintRef> {
        let token_program = self.node.client.mint(mint).await?.token_program;
        Ok(MintRef { mint: *mint, token_program })
    }

    /// A token account that `wallet` can be paid into. One that has to be created is paid for only if the owner says so.
    async fn receiver(&self, draft: &mut Draft, wallet: &Address, mint: &MintRef) -> Result<Address> {
        let receiver = self.node.client.receiver(wallet, mint, &self.wallet.pubkey()).await?;
        if receiver.create.iter().any(|create| !draft.instructions.contains(create)) {
            ensure!(
                self.creates_accounts,
                "{wallet} has no token account of {} that can be paid into; it makes one, or you pay for it with \
                 `create_accounts = true`",
                mint.mint
            );
            draft.instructions.extend(receiver.create);
            draft.rent = draft.rent.saturating_add(rent(token_account::SIZE + EXTENSIONS));
        }
        Ok(receiver.account)
    }

    /// The wallet that pays.
    pub fn wallet(&self) -> Address {
        self.wallet.pubkey()
    }

    /// A client of the node.
    pub fn client(&self) -> &Client {
        &self.node.client
    }

    /// What was spent in the last 24 hours, and what may be.
    pub fn day(&self) -> (u64, u64) {
        self.journal.day()
    }

    /// What was observed.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        // What a panic left half done is seen again with the next look.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came of errands.
    pub fn counts(&self) -> Counts {
        self.counts_mut().clone()
    }

    fn counts_mut(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn view(&self) -> Option<View> {
        *self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an event says that nothing was left to do: the program takes that, and it would cost a fee.
fn is_nothing(event: &Event) -> bool {
    match event {
        Event::GpusReleased(GpusReleased { gpus, .. }) => *gpus == 0,
        Event::FeesCounted(FeesCounted { fees, .. }) => *fees == 0,
        _ => false,
    }
}

fn roll() -> u64 {
    rand::thread_rng().r#gen()
}
