use crate::{Action, Config, Dispute, End, Lease, MAX_GPUS, Refusal, State, Terms, Votes, WEEK};
use std::collections::{BTreeMap, VecDeque};

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
    pub const ALL: [Self; 16] = [
        Self::Renter,
        Self::SecondRenter,
        Self::Sponsor,
        Self::Provider,
        Self::SecondProvider,
        Self::Attestor,
        Self::SecondAttestor,
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
    /// Whose.
    pub renter: Person,
    /// Its number.
    pub nonce: u64,
}

/// A provider, whoever its authority is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderId(pub u8);

/// A provider's offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfferId {
    /// Whose.
    pub provider: ProviderId,
    /// Its number.
    pub number: u64,
}

/// Where money can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purse {
    /// Somebody's.
    Wallet(Person),
    /// A lease's.
    Vault(LeaseId),
    /// The protocol's.
    Fees,
}

/// A provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Owns offers and is paid.
    pub authority: Person,
    /// May take it over.
    pub nominee: Option<Person>,
    /// Signs usage.
    pub attestor: Person,
    /// What became of its leases.
    pub record: Record,
}

/// Counts of leases and units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// GPU-seconds.
    pub delivered: u64,
    /// GPU-seconds.
    pub promised: u64,
    /// Leases.
    pub started: u32,
    /// Leases.
    pub completed: u32,
    /// Leases.
    pub abandoned: u32,
    /// Leases.
    pub disputed: u32,
    /// Disputes.
    pub lost: u32,
}

/// GPUs on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// How many.
    pub gpus: u64,
    /// Whether it takes new leases.
    pub is_open: bool,
    /// On which terms.
    pub terms: Terms,
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
    /// How the leases that were closed had ended.
    pub endings: Vec<End>,
}

