//! How accounts, events and messages look to people. In JSON they look as the client library says.

pub mod deeds;
pub mod governance;

use crate::{
    commands::balance::Holding,
    output::{Column, List, Record, cell, coloured, table},
    phase,
    units::{self, *},
};
use anyhow::Result;
use comfy_table::{Cell, Color};
use gpu_lease_client::{
    account::{Keyed, LeaseContext},
    attestation::{SignedAttestation, SignedBatch},
    decode::{Event, is_row_applied},
    json::Json,
    object,
    outlook::{
        self, Closing, DisputeConsequences, LeaseOutlook, Outcome, Quote, Role, UsageCheck, Wish, signer_role,
    },
    rpc::{MintInfo, Nonce},
    state::{
        Agreed, EndReason, HotKeys, Lease, LeaseRequest, MintPolicy, Moment, Offer, Phase, ProposalState,
        Provider, Terms,
    },
    text,
};
use solana_address::Address;

/// GPU-seconds, and the same in GPU-hours.
pub fn units(units: u64) -> String {
    format!("{} ({} GPU-hours)", format_count(units, "GPU-second"), format_gpu_hours(units))
}

/// A provider and its record, with what it has cost in fees, in the unit mint.
pub fn provider(provider: &Keyed<Provider>, mint: &MintInfo) -> Record {
    let record = &provider.record;
    let delivered = match record.units_promised {
        0 => "none promised yet".to_owned(),
        promised => format!(
            "{} of {} GPU-hours promised",
            format_gpu_hours(record.units_delivered),
            format_gpu_hours(promised)
        ),
    };
    let nominee = match provider.pending_authority == Address::default() {
        true => Record::new(),
        false => Record::new()
            .line("nominated", format!("{}, which may take the provider over", provider.pending_authority)),
    };
    Record::of(provider)
        .line("provider", provider.address)
        .line("wallet", provider.authority)
        .and(nominee)
        .line("attestor", provider.attestor)
        .line("operator", address_or_none(&provider.operator))
        .line("leases", format!("{} started, {} completed", record.leases_started, record.leases_completed))
        .line("delivered", delivered)
        .line(
            "fees",
            format!(
                "{} paid by the leases of this record: a record is worth what it has cost",
                units::money(record.fees_paid, mint)
            ),
        )
        .line("abandoned", record.leases_abandoned)
        .line("disputes", format!("{}, of which {} lost", record.leases_disputed, record.disputes_lost))
}

/// A provider's hot keys, as they will be.
pub fn keys(keys: &HotKeys) -> Record {
    let HotKeys { attestor, operator } = keys;
    Record::new()
        .text("attestor", "attestor", attestor)
        .json("operator", keys.json()["operator"].clone())
        .line("operator", address_or_none(operator))
}

/// A provider's bond account for a mint.
pub struct BondAccount {
    /// The mint.
    pub mint: MintInfo,
    /// Where it is.
    pub address: Address,
    /// What it holds, base units; `None` if there is none yet.
    pub balance: Option<u64>,
}

impl BondAccount {
    /// What it holds, base units.
    pub fn holds(&self) -> u64 {
        self.balance.unwrap_or_default()
    }

    /// The same in words.
    fn words(&self) -> String {
        match self.balance {
            Some(balance) => units::money(balance, &self.mint),
            None => "none yet".to_owned(),
        }
    }

    fn json(&self) -> serde_json::Value {
        object!({
            "bond_account": self.address.to_string(),
            "mint": self.mint.address.to_string(),
            "decimals": self.mint.decimals,
            "holds": self.holds(),
        })
    }
}

/// What a provider's bond accounts hold, behind the provider.
pub fn bond_accounts(accounts: &[BondAccount]) -> Record {
    let json: Vec<_> = accounts.iter().map(BondAccount::json).collect();
    accounts.iter().fold(Record::new().object("bond_accounts", &json), |record, account| {
        let BondAccount { mint, address, .. } = account;
        record
            .heading("Bond account")
            .line("holds", account.words())
            .line("mint", mint.address)
            .line("address", format!("{address}; anyone may pay in, only the wallet takes out"))
    })
}

/// Whose bond account something is done with, and which.
pub fn bond_of(provider: &Keyed<Provider>, account: &BondAccount) -> Record {
    Record::new()
        .text("provider", "provider", provider.address)
        .text("bond_account", "bond account", account.address)
        .text("mint", "mint", account.mint.address)
}

/// The account that pays a bond of `lease`.
pub fn bond_source(account: &Address, lease: &LeaseContext) -> String {
    match *account {
        account if account == lease.bond_account => format!("the provider's bond account {account}"),
        account if account == lease.provider_token => format!("the provider's own account {account}"),
        account => account.to_string(),
    }
}

/// What a wallet has: SOL, and of each mint what it can spend and what is held elsewhere.
pub fn balance(wallet: &Address, lamports: u64, holdings: &[(MintInfo, Holding)], others: usize) -> Record {
    let columns = vec![
        Column::text("MINT"),
        Column::number("TO SPEND"),
        Column::number("IN LEASES"),
        Column::number("BONDS"),
        Column::number("BOND ACCOUNTS"),
        Column::number("LOCKED"),
        Column::text("IN"),
    ];
    let mut list = List::new(columns, "No mint is registered here.");
    let mut tokens = Vec::new();
    for (mint, holding) in holdings {
        let Holding { tokens: spendable, in_leases, bonds, bond_accounts, locked } = *holding;
        let figures = [spendable, in_leases, bonds, bond_accounts, locked];
        let cells = figures.iter().map(|amount| cell(format_amount(*amount, mint.decimals)));
        let row = std::iter::once(cell(mint.address)).chain(cells).chain([cell(currency(&mint.address))]);
        list.push(row.collect(), Record::new());
        tokens.push(
            Record::new()
                .json("mint", mint.address.to_string())
                .json("decimals", mint.decimals)
                .json("tokens", spendable)
                .json("in_leases", in_leases)
                .json("bonds", bonds)
                .json("bond_accounts", bond_accounts)
                .json("locked", locked),
        );
    }
    let record = Record::new()
        .text("wallet", "wallet", wallet)
        .json("lamports", lamports)
        .line("holds", sol(lamports))
        .object("tokens", &tokens)
        .json("other_mints", others)
        .heading("Tokens")
        .text_block(list);
    match others {
        0 => record,
        others => {
            let mints = format_count(u64::try_from(others).unwrap_or(u64::MAX), "mint");
            record.line("not shown", format!("tokens of {mints} not registered here"))
        }
    }
}

