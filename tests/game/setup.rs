use crate::dice::Dice;
use anchor_lang::prelude::Address;
use bytemuck::Zeroable;
use gpu_lease::state::{
    HotKeys, Lease, LeaseParties, LeaseRequest, Moment, Offer, Protocol, Provider, Terms,
};

/// When every game begins.
pub const BEGIN: Moment = Moment { time: 1_800_000_000, slot: 400_000_000 };

/// The wallet of the renter, who is also the payer.
pub const RENTER: Address = Address::new_from_array([1; 32]);

/// The provider's wallet.
pub const PROVIDER: Address = Address::new_from_array([2; 32]);

/// The provider's hot keys: what its machines do unattended.
const KEYS: HotKeys = HotKeys { attestor: Address::new_from_array([3; 32]), operator: OPERATOR };

/// The provider's operator.
pub const OPERATOR: Address = Address::new_from_array([4; 32]);

/// The lease's session key: what the renter's machine does unattended.
pub const SESSION_KEY: Address = Address::new_from_array([5; 32]);

/// Whose side is honest; everybody else plays against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Delivers all that is paid for, attests it in time, and takes what it was promised.
    Provider,
    /// Pays for all that it used, and disputes in time what it did not use.
    Renter,
}

/// What is given in a game: the terms, the habits of the honest party, and the pace of the slots.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Who is honest.
    pub honest: Side,
    /// The lease's terms.
    pub terms: Terms,
    /// GPUs that it is opened for.
    pub gpus: u32,
    /// Seconds that it is opened for.
    pub duration: u32,
    /// Base units with which it is opened.
    pub deposit: u64,
    /// Fee rate, basis points.
    pub fee_bps: u16,
    /// Half slots in a second.
    pub half_slots: u64,
    /// The provider leaves when it is not paid any more; else it idles.
    pub leaves: bool,
    /// The provider delivers again at once when the lease is paid again; else it has gone for good.
    pub resumes: bool,
    /// The provider goes on making statements while it idles.
    pub talks: bool,
    /// The renter tops up before the deposit is used up.
    pub keeps_paid: bool,
    /// The renter co-signs what is true.
    pub co_signs: bool,
    /// The provider pays bonds out of its bond account.
    pub is_pooled: bool,
    /// Base units that lie in the bond account beside.
    pub pool: u64,
    /// The honest party's hot key is in other hands, too: the provider's operator, or the renter's session key.
    pub is_stolen: bool,
}

impl Setup {
    /// One of many.
    pub fn random(dice: &mut Dice) -> Self {
        let max_duration = dice.pick(&[7_200, 40_000, 200_000]);
        let terms = Terms {
            price: dice.pick(&[3_600, 3_600, 3_600, 1, 100, 7_200, 1_234_567, 2_500_000]),
            min_duration: 60,
            max_duration,
            notice: dice.pick(&[0, 1, 60, 3_600, 86_400]),
            challenge_window: dice.pick(&[600, 600, 3_600, 86_400]),
            heartbeat_timeout: dice.pick(&[300, 300, 900, 4_000]),
            sla_penalty_bps: dice.pick(&[10_000, 10_000, 100_000, 5_000, 0]),
            sla_uptime_bps: dice.pick(&[10_000, 10_000, 9_900, 5_000]),
            bond_hours: dice.pick(&[2, 24, 720, 1, 0]),
            spare: [0; 4],
            verifier: Address::default(),
            mint: Address::default(),
        };
        let gpus = dice.pick(&[1, 2, 4, 7]);
        let duration = dice.pick(&[60, 1_000, 3_600, 7_200, max_duration]).min(max_duration);
        let bond = terms.bond(gpus).expect("a small bond");
        let paid = dice.pick(&[60, 61, 100, 299, 300, 301, 1_000, 3_600, u64::from(duration)]);
        Self {
            honest: dice.pick(&[Side::Provider, Side::Renter]),
            gpus,
            duration,
            deposit: price_ceil(&terms, gpus, paid) + dice.below(3),
            fee_bps: dice.pick(&[0, 100, 500]),
            half_slots: dice.pick(&[2, 2, 5, 1]),
            leaves: dice.one_in(2),
            resumes: dice.one_in(2),
            talks: dice.one_in(2),
            keeps_paid: dice.one_in(2),
            co_signs: dice.one_in(2),
            is_pooled: dice.one_in(2),
            pool: bond * dice.pick(&[0, 1, 1, 2, 7]) / 2,
            is_stolen: dice.one_in(4),
            terms,
        }
    }

    pub fn provider(&self) -> Provider {
        Provider::register(PROVIDER, KEYS, 0).expect("an attestor")
    }

    /// The lease, as it was opened.
    pub fn open(&self) -> Lease {
        let protocol = Protocol::zeroed();
        let offer =
            Offer { terms: self.terms, gpus: 16_384, gpus_free: 16_384, is_open: 1, ..Offer::zeroed() };
        let request = LeaseRequest {
            nonce: 0,
            deposit: self.deposit,
            start_deadline: BEGIN.time + 3_600,
            duration: self.duration,
            gpus: self.gpus,
            max_fee_bps: self.fee_bps,
            valid_until: BEGIN.time,
            expected_offer: offer.content_hash(),
            arbiter: protocol.arbiter,
            access_key: [0; 32],
            session_key: SESSION_KEY,
        };
        let parties = LeaseParties {
            renter: RENTER,
            payer: RENTER,
            offer: Address::default(),
            vault: Address::default(),
            bump: 0,
        };
        let mut lease = Lease::zeroed();
        lease
            .open(&request, &parties, &offer, &protocol, self.fee_bps, BEGIN)
            .expect("an acceptable request");
        lease
    }
}

/// Base units that pay for `gpus` for so many seconds.
pub fn price_ceil(terms: &Terms, gpus: u32, seconds: u64) -> u64 {
    let seconds = u32::try_from(seconds).expect("a short lease");
    terms.price_ceil(gpus, seconds).expect("a small lease")
}
