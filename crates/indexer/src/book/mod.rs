//! The market's book: what transactions say, and nothing else.
//!
//! [`read`] plays a transaction by the program's own rules over the accounts as they were, and says what it did: how the
//! accounts are after it, what was done by whom, which usage was stated, which tokens moved and what for. It decides from what
//! is never cut off: instructions, those that they called, the token program's transfers. Each instruction's transfers must be
//! those that the rules ask for, in their order; what does not fit is a [`Fault`], and the accounts that it was about are in
//! doubt from then on. Where a log is whole, its events must say the same.
//!
//! Nothing here reads a node, a file or a clock.

mod draft;
mod entry;
mod fault;
mod play;
mod tokens;

use std::collections::BTreeMap;

use gpu_lease_client::address::PROGRAM;
use gpu_lease_client::decode::{self, Args, DecodedInstruction, Event};
use gpu_lease_client::json::Json;
use gpu_lease_client::state::{Closing, Lease, MintPolicy, Provider};
use solana_address::Address;

pub use draft::{Accounts, Changes, Draft, take_over};
pub use entry::{Entry, Kept, Vault, VaultKind};
pub use fault::Fault;

use crate::observed::{TokenBalance, Transaction};
use play::{Due, Played};
use tokens::Transfer;

/// What a transaction did.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Accounts as they are after it.
    pub accounts: Changes,
    /// Instructions of the program, in their order.
    pub deeds: Vec<Deed>,
    /// Usage that was stated.
    pub statements: Vec<Statement>,
    /// Tokens that entered or left an account of the program.
    pub movements: Vec<Movement>,
    /// Leases that it touched, as they are after it; those that it ended, as they were at last.
    pub leases: BTreeMap<LeaseLife, LeaseAfter>,
    /// What does not follow from what was known, with the accounts that are in doubt from now on.
    pub doubts: Vec<Doubt>,
}

/// A lease, and which of those that had its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseLife {
    /// The lease's account.
    pub lease: Address,
    /// Slot in which it was opened.
    pub opened_slot: u64,
}

/// A lease after a transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaseAfter {
    /// What its account holds, or held at last.
    pub lease: Lease,
    /// How it ended, if it did.
    pub end: Option<LeaseEnd>,
}

/// How a lease ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LeaseEnd {
    /// Taken back before it started.
    Cancelled {
        /// Paid back to the payer.
        refund: u64,
    },
    /// Closed, and its money divided.
    Closed(Closing),
}

/// An instruction of the program that was carried out.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Its name, for instance `open_lease`.
    pub name: &'static str,
    /// Its accounts by name, in their order.
    pub accounts: Vec<(&'static str, Address)>,
    /// Its arguments.
    pub args: Args,
    /// Whose signature it took: the first of its accounts that signed.
    pub by: Option<Address>,
    /// The lease that it is about.
    pub lease: Option<LeaseLife>,
    /// What it told, or would have told had its log not been cut off.
    pub events: Vec<Event>,
}

/// Usage of a lease that was stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The lease; of one that there is not its address alone is known.
    pub lease: Address,
    /// Which of those that had its address.
    pub opened_slot: u64,
    /// End of the window, unix seconds.
    pub window_end: i64,
    /// GPU-seconds since the start.
    pub gpu_seconds: u64,
    /// Watt-hours since the start.
    pub energy_wh: u64,
    /// Root over the metering record.
    pub evidence: [u8; 32],
    /// Who signed it.
    pub signers: Vec<Address>,
    /// Whether the renter's side was among them, so that it counts at once.
    pub is_co_signed: bool,
    /// Whether it was taken: a row of a batch that would be refused alone is left out.
    pub counts: bool,
}

/// Tokens that entered or left an account of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// What for.
    pub purpose: Purpose,
    /// The mint.
    pub mint: Address,
    /// Base units; never 0.
    pub amount: u64,
    /// Where they came from; `None` if that was not seen.
    pub from: Option<TokenAccountOf>,
    /// Where they went; `None` if that was not seen.
    pub to: Option<TokenAccountOf>,
    /// The lease that it is about.
    pub lease: Option<LeaseLife>,
}

