//! What happens while a lease runs.

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::attestation::{Attestation, AttestationBatch, Usage, sign};
use gpu_lease_client::events::{
    AccessPublished, BatchAttested, DisputeResolved, FeesCounted, GpusReleased, LeaseDisputed, LeaseExpired,
    LeaseExtended, LeaseResized, LeaseSettled, LeaseTerminated, LeaseToppedUp, SessionKeySet,
};
use gpu_lease_client::instruction;
use gpu_lease_client::program::attestation::{Batch, Signers};
use gpu_lease_client::state::{Agreed, ArbiterFee, Dispute, Lease, LeaseState, Offer, Resize, Settlement};
use gpu_lease_indexer::book::Draft;
use solana_address::Address;

use super::leases::Tended;
use super::listing::bytes;
use super::making::{Making, Purse};
use super::{DAY, HOUR, Market};
use crate::people::Role;

/// Most leases of a batch here: so many fit into a transaction of the first format.
const MOST_ROWS: usize = 12;

impl Market {
    pub(super) fn go_on(&mut self, book: &Draft<'_>, lease: &LeaseContext, tended: Tended) -> Option<Making> {
        let now = self.now.time;
        let since = now - lease.meter.window_end;
        if tended.is_silent {
            // Its renter notices after a while.
            self.tend_later(6 * HOUR, lease);
            let expired = self.expire(lease);
            return if expired.is_some() || now < lease.ends_at {
                expired
            } else {
                self.close(book, lease, None)
            };
        }
        if now >= lease.ends_at {
            self.tend_later(HOUR, lease);
            if lease.gpus > 0 && self.chance.is(300) {
                return self.release(book, lease);
            }
            // What has passed last is stated within the hour, or not at all.
            let is_stated = lease.meter.window_end >= lease.ends_at;
            let stated = if is_stated { None } else { self.state_one(lease, tended, lease.ends_at) };
            return if stated.is_some() { stated } else { self.close(book, lease, None) };
        }
        let next = (tended.every - since).min(lease.ends_at - now).max(1);
        if since < tended.every * 4 / 5 {
            self.tend_later(next, lease);
            return self.change(book, lease);
        }
        self.tend_later((tended.every / 2).min(lease.ends_at - now), lease);
        if !tended.co_signs && self.chance.is(400) {
            let batch = self.state_many(book, lease, tended);
            if batch.is_some() {
                return batch;
            }
        }
        self.state_one(lease, tended, now)
    }

    /// What was delivered by `window_end`, of what can have been.
    fn usage(&mut self, lease: &Lease, window_end: i64) -> Usage {
        let latest = lease.meter.latest.units;
        let capacity = lease.meter.capacity(window_end).saturating_sub(latest);
        let share =
            if self.chance.is(80) { self.chance.between(700, 990) } else { self.chance.between(997, 1_000) };
        let more = capacity * share / 1_000;
        Usage {
            window_end,
            gpu_seconds: latest + more,
            energy_wh: lease.meter.energy_wh + more * 350 / 3_600,
            evidence: bytes(self.made),
        }
    }

    fn state_one(&mut self, lease: &LeaseContext, tended: Tended, window_end: i64) -> Option<Making> {
        let usage = self.usage(lease, window_end);
        lease.account.clone().attest(&usage, tended.co_signs, self.now).ok()?;
        let attestor = self.people.key(Role::Attestor, self.providers[tended.provider].attestor);
        let mut signed = sign(Attestation::new(lease.address, lease, &usage), &attestor).ok()?;
        if tended.co_signs {
            let has_guard = lease.session_key == self.people.address(Role::Guard, tended.renter);
            let role = if has_guard { Role::Guard } else { Role::Renter };
            signed.sign(&self.people.key(role, tended.renter)).ok()?;
        }
        let [precompile, attest] = instruction::attest(lease, &signed);
        Some(Making::by(lease.provider_account.attestor).call(precompile).call(attest))
    }

