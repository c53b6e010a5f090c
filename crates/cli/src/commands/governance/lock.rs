use super::{moment, present};
use crate::{
    args::Sending,
    config,
    context::{Action, Context},
    failure::usage,
    output::{self, Record},
    units, views,
};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use gpu_lease_client::{
    account::{Keyed, MintRef},
    address,
    constants::LOCK_STEP,
    instruction,
    rpc::MintInfo,
    state::{ProposalPhase, VoteLock, VoteRecord},
};
use solana_address::Address;
use solana_signer::Signer;

/// Until when tokens are locked.
#[derive(Clone, Copy, Debug, Args)]
#[group(multiple = false)]
pub struct End {
    /// How long from now on at least, for instance 90d
    #[arg(long = "for", value_name = "DURATION", value_parser = units::parse_duration)]
    duration: Option<u32>,
    /// Until when at least, for instance 2026-12-31T12:00:00Z: locks end on days that are 30 apart
    #[arg(long, value_name = "TIME", value_parser = units::parse_time)]
    until: Option<i64>,
}

#[derive(Debug, Args)]
pub struct Lock {
    /// How much to add, in the vote mint's units
    #[arg(value_name = "AMOUNT")]
    amount: String,
    /// Until when; your lock's own end if you have one [at most two years]
    #[command(flatten)]
    end: End,
    /// Do not ask, even if the lock loses its vote on proposals that run
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
#[command(mut_group("End", |group| group.required(true)))]
pub struct ExtendLock {
    #[command(flatten)]
    end: End,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct ShowLock {
    /// The wallet that locked the tokens
    #[arg(value_name = "OWNER", value_parser = config::parse_address)]
    owner: Option<Address>,
}

#[derive(Debug, Args)]
pub struct Delegate {
    /// The wallet; `none` leaves the vote to you alone
    #[arg(value_name = "ADDRESS", value_parser = config::parse_address_or_none)]
    delegate: Address,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Unlock {
    #[command(flatten)]
    sending: Sending,
}

impl End {
    /// The first moment after the one that is named, seen from `now`, at which locks end.
    fn time(self, now: i64) -> Option<i64> {
        let named = self.until.or(self.duration.map(|duration| now.saturating_add(i64::from(duration))))?;
        let step = i64::from(LOCK_STEP);
        Some(named.saturating_add(step.saturating_sub(1)).div_euclid(step).saturating_mul(step))
    }
}

/// The lock of a wallet, which must exist.
async fn own_lock(owner: &Address, context: &Context) -> Result<Keyed<VoteLock>> {
    let lock = context.client.find(&address::lock(owner)).await?;
    lock.with_context(|| format!("{owner} has locked no tokens; lock some with `gpu-lease governance lock`"))
}

/// When a lock ends that is asked to end at `end`. It may be new.
fn unlock_at(end: Option<i64>, lock: Option<&VoteLock>, now: i64) -> Result<i64> {
    match (end, lock.map(|lock| lock.unlock_at).filter(|present| *present > now)) {
        (Some(end), Some(present)) => {
            ensure!(
                end >= present,
                "your lock lasts until {}, and can only become longer; name a later end, or none",
                moment(present, now)
            );
            Ok(end)
        }
        (Some(end), None) => Ok(end),
        (None, Some(present)) => Ok(present),
        (None, None) => {
            let what = match lock {
                Some(_) => "your lock has ended, and what you add is locked with the rest",
                None => "tokens are locked until an end that you choose",
            };
            Err(anyhow::anyhow!("{what}; name the end with --for or --until"))
        }
    }
}

/// Locks tokens.
pub async fn lock(Lock { amount, end, yes, sending }: &Lock, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let owner = wallet.pubkey();
    let present = present(context).await?;
    let mint = context.mint(&present.protocol.vote_mint).await?;
    let amount = units::parse_amount(amount, mint.decimals).map_err(usage)?;
    let lock = context.client.find::<VoteLock>(&address::lock(&owner)).await?;
    let unlock_at = unlock_at(end.time(present.now), lock.as_deref(), present.now)?;
    context.require_tokens(&owner, &mint, amount).await?;

    if let Some(lock) = &lock
        && !sending.dry_run
    {
        let silenced = would_be_silenced(lock, present.now, context).await?;
        if !silenced.is_empty() {
            output::note(format!(
                "Tokens that are added take the whole lock out of the votes that run. Yours could still vote on \
                 proposal {}.",
                silenced.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            ));
            output::confirm("Add them all the same?", *yes)?;
        }
    }
    let record = Record::new()
        .text("lock", "lock", address::lock(&owner))
        .json("amount", amount)
        .json("unlock_at", unlock_at)
        .line("added", units::money(amount, &mint))
        .line("votes", views::governance::reach(unlock_at, &present));
    let instruction = instruction::lock_tokens(owner, mint.address, mint.token_program, amount, unlock_at);
    let action = Action::new("Locked tokens", *sending).with(record).in_units_of(&mint);
    context.act(action, &[instruction], &[&wallet]).await
}

/// Numbers of the proposals on which the lock can vote and has not.
async fn would_be_silenced(lock: &Keyed<VoteLock>, now: i64, context: &Context) -> Result<Vec<u64>> {
    let mut silenced = Vec::new();
    for proposal in context.client.proposals().await? {
        if proposal.phase(now) == ProposalPhase::Voting && proposal.weight_of_lock(lock).is_ok() {
            let record = address::vote_record(&proposal.address, &lock.address);
            if context.client.find::<VoteRecord>(&record).await?.is_none() {
                silenced.push(proposal.id);
            }
        }
    }
    Ok(silenced)
}

/// Lets a lock last longer.
pub async fn extend(ExtendLock { end, sending }: &ExtendLock, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let present = present(context).await?;
    let lock = own_lock(&wallet.pubkey(), context).await?;
    let unlock_at = unlock_at(end.time(present.now), Some(&lock), present.now)?;
    let record = Record::new()
        .text("lock", "lock", lock.address)
        .json("unlock_at", unlock_at)
        .line("holds", present.tokens(lock.amount))
        .line("votes", views::governance::reach(unlock_at, &present));
    let instruction = instruction::extend_lock(wallet.pubkey(), unlock_at);
    context.act(Action::new("Extended the lock", *sending).with(record), &[instruction], &[&wallet]).await
}

/// Shows a lock, and those whose owners the wallet may vote for.
pub async fn show(ShowLock { owner }: &ShowLock, context: &Context) -> Result<()> {
    let owner = match owner {
        Some(owner) => *owner,
        None => context.wallet()?.pubkey(),
    };
    let present = present(context).await?;
    let lock = context.client.find::<VoteLock>(&address::lock(&owner)).await?;
    let delegated = context.client.locks_delegated_to(&owner).await?;
    ensure!(
        lock.is_some() || !delegated.is_empty(),
        "{owner} has locked no tokens and votes for nobody who has; lock some with `gpu-lease governance lock`"
    );
    let mut record = match &lock {
        Some(lock) => views::governance::lock(lock, &present),
        None => Record::new().text("owner", "owner", owner).line("holds", "nothing"),
    };
    for lock in &delegated {
        let amount = present.tokens(lock.amount);
        record = record.line("delegate of", format!("{}, {amount}", lock.owner));
    }
    context.print(&record.object("delegate_of", &delegated))
}

/// Names the wallet that may vote with the lock.
pub async fn delegate(Delegate { delegate, sending }: &Delegate, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let lock = own_lock(&wallet.pubkey(), context).await?;
    ensure!(*delegate != wallet.pubkey(), "you vote with your lock anyway; name another wallet, or `none`");
    ensure!(
        *delegate != lock.delegate,
        "that is so already: {}; nothing is to be done",
        match *delegate == Address::default() {
            true => "your lock has no delegate".to_owned(),
            false => format!("{delegate} is the delegate of your lock"),
        }
    );
    let record = Record::new().text("lock", "lock", lock.address);
    let (done, record) = match *delegate == Address::default() {
        true => ("Took the vote back from the delegate", record.json("delegate", None::<String>)),
        false => (
            "Named a delegate",
            record
                .text("delegate", "delegate", delegate)
                .line("may", "vote where you have not; your own vote overrules it, until the end")
                .line(
                    "next",
                    format!(
                        "it runs `gpu-lease governance vote ID for --owner {}` or `against`",
                        wallet.pubkey()
                    ),
                ),
        ),
    };
    let valid_until = sending.valid_until(context.now().await?, false);
    let instruction = instruction::set_delegate(wallet.pubkey(), lock.delegate, *delegate, valid_until);
    context.act(Action::new(done, *sending).with(record), &[instruction], &[&wallet]).await
}

/// Returns the tokens.
pub async fn unlock(Unlock { sending }: &Unlock, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let owner = wallet.pubkey();
    let (lock, now) = (own_lock(&owner, context).await?, context.now().await?);
    ensure!(
        lock.require_unlockable(now).is_ok(),
        "your tokens are locked until {}; run this again then",
        moment(lock.unlock_at, now)
    );
    let mint = context.mint(&context.client.protocol().await?.vote_mint).await?;
    let mut instructions = Vec::new();
    let MintInfo { address, token_program, .. } = mint;
    let reference = MintRef { mint: address, token_program };
    let account = context.receiver(&owner, &reference, &wallet, &mut instructions).await?;
    instructions.push(instruction::unlock_tokens_to(owner, account, token_program));
    let record = Record::new().text("token_account", "to", account);
    let action = Action::new("Unlocked the tokens", *sending).with(record).in_units_of(&mint);
    context.act(action, &instructions, &[&wallet]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(unlock_at: i64) -> VoteLock {
        VoteLock { unlock_at, ..VoteLock::new(Address::default(), Address::default(), 0) }
    }

    #[test]
    fn a_lock_keeps_its_end_or_gets_a_later_one() {
        assert_eq!(unlock_at(None, Some(&lock(2_000)), 1_000).unwrap(), 2_000);
        assert_eq!(unlock_at(Some(2_000), Some(&lock(2_000)), 1_000).unwrap(), 2_000);
        assert_eq!(unlock_at(Some(2_001), Some(&lock(2_000)), 1_000).unwrap(), 2_001);
        let reason = unlock_at(Some(1_999), Some(&lock(2_000)), 1_000).unwrap_err().to_string();
        assert!(reason.contains("can only become longer; "), "{reason}");
    }

    #[test]
    fn a_new_lock_and_one_that_has_ended_need_an_end() {
        assert_eq!(unlock_at(Some(5_000), None, 1_000).unwrap(), 5_000);
        assert_eq!(unlock_at(Some(5_000), Some(&lock(1_000)), 1_000).unwrap(), 5_000);
        for lock in [None, Some(&lock(1_000))] {
            assert!(unlock_at(None, lock, 1_000).unwrap_err().to_string().contains("--until"));
        }
    }
}
