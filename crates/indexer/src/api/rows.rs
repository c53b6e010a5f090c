//! The columns of each list.

use super::table::{Columns, Row};
use crate::views::{
    Balance, Commitment, Event, FeeChange, Lease, MarketDay, Model, Movement, Offer, OfferVersion, Pause,
    PriceDay, Proposal, Provider, ProviderDay, Receipt, Statement, Vote, WalletDay,
};

impl Row for Offer {
    fn columns() -> Columns<Self> {
        Columns::new()
            .plain("address", |it: &Self| Some(it.address.clone()))
            .plain("provider", |it| Some(it.provider.clone()))
            .plain("id", |it| Some(it.id.0))
            .text("gpu_model", |it| Some(it.gpu_model.clone()))
            .text("region", |it| Some(it.region.clone()))
            .plain("memory_gib", |it| Some(it.memory_gib))
            .plain("carbon_intensity", |it| Some(it.carbon_intensity))
            .plain("gpus", |it| Some(it.gpus))
            .plain("gpus_free", |it| Some(it.gpus_free))
            .plain("leases", |it| Some(it.leases))
            .plain("is_open", |it| Some(it.is_open))
            .plain("revision", |it| Some(it.revision))
            .plain("mint", |it| Some(it.terms.mint.clone()))
            .amount("price", |it| Some(it.terms.price), |it| &it.terms.mint)
            .plain("min_duration", |it| Some(it.terms.min_duration))
            .plain("max_duration", |it| Some(it.terms.max_duration))
            .plain("notice", |it| Some(it.terms.notice))
            .plain("challenge_window", |it| Some(it.terms.challenge_window))
            .plain("heartbeat_timeout", |it| Some(it.terms.heartbeat_timeout))
            .plain("sla_penalty_bps", |it| Some(it.terms.sla_penalty_bps))
            .plain("sla_uptime_bps", |it| Some(it.terms.sla_uptime_bps))
            .plain("bond_hours", |it| Some(it.terms.bond_hours))
            .plain("verifier", |it| it.terms.verifier.clone())
            .plain("uptime_bps", |it| it.reliability.uptime_bps)
            .text("description_uri", |it| Some(it.description_uri.clone()))
            .plain("description_hash", |it| Some(it.description_hash.clone()))
            .time("created_at", |it| it.created_at)
            .time("updated_at", |it| it.updated_at)
            .time("closed_at", |it| it.closed_at)
            .commitment(|it| it.commitment)
    }

    fn is_final(&self) -> bool {
        self.commitment == Commitment::Finalized
    }
}

impl Row for OfferVersion {
    fn columns() -> Columns<Self> {
        Columns::new()
            .landed(|it: &Self| Some(&it.since))
            .plain("gpus", |it| Some(it.gpus))
            .plain("is_open", |it| Some(it.is_open))
            .text("gpu_model", |it| Some(it.gpu_model.clone()))
            .plain("mint", |it| Some(it.terms.mint.clone()))
            .amount("price", |it| Some(it.terms.price), |it| &it.terms.mint)
            .plain("min_duration", |it| Some(it.terms.min_duration))
            .plain("max_duration", |it| Some(it.terms.max_duration))
            .plain("sla_penalty_bps", |it| Some(it.terms.sla_penalty_bps))
            .plain("sla_uptime_bps", |it| Some(it.terms.sla_uptime_bps))
            .plain("bond_hours", |it| Some(it.terms.bond_hours))
    }

    fn is_final(&self) -> bool {
        self.since.commitment == Commitment::Finalized
    }
}

impl Row for Model {
    fn columns() -> Columns<Self> {
        Columns::new()
            .text("gpu_model", |it: &Self| Some(it.gpu_model.clone()))
            .plain("offers", |it| Some(it.offers.0))
            .plain("gpus", |it| Some(it.gpus.0))
            .plain("gpus_free", |it| Some(it.gpus_free.0))
            .plain("providers", |it| Some(it.providers.0))
            .plain("mint", |it| it.from.first().map(|it| it.mint.clone()))
            .amount(
                "from",
                |it| it.from.first().map(|it| it.price),
                |it| it.from.first().map_or("", |it| it.mint.as_str()),
            )
    }

    /// A row for each mint; one without, if nothing is free.
    fn split(self) -> Vec<Self> {
        if self.from.is_empty() {
            return vec![self];
        }
        self.from.iter().map(|price| Self { from: vec![price.clone()], ..self.clone() }).collect()
    }
}

