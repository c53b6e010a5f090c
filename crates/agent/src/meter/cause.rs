//! Whether a moment counts as delivered, and if not, why.

use gpu_lease_client::evidence::Cause;

use super::xid::{self, Meaning};

/// What was read of a lease at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Its container; `None` where the engine did not answer.
    pub container: Option<Container>,
    /// Whether the gateway accepts connections.
    pub gateway: bool,
    /// Whether the machine reaches its network.
    pub network: bool,
    /// Its cards.
    pub cards: Vec<CardReading>,
}

/// What the engine says about a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// There is none.
    Absent,
    /// It does not run. This agent stops none that should run: its tenant ended it, and it is started again.
    Ended,
    /// It runs.
    Running,
}

/// What was read of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardReading {
    /// Whether it answers by its UUID.
    pub answers: bool,
    /// Xids that the driver has logged about it and that still say something: [faults](Meaning::Fault) since it was last found
    /// well, others of the last seconds.
    pub xids: Vec<u32>,
    /// Whether the driver says that it has to be reset, drained or the machine rebooted.
    pub needs_recovery: bool,
    /// Whether it is divided into instances (MIG), and nobody gets all of it.
    pub is_divided: bool,
    /// Whether it is kept out of use: after a lease it could not be wiped, or was found ill. No lease has it.
    pub is_withheld: bool,
    /// Millijoules that it has used since the driver was loaded, if it counts them.
    pub energy: Option<u64>,
}

impl CardReading {
    /// A card with nothing wrong.
    pub const SOUND: Self = Self {
        answers: true,
        xids: Vec::new(),
        needs_recovery: false,
        is_divided: false,
        is_withheld: false,
        energy: None,
    };

    /// Whether its hardware, or its driver, keeps a renter from it.
    fn is_faulty(&self) -> bool {
        let is_fault = |xid: &u32| matches!(xid::meaning(*xid), Some(Meaning::Fault | Meaning::Hit));
        self.needs_recovery || self.is_divided || self.xids.iter().any(is_fault)
    }

    /// Whether it can be given to a lease.
    pub fn is_sound(&self) -> bool {
        self.answers && !self.is_faulty() && !self.is_withheld
    }
}

impl Reading {
    /// What there is to say about this moment; `None` if it was delivered and nothing happened. All cards or none, and what is
    /// the provider's goes before what is the tenant's.
    ///
    /// The helper is not asked: the tenant is root beside it, and could silence it to be credited.
    pub fn cause(&self) -> Option<Cause> {
        let is_program = |xid: &u32| xid::meaning(*xid) == Some(Meaning::Program);
        let causes = [
            (self.container.is_none(), Cause::Engine),
            (self.container == Some(Container::Absent), Cause::Container),
            (!self.network, Cause::Network),
            (!self.gateway, Cause::Gateway),
            (self.cards.iter().any(|card| !card.answers), Cause::CardSilent),
            (self.cards.iter().any(CardReading::is_faulty), Cause::CardFault),
            (self.container == Some(Container::Ended), Cause::Ended),
            (self.cards.iter().any(|card| card.xids.iter().any(is_program)), Cause::Program),
        ];
        causes.into_iter().find_map(|(is, cause)| is.then_some(cause))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sound(cards: usize) -> Reading {
        Reading {
            container: Some(Container::Running),
            gateway: true,
            network: true,
            cards: vec![CardReading::SOUND; cards],
        }
    }

    #[test]
    fn a_moment_counts_when_nothing_of_the_providers_is_in_the_way() {
        assert_eq!(sound(8).cause(), None);
    }

    #[test]
    fn each_part_of_the_providers_side_stops_the_count_by_itself() {
        type Change = fn(&mut Reading);
        let cases: [(Change, Cause); 9] = [
            (|it| it.container = None, Cause::Engine),
            (|it| it.container = Some(Container::Absent), Cause::Container),
            (|it| it.gateway = false, Cause::Gateway),
            (|it| it.network = false, Cause::Network),
            (|it| it.cards[7].answers = false, Cause::CardSilent),
            (|it| it.cards[3].xids = vec![79], Cause::CardFault),
            (|it| it.cards[5].xids = vec![94], Cause::CardFault),
            (|it| it.cards[0].needs_recovery = true, Cause::CardFault),
            (|it| it.cards[1].is_divided = true, Cause::CardFault),
        ];
        for (change, cause) in cases {
            let mut reading = sound(8);
            change(&mut reading);
            assert_eq!(reading.cause(), Some(cause));
        }
    }

    #[test]
    fn what_a_tenant_does_has_a_cause_of_its_own() {
        let mut reading = sound(1);
        reading.cards[0].xids = vec![31];
        assert_eq!(reading.cause(), Some(Cause::Program));
        reading.container = Some(Container::Ended);
        assert_eq!(reading.cause(), Some(Cause::Ended));
        // A card that was ill before goes first.
        reading.cards[0].xids = vec![31, 79];
        assert_eq!(reading.cause(), Some(Cause::CardFault));
    }

    #[test]
    fn a_card_with_a_programs_error_is_sound_and_one_that_is_withheld_is_not() {
        let card = |xid| CardReading { xids: vec![xid], energy: Some(1), ..CardReading::SOUND };
        assert!(card(13).is_sound() && card(63).is_sound());
        assert!(!card(79).is_sound());
        assert!(!CardReading { is_withheld: true, ..CardReading::SOUND }.is_sound());
        assert!(!CardReading { is_divided: true, ..CardReading::SOUND }.is_sound());
    }

    fn card() -> impl Strategy<Value = CardReading> {
        let xids = prop::collection::vec(prop_oneof![0..200u32, prop::sample::select(TENANTS)], 0..3);
        (any::<bool>(), xids, any::<bool>(), any::<bool>()).prop_map(
            |(answers, xids, needs_recovery, is_divided)| CardReading {
                answers,
                xids,
                needs_recovery,
                is_divided,
                ..CardReading::SOUND
            },
        )
    }

    fn reading() -> impl Strategy<Value = Reading> {
        let container = prop::option::of(prop::sample::select(vec![
            Container::Absent,
            Container::Ended,
            Container::Running,
        ]));
        (container, any::<bool>(), any::<bool>(), prop::collection::vec(card(), 1..9))
            .prop_map(|(container, gateway, network, cards)| Reading { container, gateway, network, cards })
    }

    /// What a tenant can provoke.
    const TENANTS: &[u32] = &[8, 13, 31, 43, 45, 69, 109];

    fn counts(reading: &Reading) -> bool {
        reading.cause().is_none_or(Cause::is_tenants)
    }

    proptest! {
        #[test]
        fn a_tenant_that_breaks_what_is_its_own_gains_nothing_and_hides_nothing(
            before in reading(),
            xid in prop::sample::select(TENANTS),
            card in any::<prop::sample::Index>(),
            ends in any::<bool>(),
        ) {
            let mut after = before.clone();
            let card = card.index(after.cards.len());
            after.cards[card].xids.push(xid);
            if ends && after.container == Some(Container::Running) {
                after.container = Some(Container::Ended);
            }
            prop_assert_eq!(counts(&before), counts(&after));
            // What is the provider's is said as before.
            prop_assert!(counts(&before) || before.cause() == after.cause());
        }
    }
}
