//! What is finalized, into the record.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use gpu_lease_client::address::{self, PROGRAM};
use solana_address::Address;
use solana_commitment_config::CommitmentLevel::Finalized;
use solana_signature::Signature;

use crate::book::{self, Accounts as _, Draft, Page as Done, Vault};
use crate::ingest::arrival::{Arrival, Found};
use crate::ingest::chunk::{CHUNK, chunk};
use crate::ingest::comparison::{Comparison, Sight};
use crate::ingest::fail::Fail;
use crate::ingest::known::Known;
use crate::ingest::status::Status;
use crate::live::Live;
use crate::node::answer::{Answer, Unfit};
use crate::node::{self, Listed, MOST_LISTED, Node, Shown};
use crate::observed::{Place, TokenBalance, Transaction};
use crate::store::{Applied, Cursor, Staged, Store};
use crate::views::Commitment;

/// Slots before the record's end that are listed again.
const OVERLAP: u64 = 32;

/// Slots between two notes of how far the chain was read: some minutes.
const SELDOM: u64 = 1_000;

/// Seconds that a slot takes at most, on the whole: five times what it should.
const SLOWEST: u64 = 2;

/// Transactions that are listed first. There are rarely more between two looks.
const FEW: usize = 64;

/// Transactions of an account that are looked through when something about it does not fit.
const MOST_OF_ACCOUNT: usize = 10 * MOST_LISTED;

/// Transactions of an account that are asked for again.
const MOST_COMPARED: usize = 512;

/// Accounts that are looked into one by one. Of more, all transactions are looked through.
const MOST_DOUBTED: usize = 4;

/// Reads what is finalized into the record.
pub struct Reader {
    pub node: Arc<Node>,
    pub store: Store,
    pub known: Known,
    pub cursor: Option<Cursor>,
    /// Whether it has come to what is finalized.
    pub is_current: bool,
    live: Live,
    status: Arc<Status>,
    /// Transactions of the last slots of the record, and others that were passed over there.
    recent: HashMap<Signature, u64>,
    passed: HashMap<Signature, u64>,
    /// The cluster's time of the last transaction.
    time: i64,
    comparison: Comparison,
    every: Duration,
    /// Whether something is kept from before the record was begun again.
    has_kept: bool,
    /// The slot that was noted last.
    noted: u64,
}

/// What was listed and is not in the record, oldest first.
enum Listing {
    /// All of it.
    Here(Vec<Listed>),
    /// It is too much for memory, and staged in the store.
    Staged,
}

impl Reader {
    /// Goes on from where the record ends.
    pub async fn new(
        node: Arc<Node>,
        store: Store,
        live: Live,
        status: Arc<Status>,
        compare_every: Duration,
    ) -> Result<Self> {
        let comparison = Comparison::new(compare_every, BTreeSet::new());
        let mut reader = Self {
            node,
            store,
            known: Known::default(),
            cursor: None,
            is_current: false,
            live,
            status,
            recent: HashMap::new(),
            passed: HashMap::new(),
            time: i64::MIN,
            comparison,
            every: compare_every,
            has_kept: false,
            noted: 0,
        };
        reader.recall().await?;
        Ok(reader)
    }

    /// Takes over what the record holds.
    async fn recall(&mut self) -> Result<()> {
        // What a process that was killed has begun to write may still be written: that is waited for.
        self.store.unstage(&[]).await?;
        self.is_current = false;
        self.cursor = self.store.cursor().await?;
        self.known = self.store.entries().await?.into();
        let floor = self.floor();
        self.recent = self.store.landed_from(floor).await?.into_iter().collect();
        self.passed.clear();
        let reached = self.store.reached();
        self.time = self.store.last_time().await?.unwrap_or(i64::MIN);
        let doubted = self.store.doubtful(u32::MAX).await?.into_iter().map(|doubt| doubt.account);
        self.comparison = Comparison::new(self.every, doubted.collect());
        self.has_kept = self.store.has_kept().await?;
        self.noted = 0;
        self.tell_progress(reached.slot);
        Ok(())
    }

    fn floor(&self) -> u64 {
        self.end().map_or(0, |end| end.saturating_sub(OVERLAP))
    }