/// A nonce account.
pub fn nonce(nonce: &Nonce) -> Record {
    Record::of(nonce)
        .line("nonce account", nonce.address)
        .line("belongs to", nonce.authority)
        .line("value", nonce.value)
        .line("holds", sol(nonce.lamports))
}

/// What a transaction's nonce account means to whoever is asked to sign it.
pub fn nonce_use(nonce: &Nonce) -> Record {
    Record::new()
        .object("nonce", nonce)
        .line("nonce account", format!("{}, unused so far", nonce.address))
        .line("can withdraw it", nonce.authority)
}

/// A table of bond accounts.
pub fn bond_list() -> List {
    let columns = vec![
        Column::text("BOND ACCOUNT"),
        Column::text("MINT"),
        Column::number("HOLDS"),
        Column::number("IN LEASES"),
    ];
    List::new(columns, "No bond account.")
}

/// Its row. What is in leases comes back to the account when they are closed, less what is credited for missing units.
pub fn bond_row(account: &BondAccount, in_leases: u64) -> Vec<Cell> {
    vec![
        cell(account.address),
        cell(account.mint.address),
        cell(account.words()),
        cell(units::money(in_leases, &account.mint)),
    ]
}

/// The same for programs.
pub fn bond(provider: &Keyed<Provider>, account: &BondAccount, in_leases: u64) -> Record {
    Record::of(&account.json()).json("provider", provider.address.to_string()).json("in_leases", in_leases)
}

/// Which leases of a batch were applied, by the mask of its event.
pub fn applied(leases: &[Address], applied: u64) -> Record {
    let (taken, skipped): (Vec<_>, Vec<_>) =
        leases.iter().enumerate().partition(|(row, _)| is_row_applied(applied, *row));
    let addresses =
        |rows: &[(usize, &Address)]| rows.iter().map(|(_, lease)| lease.to_string()).collect::<Vec<_>>();
    let record = Record::new()
        .object("applied", &addresses(&taken))
        .object("skipped", &addresses(&skipped))
        .line("applied", format!("{} of {}", taken.len(), leases_of(leases)));
    skipped.iter().fold(record, |record, (_, lease)| record.line("skipped", lease))
}

/// A number of leases in words.
fn leases_of(leases: &[Address]) -> String {
    format_count(u64::try_from(leases.len()).unwrap_or(u64::MAX), "lease")
}

/// A table of providers.
pub fn provider_list() -> List {
    let columns = vec![
        Column::text("PROVIDER"),
        Column::number("STARTED"),
        Column::number("COMPLETED"),
        Column::number("ABANDONED"),
        Column::number("DISPUTED"),
        Column::number("LOST"),
        Column::number("FEES PAID"),
    ];
    List::new(columns, "No provider.")
}

pub fn provider_row(provider: &Keyed<Provider>, mint: &MintInfo) -> Vec<Cell> {
    let record = &provider.record;
    vec![
        cell(provider.address),
        cell(record.leases_started),
        cell(record.leases_completed),
        cell(record.leases_abandoned),
        cell(record.leases_disputed),
        cell(record.disputes_lost),
        cell(units::money(record.fees_paid, mint)),
    ]
}

fn mint_of(policy: &MintPolicy) -> MintInfo {
    MintInfo { address: policy.mint, token_program: policy.token_program, decimals: policy.decimals }
}

/// A registered mint with the fees in its vault.
pub fn mint(policy: &Keyed<MintPolicy>, fees: u64) -> Record {
    Record::of(policy)
        .json("fees", fees)
        .line("mint", policy.mint)
        .line("decimals", policy.decimals)
        .line("token program", policy.token_program)
        .line("fee vault", policy.fee_vault)
        .line("fees collected", units::money(fees, &mint_of(policy)))
}

/// A table of mints.
pub fn mint_list() -> List {
    let columns = vec![Column::text("MINT"), Column::number("DECIMALS"), Column::number("FEES COLLECTED")];
    List::new(columns, "No mint is registered; register one with `gpu-lease mint register`.")
}

pub fn mint_row(policy: &Keyed<MintPolicy>, fees: u64) -> Vec<Cell> {
    vec![cell(policy.mint), cell(policy.decimals), cell(units::money(fees, &mint_of(policy)))]
}

/// An offer.
pub fn offer(offer: &Keyed<Offer>, mint: &MintInfo) -> Record {
    let listing = &offer.listing;
    let description = text::read(&listing.description_uri);
    let record = Record::of(offer)
        .json("decimals", mint.decimals)
        .line("offer", offer.address)
        .line("provider", offer.provider)
        .line("GPU", format!("{}, {} GiB", text::read(&listing.gpu_model), listing.memory_gib))
        .line("GPUs", format!("{} free of {}", offer.gpus_free, offer.gpus))
        .line("open", if offer.is_open == 1 { "for new leases" } else { "no, takes no new leases" })
        .line("region", text::read(&listing.region))
        .line(
            "power",
            match listing.carbon_intensity {
                0 => "carbon intensity not declared".to_owned(),
                grams => format!("{grams} gCO2e/kWh, as declared"),
            },
        );
    let record = match description.is_empty() {
        true => record,
        false => record.line("description", description),
    };
    record.and(terms(&offer.terms, mint))
}

/// What whoever opens or funds a lease with `request` buys: GPUs, price and total, fee, keys, and the offer's terms.
pub fn opening(request: &LeaseRequest, offer: &Keyed<Offer>, payer: &Address, mint: &MintInfo) -> Record {
    let money = |amount: u64| units::money(amount, mint);
    let listing = &offer.listing;
    let LeaseRequest { gpus, duration, max_fee_bps: fee_bps, deposit, .. } = *request;
    let quote = Quote::of(offer, &Wish { gpus, duration, fee_bps, deposit: Some(deposit) });
    Record::new()
        .line("offer", offer.address)
        .line("provider", offer.provider)
        .line("GPU", format!("{}, {} GiB", text::read(&listing.gpu_model), listing.memory_gib))
        .line("region", text::read(&listing.region))
        .line("GPUs", gpus)
        .line("duration", format_duration(duration.into()))
        .line("total", format!("{} for all of it, paid as it is delivered", money(quote.total)))
        .line("deposit", format!("{} now, out of {payer}; what is not used comes back", money(quote.deposit)))
        .line(
            "fee",
            format!(
                "{} at most, {} of the total, out of what the provider earns",
                format_bps(fee_bps.into()),
                money(quote.fee)
            ),
        )
        .line(
            "start until",
            format!("{}, or it can be taken back by anyone", format_time(request.start_deadline)),
        )
        .line("session key", address_or_none(&request.session_key))
        .line("arbiter", address_or_none(&request.arbiter))
        .line("counts until", format_time(request.valid_until))
        .and(terms(&offer.terms, mint))
}

