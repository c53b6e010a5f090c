//! The tables. Accounts of the program are kept as their bytes; columns beside them are what is asked for.

use anyhow::{Context, Result, bail};
use solana_address::Address;
use solana_signature::Signature;

use super::row::{Column, Row, Table, tables};
use super::sql::Value;

tables! {
    /// What this is a record of, and how far it goes. There is one.
    "record" RecordRow by 1 {
        id: i64,
        genesis_hash: [u8; 32],
        program: Address,
        /// The last transaction that was taken in, or passed over.
        slot: Option<u64>,
        number: Option<u32>,
        signature: Option<Signature>,
        /// Of the last transaction that was taken in.
        time: i64,
        transactions: u64,
        others: u64,
        is_complete: bool,
    }

    /// Transactions of the program. `pos` says where: slot and number in one.
    "transactions" TransactionRow by 1 {
        pos: i64,
        signature: Signature,
        time: i64,
        payer: Address,
        /// Whether it calls the program: one that only sent tokens to its accounts is in no list of its transactions.
        is_listed: bool,
        raw: Vec<u8>,
    }

    /// Accounts that exist, but for token accounts.
    "accounts" AccountRow by 1 {
        address: Address,
        data: Vec<u8>,
    }

    /// Token accounts of the program that exist.
    "vaults" VaultRow by 1 {
        account: Address,
        kind: String,
        belongs_to: Address,
        mint: Address,
        balance: u64,
    }

    /// Instructions. `content` is JSON, compressed.
    "events" EventRow by 2 {
        pos: i64,
        number: u32,
        instruction: String,
        signer: Option<Address>,
        lease: Option<Address>,
        opened_slot: Option<u64>,
        content: Vec<u8>,
    }

    /// Whom and what an instruction names.
    "event_abouts" EventAboutRow by 3 {
        about: Address,
        pos: i64,
        number: u32,
        instruction: String,
    }

    /// Usage that was stated.
    "statements" StatementRow by 4 {
        lease: Address,
        opened_slot: u64,
        pos: i64,
        number: u32,
        window_end: i64,
        gpu_seconds: u64,
        energy_wh: u64,
        evidence: [u8; 32],
        signers: Vec<u8>,
        is_co_signed: bool,
        counts: bool,
    }

    /// Tokens that entered or left a token account of the program.
    "movements" MovementRow by 2 {
        pos: i64,
        number: u32,
        time: i64,
        purpose: String,
        mint: Address,
        amount: u64,
        from_account: Option<Address>,
        from_owner: Option<Address>,
        to_account: Option<Address>,
        to_owner: Option<Address>,
        lease: Option<Address>,
        opened_slot: Option<u64>,
    }

    /// Whose tokens they were, or are.
    "movement_owners" MovementOwnerRow by 4 {
        owner: Address,
        time: i64,
        pos: i64,
        number: u32,
    }

    /// Leases, whether they run or are over.
    "leases" LeaseRow by 2 {
        lease: Address,
        opened_slot: u64,
        opened_at: i64,
        state: String,
        renter: Address,
        payer: Address,
        provider: Address,
        offer: Address,
        provider_authority: Option<Address>,
        /// All that it names or has named: for each there is a row in `lease_abouts`.
        abouts: Vec<u8>,
        gpu_model: String,
        region: String,
        is_own: bool,
        is_in_doubt: bool,
        is_dispute_lost: bool,
        closed_at: Option<i64>,
        payout: Option<u64>,
        fees: Option<u64>,
        bond: Option<u64>,
        credit: Option<u64>,
        refund: Option<u64>,
        promised: Option<u64>,
        account: Vec<u8>,
    }

    /// Whom and what a lease names.
    "lease_abouts" LeaseAboutRow by 4 {
        about: Address,
        opened_at: i64,
        opened_slot: u64,
        lease: Address,
        state: String,
    }

    /// Offers, whether they stand or were removed.
    "offers" OfferRow by 1 {
        offer: Address,
        created_at: Option<i64>,
        updated_at: Option<i64>,
        closed_at: Option<i64>,
        account: Vec<u8>,
    }

    /// Offers as they were for a while.
    "offer_versions" OfferVersionRow by 2 {
        offer: Address,
        pos: i64,
        is_removed: bool,
        account: Vec<u8>,
    }

    /// Mints of which something moved.
    "mints" MintRow by 1 {
        mint: Address,
        decimals: u32,
    }

    /// What is listed of a model in a mint, in open offers.
    "supplies" SupplyRow by 2 {
        gpu_model: String,
        mint: Address,
        offers: u64,
        gpus: u64,
        gpus_free: u64,
    }

    /// Days of a model in a mint on which something was rented or listed.
    "price_days" PriceDayRow by 3 {
        gpu_model: String,
        mint: Address,
        day: i64,
        low: Option<u64>,
        high: Option<u64>,
        /// Sum of prices, each as often as there were GPU-seconds at it.
        weighted: u128,
        gpu_seconds: u64,
        leases: u64,
        gpus: u64,
        gpus_free: u64,
    }

    /// Providers, and how they kept their word.
    "providers" ProviderRow by 1 {
        provider: Address,
        registered_at: Option<i64>,
        units_promised: u64,
        units_delivered: u64,
        leases: u32,
        abandoned: u32,
        disputes_lost: u32,
        leases_without_weight: u32,
        account: Vec<u8>,
    }

    /// The same, of the leases that were closed on a day.
    "provider_days" ProviderDayRow by 2 {
        provider: Address,
        day: i64,
        units_promised: u64,
        units_delivered: u64,
        leases: u32,
        abandoned: u32,
        disputes_lost: u32,
        leases_without_weight: u32,
    }

    /// Days of the market.
    "market_days" MarketDayRow by 1 {
        day: i64,
        opened: u64,
        closed: u64,
        disputes: u64,
        gpu_seconds: u64,
    }

    /// Money of such days.
    "mint_days" MintDayRow by 2 {
        day: i64,
        mint: Address,
        paid_in: u64,
        paid_out: u64,
        fees: u64,
        credits: u64,
        refunds: u64,
    }

    /// What a wallet paid and got on a day.
    "wallet_days" WalletDayRow by 3 {
        wallet: Address,
        day: i64,
        mint: Address,
        paid_in: u64,
        paid_back: u64,
        earned: u64,
        bonds_paid: u64,
        bonds_returned: u64,
    }

    /// Proposals.
    "proposals" ProposalRow by 1 {
        id: u64,
        proposal: Address,
        executed_pos: Option<i64>,
        account: Vec<u8>,
    }

    /// Votes, as they were changed last.
    "votes" VoteRow by 2 {
        proposal: Address,
        seat: Address,
        pos: i64,
        owner: Option<Address>,
        signer: Option<Address>,
        /// All whose vote it is or was: for each there is a row in `vote_wallets`.
        wallets: Vec<u8>,
        changes: u32,
        account: Vec<u8>,
    }

    /// Whose votes they are.
    "vote_wallets" VoteWalletRow by 3 {
        wallet: Address,
        proposal: Address,
        seat: Address,
        pos: i64,
    }

    /// Fees from then on.
    "fee_changes" FeeChangeRow by 2 {
        pos: i64,
        number: u32,
        from_bps: Option<u16>,
        to_bps: u16,
        proposal: Option<Address>,
    }

    /// Pauses, and, without an end, the moments in which one was ended early.
    "pauses" PauseRow by 2 {
        pos: i64,
        number: u32,
        time: i64,
        until: Option<i64>,
    }

    /// What the book could not explain.
    "doubts" DoubtRow by 3 {
        pos: i64,
        number: u32,
        account: Address,
        lease: Option<Address>,
        opened_slot: Option<u64>,
        reason: String,
        is_open: bool,
    }

    /// Up to where the chain was read, now and then. There is one.
    "reached" ReachedRow by 1 {
        id: i64,
        slot: u64,
    }

    /// Signatures that are to be taken in.
    "staged" StagedRow by 1 {
        signature: Signature,
        slot: u64,
        is_failed: bool,
    }

    /// What was said of transactions before the record was begun again.
    "kept" KeptRow by 1 {
        signature: Signature,
        raw: Vec<u8>,
    }

    /// What a node showed of token accounts.
    "audits" AuditRow by 1 {
        account: Address,
        held: u64,
        audited_at: i64,
        verdict: String,
    }
}
