//! Whether a card answers, by what was heard of it and when.

use std::time::{Duration, Instant};

use super::kmsg::Pci;
use super::nvml::Sample;

/// How long a card may be silent. It is read each second; a driver that is busy may miss two of them, and a tenant that keeps it
/// busy gains nothing by that.
pub const DEADLINE: Duration = Duration::from_secs(3);

/// What was heard of a card.
#[derive(Debug, Default)]
pub struct Watch {
    newest: Option<(Instant, Sample)>,
    /// When it answered again, after it had been silent.
    again: Option<Instant>,
    /// Whether it was said to be lost after that.
    is_lost: bool,
}

impl Watch {
    /// It was read.
    pub fn heard(&mut self, at: Instant, sample: Sample) {
        let was_silent = |(before, _): &(Instant, Sample)| at.duration_since(*before) > DEADLINE;
        if self.is_lost || self.newest.as_ref().is_some_and(was_silent) {
            self.again = Some(at);
        }
        self.is_lost = false;
        self.newest = Some((at, sample));
    }

    /// It is not there, or another is in its place.
    pub fn lost(&mut self) {
        self.is_lost = true;
    }

    /// Where it was when it was last read.
    pub fn pci(&self) -> Option<Pci> {
        self.newest.as_ref().map(|(_, sample)| sample.pci)
    }

    /// What was last read; `None` while it does not answer.
    ///
    /// That it fell silent is seen when the deadline has passed, and until then it passed for a card that answers. So one that
    /// answers again passes for a silent one for as long: in all no more is counted than it answered.
    pub fn sample(&self, now: Instant) -> Option<&Sample> {
        let (at, sample) = self.newest.as_ref()?;
        let is_silent = self.is_lost || now.duration_since(*at) > DEADLINE;
        let is_back = self.again.is_none_or(|again| now.duration_since(again) >= DEADLINE);
        (!is_silent && is_back).then_some(sample)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SAMPLE: Sample =
        Sample { pci: Pci { domain: 0, bus: 1, device: 0 }, recovery: 0, is_divided: false, energy: None };

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_card_answers_until_the_deadline_and_after_a_silence_only_when_it_has_answered_as_long() {
        let (mut watch, start) = (Watch::default(), Instant::now());
        assert_eq!(watch.sample(start), None);
        watch.heard(start, SAMPLE);
        assert!(watch.sample(start).is_some());
        assert!(watch.sample(start + DEADLINE).is_some());
        assert!(watch.sample(start + DEADLINE + Duration::from_millis(1)).is_none());
        let again = start + 10 * SECOND;
        for second in 0..3 {
            assert!(watch.sample(again + second * SECOND).is_none());
            watch.heard(again + second * SECOND, SAMPLE);
        }
        assert!(watch.sample(again + 3 * SECOND).is_some());
    }

    #[test]
    fn a_card_that_is_said_to_be_lost_is_silent_at_once() {
        let (mut watch, start) = (Watch::default(), Instant::now());
        watch.heard(start, SAMPLE);
        watch.lost();
        assert!(watch.sample(start).is_none());
        watch.heard(start + SECOND, SAMPLE);
        assert!(watch.sample(start + SECOND).is_none());
    }

    /// What becomes of a card for a while.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum State {
        Well,
        Hangs,
        Lost,
    }

    /// A driver that answers within the deadline is slow, and does not hang.
    fn phase() -> impl Strategy<Value = (State, u64)> {
        prop_oneof![
            (Just(State::Well), 1..20_000u64),
            (prop::sample::select(vec![State::Hangs, State::Lost]), 4_000..20_000u64),
        ]
    }

    fn state(phases: &[(State, u64)], mut ms: u64) -> State {
        for (state, lasts) in phases {
            if ms < *lasts {
                return *state;
            }
            ms -= lasts;
        }
        State::Lost
    }

    proptest! {
        #[test]
        fn no_more_is_counted_than_a_card_answered(
            phases in prop::collection::vec(phase(), 1..20),
            delay in 0..900u64,
            offset in 0..1_000u64,
        ) {
            let start = Instant::now();
            let at = |ms| start + Duration::from_millis(ms);
            let until: u64 = phases.iter().map(|(_, lasts)| lasts).sum();
            let mut watch = Watch::default();
            let (mut counted, mut before) = (0, None);
            for ms in 0..until {
                // The sampler asks each second, and what it is told comes a little later.
                if ms % 1_000 == delay && ms >= delay {
                    match state(&phases, ms - delay) {
                        State::Well => watch.heard(at(ms), SAMPLE),
                        State::Hangs => {}
                        State::Lost => watch.lost(),
                    }
                }
                // The meter counts what is between two good samples.
                if ms % 1_000 == offset {
                    let is_good = watch.sample(at(ms)).is_some();
                    if is_good && before == Some(true) {
                        counted += 1_000;
                    }
                    before = Some(is_good);
                }
            }
            let answered: u64 = phases.iter().filter(|(state, _)| *state == State::Well).map(|(_, lasts)| lasts).sum();
            // A silence that does not end is seen when the deadline has passed, and nothing comes after it.
            prop_assert!(counted <= answered + 3_000 + 1_000, "{counted} of {answered}");
            if phases.last().is_some_and(|(state, lasts)| *state == State::Well && *lasts >= 5_000) {
                prop_assert!(counted <= answered, "{counted} of {answered}");
            }
        }
    }
}