pub(crate) type Done = Result<(), Refusal>;

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
        }
    }

    /// `authority` registers a provider whose usage `attestor` signs.
    pub fn register(&mut self, id: ProviderId, authority: Person, attestor: Person) {
        self.providers.insert(id, Provider { authority, nominee: None, attestor, record: Record::default() });
    }

    // ----- queries -----

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
        let started = |lease: &&Lease| lease.offer == offer && lease.state != State::Pending;
        self.leases.values().filter(started).map(|lease| lease.gpus).sum()
    }

    /// Whether a lease that has started, and is not gone, is of this offer.
    pub fn is_used(&self, offer: OfferId) -> bool {
        self.leases.values().any(|lease| lease.offer == offer && lease.state != State::Pending)
    }

    /// GPUs of an offer that no lease holds.
    pub fn gpus_free(&self, offer: OfferId) -> u64 {
        self.offers.get(&offer).map_or(0, |terms| terms.gpus - self.gpus_leased(offer))
    }

    /// What anyone can do next to bring a lease to its end, with the wait that it takes; nothing if it is gone.
    ///
    /// No party and no arbiter is needed for any of it.
    pub fn way_out(&self, id: LeaseId) -> Option<(i64, Action)> {
        let lease = self.leases.get(&id)?;
        let by = Person::Stranger;
        let (time, action) = match lease.state {
            State::Pending => (lease.start_deadline + 1, Action::Cancel { lease: id, by }),
            State::Disputed(Dispute { deadline, .. }) => {
                (deadline + 1, Action::ResolveByTimeout { lease: id })
            }
            State::Resolved(_) => (self.now, close(id)),
            State::Active => {
                let matured =
                    lease.claims.iter().map(|claim| claim.submitted_at + lease.terms.challenge_window);
                let over = lease.ends_at + crate::GRACE + 1;
                (matured.max().map_or(over, |time| time.max(over)), close(id))
            }
        };
        Some((time.max(self.now), action))
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
        let now = self.now;
        match *action {
            Action::Wait(seconds) => {
                self.now += seconds;
                self.votes.slot += 1;
                Ok(())
            }
            Action::Open { .. } => self.open(action),
            Action::Start { lease: id, by } => {
                let lease = &self.leases[&id];
                let (offer, gpus) = (lease.offer, lease.gpus);
                let provider = lease.provider;
                // A lease of an offer that was closed can only be cancelled.
                self.require_offer(offer)?;
                self.require_authority(provider, by)?;
                // Free before the lease itself counts as started.
                let free = self.gpus_free(offer);
                let bond = self.lease(id).start(now)?;
                require(gpus <= free, Refusal::NotEnoughFreeGpus)?;
                self.record(provider).started += 1;
                self.pay(Purse::Wallet(by), Purse::Vault(id), bond)
            }
            Action::Cancel { lease: id, by } => {
                let lease = &self.leases[&id];
                require(lease.state == State::Pending, Refusal::NotPending)?;
                require(by == lease.renter || now > lease.start_deadline, Refusal::NotRenter)?;
                let payer = lease.payer;
                self.pay(Purse::Vault(id), Purse::Wallet(payer), self.money(Purse::Vault(id)))?;
                self.remove(id);
                Ok(())
            }
            Action::TopUp { lease: id, by, amount } => {
                self.lease(id).top_up(amount, now)?;
                self.pay(Purse::Wallet(by), Purse::Vault(id), amount)
            }
            Action::Attest { lease: id, ref signers, units, window_end, energy_wh, is_stale } => {
                require(!is_stale, Refusal::MessageMismatch)?;
                let co_signed = self.require_signers(&self.leases[&id], signers)?;
                self.lease(id).attest(units, window_end, energy_wh, co_signed, now)
            }
            Action::Settle { lease: id } => {
                let payout = self.lease(id).settle(now)?;
                self.pay(Purse::Vault(id), Purse::Wallet(self.authority(id)), payout)
            }
            Action::Extend { lease: id, by, duration } => {
                self.require_renter(id, by)?;
                self.lease(id).extend(duration, now)
            }
            Action::Resize { lease: id, by, gpus, provider_signs } => {
                self.require_offer(self.leases[&id].offer)?;
                self.require_renter(id, by)?;
                let free = self.gpus_free(self.leases[&id].offer);
                let (more, bond) = self.lease(id).resize(gpus, now)?;
                require(more == 0 || provider_signs, Refusal::NotProviderAuthority)?;
                require(more <= free, Refusal::NotEnoughFreeGpus)?;
                self.pay(Purse::Wallet(self.authority(id)), Purse::Vault(id), bond)
            }
            Action::ReleaseGpus { lease: id } => {
                self.require_offer(self.leases[&id].offer)?;
                let (_, bond) = self.lease(id).release_gpus(now)?;
                self.pay(Purse::Vault(id), Purse::Wallet(self.authority(id)), bond)
            }
            Action::Terminate { lease: id, by } => {
                let authority = self.authority(id);
                self.lease(id).terminate(by, authority, now)
            }
            Action::Expire { lease: id } => {
                let lease = self.lease(id);
                lease.expire(now)?;
                let (provider, end) = (lease.provider, lease.end);
                self.record(provider).abandoned += u32::from(end == End::Abandoned);
                Ok(())
            }
            Action::Dispute { lease: id, by, funder, units } => {
                self.require_renter(id, by)?;
                let lease = self.lease(id);
                let stake = lease.dispute(units, now)?;
                let provider = lease.provider;
                self.record(provider).disputed += 1;
                self.pay(Purse::Wallet(funder), Purse::Vault(id), stake)
            }
            Action::Resolve { lease: id, by, units } => {
                require(by == self.leases[&id].arbiter, Refusal::NotArbiter)?;
                let lease = self.lease(id);
                let (fee, is_lost) = lease.resolve(units, now)?;
                let provider = lease.provider;
                self.record(provider).lost += u32::from(is_lost);
                self.pay(Purse::Vault(id), Purse::Wallet(by), fee)
            }
            Action::ResolveByTimeout { lease: id } => self.lease(id).resolve_by_timeout(now),
            Action::SetSessionKey { lease: id, by, key } => {
                self.require_renter(id, by)?;
                self.lease(id).session_key = key;
                Ok(())
            }
            Action::Close { lease: id, renter_signs, provider_signs } => {
                self.require_offer(self.leases[&id].offer)?;
                self.close(id, renter_signs && provider_signs)
            }
            Action::CreateOffer { offer, by, gpus, terms } => {
                require(!self.offers.contains_key(&offer), Refusal::Exists)?;
                self.require_authority(offer.provider, by)?;
                terms.require_valid()?;
                require((1..=MAX_GPUS).contains(&gpus), Refusal::GpuCountOutOfBounds)?;
                self.offers.insert(offer, Offer { gpus, is_open: true, terms });
                Ok(())
            }
            Action::UpdateOffer { offer, by, gpus, is_open, terms } => {
                self.require_offer(offer)?;
                self.require_authority(offer.provider, by)?;
                terms.require_valid()?;
                let is_enough = (1..=MAX_GPUS).contains(&gpus) && gpus >= self.gpus_leased(offer);
                require(is_enough, Refusal::GpuCountOutOfBounds)?;
                self.offers.insert(offer, Offer { gpus, is_open, terms });
                Ok(())
            }
            Action::CloseOffer { offer, by } => {
                self.require_offer(offer)?;
                self.require_authority(offer.provider, by)?;
                require(!self.is_used(offer), Refusal::OfferInUse)?;
                self.offers.remove(&offer);
                Ok(())
            }
            Action::UpdateProvider { provider, by, attestor } => {
                self.require_authority(provider, by)?;
                self.provider(provider).attestor = attestor;
                Ok(())
            }
            Action::Nominate { provider, by, nominee } => {
                self.require_authority(provider, by)?;
                self.provider(provider).nominee = nominee;
                Ok(())
            }
            Action::Accept { provider, by } => {
                let provider = self.provider(provider);
                require(provider.nominee == Some(by), Refusal::NotNominated)?;
                (provider.authority, provider.nominee) = (by, None);
                Ok(())
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
            seen,
            deposit,
            start_deadline,
            duration,
            gpus,
            session_key,
        } = *action
        else {
            unreachable!("only called with it")
        };
        self.require_offer(offer)?;
        require(self.votes.participants.contains(&id.renter), Refusal::NoSuchParticipant)?;
        require(!self.leases.contains_key(&id), Refusal::Exists)?;
        require(!self.votes.is_paused(self.now), Refusal::Paused)?;
        let Offer { is_open, terms, .. } = self.offers[&offer];
        require(seen == terms, Refusal::TermsChanged)?;
        require(is_open, Refusal::OfferNotOpen)?;
        require(1 <= gpus && gpus <= self.gpus_free(offer), Refusal::NotEnoughFreeGpus)?;
        let durations = terms.min_duration..=terms.max_duration;
        require(durations.contains(&duration), Refusal::DurationOutOfBounds)?;
        require(deposit >= terms.min_deposit(gpus)?, Refusal::DepositTooSmall)?;
        let deadlines = self.now + 1..=self.now + WEEK;
        require(deadlines.contains(&start_deadline), Refusal::StartDeadlineOutOfBounds)?;
        // Such a lease could never start.
        terms.bond(gpus)?;
        let config = self.votes.config();
        let lease = Lease {
            renter: id.renter,
            payer,
            session_key,
            provider: offer.provider,
            offer,
            terms,
            fee_bps: config.fee_bps,
            arbiter: config.arbiter,
            start_deadline,
            duration,
            state: State::Pending,
            end: End::Completed,
            started_at: 0,
            ends_at: 0,
            promised_until: 0,
            revived_at: 0,
            gpus,
            segments: Vec::new(),
            unfunded: Vec::new(),
            excused_until: 0,
            excused_attested: 0,
            accepted: 0,
            claims: VecDeque::new(),
            window_end: 0,
            energy_wh: 0,
            deposited: deposit,
            paid: 0,
            fees: 0,
            bond: 0,
            stake: 0,
        };
        self.leases.insert(id, lease);
        self.pay(Purse::Wallet(payer), Purse::Vault(id), deposit)
    }

    fn close(&mut self, id: LeaseId, is_agreed: bool) -> Done {
        let (held, now) = (self.money(Purse::Vault(id)), self.now);
        let lease = self.lease(id);
        let division = lease.close(held, is_agreed, now)?;
        let (payer, provider, accepted, end) = (lease.payer, lease.provider, lease.accepted, lease.end);
        let record = self.record(provider);
        record.completed += 1;
        record.delivered += accepted;
        record.promised += division.promised;
        let authority = self.authority(id);
        self.pay(Purse::Vault(id), Purse::Wallet(authority), division.to_provider)?;
        self.pay(Purse::Vault(id), Purse::Fees, division.to_fees)?;
        self.pay(Purse::Vault(id), Purse::Wallet(payer), division.to_payer)?;
        self.votes.count_fees(id, provider, division.to_fees, now, true);
        self.endings.push(end);
        self.remove(id);
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
        self.providers[&self.leases[&id].provider].authority
    }

    fn require_offer(&self, offer: OfferId) -> Done {
        require(self.offers.contains_key(&offer), Refusal::NoSuchOffer)
    }

    fn require_authority(&self, provider: ProviderId, by: Person) -> Done {
        require(self.providers[&provider].authority == by, Refusal::NotProviderAuthority)
    }

    fn require_renter(&self, id: LeaseId, by: Person) -> Done {
        require(by == id.renter, Refusal::NotRenter)
    }

    /// Returns whether the renter's side signed. Each signature has to fill a role that none before it filled.
    fn require_signers(&self, lease: &Lease, signers: &[Person]) -> Result<bool, Refusal> {
        let attestor = self.providers[&lease.provider].attestor;
        let (mut attested, mut verified, mut co_signed) = (false, false, false);
        for signer in signers {
            let before = (attested, verified, co_signed);
            attested |= *signer == attestor;
            verified |= Some(*signer) == lease.terms.verifier;
            co_signed |= *signer == lease.renter || Some(*signer) == lease.session_key;
            require(before != (attested, verified, co_signed), Refusal::SignerUnexpected)?;
        }
        require(attested, Refusal::AttestorMissing)?;
        require(verified || lease.terms.verifier.is_none(), Refusal::VerifierMissing)?;
        Ok(co_signed)
    }
}

/// `close_lease` by a stranger.
fn close(lease: LeaseId) -> Action {
    Action::Close { lease, renter_signs: false, provider_signs: false }
}

pub(crate) fn require(holds: bool, refusal: Refusal) -> Done {
    if holds { Ok(()) } else { Err(refusal) }
}
