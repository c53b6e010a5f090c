//! How votes look to people: proposals, both houses, locks, voting rules.

use super::deeds;
use crate::{
    output::{Column, List, Record, cell, coloured},
    units::*,
};
use comfy_table::{Cell, Color};
use gpu_lease_client::{
    account::Keyed,
    concentration::Concentration,
    constants::{
        BPS, FEE_EPOCH, MAX_PAUSE, PAUSE_COOLDOWN, QUORUM_OF_SUPPLY_BPS, REFUSAL_QUORUM_BPS, WEIGHT_EPOCHS,
    },
    json::Json,
    object,
    outlook::{self, Deed, FeeExample, ProposalAct, Quorum},
    rpc::MintInfo,
    state::{
        Action, FeeEpochs, FeeParams, Governance, Proposal, ProposalPhase, Protocol, Tally, VoteLock,
        VotingRules, epoch_of, latest_end,
    },
};

/// How things are now: what proposals are seen against.
pub struct Present {
    /// Guardian, arbiter, pause, mints.
    pub protocol: Keyed<Protocol>,
    /// Voting rules.
    pub governance: Keyed<Governance>,
    /// Fee and treasury.
    pub fee_params: Keyed<FeeParams>,
    /// The mint whose tokens vote.
    pub vote_mint: MintInfo,
    /// The mint in which the participants' house counts.
    pub unit_mint: MintInfo,
    /// The cluster's clock, unix seconds.
    pub now: i64,
}

impl Present {
    pub fn tokens(&self, amount: u64) -> String {
        money(amount, &self.vote_mint)
    }

    pub fn fees(&self, amount: u64) -> String {
        money(amount, &self.unit_mint)
    }
}

/// A fee vault, for proposals to withdraw from it.
#[derive(Clone, Copy)]
pub struct FeeVault {
    /// Its mint.
    pub mint: MintInfo,
    /// Base units that it holds.
    pub balance: u64,
}

/// What an action says, made where `fee_bps` is the rate.
pub fn action(action: &Action, fee_bps: u16, vault: Option<FeeVault>) -> String {
    let rate = |bps: u16| format_bps(bps.into());
    match action {
        Action::SetFee { fee_bps: proposed } => {
            let verb = if *proposed > fee_bps { "raise" } else { "lower" };
            format!("{verb} the fee from {} to {}", rate(fee_bps), rate(*proposed))
        }
        Action::SetTreasury { treasury } => format!("make {treasury} the treasury"),
        Action::SetArbiter { arbiter } => format!("make {arbiter} the arbiter"),
        Action::SetGuardian { guardian } => format!("make {guardian} the guardian"),
        Action::SetVotingRules { .. } => "change the voting rules".to_owned(),
        Action::WithdrawFees { mint, amount } => match (*amount, vault) {
            (u64::MAX, _) => format!("withdraw all fees in the mint {mint}"),
            (amount, Some(vault)) => {
                format!("withdraw {} of fees in the mint {mint}", money(amount, &vault.mint))
            }
            (amount, None) => format!("withdraw {amount} base units of fees in the mint {mint}"),
        },
    }
}

/// The same, shortened for tables.
fn action_short(action: &Action, fee_bps: u16) -> String {
    match action {
        Action::SetFee { fee_bps: proposed } => {
            format!("fee {} → {}", format_bps(fee_bps.into()), format_bps((*proposed).into()))
        }
        Action::SetTreasury { treasury: wallet } => format!("treasury {}", short(wallet)),
        Action::SetArbiter { arbiter: wallet } => format!("arbiter {}", short(wallet)),
        Action::SetGuardian { guardian: wallet } => format!("guardian {}", short(wallet)),
        Action::SetVotingRules { .. } => "voting rules".to_owned(),
        Action::WithdrawFees { mint, .. } => format!("withdraw {}", short(mint)),
    }
}

