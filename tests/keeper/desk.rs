//! A keeper's book and plan over a market on LiteSVM. What they decide is sent as the keeper sends it.

use std::collections::BTreeSet;

use gpu_lease_client::account::Keyed;
use gpu_lease_client::outlook::{Upkeep, lease_instruction};
use gpu_lease_keeper::book::{Book, Present, Subject};
use gpu_lease_keeper::plan::{Errand, Outcome as Ended, Rules, Worth};
use gpu_lease_tests::prelude::*;
use strum::IntoEnumIterator;

/// How long something is left to others, seconds.
pub const DELAY: i64 = 60;

/// The keeper, who is a stranger to everybody.
pub struct Desk {
    pub world: World,
    book: Book,
    /// Accounts that are looked after.
    pub accounts: BTreeSet<Address>,
    /// What was done, and when.
    pub done: Vec<(Errand, i64)>,
}

impl Desk {
    pub fn new(world: World) -> Self {
        let rules = Rules {
            delay: DELAY,
            jitter: 0,
            deeds: Upkeep::iter().collect(),
            at_once: 8,
            least_worth: 1,
            worth: Worth { of_unit: 1_000_000, ..Worth::default() },
        };
        Self { world, book: Book::new(rules), accounts: BTreeSet::new(), done: Vec::new() }
    }

    /// Time passes until `time`, and everything is looked at.
    pub fn look_at(&mut self, time: i64) {
        if time > self.world.now() {
            self.world.set_time(time);
        }
        let now = self.world.now();
        let present = Present {
            protocol: self.world.read(&address::protocol()),
            governance: self.world.read(&address::governance()),
            fee_params: self.world.read(&address::fee_params()),
        };
        let in_vault = self.world.balance(&self.world.fee_vault());
        self.book.see_vault(self.world.mint, in_vault);
        self.book.see_present(present, now, &mut || 0);
        // Proposals first: what becomes of votes is in them.
        for proposals in [true, false] {
            for address in self.accounts.clone() {
                let account = self.world.cluster.account(&address).filter(|account| !account.data.is_empty());
                let subject = account.and_then(|account| Subject::read(address, &account).unwrap());
                match subject {
                    Some(subject) if matches!(subject, Subject::Proposal(_)) == proposals => {
                        self.book.see(address, subject, now, 0);
                    }
                    Some(_) => {}
                    None => self.book.forget(&address),
                }
            }
        }
    }

    /// Time passes until `time` while nobody looks, and what is to be done then is done.
    pub fn act_at(&mut self, time: i64) {
        if time > self.world.now() {
            self.world.set_time(time);
        }
        let now = self.world.now();
        self.book.wake(now, &mut || 0);
        while let Some(errand) = self.book.plan.pick(now) {
            let instructions = self.instructions(&errand);
            self.world.play(instructions).ok();
            self.book.plan.settle(&errand, &Ended::Done, now);
            self.done.push((errand, now));
            self.look_at(now);
        }
    }

    /// What was done of a kind, and when.
    pub fn done(&self, what: Upkeep) -> Vec<i64> {
        self.done.iter().filter(|(errand, _)| errand.what == what).map(|(_, at)| *at).collect()
    }

    fn instructions(&self, Errand { account, what }: &Errand) -> Vec<Instruction> {
        let world = &self.world;
        let keeper = world.people.stranger.pubkey();
        let proposal = || world.keyed_proposal(*account);
        let finalize = |proposal: &Keyed<Proposal>| {
            proposal.require_decided().is_err().then(|| instruction::finalize_proposal(proposal))
        };
        match what {
            Upkeep::FinalizeProposal => vec![instruction::finalize_proposal(&proposal())],
            Upkeep::ExecuteProposal => {
                finalize(&proposal()).into_iter().chain([instruction::execute_proposal(*account)]).collect()
            }
            Upkeep::WithdrawFees => {
                finalize(&proposal()).into_iter().chain([world.withdraw_fees_ix(*account)]).collect()
            }
            Upkeep::CloseVoteRecord => {
                let record = Keyed { address: *account, account: world.read(account) };
                vec![instruction::close_vote_record(&record)]
            }
            Upkeep::UnlockTokens => {
                let lock: VoteLock = world.read(account);
                vec![instruction::unlock_tokens(lock.owner, world.vote_mint, world.token_program)]
            }
            what => {
                let valid_until = world.now() + 60;
                vec![lease_instruction(*what, &world.context(*account), keeper, valid_until).unwrap()]
            }
        }
    }
}
