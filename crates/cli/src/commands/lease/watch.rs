use crate::{config, context::Context, failure::Kind, output, units::parse_duration, views};
use anyhow::{Result, anyhow};
use clap::Args;
use futures_util::StreamExt;
use gpu_lease_client::{
    Error,
    account::Keyed,
    decode::Event,
    state::{EndReason, Lease, Moment, Offer, Phase},
    text,
};
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::config::RpcAccountInfoConfig;
use solana_signature::Signature;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};

/// How long a subscription may take to come about, and a lost one is left alone.
const RECONNECT: Duration = Duration::from_secs(15);

/// For how long a node is asked again that shows a change and does not find its transaction yet.
const LAG: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub struct Watch {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// How often to look, in addition to whenever the node reports a change
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "10s")]
    every: u32,
    /// Go on until the lease is closed and its vault divided
    #[arg(long)]
    until_closed: bool,
}

/// A lease, as a node shows it.
struct Look {
    /// The lease; as it was last seen, if it is gone.
    lease: Keyed<Lease>,
    is_gone: bool,
    phase: Phase,
    now: i64,
    /// What has happened since the last look.
    events: Vec<Event>,
}

/// Prints what a lease has come to whenever something changes.
pub async fn run(Watch { lease: address, every, until_closed }: &Watch, context: &Context) -> Result<()> {
    let mut seen = context.client.newest_signature(address).await?;
    let mut lease: Keyed<Lease> = context.client.get(address).await?;
    let mint = context.mint(&lease.terms.mint).await?;
    // It tells the model.
    let offer = context.client.find::<Offer>(&lease.offer).await?.map(|offer| offer.account);
    let changed = Arc::new(Notify::new());
    tokio::spawn(subscribe(context.ws.clone(), *address, context.client.rpc().commitment(), changed.clone()));
    let every = Duration::from_secs((*every).max(1).into());
    let mut shown = None;
    let mut late_until = Instant::now();
    loop {
        let mut pause = every;
        match look(&lease, &mut seen, context).await {
            Ok(look) => {
                let state = (look.phase, bytemuck::bytes_of(&look.lease.account).to_vec(), look.is_gone);
                let is_new = shown.as_ref() != Some(&state);
                if is_new && shown.is_some() && look.events.is_empty() {
                    late_until = Instant::now() + LAG;
                }
                let waits = look.is_gone && look.events.is_empty() && Instant::now() < late_until;
                if (is_new || !look.events.is_empty()) && !waits {
                    let record = views::lease::watched(
                        &look.lease,
                        offer.as_ref(),
                        &look.events,
                        look.is_gone,
                        &mint,
                        look.now,
                    );
                    if !context.format.print_next(&record)? {
                        return Ok(());
                    }
                }
                let is_over = matches!(look.phase, Phase::Ending | Phase::Closable | Phase::Disputed);
                if (look.is_gone || is_over && !until_closed) && !waits {
                    return ended(&look);
                }
                lease = look.lease;
                shown = Some(state);
                if Instant::now() < late_until {
                    pause = Duration::from_secs(1).min(every);
                }
            }
            // A node that fails once may answer again.
            Err(error) if error.is::<Error>() => output::note(format!("Not known at the moment: {error}")),
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = changed.notified() => {}
        }
    }
}

/// Looks at a lease, and at what has happened after `seen`.
async fn look(before: &Keyed<Lease>, seen: &mut Option<Signature>, context: &Context) -> Result<Look> {
    let client = &context.client;
    let found: Option<Keyed<Lease>> = client.find(&before.address).await?;
    let now = context.now().await?;
    // If one cannot be read now, all are read again at the next look.
    let (mut events, mut newest) = (Vec::new(), *seen);
    for signature in client.signatures_after(&before.address, seen.as_ref()).await? {
        match client.transaction(&signature).await {
            Ok(transaction) => events
                .extend(transaction.events.into_iter().filter(|event| event.lease() == Some(before.address))),
            Err(error @ Error::Rpc(_)) => return Err(error.into()),
            Err(error) => output::note(format!("The transaction {signature} cannot be read: {error}")),
        }
        newest = Some(signature);
    }
    *seen = newest;
    let (lease, is_gone) = (found.unwrap_or(*before), found.is_none());
    Ok(Look { lease, is_gone, phase: lease.phase(Moment::by_clock(now)), now, events })
}

/// Success, if the lease ran to the end that was agreed.
fn ended(Look { lease, is_gone, phase, events, .. }: &Look) -> Result<()> {
    let closed_for = events.iter().find_map(|event| match event {
        Event::LeaseClosed(event) => Some(event.reason),
        _ => None,
    });
    let reason = match closed_for.unwrap_or(lease.end_reason.0.into()) {
        _ if *is_gone && *phase == Phase::Pending => "it was cancelled before it started",
        reason if reason != EndReason::Completed as u64 => text::end_reason(reason),
        _ => return Ok(()),
    };
    let lease = lease.address;
    Err(Kind::EndedEarly.error(anyhow!(
        "the lease {lease} ended before its time: {reason}; `gpu-lease lease show {lease}` says what is left to do"
    )))
}

/// Tells of each change of an account that the node at `ws` tells of, for as long as somebody listens. Whoever listens
/// looks from time to time besides: connections are lost, and not every node takes subscriptions.
async fn subscribe(ws: String, account: Address, commitment: CommitmentConfig, changed: Arc<Notify>) {
    let config = RpcAccountInfoConfig { commitment: Some(commitment), ..RpcAccountInfoConfig::default() };
    loop {
        if let Ok(Ok(node)) = timeout(RECONNECT, PubsubClient::new(ws.as_str())).await
            && let Ok(Ok((mut changes, _))) =
                timeout(RECONNECT, node.account_subscribe(&account, Some(config.clone()))).await
        {
            // What happened before the subscription counted.
            changed.notify_one();
            while changes.next().await.is_some() {
                changed.notify_one();
            }
        }
        sleep(RECONNECT).await;
    }
}