/// What an action means, made where `fee_bps` is the rate: in money for a lease, and for what is open already.
pub fn meaning(action: &Action, fee_bps: u16, vault: Option<FeeVault>, present: &Present) -> Record {
    let record = Record::new().heading("What it means");
    let hand_over = |label, before: &solana_address::Address, after: &solana_address::Address| {
        record.clone().line(
            label,
            match before == after {
                true => format!("{after}, as it is now"),
                false => format!("{before} → {after}"),
            },
        )
    };
    match action {
        Action::SetFee { fee_bps: proposed } => record.and(fee_change(fee_bps, *proposed, present)),
        Action::SetTreasury { treasury } => hand_over("treasury", &present.fee_params.treasury, treasury)
            .line(
                "withdrawals",
                "that are executed from then on go to it, also those that were passed before",
            ),
        Action::SetArbiter { arbiter } => hand_over("arbiter", &present.protocol.arbiter, arbiter)
            .line("open leases", "unchanged: each keeps the arbiter that it was opened with"),
        Action::SetGuardian { guardian } => {
            hand_over("guardian", &present.protocol.guardian, guardian).line("its power", guardian_power())
        }
        Action::SetVotingRules { rules } => record
            .and(rules_change(&present.governance.rules, rules))
            .line("open votes", "unchanged: each keeps the rules that it was made under"),
        Action::WithdrawFees { .. } => {
            let record = match vault {
                None => record,
                Some(FeeVault { mint, balance }) => record
                    .json("fee_vault_balance", balance)
                    .line("fee vault", format!("holds {} now", money(balance, &mint))),
            };
            record
                .line("goes to", format!("the treasury, now {}", present.fee_params.treasury))
                .line("open leases", "unchanged: fees are counted out of a lease when it closes")
        }
    }
}

/// What a lease of a hundred tokens pays before and after.
fn fee_change(before: u16, after: u16, present: &Present) -> Record {
    let price = 10_u64.saturating_pow(u32::from(present.unit_mint.decimals)).saturating_mul(100);
    let FeeExample { gross, fee_before, fee_after, payout_before, payout_after } =
        FeeExample::of(price, before, after);
    let money = |amount| present.fees(amount);
    Record::new()
        .json(
            "example",
            object!({
                "price": gross,
                "fee_before": fee_before,
                "fee_after": fee_after,
                "payout_before": payout_before,
                "payout_after": payout_after,
            }),
        )
        .line(
            "a lease of 100",
            format!(
                "provider gets {} → {}, fee {} → {}; the renter pays the same",
                money(payout_before),
                money(payout_after),
                money(fee_before),
                money(fee_after)
            ),
        )
        .line("open leases", "unchanged: each keeps the rate that it was opened with")
}

/// What the guardian may do.
pub fn guardian_power() -> String {
    format!(
        "may pause new leases for at most {}, then not for {}; reaches nothing that runs, and no money",
        format_duration(MAX_PAUSE.into()),
        format_duration(PAUSE_COOLDOWN.into())
    )
}

/// Whether new leases can be opened at `now`.
pub fn pause(protocol: &Protocol, now: i64) -> String {
    match (protocol.is_paused(now), now < protocol.pause_allowed_from) {
        (true, _) => format!("PAUSED until {}", format_moment(protocol.paused_until, now)),
        (false, true) => {
            format!(
                "open; the guardian can pause them from {} on",
                format_moment(protocol.pause_allowed_from, now)
            )
        }
        (false, false) => "open".to_owned(),
    }
}

/// Voting rules, a line each.
pub fn rules(rules: &VotingRules) -> Record {
    rules_change(rules, rules)
}

fn rules_change(before: &VotingRules, after: &VotingRules) -> Record {
    let change = |show: &dyn Fn(&VotingRules) -> String| match (show(before), show(after)) {
        (before, after) if before == after => after,
        (before, after) => format!("{before} → {after}"),
    };
    let duration = |seconds: u32| format_duration(seconds.into());
    Record::new()
        .line("vote lasts", change(&|rules| duration(rules.voting_period)))
        .line(
            "extended by",
            format!(
                "{} after the result has turned that late, up to three times",
                change(&|rules| duration(rules.extension))
            ),
        )
        .line(
            "timelock",
            format!("{} from its end to the execution", change(&|rules| duration(rules.timelock))),
        )
        .line(
            "executable",
            format!("for {}, then it has expired", change(&|rules| duration(rules.execution_window))),
        )
        .line(
            "quorum",
            format!(
                "{} of the locked tokens have to vote for it, and at least {} of all tokens",
                change(&|rules| format_bps(rules.quorum_bps.into())),
                format_bps(QUORUM_OF_SUPPLY_BPS.into())
            ),
        )
        .line(
            "deposit",
            format!("{}, back to the proposer when it is decided", change(&|rules| sol(rules.deposit))),
        )
}

