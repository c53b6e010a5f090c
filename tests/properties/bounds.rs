//! What a signature binds, by the accounts as they were and are: nothing here is the model's.

use crate::{
    machine::{Machine, access_blob},
    moves::{Game, PROVIDERS},
    place::Place,
};
use anchor_lang::hash::sha256;
use gpu_lease_client::account::Keyed;
use gpu_lease_model::{
    Action, Agreed, BondSource, LeaseId, Life, OfferId, Person, ProviderId, Purse, Seen, Voter,
};
use gpu_lease_tests::prelude::{
    Address, EndReason, Governance, Lease, LeaseState, Offer, Proposal, Protocol, Provider, VoteLock,
    VoteRecord,
};
use solana_clock::Clock;
use std::collections::BTreeMap;

/// What lies on the cluster that a signature may be about.
pub struct Facts {
    now: i64,
    slot: u64,
    lease: Option<Keyed<Lease>>,
    vault: u64,
    offer: Option<Offer>,
    provider: Option<Provider>,
    proposal: Option<Proposal>,
    lock: Option<VoteLock>,
    record: Option<VoteRecord>,
    protocol: Protocol,
    money: BTreeMap<Purse, u64>,
    lamports: u64,
}

impl Facts {
    fn lease(&self) -> &Lease {
        &self.lease.as_ref().expect("the lease is there").account
    }

    fn provider(&self) -> &Provider {
        self.provider.as_ref().expect("the provider is there")
    }

    fn money(&self, purse: Purse) -> i128 {
        self.money[&purse].into()
    }
}

impl Machine {
    /// What lies on the cluster that `action` may be about.
    pub fn facts(&self, game: &Game, action: &Action) -> Facts {
        let world = &self.world;
        let lease = match *action {
            Action::Open { lease, .. } => Some(lease),
            _ => action.lease(),
        };
        let life = life_of(action);
        let offer = match *action {
            Action::Open { offer, .. } | Action::UpdateOffer { offer, .. } => Some(offer),
            _ => life.map(|life| life.offer),
        };
        let provider = match *action {
            Action::UpdateProvider { provider, .. }
            | Action::Nominate { provider, .. }
            | Action::Accept { provider, .. }
            | Action::WithdrawBond { provider, .. } => Some(provider),
            _ => offer.map(|OfferId { provider, .. }| provider),
        };
        let proposal = match *action {
            // The newest.
            Action::Propose { .. } => {
                let governance = world.read::<Governance>(&Place::Governance.address());
                governance.proposal_count.checked_sub(1)
            }
            _ => action.proposal().map(|proposal| proposal as u64),
        };
        let voter = match *action {
            Action::CastVote { owner, .. } => Some(self.voter(Voter::Tokens(owner))),
            Action::CastParticipantVote { party, .. } => Some(self.voter(Voter::Fees(party))),
            _ => None,
        };
        let proposal = proposal.map(|id| Place::Proposal(id).address());
        let record =
            proposal.zip(voter).map(|(proposal, voter)| Place::VoteRecord(proposal, voter).address());
        let lease = lease.map(|id| self.lease_at(id));
        let Clock { unix_timestamp: now, slot, .. } = world.cluster.0.get_sysvar::<Clock>();
        let purses = Person::ALL.map(Purse::Wallet).into_iter().chain(PROVIDERS.map(Purse::Bonds));
        Facts {
            now,
            slot,
            lease: self.there(lease).map(|address| Keyed { address, account: world.read(&address) }),
            vault: lease.map_or(0, |lease| world.balance(&Place::Vault(lease).address())),
            offer: self.there(offer.map(|offer| self.offer(offer))).map(|at| world.read(&at)),
            provider: provider.map(|provider: ProviderId| world.read(&self.provider(provider))),
            proposal: self.there(proposal).map(|at| world.read(&at)),
            lock: self.there(action.lock().map(|owner| self.lock(owner))).map(|at| world.read(&at)),
            record: self.there(record).map(|at| world.read(&at)),
            protocol: world.read(&Place::Protocol.address()),
            money: purses.map(|purse| (purse, self.money(purse))).collect(),
            lamports: self.lamports_for(game, action),
        }
    }