/// A token account, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenAccountOf {
    /// The token account.
    pub account: Address,
    /// The wallet, or the account of the program, that it belongs to; `None` if no node said so.
    pub owner: Option<Address>,
}

/// What tokens were moved for.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Purpose {
    /// A lease was paid for when it was opened.
    Deposit,
    /// More was paid for it.
    TopUp,
    /// The provider's bond for a lease.
    Bond,
    /// The stake of a dispute.
    Stake,
    /// The arbiter's fee.
    ArbiterFee,
    /// Usage was paid for.
    Payout,
    /// The protocol's fee.
    Fee,
    /// The bond came back.
    BondReturn,
    /// A part of the bond went to the payer, for units that were promised and missed.
    Credit,
    /// What was left went back to the payer.
    Refund,
    /// A provider put money aside for bonds.
    BondPayment,
    /// A provider took money back that was put aside for bonds.
    BondWithdrawal,
    /// Tokens were locked, to vote.
    Lock,
    /// They were unlocked.
    Unlock,
    /// Fees went to the treasury.
    FeeWithdrawal,
    /// Somebody sent tokens that nobody asked for.
    Gift,
    /// Tokens that moved otherwise than the rules say.
    Unexplained,
}

/// Accounts that are not known well any more, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What went wrong.
    pub fault: Fault,
    /// The accounts that it was about.
    pub accounts: Vec<Address>,
    /// The lease, if it was about one that was known.
    pub lease: Option<LeaseLife>,
}

/// Plays `transaction` over `accounts`.
pub fn read(accounts: &dyn Accounts, transaction: &Transaction) -> Page {
    let mut reader = Reader { transaction, draft: Draft::over(accounts), page: Page::default() };
    reader.meet_vaults();
    for index in 0..transaction.calls.len() {
        reader.call(index);
    }
    reader.check_vaults();
    reader.check_events();
    Page { accounts: reader.draft.into_changes(), ..reader.page }
}

/// A transaction that is being read.
struct Reader<'a> {
    transaction: &'a Transaction,
    draft: Draft<'a>,
    page: Page,
}

