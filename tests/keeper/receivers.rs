//! Parties that cannot be paid into the account that is theirs.

use gpu_lease_keeper::plan::Outcome;
use gpu_lease_tests::prelude::*;

use crate::market::{LAMPORTS, Market};

const POOR: &str = r#"
    delay = "0s"
    jitter = "0s"
"#;
const RICH: &str = r#"
    delay = "0s"
    jitter = "0s"
    create_accounts = true
    lamports_a_day = 5000000
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_account_is_paid_for_only_if_the_owner_says_so_and_the_budget_holds_it() {
    let market = Market::new().await;
    let (net, renter) = (&market.net, market.wallet().await);
    let (mint, program) = (net.mint.address, net.mint.token_program);
    // A renter whose account is gone as soon as the deposit is paid.
    let account = net.token_account(&renter.pubkey());
    let sponsor = &net.wallets.sponsor;
    let create = instruction::create_associated_token(&sponsor.pubkey(), &renter.pubkey(), &mint, &program);
    let from = net.token_account(&sponsor.pubkey());
    let pay = spl_token_interface::instruction::transfer_checked(
        &program,
        &from,
        &mint,
        &account,
        &sponsor.pubkey(),
        &[],
        market.deposit(),
        net.mint.decimals,
    );
    net.client.send(&[create, pay.unwrap()], sponsor, &[]).await.unwrap();
    let lease = market.rent_as(&renter, 1, MIN_DURATION).await;
    let owner = renter.pubkey();
    let close =
        spl_token_interface::instruction::close_account(&program, &account, &owner, &owner, &[]).unwrap();
    net.client.send(&[close], &renter, &[]).await.unwrap();
    net.validator.travel_to(net.now().await.unwrap() + 700).unwrap();

    let rpc = net.validator.rpc_url();
    let poor = market.keeper("poor", rpc, POOR).await;
    poor.look().await.unwrap();
    let errand = poor.pick().unwrap();
    let outcome = poor.act(&errand).await;
    assert!(matches!(&outcome, Outcome::Failed(why) if why.contains("create_accounts")), "{outcome:?}");
    assert_eq!((poor.day().0, market.lamports(&poor.wallet()).await), (0, LAMPORTS));
    // It is told, and not tried again for a while.
    assert_eq!(poor.pick(), None);

    let tight = RICH.replace("5000000", "2000000");
    let tight = market.keeper("tight", rpc, &tight).await;
    tight.look().await.unwrap();
    assert_eq!(tight.act(&tight.pick().unwrap()).await, Outcome::Unaffordable);

    let rich = market.keeper("rich", rpc, RICH).await;
    rich.look().await.unwrap();
    assert_eq!(rich.act(&rich.pick().unwrap()).await, Outcome::Done);
    assert!(market.lease(&lease).await.is_none());
    let refund = net.client.token_balance(&account).await.unwrap().unwrap().amount;
    assert_eq!(refund, market.deposit());
    let (spent, budget) = rich.day();
    let paid = LAMPORTS - market.lamports(&rich.wallet()).await;
    assert!(paid <= spent && spent <= budget, "{paid} {spent} {budget}");
}
