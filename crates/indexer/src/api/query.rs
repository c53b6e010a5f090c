//! What each route can be asked.

use serde::Deserialize;
use utoipa::IntoParams;

use super::param::{After, EventId, Format, InstructionName, Items, Key, States, Words};
use crate::ask::{EventFilter, LeaseFilter, OfferFilter, OfferOrder, Span};
use crate::views::{Commitment, Signed64, Unsigned64};

/// What a list is asked in any case.
pub trait Lists {
    /// Most items; `None` where a list comes whole.
    fn limit(&self) -> Option<u32>;
    /// Which page.
    fn after(&self) -> Option<&str>;
    /// In which form.
    fn format(&self) -> Option<Format>;
}

/// A list in pages, with what it can be asked besides.
macro_rules! paged {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $field:ident: $type:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, Deserialize, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $($(#[$about])* pub $field: Option<$type>,)*
            /// Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
            #[param(value_type = Option<u32>, minimum = 1, maximum = 5000, example = 50)]
            pub limit: Option<Items>,
            /// What the page before named as `next`.
            #[param(inline)]
            pub after: Option<After>,
            /// In which form; `Accept: text/csv` says the same.
            #[param(inline)]
            pub format: Option<Format>,
        }

        impl Lists for $name {
            fn limit(&self) -> Option<u32> {
                self.limit.map(|Items(items)| items)
            }

            fn after(&self) -> Option<&str> {
                self.after.as_ref().map(|After(after)| after.as_str())
            }

            fn format(&self) -> Option<Format> {
                self.format
            }
        }
    };
}

/// A list that comes whole.
macro_rules! whole {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $field:ident: $type:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, Deserialize, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $($(#[$about])* pub $field: Option<$type>,)*
            /// In which form; `Accept: text/csv` says the same.
            #[param(inline)]
            pub format: Option<Format>,
        }

        impl Lists for $name {
            fn limit(&self) -> Option<u32> {
                None
            }

            fn after(&self) -> Option<&str> {
                None
            }

            fn format(&self) -> Option<Format> {
                self.format
            }
        }
    };
}

paged!(
    /// A list.
    ListQuery {}
);

paged!(
    /// Which offers, in which order.
    OfferQuery {
        /// Of this model, letters of either case.
        #[param(inline)]
        gpu_model: Words,
        /// In this region.
        #[param(inline)]
        region: Words,
        /// With this much memory at least, GiB.
        #[param(maximum = 4294967295u32)]
        min_memory_gib: u32,
        /// With so many free GPUs at least.
        #[param(maximum = 4294967295u32)]
        min_free: u32,
        /// In this mint.
        #[param(inline)]
        mint: Key,
        /// Of at most so much a GPU-hour, base units. Takes a mint.
        #[param(inline)]
        max_price: Unsigned64,
        /// Of this provider's account.
        #[param(inline)]
        provider: Key,
        /// Takes leases as short, or as long, as this: seconds.
        #[param(maximum = 4294967295u32)]
        duration: u32,
        /// `true`: only those that a lease can be opened on. `false`: only others.
        open: bool,
        /// With these words in model or region.
        #[param(inline)]
        text: Words,
        /// In which order; `price` if it is not said.
        #[param(inline)]
        order: OfferOrder,
    }
);

paged!(
    /// Which leases; the newest come first.
    LeaseQuery {
        /// In which this wallet is renter or payer, or this provider's account or its wallet provides.
        #[param(inline)]
        party: Key,
        /// Of this renter or payer.
        #[param(inline)]
        renter: Key,
        /// Of this provider's account.
        #[param(inline)]
        provider: Key,
        /// On this offer.
        #[param(inline)]
        offer: Key,
        /// In one of these states, with commas between them.
        #[param(value_type = Option<Vec<crate::views::LeaseState>>, style = Form, explode = false)]
        state: States,
        /// Opened at this moment or later, unix seconds.
        #[param(inline)]
        opened_from: Signed64,
        /// Opened before this moment.
        #[param(inline)]
        opened_before: Signed64,
    }
);

paged!(
    /// Which movements; the newest come first.
    MovementQuery {
        /// From this moment on, unix seconds.
        #[param(inline)]
        from: Signed64,
        /// Before this moment.
        #[param(inline)]
        before: Signed64,
    }
);