    fn there(&self, address: Option<Address>) -> Option<Address> {
        address.filter(|address| self.world.exists(address))
    }

    fn lease_at(&self, id: LeaseId) -> Address {
        Place::Lease(self.who(id.renter), id.nonce).address()
    }

    /// INV-10, of what has landed: every figure that it names is exact or within its limit.
    pub fn require_bound(&self, action: &Action, before: &Facts, after: &Facts) {
        let moment = &format!("INV-10: {action:?}");
        if let Some(valid_until) = valid_until(action) {
            assert!(before.now <= valid_until, "{moment} has expired");
        }
        if let Some(life) = life_of(action) {
            assert_eq!(before.lease().computed_life(), self.life(&life), "{moment} is about another lease");
        }
        let out_of = |purse: Purse| before.money(purse) - after.money(purse);
        let paid = |person: Person| out_of(Purse::Wallet(person));
        let bonded = |by: Person, life: &Life, bond: BondSource| match bond {
            BondSource::Wallet => [out_of(Purse::Bonds(life.offer.provider)), paid(by)],
            BondSource::BondAccount => [paid(by), out_of(Purse::Bonds(life.offer.provider))],
        };
        let count = |figure: u32| u64::from(figure);
        match *action {
            Action::Open { payer, ref terms, listing, deposit, max_fee_bps, arbiter, access_key, .. } => {
                let lease = after.lease();
                let offer = before.offer.as_ref().expect("the offer is there").content_hash();
                assert_eq!([offer, lease.offer_hash], [self.offer_hash(terms, listing); 2], "{moment}");
                assert_eq!(lease.terms, self.terms(terms), "{moment}");
                assert!(u64::from(lease.fee_bps) <= max_fee_bps, "{moment}");
                assert_eq!(lease.arbiter, self.who(arbiter), "{moment}");
                assert_eq!(lease.access_key, crate::machine::access_key(access_key), "{moment}");
                assert_eq!(paid(payer), i128::from(deposit), "{moment}");
            }
            Action::Start { by, ref seen, bond, .. } => {
                let Life { gpus, duration, .. } = seen.life;
                assert_eq!(bonded(by, &seen.life, bond), [0, bond_of(&seen.life, gpus)], "{moment}");
                let lease = after.lease();
                assert_eq!((count(lease.gpus), lease.ends_at), (gpus, before.now + duration), "{moment}");
            }
            Action::PublishAccess { replaced, access, .. } => {
                let hashes = [before, after].map(|facts| facts.lease().access_blob_hash);
                assert_eq!(hashes, [replaced, access].map(|access| sha256(&access_blob(access))), "{moment}");
                assert_eq!(after.lease().access_slot, before.slot, "{moment}");
            }
            Action::Cancel { .. } => {
                assert_eq!(before.lease().state, LeaseState::Pending, "{moment}");
                assert!(after.lease.is_none(), "{moment}");
            }
            Action::TopUp { by, amount, min_ends_at, .. } => {
                let lease = before.lease();
                let pending = before.now + i64::from(lease.duration);
                let ends_at = if lease.state == LeaseState::Pending { pending } else { lease.ends_at };
                assert!(min_ends_at <= ends_at, "{moment}");
                assert_eq!(paid(by), i128::from(amount), "{moment}");
            }
            Action::Close { agreed: Some(Agreed { seen, units, credit }), provider: Some(by), .. } => {
                if self.is_operator(before, by) {
                    assert_eq!((units, credit), (claimed(before.lease()), 0), "{moment}");
                }
                self.require_division(&seen.life, units, credit, before, after, moment);
            }
            Action::Dispute { funder, units, max_stake, .. } => {
                assert!((0..=i128::from(max_stake)).contains(&paid(funder)), "{moment}");
                assert_eq!(after.lease().dispute.renter_units, units, "{moment}");
                assert_eq!(after.lease().meter.accepted, units, "{moment}");
            }
            Action::Terminate { by, max_ends_at, .. } => {
                let lease = after.lease();
                assert!(lease.ends_at <= max_ends_at, "{moment}");
                let is_renters = [lease.renter, lease.session_key].contains(&self.who(by));
                if self.is_operator(before, by) && !is_renters {
                    assert_eq!(lease.ends_at, before.now, "{moment}");
                    assert_eq!(lease.end_reason, EndReason::Exhausted, "{moment}");
                }
            }
            Action::Extend { gpus, duration, .. } => {
                assert_eq!(count(before.lease().meter.gpus), gpus, "{moment}");
                assert_eq!(i64::from(after.lease().duration), duration, "{moment}");
            }
            Action::Resize { ref seen, duration, from_gpus, gpus, provider, bond, .. } => {
                let lease = before.lease();
                assert_eq!(
                    (i64::from(lease.duration), count(lease.meter.gpus)),
                    (duration, from_gpus),
                    "{moment}"
                );
                assert_eq!(count(after.lease().meter.gpus), gpus, "{moment}");
                let by = provider.filter(|_| gpus > from_gpus);
                let [other, taken] = by.map_or([0; 2], |by| bonded(by, &seen.life, bond));
                // What it has put up for more GPUs before answers for these, too.
                let grown = bond_of(&seen.life, gpus.saturating_sub(from_gpus));
                assert!(other == 0 && (0..=grown).contains(&taken), "{moment}");
            }
            Action::Expire { window_end, .. } => {
                assert_eq!(before.lease().meter.window_end, window_end, "{moment}");
            }
            Action::SetSessionKey { replaced, key, .. } => {
                let keys = [before.lease().session_key, after.lease().session_key];
                assert_eq!(keys, [replaced, key].map(|key| self.who_if(key)), "{moment}");
            }
            Action::Resolve { renter_units, provider_units, units, .. } => {
                let dispute = &before.lease().dispute;
                let figures = (dispute.renter_units, dispute.provider_units);
                assert_eq!(figures, (renter_units, provider_units), "{moment}");
                assert_eq!(after.lease().meter.accepted, units, "{moment}");
            }
            Action::UpdateProvider { replaced, keys, .. } => {
                let seen = [before, after].map(|facts| facts.provider().keys());
                assert_eq!(seen, [replaced, keys].map(|keys| self.keys(keys)), "{moment}");
            }
            Action::Nominate { replaced, nominee, .. } => {
                let keys = [before, after].map(|facts| facts.provider().pending_authority);
                assert_eq!(keys, [replaced, nominee].map(|key| self.who_if(key)), "{moment}");
            }
            Action::Accept { by, keys, .. } => {
                let provider = after.provider();
                assert_eq!(
                    (provider.authority, provider.keys()),
                    (self.who(by), self.keys(keys)),
                    "{moment}"
                );
            }
            Action::WithdrawBond { provider, by, amount, .. } => {
                let amount = i128::from(amount);
                assert_eq!([out_of(Purse::Bonds(provider)), paid(by)], [amount, -amount], "{moment}");
            }
            Action::UpdateOffer { revision, ref terms, listing, .. } => {
                let offers = [before, after].map(|facts| facts.offer.as_ref().expect("it is there"));
                assert_eq!(offers.map(|offer| offer.revision), [revision, revision + 1], "{moment}");
                assert_eq!(offers[1].content_hash(), self.offer_hash(terms, listing), "{moment}");
            }
            Action::CastVote { seen, is_for, .. } | Action::CastParticipantVote { seen, is_for, .. } => {
                let says = before.proposal.as_ref().expect("it is there").action;
                assert_eq!(says, self.executable(seen).into(), "{moment}");
                assert_eq!(after.record.as_ref().expect("it is there").is_for == 1, is_for, "{moment}");
            }
            Action::SetDelegate { replaced, delegate, .. } => {
                let keys = [before, after].map(|facts| facts.lock.as_ref().expect("it is there").delegate);
                assert_eq!(keys, [replaced, delegate].map(|key| self.who_if(key)), "{moment}");
            }
            Action::Propose { max_deposit, proposed, .. } => {
                let proposal = after.proposal.as_ref().expect("it is there");
                assert!(proposal.deposit <= max_deposit && before.lamports > after.lamports, "{moment}");
                assert_eq!(proposal.action, self.executable(proposed).into(), "{moment}");
            }
            Action::Pause { seconds, .. } => {
                assert_eq!(after.protocol.paused_until, before.now + seconds, "{moment}");
            }
            Action::Unpause { until, .. } => {
                assert_eq!(
                    [before, after].map(|facts| facts.protocol.paused_until),
                    [until, before.now],
                    "{moment}"
                );
            }
            _ => unreachable!("nothing that is bound: {action:?}"),
        }
    }

