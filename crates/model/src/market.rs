use crate::{
    Action, Agreed, Closing, Config, End, Lease, Life, Listing, MAX_GPUS, MAX_ROWS, Moment, Refusal, Seen,
    State, Terms, Votes, WEEK, Wait,
};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody with a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Person {
    /// Uses GPUs.
    Renter,
    /// Uses GPUs, too.
    SecondRenter,
    /// Pays for renters.
    Sponsor,
    /// Leases GPUs out.
    Provider,
    /// Leases GPUs out, too.
    SecondProvider,
    /// Signs usage for the provider.
    Attestor,
    /// Signs usage for the second provider.
    SecondAttestor,
    /// Runs leases for the provider.
    Operator,
    /// Signs usage where terms ask for it.
    Verifier,
    /// Signs usage for a renter.
    Agent,
    /// Decides disputes.
    Arbiter,
    /// May pause new leases.
    Guardian,
    /// Gets withdrawn fees.
    Treasury,
    /// Holds tokens that vote.
    Holder,
    /// Holds tokens that vote, too.
    SecondHolder,
    /// Votes with the tokens of others.
    Delegate,
    /// Has no part in anything.
    Stranger,
}

impl Person {
    /// Everybody.
    pub const ALL: [Self; 17] = [
        Self::Renter,
        Self::SecondRenter,
        Self::Sponsor,
        Self::Provider,
        Self::SecondProvider,
        Self::Attestor,
        Self::SecondAttestor,
        Self::Operator,
        Self::Verifier,
        Self::Agent,
        Self::Arbiter,
        Self::Guardian,
        Self::Treasury,
        Self::Holder,
        Self::SecondHolder,
        Self::Delegate,
        Self::Stranger,
    ];
}

/// A renter's lease number `nonce`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId {
    pub renter: Person,
    pub nonce: u64,
}

/// A provider, whoever its authority is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderId(pub u8);

/// A provider's offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfferId {
    pub provider: ProviderId,
    pub number: u64,
}

/// Where money can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purse {
    /// Somebody's.
    Wallet(Person),
    /// A lease's.
    Vault(LeaseId),
    /// A provider's, out of which its operator takes bonds.
    Bonds(ProviderId),
    /// The protocol's.
    Fees,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Owns offers and is paid.
    pub authority: Person,
    /// May take it over.
    pub nominee: Option<Person>,
    /// What its machines sign with.
    pub keys: HotKeys,
    /// What became of its leases.
    pub record: Record,
}

/// Keys that sign unattended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HotKeys {
    /// Signs usage.
    pub attestor: Person,
    /// Runs leases with bonds out of the bond account.
    pub operator: Option<Person>,
}

impl Provider {
    /// Whether `key` runs its leases: its wallet or its operator.
    pub(crate) fn is_run_by(&self, key: Person) -> bool {
        key == self.authority || Some(key) == self.keys.operator
    }
}

/// Out of what a bond is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BondSource {
    /// The wallet of whoever signs.
    Wallet,
    /// The provider's bond account.
    BondAccount,
}

/// What a batch states of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub lease: LeaseId,
    /// Cumulative GPU-seconds.
    pub units: u64,
    /// Cumulative watt-hours.
    pub energy_wh: u64,
    /// Whether it is about an earlier lease at the same address.
    pub is_stale: bool,
}

/// Counts of leases and units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// GPU-seconds.
    pub delivered: u64,
    /// GPU-seconds.
    pub promised: u64,
    pub started: u32,
    pub completed: u32,
    pub abandoned: u32,
    pub disputed: u32,
    pub lost: u32,
}

/// GPUs on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub gpus: u64,
    /// Whether it takes new leases.
    pub is_open: bool,
    /// On which terms.
    pub terms: Terms,
    /// What it says in words.
    pub listing: Listing,
    /// How often it was updated.
    pub revision: u32,
}