/// The rules in one line.
pub fn rules_short(rules: &VotingRules) -> String {
    format!(
        "votes last {}, timelock {}, quorum {} of the locked tokens",
        format_duration(rules.voting_period.into()),
        format_duration(rules.timelock.into()),
        format_bps(rules.quorum_bps.into())
    )
}

fn phase_colour(phase: ProposalPhase) -> Color {
    match phase {
        ProposalPhase::Voting => Color::Green,
        ProposalPhase::Ended | ProposalPhase::Timelocked => Color::Yellow,
        ProposalPhase::Executable => Color::Cyan,
        ProposalPhase::Expired | ProposalPhase::Failed => Color::Red,
        ProposalPhase::Executed => Color::DarkGrey,
    }
}

fn phase_words(proposal: &Proposal, now: i64) -> String {
    let (from, to) = (proposal.executable_from(), proposal.expires_at());
    let phase = proposal.phase(now);
    let words = match phase {
        ProposalPhase::Voting => format!("votes are taken, {}", left(proposal.ends_at, now)),
        ProposalPhase::Ended => "the vote is over; anyone can finalize it".to_owned(),
        ProposalPhase::Timelocked => {
            format!("it passed; anyone can execute it from {} on", format_moment(from, now))
        }
        ProposalPhase::Executable => {
            format!("it passed; anyone can execute it until {}", format_moment(to, now))
        }
        ProposalPhase::Expired => format!("it passed, and nobody executed it before {}", format_time(to)),
        ProposalPhase::Failed if proposal.is_taken_back() => {
            format!(
                "it was taken back; its deposit can be returned from {} on",
                format_moment(proposal.ends_at, now)
            )
        }
        ProposalPhase::Failed => "it did not pass".to_owned(),
        ProposalPhase::Executed => "what it says is so".to_owned(),
    };
    format!("{}: {words}", outlook::proposal_phase_name(phase))
}

fn left(time: i64, now: i64) -> String {
    format!("{} left", format_duration(time.abs_diff(now)))
}

/// How the votes stand, in words.
pub fn standing(proposal: &Proposal) -> String {
    let standing = proposal.standing();
    let missing: Vec<_> = [
        (!standing.has_quorum, "the token house's quorum is not reached"),
        (!standing.has_majority, "the token house has no majority for it"),
        (standing.is_refused, "the participants refuse it"),
    ]
    .into_iter()
    .filter_map(|(is_missing, words)| is_missing.then_some(words))
    .collect();
    match missing.is_empty() {
        true => "passes".to_owned(),
        false => format!("does not pass: {}", missing.join(", ")),
    }
}

/// A share of the whole, in percent; nothing of nothing.
pub fn share(part: u64, whole: u64) -> String {
    let bps = (u128::from(part) * u128::from(BPS)).checked_div(u128::from(whole)).unwrap_or_default();
    format_bps(u32::try_from(bps).unwrap_or(u32::MAX))
}

/// A proposal as it stands.
pub fn proposal(proposal: &Keyed<Proposal>, vault: Option<FeeVault>, present: &Present) -> Record {
    let now = present.now;
    let (phase, what) = (proposal.phase(now), Action::from(&proposal.action));
    let is_decided = !matches!(phase, ProposalPhase::Voting | ProposalPhase::Ended);
    let standing_label = if is_decided { "result" } else { "as it stands" };
    Record::of(proposal)
        .heading(format!("Proposal {}: {}", proposal.id, action(&what, proposal.fee_bps, vault)))
        .json("phase", outlook::proposal_phase_name(phase))
        .json("passes", proposal.standing().passes())
        .json("executable_from", proposal.executable_from())
        .json("expires_at", proposal.expires_at())
        .line("phase", phase_words(proposal, now))
        .line(standing_label, standing(proposal))
        .line("vote ends", format!("{}{}", format_moment(proposal.ends_at, now), extension(proposal, phase)))
        .line(
            "executable",
            format!(
                "from {} to {}{}",
                format_time(proposal.executable_from()),
                format_time(proposal.expires_at()),
                if is_decided { "" } else { ", if it passes" }
            ),
        )
        .line("made", format_moment(proposal.created_at, now))
        .line("proposer", proposal.proposer)
        .line(
            "deposit",
            match proposal.deposit {
                0 => "returned".to_owned(),
                deposit => format!("{}, back to the proposer when it is decided", sol(deposit)),
            },
        )
        .line("account", proposal.address)
        .and(token_house(&proposal.tokens, present))
        .and(participants_house(&proposal.participants, &what, proposal.fee_bps, present))
        .and(meaning(&what, proposal.fee_bps, vault, present))
        .and(fee_moved(proposal, present))
        .and(deeds::of_proposal(&deeds_at(proposal, present), proposal.id))
}