    /// States the usage of all of a provider's leases in one transaction, if it has several.
    fn state_many(&mut self, book: &Draft<'_>, lease: &LeaseContext, tended: Tended) -> Option<Making> {
        let window_end = self.now.time;
        let of_provider = self.leases.iter().filter(|(_, other)| other.provider == tended.provider);
        let others = of_provider.map(|(address, _)| *address).filter(|it| *it != lease.address);
        let addresses: Vec<Address> = [lease.address].into_iter().chain(others).take(MOST_ROWS).collect();
        let found = addresses.iter().filter_map(|it| Some((*it, book.find::<Lease>(it)?)));
        let running: Vec<_> = found.filter(|(_, lease)| lease.state == LeaseState::Active).collect();
        if running.len() < 2 {
            return None;
        }
        let rows: Vec<_> = running
            .into_iter()
            .map(|(address, lease)| {
                let Usage { gpu_seconds, energy_wh, .. } = self.usage(&lease, window_end.min(lease.ends_at));
                (address, lease, gpu_seconds, energy_wh)
            })
            .collect();
        let attestor = self.people.key(Role::Attestor, self.providers[tended.provider].attestor);
        let batch = AttestationBatch::new(window_end, bytes(self.made), &rows).ok()?;
        let signed = sign(batch, &attestor).ok()?;
        let message = signed.message();
        let signers = Signers { signatures: signed.signatures(), attestor: &lease.provider_account.attestor };
        let taken = Batch { header: message.header(), rows: message.rows() };
        let mut applied = 0;
        for (number, (address, row)) in message.leases().iter().zip(message.rows()).enumerate() {
            let mut after: Lease = book.find(address)?;
            if taken.apply(row, &mut after, &lease.provider, &signers, self.now).is_ok() {
                applied |= 1 << number;
            }
        }
        let provider = lease.provider;
        let told = BatchAttested { provider, window_end, rows: message.rows().len() as u64, applied };
        let [precompile, attest] = instruction::attest_batch(provider, &signed);
        Some(Making::by(lease.provider_account.attestor).call(precompile).call(attest).telling(told))
    }

    /// One of the things that happen in between, if it can be done.
    fn change(&mut self, book: &Draft<'_>, lease: &LeaseContext) -> Option<Making> {
        match self.chance.below(200) {
            0..=79 => self.settle(book, lease),
            80..=93 => self.top_up(book, lease),
            94..=96 => self.gift(lease),
            97..=104 => self.extend(lease),
            105..=112 => self.resize(book, lease),
            113..=116 => self.set_session_key(lease),
            117..=120 => self.publish_access(lease),
            121..=126 => self.count_fees(lease),
            127..=131 => self.terminate(lease, lease.renter),
            132..=133 => self.terminate(lease, lease.provider_account.authority),
            134..=136 => self.agree(book, lease),
            137..=146 => self.dispute(book, lease),
            _ => None,
        }
    }

    fn settle(&mut self, book: &Draft<'_>, lease: &LeaseContext) -> Option<Making> {
        let mut after = lease.account;
        let Settlement { payout, fee } = after.settle(self.now).ok()?;
        if payout == 0 {
            return None;
        }
        let (accepted, ledger) = (after.meter.accepted, after.ledger);
        let told = LeaseSettled { lease: lease.address, accepted, payout, fee, ledger };
        Some(
            Making::by(lease.provider_account.attestor)
                .call(instruction::settle(lease))
                .moving(&self.vault(book, lease), &self.provider_purse(lease), payout)
                .telling(told),
        )
    }

    fn top_up(&mut self, book: &Draft<'_>, lease: &LeaseContext) -> Option<Making> {
        let amount = (lease.opened_deposit / 2).max(1);
        let mut after = lease.account;
        after.top_up(amount, lease.min_ends_at(), self.now).ok()?;
        let told = LeaseToppedUp { lease: lease.address, funder: lease.payer, amount, ledger: after.ledger };
        Some(
            Making::by(lease.payer)
                .call(instruction::top_up(lease.payer, lease, amount, self.valid_until()))
                .moving(&self.payer_purse(lease), &self.vault(book, lease), amount)
                .telling(told),
        )
    }

