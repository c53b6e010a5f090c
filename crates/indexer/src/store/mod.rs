//! The record, in SQLite or PostgreSQL. All SQL is in here; the same text serves both.
//!
//! Integers of 64 bits without sign are kept as signed ones of the same order, see [`number`]. What was read is applied a
//! transaction at a time, with the cursor: whatever ends the process, the record is that of a moment.

#![allow(clippy::todo, clippy::unused_async, reason = "not written yet")]

use std::collections::HashMap;

use anyhow::Result;
use solana_address::Address;
use solana_signature::Signature;

use crate::ask::{EventFilter, LeaseFilter, OfferFilter, OfferOrder, Part, Span};
use crate::book::{Entry, LeaseLife, Page as Done};
use crate::observed::{Place, Transaction};
use crate::views;

/// The record.
#[derive(Clone)]
pub struct Store {}

/// How far the record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last transaction in it.
    pub place: Place,
    /// Its signature.
    pub signature: Signature,
}

/// A transaction with what it did and what the node said of it.
pub struct Applied<'a> {
    /// The transaction.
    pub transaction: &'a Transaction,
    /// What the node said, to be kept.
    pub raw: &'a [u8],
    /// What it did.
    pub done: &'a Done,
}

impl Store {
    /// Opens the record at `sqlite:PATH` or `postgres://…`, and brings its schema up to date. A record of another cluster
    /// or program is an error.
    pub async fn open(_url: &str, _genesis_hash: &[u8; 32]) -> Result<Self> {
        todo!()
    }

    // ----- writing -----

    /// How far it goes; `None` if nothing is in it.
    pub async fn cursor(&self) -> Result<Option<Cursor>> {
        todo!()
    }

    /// All accounts that exist, with which the book goes on.
    pub async fn entries(&self) -> Result<HashMap<Address, Entry>> {
        todo!()
    }

    /// Takes transactions in, in their order, all or none of them, and moves the cursor behind them. `others` are
    /// transactions that failed or only named the program.
    pub async fn apply(&self, _applied: &[Applied<'_>], _others: u64, _upto: Cursor) -> Result<()> {
        todo!()
    }

    // ----- reading: one function for each question of the API -----

    pub async fn progress(&self) -> Result<views::Progress> {
        todo!()
    }

    pub async fn offers(
        &self,
        _: &OfferFilter,
        _: OfferOrder,
        _: &Part,
    ) -> Result<views::Page<views::Offer>> {
        todo!()
    }

    pub async fn offer(&self, _: &Address) -> Result<Option<views::Offer>> {
        todo!()
    }

    pub async fn offer_versions(&self, _: &Address, _: &Part) -> Result<views::Page<views::OfferVersion>> {
        todo!()
    }

    pub async fn models(&self) -> Result<Vec<views::Model>> {
        todo!()
    }

    pub async fn prices(
        &self,
        _model: &str,
        _mint: Option<&Address>,
        _: Span,
    ) -> Result<Vec<views::PriceDay>> {
        todo!()
    }

    pub async fn leases(&self, _: &LeaseFilter, _: &Part) -> Result<views::Page<views::Lease>> {
        todo!()
    }

    /// Each lease that had this address, the newest first.
    pub async fn lives(&self, _: &Address) -> Result<Vec<views::Lease>> {
        todo!()
    }

    pub async fn lease(&self, _: LeaseLife) -> Result<Option<views::Lease>> {
        todo!()
    }

    pub async fn statements(&self, _: LeaseLife, _: &Part) -> Result<views::Page<views::Statement>> {
        todo!()
    }

    pub async fn movements_of_lease(&self, _: LeaseLife) -> Result<Vec<views::Movement>> {
        todo!()
    }

    /// What a wallet paid and got.
    pub async fn movements_of(
        &self,
        _wallet: &Address,
        _: Span,
        _: &Part,
    ) -> Result<views::Page<views::Movement>> {
        todo!()
    }

    /// What a wallet spent and earned, a day and a mint after the other.
    pub async fn wallet_days(&self, _wallet: &Address, _: Span) -> Result<Vec<views::WalletDay>> {
        todo!()
    }

    /// Digits behind the point of each mint that a transaction showed.
    pub async fn decimals(&self) -> Result<std::collections::BTreeMap<String, u8>> {
        todo!()
    }

    /// Events after a place, number `number` of the transaction there, the oldest first.
    pub async fn events_after(&self, _: Place, _number: u32, _limit: u32) -> Result<Vec<views::Event>> {
        todo!()
    }

    pub async fn events(&self, _: &EventFilter, _: &Part) -> Result<views::Page<views::Event>> {
        todo!()
    }

    pub async fn balances(&self, _of: Option<&Address>, _: &Part) -> Result<views::Page<views::Balance>> {
        todo!()
    }

    pub async fn providers(&self, _: &Part) -> Result<views::Page<views::Provider>> {
        todo!()
    }

    pub async fn provider(&self, _: &Address) -> Result<Option<views::Provider>> {
        todo!()
    }

    pub async fn provider_days(&self, _: &Address, _: Span) -> Result<Vec<views::ProviderDay>> {
        todo!()
    }

    pub async fn proposals(&self, _: &Part) -> Result<views::Page<views::Proposal>> {
        todo!()
    }

    pub async fn proposal(&self, _id: u64) -> Result<Option<views::Proposal>> {
        todo!()
    }

    pub async fn votes(&self, _proposal: u64, _: &Part) -> Result<views::Page<views::Vote>> {
        todo!()
    }

    pub async fn votes_of(&self, _wallet: &Address, _: &Part) -> Result<views::Page<views::Vote>> {
        todo!()
    }

    pub async fn fees(&self) -> Result<Vec<views::FeeChange>> {
        todo!()
    }

    pub async fn pauses(&self) -> Result<Vec<views::Pause>> {
        todo!()
    }

    pub async fn market(&self, _: Span) -> Result<Vec<views::MarketDay>> {
        todo!()
    }
}
