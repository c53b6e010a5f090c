use crate::recorder::Recorder;
use gpu_lease::state::{Lease, LeaseRequest, LeaseState, Terms};
use gpu_lease_client::{
    address::{self, SPL_TOKEN},
    instruction::{self, OpenLease},
};
use gpu_lease_tests::{World, cluster::Cluster, listing, terms};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;
use spl_token_interface::instruction::transfer;

/// Most leases at a time: few, so that each lives a full life.
const LEASES: usize = 3;

/// Does one thing after the other, as chance has it. The same seed gives the same game.
pub struct Player {
    chance: Chance,
    attestor: Address,
    next_nonce: u64,
}

impl Player {
    /// A player of the game number `seed`.
    pub fn new(seed: u64, market: &World<Recorder>) -> Self {
        Self { chance: Chance(seed), attestor: market.people.attestor.pubkey(), next_nonce: 0 }
    }

    /// Tries one thing, then lets some time pass. The cluster may refuse.
    pub fn act(&mut self, market: &mut World<Recorder>) {
        let leases: Vec<_> = market.cluster.leases().into_iter().collect();
        let instructions = match self.chance.below(16) {
            0 if leases.len() < LEASES => self.open(market),
            1 => self.edit(market),
            action => match leases.get(self.chance.below(leases.len().max(1) as u64) as usize) {
                Some(lease) => self.go_on(market, *lease, action),
                None => self.open(market),
            },
        };
        let _ = market.play(instructions).0;
        let now = market.cluster.now();
        let seconds = [1, 60, 400, 2_000][self.chance.below(4) as usize];
        let later = now + 1 + self.chance.below(seconds) as i64;
        // Now and then at the very second in which a claim can no longer be challenged.
        let ripe = leases.first().and_then(|lease| ripe_at(market, *lease));
        let time = ripe.filter(|ripe| *ripe > now && self.chance.below(4) == 0).unwrap_or(later);
        market.cluster.travel_to(time);
    }

    fn open(&mut self, market: &mut World<Recorder>) -> Vec<Instruction> {
        self.next_nonce += 1;
        let usual = market.request(self.next_nonce);
        let hours = 1 + self.chance.below(4);
        let request = LeaseRequest {
            gpus: 1 + self.chance.below(3) as u32,
            duration: hours as u32 * 3_600,
            deposit: usual.deposit * hours / 15 + self.chance.below(1_000),
            ..usual
        };
        let open = market.opening(request);
        let payer = if self.chance.below(2) == 0 { open.renter } else { market.people.sponsor.pubkey() };
        vec![instruction::open_lease(&OpenLease { payer, ..open })]
    }

    /// Changes the offer's terms or the provider's attestor.
    fn edit(&mut self, market: &mut World<Recorder>) -> Vec<Instruction> {
        if self.chance.below(3) == 0 {
            let keys = [market.people.attestor.pubkey(), market.people.rival.pubkey()];
            self.attestor = keys[self.chance.below(2) as usize];
            return vec![instruction::update_provider(market.provider_ref(), self.attestor)];
        }
        let terms = Terms {
            price: 1_000_000 + self.chance.below(3_000_000),
            challenge_window: 600 + self.chance.below(3_000) as u32,
            bond_hours: self.chance.below(3) as u16,
            sla_uptime_bps: self.chance.below(10_001) as u16,
            ..terms(market.mint)
        };
        let gpus = 8 + self.chance.below(8) as u32;
        vec![instruction::update_offer(market.provider_ref(), market.offer, gpus, true, terms, listing())]
    }

    fn go_on(&mut self, market: &mut World<Recorder>, lease: Address, action: u64) -> Vec<Instruction> {
        let lease = market.client_ref(lease);
        let people = &market.people;
        let (renter, stranger) = (people.renter.pubkey(), people.stranger.pubkey());
        let somebody = [renter, people.sponsor.pubkey(), stranger][self.chance.below(3) as usize];
        match action {
            2..=4 => vec![instruction::start_lease(&lease, b"encrypted credentials")],
            5 => vec![instruction::cancel_lease(somebody, &lease)],
            6 => vec![instruction::top_up(somebody, &lease, 1 + self.chance.below(3_000_000))],
            7 => vec![instruction::settle(&lease)],
            8 => vec![instruction::close_lease(&lease)],
            9 => {
                let from = address::associated_token(&stranger, &market.mint, &SPL_TOKEN);
                let amount = 1 + self.chance.below(1_000);
                let gift = transfer(&SPL_TOKEN, &from, &lease.lease.vault, &stranger, &[], amount);
                vec![gift.expect("valid")]
            }
            _ => {
                let units = self.usage(&lease.lease, market.cluster.now());
                let signers = [self.attestor, renter];
                let count = if action == 10 { 2 } else { 1 };
                market.attestation(lease.address, units, &signers[..count]).to_vec()
            }
        }
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

/// When the claim that matures in a lease, if it still exists, is accepted.
fn ripe_at(market: &mut World<Recorder>, lease: Address) -> Option<i64> {
    market.cluster.account(&lease)?;
    let Lease { meter, terms, .. } = market.client_ref(lease).lease;
    let is_open = meter.maturing.units > meter.accepted;
    is_open.then(|| meter.maturing.submitted_at + i64::from(terms.challenge_window))
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