/// Everything: who holds what, who leases what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// Unix seconds.
    pub now: i64,
    /// Both houses and what they have decided.
    pub votes: Votes,
    /// Base units.
    pub purses: BTreeMap<Purse, u64>,
    /// By number.
    pub providers: BTreeMap<ProviderId, Provider>,
    /// Those that are not closed.
    pub offers: BTreeMap<OfferId, Offer>,
    /// Those that are not gone.
    pub leases: BTreeMap<LeaseId, Lease>,
    /// How the leases that were closed had ended, and how their vaults were divided.
    pub endings: Vec<(End, Closing)>,
    /// What became of each row of the batches that landed.
    pub batches: Vec<Vec<Done>>,
}

/// Nothing, or why not.
pub type Done = Result<(), Refusal>;

impl Market {
    /// An empty market at `now`, in which everybody has `wealth`, of money and of tokens that vote.
    pub fn new(now: i64, config: Config, wealth: u64) -> Self {
        let purses = Person::ALL.map(|person| (Purse::Wallet(person), wealth));
        Self {
            now,
            votes: Votes::new(config, wealth),
            purses: purses.into_iter().chain([(Purse::Fees, 0)]).collect(),
            providers: BTreeMap::new(),
            offers: BTreeMap::new(),
            leases: BTreeMap::new(),
            endings: Vec::new(),
            batches: Vec::new(),
        }
    }

    /// `authority` registers a provider that acts by `keys`.
    pub fn register(&mut self, id: ProviderId, authority: Person, keys: HotKeys) {
        self.providers.insert(id, Provider { authority, nominee: None, keys, record: Record::default() });
        self.purses.insert(Purse::Bonds(id), 0);
    }

    // ----- queries -----

    pub fn moment(&self) -> Moment {
        Moment { at: self.now, slot: self.votes.slot }
    }

    /// Base units in a purse.
    pub fn money(&self, purse: Purse) -> u64 {
        self.purses.get(&purse).copied().unwrap_or_default()
    }

    /// All the money there is.
    pub fn supply(&self) -> u128 {
        self.purses.values().copied().map(u128::from).sum()
    }

    /// GPUs that leases hold of an offer.
    pub fn gpus_leased(&self, offer: OfferId) -> u64 {
        let started = |lease: &&Lease| lease.life.offer == offer && lease.state != State::Pending;
        self.leases.values().filter(started).map(|lease| lease.gpus).sum()
    }

    /// Whether a lease that has started, and is not gone, is of this offer.
    pub fn is_used(&self, offer: OfferId) -> bool {
        self.leases.values().any(|lease| lease.life.offer == offer && lease.state != State::Pending)
    }

    /// GPUs of an offer that no lease holds.
    pub fn gpus_free(&self, offer: OfferId) -> u64 {
        self.offers.get(&offer).map_or(0, |terms| terms.gpus - self.gpus_leased(offer))
    }

    /// What anyone can do next to bring a lease to its end, with the wait that it takes; nothing if it is gone.
    ///
    /// No party and no arbiter is needed for any of it.
    pub fn way_out(&self, id: LeaseId) -> Option<(Wait, Action)> {
        let lease = self.leases.get(&id)?;
        let (by, now) = (Person::Stranger, self.moment());
        let close = Action::Close { lease: id, renter_signs: false, provider: None, agreed: None };
        let (time, action) = match lease.state {
            State::Pending => {
                let time = Moment { at: lease.life.start_deadline + 1, slot: 0 };
                (time, Action::Cancel { lease: id, by, seen: lease.seen(time.at.max(self.now)) })
            }
            State::Disputed(dispute) => {
                (dispute.opened.after(WEEK + 1), Action::ResolveByTimeout { lease: id })
            }
            State::Resolved(_) => (now, close),
            State::Active => (lease.closable_from(), close),
        };
        Some((now.until(time), action))
    }

    // ----- actions -----

    /// Does `action` as a whole, or refuses it and changes nothing.
    ///
    /// # Errors
    ///
    /// The rule that refuses it.
    pub fn apply(&mut self, action: &Action) -> Done {
        let mut next = self.clone();
        next.perform(action)?;
        *self = next;
        Ok(())
    }

