//! Events.

use crate::{
    output::Record,
    phase,
    units::{self, *},
};
use gpu_lease_client::{decode::Event, json::Json, rpc::MintInfo, state::ProposalState};
use serde_json::Value;

/// What an event says beyond what the command said that caused it, as lines behind a result. One that needs no other words
/// says its fields.
pub fn lines(event: &Event, mint: Option<&MintInfo>) -> Record {
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
        Event::LeaseTerminated(event) => {
            record.line("ends", format!("{}{}", format_time(event.ends_at), phase::end_reason(event.reason)))
        }
        Event::LeaseExpired(event) => {
            record.line("ended", format!("{}{}", format_time(event.ends_at), phase::end_reason(event.reason)))
        }
        Event::LeaseDisputed(event) => record
            .line("accepted", format_units(event.renter_units))
            .line("claimed", format_units(event.provider_units))
            .line("stake", money(event.stake))
            .line("decide until", format_time(event.deadline)),
        Event::DisputeResolved(event) => record.line("accepted", format_units(event.units)).line(
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
            .line("accepted", format_units(event.accepted))
            .line("to the provider", money(event.payout))
            .line("fee", money(event.fee)),
        Event::FeesCounted(event) => record.line("counted", money(event.fees)),
        Event::LeaseClosed(event) => record
            .line("accepted", format_units(event.accepted))
            .line("promised", format_units(event.promised))
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
        event => fields(event),
    }
}

/// All that an event says, but for the lease that it is about: whoever sees it knows which.
fn fields(event: &Event) -> Record {
    let said = event.json();
    let fields = said.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, _)| !["event", "lease"].contains(&name.as_str()));
    fields.fold(Record::new(), |record, (name, value)| {
        let label = name.replace('_', " ");
        match value {
            Value::Null => record.line(label, "none"),
            Value::String(text) => record.line(label, text),
            value => record.line(label, value),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{super::testing::money_of, *};
    use anchor_lang::Discriminator;
    use gpu_lease_client::{
        events::{DisputeResolved, LeaseExpired, LeaseResized, LeaseTerminated, SessionKeySet},
        state::EndReason,
    };
    use solana_address::Address;

    fn shown<T: Discriminator + bytemuck::Pod>(change: impl FnOnce(&mut T)) -> String {
        let mut content = T::zeroed();
        change(&mut content);
        let read = Event::from_bytes(&[T::DISCRIMINATOR, bytemuck::bytes_of(&content)].concat());
        lines(&read.unwrap(), Some(&money_of(6))).to_string()
    }

    #[test]
    fn an_early_end_is_shown_with_its_reason() {
        let terminated = shown(|event: &mut LeaseTerminated| event.reason = EndReason::RenterNotice as u64);
        assert!(terminated.contains("1970-01-01 00:00:00Z, renter notice"), "{terminated}");
        let expired = shown(|event: &mut LeaseExpired| event.reason = EndReason::Abandoned as u64);
        assert!(expired.contains("abandoned"), "{expired}");
        assert_eq!(phase::end_reason(EndReason::Completed as u64), "");
    }

    #[test]
    fn an_event_without_words_of_its_own_says_its_fields() {
        let key = Address::new_from_array([7; 32]);
        let set = shown(|event: &mut SessionKeySet| event.session_key = key);
        assert!(set.contains("session key") && set.contains(&key.to_string()), "{set}");
        assert!(!set.contains("lease"), "{set}");
        assert!(shown(|_: &mut SessionKeySet| ()).contains("none"));
    }

    #[test]
    fn a_resize_shows_bond_only_if_it_takes_some() {
        assert!(!shown(|_: &mut LeaseResized| ()).contains("bond"));
        assert!(shown(|event: &mut LeaseResized| event.bond = 2_500_000).contains("2.50"));
    }

    #[test]
    fn a_decision_tells_the_arbiter_s_fee_and_a_timeout_that_there_is_none() {
        let decided = shown(|event: &mut DisputeResolved| {
            event.by_arbiter = 1;
            event.from_provider = 250_000;
        });
        assert!(
            decided.contains("0.00 1111…1111 of the renter's stake, 0.25 1111…1111 of the bond"),
            "{decided}"
        );
        assert!(shown(|_: &mut DisputeResolved| ()).contains("nothing, it did not decide"));
    }
}
