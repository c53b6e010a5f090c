//! What everybody else may do against an honest party, at the edges of all that the lease waits for.

use crate::{
    dice::Dice,
    moves::Move,
    setup::{Side, price_ceil},
    table::Table,
};
use gpu_lease::{constants::*, state::LeaseState};

impl Table {
    /// Something that can be done now.
    pub fn candidate(&self, dice: &mut Dice) -> Move {
        if self.setup.is_stolen && dice.one_in(6) {
            return self.of_a_thief(dice);
        }
        match dice.below(16) {
            0..=4 => Move::Wait(self.wait_to_an_edge(dice)),
            5..=6 => Move::TopUp(self.amount(dice)),
            7 => self.of_anybody(dice),
            8 => dice.pick(&[Move::HonestAct, Move::HandOver]),
            9 if dice.one_in(4) => Move::Halt(dice.pick(&[1, 60, 3_600, 100_000])),
            9 | 10 => Move::Land {
                number: dice.below(self.statements.len() as u64) as usize,
                is_co_signed: dice.one_in(2),
            },
            11 => Move::Extend(self.lease.duration.saturating_add(dice.pick(&[1, 60, 3_600, 40_000]))),
            12 => Move::Resize(dice.pick(&[1, 2, 3, 4, 8])),
            13 => dice.pick(&[Move::RenterLeaves, Move::ProviderLeaves, Move::HonestAct]),
            _ if self.setup.honest == Side::Provider => self.of_a_renter(dice),
            _ => self.of_a_provider(dice),
        }
    }

    fn of_anybody(&self, dice: &mut Dice) -> Move {
        dice.pick(&[
            Move::Dust(1),
            Move::Settle,
            Move::Settle,
            Move::Release,
            Move::Close,
            Move::Expire { is_by_renter: false },
            Move::Expire { is_by_renter: self.setup.honest == Side::Provider },
            Move::Expire { is_by_renter: true },
            Move::Timeout,
        ])
    }

    fn of_a_thief(&self, dice: &mut Dice) -> Move {
        let (accepted, latest) = (self.lease.meter.accepted, self.lease.meter.latest.units);
        let moves = match self.setup.honest {
            Side::Provider => [
                Move::OperatorLeaves,
                Move::OperatorGrows(self.lease.meter.gpus + dice.pick(&[1, 1, 2, 8])),
                Move::OperatorGrows(self.lease.meter.gpus + 1),
                Move::OperatorCloses,
            ],
            Side::Renter => [
                Move::KeyLeaves,
                Move::KeyDisputes(latest.saturating_sub(1)),
                Move::KeyDisputes(dice.pick(&[accepted, accepted.midpoint(latest)])),
                Move::Land { number: dice.below(self.statements.len() as u64) as usize, is_co_signed: true },
            ],
        };
        dice.pick(&moves)
    }

    fn of_a_renter(&self, dice: &mut Dice) -> Move {
        let (accepted, latest) = (self.lease.meter.accepted, self.lease.meter.latest.units);
        dice.pick(&[
            Move::Dispute(accepted),
            Move::Dispute(latest.saturating_sub(1)),
            Move::Dispute(accepted.midpoint(latest)),
            Move::Expire { is_by_renter: true },
        ])
    }

    fn of_a_provider(&self, dice: &mut Dice) -> Move {
        if dice.one_in(3) {
            return Move::Deliver(dice.below(5));
        }
        let meter = &self.lease.meter;
        let latest = self.time.min(self.lease.ends_at);
        let window_end = dice.pick(&[
            latest,
            latest,
            latest - 1,
            meter.window_end,
            meter.window_end + 1,
            self.revived.time,
            self.revived.time + 1,
            meter.window_end.midpoint(latest),
        ]);
        let truth = self.delivered.at(window_end);
        let units = dice.pick(&[
            truth,
            truth,
            truth + 1,
            meter.capacity(window_end),
            meter.latest.units,
            meter.latest.units + 1,
            truth.midpoint(meter.capacity(window_end)),
            self.delivered.last(),
        ]);
        Move::State { window_end, units }
    }

    /// How long until something is over, or a second less or more.
    fn wait_to_an_edge(&self, dice: &mut Dice) -> i64 {
        let (terms, lease) = (&self.setup.terms, &self.lease);
        let timeout = i64::from(terms.heartbeat_timeout);
        let (maturing, latest) = self.claims();
        let window = i64::from(terms.challenge_window);
        let edges = [
            lease.funded_until(),
            lease.funded_until(),
            lease.meter.heartbeat.time + timeout,
            lease.meter.window_end + timeout,
            lease.meter.heartbeat.time + timeout + EXPIRY_BY_OTHERS as i64,
            maturing.submitted.time + window,
            latest.submitted.time + window,
            lease.ends_at,
            lease.ends_at,
            lease.ends_at + ATTESTATION_GRACE as i64,
            lease.meter.segment_start,
            self.revived.time + MIN_REVIVAL,
            self.time + MIN_REVIVAL,
            self.time + i64::from(terms.notice),
            self.time + dice.below(2 * timeout.unsigned_abs()) as i64,
            self.time + 1,
            self.due().min(self.time + 10_000_000),
            if lease.state == LeaseState::Disputed { lease.dispute.deadline() } else { self.time },
        ];
        let edge = dice.pick(&edges) + dice.pick(&[-1, 0, 0, 1]);
        (edge - self.time).clamp(0, 10_000_000)
    }

    /// What pays for a moment, a minute, a timeout, the rest, or a base unit less or more.
    fn amount(&self, dice: &mut Dice) -> u64 {
        let seconds = dice.pick(&[
            MIN_REVIVAL.unsigned_abs(),
            MIN_REVIVAL.unsigned_abs(),
            u64::from(self.setup.terms.heartbeat_timeout),
            (self.lease.ends_at - self.time).max(0).unsigned_abs(),
            3_600,
            0,
        ]);
        let amount = price_ceil(&self.setup.terms, self.gpus(), seconds);
        (amount + dice.pick(&[0, 0, 1, 2])).saturating_sub(dice.pick(&[0, 0, 1])).max(1)
    }
}