fn extension(proposal: &Proposal, phase: ProposalPhase) -> String {
    let extension = format_duration(proposal.extension.into());
    match (proposal.is_extended(), phase) {
        (true, _) => {
            let later = proposal.ends_at.saturating_sub(proposal.first_end).unsigned_abs();
            format!(", {} later than planned: it turned late", format_duration(later))
        }
        (_, ProposalPhase::Voting) => format!(", {extension} after it turned last if that is later"),
        _ => String::new(),
    }
}

fn token_house(tally: &Tally, present: &Present) -> Record {
    let Tally { votes_for, votes_against, electorate, quorum } = *tally;
    let votes = |votes| format!("{}, {} of what was locked", present.tokens(votes), share(votes, electorate));
    Record::new()
        .heading("Token house")
        .line("for", votes(votes_for))
        .line("against", votes(votes_against))
        .line(
            "quorum",
            match quorum.checked_sub(votes_for) {
                None | Some(0) => format!("{} for: reached", present.tokens(quorum)),
                Some(missing) => {
                    format!("{} for: {} are missing", present.tokens(quorum), present.tokens(missing))
                }
            },
        )
}

fn participants_house(tally: &Tally, what: &Action, fee_bps: u16, present: &Present) -> Record {
    let record = Record::new().heading("Participants' house");
    if !what.is_rise(fee_bps) {
        return record.line("has no say", "it is asked before the fee rises, and only then");
    }
    let Tally { votes_for, votes_against, electorate, quorum } = *tally;
    let votes = |votes| format!("{}, {} of all weight", present.fees(votes), share(votes, electorate));
    let record = record.line("for", votes(votes_for)).line("against", votes(votes_against));
    record.line(
        "refuses with",
        match (quorum.checked_sub(votes_against), votes_against > votes_for) {
            _ if electorate == 0 => "nobody paid fees in the three epochs before, so nobody can".to_owned(),
            (None | Some(0), true) => format!("{} against: reached", present.fees(quorum)),
            (None | Some(0), false) => {
                format!("{} against: reached, but not more than for", present.fees(quorum))
            }
            (Some(missing), _) => format!(
                "{} against, and more than for: {} are missing",
                present.fees(quorum),
                present.fees(missing)
            ),
        },
    )
}

/// Says so where a proposal about the fee can no longer be executed.
fn fee_moved(proposal: &Proposal, present: &Present) -> Record {
    let fee_bps = present.fee_params.fee_bps;
    match outlook::is_void(proposal, fee_bps, present.now) {
        true => Record::new().line(
            "beware",
            format!(
                "the fee has moved to {} since: this can no longer be executed; propose again",
                format_bps(fee_bps.into())
            ),
        ),
        false => Record::new(),
    }
}

fn deeds_at(proposal: &Proposal, present: &Present) -> Vec<Deed<ProposalAct>> {
    outlook::proposal_deeds(proposal, present.fee_params.fee_bps, present.now)
}

/// A table of proposals.
pub fn proposal_list() -> List {
    let columns = vec![
        Column::number("ID"),
        Column::text("PROPOSES"),
        Column::text("PHASE"),
        Column::number("FOR"),
        Column::number("NEEDS"),
        Column::number("AGAINST"),
        Column::number("PAYERS AGAINST"),
        Column::text("PASSES"),
        Column::text("NEXT"),
    ];
    List::new(columns, "Nothing was proposed yet; see `gpu-lease governance propose --help`.")
}