fn address_or_none(address: &Address) -> String {
    match *address == Address::default() {
        true => "none".to_owned(),
        false => address.to_string(),
    }
}

fn terms(terms: &Terms, mint: &MintInfo) -> Record {
    let price = units::money(terms.price, mint);
    let duration = |seconds: u32| format_duration(u64::from(seconds));
    let record = Record::new()
        .heading("Terms")
        .line("price", format!("{price} per GPU-hour"))
        .line("mint", terms.mint)
        .line("duration", format!("{} to {}", duration(terms.min_duration), duration(terms.max_duration)))
        .line("notice", duration(terms.notice))
        .line("challenge window", duration(terms.challenge_window))
        .line("heartbeat timeout", duration(terms.heartbeat_timeout))
        .line(
            "SLA",
            format!(
                "{} uptime; a missing second costs {} of its price, up to the bond",
                format_bps(terms.sla_uptime_bps.into()),
                format_bps(terms.sla_penalty_bps)
            ),
        )
        .line("bond", format!("{} of the price", format_count(terms.bond_hours.into(), "hour")));
    match terms.verifier == Address::default() {
        true => record,
        false => record.line("verifier", terms.verifier),
    }
}

/// A table of offers.
pub fn offer_list() -> List {
    let columns = vec![
        Column::text("OFFER"),
        Column::text("GPU"),
        Column::number("GIB"),
        Column::number("FREE"),
        Column::number("PER GPU-HOUR"),
        Column::text("REGION"),
        Column::number("GCO2E/KWH"),
        Column::number("UPTIME"),
    ];
    List::new(columns, "No offer matches; `gpu-lease offer list --all` shows also those that are not open.")
}

pub fn offer_row(offer: &Keyed<Offer>, mint: &MintInfo) -> Vec<Cell> {
    let free = cell(format!("{}/{}", offer.gpus_free, offer.gpus));
    vec![
        cell(offer.address),
        cell(text::read(&offer.listing.gpu_model)),
        cell(offer.listing.memory_gib),
        match offer.is_open == 1 && offer.gpus_free > 0 {
            true => coloured(free, Color::Green),
            false => coloured(free, Color::DarkGrey),
        },
        cell(units::money(offer.terms.price, mint)),
        cell(text::read(&offer.listing.region)),
        match offer.listing.carbon_intensity {
            0 => cell("-"),
            grams => cell(grams),
        },
        cell(format_bps(offer.terms.sla_uptime_bps.into())),
    ]
}

/// A lease as it stands at `now`. The offer tells the model, as long as it is there.
pub fn lease(lease: &Keyed<Lease>, offer: Option<&Offer>, mint: &MintInfo, now: i64) -> Record {
    let model = offer.map(|offer| text::read(&offer.listing.gpu_model));
    let outlook = LeaseOutlook::of(lease, now);
    let record = Record::of(lease)
        .json("decimals", mint.decimals)
        .json("phase", outlook::phase_name(outlook.phase))
        .json("end_reason", end_reason_of(lease, outlook.phase))
        .json("gpu_model", &model)
        .line("lease", lease.address)
        .line("phase", phase::words(&outlook))
        .line("renter", lease.renter)
        .and(optional("payer", &lease.payer, lease.payer != lease.renter))
        .line("provider", lease.provider)
        .line("offer", lease.offer)
        .line("GPU", model.as_deref().unwrap_or("not known: the offer is closed"))
        .and(optional("session key", &lease.session_key, true))
        .and(optional("arbiter", &lease.arbiter, true))
        .line("opened", moment(lease.opened_at, now));
    let record = match lease.started_at > 0 {
        false => record
            .line("GPUs", lease.gpus)
            .line("runs", format!("{} once started", format_duration(lease.duration.into())))
            .line("start until", moment(lease.start_deadline, now)),
        true => record.and(course(lease, &outlook, now)).and(usage(lease, &outlook, now)),
    };
    record
        .and(dispute(lease, &outlook, mint, now))
        .and(money(lease, &outlook, mint))
        .and(deeds::of_lease(&outlook.deeds))
        .and(terms(&lease.terms, mint))
}

/// What a lease that is watched has come to, and the events since the last time.
pub fn watched(
    lease: &Keyed<Lease>,
    offer: Option<&Offer>,
    events: &[Event],
    is_gone: bool,
    mint: &MintInfo,
    now: i64,
) -> Record {
    let Lease { meter, ledger, .. } = &lease.account;
    let money = |amount: u64| units::money(amount, mint);
    let phase = match is_gone {
        true => "closed, its account is gone".to_owned(),
        false => phase::words(&LeaseOutlook::of(lease, now)),
    };
    let record = Record::new()
        .heading(format!("{}  {phase}", format_time(now)))
        .and(self::lease(lease, offer, mint, now).without_lines())
        .json("time", now)
        .json("closed", is_gone)
        .object("events", &events)
        .line("accepted", units(meter.accepted))
        .line("claimed", units(lease.claimed()))
        .line(
            "deposited",
            format!("{}, of which {} are released", money(ledger.deposited), money(ledger.released)),
        );
    let record = match lease.started_at {
        0 => record,
        _ => record
            .line("funded until", moment(lease.funded_until(), now))
            .line("ends", moment(lease.ends_at, now)),
    };
    events
        .iter()
        .fold(record, |record, event| record.line("event", event.name()).and(self::event(event, Some(mint))))
}

/// An address, if there is one to show.
fn optional(label: &'static str, address: &Address, is_shown: bool) -> Record {
    match is_shown && *address != Address::default() {
        true => Record::new().line(label, address),
        false => Record::new(),
    }
}

fn moment(time: i64, now: i64) -> String {
    format!("{} ({})", format_time(time), format_relative(time, now))
}

/// Why a lease ends, behind when; nothing while it runs to the end that was agreed.
fn end_reason(reason: u64) -> String {
    match reason == EndReason::Completed as u64 {
        true => String::new(),
        false => format!(", {}", text::end_reason(reason)),
    }
}