    fn perform(&mut self, action: &Action) -> Done {
        let now = self.moment();
        match *action {
            Action::Wait(Wait { seconds, slots }) => {
                self.now += seconds;
                self.votes.slot += slots;
                Ok(())
            }
            Action::Open { .. } => self.open(action),
            Action::Start { lease: id, by, seen, bond: source } => {
                let lease = &self.leases[&id];
                let (offer, gpus) = (lease.life.offer, lease.gpus);
                // A lease of an offer that was closed can only be cancelled.
                self.require_offer(offer)?;
                let purse = self.bonding(offer.provider, by, source)?;
                self.require_seen(id, &seen)?;
                // Free before the lease itself counts as started.
                let free = self.gpus_free(offer);
                let bond = self.lease(id).start(source, now)?;
                require(gpus <= free, Refusal::NotEnoughFreeGpus)?;
                self.record(offer.provider).started += 1;
                self.pay(purse, Purse::Vault(id), bond)
            }
            Action::PublishAccess { lease: id, by, seen, replaced, access } => {
                self.require_acting(self.leases[&id].life.offer.provider, by)?;
                self.require_seen(id, &seen)?;
                self.lease(id).publish_access(replaced, access, now)
            }
            Action::Cancel { lease: id, by, seen } => {
                self.require_seen(id, &seen)?;
                let Lease { state, life, .. } = self.leases[&id];
                require(state == State::Pending, Refusal::NotPending)?;
                require(by == id.renter || now.at > life.start_deadline, Refusal::NotRenter)?;
                self.pay(Purse::Vault(id), Purse::Wallet(life.payer), self.money(Purse::Vault(id)))?;
                self.remove(id);
                Ok(())
            }
            Action::TopUp { lease: id, by, seen, amount, min_ends_at } => {
                self.require_seen(id, &seen)?;
                self.lease(id).top_up(amount, min_ends_at, now)?;
                self.pay(Purse::Wallet(by), Purse::Vault(id), amount)
            }
            Action::Attest { lease: id, ref signers, units, window_end, energy_wh, is_stale } => {
                require(!is_stale, Refusal::MessageMismatch)?;
                let lease = &self.leases[&id];
                let co_signed =
                    self.require_expected(lease, signers).and(self.require_signers(lease, signers))?;
                self.lease(id).attest(units, window_end, energy_wh, co_signed, now)
            }
            Action::AttestBatch { provider, ref signers, window_end, ref rows, ref leases } => {
                require((1..=MAX_ROWS).contains(&rows.len()), Refusal::BatchMalformed)?;
                let signed: BTreeSet<_> = rows.iter().map(|row| row.lease).collect();
                let passed: BTreeSet<_> = leases.iter().copied().collect();
                let each_once = [rows.len(), leases.len()] == [signed.len(); 2];
                require(signed == passed && each_once, Refusal::BatchLeases)?;
                let HotKeys { attestor, .. } = self.providers[&provider].keys;
                require(signers.contains(&attestor), Refusal::AttestorMissing)?;
                let done = rows.iter().map(|row| self.attest_row(provider, signers, window_end, row));
                let done: Vec<_> = done.collect();
                require(done.contains(&Ok(())), Refusal::BatchEmpty)?;
                self.batches.push(done);
                Ok(())
            }
            Action::Settle { lease: id } => {
                let payout = self.lease(id).settle(now)?;
                self.pay(Purse::Vault(id), Purse::Wallet(self.authority(id)), payout)
            }
            Action::Extend { lease: id, by, seen, gpus, duration } => {
                self.require_renter(id, by)?;
                self.require_seen(id, &seen)?;
                self.lease(id).extend(gpus, duration, now)
            }
            Action::Resize { lease: id, by, seen, duration, from_gpus, gpus, provider, bond: source } => {
                self.require_offer(self.leases[&id].life.offer)?;
                self.require_renter(id, by)?;
                self.require_seen(id, &seen)?;
                let free = self.gpus_free(self.leases[&id].life.offer);
                let is_wallets = self.leases[&id].bond > 0 && self.leases[&id].pooled() == 0;
                let (more, bond) = self.lease(id).resize(duration, from_gpus, gpus, source, now.at)?;
                if more == 0 {
                    return Ok(());
                }
                let signer = provider.ok_or(Refusal::NotProviderAuthority)?;
                let provider = self.leases[&id].life.offer.provider;
                let purse = self.bonding(provider, signer, source)?;
                // A hot key puts nothing at risk that the wallet has put up.
                require(!is_wallets || self.require_acting(provider, signer)?, Refusal::OperatorMayNot)?;
                require(more <= free, Refusal::NotEnoughFreeGpus)?;
                self.pay(purse, Purse::Vault(id), bond)
            }
            Action::ReleaseGpus { lease: id } => {
                self.require_offer(self.leases[&id].life.offer)?;
                self.lease(id).release_gpus(now.at)
            }
            Action::Terminate { lease: id, by, seen, max_ends_at } => {
                self.require_seen(id, &seen)?;
                let provider = self.providers[&self.leases[&id].life.offer.provider];
                self.lease(id).terminate(by, &provider, max_ends_at, now)
            }
            Action::Expire { lease: id, by, seen, window_end } => {
                self.require_seen(id, &seen)?;
                let lease = self.lease(id);
                lease.expire(by, window_end, now)?;
                let (provider, end) = (lease.life.offer.provider, lease.end);
                self.record(provider).abandoned += u32::from(end == End::Abandoned);
                Ok(())
            }
            Action::Dispute { lease: id, by, funder, seen, units, max_stake } => {
                require(self.leases[&id].is_renters(by), Refusal::NotRenter)?;
                self.require_seen(id, &seen)?;
                let stake = self.lease(id).dispute(units, max_stake, now)?;
                self.record(self.leases[&id].life.offer.provider).disputed += 1;
                self.pay(Purse::Wallet(funder), Purse::Vault(id), stake)
            }
            Action::Resolve { lease: id, by, seen, renter_units, provider_units, units } => {
                require(by == self.leases[&id].life.arbiter, Refusal::NotArbiter)?;
                self.require_seen(id, &seen)?;
                let lease = self.lease(id);
                let (fee, is_lost) = lease.resolve((renter_units, provider_units), units, now)?;
                let provider = lease.life.offer.provider;
                self.record(provider).lost += u32::from(is_lost);
                self.pay(Purse::Vault(id), Purse::Wallet(by), fee)
            }
            Action::ResolveByTimeout { lease: id } => self.lease(id).resolve_by_timeout(now),
            Action::SetSessionKey { lease: id, by, seen, replaced, key } => {
                self.require_renter(id, by)?;
                self.require_seen(id, &seen)?;
                let lease = self.lease(id);
                require(replaced == lease.session_key, Refusal::ValueReplaced)?;
                lease.session_key = key;
                Ok(())
            }
            Action::Close { lease: id, renter_signs, provider, ref agreed } => {
                self.require_offer(self.leases[&id].life.offer)?;
                let held = self.money(Purse::Vault(id));
                let division = match *agreed {
                    None => self.lease(id).close(held, now)?,
                    Some(Agreed { seen, units, credit }) => {
                        let renter_signs = renter_signs || provider == Some(id.renter);
                        let signer = provider.filter(|_| renter_signs).ok_or(Refusal::NotAgreed)?;
                        self.require_seen(id, &seen)?;
                        let is_cold = self.require_acting(self.leases[&id].life.offer.provider, signer)?;
                        // A hot key gives nothing of the provider's up.
                        let gives_nothing_up = units == self.leases[&id].claimed() && credit == 0;
                        require(is_cold || gives_nothing_up, Refusal::OperatorMayNot)?;
                        self.lease(id).close_agreed(held, units, credit, now)?
                    }
                };
                self.close(id, division)
            }
            Action::CountFees { lease: id } => self.count_fees(id, false),
            Action::CreateOffer { offer, by, gpus, terms, listing } => {
                require(!self.offers.contains_key(&offer), Refusal::Exists)?;
                self.require_authority(offer.provider, by)?;
                terms.require_valid()?;
                require((1..=MAX_GPUS).contains(&gpus), Refusal::GpuCountOutOfBounds)?;
                self.offers.insert(offer, Offer { gpus, is_open: true, terms, listing, revision: 0 });
                Ok(())
            }
            Action::UpdateOffer { offer, by, valid_until, revision, gpus, is_open, terms, listing } => {
                self.require_offer(offer)?;
                self.require_valid(valid_until)?;
                self.require_authority(offer.provider, by)?;
                terms.require_valid()?;
                require(revision == self.offers[&offer].revision, Refusal::ValueReplaced)?;
                let is_enough = (1..=MAX_GPUS).contains(&gpus) && gpus >= self.gpus_leased(offer);
                require(is_enough, Refusal::GpuCountOutOfBounds)?;
                self.offers.insert(offer, Offer { gpus, is_open, terms, listing, revision: revision + 1 });
                Ok(())
            }
            Action::CloseOffer { offer, by } => {
                self.require_offer(offer)?;
                self.require_authority(offer.provider, by)?;
                require(!self.is_used(offer), Refusal::OfferInUse)?;
                self.offers.remove(&offer);
                Ok(())
            }
            Action::UpdateProvider { provider, by, valid_until, replaced, keys } => {
                self.require_valid(valid_until)?;
                self.require_authority(provider, by)?;
                let provider = self.provider(provider);
                require(replaced == provider.keys, Refusal::ValueReplaced)?;
                provider.keys = keys;
                Ok(())
            }
            Action::Nominate { provider, by, valid_until, replaced, nominee } => {
                self.require_valid(valid_until)?;
                self.require_authority(provider, by)?;
                let provider = self.provider(provider);
                require(replaced == provider.nominee, Refusal::ValueReplaced)?;
                provider.nominee = nominee;
                Ok(())
            }
            Action::Accept { provider, by, valid_until, keys } => {
                self.require_valid(valid_until)?;
                require(self.providers[&provider].nominee == Some(by), Refusal::NotNominated)?;
                // Who signed for the seller does not for the buyer.
                let Provider { record, .. } = self.providers[&provider];
                self.providers.insert(provider, Provider { authority: by, nominee: None, keys, record });
                Ok(())
            }
            Action::PayBond { provider, by, amount } => {
                self.pay(Purse::Wallet(by), Purse::Bonds(provider), amount)
            }
            Action::WithdrawBond { provider, by, valid_until, amount } => {
                self.require_valid(valid_until)?;
                self.require_authority(provider, by)?;
                require(amount > 0, Refusal::AmountZero)?;
                self.pay(Purse::Bonds(provider), Purse::Wallet(by), amount)
            }
            Action::Donate { lease: id, by, amount } => self.pay(Purse::Wallet(by), Purse::Vault(id), amount),
            _ => self.govern(action),
        }
    }

