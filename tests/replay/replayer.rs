use gpu_lease::state::{HotKeys, Lease, LeaseRequest, LeaseState, Provider, Terms};
use gpu_lease_client::{
    account::{Keyed, LeaseContext, MintRef, ProviderRef},
    address::{self, SPL_TOKEN},
    attestation::AttestationBatch,
    instruction::{self, OpenLease},
};
use gpu_lease_tests::{World, cluster::Cluster, listing, signed_message, terms};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;
use spl_token_interface::instruction::transfer;
use std::collections::BTreeSet;

/// A cluster of which it is known which leases exist.
pub trait Leases: Cluster {
    /// Their addresses, in order.
    fn leases(&self) -> BTreeSet<Address>;
}

/// Most leases at a time: few, so that each lives a full life.
const LEASES: usize = 3;

/// Instructions after whose events a log is full.
const FILLERS: usize = 36;

/// Does one thing after the other, as chance has it. The same seed gives the same game.
pub struct Replayer {
    /// Instructions that do nothing but fill the log stand in front of what it does.
    pub fills_logs: bool,
    chance: Chance,
    next_nonce: u64,
    /// One of the leases whose usage was stated last; it may be gone.
    last: Option<(Address, Lease)>,
}

impl Replayer {
    /// A player of the game number `seed`.
    pub fn new(seed: u64) -> Self {
        Self { fills_logs: false, chance: Chance(seed), next_nonce: 0, last: None }
    }

    /// Tries one thing, then lets some time pass. The cluster may refuse.
    pub fn act(&mut self, market: &mut World<impl Leases>) {
        let leases: Vec<_> = market.cluster.leases().into_iter().collect();
        let instructions = match self.chance.below(31) {
            0 if leases.len() < LEASES => self.open(market),
            1 => self.edit(market),
            2 => self.list_or_unlist(market),
            3 => self.hand_over(market),
            26 => self.move_bonds(market),
            27..=29 => self.state_all(market),
            action => match leases.get(self.chance.below(leases.len().max(1) as u64) as usize) {
                Some(lease) => self.go_on(market, *lease, action),
                None => self.open(market),
            },
        };
        let has_started = |lease: &&Address| market.read::<Lease>(lease).state != LeaseState::Pending;
        let started = leases.iter().find(has_started).filter(|_| self.fills_logs);
        let filled = started.and_then(|lease| fill(market, *lease, &instructions));
        // Where the fillers do not fit, or cannot run, it is done without them.
        if filled.is_none_or(|filled| market.play(filled).0.is_err()) {
            let _ = market.play(instructions).0;
        }
        let now = market.cluster.now();
        let seconds = [1, 60, 400, 2_000][self.chance.below(4) as usize];
        let later = now + 1 + self.chance.below(seconds) as i64;
        // Now and then at the very second in which a claim can no longer be challenged, or a dispute decided.
        let next = leases.first().and_then(|lease| next_moment(market, *lease));
        let time = next.filter(|next| *next > now && self.chance.below(8) == 0).unwrap_or(later);
        market.cluster.travel_to(time);
    }

    fn open(&mut self, market: &mut World<impl Leases>) -> Vec<Instruction> {
        self.next_nonce += 1;
        let usual = market.request(self.next_nonce);
        let hours = 1 + self.chance.below(4);
        let request = LeaseRequest {
            gpus: 1 + self.chance.below(3) as u32,
            duration: hours as u32 * 3_600,
            deposit: usual.deposit * hours / (25 + self.chance.below(25)) + self.chance.below(1_000),
            ..usual
        };
        let open = market.opening(request);
        let payer = if self.chance.below(2) == 0 { open.renter } else { market.people.sponsor.pubkey() };
        vec![instruction::open_lease(&OpenLease { payer, ..open })]
    }

    /// Hot keys that a provider may have.
    fn keys(&mut self, market: &World<impl Leases>) -> HotKeys {
        let people = &market.people;
        let attestors = [people.attestor.pubkey(), people.rival.pubkey()];
        let operators = [people.operator.pubkey(), people.agent.pubkey(), Address::default()];
        HotKeys {
            attestor: attestors[self.chance.below(2) as usize],
            operator: operators[(self.chance.below(5) / 2) as usize],
        }
    }

    /// Changes the offer's terms or the provider's keys.
    fn edit(&mut self, market: &mut World<impl Leases>) -> Vec<Instruction> {
        if self.chance.below(3) == 0 {
            let replaced = market.read::<Provider>(&market.provider).keys();
            let keys = self.keys(market);
            return vec![instruction::update_provider(
                provider(market),
                replaced,
                keys,
                market.valid_until(),
            )];
        }
        let terms = Terms {
            price: 1_000_000 + self.chance.below(3_000_000),
            challenge_window: 600 + self.chance.below(3_000) as u32,
            bond_hours: self.chance.below(3) as u16,
            sla_uptime_bps: self.chance.below(10_001) as u16,
            ..terms(market.mint)
        };
        let gpus = 8 + self.chance.below(8) as u32;
        let offer = Keyed { address: market.offer, account: market.offer() };
        let valid_until = market.valid_until();
        vec![instruction::update_offer(provider(market), &offer, gpus, true, terms, listing(), valid_until)]
    }