impl Row for PriceDay {
    fn columns() -> Columns<Self> {
        Columns::new()
            .time("day", |it: &Self| Some(it.day))
            .text("gpu_model", |it| Some(it.gpu_model.clone()))
            .plain("mint", |it| Some(it.mint.clone()))
            .amount("low", |it| it.low, |it| &it.mint)
            .amount("mean", |it| it.mean, |it| &it.mint)
            .amount("high", |it| it.high, |it| &it.mint)
            .plain("leases", |it| Some(it.leases.0))
            .plain("gpu_seconds", |it| Some(it.gpu_seconds.0))
            .plain("gpus", |it| Some(it.gpus.0))
            .plain("gpus_free", |it| Some(it.gpus_free.0))
    }
}

impl Row for Lease {
    fn columns() -> Columns<Self> {
        Columns::new()
            .plain("address", |it: &Self| Some(it.address.clone()))
            .plain("opened_slot", |it| Some(it.opened_slot.0))
            .plain("renter", |it| Some(it.renter.clone()))
            .plain("payer", |it| Some(it.payer.clone()))
            .plain("provider", |it| Some(it.provider.clone()))
            .plain("provider_authority", |it| it.provider_authority.clone())
            .plain("offer", |it| Some(it.offer.clone()))
            .text("gpu_model", |it| Some(it.gpu_model.clone()))
            .text("region", |it| Some(it.region.clone()))
            .plain("gpus", |it| Some(it.gpus))
            .plain("duration", |it| Some(it.duration))
            .plain("state", |it| Some(it.state))
            .plain("end_reason", |it| it.end_reason.clone())
            .time("opened_at", |it| Some(it.opened_at))
            .time("started_at", |it| it.started_at)
            .time("ends_at", |it| it.ends_at)
            .time("closed_at", |it| it.closed_at)
            .plain("accepted_gpu_seconds", |it| Some(it.accepted.0))
            .plain("claimed_gpu_seconds", |it| Some(it.claimed.0))
            .plain("promised_gpu_seconds", |it| it.promised.map(|it| it.0))
            .plain("energy_wh", |it| Some(it.energy_wh.0))
            .plain("mint", |it| Some(it.mint.clone()))
            .amount("price", |it| Some(it.price), |it| &it.mint)
            .plain("fee_bps", |it| Some(it.fee_bps))
            .amount("deposited", |it| it.deposited, |it| &it.mint)
            .amount("paid", |it| it.paid, |it| &it.mint)
            .amount("fees", |it| it.fees, |it| &it.mint)
            .amount("bond", |it| it.bond, |it| &it.mint)
            .amount("closing_payout", |it| it.closing.map(|it| it.payout), |it| &it.mint)
            .amount("closing_fees", |it| it.closing.map(|it| it.fees), |it| &it.mint)
            .amount("closing_bond", |it| it.closing.map(|it| it.bond), |it| &it.mint)
            .amount("closing_credit", |it| it.closing.map(|it| it.credit), |it| &it.mint)
            .amount("closing_refund", |it| it.closing.map(|it| it.refund), |it| &it.mint)
            .plain("is_own", |it| Some(it.is_own))
            .plain("is_in_doubt", |it| Some(it.is_in_doubt))
            .commitment(|it| it.commitment)
    }

    fn is_final(&self) -> bool {
        self.commitment == Commitment::Finalized
    }
}

impl Row for Statement {
    fn columns() -> Columns<Self> {
        Columns::new()
            .landed(|it: &Self| Some(&it.landed))
            .time("window_end", |it| Some(it.window_end))
            .plain("gpu_seconds", |it| Some(it.gpu_seconds.0))
            .plain("energy_wh", |it| Some(it.energy_wh.0))
            .plain("evidence", |it| Some(it.evidence.clone()))
            .plain("signers", |it| Some(it.signers.join(" ")))
            .plain("is_co_signed", |it| Some(it.is_co_signed))
            .plain("counts", |it| Some(it.counts))
    }

    fn is_final(&self) -> bool {
        self.landed.commitment == Commitment::Finalized
    }
}

impl Row for Event {
    fn columns() -> Columns<Self> {
        Columns::new()
            .plain("id", |it: &Self| Some(it.id.clone()))
            .landed(|it| Some(&it.landed))
            .plain("instruction", |it| Some(it.instruction.clone()))
            .plain("by", |it| it.by.clone())
            .plain("lease", |it| it.lease.clone())
            .plain("opened_slot", |it| it.opened_slot.map(|it| it.0))
            .plain("accounts", |it| Some(it.accounts.clone()))
            .plain("args", |it| Some(it.args.clone()))
    }

    fn is_final(&self) -> bool {
        self.landed.commitment == Commitment::Finalized
    }
}