paged!(
    /// Which leases' receipts; those of the newest come first.
    ReceiptsQuery {
        /// Of leases that were opened at this moment or later, unix seconds.
        #[param(inline)]
        opened_from: Signed64,
        /// Of leases that were opened before this moment.
        #[param(inline)]
        opened_before: Signed64,
    }
);

paged!(
    /// Which events; the newest come first.
    EventQuery {
        /// That name this address: a wallet, a lease, an offer, a provider, a proposal.
        #[param(inline)]
        about: Key,
        /// Of this life of a lease; takes `about`.
        #[param(inline)]
        opened_slot: Unsigned64,
        /// Of this instruction.
        #[param(inline)]
        instruction: InstructionName,
    }
);

paged!(
    /// Whose token accounts.
    BalanceQuery {
        /// Of this lease, lock, provider or mint policy.
        #[param(inline)]
        of: Key,
    }
);

whole!(
    /// A list.
    WholeQuery {}
);

whole!(
    /// Whose receipt.
    ReceiptQuery {
        /// The wallet that `change` is about; the payer's if it is not said.
        #[param(inline)]
        wallet: Key,
    }
);

whole!(
    /// Which days: up to 400, the last ones if it is not said.
    DaysQuery {
        /// From this moment on, unix seconds.
        #[param(inline)]
        from: Signed64,
        /// Before this moment.
        #[param(inline)]
        before: Signed64,
    }
);

whole!(
    /// Which days of a model: up to 400, the last ones if it is not said.
    PriceQuery {
        /// In this mint.
        #[param(inline)]
        mint: Key,
        /// From this moment on, unix seconds.
        #[param(inline)]
        from: Signed64,
        /// Before this moment.
        #[param(inline)]
        before: Signed64,
    }
);

/// Nothing can be asked.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

/// Which events are told as they come.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    /// How settled they are at least; `finalized` if it is not said.
    #[param(inline)]
    pub commitment: Option<Commitment>,
    /// Only those that name this address.
    #[param(inline)]
    pub about: Option<Key>,
    /// Those after this one, for who cannot send `Last-Event-ID`.
    #[param(inline)]
    pub after: Option<EventId>,
}

impl From<&OfferQuery> for OfferFilter {
    fn from(query: &OfferQuery) -> Self {
        let words = |words: &Option<Words>| words.as_ref().map(|Words(words)| words.clone());
        Self {
            gpu_model: words(&query.gpu_model),
            region: words(&query.region),
            min_memory_gib: query.min_memory_gib,
            min_free: query.min_free,
            mint: address(query.mint.as_ref()),
            max_price: query.max_price.map(|Unsigned64(price)| price),
            provider: address(query.provider.as_ref()),
            duration: query.duration,
            open: query.open,
            text: words(&query.text),
        }
    }
}

impl From<&LeaseQuery> for LeaseFilter {
    fn from(query: &LeaseQuery) -> Self {
        Self {
            party: address(query.party.as_ref()),
            renter: address(query.renter.as_ref()),
            provider: address(query.provider.as_ref()),
            offer: address(query.offer.as_ref()),
            states: query.state.clone().unwrap_or_default().0,
            opened_from: moment(query.opened_from),
            opened_before: moment(query.opened_before),
        }
    }
}

impl From<&EventQuery> for EventFilter {
    fn from(query: &EventQuery) -> Self {
        Self {
            about: address(query.about.as_ref()),
            opened_slot: query.opened_slot.map(|Unsigned64(slot)| slot),
            instruction: query.instruction.as_ref().map(|InstructionName(name)| name.clone()),
        }
    }
}

impl From<&MovementQuery> for Span {
    fn from(query: &MovementQuery) -> Self {
        Self { from: moment(query.from), before: moment(query.before) }
    }
}

/// The address that was asked for.
pub fn address(key: Option<&Key>) -> Option<solana_address::Address> {
    key.map(|Key(address)| *address)
}

/// The moment that was asked for.
pub fn moment(moment: Option<Signed64>) -> Option<i64> {
    moment.map(|Signed64(seconds)| seconds)
}
