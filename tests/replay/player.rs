use crate::recorder::Recorder;
use gpu_lease::state::{Lease, LeaseRequest, LeaseState, Terms};
use gpu_lease_client::{
    address::{self, SPL_TOKEN},
    instruction::{self, OpenLease, ProviderRef},
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
        let lease = leases.get(self.chance.below(leases.len().max(1) as u64) as usize);
        let instructions = match (self.chance.below(20), lease) {
            (0, _) if leases.len() < LEASES => self.open(market),
            (1, _) => self.edit(market),
            (2..=4, Some(lease)) => self.change(market, *lease),
            (5..=7, Some(lease)) => self.end(market, *lease),
            (_, Some(lease)) => self.go_on(market, *lease),
            (_, None) => self.open(market),
        };
        let _ = market.play(instructions).0;
        let now = market.cluster.now();
        let seconds = [1, 60, 400, 2_000, 2_000, 2_000, 40_000, 2_000_000][self.chance.below(8) as usize];
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
            session_key: [Address::default(), market.people.agent.pubkey()][self.chance.below(2) as usize],
            ..usual
        };
        let open = market.opening(request);
        let payer = if self.chance.below(2) == 0 { open.renter } else { market.people.sponsor.pubkey() };
        vec![instruction::open_lease(&OpenLease { payer, ..open })]
    }

    /// Changes the offer's terms, the provider's attestor, or for one transaction its wallet.
    fn edit(&mut self, market: &mut World<Recorder>) -> Vec<Instruction> {
        let chosen = self.chance.below(4);
        if chosen == 0 {
            let (first, heir) = (market.provider_ref(), market.people.rival.pubkey());
            let second = ProviderRef { authority: heir, ..first };
            return vec![
                instruction::nominate_authority(first, heir),
                instruction::accept_authority(heir, first.address),
                instruction::nominate_authority(second, first.authority),
                instruction::accept_authority(first.authority, first.address),
            ];
        }
        if chosen == 1 {
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

    /// Lets a lease go on differently.
    fn change(&mut self, market: &mut World<Recorder>, lease: Address) -> Vec<Instruction> {
        let lease = market.client_ref(lease);
        let Lease { duration, meter, .. } = lease.lease;
        let keys = [market.people.agent.pubkey(), Address::default()];
        match self.chance.below(6) {
            0 => vec![instruction::extend_lease(&lease, duration + 1 + self.chance.below(7_200) as u32)],
            1 | 2 => {
                vec![instruction::resize_lease(
                    &lease,
                    1 + self.chance.below(u64::from(meter.gpus).max(1)) as u32,
                )]
            }
            3 => vec![instruction::resize_lease(&lease, meter.gpus + 1 + self.chance.below(2) as u32)],
            4 => vec![instruction::release_gpus(&lease)],
            _ => vec![instruction::set_session_key(&lease, keys[self.chance.below(2) as usize])],
        }
    }

    /// Brings a lease to its end, one way or another.
    fn end(&mut self, market: &mut World<Recorder>, lease: Address) -> Vec<Instruction> {
        let lease = market.client_ref(lease);
        let Lease { renter, meter, dispute, .. } = lease.lease;
        let between = |low: u64, high: u64, chance: &mut Chance| low + chance.below((high - low).max(1));
        match self.chance.below(16) {
            0 => vec![instruction::terminate_lease(renter, &lease)],
            1 => vec![instruction::terminate_lease(lease.provider.authority, &lease)],
            2 | 3 => vec![instruction::expire_lease(&lease)],
            4..=6 => {
                let units = between(meter.accepted, meter.latest.units, &mut self.chance);
                let funder = [renter, market.people.sponsor.pubkey()][self.chance.below(2) as usize];
                vec![instruction::dispute_lease(funder, &lease, units)]
            }
            7..=10 => {
                let units = between(dispute.renter_units, dispute.provider_units + 1, &mut self.chance);
                vec![instruction::resolve_dispute(&lease, units)]
            }
            11 | 12 => vec![instruction::resolve_by_timeout(&lease)],
            13 => vec![instruction::close_lease_together(&lease)],
            _ => vec![instruction::close_lease(&lease)],
        }
    }

    fn go_on(&mut self, market: &mut World<Recorder>, lease: Address) -> Vec<Instruction> {
        let lease = market.client_ref(lease);
        let people = &market.people;
        let (renter, stranger) = (people.renter.pubkey(), people.stranger.pubkey());
        let somebody = [renter, people.sponsor.pubkey(), stranger][self.chance.below(3) as usize];
        match self.chance.below(13) {
            0..=2 => vec![instruction::start_lease(&lease, b"encrypted credentials")],
            3 => vec![instruction::cancel_lease(somebody, &lease)],
            4 => vec![instruction::top_up(somebody, &lease, 1 + self.chance.below(3_000_000))],
            5 => vec![instruction::settle(&lease)],
            6 => {
                let from = address::associated_token(&stranger, &market.mint, &SPL_TOKEN);
                let amount = 1 + self.chance.below(1_000);
                let gift = transfer(&SPL_TOKEN, &from, &lease.lease.vault, &stranger, &[], amount);
                vec![gift.expect("valid")]
            }
            signing => {
                let units = self.usage(&lease.lease, market.cluster.now());
                // Nobody, the renter, or its agent co-signs.
                let co_signer = [renter, market.people.agent.pubkey()][self.chance.below(2) as usize];
                let signers = [self.attestor, co_signer];
                let count = if signing == 7 { 2 } else { 1 };
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