    fn open(&mut self, action: &Action) -> Done {
        let Action::Open {
            lease: id,
            payer,
            offer,
            terms,
            listing,
            deposit,
            start_deadline,
            valid_until,
            duration,
            gpus,
            max_fee_bps,
            arbiter,
            access_key,
            session_key,
        } = *action
        else {
            unreachable!("only called with it")
        };
        self.require_offer(offer)?;
        require(self.votes.participants.contains(&id.renter), Refusal::NoSuchParticipant)?;
        require(!self.leases.contains_key(&id), Refusal::Exists)?;
        require(!self.votes.is_paused(self.now), Refusal::Paused)?;
        self.require_valid(valid_until)?;
        let Offer { is_open, terms: offered, listing: listed, .. } = self.offers[&offer];
        let Config { fee_bps, arbiter: decides, .. } = self.votes.config();
        require((terms, listing) == (offered, listed), Refusal::OfferChanged)?;
        require(arbiter == decides, Refusal::ArbiterChanged)?;
        require(fee_bps <= max_fee_bps, Refusal::FeeAboveAgreed)?;
        require(is_open, Refusal::OfferNotOpen)?;
        require(1 <= gpus && gpus <= self.gpus_free(offer), Refusal::NotEnoughFreeGpus)?;
        let durations = terms.min_duration..=terms.max_duration;
        require(durations.contains(&duration), Refusal::DurationOutOfBounds)?;
        require(deposit >= terms.min_deposit(gpus)?, Refusal::DepositTooSmall)?;
        let deadlines = self.now + 1..=self.now + WEEK;
        require(deadlines.contains(&start_deadline), Refusal::StartDeadlineOutOfBounds)?;
        // Such a lease could never start.
        terms.bond(gpus)?;
        let opened = self.moment();
        let life = Life {
            lease: id,
            payer,
            offer,
            terms,
            listing,
            fee_bps,
            arbiter,
            access_key,
            opened,
            start_deadline,
            deposit,
            duration,
            gpus,
        };
        self.leases.insert(id, Lease::new(life, session_key));
        self.pay(Purse::Wallet(payer), Purse::Vault(id), deposit)
    }