    /// A stranger sends tokens to the vault. That names the program nowhere.
    fn gift(&mut self, lease: &LeaseContext) -> Option<Making> {
        *self.unseen.entry(lease.vault).or_default() += self.chance.between(1, 1_000);
        None
    }

    fn extend(&mut self, lease: &LeaseContext) -> Option<Making> {
        let duration = lease.duration.checked_add(lease.opened_duration / 2 + 1)?;
        let mut after = lease.account;
        after.extend(lease.meter.gpus, duration, self.now).ok()?;
        let told = LeaseExtended { lease: lease.address, ends_at: after.ends_at };
        Some(
            Making::by(lease.renter)
                .call(instruction::extend_lease(lease, duration, self.valid_until()))
                .telling(told),
        )
    }

    fn resize(&mut self, book: &Draft<'_>, lease: &LeaseContext) -> Option<Making> {
        let from = lease.meter.gpus;
        let to = if self.chance.is(500) { from + 1 } else { from.checked_sub(1).filter(|gpus| *gpus > 0)? };
        let lacks = lease.terms.bond(to).ok()?.saturating_sub(lease.ledger.bond);
        let (lease, source) = self.source(book, *lease, lacks);
        let mut after = lease.account;
        let change = Resize { duration: lease.duration, from, to };
        let is_pooled = source.owner == lease.provider;
        let (more, bond) = after.resize(&change, is_pooled, self.now.time).ok()?;
        if more > 0 {
            book.find::<Offer>(&lease.offer)?.reserve(more).ok()?;
        }
        let told = LeaseResized {
            lease: lease.address,
            gpus: to.into(),
            effective_at: after.meter.segment_start,
            bond,
            ledger: after.ledger,
        };
        Some(
            Making::by(lease.renter)
                .call(instruction::resize_lease(&lease, to, self.valid_until()))
                .naming([source])
                .moving(&source, &self.vault(book, &lease), bond)
                .telling(told),
        )
    }

    fn release(&mut self, book: &Draft<'_>, lease: &LeaseContext) -> Option<Making> {
        let gpus = lease.account.clone().release_gpus(self.now.time).ok()?;
        book.find::<Offer>(&lease.offer)?;
        let told = GpusReleased { lease: lease.address, gpus: gpus.into() };
        Some(Making::by(self.setting.stranger).call(instruction::release_gpus(lease)).telling(told))
    }

    fn set_session_key(&mut self, lease: &LeaseContext) -> Option<Making> {
        let told = SessionKeySet { lease: lease.address, session_key: Address::default() };
        let call = instruction::set_session_key(lease, told.session_key, self.valid_until());
        Some(Making::by(lease.renter).call(call).telling(told))
    }

    fn publish_access(&mut self, lease: &LeaseContext) -> Option<Making> {
        let blob = bytes(self.made);
        let access_blob_hash = anchor_lang::hash::sha256(&blob);
        let mut after = lease.account;
        after.publish_access(&lease.access_blob_hash, access_blob_hash, self.now).ok()?;
        let told = AccessPublished { lease: lease.address, access_blob_hash, slot: self.now.slot };
        let call = instruction::publish_access(lease, &blob, self.valid_until());
        Some(Making::by(lease.provider_key).call(call).telling(told))
    }

    fn count_fees(&mut self, lease: &LeaseContext) -> Option<Making> {
        let mut after = lease.account;
        let fees = after.count_fees().ok().filter(|fees| *fees > 0)?;
        let told = FeesCounted { lease: lease.address, fees, ledger: after.ledger };
        Some(Making::by(lease.renter).call(instruction::count_fees(lease)).telling(told))
    }

