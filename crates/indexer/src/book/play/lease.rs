//! Leases and their money.

use anchor_lang::hash::sha256;
use bytemuck::Zeroable;
use gpu_lease_client::decode::Event;
use gpu_lease_client::events::{
    AccessPublished, DisputeResolved, FeesCounted, GpusReleased, LeaseCancelled, LeaseClosed, LeaseDisputed,
    LeaseExpired, LeaseExtended, LeaseOpened, LeaseResized, LeaseSettled, LeaseStarted, LeaseTerminated,
    LeaseToppedUp, SessionKeySet,
};
use gpu_lease_client::state::{
    Agreed, ArbiterFee, Closing, Dispute, EndReason, FeeCount, FeeParams, Lease, LeaseParties, LeaseRequest,
    MintPolicy, Offer, Participant, Protocol, Provider, Resize, Settlement,
};
use solana_address::Address;

use super::{Due, Fault, LeaseEnd, LeaseLife, Play, Played, Purpose};
use crate::book::entry::{Vault, VaultKind};

impl Play<'_> {
    pub(super) fn open_lease(&mut self, request: &LeaseRequest) -> Result<Played, Fault> {
        let (address, renter) = (self.account("lease")?, self.account("renter")?);
        let parties = LeaseParties {
            renter,
            payer: self.account("payer")?,
            offer: self.account("offer")?,
            vault: self.account("vault")?,
            bump: Lease::address(&renter, request.nonce).1,
        };
        let (offer, protocol, fee_params): (Offer, Protocol, FeeParams) =
            (self.get("offer")?, self.get("protocol")?, self.get("fee_params")?);
        let mut lease = Lease::zeroed();
        let opened =
            lease.open(request, &parties, &offer, &protocol, fee_params.fee_bps, self.transaction.moment);
        self.rules(opened)?;
        let vault = Vault { kind: VaultKind::Lease, of: address, mint: lease.terms.mint, balance: 0 };
        self.draft.put(lease.vault, vault);
        self.lease = Some(LeaseLife { lease: address, opened_slot: lease.opened_slot });
        self.put_lease(address, lease);
        let event = LeaseOpened {
            lease: address,
            renter: lease.renter,
            payer: lease.payer,
            offer: lease.offer,
            provider: lease.provider,
            arbiter: lease.arbiter,
            mint: lease.terms.mint,
            life: lease.life,
            offer_hash: lease.offer_hash,
            deposit: request.deposit,
            price: lease.terms.price,
            opened_slot: lease.opened_slot,
            start_deadline: lease.start_deadline,
            duration: lease.duration,
            gpus: lease.gpus,
            fee_bps: u64::from(lease.fee_bps),
        };
        Ok(Played::paid([Due::new(Purpose::Deposit, request.deposit)], Event::LeaseOpened(event)))
    }

    pub(super) fn cancel_lease(&mut self) -> Result<Played, Fault> {
        let lease = self.its_lease()?;
        let address = self.account("lease")?;
        let refund = self.draft.get::<Vault>(&lease.vault)?.balance;
        self.end_lease(address, lease, LeaseEnd::Cancelled { refund });
        let never_started = u64::from(self.transaction.moment.time > lease.start_deadline);
        let event = Event::LeaseCancelled(LeaseCancelled { lease: address, refund, never_started });
        Ok(Played::paid([Due::new(Purpose::Refund, refund)], event))
    }

    pub(super) fn start_lease(&mut self, access_blob: &[u8]) -> Result<Played, Fault> {
        let mut lease = self.its_lease()?;
        let address = self.account("lease")?;
        let access_blob_hash = sha256(access_blob);
        let is_pooled = self.is_pooled()?;
        let bond = self.rules(lease.start(access_blob_hash, is_pooled, self.transaction.moment))?;
        self.put_lease(address, lease);
        self.change_offer(|offer| offer.start_lease(lease.gpus))?;
        self.count(|record| record.lease_started())?;
        let event = LeaseStarted {
            lease: address,
            access_blob_hash,
            bond,
            started_at: lease.started_at,
            ends_at: lease.ends_at,
            ledger: lease.ledger,
        };
        Ok(Played::paid([Due::new(Purpose::Bond, bond)], Event::LeaseStarted(event)))
    }

    pub(super) fn publish_access(
        &mut self,
        replaced: &[u8; 32],
        access_blob: &[u8],
    ) -> Result<Played, Fault> {
        let access_blob_hash = sha256(access_blob);
        let moment = self.transaction.moment;
        let (lease, _) = self.change(|lease| lease.publish_access(replaced, access_blob_hash, moment))?;
        let event = AccessPublished { lease, access_blob_hash, slot: moment.slot };
        Ok(Played::told(Event::AccessPublished(event)))
    }

    pub(super) fn top_up(&mut self, amount: u64, min_ends_at: i64) -> Result<Played, Fault> {
        let moment = self.transaction.moment;
        let (lease, after) = self.change(|lease| lease.top_up(amount, min_ends_at, moment))?;
        let event = LeaseToppedUp { lease, funder: self.account("funder")?, amount, ledger: after.ledger };
        Ok(Played::paid([Due::new(Purpose::TopUp, amount)], Event::LeaseToppedUp(event)))
    }

    pub(super) fn extend_lease(&mut self, gpus: u32, duration: u32) -> Result<Played, Fault> {
        let moment = self.transaction.moment;
        let (lease, after) = self.change(|lease| lease.extend(gpus, duration, moment))?;
        Ok(Played::told(Event::LeaseExtended(LeaseExtended { lease, ends_at: after.ends_at })))
    }

    pub(super) fn resize_lease(&mut self, change: &Resize) -> Result<Played, Fault> {
        let is_pooled = self.is_pooled()?;
        let mut lease = self.its_lease()?;
        let address = self.account("lease")?;
        let (more, bond) = self.rules(lease.resize(change, is_pooled, self.transaction.moment.time))?;
        self.put_lease(address, lease);
        if more > 0 {
            self.change_offer(|offer| offer.reserve(more))?;
        }
        let event = LeaseResized {
            lease: address,
            gpus: u64::from(change.to),
            effective_at: lease.meter.segment_start,
            bond,
            ledger: lease.ledger,
        };
        Ok(Played::paid([Due::new(Purpose::Bond, bond)], Event::LeaseResized(event)))
    }

    pub(super) fn release_gpus(&mut self) -> Result<Played, Fault> {
        let mut lease = self.its_lease()?;
        let address = self.account("lease")?;
        let gpus = self.rules(lease.release_gpus(self.transaction.moment.time))?;
        self.put_lease(address, lease);
        self.change_offer(|offer| offer.release(gpus))?;
        Ok(Played::told(Event::GpusReleased(GpusReleased { lease: address, gpus: u64::from(gpus) })))
    }

    pub(super) fn terminate_lease(&mut self, max_ends_at: i64) -> Result<Played, Fault> {
        let (by, provider): (_, Provider) = (self.account("party")?, self.get("provider")?);
        let moment = self.transaction.moment;
        let (lease, after) = self.change(|lease| lease.terminate(&by, &provider, max_ends_at, moment))?;
        let reason = u64::from(after.end_reason.0);
        Ok(Played::told(Event::LeaseTerminated(LeaseTerminated {
            lease,
            by,
            ends_at: after.ends_at,
            reason,
        })))
    }

    pub(super) fn expire_lease(&mut self, window_end: i64) -> Result<Played, Fault> {
        let (caller, moment) = (self.account("caller")?, self.transaction.moment);
        let (lease, after) = self.change(|lease| {
            let is_by_renter = lease.is_of_renter(&caller);
            lease.expire(window_end, is_by_renter, moment).map(|_| ())
        })?;
        if after.end_reason == EndReason::Abandoned {
            self.count(|record| record.lease_abandoned())?;
        }
        let reason = u64::from(after.end_reason.0);
        Ok(Played::told(Event::LeaseExpired(LeaseExpired { lease, ends_at: after.ends_at, reason })))
    }

    pub(super) fn set_session_key(&mut self, session_key: Address) -> Result<Played, Fault> {
        let (lease, _) = self.change(|lease| {
            lease.session_key = session_key;
            Ok(())
        })?;
        Ok(Played::told(Event::SessionKeySet(SessionKeySet { lease, session_key })))
    }

    pub(super) fn dispute_lease(&mut self, units: u64, max_stake: u64) -> Result<Played, Fault> {
        let mut lease = self.its_lease()?;
        let address = self.account("lease")?;
        let stake = self.rules(lease.dispute(units, max_stake, self.transaction.moment))?;
        self.put_lease(address, lease);
        self.count(|record| record.lease_disputed())?;
        let Dispute { renter_units, provider_units, .. } = lease.dispute;
        let event = LeaseDisputed {
            lease: address,
            funder: self.account("funder")?,
            renter_units,
            provider_units,
            stake,
            deadline: lease.dispute.deadline(),
            ledger: lease.ledger,
        };
        Ok(Played::paid([Due::new(Purpose::Stake, stake)], Event::LeaseDisputed(event)))
    }

    pub(super) fn resolve_dispute(&mut self, figures: (u64, u64), units: u64) -> Result<Played, Fault> {
        let mut lease = self.its_lease()?;
        let address = self.account("lease")?;
        let ArbiterFee { from_renter, from_provider } =
            self.rules(lease.resolve(figures, units, self.transaction.moment))?;
        self.put_lease(address, lease);
        if lease.dispute.favours_renter(units) {
            self.count(|record| record.dispute_lost())?;
        }
        let event = DisputeResolved {
            lease: address,
            units,
            from_renter,
            from_provider,
            by_arbiter: 1,
            ledger: lease.ledger,
        };
        let fee = from_renter.saturating_add(from_provider);
        Ok(Played::paid([Due::new(Purpose::ArbiterFee, fee)], Event::DisputeResolved(event)))
    }

    pub(super) fn resolve_by_timeout(&mut self) -> Result<Played, Fault> {
        let mut lease = self.its_lease()?;
        let address = self.account("lease")?;
        let units = self.rules(lease.resolve_by_timeout(self.transaction.moment))?;
        self.put_lease(address, lease);
        let ledger = lease.ledger;
        let event = DisputeResolved {
            lease: address,
            units,
            from_renter: 0,
            from_provider: 0,
            by_arbiter: 0,
            ledger,
        };
        Ok(Played::told(Event::DisputeResolved(event)))
    }

    pub(super) fn settle(&mut self) -> Result<Played, Fault> {
        let mut lease = self.its_lease()?;
        let address = self.account("lease")?;
        let Settlement { payout, fee } = self.rules(lease.settle(self.transaction.moment))?;
        self.put_lease(address, lease);
        let (accepted, ledger) = (lease.meter.accepted, lease.ledger);
        let event = Event::LeaseSettled(LeaseSettled { lease: address, accepted, payout, fee, ledger });
        Ok(Played::paid([Due::new(Purpose::Payout, payout)], event))
    }

    pub(super) fn count_fees(&mut self) -> Result<Played, Fault> {
        let mut lease = self.its_lease()?;
        let address = self.account("lease")?;
        let fees = self.rules(lease.count_fees())?;
        self.put_lease(address, lease);
        self.add_fees(fees)?;
        Ok(Played::told(Event::FeesCounted(FeesCounted { lease: address, fees, ledger: lease.ledger })))
    }

    pub(super) fn close_lease(&mut self, agreed: Option<&Agreed>) -> Result<Played, Fault> {
        let mut lease = self.its_lease()?;
        let address = self.account("lease")?;
        let vault = self.draft.get::<Vault>(&lease.vault)?.balance;
        let closing = self.rules(lease.close(vault, agreed, self.transaction.moment))?;
        let Closing { payout, fees, bond, credit, refund, promised } = closing;
        let counted = self.rules(lease.count_fees())?;
        self.change_offer(|offer| offer.close_lease(lease.gpus))?;
        let is_a_weight = self.add_fees(counted)?;
        let record_fees = if is_a_weight { fees } else { 0 };
        let accepted = lease.meter.accepted;
        self.count(|record| record.lease_completed(accepted, promised, record_fees))?;
        self.end_lease(address, lease, LeaseEnd::Closed(closing));
        let reason = u64::from(lease.end_reason.0);
        let event =
            LeaseClosed { lease: address, accepted, promised, payout, fees, bond, credit, refund, reason };
        let due = [
            Due::new(Purpose::Payout, payout),
            Due::new(Purpose::BondReturn, bond),
            Due::new(Purpose::Fee, fees),
            Due::new(Purpose::Credit, credit),
            Due::new(Purpose::Refund, refund),
        ];
        Ok(Played::paid(due, Event::LeaseClosed(event)))
    }

    /// Changes the lease and nothing else: its address, and how it is after it.
    fn change(
        &mut self,
        change: impl FnOnce(&mut Lease) -> anchor_lang::Result<()>,
    ) -> Result<(Address, Lease), Fault> {
        let mut lease = self.its_lease()?;
        let address = self.account("lease")?;
        self.rules(change(&mut lease))?;
        self.put_lease(address, lease);
        Ok((address, lease))
    }

    /// Changes the offer of the lease.
    fn change_offer(
        &mut self,
        change: impl FnOnce(&mut Offer) -> anchor_lang::Result<()>,
    ) -> Result<(), Fault> {
        let mut offer: Offer = self.get("offer")?;
        self.rules(change(&mut offer))?;
        self.put("offer", offer)
    }

    /// Counts fees as a weight in votes; whether those of this mint are one.
    fn add_fees(&mut self, fees: u64) -> Result<bool, Fault> {
        let protocol: Protocol = self.get("protocol")?;
        let mut mint_policy: MintPolicy = self.get("mint_policy")?;
        let mut renter: Participant = self.get("renter_participant")?;
        let mut provider: Participant = self.get("provider_participant")?;
        let mut count = FeeCount {
            protocol: &protocol,
            mint_policy: &mut mint_policy,
            renter: &mut renter,
            provider: &mut provider,
        };
        count.add(fees, self.transaction.moment.time);
        let is_a_weight = count.is_a_weight();
        self.put("mint_policy", mint_policy)?;
        self.put("renter_participant", renter)?;
        self.put("provider_participant", provider)?;
        Ok(is_a_weight)
    }
}