    /// The last slot of the record.
    fn end(&self) -> Option<u64> {
        self.cursor.map(|cursor| cursor.place.slot)
    }

    /// Takes in all that is finalized, and returns up to which slot that is.
    pub async fn look(&mut self) -> Result<u64, Fail> {
        let looked = match self.read().await {
            // What a node said wrongly once it may have said wrongly of others.
            Err(fail @ (Fail::Late(late) | Fail::Otherwise(late))) => self.begin_again(late, fail).await,
            looked => looked,
        };
        // What is staged may be what the node made up.
        if let Err(Fail::Node(node::Error::Unfit(_))) = &looked {
            self.store.unstage_all().await?;
            if self.has_kept {
                self.store.forget(None).await?;
            }
            self.status.change(|progress| progress.refused += 1);
        }
        looked
    }

    /// Begins the record again, if it is still shown how it begins: what is not listed any more would be lost.
    async fn begin_again(&mut self, late: Signature, fail: Fail) -> Result<u64, Fail> {
        if let Some(first) = self.store.first().await? {
            match self.node.transaction(&first, Finalized).await {
                Err(node::Error::Unfit(Unfit::Absent(_))) => {
                    return Err(Unfit::Forgotten(late).into());
                }
                found => drop(found?),
            }
        }
        tracing::warn!("{fail}");
        self.store.begin_again(matches!(fail, Fail::Late(_))).await?;
        self.recall().await?;
        self.status.change(|progress| progress.begun_again += 1);
        Err(fail)
    }

    async fn read(&mut self) -> Result<u64, Fail> {
        let finalized = self.node.slot(Finalized).await?;
        self.status.change(|progress| progress.finalized_slot = progress.finalized_slot.max(finalized));
        self.comparison.look(&self.node, &self.known).await?;
        let listed = loop {
            match self.list(finalized).await? {
                Listing::Here(listed) => break listed,
                // The list may have been begun long ago: what has come since is listed after it.
                Listing::Staged => self.take_staged().await?,
            }
        };
        self.take_all(&listed, true).await?;
        if self.comparison.boundary().is_some_and(|slot| slot <= finalized) {
            self.compare().await?;
        }
        if std::mem::take(&mut self.has_kept) {
            self.store.forget(None).await?;
        }
        self.is_current = true;
        self.store.reach(finalized, self.time);
        if finalized >= self.noted.saturating_add(SELDOM) {
            self.note(finalized).await?;
        }
        self.tell_progress(finalized);
        Ok(finalized)
    }

    /// Notes how far the chain was read, and the time there: nothing of the program's may have happened for long.
    async fn note(&mut self, finalized: u64) -> Result<(), Fail> {
        // The slots since the last transaction allow so much, and no more than that is believed.
        let slots = finalized.saturating_sub(self.end().unwrap_or_default());
        let latest = self.time.saturating_add_unsigned(slots.saturating_mul(SLOWEST));
        if let Some(time) = self.node.block_time(finalized).await?.filter(|time| *time <= latest) {
            self.store.reach(finalized, time);
        }
        self.store.note_reached(finalized).await?;
        self.noted = finalized;
        Ok(())
    }

    /// Takes in what is staged.
    async fn take_staged(&mut self) -> Result<(), Fail> {
        while let Some(staged) = self.staged().await? {
            self.take_all(&staged, false).await?;
            let taken: Vec<Signature> = staged.iter().map(|it| it.signature).collect();
            self.store.unstage(&taken).await?;
        }
        Ok(())
    }

    /// The oldest blocks that are staged, whole.
    async fn staged(&self) -> Result<Option<Vec<Listed>>> {
        let mut most = CHUNK;
        loop {
            let limit = u32::try_from(most).unwrap_or(u32::MAX);
            let mut staged = self.store.staged(limit).await?;
            if staged.len() == most {
                let last = staged.last().map(|it| it.slot);
                staged.retain(|it| Some(it.slot) != last);
                if staged.is_empty() {
                    most = most.saturating_mul(2);
                    continue;
                }
            }
            let listed = staged.into_iter().map(|Staged { signature, slot, is_failed }| Listed {
                signature,
                slot,
                is_failed,
            });
            let listed: Vec<Listed> = listed.collect();
            return Ok(Some(listed).filter(|listed| !listed.is_empty()));
        }
    }

