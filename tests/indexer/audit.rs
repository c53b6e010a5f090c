//! The audit, on a local validator: what strangers send is booked with its transaction, and a node that lies about a vault
//! withholds the money of that lease and of no other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_client::address;
use gpu_lease_client::instruction::{self, OpenLease};
use gpu_lease_client::state::{LeaseRequest, Offer};
use gpu_lease_indexer::ask::Part;
use gpu_lease_indexer::audit::{Auditor, Report};
use gpu_lease_indexer::book::LeaseLife;
use gpu_lease_indexer::ingest::{self, Status};
use gpu_lease_indexer::live::Live;
use gpu_lease_indexer::node::{Node, Source};
use gpu_lease_indexer::store::Store;
use gpu_lease_indexer::views::Balance;
use gpu_lease_localnet::{Localnet, Options, Proxy, Treatment};
use serde_json::Value;
use solana_address::Address;
use solana_signer::Signer;
use spl_token_interface::instruction::transfer_checked;
use tempfile::TempDir;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How long the record may take to reach the cluster.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a stranger sends, base units.
const GIFT: u64 = 1_250_000;

/// A market, and an indexer that reads it through a node that may lie.
struct Desk {
    net: Localnet,
    node: Proxy,
    store: Store,
    auditor: Auditor,
    stop: CancellationToken,
    _folder: TempDir,
}

impl Desk {
    async fn start() -> Self {
        let net = Localnet::start(Options::default(), |_| {}).await.unwrap();
        let node = Proxy::start(net.validator.rpc_url()).await.unwrap();
        let source = Source { every: Duration::from_millis(50), ..Source::new(node.url()) };
        let asked = Arc::new(Node::new(&source).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("record.sqlite").display());
        let store = Store::open(&url, &asked.genesis_hash().await.unwrap()).await.unwrap();
        let (arrivals, arrived) = ingest::arrivals();
        let stop = CancellationToken::new();
        let (live, status) = (Live::default(), Arc::new(Status::default()));
        tokio::spawn(ingest::run_with(source, store.clone(), live, status, arrived, stop.clone()));
        let auditor = Auditor::new(asked, store.clone(), arrivals);
        Self { net, node, store, auditor, stop, _folder: folder }
    }

    /// Opens a lease of the renter's.
    async fn open(&self, nonce: u64) -> LeaseLife {
        let Localnet { client, wallets, mint, offers, .. } = &self.net;
        let offer = client.get::<Offer>(&offers[0]).await.unwrap();
        let now = self.net.now().await.unwrap();
        let request = LeaseRequest {
            nonce,
            deposit: offer.terms.price_ceil(1, 7_200).unwrap(),
            start_deadline: now + 3_600,
            duration: 7_200,
            gpus: 1,
            max_fee_bps: 10_000,
            valid_until: now + 300,
            expected_offer: offer.content_hash(),
            arbiter: client.protocol().await.unwrap().arbiter,
            access_key: [9; 32],
            session_key: Address::default(),
        };
        let renter = wallets.renter.pubkey();
        let open = OpenLease::new(renter, &offer, mint.token_program, request);
        let instructions = client.open_lease(&open).await.unwrap();
        client.send(&instructions, &wallets.renter, &[]).await.unwrap();
        let lease = address::lease(&renter, nonce);
        LeaseLife { lease, opened_slot: client.lease(&lease).await.unwrap().opened_slot }
    }

    /// Sends tokens straight into a lease's vault. The transaction.
    async fn give(&self, life: LeaseLife) -> String {
        let Localnet { client, wallets, mint, .. } = &self.net;
        let giver = &wallets.sponsor;
        let transfer = transfer_checked(
            &mint.token_program,
            &self.net.token_account(&giver.pubkey()),
            &mint.address,
            &address::vault(&life.lease),
            &giver.pubkey(),
            &[],
            GIFT,
            mint.decimals,
        );
        client.send(&[transfer.unwrap()], giver, &[]).await.unwrap().signature.to_string()
    }

