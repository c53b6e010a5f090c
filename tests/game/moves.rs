/// What is done in a game. Figures are absolute, so that a history can be cut and played again; what the program
/// refuses changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// So many seconds pass. The honest parties do what they have to do within them in the last second for it.
    Wait(i64),
    /// The cluster halts; its clock jumps by so many seconds.
    Halt(i64),
    /// The honest parties act sooner than they have to.
    HonestAct,
    /// Anybody pays so many base units in.
    TopUp(u64),
    /// A stranger sends so many base units to the vault.
    Dust(u64),
    /// Anybody settles.
    Settle,
    /// Anybody releases GPUs that are not needed.
    Release,
    /// Anybody closes.
    Close,
    /// The renter's side, or else a stranger, ends the lease of a silent provider.
    Expire {
        /// By the renter's side.
        is_by_renter: bool,
    },
    /// Anybody ends a dispute that the arbiter is too late for.
    Timeout,
    /// The renter gives notice.
    RenterLeaves,
    /// The provider gives notice, or leaves.
    ProviderLeaves,
    /// The renter asks for so many seconds in all.
    Extend(u32),
    /// The renter asks for so many GPUs; an honest party agrees to grow while all is well.
    Resize(u32),
    /// A renter admits so many units.
    Dispute(u64),
    /// The provider's attestor states so many units until a moment.
    State {
        /// End of the window.
        window_end: i64,
        /// Units in all.
        units: u64,
    },
    /// An honest provider signs what it has delivered and hands it over to be co-signed; nothing lands yet.
    HandOver,
    /// A statement that was signed before lands, or lands again.
    Land {
        number: usize,
        /// With the renter's signature.
        is_co_signed: bool,
    },
    /// From now on the provider delivers so many quarters of the capacity.
    Deliver(u64),
    /// The stolen operator leaves where no notice is owed.
    OperatorLeaves,
    /// The stolen operator agrees to so many GPUs, which the provider knows nothing of.
    OperatorGrows(u32),
    /// The stolen operator and the renter close.
    OperatorCloses,
    /// The stolen session key gives notice.
    KeyLeaves,
    /// The stolen session key admits so many units; the thief pays the stake.
    KeyDisputes(u64),
}
