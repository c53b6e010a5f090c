//! What happens to the leases of the month.

use std::ops::Range;

/// Seconds between two looks at everything.
pub const TICK: i64 = 600;

pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;

/// How a provider claims more than it has delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// What its guard has to let mature, less so many GPU-seconds. It knows the guard's record.
    BelowLimit(u64),
    /// So many more than that.
    AboveLimit(u64),
    /// That its machine was never gone.
    NeverGone,
    /// The same, in the last minute in which a statement can land.
    LastMoment,
    /// The same, while its guard does not run.
    WhileDead,
    /// The same, while its guard has no node.
    WhileSilent,
    /// The same, and then a GPU-second more at every look.
    Flood,
}

/// What a party does.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Both want so many GPUs.
    Resizes(u32),
    /// The renter gives notice.
    RenterLeaves,
    /// The provider gives notice.
    ProviderLeaves,
    /// The provider switches everything off and is not heard of again.
    Vanishes,
    /// The renter co-signs by itself what its guard does not.
    Forgives,
}

/// A lease. Seconds count from its start.
#[derive(Clone, Debug)]
pub struct Story {
    pub name: &'static str,
    pub gpus: u32,
    /// When nobody reaches the machine.
    pub gone: Vec<Range<i64>>,
    /// When it has other cards.
    pub swapped: Range<i64>,
    /// When only the guard does not reach it.
    pub line_cut: Range<i64>,
    pub acts: Vec<(i64, Act)>,
    pub lie: Option<Lie>,
    /// Days of the month that its renter has paid for at the beginning.
    pub paid: i64,
    /// From when on the guard is gone for good: then there is a standby.
    pub guard_dies: Option<i64>,
    pub is_never_started: bool,
}

impl Story {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            gpus: 2,
            gone: Vec::new(),
            swapped: 0..0,
            line_cut: 0..0,
            acts: Vec::new(),
            lie: None,
            paid: 30,
            guard_dies: None,
            is_never_started: false,
        }
    }

    fn gone(mut self, from: i64, seconds: i64) -> Self {
        self.gone.push(from..from + seconds);
        self
    }

    fn then(mut self, at: i64, act: Act) -> Self {
        self.acts.push((at, act));
        self
    }

    /// Its machine is gone for three hours, and its provider claims otherwise.
    fn lying(name: &'static str, lie: Lie) -> Self {
        Self::lying_from(3 * DAY + 2 * HOUR + 17, 3 * HOUR, name, lie)
    }

    /// The same, from then on and for so long.
    fn lying_from(from: i64, seconds: i64, name: &'static str, lie: Lie) -> Self {
        Self { lie: Some(lie), ..Self::new(name).gone(from, seconds) }
    }

    /// Whether its provider is disputed.
    pub fn is_disputed(&self) -> bool {
        self.lie.is_some_and(|lie| !matches!(lie, Lie::BelowLimit(_)))
    }

    /// Whether the machine has the cards that the renter pays for, and the renter reaches them.
    pub fn is_delivered(&self, after: i64) -> bool {
        !self.is_gone(after) && !self.swapped.contains(&after)
    }

    pub fn is_gone(&self, after: i64) -> bool {
        self.gone.iter().any(|gone| gone.contains(&after))
    }
}

/// What goes wrong for all guards at once, seconds after the start.
pub struct Weather {
    /// The guards' host has no network.
    pub cut_off: Range<i64>,
    /// They were killed, and come back with what is on their disk.
    pub dead: Range<i64>,
    /// No node answers them.
    pub silent: Range<i64>,
    /// The second node is hours behind.
    pub behind: Range<i64>,
}

pub const WEATHER: Weather = Weather {
    cut_off: 5 * DAY + 40..5 * DAY + 3 * HOUR,
    dead: 9 * DAY + 100..9 * DAY + 10 * HOUR,
    silent: 13 * DAY..13 * DAY + 8 * HOUR,
    behind: 16 * DAY..16 * DAY + 6 * HOUR,
};

/// What happens to one lease each.
pub fn month() -> Vec<Story> {
    let dead = WEATHER.dead.start;
    let silent = WEATHER.silent.start;
    let flaps = (0..20).fold(Story::new("three minutes of every hour"), |story, hour| {
        story.gone(4 * DAY + hour * HOUR, 180)
    });
    vec![
        Story::new("nothing"),
        Story::new("the machine is down for an hour").gone(2 * DAY + 123, HOUR).gone(20 * DAY + 456, HOUR),
        Story::new("its network is cut for a night").gone(7 * DAY + 789, 9 * HOUR),
        flaps,
        Story::new("it is down while the guard is cut off")
            .gone(WEATHER.cut_off.start - 900, 3 * HOUR)
            .gone(WEATHER.dead.end - HOUR, 2 * HOUR),
        Story::new("it shrinks, and is down").then(6 * DAY, Act::Resizes(1)).gone(8 * DAY + 5, 2 * HOUR),
        Story::new("it grows, and is down").then(6 * DAY, Act::Resizes(5)).gone(8 * DAY + 5, 2 * HOUR),
        Story { paid: 3, ..Story::new("paid for three days, and topped up").gone(10 * DAY + 9, HOUR) },
        Story { paid: 2, ..Story::new("its renter gives notice").then(11 * DAY, Act::RenterLeaves) },
        Story::new("its provider gives notice").then(14 * DAY, Act::ProviderLeaves),
        Story::new("its provider vanishes").then(12 * DAY + TICK, Act::Vanishes),
        Story { is_never_started: true, ..Story::new("never started") },
        Story {
            line_cut: 3 * DAY + 2 * HOUR..3 * DAY + 5 * HOUR,
            ..Story::new("only the guard does not reach it, and the renter signs")
                .then(3 * DAY + 7 * HOUR, Act::Forgives)
        },
        Story::lying("claims what the guard must let mature", Lie::BelowLimit(0)),
        Story::lying("claims a second less", Lie::BelowLimit(1)),
        Story::lying("claims a second more", Lie::AboveLimit(1)),
        Story::lying("claims at the last moment", Lie::LastMoment),
        Story::lying("floods with claims", Lie::Flood),
        Story::lying_from(dead - 5 * HOUR, 6 * HOUR, "claims while the guard is dead", Lie::WhileDead),
        Story {
            guard_dies: Some(silent),
            ..Story::lying_from(
                silent - 5 * HOUR,
                6 * HOUR,
                "claims while no node answers, and the guard stays dead",
                Lie::WhileSilent,
            )
        },
        Story {
            lie: Some(Lie::NeverGone),
            swapped: 5 * DAY + 8 * HOUR..6 * DAY,
            ..Story::new("swaps its cards")
        },
    ]
}