pub fn proposal_row(proposal: &Proposal, present: &Present) -> Vec<Cell> {
    let (now, phase, what) = (present.now, proposal.phase(present.now), Action::from(&proposal.action));
    let next = match phase {
        ProposalPhase::Voting => format!("vote, {}", left(proposal.ends_at, now)),
        ProposalPhase::Ended => {
            let is_execution = |deed: &Deed<_>| {
                matches!(deed.act, ProposalAct::Execute { .. } | ProposalAct::WithdrawFees { .. })
            };
            let can_execute = deeds_at(proposal, present).iter().any(is_execution);
            if can_execute { "execute" } else { "finalize" }.to_owned()
        }
        ProposalPhase::Timelocked => format!("execute {}", format_relative(proposal.executable_from(), now)),
        ProposalPhase::Executable => format!("execute, {}", left(proposal.expires_at(), now)),
        ProposalPhase::Expired | ProposalPhase::Failed | ProposalPhase::Executed => "-".to_owned(),
    };
    vec![
        cell(proposal.id),
        cell(action_short(&what, proposal.fee_bps)),
        coloured(cell(outlook::proposal_phase_name(phase)), phase_colour(phase)),
        cell(present.tokens(proposal.tokens.votes_for)),
        cell(present.tokens(proposal.tokens.quorum)),
        cell(present.tokens(proposal.tokens.votes_against)),
        cell(match what.is_rise(proposal.fee_bps) {
            true => present.fees(proposal.participants.votes_against),
            false => "-".to_owned(),
        }),
        cell(match (proposal.standing().passes(), phase) {
            (true, _) => "yes",
            (false, ProposalPhase::Voting) => "not yet",
            (false, _) => "no",
        }),
        cell(next),
    ]
}

/// A lock.
pub fn lock(lock: &Keyed<VoteLock>, present: &Present) -> Record {
    let now = present.now;
    Record::of(lock)
        .line("lock", lock.address)
        .line("owner", lock.owner)
        .line("holds", present.tokens(lock.amount))
        .line(
            "unlocks",
            match lock.unlock_at <= now {
                true => "now: `gpu-lease governance unlock` returns the tokens".to_owned(),
                false => format_moment(lock.unlock_at, now),
            },
        )
        .line(
            "delegate",
            match lock.delegate == Default::default() {
                true => "none: the owner alone votes".to_owned(),
                false => format!("{}, where the owner has not voted", lock.delegate),
            },
        )
        .line("votes", reach(lock.unlock_at, present))
}

/// On which proposals a lock votes that ends then.
pub fn reach(unlock_at: i64, present: &Present) -> String {
    let VotingRules { voting_period, extension, .. } = present.governance.rules;
    let longest = latest_end(i64::from(voting_period), extension);
    let last = unlock_at.saturating_sub(longest);
    match last > present.now {
        true => format!("on proposals made until {}", format_moment(last, present.now)),
        false => format!(
            "on no new proposal: a vote takes up to {}, which a lock has to outlast; `gpu-lease governance extend-lock \
             --for` a longer time",
            format_duration(longest.unsigned_abs())
        ),
    }
}

/// The token house: what votes, and how it is spread.
pub fn token_house_status(locks: &[Keyed<VoteLock>], supply: u64, present: &Present) -> Record {
    let Quorum { votes: quorum, electorate: locked } = Quorum::of(&present.governance, supply, present.now);
    let spread = Concentration::of(locks.iter().map(|lock| lock.amount));
    let delegated = locks.iter().filter(|lock| lock.delegate != Default::default());
    let delegated = delegated.fold(0_u64, |sum, lock| sum.saturating_add(lock.amount));
    Record::new()
        .heading("Token house: locked tokens decide")
        .json(
            "token_house",
            object!({
                "locked": locked,
                "supply": supply,
                "delegated": delegated,
                "quorum": quorum,
                "concentration": spread.json(),
            }),
        )
        .line("vote mint", present.protocol.vote_mint)
        .line(
            "locked",
            format!("{} of {}, {}", present.tokens(locked), present.tokens(supply), share(locked, supply)),
        )
        .line(
            "delegated",
            format!("{}, {} of what is locked", present.tokens(delegated), share(delegated, locked)),
        )
        .line(
            "needs now",
            match quorum > locked {
                true => format!(
                    "{} votes for: more than is locked for so long, so nothing can be proposed; lock tokens with `gpu-lease \
                     governance lock`",
                    present.tokens(quorum)
                ),
                false => format!("{} votes for", present.tokens(quorum)),
            },
        )
        .and(concentration(&spread, "owner of a lock", "owners of locks"))
}

