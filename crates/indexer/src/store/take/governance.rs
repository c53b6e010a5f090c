//! Proposals, votes, fees and pauses.

use anyhow::Result;
use gpu_lease_client::decode::Event;
use gpu_lease_client::state::{Participant, ProposalState, VoteLock, VoteRecord};
use solana_address::Address;

use crate::book::{Entry, Page as Done};
use crate::store::desk::{Need, need};
use crate::store::row::key;
use crate::store::schema::{AccountRow, FeeChangeRow, PauseRow, ProposalRow, VoteRow, VoteWalletRow};
use crate::store::taking::{Taking, addresses, bytes_of, bytes_of_all};

pub fn needs(done: &Done) -> Vec<Need> {
    let of = |entry: &Entry| match entry {
        Entry::Proposal(proposal) => vec![need::<ProposalRow>(key!(proposal.id))],
        Entry::VoteRecord(vote) => {
            vec![need::<VoteRow>(key!(vote.proposal, vote.voter)), need::<AccountRow>(key!(vote.voter))]
        }
        _ => Vec::new(),
    };
    done.accounts.values().flatten().flat_map(of).collect()
}

pub fn take(taking: &mut Taking<'_>) -> Result<()> {
    for (address, entry) in &taking.applied.done.accounts {
        match entry {
            Some(Entry::Proposal(proposal)) => {
                let known = taking.desk.get::<ProposalRow>(&key!(proposal.id))?;
                let executed_pos = (proposal.state == ProposalState::Executed)
                    .then(|| known.and_then(|row| row.executed_pos).unwrap_or(taking.pos));
                let account = bytes_of(**proposal);
                taking.desk.put(&ProposalRow { id: proposal.id, proposal: *address, executed_pos, account });
            }
            Some(Entry::VoteRecord(vote)) => put_vote(taking, *address, **vote)?,
            _ => {}
        }
    }
    let done = taking.applied.done;
    for (number, deed) in (0_u32..).zip(&done.deeds) {
        let (pos, time) = (taking.pos, taking.time);
        for event in &deed.events {
            let of = |bps: u64| u16::try_from(bps).unwrap_or(u16::MAX);
            match event {
                Event::ProtocolInitialized(told) => taking.desk.put(&FeeChangeRow {
                    pos,
                    number,
                    from_bps: None,
                    to_bps: of(told.fee_bps),
                    proposal: None,
                }),
                Event::FeeChanged(told) => taking.desk.put(&FeeChangeRow {
                    pos,
                    number,
                    from_bps: Some(of(told.from_bps)),
                    to_bps: of(told.to_bps),
                    proposal: deed.accounts.iter().find(|(name, _)| *name == "proposal").map(|it| it.1),
                }),
                Event::LeasesPaused(told) => {
                    taking.desk.put(&PauseRow { pos, number, time, until: Some(told.until) });
                }
                Event::LeasesUnpaused(_) => {
                    taking.desk.put(&PauseRow { pos, number, time, until: None });
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn put_vote(taking: &mut Taking<'_>, address: Address, vote: VoteRecord) -> Result<()> {
    let deeds = &taking.applied.done.deeds;
    let Some(deed) = deeds.iter().rfind(|deed| deed.accounts.contains(&("record", address))) else {
        return Ok(());
    };
    let known: Option<VoteRow> = taking.desk.get(&key!(vote.proposal, vote.voter))?;
    let changes = known.as_ref().map_or(0, |row| row.changes.saturating_add(1));
    let owner = owner_of(taking, &vote.voter)?;
    let (pos, signer) = (taking.pos, deed.by);
    let mut wallets = known.map(|row| addresses(&row.wallets)).unwrap_or_default();
    wallets.extend([owner, signer].into_iter().flatten());
    for wallet in wallets.iter().copied() {
        taking.desk.put(&VoteWalletRow { wallet, proposal: vote.proposal, seat: vote.voter, pos });
    }
    taking.desk.put(&VoteRow {
        proposal: vote.proposal,
        seat: vote.voter,
        pos,
        owner,
        signer,
        wallets: bytes_of_all(&wallets),
        changes,
        account: bytes_of(vote),
    });
    Ok(())
}

/// Whose lock or participant `seat` is.
fn owner_of(taking: &Taking<'_>, seat: &Address) -> Result<Option<Address>> {
    let lock = taking.after::<VoteLock>(seat).map(|lock| lock.owner);
    let participant = taking.after::<Participant>(seat).map(|participant| participant.party);
    if let Some(owner) = lock.or(participant) {
        return Ok(Some(owner));
    }
    let Some(row) = taking.desk.get::<AccountRow>(&key!(*seat))? else { return Ok(None) };
    Ok(match Entry::read(*seat, row.data)? {
        Entry::VoteLock(lock) => Some(lock.owner),
        Entry::Participant(participant) => Some(participant.party),
        _ => None,
    })
}