    /// The vault is divided as both signed: `units` are paid for in all and `credit` of the bond goes to the payer.
    fn require_division(
        &self,
        life: &Life,
        units: u64,
        credit: u64,
        before: &Facts,
        after: &Facts,
        moment: &str,
    ) {
        let (lease, ledger) = (before.lease(), before.lease().ledger);
        assert!(after.lease.is_none(), "{moment}");
        let units_bound = lease.meter.accepted..=claimed(lease);
        assert!(units_bound.contains(&units) && credit <= ledger.bond, "{moment}");
        let gross = u128::from(units) * u128::from(lease.terms.price) / 3_600;
        let gross = u64::try_from(gross).map_or(ledger.deposited, |gross| gross.min(ledger.deposited));
        let fees = gross * u64::from(lease.fee_bps) / 10_000;
        let payout = gross - fees - (ledger.released - ledger.fees);
        let authority = before.provider().authority;
        let provider =
            Person::ALL.into_iter().find(|person| self.who(*person) == authority).expect("somebody");
        let (wallet, payer) = (Purse::Wallet(provider), Purse::Wallet(life.payer));
        let pool = if lease.bond_is_pooled == 1 { Purse::Bonds(life.offer.provider) } else { wallet };
        let bond = ledger.bond - credit;
        let shares = [(wallet, payout), (pool, bond), (payer, before.vault - payout - bond - fees)];
        // They may be one and the same.
        let mut gains = BTreeMap::<_, i128>::new();
        for (purse, share) in shares {
            *gains.entry(purse).or_default() += i128::from(share);
        }
        for (purse, gain) in gains {
            assert_eq!(after.money(purse) - before.money(purse), gain, "{purse:?} {moment}");
        }
    }