/// The participants' house: whose fees weigh, and how they are spread. `weights` are those of the wallets that vote.
pub fn payers_house_status(
    weights: impl IntoIterator<Item = u64>,
    fees: &FeeEpochs,
    present: &Present,
) -> Record {
    let (spread, epoch) = (Concentration::of(weights), epoch_of(present.now));
    let weight = fees.weight_before(epoch).saturating_mul(2);
    let counted = |epoch| fees.epochs.iter().find(|kept| kept.epoch == epoch).map_or(0, |kept| kept.fees);
    let epochs = epoch.saturating_sub(WEIGHT_EPOCHS)..=epoch;
    let start = |epoch: u64| i64::try_from(epoch.saturating_mul(FEE_EPOCH.into())).unwrap_or(i64::MAX);
    let date = |time| format_time(time).chars().take(10).collect::<String>();
    let shown: Vec<_> =
        epochs.clone().map(|epoch| object!({ "epoch": epoch, "fees": counted(epoch) })).collect();
    let record = Record::new()
        .heading("Participants' house: paid fees can refuse a rise of the fee")
        .json(
            "participants_house",
            object!({ "weight": weight, "epochs": shown.as_slice(), "concentration": spread.json() }),
        )
        .line("unit mint", format!("{}; leases in other mints carry no weight", present.protocol.unit_mint))
        .line(
            "weight",
            format!(
                "{}: fees of the last three complete epochs, for the renter and for the provider who paid them",
                present.fees(weight)
            ),
        );
    epochs
        .fold(record, |record, shown| {
            let label = if shown == epoch { "counting" } else { "fees" };
            let from = date(start(shown));
            record.line(
                label,
                match shown == epoch {
                    true => format!(
                        "{} since {from}: weighs from {} on",
                        present.fees(counted(shown)),
                        date(start(epoch.saturating_add(1)))
                    ),
                    false => format!("{} in the 30 days from {from} on", present.fees(counted(shown))),
                },
            )
        })
        .line(
            "refuses with",
            format!("{} of the weight against, and more than for", format_bps(REFUSAL_QUORUM_BPS.into())),
        )
        .and(concentration(&spread, "wallet", "wallets"))
}