/// Why a lease ends, for programs: `null` as long as it runs to the end that was agreed.
fn end_reason_of(lease: &Lease, phase: Phase) -> serde_json::Value {
    let is_open = matches!(phase, Phase::Pending | Phase::Running | Phase::Exhausted);
    match is_open && lease.end_reason.0 == EndReason::Completed as u8 {
        true => serde_json::Value::Null,
        false => lease.end_reason.json(),
    }
}

/// When a started lease runs, with how many GPUs, and until when it is paid.
fn course(lease: &Lease, outlook: &LeaseOutlook, now: i64) -> Record {
    let LeaseOutlook { gpus_in_use: in_use, resize, funded_until, .. } = *outlook;
    let mut record = Record::new().json("gpus_in_use", in_use).line(
        "GPUs",
        match lease.gpus == in_use {
            true => format!("{in_use} in use"),
            false => format!("{in_use} in use, {} held of the offer", lease.gpus),
        },
    );
    if let Some(outlook::Resize { gpus, from }) = resize {
        let words = format!("{} from {} on", format_count(gpus.into(), "GPU"), moment(from, now));
        record = record.line("resize", words);
    }
    record = record
        .line("started", moment(lease.started_at, now))
        .line("ends", format!("{}{}", moment(lease.ends_at, now), end_reason(lease.end_reason.0.into())))
        .json("funded_until", funded_until)
        .line(
            "funded until",
            match funded_until >= lease.ends_at {
                true => "the end".to_owned(),
                false => moment(funded_until, now),
            },
        );
    match lease.promised_until == lease.ends_at {
        true => record,
        false => record.line(
            "promised until",
            format!("{}: the SLA still counts what was not delivered", format_time(lease.promised_until)),
        ),
    }
}

/// What a started lease has delivered.
fn usage(lease: &Lease, outlook: &LeaseOutlook, now: i64) -> Record {
    let (meter, usage) = (&lease.meter, &outlook.usage);
    let mut record = Record::new().heading("Usage").line("accepted", units(usage.accepted));
    if let Some(matures) = outlook.claim_matures_at {
        record = record.line("claimed", units(usage.claimed)).line("claim matures", moment(matures, now));
    }
    if meter.excused > 0 {
        record = record
            .line("excused", format!("{}, unfunded: the SLA does not count them", units(meter.excused)));
    }
    record
        .line("attested until", moment(meter.window_end, now))
        .line("energy", format!("{} Wh", meter.energy_wh))
}

/// Units of a lease, and what they are worth.
fn priced(lease: &Lease, figure: u64, mint: &MintInfo) -> String {
    format!("{}, {}", units(figure), units::money(outlook::worth(lease, figure), mint))
}

/// The two figures of a lease's dispute, if there is or was one.
fn dispute(lease: &Lease, outlook: &LeaseOutlook, mint: &MintInfo, now: i64) -> Record {
    let Some(figures) = outlook.dispute else { return Record::new() };
    let priced = |figure| priced(lease, figure, mint);
    let record = Record::new()
        .heading("Dispute")
        .line("renter admits", priced(figures.renter_units))
        .line("provider claims", priced(figures.provider_units));
    match outlook.phase {
        Phase::Disputed => record.line("decide until", moment(figures.deadline, now)),
        _ => record.line("decided", priced(outlook.usage.accepted)),
    }
}

fn money(lease: &Lease, outlook: &LeaseOutlook, mint: &MintInfo) -> Record {
    let ledger = &lease.ledger;
    let money = |amount: u64| units::money(amount, mint);
    let due = outlook.money.due;
    let record = Record::new()
        .heading("Money")
        .line("deposited", money(ledger.deposited))
        .line("released", format!("{}, fees of {} included", money(ledger.released), money(ledger.fees)))
        .json("due", due)
        .line("due now", money(due))
        .line(
            "bond",
            match lease.bond_is_pooled {
                1 => format!("{}, out of the provider's bond account and back to it", money(ledger.bond)),
                _ => money(ledger.bond),
            },
        );
    let record = match ledger.stake {
        0 => record,
        stake => record.line("stake", money(stake)),
    };
    record.line("fee rate", format_bps(lease.fee_bps.into()))
}

/// A table of leases.
pub fn lease_list() -> List {
    let columns = vec![
        Column::text("LEASE"),
        Column::text("GPUS"),
        Column::text("YOU"),
        Column::text("PHASE"),
        Column::number("PER GPU-H"),
        Column::number("PAID"),
        Column::number("OF"),
        Column::text("IN"),
        Column::text("ENDS"),
    ];
    List::new(columns, "No leases; open one with `gpu-lease lease open`, or see all with --all.")
}

pub fn lease_row(
    lease: &Keyed<Lease>,
    offer: Option<&Offer>,
    role: Option<Role>,
    mint: &MintInfo,
    now: i64,
) -> Vec<Cell> {
    let phase = lease.phase(Moment::by_clock(now));
    let amount = |amount| format_amount(amount, mint.decimals);
    vec![
        cell(lease.address),
        cell(format!(
            "{} × {}",
            match lease.started_at > 0 && now < lease.meter.segment_start {
                true => format!("{} → {}", lease.gpus, lease.meter.gpus),
                false => lease.gpus.to_string(),
            },
            offer.map_or_else(|| "?".to_owned(), |offer| text::read(&offer.listing.gpu_model))
        )),
        cell(role.map_or("-", deeds::role)),
        coloured(cell(outlook::phase_name(phase)), phase::colour(phase)),
        cell(amount(lease.terms.price)),
        cell(amount(lease.ledger.released)),
        cell(amount(lease.ledger.deposited)),
        cell(currency(&mint.address)),
        cell(match lease.started_at > 0 {
            true => {
                format!("{}{}", format_relative(lease.ends_at, now), end_reason(lease.end_reason.0.into()))
            }
            false => "-".to_owned(),
        }),
    ]
}

/// A table of an arbiter's disputes.
pub fn dispute_list() -> List {
    let columns = vec![
        Column::text("LEASE"),
        Column::number("RENTER ADMITS H"),
        Column::number("PROVIDER CLAIMS H"),
        Column::number("IN DISPUTE"),
        Column::number("YOUR FEE"),
        Column::text("DECIDE"),
    ];
    List::new(columns, "Nothing is disputed that you could decide.")
}