    /// Whether somebody is the provider's operator, and not its wallet.
    fn is_operator(&self, facts: &Facts, by: Person) -> bool {
        let by = self.who(by);
        by == facts.provider().operator && by != facts.provider().authority
    }
}

/// Most that a provider has claimed.
fn claimed(lease: &Lease) -> u64 {
    lease.meter.latest.units.max(lease.dispute.provider_units)
}

/// The bond for so many GPUs of a lease, base units.
fn bond_of(life: &Life, gpus: u64) -> i128 {
    i128::from(gpus) * i128::from(life.terms.bond_hours) * i128::from(life.terms.price)
}

/// All that never changes of the lease that was seen.
fn life_of(action: &Action) -> Option<Life> {
    seen_in(action).map(|seen| seen.life)
}

fn seen_in(action: &Action) -> Option<&Seen> {
    match action {
        Action::Start { seen, .. }
        | Action::PublishAccess { seen, .. }
        | Action::Cancel { seen, .. }
        | Action::TopUp { seen, .. }
        | Action::Close { agreed: Some(Agreed { seen, .. }), .. }
        | Action::Dispute { seen, .. }
        | Action::Terminate { seen, .. }
        | Action::Extend { seen, .. }
        | Action::Resize { seen, .. }
        | Action::Expire { seen, .. }
        | Action::SetSessionKey { seen, .. }
        | Action::Resolve { seen, .. } => Some(seen),
        _ => None,
    }
}

/// Until when a signature counts.
fn valid_until(action: &Action) -> Option<i64> {
    match *action {
        Action::Open { valid_until, .. }
        | Action::UpdateOffer { valid_until, .. }
        | Action::UpdateProvider { valid_until, .. }
        | Action::Nominate { valid_until, .. }
        | Action::Accept { valid_until, .. }
        | Action::WithdrawBond { valid_until, .. }
        | Action::SetDelegate { valid_until, .. }
        | Action::Propose { valid_until, .. }
        | Action::CastVote { valid_until, .. }
        | Action::CastParticipantVote { valid_until, .. }
        | Action::Pause { valid_until, .. } => Some(valid_until),
        _ => seen_in(action).map(|seen| seen.valid_until),
    }
}