    /// Lists a second offer, or removes it.
    fn list_or_unlist(&mut self, market: &mut World<impl Leases>) -> Vec<Instruction> {
        let second = address::offer(&market.provider, 1);
        vec![match market.exists(&second) {
            true => instruction::close_offer(provider(market), second),
            false => instruction::create_offer(provider(market), 1, 2, terms(market.mint), listing()),
        }]
    }

    /// Nominates who shall have the provider next, or lets the nominee take it over.
    fn hand_over(&mut self, market: &mut World<impl Leases>) -> Vec<Instruction> {
        let nominee = market.read::<Provider>(&market.provider).pending_authority;
        if nominee != Address::default() && self.chance.below(4) > 0 {
            let (provider, keys) = (market.provider, self.keys(market));
            return vec![instruction::accept_authority(nominee, provider, keys, market.valid_until())];
        }
        let people = &market.people;
        let wallets = [people.provider.pubkey(), people.rival.pubkey(), Address::default()];
        let next = wallets[self.chance.below(3) as usize];
        vec![instruction::nominate_authority(provider(market), nominee, next, market.valid_until())]
    }

    /// Pays into the bond account, or withdraws from it.
    fn move_bonds(&mut self, market: &mut World<impl Leases>) -> Vec<Instruction> {
        let account = market.bond_account();
        let mint = MintRef { mint: market.mint, token_program: SPL_TOKEN };
        let stranger = market.people.stranger.pubkey();
        vec![match self.chance.below(3) {
            0 => {
                let provider = provider(market);
                let destination = market.wallet(&provider.authority);
                let amount = self.chance.below(4_000_000);
                instruction::withdraw_bond(provider, &mint, destination, amount, market.valid_until())
            }
            _ => {
                let amount = 1 + self.chance.below(20_000_000);
                transfer(&SPL_TOKEN, &market.wallet(&stranger), &account, &stranger, &[], amount)
                    .expect("valid")
            }
        }]
    }

    /// States the usage of all leases, of one that may be gone, and now and then of an earlier one at its address.
    fn state_all(&mut self, market: &mut World<impl Leases>) -> Vec<Instruction> {
        let now = market.cluster.now();
        let addresses = market.cluster.leases();
        let mut leases: Vec<_> =
            addresses.iter().map(|address| (*address, market.read::<Lease>(address))).collect();
        leases.extend(self.last.filter(|(address, _)| !addresses.contains(address)));
        if leases.is_empty() {
            return self.open(market);
        }
        self.last = leases.first().copied();
        let mut window_end = now;
        for (_, lease) in &mut leases {
            if lease.ends_at > 0 && self.chance.below(3) == 0 {
                window_end = window_end.min(lease.ends_at);
            }
            lease.opened_slot -= u64::from(self.chance.below(20) == 0);
        }
        let rows: Vec<_> = leases
            .into_iter()
            .map(|(address, lease)| {
                let units = self.usage(&lease, window_end);
                (address, lease, units, lease.meter.energy_wh + self.chance.below(100))
            })
            .collect();
        let batch = AttestationBatch::new(window_end, [9; 32], &rows).expect("few leases");
        let people = &market.people;
        let attestor = market.read::<Provider>(&market.provider).attestor;
        let mut signers = vec![people.find(&attestor).expect("one of the people")];
        match self.chance.below(4) {
            0 => signers.push(&people.renter),
            1 => signers.push(&people.agent),
            _ => {}
        }
        instruction::attest_batch(market.provider, &signed_message(&batch, &signers)).to_vec()
    }

    /// Who acts for the provider, and out of what a bond is paid.
    fn run(&mut self, lease: LeaseContext) -> LeaseContext {
        match self.chance.below(3) {
            0 => lease,
            1 if lease.provider_account.operator != Address::default() => lease.by_operator(),
            _ => lease.with_pooled_bond(),
        }
    }