pub fn dispute_row(lease: &Keyed<Lease>, mint: &MintInfo, now: i64) -> Vec<Cell> {
    let (figures, in_time) = (lease.dispute, now <= lease.dispute.deadline());
    vec![
        cell(lease.address),
        cell(format_gpu_hours(figures.renter_units)),
        cell(format_gpu_hours(figures.provider_units)),
        cell(units::money(outlook::in_dispute(lease), mint)),
        cell(units::money(if in_time { lease.ledger.stake } else { 0 }, mint)),
        match in_time {
            true => cell(format_relative(figures.deadline(), now)),
            false => coloured(cell("too late: the midpoint counts"), Color::Red),
        },
    ]
}

/// What the renter of `lease` who is about to admit `figure` brings about. `funder` pays the stake, at most `max_stake`.
pub fn dispute_consequences(
    lease: &Keyed<Lease>,
    figure: u64,
    consequences: &DisputeConsequences,
    (funder, max_stake): (&Address, u64),
    mint: &MintInfo,
    now: i64,
) -> Record {
    let money = |amount: u64| units::money(amount, mint);
    let DisputeConsequences { in_dispute, stake, deadline, ends_at, promised_until, .. } = *consequences;
    let DisputeConsequences { best, worst, undecided, is_ended_by_it, .. } = consequences;
    let back = |Outcome { fee_from_renter, closing: Closing { refund, credit, .. }, .. }: &Outcome| {
        format!(
            "{} comes back to the payer, {} of the stake and an SLA credit of {} included",
            money(refund.saturating_add(*credit)),
            money(stake.saturating_sub(*fee_from_renter)),
            money(*credit)
        )
    };
    let record = Record::new()
        .heading("You are about to dispute the usage of this lease:")
        .text("lease", "lease", lease.address)
        .line("accepted now", format!("{}: final at once", priced(lease, figure, mint)))
        .line("claimed", priced(lease, worst.units, mint))
        .json("in_dispute", in_dispute)
        .line("in dispute", money(in_dispute))
        .json("stake", stake)
        .line("stake", format!("{} of {funder}, for the arbiter; the bond answers for as much", money(stake)))
        .line("at most", format!("{}, if a newer claim comes first", money(max_stake)))
        .line("arbiter", lease.arbiter)
        .line("decides until", moment(deadline, now))
        .json("best", outcome(best))
        .line(
            "at best",
            format!(
                "your figure counts: the provider pays the arbiter {}; {}",
                money(best.fee_from_provider),
                back(best)
            ),
        )
        .json("worst", outcome(worst))
        .line(
            "at worst",
            format!(
                "the provider's figure counts: your side pays the arbiter {}; {}",
                money(worst.fee_from_renter),
                back(worst)
            ),
        )
        .json("undecided", outcome(undecided))
        .line(
            "undecided",
            format!(
                "the midpoint counts, {}, and nobody pays the arbiter; {}",
                units(undecided.units),
                back(undecided)
            ),
        );
    let (end, is_silent) = (format_time(ends_at), promised_until > ends_at);
    record.json("is_silent", is_silent).line(
        "the lease ends",
        match (is_silent, is_ended_by_it) {
            (true, _) => format!(
                "at {end}, its last attested moment. The provider has been silent since for too long, so that the \
                 SLA counts until {}",
                format_time(promised_until)
            ),
            (false, true) => format!("at {end}, its last attested moment; the SLA counts until then"),
            (false, false) => format!("at {end}, as before"),
        },
    )
}

/// How a lease's vault is divided that both parties close at once.
pub fn division(lease: &LeaseContext, agreed: &Agreed, mint: &MintInfo, now: i64) -> Result<Record> {
    let money = |amount: u64| units::money(amount, mint);
    let Closing { payout, fees, bond, credit, refund } = Closing::of(&lease.lease, Some(agreed), now)?;
    let record = Record::new()
        .line("lease", lease.address)
        .json("units", agreed.units)
        .line("paid for", priced(&lease.lease, agreed.units, mint))
        .json("payout", payout)
        .line(
            "to the provider",
            format!("{} besides what it has been paid, and {} of the bond", money(payout), money(bond)),
        )
        .json("credit", credit)
        .line("credit", format!("{} of the bond, to the payer", money(credit)))
        .json("refund", refund)
        .line("to the payer", format!("{} of the deposit, besides", money(refund)))
        .line("fees", money(fees));
    Ok(match Closing::of(&lease.lease, None, now) {
        Ok(ordinary) => record.line(
            "otherwise",
            format!(
                "closed now without agreement, {} would go to the provider and a credit of {} to the payer",
                money(ordinary.payout),
                money(ordinary.credit)
            ),
        ),
        Err(_) => record,
    })
}

/// What the arbiter who is about to decide brings about. `lease` is disputed, and ends in `resolved`.
pub fn resolve_consequences(lease: &Keyed<Lease>, resolved: &Outcome, mint: &MintInfo) -> Record {
    let money = |amount: u64| units::money(amount, mint);
    let priced = |figure| priced(lease, figure, mint);
    let Outcome { units, fee_from_renter, fee_from_provider, closing } = *resolved;
    Record::new()
        .heading("You are about to decide this dispute, for good:")
        .text("lease", "lease", lease.address)
        .line("renter admits", priced(lease.dispute.renter_units))
        .line("provider claims", priced(lease.dispute.provider_units))
        .line("your figure", priced(units))
        .json("outcome", outcome(resolved))
        .line(
            "your fee",
            format!(
                "{}: {} of the renter's stake, {} of the provider's bond",
                money(lease.ledger.stake),
                money(fee_from_renter),
                money(fee_from_provider)
            ),
        )
        .line(
            "to the provider",
            format!("{} and {} of the bond, at the close", money(closing.payout), money(closing.bond)),
        )
        .line(
            "to the payer",
            format!("{} and an SLA credit of {}, at the close", money(closing.refund), money(closing.credit)),
        )
}

fn outcome(Outcome { units, fee_from_renter, fee_from_provider, closing }: &Outcome) -> serde_json::Value {
    object!({
        "units": units,
        "fee_from_renter": fee_from_renter,
        "fee_from_provider": fee_from_provider,
        "payout": closing.payout,
        "bond": closing.bond,
        "credit": closing.credit,
        "refund": closing.refund,
    })
}

