//! Lives of leases, each a list of what happens.

use crate::{
    FEE_BPS,
    Party::{self, Keeper, Operator, Provider, Renter, Sponsor},
};
use gpu_lease_client::state::EndReason;

/// A life of a lease.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    pub name: &'static str,
    /// What it is about, in one sentence.
    pub summary: &'static str,
    /// Whether the next epoch of fees begins before it.
    pub(crate) in_next_epoch: bool,
    /// The fee rate that the renter signs for, basis points.
    pub fee_bps: u16,
    /// Why the lease ends.
    pub ends: EndReason,
    /// How it begins.
    pub(crate) opening: Opening,
    /// What happens then, in order.
    pub(crate) actions: &'static [Action],
}

/// The renter asks for GPUs of an offer, and `payer` pays for the first hours of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub offer: usize,
    pub payer: Party,
    pub gpus: u32,
    pub hours: u32,
    pub paid_hours: u32,
}

/// Something that happens to a lease. Hours count from its start; what is missing are GPU-seconds that were
/// not delivered since then, of all that the GPUs could have delivered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    /// The provider, or its operator with a bond out of the bond account, starts it and publishes the credentials, which
    /// the renter reads.
    Start(Party),
    /// The operator moves it to another machine, and publishes other credentials, which the renter reads.
    Move,
    /// Provider and renter sign the usage of the first `hour` hours.
    Agree {
        hour: u32,
        missing: u64,
    },
    /// The provider alone signs it.
    Claim {
        hour: u32,
        missing: u64,
    },
    /// Someone pays for more.
    TopUp {
        funder: Party,
        gpu_hours: u32,
    },
    /// The renter lets it run for `hours` in all.
    Extend {
        hours: u32,
    },
    /// Renter and provider let it go on with more GPUs.
    Grow {
        gpus: u32,
    },
    /// The renter, for whom more is missing than the provider says, disputes the claim.
    Dispute {
        missing: u64,
    },
    /// The arbiter finds how much is missing.
    Resolve {
        missing: u64,
    },
    /// The renter ends the lease of a silent provider.
    Expire,
    /// Anyone gives the GPUs of a lease that is over back to the offer.
    ReleaseGpus,
    /// Anyone lets the provider be paid what is due.
    Settle,
    Wait(Until),
    /// Anyone closes it.
    Close,
    /// Meanwhile there are votes.
    Meanwhile(&'static [Act]),
}

/// Something that happens in a vote. What it waits for has happened before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// A holder locks all its tokens.
    Lock(Party),
    /// A holder lets another wallet vote with its lock, too.
    Entrust { owner: Party, to: Party },
    /// The holder proposes it.
    Propose(Motion),
    /// `voter` votes in the token house, with the lock of `owner`.
    Vote { on: Motion, voter: Party, owner: Party, is_for: bool },
    /// A party of leases votes in the participants' house.
    VoteAsPayer { on: Motion, payer: Party, is_for: bool },
    /// Anyone finalizes it, and the houses have decided so.
    Finalize(Motion, Decision),
    /// Anyone executes it.
    Execute(Motion),
    /// Anyone tries to, and is refused.
    ExecuteInVain(Motion),
}

/// What is voted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Motion {
    /// Another fee rate, basis points.
    SetFee(u16),
    /// All fees go to the treasury.
    Withdraw,
}

impl Motion {
    /// What is to be, in words.
    pub fn words(self) -> String {
        match self {
            Self::SetFee(fee_bps) => format!("a fee of {}", percent(fee_bps)),
            Self::Withdraw => "the withdrawal of all fees".to_owned(),
        }
    }
}

/// What the houses have decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Token holders have passed it, participants have not refused it.
    Passed,
    /// Token holders have passed it, participants have refused it.
    Refused,
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

use Act::*;
use Action::*;
use Decision::*;
use Motion::{SetFee, Withdraw};
use Party::{Delegate, Holder, OtherHolder};

/// The northern provider's offer of H100s, by the hour.
pub(crate) const H100: usize = 0;