    fn close(&mut self, id: LeaseId, division: Closing) -> Done {
        self.count_fees(id, true)?;
        let lease = &self.leases[&id];
        let Life { payer, offer, .. } = lease.life;
        let (promised, delivered, end) = (lease.promised(), lease.accepted, lease.end);
        let is_bond_pooled = lease.pooled() > 0;
        let record = self.record(offer.provider);
        record.completed += 1;
        record.delivered += delivered;
        record.promised += promised;
        let bonds =
            if is_bond_pooled { Purse::Bonds(offer.provider) } else { Purse::Wallet(self.authority(id)) };
        let [provider, payer] = [self.authority(id), payer].map(Purse::Wallet);
        let Closing { payout, bond, fees, credit, refund } = division;
        let shares =
            [(provider, payout), (bonds, bond), (Purse::Fees, fees), (payer, credit), (payer, refund)];
        for (to, amount) in shares {
            self.pay(Purse::Vault(id), to, amount)?;
        }
        self.endings.push((end, division));
        self.remove(id);
        Ok(())
    }

    /// What a lease has released of fees weighs from the moment in which it is counted, once.
    fn count_fees(&mut self, id: LeaseId, is_last: bool) -> Done {
        let lease = &self.leases[&id];
        lease.require_started()?;
        self.votes.count_fees(id, lease.life.offer.provider, lease.fees, self.now, is_last);
        Ok(())
    }