/// What a signed attestation says, for `signer`, who is asked to co-sign it.
pub fn statement(
    signed: &SignedAttestation,
    check: &UsageCheck,
    lease: &LeaseContext,
    mint: &MintInfo,
    signer: &Address,
) -> String {
    let UsageCheck { attestation, capacity, worth, more, .. } = check;
    let record = Record::new()
        .heading("You are asked to sign this usage report:")
        .line("lease", lease.address)
        .line("until", format_time(attestation.window_end))
        .line("delivered", format!("{} since the start", units(attestation.gpu_seconds)))
        .line("possible", format!("{}, what its GPUs can deliver until then", units(*capacity)))
        .line("energy", format!("{} Wh since the start", attestation.energy_wh))
        .line("signed by", signers(signed, &lease.lease, Some(&lease.provider.attestor)));
    let effect = match *signer == lease.lease.terms.verifier {
        true => "As the verifier you confirm that this was delivered.".to_owned(),
        false => format!(
            "With your signature these units are final: {} in all is earned, {} more than so far, and you can \
             challenge it no longer.",
            units::money(*worth, mint),
            units::money(*more, mint),
        ),
    };
    format!("{record}\n{effect}")
}

/// What a batch says of a lease, and what becomes of that.
pub struct StatedRow {
    /// The lease.
    pub lease: Address,
    /// GPU-seconds since its start.
    pub gpu_seconds: u64,
    /// Watt-hours since its start.
    pub energy_wh: u64,
    /// What the program's rules say to it now.
    pub forecast: Forecast,
}

/// What becomes of a row of a batch.
pub enum Forecast {
    /// It is taken in.
    Applied {
        /// The lease before.
        before: Box<Lease>,
        /// The lease after.
        after: Box<Lease>,
        /// Its mint.
        mint: MintInfo,
    },
    /// It changes nothing, for this reason.
    Skipped(String),
}

impl StatedRow {
    /// Whether it is taken in.
    pub fn is_applied(&self) -> bool {
        matches!(self.forecast, Forecast::Applied { .. })
    }

    /// For programs.
    pub fn json(&self) -> serde_json::Value {
        let (forecast, reason) = match &self.forecast {
            Forecast::Applied { after, .. } if after.meter.accepted == self.gpu_seconds => ("accepted", None),
            Forecast::Applied { .. } => ("claimed", None),
            Forecast::Skipped(reason) => ("skipped", Some(reason)),
        };
        object!({
            "lease": self.lease.to_string(),
            "gpu_seconds": self.gpu_seconds,
            "energy_wh": self.energy_wh,
            "forecast": forecast,
            "reason": reason,
        })
    }

    /// What becomes of it, in words.
    fn words(&self) -> String {
        match &self.forecast {
            Forecast::Applied { after, .. } if after.meter.accepted == self.gpu_seconds => {
                "accepted at once".to_owned()
            }
            Forecast::Applied { after, .. } => format!(
                "a claim, accepted in {} unless challenged",
                format_duration(after.terms.challenge_window.into())
            ),
            Forecast::Skipped(reason) => format!("skipped: {reason}"),
        }
    }
}

/// A signed batch, for whoever has signed it.
pub fn batch(signed: &SignedBatch) -> Record {
    let batch = signed.message();
    let rows = batch.leases().iter().zip(batch.rows());
    let json = rows.clone().map(|(lease, row)| {
        object!({
            "lease": lease.to_string(),
            "gpu_seconds": row.gpu_seconds.get(),
            "energy_wh": row.energy_wh.get(),
        })
    });
    let columns = vec![Column::text("LEASE"), Column::number("GPU-SECONDS"), Column::number("GPU-HOURS")];
    let cells = rows.clone().map(|(lease, row)| {
        let units = row.gpu_seconds.get();
        vec![cell(lease), cell(units), cell(format_gpu_hours(units))]
    });
    batch_heading("Signed usage", signed)
        .json("window_end", batch.header().window_end.get())
        .object("rows", &json.collect::<Vec<_>>())
        .object("signers", &signed.signers().map(ToString::to_string).collect::<Vec<_>>())
        .object("message", &signed)
        .text_block(table(columns, cells))
}

fn batch_heading(what: &str, signed: &SignedBatch) -> Record {
    let batch = signed.message();
    Record::new()
        .heading(format!("{what} of {}", leases_of(batch.leases())))
        .line("until", format_time(batch.header().window_end.get()))
}

/// Who signed a batch, by role in those of its leases that are known.
fn batch_signers(signed: &SignedBatch, leases: &[Option<LeaseContext>]) -> String {
    let role = |signer: &Address| {
        let mut roles = leases
            .iter()
            .flatten()
            .filter_map(|lease| signer_role(signer, &lease.lease, Some(&lease.provider.attestor)));
        roles.next().map_or("STRANGER", deeds::role)
    };
    let signers = signed.signers().map(|signer| format!("{} {}", role(signer), short(signer)));
    signers.collect::<Vec<_>>().join(", ")
}

/// What becomes of a batch, for whoever is about to send it.
pub fn batch_forecast(signed: &SignedBatch, leases: &[Option<LeaseContext>], rows: &[StatedRow]) -> Record {
    let columns = vec![Column::text("LEASE"), Column::number("GPU-SECONDS"), Column::text("WILL BE")];
    let cells = rows.iter().map(|row| vec![cell(row.lease), cell(row.gpu_seconds), cell(row.words())]);
    batch_heading("Usage", signed)
        .line("signed by", batch_signers(signed, leases))
        .text_block(table(columns, cells))
}

/// What a batch says, for `signer`, who is asked to co-sign it. The rows say what becomes of it then.
pub fn batch_statement(
    signed: &SignedBatch,
    leases: &[Option<LeaseContext>],
    rows: &[StatedRow],
    signer: &Address,
) -> Record {
    let columns = vec![
        Column::text("LEASE"),
        Column::text("YOU"),
        Column::number("GPU-SECONDS"),
        Column::number("POSSIBLE"),
        Column::number("EARNS MORE"),
        Column::text("WILL BE"),
    ];
    let until = signed.message().header().window_end.get();
    let cells = rows.iter().map(|row| {
        let (you, possible, more) = match &row.forecast {
            Forecast::Applied { before, after, mint } => (
                signer_role(signer, before, None).map_or("-", deeds::role),
                before.meter.capacity(until).to_string(),
                units::money(after.earned().saturating_sub(before.earned()), mint),
            ),
            Forecast::Skipped(_) => ("", String::new(), String::new()),
        };
        vec![cell(row.lease), cell(you), cell(row.gpu_seconds), cell(possible), cell(more), cell(row.words())]
    });
    batch_heading("You are asked to sign the usage", signed)
        .line("signed by", batch_signers(signed, leases))
        .text_block(table(columns, cells))
        .text_block(
            "With your signature the units of leases that you rent, or whose session key you are, are final:\n\
             you can challenge them no longer. It counts for all of your leases in the batch, or for none.",
        )
}