impl Row for Movement {
    fn columns() -> Columns<Self> {
        Columns::new()
            .landed(|it: &Self| Some(&it.landed))
            .plain("number", |it| Some(it.number))
            .plain("purpose", |it| Some(it.purpose.clone()))
            .plain("mint", |it| Some(it.mint.clone()))
            .amount("amount", |it| Some(it.amount), |it| &it.mint)
            .plain("from", |it| it.from.clone())
            .plain("from_owner", |it| it.from_owner.clone())
            .plain("to", |it| it.to.clone())
            .plain("to_owner", |it| it.to_owner.clone())
            .plain("lease", |it| it.lease.clone())
            .plain("opened_slot", |it| it.opened_slot.map(|it| it.0))
    }

    fn is_final(&self) -> bool {
        self.landed.commitment == Commitment::Finalized
    }
}

impl Row for Receipt {
    fn columns() -> Columns<Self> {
        Columns::new()
            .landed(|it: &Self| moved(it).map(|it| &it.landed))
            .plain("lease", |it| Some(it.lease.address.clone()))
            .plain("opened_slot", |it| Some(it.lease.opened_slot.0))
            .plain("renter", |it| Some(it.lease.renter.clone()))
            .plain("payer", |it| Some(it.lease.payer.clone()))
            .plain("provider", |it| Some(it.lease.provider.clone()))
            .plain("provider_authority", |it| it.lease.provider_authority.clone())
            .text("gpu_model", |it| Some(it.lease.gpu_model.clone()))
            .plain("gpus", |it| Some(it.lease.gpus))
            .plain("purpose", |it| moved(it).map(|it| it.purpose.clone()))
            .plain("mint", |it| Some(it.lease.mint.clone()))
            .amount("amount", |it| moved(it).map(|it| it.amount), |it| &it.lease.mint)
            .change("change", |it| it.lines.first().map(|it| it.change), |it| &it.lease.mint)
            .plain("from", |it| moved(it).and_then(|it| it.from.clone()))
            .plain("from_owner", |it| moved(it).and_then(|it| it.from_owner.clone()))
            .plain("to", |it| moved(it).and_then(|it| it.to.clone()))
            .plain("to_owner", |it| moved(it).and_then(|it| it.to_owner.clone()))
    }

    fn is_final(&self) -> bool {
        self.lease.is_final() && self.lines.iter().all(|line| line.movement.is_final())
    }

    /// A row for each of its lines.
    fn split(self) -> Vec<Self> {
        self.lines.iter().map(|line| Self { lines: vec![line.clone()], ..self.clone() }).collect()
    }
}

/// What a row of a receipt is about.
fn moved(receipt: &Receipt) -> Option<&Movement> {
    receipt.lines.first().map(|line| &line.movement)
}

impl Row for Balance {
    fn columns() -> Columns<Self> {
        Columns::new()
            .plain("account", |it: &Self| Some(it.account.clone()))
            .plain("kind", |it| Some(it.kind.clone()))
            .plain("of", |it| Some(it.of.clone()))
            .plain("mint", |it| Some(it.mint.clone()))
            .amount("booked", |it| Some(it.booked), |it| &it.mint)
            .amount("held", |it| it.held, |it| &it.mint)
            .time("audited_at", |it| it.audited_at)
            .plain("verdict", |it| Some(it.verdict.clone()))
    }
}

impl Row for Provider {
    fn columns() -> Columns<Self> {
        Columns::new()
            .plain("address", |it: &Self| Some(it.address.clone()))
            .plain("authority", |it| Some(it.authority.clone()))
            .plain("attestor", |it| Some(it.attestor.clone()))
            .plain("operator", |it| it.operator.clone())
            .plain("registered_by", |it| Some(it.registered_by.clone()))
            .time("registered_at", |it| it.registered_at)
            .plain("units_delivered", |it| Some(it.record.units_delivered.0))
            .plain("units_promised", |it| Some(it.record.units_promised.0))
            .plain("fees_paid", |it| Some(it.record.fees_paid.0))
            .plain("leases_started", |it| Some(it.record.leases_started))
            .plain("leases_completed", |it| Some(it.record.leases_completed))
            .plain("leases_abandoned", |it| Some(it.record.leases_abandoned))
            .plain("leases_disputed", |it| Some(it.record.leases_disputed))
            .plain("disputes_lost", |it| Some(it.record.disputes_lost))
            .plain("uptime_bps", |it| it.reliability.uptime_bps)
            .plain("weighed_units_promised", |it| Some(it.reliability.units_promised.0))
            .plain("weighed_units_delivered", |it| Some(it.reliability.units_delivered.0))
            .plain("weighed_leases", |it| Some(it.reliability.leases))
            .plain("leases_without_weight", |it| Some(it.reliability.leases_without_weight))
    }
}