    /// Moves money; the sum of all purses stays.
    pub(crate) fn pay(&mut self, from: Purse, to: Purse, amount: u64) -> Done {
        let left = self.money(from).checked_sub(amount).ok_or(Refusal::InsufficientFunds)?;
        self.purses.insert(from, left);
        *self.purses.entry(to).or_default() += amount;
        Ok(())
    }

    fn remove(&mut self, id: LeaseId) {
        self.leases.remove(&id);
        assert_eq!(self.purses.remove(&Purse::Vault(id)), Some(0), "a lease leaves nothing behind");
    }

    // ----- who and what -----

    fn lease(&mut self, id: LeaseId) -> &mut Lease {
        self.leases.get_mut(&id).expect("the lease exists")
    }

    fn provider(&mut self, id: ProviderId) -> &mut Provider {
        self.providers.get_mut(&id).expect("the provider exists")
    }

    fn record(&mut self, id: ProviderId) -> &mut Record {
        &mut self.provider(id).record
    }

    /// Who is paid for a lease.
    fn authority(&self, id: LeaseId) -> Person {
        self.providers[&self.leases[&id].life.offer.provider].authority
    }

    fn require_offer(&self, offer: OfferId) -> Done {
        require(self.offers.contains_key(&offer), Refusal::NoSuchOffer)
    }

