//! Being written.
use gpu_lease_tests::World;
use solana_signer::Signer;

fn main() {
    let show = |name: &str, meta: litesvm::types::TransactionMetadata| {
        for line in meta.logs.iter().filter(|l| l.contains("GPULease") && l.contains("consumed")) {
            println!("{name:30} {line}");
        }
    };
    let mut w = World::new();
    let lease = { let r = w.request(0); show("open", w.open(r).ok()); w.lease_ref(0, w.people.renter.pubkey()) };
    show("start", w.start(&lease).ok());
    w.pass(3600);
    show("attest 1", w.claim(&lease, 3600).ok());
    w.pass(300);
    show("attest 1 second", w.claim(&lease, 4000).ok());
    w.pass(300);
    let m = w.message(&lease, 5000);
    let (a, b) = (w.people.attestor.insecure_clone(), w.people.renter.insecure_clone());
    show("attest 2", w.submit(&lease, &m, &[&a, &b]).ok());
    show("settle", w.settle(&lease).ok());
    let t = w.top_up_ix(&lease, b.pubkey(), 1000);
    show("top_up", w.send(&[t], &[&b]).ok());
    w.pass(24 * 3600 + 3600);
    show("close", w.close(&lease).ok());
    let mut r = w.request(1);
    r.nonce = 1;
    w.open(r).ok();
    let lease = w.lease_ref(1, w.people.renter.pubkey());
    let c = w.cancel_lease_ix(&lease, b.pubkey());
    show("cancel", w.send(&[c], &[&b]).ok());
}