impl Row for ProviderDay {
    fn columns() -> Columns<Self> {
        Columns::new()
            .time("day", |it: &Self| Some(it.day))
            .plain("uptime_bps", |it| it.reliability.uptime_bps)
            .plain("units_promised", |it| Some(it.reliability.units_promised.0))
            .plain("units_delivered", |it| Some(it.reliability.units_delivered.0))
            .plain("leases", |it| Some(it.reliability.leases))
            .plain("abandoned", |it| Some(it.reliability.abandoned))
            .plain("disputes_lost", |it| Some(it.reliability.disputes_lost))
            .plain("leases_without_weight", |it| Some(it.reliability.leases_without_weight))
    }
}

impl Row for Proposal {
    fn columns() -> Columns<Self> {
        Columns::new()
            .plain("address", |it: &Self| Some(it.address.clone()))
            .plain("id", |it| Some(it.id.0))
            .plain("proposer", |it| Some(it.proposer.clone()))
            .plain("action", |it| Some(it.action.clone()))
            .plain("state", |it| Some(it.state))
            .time("created_at", |it| Some(it.created_at))
            .time("ends_at", |it| Some(it.ends_at))
            .plain("tokens_for", |it| Some(it.tokens_for.0))
            .plain("tokens_against", |it| Some(it.tokens_against.0))
            .plain("quorum", |it| Some(it.quorum.0))
            .plain("participants_for", |it| Some(it.participants_for.0))
            .plain("participants_against", |it| Some(it.participants_against.0))
            .plain("refusal_quorum", |it| Some(it.refusal_quorum.0))
            .time("executed_at", |it| it.executed.as_ref().map(|it| it.time))
    }
}

impl Row for Vote {
    fn columns() -> Columns<Self> {
        Columns::new()
            .landed(|it: &Self| Some(&it.landed))
            .plain("proposal", |it| Some(it.proposal.clone()))
            .plain("seat", |it| Some(it.seat.clone()))
            .plain("owner", |it| it.owner.clone())
            .plain("by", |it| it.by.clone())
            .plain("house", |it| Some(it.house.clone()))
            .plain("is_for", |it| Some(it.is_for))
            .plain("weight", |it| Some(it.weight.0))
            .plain("by_delegate", |it| Some(it.by_delegate))
            .plain("changes", |it| Some(it.changes))
    }

    fn is_final(&self) -> bool {
        self.landed.commitment == Commitment::Finalized
    }
}

impl Row for FeeChange {
    fn columns() -> Columns<Self> {
        Columns::new()
            .landed(|it: &Self| Some(&it.landed))
            .plain("from_bps", |it| it.from_bps)
            .plain("to_bps", |it| Some(it.to_bps))
            .plain("proposal", |it| it.proposal.clone())
    }
}

impl Row for Pause {
    fn columns() -> Columns<Self> {
        Columns::new().landed(|it: &Self| Some(&it.landed)).time("until", |it| Some(it.until))
    }
}

impl Row for MarketDay {
    fn columns() -> Columns<Self> {
        Columns::new()
            .time("day", |it: &Self| Some(it.day))
            .plain("opened", |it| Some(it.opened.0))
            .plain("closed", |it| Some(it.closed.0))
            .plain("disputes", |it| Some(it.disputes.0))
            .plain("gpu_seconds", |it| Some(it.gpu_seconds.0))
            .plain("mint", |it| it.mints.first().map(|it| it.mint.clone()))
            .amount("paid_in", |it| it.mints.first().map(|it| it.paid_in), mint_of)
            .amount("paid_out", |it| it.mints.first().map(|it| it.paid_out), mint_of)
            .amount("fees", |it| it.mints.first().map(|it| it.fees), mint_of)
            .amount("credits", |it| it.mints.first().map(|it| it.credits), mint_of)
            .amount("refunds", |it| it.mints.first().map(|it| it.refunds), mint_of)
    }

    /// A row for each mint; one without, if no money moved.
    fn split(self) -> Vec<Self> {
        if self.mints.is_empty() {
            return vec![self];
        }
        self.mints.iter().map(|mint| Self { mints: vec![mint.clone()], ..self.clone() }).collect()
    }
}

/// The mint that a row of the market is about.
fn mint_of(day: &MarketDay) -> &str {
    day.mints.first().map_or("", |it| it.mint.as_str())
}

impl Row for WalletDay {
    fn columns() -> Columns<Self> {
        Columns::new()
            .time("day", |it: &Self| Some(it.day))
            .plain("mint", |it| Some(it.mint.clone()))
            .amount("paid_in", |it| Some(it.paid_in), |it| &it.mint)
            .amount("paid_back", |it| Some(it.paid_back), |it| &it.mint)
            .amount("earned", |it| Some(it.earned), |it| &it.mint)
            .amount("bonds_paid", |it| Some(it.bonds_paid), |it| &it.mint)
            .amount("bonds_returned", |it| Some(it.bonds_returned), |it| &it.mint)
    }
}
