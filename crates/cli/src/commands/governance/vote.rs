use super::{moment, present, proposal};
use crate::{
    args::Sending,
    config,
    context::{Action, Context},
    output::Record,
    units,
    views::governance::{self, Present},
};
use anyhow::{Result, bail, ensure};
use clap::{Args, ValueEnum};
use gpu_lease_client::{
    account::Keyed,
    address, instruction, object,
    outlook::rehearse,
    refusal::program_error,
    state::{Action as Proposed, Ballot, House as ProgramHouse, Participant, Proposal, VoteLock, VoteRecord},
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;

/// Votes that fit one transaction.
const MOST: usize = 8;

#[derive(Debug, Args)]
pub struct Vote {
    /// The proposal's number
    #[arg(value_name = "ID", value_parser = units::parse_count::<u64>)]
    id: u64,
    /// Which way
    #[arg(value_name = "for|against", value_enum, hide_possible_values = true)]
    choice: Choice,
    /// Only with locked tokens, or only with paid fees [default: with both]
    #[arg(long = "as", value_enum, value_name = "HOUSE")]
    house: Option<House>,
    /// As the delegate of this wallet, with its lock
    #[arg(long, value_name = "OWNER", value_parser = config::parse_address, conflicts_with = "house")]
    owner: Option<Address>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    // No documentation comments: they would double the length of the help text.
    For,
    Against,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum House {
    Tokens,
    Fees,
}

/// Something that has a vote.
enum Voice {
    Lock(Keyed<VoteLock>),
    Participant(Keyed<Participant>),
}

impl Voice {
    fn address(&self) -> Address {
        match self {
            Self::Lock(lock) => lock.address,
            Self::Participant(participant) => participant.address,
        }
    }

    fn house(&self) -> House {
        match self {
            Self::Lock(_) => House::Tokens,
            Self::Participant(_) => House::Fees,
        }
    }

    fn instruction(
        &self,
        voter: Address,
        proposal: &Keyed<Proposal>,
        is_for: bool,
        valid_until: i64,
    ) -> Instruction {
        match self {
            Self::Lock(lock) => instruction::cast_vote(voter, &lock.owner, proposal, is_for, valid_until),
            Self::Participant(participant) => {
                instruction::cast_participant_vote(voter, &participant.party, proposal, is_for, valid_until)
            }
        }
    }

    /// What votes, seen from the wallet `you`.
    fn words(&self, you: &Address) -> String {
        match self {
            Self::Lock(lock) if lock.owner == *you => "your lock".to_owned(),
            Self::Lock(lock) => format!("the lock of {}", lock.owner),
            Self::Participant(participant) if participant.party == *you => "you as a renter".to_owned(),
            Self::Participant(participant) => format!("your provider {}", participant.party),
        }
    }

    /// How heavy, and whose it is, in words.
    fn weight_words(&self, weight: u64, you: &Address, present: &Present) -> String {
        let words = self.words(you);
        match self {
            Self::Lock(_) => {
                format!("{} of {words}", present.tokens(weight))
            }
            Self::Participant(_) => {
                format!("{} of fees by {words}", present.fees(weight))
            }
        }
    }

    /// The proposal as it stands with this vote.
    fn cast(
        &self,
        proposal: &Keyed<Proposal>,
        before: Option<Ballot>,
        weight: u64,
        is_for: bool,
        now: i64,
    ) -> Result<Proposal> {
        let house = match self.house() {
            House::Tokens => ProgramHouse::Tokens,
            House::Fees => ProgramHouse::Participants,
        };
        let mut record =
            VoteRecord::new(house, proposal.address, self.address(), Address::default(), weight, 0);
        record.choose(is_for, false);
        let (after, ()) = rehearse(&proposal.account, |proposal| proposal.cast(before, &record, now))?;
        Ok(after)
    }

    /// The weight with which it can vote now, or why it cannot: what is so, then what to do about it if anything.
    fn judge(
        &self,
        proposal: &Proposal,
        before: Option<&VoteRecord>,
        is_for: bool,
        you: &Address,
    ) -> Result<u64, (String, Option<String>)> {
        let words = self.words(you);
        if let Some(record) = before {
            let is_delegate = matches!(self, Self::Lock(lock) if lock.owner != *you);
            return match (is_delegate, record.is_for == u8::from(is_for) && record.by_delegate == 0) {
                (true, _) => Err((
                    format!("{words} has voted already"),
                    Some("only its owner can change that, with `gpu-lease governance vote`".to_owned()),
                )),
                (false, true) => Err((format!("{words} voted so already"), None)),
                (false, false) => Ok(record.weight),
            };
        }
        let weight = match self {
            Self::Lock(lock) => proposal.weight_of_lock(lock),
            Self::Participant(participant) => proposal.weight_of_participant(participant),
        };
        weight.map_err(|error| {
            let refusal = program_error(error);
            match (refusal.name.as_str(), self) {
                ("LockedAfterProposal", _) => (
                    format!(
                        "{words} got tokens after the proposal was made, so that it votes on later ones only"
                    ),
                    None,
                ),
                ("LockEndsBeforeVote", Self::Lock(lock)) => {
                    let until = units::format_time(proposal.latest_end()).replace(' ', "T");
                    let extend =
                        format!("`gpu-lease governance extend-lock --until {until}` to vote on later ones");
                    (
                        format!(
                            "{words} ends at {}, and this vote may last until {}",
                            units::format_time(lock.unlock_at),
                            units::format_time(proposal.latest_end())
                        ),
                        Some(match lock.owner == *you {
                            true => format!("run {extend}"),
                            false => format!("let its owner run {extend}"),
                        }),
                    )
                }
                ("NoWeight", Self::Participant(_)) => (
                    format!("no fees of {words} weigh: not in each of the three complete epochs before"),
                    None,
                ),
                _ => (format!("{words} cannot vote: {}", refusal.what), Some(refusal.advice)),
            }
        })
    }
}

/// Votes with everything that the wallet has, or what is named.
pub async fn run(vote: &Vote, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let you = wallet.pubkey();
    let present = present(context).await?;
    let proposal = proposal(vote.id, context).await?;
    ensure!(
        !proposal.is_taken_back(),
        "proposal {} was taken back; see `gpu-lease governance proposals`",
        vote.id
    );
    ensure!(
        !proposal.is_over(present.now),
        "the vote on proposal {} is over since {}; see `gpu-lease governance show {}`",
        vote.id,
        moment(proposal.ends_at, present.now),
        vote.id
    );
    let is_for = vote.choice == Choice::For;
    let is_rise = Proposed::from(&proposal.action).is_rise(proposal.fee_bps);
    ensure!(
        is_rise || vote.house != Some(House::Fees),
        "participants are asked before the fee rises, and only then; vote with locked tokens"
    );

    let voices = voices(vote, is_rise, &you, context).await?;
    let (mut votes, mut left_out) = (Vec::new(), Vec::new());
    for voice in &voices {
        let before = vote_before(voice, &proposal, context).await?;
        match voice.judge(&proposal, before.as_ref(), is_for, &you) {
            Ok(weight) => votes.push((voice, weight, before)),
            Err(reason) => left_out.push(reason),
        }
    }
    let owners = match vote.owner {
        Some(_) => Vec::new(),
        None => owners_without_vote(&proposal, is_for, &you, context).await?,
    };
    if votes.is_empty() {
        bail!("{}", nothing_to_vote_with(vote, &you, is_rise, &left_out, &owners));
    }

    let rest = votes.split_off(votes.len().min(MOST));
    let (mut instructions, mut after) = (Vec::new(), proposal);
    for (voice, weight, before) in &votes {
        instructions.push(voice.instruction(
            you,
            &proposal,
            is_for,
            vote.sending.valid_until(present.now, false),
        ));
        let before = before.as_ref().and_then(VoteRecord::ballot);
        after.account = voice.cast(&after, before, *weight, is_for, present.now)?;
    }
    let cast: Vec<_> = votes
        .iter()
        .map(|(voice, weight, _)| {
            object!({
                "house": match voice.house() {
                    House::Tokens => "tokens",
                    House::Fees => "participants",
                },
                "voter": voice.address().to_string(),
                "weight": weight,
            })
        })
        .collect();
    let mut record = Record::new()
        .json("id", proposal.id)
        .json("is_for", is_for)
        .object("votes", &cast)
        .object("left_out", &left_out.iter().map(|(what, _)| what).collect::<Vec<_>>())
        .text("proposal", "proposal", proposal.address);
    for (voice, weight, _) in &votes {
        record = record.line("voted", voice.weight_words(*weight, &you, &present));
    }
    for (what, advice) in &left_out {
        let advice = advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
        record = record.line("left out", format!("{what}{advice}"));
    }
    if !rest.is_empty() {
        record = record.line(
            "next",
            format!("run it again for {} more", units::format_count(rest.len() as u64, "vote")),
        );
    }
    for owner in &owners {
        record = record.line("you may too", format!("vote with --owner {owner}, as its delegate"));
    }
    record = record.line("proposal then", governance::standing(&after));
    let done = if is_for { "Voted for" } else { "Voted against" };
    context.act(Action::new(done, vote.sending).with(record), &instructions, &[&wallet]).await
}

/// What may vote for this wallet.
async fn voices(vote: &Vote, is_rise: bool, you: &Address, context: &Context) -> Result<Vec<Voice>> {
    let owner = vote.owner.unwrap_or(*you);
    let mut voices = Vec::new();
    if vote.house != Some(House::Fees) {
        let lock = context.client.find::<VoteLock>(&address::lock(&owner)).await?;
        if let Some(lock) = &lock {
            ensure!(
                lock.votes_by_delegate(you).is_ok(),
                "{you} is not the delegate of {owner}; ask its owner to run `gpu-lease governance delegate {you}`"
            );
        }
        voices.extend(lock.map(Voice::Lock));
    }
    if is_rise && vote.owner.is_none() && vote.house != Some(House::Tokens) {
        let mut participants = context.client.participants_of(you).await?;
        participants.sort_unstable_by_key(|participant| (participant.party != *you, participant.party));
        voices.extend(participants.into_iter().map(Voice::Participant));
    }
    Ok(voices)
}

/// What a voice voted so far.
async fn vote_before(
    voice: &Voice,
    proposal: &Keyed<Proposal>,
    context: &Context,
) -> Result<Option<VoteRecord>> {
    let record = address::vote_record(&proposal.address, &voice.address());
    Ok(context.client.find::<VoteRecord>(&record).await?.map(|record| record.account))
}

/// Those for whom the wallet can vote as their delegate.
async fn owners_without_vote(
    proposal: &Keyed<Proposal>,
    is_for: bool,
    you: &Address,
    context: &Context,
) -> Result<Vec<Address>> {
    let mut owners = Vec::new();
    for lock in context.client.locks_delegated_to(you).await? {
        let voice = Voice::Lock(lock);
        let before = vote_before(&voice, proposal, context).await?;
        if voice.judge(proposal, before.as_ref(), is_for, you).is_ok() {
            owners.push(lock.owner);
        }
    }
    Ok(owners)
}

/// Why there is nothing to vote with, and what to do about it.
fn nothing_to_vote_with(
    vote: &Vote,
    you: &Address,
    is_rise: bool,
    left_out: &[(String, Option<String>)],
    owners: &[Address],
) -> String {
    const LOCK: &str =
        "lock tokens with `gpu-lease governance lock`: they vote on proposals that are made after that";
    let owner = vote.owner.unwrap_or(*you);
    let mut what: Vec<_> = left_out.iter().map(|(what, _)| what.clone()).collect();
    if what.is_empty() {
        what.push(match (vote.house, is_rise) {
            (Some(House::Fees), _) => format!("{you} has paid no fees in leases of the unit mint"),
            (None, true) if vote.owner.is_none() => {
                format!("{you} has locked no tokens, and paid no fees in leases of the unit mint")
            }
            _ => format!("{owner} has locked no tokens"),
        });
    }
    let advice = left_out
        .iter()
        .find_map(|(_, advice)| advice.clone())
        .or_else(|| owners.first().map(|owner| format!("vote with --owner {owner}, whose delegate you are")));
    let has_voted = left_out.iter().any(|(what, _)| what.ends_with("voted so already"));
    let default = match (has_voted, vote.house) {
        (true, _) => format!("nothing to do; see `gpu-lease governance show {}`", vote.id),
        (_, Some(House::Fees)) => {
            "fees weigh once some were paid in each of three complete epochs".to_owned()
        }
        _ => LOCK.to_owned(),
    };
    format!("{}; {}", what.join(", and "), advice.unwrap_or(default))
}