/// The northern provider's offer of L40S, by the week.
pub(crate) const L40S: usize = 1;

/// In hour 4 one of the GPUs of [`DOWNTIME`] is out of order for a quarter of an hour.
const OUTAGE: u64 = 15 * 60;

/// The stories of the local market, in the order in which they are played.
pub const STORIES: [Story; 4] = [CLEAN, DOWNTIME, DISPUTED, ABANDONED];

/// Nothing is missing.
const CLEAN: Story = Story {
    name: "clean",
    summary: "It grows, runs longer than planned, and every second is delivered",
    in_next_epoch: false,
    fee_bps: FEE_BPS,
    ends: EndReason::Completed,
    opening: Opening { offer: H100, payer: Renter, gpus: 2, hours: 4, paid_hours: 4 },
    actions: &[
        Start(Provider),
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

/// A GPU fails for a while, and the bond answers for it. Somebody else pays for the renter, and the provider's operator
/// runs it.
const DOWNTIME: Story = Story {
    name: "downtime",
    summary: "A sponsor pays, an operator runs it; a GPU fails for a quarter of an hour, and the bond answers for it",
    in_next_epoch: false,
    fee_bps: FEE_BPS,
    ends: EndReason::Completed,
    opening: Opening { offer: H100, payer: Sponsor, gpus: 2, hours: 6, paid_hours: 4 },
    actions: &[
        Start(Operator),
        Agree { hour: 1, missing: 0 },
        Agree { hour: 2, missing: 0 },
        Settle,
        Claim { hour: 3, missing: 0 },
        TopUp { funder: Sponsor, gpu_hours: 5 },
        Claim { hour: 4, missing: OUTAGE },
        Move,
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
    in_next_epoch: false,
    fee_bps: FEE_BPS,
    ends: EndReason::Disputed,
    opening: Opening { offer: H100, payer: Renter, gpus: 4, hours: 12, paid_hours: 12 },
    actions: &[
        Start(Provider),
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
    summary: "The provider falls silent; the renter ends it, and the whole bond goes to the renter",
    in_next_epoch: false,
    fee_bps: FEE_BPS,
    ends: EndReason::Abandoned,
    opening: Opening { offer: H100, payer: Renter, gpus: 2, hours: 24, paid_hours: 24 },
    actions: &[
        Start(Provider),
        Agree { hour: 1, missing: 0 },
        Claim { hour: 2, missing: 0 },
        Wait(Until::HeartbeatMissed),
        Expire,
        Settle,
        Close,
    ],
};

/// The fee after the first rise, basis points.
const RAISED_BPS: u16 = 125;

/// A small rise of the fee.
const RISE: Motion = SetFee(RAISED_BPS);

/// As large a second one as can be proposed.
const SECOND_RISE: Motion = SetFee(RAISED_BPS + 50);

/// The stories around the votes of the local market, in the order in which they are played.
pub const VOTES: [Story; 4] = [SECOND_MONTH, THIRD_MONTH, BEFORE, AFTER];

/// Who pays has a say after three months of fees, as much as the smallest of them.
const SECOND_MONTH: Story = Story {
    name: "second month",
    summary: "Fees weigh that were paid in each of three months: it pays those of the second",
    ..MONTH
};

/// The third of three months.
const THIRD_MONTH: Story =
    Story { name: "third month", summary: "It pays the fees of the third month", ..MONTH };

/// A small lease in a month of its own.
const MONTH: Story = Story {
    name: "month",
    summary: "",
    in_next_epoch: true,
    fee_bps: FEE_BPS,
    ends: EndReason::Completed,
    opening: Opening { offer: L40S, payer: Renter, gpus: 1, hours: 8, paid_hours: 8 },
    actions: &[Start(Provider), Agree { hour: 8, missing: 0 }, Wait(Until::GraceIsOver), Close],
};

/// The fee rises in the middle of the lease. The delegate votes with tokens whose owner then overrules it.
const BEFORE: Story = Story {
    name: "before",
    summary: "It is opened before a vote that raises the fee, and keeps the fee that the renter signed for",
    in_next_epoch: true,
    fee_bps: FEE_BPS,
    ends: EndReason::Completed,
    opening: Opening { offer: L40S, payer: Renter, gpus: 2, hours: 240, paid_hours: 240 },
    actions: &[
        Start(Provider),
        Meanwhile(&[
            Lock(Holder),
            Lock(OtherHolder),
            Entrust { owner: OtherHolder, to: Delegate },
            Propose(RISE),
            Vote { on: RISE, voter: Holder, owner: Holder, is_for: true },
            Vote { on: RISE, voter: Delegate, owner: OtherHolder, is_for: true },
            Vote { on: RISE, voter: OtherHolder, owner: OtherHolder, is_for: false },
            VoteAsPayer { on: RISE, payer: Provider, is_for: true },
        ]),
        Agree { hour: 96, missing: 0 },
        Meanwhile(&[Finalize(RISE, Passed)]),
        Agree { hour: 192, missing: 0 },
        Settle,
        Meanwhile(&[Execute(RISE)]),
        Agree { hour: 240, missing: 0 },
        Settle,
        Wait(Until::GraceIsOver),
        Close,
    ],
};

/// The same lease again. The holders want more and go too far.
const AFTER: Story = Story {
    name: "after",
    summary: "It is opened after that vote and pays the new fee; those who pay refuse a second rise",
    in_next_epoch: false,
    fee_bps: RAISED_BPS,
    ends: EndReason::Completed,
    opening: Opening { offer: L40S, payer: Renter, gpus: 2, hours: 240, paid_hours: 240 },
    actions: &[
        Start(Provider),
        Meanwhile(&[
            Propose(SECOND_RISE),
            Propose(Withdraw),
            Vote { on: SECOND_RISE, voter: Holder, owner: Holder, is_for: true },
            Vote { on: SECOND_RISE, voter: Delegate, owner: OtherHolder, is_for: true },
            VoteAsPayer { on: SECOND_RISE, payer: Renter, is_for: false },
            VoteAsPayer { on: SECOND_RISE, payer: Provider, is_for: false },
            Vote { on: Withdraw, voter: Holder, owner: Holder, is_for: true },
        ]),
        Agree { hour: 96, missing: 0 },
        Meanwhile(&[Finalize(SECOND_RISE, Refused), Finalize(Withdraw, Passed)]),
        Agree { hour: 192, missing: 0 },
        Meanwhile(&[ExecuteInVain(SECOND_RISE)]),
        Agree { hour: 240, missing: 0 },
        Wait(Until::GraceIsOver),
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
        use Party::Arbiter;
        match self {
            TopUp { funder: Sponsor, .. } => &[Sponsor],
            TopUp { .. } | Extend { .. } | Dispute { .. } | Expire => &[Renter],
            Start(Operator) | Move => &[Operator],
            Start(_) => &[Provider],
            Grow { .. } => &[Renter, Provider],
            Resolve { .. } => &[Arbiter],
            Agree { .. } | Claim { .. } | ReleaseGpus | Settle | Wait(_) | Close | Meanwhile(_) => &[Keeper],
        }
    }
}

impl Act {
    /// Who signs it.
    pub(crate) const fn signer(&self) -> Party {
        match *self {
            Lock(owner) | Entrust { owner, .. } => owner,
            Propose(_) => Holder,
            Vote { voter, .. } => voter,
            VoteAsPayer { payer, .. } => payer,
            Finalize(..) | Execute(_) | ExecuteInVain(_) => Keeper,
        }
    }
}

/// A fee rate as people say it.
pub(crate) fn percent(bps: u16) -> String {
    let digits = format!("{}.{:02}", bps / 100, bps % 100);
    format!("{}%", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn rates_are_said_without_idle_zeros() {
        assert_eq!([0, 5, 100, 125, 150].map(percent), ["0%", "0.05%", "1%", "1.25%", "1.5%"]);
    }
}
