//! What a visitor of the page finds after the stories: leases that run, one that waits to be started, a claim
//! that can be disputed, a vote that goes on and one that waits for its execution.

use crate::{
    Localnet,
    Party::{Delegate, Holder, Operator, OtherHolder, Provider, Renter, Sponsor},
    market::{NORTHERN_OFFERS, UNHURRIED_OFFER},
    stage::Play,
    story::{
        Act::{Finalize, Propose, Vote, VoteAsPayer},
        Action::{self, Agree, Claim, Meanwhile, Settle, Start, TopUp},
        Decision::Passed,
        L40S,
        Motion::{self, SetFee, Withdraw},
        Opening,
    },
};
use anyhow::Result;

/// A lease that stays, and what has happened to it.
struct Scene {
    opening: Opening,
    actions: &'static [Action],
}

/// In the order in which they are opened. Each moves the clock on, so the last one that does is the freshest.
const SCENES: [Scene; 3] = [TRAINING, INFERENCE, WAITING];

/// The offer that [`Localnet::set_scene`] adds to those of the stories.
const H200: usize = 4;

/// On the third day one of the GPUs of [`TRAINING`] is out of order for five hours.
const OUTAGE: u64 = 5 * 3_600;

/// Half of two weeks are over, and the money for them nearly.
const TRAINING: Scene = Scene {
    opening: Opening { offer: L40S, payer: Renter, gpus: 4, hours: 336, paid_hours: 96 },
    actions: &[
        Start(Provider),
        Meanwhile(&[
            Propose(Withdraw),
            Vote { on: Withdraw, voter: Holder, owner: Holder, is_for: true },
            Vote { on: Withdraw, voter: Delegate, owner: OtherHolder, is_for: true },
        ]),
        Agree { hour: 12, missing: 0 },
        Agree { hour: 24, missing: 0 },
        Settle,
        Agree { hour: 36, missing: 0 },
        Agree { hour: 48, missing: 0 },
        Agree { hour: 60, missing: OUTAGE },
        Settle,
        Agree { hour: 72, missing: OUTAGE },
        TopUp { funder: Renter, gpu_hours: 288 },
        Agree { hour: 84, missing: OUTAGE },
        Agree { hour: 96, missing: OUTAGE },
        Settle,
        Agree { hour: 108, missing: OUTAGE },
        Agree { hour: 120, missing: OUTAGE },
        Meanwhile(&[Finalize(Withdraw, Passed)]),
        Agree { hour: 132, missing: OUTAGE },
        Claim { hour: 138, missing: OUTAGE },
    ],
};

/// The provider, whose operator has started it, has claimed usage of a GPU that was out of order for half an hour, as the
/// renter knows.
const INFERENCE: Scene = Scene {
    opening: Opening { offer: H200, payer: Sponsor, gpus: 2, hours: 72, paid_hours: 30 },
    actions: &[
        Start(Operator),
        Agree { hour: 1, missing: 0 },
        Agree { hour: 2, missing: 0 },
        Agree { hour: 4, missing: 0 },
        Settle,
        Claim { hour: 6, missing: 0 },
    ],
};

/// A rise of the fee, by as much as the last one.
const RISE: Motion = SetFee(150);

/// The provider has yet to start it. Not of the H100s, whose leases a [machine](crate::Machine) may start by itself.
const WAITING: Scene = Scene {
    opening: Opening { offer: H200, payer: Renter, gpus: 2, hours: 8, paid_hours: 8 },
    actions: &[Meanwhile(&[
        Propose(RISE),
        Vote { on: RISE, voter: Holder, owner: Holder, is_for: true },
        Vote { on: RISE, voter: Delegate, owner: OtherHolder, is_for: false },
        VoteAsPayer { on: RISE, payer: Provider, is_for: false },
    ])],
};

impl Localnet {
    /// Leaves leases and votes that a visitor can go on with. The [`VOTES`](crate::VOTES) have been played.
    pub async fn set_scene(&mut self) -> Result<()> {
        let id = NORTHERN_OFFERS.len().try_into()?;
        let offer = self.list_offer(&self.wallets.provider, id, &UNHURRIED_OFFER).await?;
        self.offers.push(offer);
        for scene in SCENES {
            let mut play = Play::prepare(self, |_| {}).await?;
            play.open(scene.opening).await?;
            for action in scene.actions {
                play.perform(*action).await?;
            }
        }
        Ok(())
    }
}