    fn require_authority(&self, provider: ProviderId, by: Person) -> Done {
        require(self.providers[&provider].authority == by, Refusal::NotProviderAuthority)
    }

    /// Requires `by` to act for a provider, and returns whether it is the provider's own wallet.
    fn require_acting(&self, provider: ProviderId, by: Person) -> Result<bool, Refusal> {
        let provider = &self.providers[&provider];
        require(provider.is_run_by(by), Refusal::NotProviderOperator)?;
        Ok(by == provider.authority)
    }

    /// The purse out of which `by` pays a bond for a provider.
    fn bonding(&self, provider: ProviderId, by: Person, source: BondSource) -> Result<Purse, Refusal> {
        let is_cold = self.require_acting(provider, by)?;
        match source {
            BondSource::BondAccount => Ok(Purse::Bonds(provider)),
            BondSource::Wallet if is_cold => Ok(Purse::Wallet(by)),
            BondSource::Wallet => Err(Refusal::NotTheBondAccount),
        }
    }

    fn require_renter(&self, id: LeaseId, by: Person) -> Done {
        require(by == id.renter, Refusal::NotRenter)
    }

    fn require_seen(&self, id: LeaseId, seen: &Seen) -> Done {
        self.leases[&id].require_seen(seen, self.now)
    }

    pub(crate) fn require_valid(&self, valid_until: i64) -> Done {
        require(self.now <= valid_until, Refusal::SignatureExpired)
    }

    /// Takes in one row of a batch; whatever refuses it changes nothing.
    fn attest_row(&mut self, provider: ProviderId, signers: &[Person], window_end: i64, row: &Row) -> Done {
        let Row { lease: id, units, energy_wh, is_stale } = *row;
        let is_meant = |lease: &&Lease| lease.life.offer.provider == provider && !is_stale;
        let lease = self.leases.get(&id).filter(is_meant).ok_or(Refusal::MessageMismatch)?;
        let co_signed = self.require_signers(lease, signers)?;
        let mut lease = lease.clone();
        lease.attest(units, window_end, energy_wh, co_signed, self.moment())?;
        self.leases.insert(id, lease);
        Ok(())
    }

    /// Whether somebody is a lease's attestor, its verifier, and of its renter's side.
    fn roles(&self, lease: &Lease, signer: Person) -> [bool; 3] {
        let HotKeys { attestor, .. } = self.providers[&lease.life.offer.provider].keys;
        [
            signer == attestor,
            Some(signer) == lease.life.terms.verifier,
            signer == lease.life.lease.renter || Some(signer) == lease.session_key,
        ]
    }

    /// Each signature has to fill a role that none before it filled.
    fn require_expected(&self, lease: &Lease, signers: &[Person]) -> Done {
        let mut filled = [false; 3];
        for signer in signers {
            let before = filled;
            filled = both(filled, self.roles(lease, *signer));
            require(before != filled, Refusal::SignerUnexpected)?;
        }
        Ok(())
    }

    /// Returns whether the renter's side signed, beside those who must.
    fn require_signers(&self, lease: &Lease, signers: &[Person]) -> Result<bool, Refusal> {
        let roles = signers.iter().map(|signer| self.roles(lease, *signer));
        let [attested, verified, co_signed] = roles.fold([false; 3], both);
        require(attested, Refusal::AttestorMissing)?;
        require(verified || lease.life.terms.verifier.is_none(), Refusal::VerifierMissing)?;
        Ok(co_signed)
    }
}

/// The roles of one and those of another.
fn both(one: [bool; 3], other: [bool; 3]) -> [bool; 3] {
    std::array::from_fn(|role| one[role] || other[role])
}

pub(crate) fn require(holds: bool, refusal: Refusal) -> Done {
    if holds { Ok(()) } else { Err(refusal) }
}