impl Reader<'_> {
    /// A transfer to an account of the program names the program nowhere: it is seen when something else names the account.
    fn meet_vaults(&mut self) {
        for token in &self.transaction.tokens {
            let Some(vault) = self.vault(token) else { continue };
            let (booked, holds) = (vault.balance, token.before);
            if holds > booked {
                let purpose = gift_to(vault.kind);
                let to = Some(TokenAccountOf { account: token.account, owner: Some(vault.of) });
                let lease = self.lease_of(&vault);
                let amount = holds.saturating_sub(booked);
                self.page.movements.push(Movement {
                    purpose,
                    mint: vault.mint,
                    amount,
                    from: None,
                    to,
                    lease,
                });
            } else if holds < booked {
                self.doubt(
                    Fault::Deficit { account: token.account, booked, holds },
                    vec![token.account, vault.of],
                );
            }
            self.draft.put(token.account, Vault { balance: holds, ..vault });
        }
    }

    /// The account of the program that `token` is. Anybody can make one for a provider's bonds; only of a mint that is registered
    /// it is certain that nobody can take them out again, which would look like a deficit.
    fn vault(&self, token: &TokenBalance) -> Option<Vault> {
        let known = self.draft.find::<Vault>(&token.account);
        let of_provider = || {
            self.draft.find::<Provider>(&token.owner)?;
            self.draft.find::<MintPolicy>(&MintPolicy::address(&token.mint).0)?;
            Some(Vault { kind: VaultKind::Bonds, of: token.owner, mint: token.mint, balance: 0 })
        };
        known.or_else(of_provider)
    }

    /// After it each holds what was booked.
    fn check_vaults(&mut self) {
        for token in &self.transaction.tokens {
            let Some(vault) = self.draft.find::<Vault>(&token.account) else { continue };
            if vault.balance != token.after {
                let (booked, holds) = (vault.balance, token.after);
                self.doubt(
                    Fault::Deficit { account: token.account, booked, holds },
                    vec![token.account, vault.of],
                );
                self.draft.put(token.account, Vault { balance: holds, ..vault });
            }
        }
    }

    /// Takes in what was called as number `index`.
    fn call(&mut self, index: usize) {
        let Some(call) = self.transaction.calls.get(index) else { return };
        if call.instruction.program_id == PROGRAM {
            match decode::instruction(&call.instruction) {
                Ok(Some(decoded)) => self.deed(index, decoded),
                // A program that was upgraded: everything that it names may be otherwise now.
                Ok(None) => {}
                Err(error) => {
                    let accounts = call.instruction.accounts.iter().map(|meta| meta.pubkey);
                    let known = accounts.filter(|it| self.draft.entry(it).is_some()).collect();
                    self.doubt(error.into(), known);
                }
            }
            return;
        }
        let caller = self.transaction.caller_of(index).and_then(|index| self.transaction.calls.get(index));
        if caller.is_some_and(|caller| caller.instruction.program_id == PROGRAM) {
            return;
        }
        for transfer in tokens::transfers(&call.instruction) {
            self.stranger(transfer);
        }
    }

    /// Tokens that others moved to an account of the program.
    fn stranger(&mut self, transfer: Transfer) {
        let vault = transfer.to.and_then(|to| self.draft.find::<Vault>(&to));
        if let Some(vault) = vault {
            self.book(transfer, gift_to(vault.kind), self.lease_of(&vault));
        }
    }

    /// Plays an instruction of the program.
    fn deed(&mut self, index: usize, decoded: DecodedInstruction) {
        let Some(call) = self.transaction.calls.get(index) else { return };
        let moved: Vec<Transfer> = self.transaction.called_by(index).flat_map(tokens::transfers).collect();
        let mut played = play::Play::new(self.transaction, call, &decoded, &moved, &self.draft);
        let outcome = played.run();
        let lease = played.lease;
        let name = decoded.name;
        let mut told = Vec::new();
        match outcome {
            Ok(Played { due, events }) => {
                told = events;
                let due: Vec<Due> = due.into_iter().filter(|due| due.amount > 0).collect();
                let statements = std::mem::take(&mut played.statements);
                let leases = std::mem::take(&mut played.leases);
                let changes = played.into_changes();
                self.draft.take(changes);
                self.page.statements.extend(statements);
                self.page.leases.extend(leases);
                self.movements(name, &due, &moved, lease);
            }
            Err(fault) => {
                let accounts = decoded.accounts.iter().map(|(_, address)| *address);
                let known = accounts.filter(|it| self.draft.entry(it).is_some()).collect();
                self.doubt_about(fault, known, lease);
                self.unexplained(&moved, lease);
            }
        }
        let signs = |address: &Address| {
            call.instruction.accounts.iter().any(|meta| meta.is_signer && meta.pubkey == *address)
        };
        let by = decoded.accounts.iter().map(|(_, address)| *address).find(signs);
        let DecodedInstruction { name, accounts, args, .. } = decoded;
        self.page.deeds.push(Deed { name, accounts, args, by, lease, events: told });
    }

    /// A log that is whole says the same.
    fn check_events(&mut self) {
        let Some(logged) = &self.transaction.events else { return };
        let told = self.page.deeds.iter().flat_map(|deed| &deed.events);
        let same = told.map(Json::json).eq(logged.iter().map(Json::json));
        if !same && self.page.doubts.is_empty() {
            let leases = self.page.leases.keys().map(|life| life.lease).collect();
            self.doubt(Fault::Events, leases);
        }
    }

    /// Books what an instruction moved, which has to be what is due.
    fn movements(
        &mut self,
        instruction: &'static str,
        due: &[Due],
        moved: &[Transfer],
        lease: Option<LeaseLife>,
    ) {
        let asked: Vec<u64> = due.iter().map(|due| due.amount).collect();
        let moved: Vec<Transfer> = moved.iter().filter(|transfer| transfer.amount > 0).copied().collect();
        let paid: Vec<u64> = moved.iter().map(|transfer| transfer.amount).collect();
        let fits = asked == paid;
        if fits {
            for (due, transfer) in due.iter().zip(moved) {
                self.book(transfer, due.purpose, lease);
            }
        } else {
            self.unexplained(&moved, lease);
        }
        if !fits {
            let fault = Fault::Transfers { instruction, due: asked, moved: paid };
            let accounts = lease.map(|life| life.lease).into_iter().collect();
            self.doubt_about(fault, accounts, lease);
        }
    }

    /// Books tokens that moved otherwise than the rules say.
    fn unexplained(&mut self, moved: &[Transfer], lease: Option<LeaseLife>) {
        for transfer in moved.iter().filter(|transfer| transfer.amount > 0) {
            self.book(*transfer, Purpose::Unexplained, lease);
        }
    }

    /// Books tokens that moved.
    fn book(&mut self, transfer: Transfer, purpose: Purpose, lease: Option<LeaseLife>) {
        let Transfer { from, to, amount, .. } = transfer;
        let ends = [from, to].into_iter().flatten();
        let shown = ends.clone().find_map(|end| self.transaction.token(&end).map(|token| token.mint));
        let known = ends.clone().find_map(|end| self.draft.find::<Vault>(&end).map(|vault| vault.mint));
        // Of tokens that never were the program's nothing is booked.
        let Some(mint) = known.or(shown) else { return };
        if let Some((address, vault)) = from.and_then(|it| Some((it, self.draft.find::<Vault>(&it)?))) {
            self.draft.put(address, Vault { balance: vault.balance.saturating_sub(amount), ..vault });
        }
        if let Some((address, vault)) = to.and_then(|it| Some((it, self.draft.find::<Vault>(&it)?))) {
            self.draft.put(address, Vault { balance: vault.balance.saturating_add(amount), ..vault });
        }
        let whose = |account: Address| {
            let owner = self.transaction.token(&account).map(|token| token.owner);
            let vault = self.draft.find::<Vault>(&account).map(|vault| vault.of);
            TokenAccountOf { account, owner: vault.or(owner) }
        };
        let (from, to) = (from.map(whose), to.map(whose));
        self.page.movements.push(Movement { purpose, mint, amount, from, to, lease });
    }

    /// The lease whose money `vault` holds.
    fn lease_of(&self, vault: &Vault) -> Option<LeaseLife> {
        let lease: Lease = self.draft.find(&vault.of)?;
        Some(LeaseLife { lease: vault.of, opened_slot: lease.opened_slot })
    }

    fn doubt(&mut self, fault: Fault, accounts: Vec<Address>) {
        let lease = accounts.iter().find_map(|lease| {
            let Lease { opened_slot, .. } = self.draft.find(lease)?;
            Some(LeaseLife { lease: *lease, opened_slot })
        });
        self.doubt_about(fault, accounts, lease);
    }

    fn doubt_about(&mut self, fault: Fault, accounts: Vec<Address>, lease: Option<LeaseLife>) {
        self.page.doubts.push(Doubt { fault, accounts, lease });
    }
}

/// What tokens are for that a stranger, or a provider, sends to a token account of the program.
const fn gift_to(kind: VaultKind) -> Purpose {
    match kind {
        VaultKind::Bonds => Purpose::BondPayment,
        VaultKind::Lease | VaultKind::Fees | VaultKind::Lock => Purpose::Gift,
    }
}

impl Page {
    /// Whether it did nothing.
    pub fn is_empty(&self) -> bool {
        self.deeds.is_empty() && self.movements.is_empty() && self.doubts.is_empty()
    }
}