/// Who signed, by role where the lease tells it.
pub fn signers(signed: &SignedAttestation, lease: &Lease, attestor: Option<&Address>) -> String {
    // Offline nobody knows the attestor.
    let unknown = if attestor.is_none() { "key" } else { "STRANGER" };
    let role = |signer: &Address| signer_role(signer, lease, attestor).map_or(unknown, deeds::role);
    signed
        .signers()
        .map(|signer| format!("{} {}", role(signer), short(signer)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What an event says beyond what the command said that caused it, as lines behind a result.
pub fn event(event: &Event, mint: Option<&MintInfo>) -> Record {
    let money = |amount: u64| match mint {
        Some(mint) => units::money(amount, mint),
        None => format_count(amount, "base unit"),
    };
    let record = Record::new();
    match event {
        // Their commands have said everything.
        Event::MintRegistered(_)
        | Event::ProviderRegistered(_)
        | Event::ProviderUpdated(_)
        | Event::AuthorityNominated(_)
        | Event::OfferCreated(_)
        | Event::OfferUpdated(_)
        | Event::OfferClosed(_) => record,
        Event::ProtocolInitialized(event) => {
            record.line("fee rate", format_bps(u32::try_from(event.fee_bps).unwrap_or(u32::MAX)))
        }
        Event::AuthorityAccepted(event) => record.line("wallet", event.authority),
        Event::BondWithdrawn(event) => record.line("withdrawn", money(event.amount)),
        Event::AccessPublished(_) => record.line(
            "credentials",
            "those before no longer count; the renter gets these with `gpu-lease lease access`",
        ),
        // Which leases they are, the instruction tells.
        Event::BatchAttested(event) => record.line("until", format_time(event.window_end)),
        Event::LeaseOpened(event) => record
            .line("deposit", money(event.deposit))
            .line("start until", format_time(event.start_deadline))
            .line("fee rate", format_bps(u32::try_from(event.fee_bps).unwrap_or(u32::MAX))),
        Event::LeaseStarted(event) => {
            record.line("bond", money(event.bond)).line("ends", format_time(event.ends_at))
        }
        Event::LeaseCancelled(event) => record.line("refund", money(event.refund)),
        Event::LeaseToppedUp(event) => {
            record.line("added", money(event.amount)).line("deposited", money(event.ledger.deposited))
        }
        Event::LeaseExtended(event) => record.line("ends", format_time(event.ends_at)),
        Event::LeaseResized(event) => {
            let record =
                record.line("GPUs", format!("{} from {} on", event.gpus, format_time(event.effective_at)));
            match event.bond {
                0 => record,
                bond => record.line("more bond", money(bond)),
            }
        }
        Event::GpusReleased(event) => record.line("released", format_count(event.gpus, "GPU")),
        Event::SessionKeySet(event) => record.line(
            "session key",
            match event.session_key == Address::default() {
                true => "none".to_owned(),
                false => event.session_key.to_string(),
            },
        ),
        Event::LeaseTerminated(event) => {
            record.line("ends", format!("{}{}", format_time(event.ends_at), end_reason(event.reason)))
        }
        Event::LeaseExpired(event) => {
            record.line("ended", format!("{}{}", format_time(event.ends_at), end_reason(event.reason)))
        }
        Event::LeaseDisputed(event) => record
            .line("accepted", units(event.renter_units))
            .line("claimed", units(event.provider_units))
            .line("stake", money(event.stake))
            .line("decide until", format_time(event.deadline)),
        Event::DisputeResolved(event) => record.line("accepted", units(event.units)).line(
            "to the arbiter",
            match event.by_arbiter {
                0 => "nothing, it did not decide".to_owned(),
                _ => format!(
                    "{} of the renter's stake, {} of the bond",
                    money(event.from_renter),
                    money(event.from_provider)
                ),
            },
        ),
        Event::LeaseSettled(event) => record
            .line("accepted", units(event.accepted))
            .line("to the provider", money(event.payout))
            .line("fee", money(event.fee)),
        Event::FeesCounted(event) => record.line("counted", money(event.fees)),
        Event::LeaseClosed(event) => record
            .line("accepted", units(event.accepted))
            .line("promised", units(event.promised))
            .line("to the provider", format!("{} and {} of the bond", money(event.payout), money(event.bond)))
            .line(
                "to the payer",
                format!("{} and an SLA credit of {}", money(event.refund), money(event.credit)),
            )
            .line("fees", money(event.fees)),
        Event::ParticipantCreated(_) => {
            record.line("fees", "counted from now on; they vote on rises of the fee")
        }
        Event::TokensLocked(event) => {
            record.line("locked", money(event.total)).line("until", format_time(event.unlock_at))
        }
        Event::LockExtended(event) => record.line("until", format_time(event.unlock_at)),
        Event::DelegateSet(_) | Event::ProposalCancelled(_) | Event::ProposalExecuted(_) => record,
        Event::TokensUnlocked(event) => record.line("returned", money(event.amount)),
        Event::ProposalCreated(event) => record
            .line("vote ends", format_time(event.ends_at))
            .line("needs", format!("{} votes for", money(event.quorum))),
        // Its command knows in which house's mint the weight is.
        Event::VoteCast(event) => record.line("vote ends", format_time(event.ends_at)),
        Event::ProposalFinalized(event) => record.line(
            "result",
            match event.state == ProposalState::Passed as u64 {
                true => format!("passed; executable from {} on", format_time(event.executable_from)),
                false => "did not pass".to_owned(),
            },
        ),
        Event::FeeChanged(event) => {
            let rate = |bps: u64| format_bps(u32::try_from(bps).unwrap_or(u32::MAX));
            record.line("fee rate", format!("{} instead of {}", rate(event.to_bps), rate(event.from_bps)))
        }
        Event::FeesWithdrawn(event) => record.line("to the treasury", money(event.amount)),
        Event::LeasesPaused(event) => record.line("until", format_time(event.until)),
        Event::LeasesUnpaused(event) => {
            record.line("next pause", format!("not before {}", format_time(event.pause_allowed_from)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::Discriminator;
    use gpu_lease_client::{
        events::{DisputeResolved, LeaseExpired, LeaseResized, LeaseTerminated},
        state::{Claim, Ledger},
    };

    /// Two GPUs for a day from second 1000 on at one base unit a second each, all of it paid, and 2000 units
    /// claimed at 2000, up to which the capacity is as much.
    fn claimed() -> Lease {
        let mut lease = Lease {
            duration: 86_400,
            gpus: 2,
            start_deadline: 1_000,
            ledger: Ledger { deposited: 200_000, ..Ledger::default() },
            ..bytemuck::Zeroable::zeroed()
        };
        lease.terms.price = 3_600;
        lease.terms.challenge_window = 600;
        lease.terms.heartbeat_timeout = 900;
        lease.terms.bond_hours = 1;
        lease.terms.sla_uptime_bps = 10_000;
        lease.terms.sla_penalty_bps = 10_000;
        lease.start([1; 32], false, at(1_000)).unwrap();
        lease.meter.window_end = 2_000;
        lease.meter.heartbeat = at(2_000);
        lease.meter.claim(Claim { units: 2_000, submitted: at(2_000) });
        lease
    }

    /// A moment in a cluster whose slots take a second.
    fn at(time: i64) -> Moment {
        Moment { time, slot: time.unsigned_abs() }
    }

    /// Money of a mint with so many decimals.
    fn money_of(decimals: u8) -> MintInfo {
        MintInfo { address: Address::default(), token_program: Address::default(), decimals }
    }

    fn lines<T: Discriminator + bytemuck::Pod>(change: impl FnOnce(&mut T)) -> String {
        let mut content = T::zeroed();
        change(&mut content);
        let read = Event::from_bytes(&[T::DISCRIMINATOR, bytemuck::bytes_of(&content)].concat());
        event(&read.unwrap(), Some(&money_of(6))).to_string()
    }

    #[test]
    fn an_early_end_is_shown_with_its_reason() {
        let terminated = lines(|event: &mut LeaseTerminated| event.reason = EndReason::RenterNotice as u64);
        assert!(terminated.contains("1970-01-01 00:00:00Z, renter notice"), "{terminated}");
        let expired = lines(|event: &mut LeaseExpired| event.reason = EndReason::Abandoned as u64);
        assert!(expired.contains("abandoned"), "{expired}");
        assert_eq!(end_reason(EndReason::Completed as u64), "");
    }

    #[test]
    fn a_batch_tells_which_leases_were_applied_and_which_were_not() {
        let leases: Vec<_> = (0..60).map(|byte| Address::new_from_array([byte; 32])).collect();
        let json = |record: Record| serde_json::to_value(record).unwrap();
        let all = json(applied(&leases, u64::MAX >> 4));
        assert_eq!((all["applied"].as_array().unwrap().len(), &all["skipped"]), (60, &serde_json::json!([])));
        let some = applied(&leases[..3], 0b101);
        assert!(some.to_string().contains("2 of 3 leases"), "{some}");
        assert!(some.to_string().contains(&leases[1].to_string()), "{some}");
        let some = json(some);
        assert_eq!(some["skipped"], serde_json::json!([leases[1].to_string()]));
        assert_eq!(some["applied"], serde_json::json!([leases[0].to_string(), leases[2].to_string()]));
    }

    #[test]
    fn a_pooled_bond_is_shown_to_go_back_to_the_bond_account() {
        let shown = |bond_is_pooled| {
            let account = Lease { bond_is_pooled, ..claimed() };
            lease(&Keyed { address: Address::default(), account }, None, &money_of(0), 2_100).to_string()
        };
        assert!(
            shown(1).contains("7200 1111…1111, out of the provider's bond account and back to it"),
            "{}",
            shown(1)
        );
        assert!(!shown(0).contains("bond account"));
    }

    #[test]
    fn a_resize_shows_bond_only_if_it_takes_some() {
        assert!(!lines(|_: &mut LeaseResized| ()).contains("bond"));
        assert!(lines(|event: &mut LeaseResized| event.bond = 2_500_000).contains("2.50"));
    }

    #[test]
    fn a_decision_tells_the_arbiter_s_fee_and_a_timeout_that_there_is_none() {
        let decided = lines(|event: &mut DisputeResolved| {
            event.by_arbiter = 1;
            event.from_provider = 250_000;
        });
        assert!(
            decided.contains("0.00 1111…1111 of the renter's stake, 0.25 1111…1111 of the bond"),
            "{decided}"
        );
        assert!(lines(|_: &mut DisputeResolved| ()).contains("nothing, it did not decide"));
    }

    /// What the renter of [`claimed`] is told at `now` who admits half of it, of a claim that was made late or not.
    fn consequences(is_late: bool, now: i64) -> (Record, String) {
        let mut lease = claimed();
        if is_late {
            lease.meter.claim(Claim { units: 2_000, submitted: at(now) });
            lease.meter.maturing = lease.meter.latest;
        }
        let consequences = DisputeConsequences::of(&lease, 1_000, 150, at(now)).unwrap();
        let lease = Keyed { address: Address::default(), account: lease };
        let funding = (&Address::default(), 150);
        let record = dispute_consequences(&lease, 1_000, &consequences, funding, &money_of(0), now);
        let text = console::strip_ansi_codes(&record.to_string()).into_owned();
        (record, text)
    }

    #[test]
    fn a_renter_reads_stake_and_outcomes_before_it_disputes() {
        let (record, text) = consequences(false, 2_100);
        assert!(text.contains("100 1111…1111 of 1111"), "{text}");
        assert!(text.contains("the provider pays the arbiter 100 1111…1111; "), "{text}");
        assert!(text.contains("your side pays the arbiter 100 1111…1111; "), "{text}");
        assert!(text.contains("1500 GPU-seconds"), "{text}");
        assert!(text.contains("150 1111…1111, if a newer claim comes first"), "{text}");
        assert!(text.contains("the SLA counts until then"), "{text}");
        let json = serde_json::to_value(record).unwrap();
        assert_eq!((&json["stake"], &json["in_dispute"]), (&"100".into(), &"1000".into()));
        assert_eq!((&json["best"]["units"], &json["worst"]["units"]), (&"1000".into(), &"2000".into()));
    }

    #[test]
    fn a_silent_provider_keeps_its_promise_in_a_dispute() {
        // The claim was made late: its window still runs when the silence has lasted for too long.
        let (record, text) = consequences(true, 2_950);
        assert!(text.contains("so that the SLA counts until"), "{text}");
        assert_eq!(serde_json::to_value(record).unwrap()["is_silent"], true);
    }
}