    fn terminate(&mut self, lease: &LeaseContext, party: Address) -> Option<Making> {
        let mut after = lease.account;
        after.terminate(&party, &lease.provider_account, lease.ends_at, self.now).ok()?;
        let reason = u64::from(after.end_reason.0);
        let told = LeaseTerminated { lease: lease.address, by: party, ends_at: after.ends_at, reason };
        let call = instruction::terminate_lease(party, lease, lease.ends_at, self.valid_until());
        Some(Making::by(party).call(call).telling(told))
    }

    fn expire(&mut self, lease: &LeaseContext) -> Option<Making> {
        if lease.meter.window_end == lease.ends_at {
            return None;
        }
        let mut after = lease.account;
        let reason = after.expire(lease.meter.window_end, true, self.now).ok()?;
        let told = LeaseExpired { lease: lease.address, ends_at: after.ends_at, reason: reason as u64 };
        let call = instruction::expire_lease(lease.renter, lease, self.valid_until());
        Some(Making::by(lease.renter).call(call).telling(told))
    }

    /// Both parties close it, for all that is claimed.
    fn agree(&mut self, book: &Draft<'_>, lease: &LeaseContext) -> Option<Making> {
        let agreed = Agreed { seen: lease.seen(self.valid_until()), units: lease.claimed(), credit: 0 };
        self.close(book, lease, Some(agreed))
    }

    fn dispute(&mut self, book: &Draft<'_>, lease: &LeaseContext) -> Option<Making> {
        let mut after = lease.account;
        let open = lease.meter.latest.units.checked_sub(lease.meter.accepted).filter(|units| *units > 0)?;
        let units = lease.meter.latest.units - self.chance.between(1, open);
        let stake = after.dispute(units, u64::MAX, self.now).ok()?;
        let Dispute { renter_units, provider_units, .. } = after.dispute;
        let told = LeaseDisputed {
            lease: lease.address,
            funder: lease.renter,
            renter_units,
            provider_units,
            stake,
            deadline: after.dispute.deadline(),
            ledger: after.ledger,
        };
        let renter = lease.renter;
        let call = instruction::dispute_lease(renter, renter, lease, units, u64::MAX, self.valid_until());
        let purse = Purse::of(renter, self.setting.mint(&lease.terms.mint));
        Some(Making::by(renter).call(call).moving(&purse, &self.vault(book, lease), stake).telling(told))
    }

    /// The arbiter decides, or its time passes.
    pub(super) fn decide(&mut self, book: &Draft<'_>, lease: &LeaseContext) -> Option<Making> {
        self.tend_later(DAY, lease);
        let mut after = lease.account;
        let Dispute { renter_units, provider_units, .. } = lease.dispute;
        if let Ok(units) = after.resolve_by_timeout(self.now) {
            let told = DisputeResolved {
                lease: lease.address,
                units,
                from_renter: 0,
                from_provider: 0,
                by_arbiter: 0,
                ledger: after.ledger,
            };
            let call = instruction::resolve_by_timeout(lease);
            return Some(Making::by(lease.renter).call(call).telling(told));
        }
        if !self.chance.is(300) {
            return None;
        }
        let units = self.chance.between(renter_units, provider_units);
        let ArbiterFee { from_renter, from_provider } =
            after.resolve((renter_units, provider_units), units, self.now).ok()?;
        let told = DisputeResolved {
            lease: lease.address,
            units,
            from_renter,
            from_provider,
            by_arbiter: 1,
            ledger: after.ledger,
        };
        let arbiter = Purse::of(lease.arbiter, self.setting.mint(&lease.terms.mint));
        Some(
            Making::by(lease.arbiter)
                .call(instruction::resolve_dispute(lease, units, self.valid_until()))
                .moving(&self.vault(book, lease), &arbiter, from_renter + from_provider)
                .telling(told),
        )
    }
}