fn concentration(spread: &Concentration, one: &str, many: &str) -> Record {
    let Concentration { holders, top_ten_bps, deciders, gini_bps, .. } = *spread;
    let count = |count: u64| format!("{count} {}", if count == 1 { one } else { many });
    let record = Record::new().line("held by", count(holders));
    if holders == 0 {
        return record;
    }
    record
        .line("largest ten", format!("hold {}", format_bps(top_ten_bps)))
        .line(
            "majority",
            match deciders {
                1 => format!("1 {one} holds more than half"),
                _ => format!("the {deciders} largest {many} hold more than half (Nakamoto coefficient)"),
            },
        )
        .line(
            "Gini",
            format!("{}: 0 is the same for all, towards 1 one has all", format_amount(gini_bps.into(), 4)),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use gpu_lease_client::state::ProposalState;
    use solana_address::Address;

    const NOBODY: Address = Address::new_from_array([0; 32]);

    fn keyed<T>(account: T) -> Keyed<T> {
        Keyed { address: NOBODY, account }
    }

    fn mint(decimals: u8) -> MintInfo {
        MintInfo { address: NOBODY, token_program: NOBODY, decimals }
    }

    /// A fee of 1% at 1000, with a mint of two decimals and one of six.
    fn present() -> Present {
        Present {
            protocol: keyed(Protocol::zeroed()),
            governance: keyed(Governance {
                rules: VotingRules { voting_period: 500, extension: 100, ..VotingRules::zeroed() },
                ..Governance::zeroed()
            }),
            fee_params: keyed(FeeParams { fee_bps: 100, ..FeeParams::zeroed() }),
            vote_mint: mint(2),
            unit_mint: mint(6),
            now: 1_000,
        }
    }

    /// A rise to 1.5% until 2000, which needs 10.00 tokens and is refused with 5.00 of fees.
    fn rise() -> Proposal {
        Proposal {
            action: Action::SetFee { fee_bps: 150 }.into(),
            tokens: Tally { electorate: 10_000, quorum: 1_000, ..Tally::default() },
            participants: Tally { electorate: 100_000_000, quorum: 5_000_000, ..Tally::default() },
            ends_at: 2_000,
            timelock: 100,
            execution_window: 100,
            fee_bps: 100,
            ..Proposal::zeroed()
        }
    }

    fn text(proposal: Proposal, present: &Present) -> String {
        let record = super::proposal(&keyed(proposal), None, present);
        console::strip_ansi_codes(&record.to_string()).into_owned()
    }

    #[test]
    fn a_fee_is_told_in_money_and_each_house_in_its_own_mint() {
        let mut proposal = rise();
        (proposal.tokens.votes_for, proposal.participants.votes_against) = (250, 1_500_000);
        let text = text(proposal, &present());
        for words in [
            "raise the fee from 1% to 1.5%",
            "provider gets 99.00 1111…1111 → 98.50 1111…1111, fee 1.00 1111…1111 → 1.50 1111…1111",
            "2.50 1111…1111, 2.5% of what was locked",
            "10.00 1111…1111 for: 7.50 1111…1111 are missing",
            "1.50 1111…1111, 1.5% of all weight",
            "5.00 1111…1111 against, and more than for: 3.50 1111…1111 are missing",
        ] {
            assert!(text.contains(words), "{words} in {text}");
        }
    }

    #[test]
    fn a_standing_names_all_that_is_missing() {
        let mut proposal = rise();
        assert!(standing(&proposal).contains("quorum") && standing(&proposal).contains("majority"));
        proposal.tokens.votes_for = 1_000;
        assert_eq!(standing(&proposal), "passes");
        proposal.tokens.votes_against = 1_000;
        assert_eq!(standing(&proposal), "does not pass: the token house has no majority for it");
        (proposal.tokens.votes_against, proposal.participants.votes_against) = (999, 5_000_000);
        assert_eq!(standing(&proposal), "does not pass: the participants refuse it");
    }

    #[test]
    fn a_proposal_against_another_fee_is_told_to_be_void_until_it_is_over() {
        let mut present = present();
        assert!(!text(rise(), &present).contains("beware"));
        present.fee_params.account.fee_bps = 110;
        assert!(text(rise(), &present).contains("the fee has moved to 1.1% since"));
        let failed = Proposal { state: ProposalState::Failed.into(), ..rise() };
        assert!(!text(failed, &present).contains("beware"));
    }

    #[test]
    fn rules_are_told_as_changes() {
        let rules = VotingRules { voting_period: 600, ..present().governance.rules };
        let text = meaning(&Action::SetVotingRules { rules }, 100, None, &present()).to_string();
        assert!(
            text.contains("8m 20s → 10m")
                && text.contains("1m 40s after the result has turned that late, up to three times"),
            "{text}"
        );
    }

    #[test]
    fn a_withdrawal_of_everything_shows_what_that_is_now() {
        let vault = Some(FeeVault { mint: mint(6), balance: 7_500_000 });
        let all = Action::WithdrawFees { mint: NOBODY, amount: u64::MAX };
        assert!(action(&all, 100, vault).starts_with("withdraw all fees"));
        let some = Action::WithdrawFees { mint: NOBODY, amount: 2_500_000 };
        assert!(action(&some, 100, vault).starts_with("withdraw 2.50 1111…1111 of fees"));
        assert!(meaning(&all, 100, vault, &present()).to_string().contains("holds 7.50 1111…1111 now"));
    }

    #[test]
    fn a_lock_votes_on_proposals_whose_longest_vote_it_outlasts() {
        assert!(reach(1_800, &present()).starts_with("on no new proposal"));
        assert!(reach(1_801, &present()).starts_with("on proposals made until"));
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!(share(0, 0), "0%");
        assert_eq!(share(u64::MAX, u64::MAX), "100%");
        assert_eq!(share(1, 3), "33.33%");
    }
}