    /// Forgets what is staged and in the record: it was ended between the two.
    async fn unstage_recorded(&self) -> Result<(), Fail> {
        let Some(end) = self.end() else { return Ok(()) };
        loop {
            let limit = u32::try_from(MOST_LISTED).unwrap_or(u32::MAX);
            let mut staged = self.store.staged(limit).await?;
            staged.retain(|it| it.slot <= end);
            if staged.is_empty() {
                return Ok(());
            }
            self.store.unstage(&staged.iter().map(|it| it.signature).collect::<Vec<_>>()).await?;
        }
    }

    /// Lists what is finalized up to `finalized` and not in the record, down to some slots before its end.
    async fn list(&mut self, finalized: u64) -> Result<Listing, Fail> {
        let (floor, end) = (self.floor(), self.end());
        self.unstage_recorded().await?;
        // A listing that was ended in between goes on.
        let lowest = self.store.staged(1).await?;
        let mut before = lowest.first().map(|&Staged { signature, slot, is_failed }| Listed {
            signature,
            slot,
            is_failed,
        });
        let mut is_staged = before.is_some();
        let mut limit = if end.is_some() { FEW } else { MOST_LISTED };
        let mut listed: Vec<Listed> = Vec::new();
        let mut missing: HashSet<Signature> = self.recent.keys().copied().collect();
        let mut meets = end.is_none();
        loop {
            let page = self.node.signatures(&PROGRAM, before.as_ref(), limit, finalized, Finalized).await?;
            limit = MOST_LISTED;
            for one in &page.listed {
                missing.remove(&one.signature);
                match end {
                    Some(end) if one.slot <= end => {
                        meets = true;
                        self.meet(one, floor).await?;
                    }
                    _ if one.slot <= finalized => listed.push(*one),
                    _ => {}
                }
            }
            let is_last = page.is_last || page.last.is_none_or(|last| last.slot < floor);
            if is_staged || listed.len() > MOST_LISTED {
                // A list without an end is one of transactions that there are not.
                if let Some(last) = page.listed.last() {
                    self.node.transaction(&last.signature, Finalized).await?;
                }
                let staged = listed.drain(..).map(|Listed { signature, slot, is_failed }| Staged {
                    signature,
                    slot,
                    is_failed,
                });
                self.store.stage(&staged.collect::<Vec<_>>()).await?;
                is_staged = true;
            }
            self.status.change(|progress| progress.looks += 1);
            if is_last {
                break;
            }
            before = page.last;
        }
        if !meets || !missing.is_empty() {
            self.miss(&missing).await?;
        }
        listed.reverse();
        Ok(if is_staged { Listing::Staged } else { Listing::Here(listed) })
    }

    /// The list does not reach the record, or lacks transactions of it. A node may forget them once the record has gone past
    /// them; what came after the record's end it must have.
    async fn miss(&self, missing: &HashSet<Signature>) -> Result<(), Fail> {
        let oldest = self.node.oldest_slot().await?;
        let has_gap = oldest > self.store.reached().slot.saturating_add(1);
        let is_left_out = |signature: &&Signature| {
            has_gap || self.recent.get(*signature).is_some_and(|slot| *slot >= oldest)
        };
        let end = self.cursor.as_ref().map(|cursor| &cursor.signature).filter(|_| has_gap);
        match missing.iter().find(is_left_out).or(end) {
            Some(signature) => Err(Unfit::Unlisted(*signature).into()),
            None => Ok(()),
        }
    }

