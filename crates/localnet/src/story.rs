//! Four lives of a lease, each a list of what happens.

use crate::Party::{self, Operator, Renter, Sponsor};
use gpu_lease_client::state::EndReason;

/// A life of a lease.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    /// Its name.
    pub name: &'static str,
    /// What it is about, in one sentence.
    pub summary: &'static str,
    /// Why the lease ends.
    pub ends: EndReason,
    /// How it begins.
    pub(crate) opening: Opening,
    /// What happens then, in order.
    pub(crate) actions: &'static [Action],
}

/// The renter asks for GPUs, and `payer` pays for the first hours of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub payer: Party,
    pub gpus: u32,
    pub hours: u32,
    pub paid_hours: u32,
}

/// Something that happens to a lease. Hours count from its start; what is missing are GPU-seconds that were
/// not delivered since then, of all that the GPUs could have delivered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    /// The provider starts it and publishes the credentials, which the renter reads.
    Start,
    /// Provider and renter sign the usage of the first `hour` hours.
    Agree { hour: u32, missing: u64 },
    /// The provider alone signs it.
    Claim { hour: u32, missing: u64 },
    /// Someone pays for more.
    TopUp { funder: Party, gpu_hours: u32 },
    /// The renter lets it run for `hours` in all.
    Extend { hours: u32 },
    /// Renter and provider let it go on with more GPUs.
    Grow { gpus: u32 },
    /// The renter, for whom more is missing than the provider says, disputes the claim.
    Dispute { missing: u64 },
    /// The arbiter finds how much is missing.
    Resolve { missing: u64 },
    /// Anyone ends the lease of a silent provider.
    Expire,
    /// Anyone gives the GPUs of a lease that is over back to the offer.
    ReleaseGpus,
    /// Anyone lets the provider be paid what is due.
    Settle,
    /// Time passes.
    Wait(Until),
    /// Anyone closes it.
    Close,
}

/// When a wait is over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// Nobody can challenge the claims any more.
    ClaimsAreFinal,
    /// The provider has been silent for longer than its terms allow.
    HeartbeatMissed,
    /// The last attestation could have landed.
    GraceIsOver,
}

use Action::*;

/// In hour 4 one of the GPUs of [`DOWNTIME`] is out of order for a quarter of an hour.
const OUTAGE: u64 = 15 * 60;

/// The stories of the local market, in the order in which they are played.
pub const STORIES: [Story; 4] = [CLEAN, DOWNTIME, DISPUTED, ABANDONED];

/// Nothing is missing.
const CLEAN: Story = Story {
    name: "clean",
    summary: "It grows, runs longer than planned, and every second is delivered",
    ends: EndReason::Completed,
    opening: Opening { payer: Renter, gpus: 2, hours: 4, paid_hours: 4 },
    actions: &[
        Start,
        Agree { hour: 1, missing: 0 },
        Agree { hour: 2, missing: 0 },
        Settle,
        Grow { gpus: 4 },
        Extend { hours: 6 },
        TopUp { funder: Renter, gpu_hours: 12 },
        Agree { hour: 4, missing: 0 },
        Settle,
        Claim { hour: 5, missing: 0 },
        Claim { hour: 6, missing: 0 },
        Wait(Until::GraceIsOver),
        Close,
    ],
};

/// A GPU fails for a while, and the bond answers for it. Somebody else pays for the renter.
const DOWNTIME: Story = Story {
    name: "downtime",
    summary: "A sponsor pays; one GPU fails for a quarter of an hour, and the bond answers for it",
    ends: EndReason::Completed,
    opening: Opening { payer: Sponsor, gpus: 2, hours: 6, paid_hours: 4 },
    actions: &[
        Start,
        Agree { hour: 1, missing: 0 },
        Agree { hour: 2, missing: 0 },
        Settle,
        Claim { hour: 3, missing: 0 },
        TopUp { funder: Sponsor, gpu_hours: 5 },
        Claim { hour: 4, missing: OUTAGE },
        Settle,
        Claim { hour: 5, missing: OUTAGE },
        Claim { hour: 6, missing: OUTAGE },
        Wait(Until::ClaimsAreFinal),
        Settle,
        Wait(Until::GraceIsOver),
        Close,
    ],
};

/// Two of four GPUs fail for an hour. The provider says nothing of it, the renter half as much again.
const DISPUTED: Story = Story {
    name: "disputed",
    summary: "The provider claims too much, the renter admits too little, the arbiter decides",
    ends: EndReason::Disputed,
    opening: Opening { payer: Renter, gpus: 4, hours: 12, paid_hours: 12 },
    actions: &[
        Start,
        Agree { hour: 2, missing: 0 },
        Claim { hour: 6, missing: 0 },
        Dispute { missing: 3 * 3_600 },
        ReleaseGpus,
        Settle,
        Resolve { missing: 2 * 3_600 },
        Close,
    ],
};

/// The provider falls silent, and the bond answers for all that it promised.
const ABANDONED: Story = Story {
    name: "abandoned",
    summary: "The provider falls silent; a stranger ends it, and the whole bond goes to the renter",
    ends: EndReason::Abandoned,
    opening: Opening { payer: Renter, gpus: 2, hours: 24, paid_hours: 24 },
    actions: &[
        Start,
        Agree { hour: 1, missing: 0 },
        Claim { hour: 2, missing: 0 },
        Wait(Until::HeartbeatMissed),
        Expire,
        Settle,
        Close,
    ],
};

impl Opening {
    /// Who signs it, first who pays the network for it.
    pub(crate) const fn signers(&self) -> &'static [Party] {
        match self.payer {
            Sponsor => &[Renter, Sponsor],
            _ => &[Renter],
        }
    }
}

impl Action {
    /// Who signs it, first who pays the network for it.
    pub(crate) const fn signers(&self) -> &'static [Party] {
        use Party::{Arbiter, Provider};
        match self {
            TopUp { funder: Sponsor, .. } => &[Sponsor],
            TopUp { .. } | Extend { .. } | Dispute { .. } => &[Renter],
            Start => &[Provider],
            Grow { .. } => &[Renter, Provider],
            Resolve { .. } => &[Arbiter],
            Agree { .. } | Claim { .. } | Expire | ReleaseGpus | Settle | Wait(_) | Close => &[Operator],
        }
    }
}