    /// Waits until all that has happened is finalized and in the record.
    async fn settle(&self) {
        let slot = self.net.client.clock().await.unwrap().slot;
        let since = Instant::now();
        while self.store.reached().slot <= slot {
            assert!(since.elapsed() < PATIENCE, "the record is at slot {}", self.store.reached().slot);
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Audits until nothing moves meanwhile.
    async fn audit(&self) -> Report {
        let since = Instant::now();
        loop {
            let report = self.auditor.audit().await.unwrap();
            if report.moving.0 == 0 {
                return report;
            }
            assert!(since.elapsed() < PATIENCE, "{report:?}");
        }
    }

    async fn balance(&self, life: LeaseLife) -> Balance {
        let part = Part { after: None, limit: 10 };
        self.store.balances(Some(&life.lease), &part).await.unwrap().items.remove(0)
    }

    async fn deposited(&self, life: LeaseLife) -> (Option<u64>, bool) {
        let lease = self.store.lease(life).await.unwrap().unwrap();
        (lease.deposited.map(|it| it.0), lease.is_in_doubt)
    }
}

/// A node that shows an account's tokens as `change` says.
fn lie(node: &Proxy, account: Address, change: fn(u64) -> u64) {
    node.script(move |request| {
        let asked = request.params[0].as_array().filter(|_| request.method == "getMultipleAccounts");
        let place = asked.and_then(|asked| asked.iter().position(|it| *it == account.to_string()));
        let Some(place) = place else { return Treatment::Pass };
        Treatment::PassAndChange(Box::new(move |answer: &mut Value| {
            let data = &mut answer["value"][place]["data"][0];
            let mut bytes = BASE64_STANDARD.decode(data.as_str().unwrap()).unwrap();
            let amount = u64::from_le_bytes(bytes[64..72].try_into().unwrap());
            bytes[64..72].copy_from_slice(&change(amount).to_le_bytes());
            *data = BASE64_STANDARD.encode(bytes).into();
        }))
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gifts_are_booked_and_lies_about_a_vault_withhold_that_lease_alone() -> Result<()> {
    let desk = Desk::start().await;
    let (one, other) = (desk.open(1).await, desk.open(2).await);
    desk.settle().await;
    let report = desk.audit().await;
    assert!(report.is_fine() && report.gifts.is_empty(), "{report:?}");
    assert_eq!(report.accounts.0, 3, "two leases, and the fees: {report:?}");
    let paid = desk.deposited(one).await;
    assert!(paid.0.is_some_and(|paid| paid > 0));

    // Nobody was told of it: a transfer never names the program.
    let signature = desk.give(one).await;
    desk.settle().await;
    let before = desk.balance(one).await;
    let report = desk.audit().await;
    assert!(report.is_fine(), "{report:?}");
    let [gift] = report.gifts.as_slice() else { panic!("{report:?}") };
    assert_eq!((gift.amount.0, &gift.signature), (GIFT, &signature));
    let after = desk.balance(one).await;
    assert_eq!(after.booked.0, before.booked.0 + GIFT);
    assert_eq!((after.held, after.verdict.as_str()), (Some(after.booked), "balanced"));
    let part = Part { after: None, limit: 50 };
    let movements = desk.store.movements_of_lease(one, &part).await?.items;
    let given = movements.iter().find(|it| it.purpose == "gift").expect("a gift");
    assert_eq!((&given.landed.signature, given.amount.0), (&signature, GIFT));
    assert_eq!(given.from_owner, Some(desk.net.wallets.sponsor.pubkey().to_string()));
    // It is booked once, and what the program does next is no surprise.
    assert!(desk.audit().await.gifts.is_empty());
    let Localnet { client, wallets, .. } = &desk.net;
    let lease = client.lease(&one.lease).await?;
    let valid_until = desk.net.now().await? + 300;
    let top_up = instruction::top_up(wallets.renter.pubkey(), &lease, 1_000_000, valid_until);
    client.send(&[top_up], &wallets.renter, &[]).await?;
    desk.settle().await;
    let report = desk.audit().await;
    assert!(report.is_fine() && report.gifts.is_empty(), "{report:?}");
    assert_eq!(desk.deposited(one).await, (paid.0.map(|paid| paid + 1_000_000), false));

    // Less than is booked: nobody can take tokens out but the program.
    let vault = address::vault(&one.lease);
    for (change, is_deficit) in
        [((|amount| amount - 1) as fn(u64) -> u64, true), (|amount| amount + 1, false)]
    {
        lie(&desk.node, vault, change);
        let report = desk.audit().await;
        let [deviation] = report.deviations.as_slice() else { panic!("{report:?}") };
        assert_eq!(
            (deviation.account.as_str(), deviation.is_deficit()),
            (vault.to_string().as_str(), is_deficit)
        );
        assert_eq!(desk.deposited(one).await, (None, true));
        ensure!(desk.deposited(other).await.0.is_some(), "another lease has nothing to do with it");
        assert_eq!(desk.balance(one).await.verdict, if is_deficit { "deficit" } else { "surplus" });
        assert_eq!(desk.store.progress().await?.in_doubt.0, 1);
        // It is not taken for true by being told again.
        assert!(!desk.audit().await.is_fine());

        desk.node.script(|_| Treatment::Pass);
        assert!(desk.audit().await.is_fine());
        assert_eq!(desk.deposited(one).await, (paid.0.map(|paid| paid + 1_000_000), false));
        assert_eq!(desk.store.progress().await?.in_doubt.0, 0);
    }
    let ledger = desk.store.ledger().await?;
    assert!(ledger.sums().values().all(|sum| *sum == 0), "{:?}", ledger.sums());
    assert_eq!(ledger.differences(), []);
    desk.stop.cancel();
    Ok(())
}