    /// Meets a transaction again that is listed in the last slots of the record: it is in it, or was passed over.
    async fn meet(&mut self, one: &Listed, floor: u64) -> Result<(), Fail> {
        let Listed { signature, slot, is_failed } = *one;
        if is_failed || slot < floor || self.passed.contains_key(&signature) {
            return Ok(());
        }
        match self.recent.get(&signature) {
            Some(known) if *known == slot => return Ok(()),
            // What is said of it has to agree with where it is listed.
            Some(_) => {
                self.node.transactions(&[*one], HashMap::new(), Finalized).await?;
                return Err(Fail::Otherwise(signature));
            }
            None => {}
        }
        let shown = self.node.transactions(&[*one], HashMap::new(), Finalized).await?;
        match shown.first().map(|shown| &shown.answer) {
            Some(Answer::Succeeded(_)) => Err(Fail::Late(signature)),
            _ => {
                self.passed.insert(signature, slot);
                Ok(())
            }
        }
    }

    /// Takes in transactions that are in order.
    async fn take_all(&mut self, listed: &[Listed], is_live: bool) -> Result<(), Fail> {
        let mut rest = listed;
        self.status.change(|progress| progress.waiting = rest.len() as u64);
        while let Some(first) = rest.first() {
            if self.comparison.boundary().is_some_and(|slot| slot < first.slot) {
                self.compare().await?;
            }
            let (one, after) = rest.split_at(chunk(rest, self.comparison.boundary()));
            self.take(one, is_live).await?;
            rest = after;
            self.status.change(|progress| {
                progress.looks += 1;
                progress.waiting = rest.len() as u64;
            });
        }
        Ok(())
    }

    /// Takes in transactions of whole blocks.
    async fn take(&mut self, listed: &[Listed], is_live: bool) -> Result<(), Fail> {
        let succeeded: Vec<Listed> = listed.iter().filter(|it| !it.is_failed).copied().collect();
        let signatures: Vec<Signature> = succeeded.iter().map(|it| it.signature).collect();
        let kept = match self.has_kept {
            true => self.store.kept(&signatures).await?,
            false => HashMap::new(),
        };
        let shown = self.node.transactions(&succeeded, kept, Finalized).await?;
        let (done, others) = self.play(&shown, listed).await?;
        let Some(upto) = upto(&done, listed) else { return Ok(()) };
        let applied: Vec<Applied<'_>> = done.iter().map(Played::applied).collect();
        let others = others.saturating_add(listed.len().saturating_sub(succeeded.len()));
        self.store.apply(&applied, others as u64, upto).await?;
        self.cursor = Some(upto);
        for Played { transaction, done, .. } in &done {
            self.known.take(&done.accounts);
            self.comparison.touch(done.accounts.keys().copied());
            self.comparison.doubt(done.doubts.iter().flat_map(|doubt| doubt.accounts.iter().copied()));
            self.recent.insert(transaction.signature, transaction.place.slot);
            self.time = transaction.moment.time;
            if is_live {
                self.live.tell(transaction, done, Commitment::Finalized);
            }
        }
        let floor = self.floor();
        self.recent.retain(|_, slot| *slot >= floor);
        self.passed.retain(|_, slot| *slot >= floor);
        self.status.change(|progress| progress.applied += applied.len() as u64);
        self.tell_progress(upto.place.slot);
        Ok(())
    }

