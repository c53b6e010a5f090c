use crate::recorder::Recorder;
use gpu_lease_indexer::book::{self, Entry, LeaseEnd, Movement, Page, Purpose};
use gpu_lease_indexer::observed::Transaction;
use gpu_lease_tests::World;
use solana_address::Address;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the book says of everything up to now.
#[derive(Default)]
pub struct Record {
    /// Accounts that exist.
    pub entries: HashMap<Address, Entry>,
    /// Kinds of what happened.
    pub seen: BTreeSet<String>,
    /// What moved, in and out of each token account.
    sums: BTreeMap<Address, i128>,
    /// Transactions whose log was cut off.
    pub cut_off: usize,
}

impl Record {
    /// Takes a transaction in.
    pub fn read(&mut self, transaction: &Transaction) -> Page {
        let page = book::read(&self.entries, transaction);
        self.cut_off += usize::from(transaction.events.is_none());
        book::take_over(&mut self.entries, &page.accounts);
        for Movement { purpose, from, to, amount, .. } in &page.movements {
            self.seen.insert(format!("moved: {purpose}"));
            for (end, sign) in [(from, -1), (to, 1)] {
                if let Some(end) = end {
                    *self.sums.entry(end.account).or_default() += sign * i128::from(*amount);
                }
            }
        }
        self.seen.extend(page.deeds.iter().map(|deed| deed.name.to_owned()));
        for statement in &page.statements {
            let how = match (statement.counts, statement.is_co_signed) {
                (false, _) => "stated: not taken",
                (true, false) => "stated: claim",
                (true, true) => "stated: agreement",
            };
            self.seen.insert(how.to_owned());
        }
        for after in page.leases.values() {
            let end = match after.end {
                None => continue,
                Some(LeaseEnd::Cancelled { .. }) => "ended: cancelled",
                Some(LeaseEnd::Closed(_)) => "ended: closed",
            };
            self.seen.insert(end.to_owned());
        }
        page
    }

    /// Requires the chain to hold what the record says, to the byte.
    pub fn require_same(&self, market: &World<Recorder>, moment: &str) {
        let on_chain: BTreeMap<Address, Vec<u8>> =
            market.cluster.accounts().into_iter().map(|(address, account)| (address, account.data)).collect();
        let booked: BTreeMap<Address, Vec<u8>> =
            self.entries.iter().filter_map(|(address, entry)| Some((*address, entry.bytes()?))).collect();
        let addresses =
            |accounts: &BTreeMap<Address, Vec<u8>>| accounts.keys().copied().collect::<BTreeSet<_>>();
        assert_eq!(addresses(&booked), addresses(&on_chain), "accounts, {moment}");
        for (address, data) in on_chain {
            assert!(booked[&address] == data, "{moment}: {} {address}", self.entries[&address].kind());
        }
        for (address, entry) in &self.entries {
            if let Entry::Vault(vault) = entry {
                assert_eq!(market.balance(address), vault.balance, "{address}, {moment}");
                let sum = self.sums.get(address).copied().unwrap_or(0);
                assert_eq!(sum, i128::from(vault.balance), "movements of {address}, {moment}");
            }
        }
    }
}

/// Whether a movement of this purpose is one that nobody has to explain.
pub fn is_explained(page: &Page) -> bool {
    page.doubts.is_empty() && page.movements.iter().all(|it| it.purpose != Purpose::Unexplained)
}
