//! Whether a moment counts as delivered, and if not, why.

use gpu_lease_client::evidence::Cause;

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
    /// Xids that the driver has logged about it since the lease began.
    pub xids: Vec<u32>,
    /// Whether the driver says that it has to be reset, drained or the machine rebooted.
    pub needs_recovery: bool,
    /// Millijoules that it has used since the driver was loaded, if it counts them.
    pub energy: Option<u64>,
}

impl CardReading {
    /// A card with nothing wrong.
    pub const SOUND: Self = Self { answers: true, xids: Vec::new(), needs_recovery: false, energy: None };
}

/// Xids that are the hardware's, each with NVIDIA's name for it. What a tenant's own program causes (13, 31, 43, 45 and
/// the like) is not among them: it would otherwise earn an SLA credit by crashing.
/// Source: <https://docs.nvidia.com/deploy/xid-errors/>.
pub const HARDWARE_XIDS: [(u32, &str); 10] = [
    (48, "double bit ECC error"),
    (63, "ECC page retirement or row remapping recorded"),
    (64, "ECC page retirement or row remapping failed"),
    (74, "NVLink error"),
    (79, "the GPU has fallen off the bus"),
    (92, "high single-bit ECC error rate"),
    (94, "contained ECC error"),
    (95, "uncontained ECC error"),
    (119, "GSP RPC timeout"),
    (120, "GSP error"),
];

impl Reading {
    /// Why this moment does not count, if it does not. All cards or none.
    ///
    /// The helper is not asked: the tenant is root beside it, and could silence it to be credited.
    pub fn cause(&self) -> Option<Cause> {
        match self.container {
            None => return Some(Cause::Engine),
            Some(Container::Absent) => return Some(Cause::Container),
            Some(Container::Ended | Container::Running) => {}
        }
        if !self.network {
            return Some(Cause::Network);
        }
        if !self.gateway {
            return Some(Cause::Gateway);
        }
        let is_faulty = |card: &CardReading| {
            card.needs_recovery
                || card.xids.iter().any(|xid| HARDWARE_XIDS.iter().any(|(fault, _)| fault == xid))
        };
        if self.cards.iter().any(|card| !card.answers) {
            return Some(Cause::CardSilent);
        }
        self.cards.iter().any(is_faulty).then_some(Cause::CardFault)
    }
}

#[cfg(test)]
mod tests {
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
        let cases: [(Change, Cause); 7] = [
            (|it| it.container = None, Cause::Engine),
            (|it| it.container = Some(Container::Absent), Cause::Container),
            (|it| it.gateway = false, Cause::Gateway),
            (|it| it.network = false, Cause::Network),
            (|it| it.cards[7].answers = false, Cause::CardSilent),
            (|it| it.cards[3].xids = vec![79], Cause::CardFault),
            (|it| it.cards[0].needs_recovery = true, Cause::CardFault),
        ];
        for (change, cause) in cases {
            let mut reading = sound(8);
            change(&mut reading);
            assert_eq!(reading.cause(), Some(cause));
        }
    }

    #[test]
    fn what_a_tenant_does_to_its_own_container_counts_as_delivered() {
        let mut reading = sound(1);
        reading.container = Some(Container::Ended);
        assert_eq!(reading.cause(), None);
        for xid in [13, 31, 43, 45] {
            reading.cards[0].xids = vec![xid];
            assert_eq!(reading.cause(), None, "{xid}");
        }
    }
}