    fn go_on(&mut self, market: &mut World<impl Leases>, lease: Address, action: u64) -> Vec<Instruction> {
        let lease = market.context(lease);
        let people = &market.people;
        let (renter, stranger) = (people.renter.pubkey(), people.stranger.pubkey());
        let (sponsor, agent) = (people.sponsor.pubkey(), people.agent.pubkey());
        let somebody = [renter, sponsor, stranger][self.chance.below(3) as usize];
        let Lease { state, meter, dispute, duration, gpus, ends_at, .. } = lease.account;
        let valid_until = market.valid_until();
        // Nobody waits for long.
        let starts = state == LeaseState::Pending && self.chance.below(2) == 0;
        vec![match if starts { 4 } else { action } {
            4..=5 => instruction::start_lease(&self.run(lease), b"encrypted credentials", valid_until),
            30 => {
                instruction::publish_access(&self.run(lease), &[1 + self.chance.below(9) as u8], valid_until)
            }
            6 => instruction::cancel_lease(somebody, &lease, valid_until),
            7 => instruction::top_up(somebody, &lease, 1 + self.chance.below(3_000_000), valid_until),
            8 => instruction::settle(&lease),
            9 => instruction::close_lease(&lease),
            10 if self.chance.below(3) == 0 => {
                let units = meter.latest.units.max(dispute.provider_units);
                let credit = self.chance.below(lease.ledger.bond + 1);
                let credit = if self.chance.below(2) == 0 { 0 } else { credit };
                instruction::close_lease_together(&self.run(lease), units, credit, valid_until)
            }
            11 => {
                let from = address::associated_token(&stranger, &market.mint, &SPL_TOKEN);
                let amount = 1 + self.chance.below(1_000);
                transfer(&SPL_TOKEN, &from, &lease.vault, &stranger, &[], amount).expect("valid")
            }
            12 => instruction::extend_lease(&lease, duration + self.chance.below(7_200) as u32, valid_until),
            13 => {
                let to = (gpus + 2).saturating_sub(self.chance.below(4) as u32);
                instruction::resize_lease(&self.run(lease), to, valid_until)
            }
            14 => match self.chance.below(2) {
                0 => instruction::count_fees(&lease),
                _ => instruction::release_gpus(&lease),
            },
            15 if self.chance.below(3) == 0 => {
                let parties = [renter, agent, lease.provider_account.authority, self.run(lease).provider_key];
                let party = parties[self.chance.below(4) as usize];
                instruction::terminate_lease(party, &lease, ends_at, valid_until)
            }
            16 if self.chance.below(2) == 0 => instruction::expire_lease(renter, &lease, valid_until),
            // A provider that nobody pays any more falls silent more often.
            21..=25 if state == LeaseState::Active && meter.window_end > lease.funded_until() => {
                instruction::expire_lease(renter, &lease, valid_until)
            }
            17 | 20 if state == LeaseState::Active => {
                let claimed = meter.latest.units - meter.accepted;
                let units = meter.latest.units - self.chance.below(claimed + 1);
                let party = [renter, renter, agent][self.chance.below(3) as usize];
                instruction::dispute_lease(party, somebody, &lease, units, u64::MAX, valid_until)
            }
            18 => instruction::set_session_key(
                &lease,
                [agent, Address::default()][self.chance.below(2) as usize],
                valid_until,
            ),
            19..=23 if state == LeaseState::Disputed => {
                let slice = dispute.provider_units - dispute.renter_units;
                let units = dispute.renter_units + self.chance.below(slice + 2);
                instruction::resolve_dispute(&lease, units, valid_until)
            }
            24..=25 if state == LeaseState::Disputed => instruction::resolve_by_timeout(&lease),
            _ => {
                let units = self.usage(&lease, market.cluster.now());
                let co_signer = if lease.session_key == agent { agent } else { renter };
                let signers = [lease.provider_account.attestor, co_signer];
                let count = if action == 19 { 2 } else { 1 };
                return market.attestation(lease.address, units, &signers[..count]).to_vec();
            }
        }]
    }

    /// Cumulative units that the GPUs can have delivered, a little more now and then.
    fn usage(&mut self, lease: &Lease, now: i64) -> u64 {
        if lease.state != LeaseState::Active {
            return self.chance.below(100);
        }
        let latest = lease.meter.latest.units;
        let capacity = lease.meter.capacity(now.min(lease.ends_at));
        latest + self.chance.below(capacity.saturating_sub(latest) + 10)
    }
}

/// `instructions` behind so many that do nothing that no event of theirs is in the log.
pub fn fill(
    market: &World<impl Leases>,
    lease: Address,
    instructions: &[Instruction],
) -> Option<Vec<Instruction>> {
    market.cluster.account(&lease)?;
    let filler = instruction::release_gpus(&market.context(lease));
    Some([vec![filler; FILLERS], instructions.to_vec()].concat())
}

/// The provider as it is now.
fn provider(market: &World<impl Leases>) -> ProviderRef {
    let authority = market.read::<Provider>(&market.provider).authority;
    ProviderRef { address: market.provider, authority }
}

/// When something changes in a lease by itself, if it still exists: the claim that matures is accepted, or the
/// arbiter's time is over.
fn next_moment(market: &mut World<impl Leases>, lease: Address) -> Option<i64> {
    market.cluster.account(&lease)?;
    let Lease { state, meter, terms, dispute, .. } = market.context(lease).account;
    if state == LeaseState::Disputed {
        return Some(dispute.deadline() + 1);
    }
    let is_open = meter.maturing.units > meter.accepted;
    is_open.then(|| meter.maturing.submitted.time + i64::from(terms.challenge_window))
}

/// The generator splitmix64: reproducible, and that is all that is asked of it.
struct Chance(u64);

impl Chance {
    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