    /// Plays transactions over the record.
    async fn play<'a>(
        &mut self,
        shown: &'a [Shown],
        listed: &[Listed],
    ) -> Result<(Vec<Played<'a>>, usize), Fail> {
        let mut draft = Draft::over(&self.known);
        let mut played: Vec<Played<'_>> = Vec::new();
        let mut others: usize = 0;
        let mut passed = Vec::new();
        let mut before = (self.end(), self.time);
        for Shown { listed: one, raw, answer } in shown {
            let Answer::Succeeded(transaction) = answer else {
                others += 1;
                passed.push((one.signature, one.slot));
                continue;
            };
            let now = (Some(transaction.place.slot), transaction.moment.time);
            if now.1 < before.1 || now.0 == before.0 && now.1 != before.1 {
                self.compare_last().await?;
                let reason = "its block's time is before that of an older block";
                return Err(Unfit::Malformed { signature: one.signature, reason }.into());
            }
            before = now;
            let done = book::read(&draft, transaction);
            let begins = done.deeds.iter().any(|deed| deed.name == "initialize");
            if !begins && draft.entry(&address::protocol()).is_none() {
                return Err(Unfit::Beginning(one.signature).into());
            }
            if !done.doubts.is_empty() {
                let about: BTreeSet<Address> =
                    done.doubts.iter().flat_map(|doubt| doubt.accounts.iter().copied()).collect();
                self.read_again(one, raw).await?;
                self.look_into(&about, one.slot, listed).await?;
            }
            draft.take(done.accounts.clone());
            played.push(Played { transaction, raw, done });
        }
        self.passed.extend(passed);
        Ok((played, others))
    }

    /// What does not fit may be what the node said wrongly: it says it a second time.
    async fn read_again(&self, one: &Listed, raw: &[u8]) -> Result<(), Fail> {
        let again = self.node.transactions(&[*one], HashMap::new(), Finalized).await?;
        if again.first().is_some_and(|again| again.raw == raw) {
            return Ok(());
        }
        self.store.forget(Some(&one.signature)).await?;
        let reason = "the node says now this of it, now that";
        Err(Unfit::Malformed { signature: one.signature, reason }.into())
    }

    /// Looks for transactions up to `slot` that belong to these accounts and are neither in the record nor `coming`.
    async fn look_into(
        &self,
        accounts: &BTreeSet<Address>,
        slot: u64,
        coming: &[Listed],
    ) -> Result<(), Fail> {
        for account in few(accounts).iter() {
            for one in self.of_account(account, slot).await? {
                let Listed { signature, slot, .. } = one;
                let is_passed = self.passed.contains_key(&signature);
                if is_passed || coming.iter().any(|it| it.signature == signature) {
                    continue;
                }
                let recorded = self.store.landed(&signature).await?;
                if recorded == Some(slot) {
                    continue;
                }
                let shown = self.node.transactions(&[one], HashMap::new(), Finalized).await?;
                match shown.first().map(|shown| &shown.answer) {
                    _ if recorded.is_some() => return Err(Fail::Otherwise(signature)),
                    Some(Answer::Succeeded(_)) => return Err(Fail::Late(signature)),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The transactions up to `slot` that name an account and succeeded, the newest first.
    async fn of_account(&self, account: &Address, slot: u64) -> Result<Vec<Listed>, Fail> {
        let mut all = Vec::new();
        let mut before = None;
        while all.len() < MOST_OF_ACCOUNT {
            let page = self.node.signatures(account, before.as_ref(), MOST_LISTED, slot, Finalized).await?;
            all.extend(page.listed.iter().filter(|it| !it.is_failed && it.slot <= slot));
            if page.is_last {
                break;
            }
            before = page.last;
        }
        Ok(all)
    }

    /// Compares accounts that were read with the record, which stands where they were read. What was left out is found; what
    /// cannot be explained is from then on as the node shows it.
    async fn compare(&mut self) -> Result<(), Fail> {
        let Some(sight) = self.comparison.take() else { return Ok(()) };
        let (watched, is_thorough) = self.comparison.watch();
        self.look_into(&watched, sight.slot, &[]).await?;
        if is_thorough {
            self.compare_answers(&watched, sight.slot).await?;
        }
        let differing = sight.differing(&self.known);
        let unexplained: BTreeSet<Address> =
            differing.difference(&self.comparison.doubted).copied().collect();
        self.look_into(&unexplained, sight.slot, &[]).await?;
        let is_ours = |account: &Address| !self.known.is_vault(account);
        let suspects: BTreeSet<Address> =
            self.comparison.suspect(&unexplained).into_iter().filter(is_ours).collect();
        self.compare_answers(&suspects, sight.slot).await?;
        for account in suspects {
            let reason = "the account is not as the transactions that are listed say";
            tracing::warn!(%account, "{reason}");
            self.store.doubt(&account, reason).await?;
            self.comparison.doubt([account]);
        }
        self.heal(&sight).await?;
        self.status.change(|progress| progress.compared += sight.accounts.len() as u64);
        Ok(())
    }

    /// Whether what was said of the newest transactions of these accounts is what is said now.
    async fn compare_answers(&self, accounts: &BTreeSet<Address>, slot: u64) -> Result<(), Fail> {
        for account in few(accounts).iter() {
            for one in self.of_account(account, slot).await?.into_iter().take(MOST_COMPARED) {
                self.compare_answer(one).await?;
            }
        }
        Ok(())
    }

    /// The same of the last transactions of the record.
    async fn compare_last(&self) -> Result<(), Fail> {
        for (signature, slot) in &self.recent {
            self.compare_answer(Listed { signature: *signature, slot: *slot, is_failed: false }).await?;
        }
        Ok(())
    }

    async fn compare_answer(&self, one: Listed) -> Result<(), Fail> {
        let Some(raw) = self.store.raw(&one.signature).await? else { return Ok(()) };
        let again = self.node.transactions(&[one], HashMap::new(), Finalized).await?;
        match again.first().is_some_and(|again| again.raw != raw) {
            true => Err(Fail::Otherwise(one.signature)),
            false => Ok(()),
        }
    }

    /// Accounts that the record cannot explain are as the node shows them from now on.
    async fn heal(&mut self, sight: &Sight) -> Result<(), Fail> {
        for address in self.comparison.doubted.clone() {
            let Some(shown) = sight.account(&address) else { continue };
            // What is of no kind that the record keeps is not missed in it.
            let entry = self.known.shown(address, shown).unwrap_or_default();
            self.store.heal(&address, entry.clone()).await?;
            self.comparison.doubted.remove(&address);
            self.known.take(&[(address, entry)].into());
        }
        Ok(())
    }

    /// Books what an audit has found, if the record still stands where it looked: otherwise it has met it by itself.
    pub async fn receive(&mut self, found: Found) -> Result<()> {
        let Found { arrivals, booked } = found;
        let mut draft = Draft::over(&self.known);
        let mut played = Vec::new();
        for Arrival { transaction, raw } in &arrivals {
            let fits = |token: &TokenBalance| {
                draft.find::<Vault>(&token.account).is_none_or(|vault| vault.balance == token.before)
            };
            if !transaction.tokens.iter().all(fits) {
                return Ok(());
            }
            let done = book::read(&draft, transaction);
            if !done.doubts.is_empty() {
                return Ok(());
            }
            draft.take(done.accounts.clone());
            played.push(Played { transaction, raw, done });
        }
        let applied: Vec<Applied<'_>> = played.iter().map(Played::applied).collect();
        self.store.apply_unlisted(&applied).await?;
        for Played { done, .. } in played {
            self.known.take(&done.accounts);
        }
        // Nobody has to wait for it.
        booked.send(true).ok();
        Ok(())
    }

    fn tell_progress(&self, slot: u64) {
        let (made, retried) = self.node.calls();
        self.status.change(|progress| {
            progress.recorded_slot = slot;
            progress.recorded_time = self.time.max(0);
            progress.in_doubt = self.comparison.doubted.len() as u64;
            progress.watched = self.comparison.watched() as u64;
            progress.calls = made;
            progress.retried = retried;
        });
    }
}

/// These accounts; in place of many the program, which all transactions name.
fn few(accounts: &BTreeSet<Address>) -> Cow<'_, BTreeSet<Address>> {
    match accounts.len() > MOST_DOUBTED {
        true => Cow::Owned(BTreeSet::from([PROGRAM])),
        false => Cow::Borrowed(accounts),
    }
}

/// A transaction that was played.
pub struct Played<'a> {
    pub transaction: &'a Transaction,
    pub raw: &'a [u8],
    pub done: Done,
}

impl Played<'_> {
    /// As the store takes it.
    pub const fn applied(&self) -> Applied<'_> {
        Applied { transaction: self.transaction, raw: self.raw, done: &self.done }
    }
}

/// Where the record ends after these: at the last transaction of the last block; where it has none that counts, at its
/// beginning.
fn upto(done: &[Played<'_>], listed: &[Listed]) -> Option<Cursor> {
    let slot = listed.last()?.slot;
    let last = done.last().filter(|it| it.transaction.place.slot == slot);
    Some(match last {
        Some(last) => Cursor { place: last.transaction.place, signature: last.transaction.signature },
        None => {
            let of_block = listed.iter().filter(|it| it.slot == slot).map(|it| it.signature);
            Cursor { place: Place { slot, index: 0 }, signature: of_block.max()? }
        }
    })
}
