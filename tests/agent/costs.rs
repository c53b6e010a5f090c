//! What statements and settlements cost: 50 leases on one signer, planned and signed as they are, minute by minute. The rows
//! that this prints are those of docs/figures.md.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;
use gpu_lease_agent::meter::{Record, Seconds};
use gpu_lease_agent::plan::{Errand, Heard, draft, life_of, next_errand};
use gpu_lease_agent::signer::{CoSignature, CoSigned, Desk, Rules, message};
use gpu_lease_agent::store::Store;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::attestation::Message;
use gpu_lease_runtime::Life;
use gpu_lease_tests::prelude::*;

use crate::town::{Process, Town};

const LEASES: u64 = 50;
const DAYS: u32 = 2;
const DAY: u32 = 24 * 3_600;

/// Base units of an hour: 0.39 of a mint with six decimals.
const PRICE: u64 = 390_000;

/// Dollars for a SOL that the shares assume.
const SOL: f64 = 100.0;

/// How the leases are stated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    CoSigned,
    Batches,
    Alone,
}

/// Lamports that the operator paid, by what for.
#[derive(Default)]
struct Paid {
    statements: u64,
    settlements: u64,
    ends: u64,
}

/// A market with an offer of 64 GPUs, and leases of one GPU each.
fn rented() -> (Town, Vec<Life>) {
    let town = Town::new(|_| {});
    {
        let mut world = town.world();
        let terms = Terms { price: PRICE, heartbeat_timeout: 3 * 3_600, ..world.offer().terms };
        let create = world.create_offer_ix(1, 64, terms, listing());
        world.play([create]).ok();
        world.offer = address::offer(&world.provider, 1);
    }
    let guard = town.world().people.agent.pubkey();
    let open = |nonce| {
        let lease = town.open(|request| {
            (request.nonce, request.gpus, request.duration) = (nonce, 1, DAYS * DAY);
            (request.deposit, request.session_key) = (u64::from(DAYS) * 24 * PRICE, guard);
        });
        life_of(&town.world().context(&lease))
    };
    let lives = (0..LEASES).map(open).collect();
    (town, lives)
}

/// All of their lives, up to the closes.
fn live(way: Way) -> Paid {
    let (town, lives) = rented();
    let policy = Process::new(&town).policy;
    let folder = tempfile::tempdir().unwrap();
    let machines = [("machine".to_owned(), town.offers())].into();
    let gather = if way == Way::Batches { Duration::from_secs(2) } else { Duration::ZERO };
    let rules = Rules { machines, gather, ..Rules::default() };
    let desk =
        Desk::new(town.clone(), town.keys(), Store::open(&folder.path().join("journal")).unwrap(), rules);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut paid = Paid::default();
        for life in &lives {
            desk.start("machine", life, b"blob").await.unwrap();
        }
        paid.ends += desk.counts().fees();
        let (mut co_signed, mut records) = (BTreeMap::new(), BTreeMap::new());
        // Every ten minutes, a few seconds after a full one; the guards answer at once.
        let first = town.world().now();
        let first = first - first.rem_euclid(60) + 65;
        for step in 0.. {
            let now = first + 600 * step;
            town.world().set_time(now);
            let there: Vec<_> = lives.iter().filter_map(|life| Some((life, lease(&town, life)?))).collect();
            if there.is_empty() {
                break;
            }
            let mut errands = Vec::new();
            for (life, lease) in &there {
                let new = || Record::new(&lease.address, lease.opened_slot, lease.started_at);
                let record = records.entry((*life).clone()).or_insert_with(new);
                // All of it was delivered.
                let at = record.until()..now.min(lease.ends_at);
                record.add(&Seconds { at, cause: None, energy: 0 }, 1);
                if way == Way::CoSigned
                    && let Some(usage) = draft(lease, record, now)
                {
                    let signature =
                        town.world().people.agent.sign_message(&message(&lease.keyed(), &usage).bytes());
                    let by = CoSignature { key: lease.session_key, signature: signature.into() };
                    co_signed.insert((*life).clone(), CoSigned { usage, by });
                }
                let co_signed = co_signed.get(life);
                let heard = Heard { co_signed, asks: way == Way::CoSigned, ..Heard::default() };
                errands.extend(next_errand(lease, record, heard, &policy, now).map(|errand| (*life, errand)));
            }
            let (statements, others): (Vec<_>, Vec<_>) =
                errands.into_iter().partition(|(_, errand)| matches!(errand, Errand::State { .. }));
            let before = desk.counts().fees();
            let state = async |(life, errand): &(&Life, Errand)| {
                let Errand::State { usage, by } = errand else { unreachable!() };
                desk.state("machine", life, usage, by).await.unwrap();
            };
            join_all(statements.iter().map(state)).await;
            paid.statements += desk.counts().fees() - before;
            for (life, errand) in &others {
                let before = desk.counts().fees();
                let kind = match errand {
                    Errand::Settle => {
                        desk.settle("machine", life).await.unwrap();
                        &mut paid.settlements
                    }
                    _ => {
                        desk.close("machine", life).await.unwrap();
                        &mut paid.ends
                    }
                };
                *kind += desk.counts().fees() - before;
            }
        }
        paid
    })
}

fn lease(town: &Town, life: &Life) -> Option<LeaseContext> {
    let (world, address) = (town.world(), life.lease.parse().unwrap());
    world.exists(&address).then(|| world.context(address))
}

/// A row of the table: lamports per lease and day, and their share of what a lease costs.
fn row(what: &str, paid: &Paid) -> String {
    let per = |lamports: u64| lamports / LEASES / u64::from(DAYS);
    let all = per(paid.statements + paid.settlements + paid.ends);
    let share = all as f64 / 1e9 * SOL / (24.0 * 0.39) * 100.0;
    format!(
        "| {what} | {} | {} | {} | {all} | {share:.2} % |",
        per(paid.statements),
        per(paid.settlements),
        per(paid.ends)
    )
}

#[test]
fn what_a_lease_costs_a_day_is_what_the_document_says() {
    let ways = [
        ("co-signed, each alone", Way::CoSigned),
        ("claims, in batches", Way::Batches),
        ("claims, each alone", Way::Alone),
    ];
    let rows = thread::scope(|scope| {
        let threads = ways.map(|(what, way)| scope.spawn(move || row(what, &live(way))));
        threads.map(|thread| thread.join().unwrap())
    });
    println!("{}", rows.join("\n"));
    let document =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/figures.md")).unwrap();
    for row in rows {
        assert!(document.contains(&row), "docs/figures.md lacks: {row}");
    }
}
