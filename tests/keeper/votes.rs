//! Votes that nobody comes back to.

use gpu_lease_client::instruction::CreateProposal;
use gpu_lease_client::outlook::Upkeep;
use gpu_lease_keeper::keeper::Keeper;
use gpu_lease_keeper::plan::Outcome;
use gpu_lease_tests::prelude::*;

use crate::market::{Market, until};

const KEEPING: &str = r#"
    delay = "0s"
    jitter = "0s"
"#;

/// Everything that is to be done now, in order.
async fn kept(keeper: &Keeper) -> Vec<Upkeep> {
    let mut done = Vec::new();
    until("a look", async || keeper.look().await.is_ok()).await;
    while let Some(errand) = keeper.pick() {
        assert_eq!(keeper.act(&errand).await, Outcome::Done, "{errand:?}");
        done.push(errand.what);
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_voted_comes_about_and_rent_and_tokens_come_back_by_a_keeper_alone() {
    let market = Market::new().await;
    let net = &market.net;
    let (holder, client) = (&net.wallets.holder, &net.client);
    let owner = holder.pubkey();
    let (mint, votes) = (net.mint, net.vote_mint);

    // Somebody has left fees. The holder locks all of its tokens and has them vote for two proposals.
    let renter = &net.wallets.renter;
    let (fees, from) = (5_000_000, net.token_account(&renter.pubkey()));
    let pay = spl_token_interface::instruction::transfer_checked(
        &mint.token_program,
        &from,
        &mint.address,
        &address::fee_vault(&mint.address),
        &renter.pubkey(),
        &[],
        fees,
        mint.decimals,
    );
    client.send(&[pay.unwrap()], renter, &[]).await.unwrap();
    let account = address::associated_token(&owner, &votes.address, &votes.token_program);
    let tokens = client.token_balance(&account).await.unwrap().unwrap().amount;
    let step = i64::from(LOCK_STEP);
    let until_then = (net.now().await.unwrap() + 365 * 86_400) / step * step;
    let lock = instruction::lock_tokens(owner, votes.address, votes.token_program, tokens, until_then);
    client.send(&[lock], holder, &[]).await.unwrap();
    let locked_in = client.clock().await.unwrap().slot;
    until("a later slot", async || client.clock().await.unwrap().slot > locked_in + 1).await;
    let mut proposals = Vec::new();
    for action in [Action::SetFee { fee_bps: 60 }, Action::WithdrawFees { mint: mint.address, amount: fees }]
    {
        let governance = client.governance().await.unwrap();
        let valid_until = net.now().await.unwrap() + 60;
        let new = CreateProposal {
            proposer: owner,
            id: governance.proposal_count,
            vote_mint: votes.address,
            unit_mint: mint.address,
            action,
            max_deposit: governance.rules.deposit,
            valid_until,
        };
        client.send(&[instruction::create_proposal(&new)], holder, &[]).await.unwrap();
        let proposal = client.proposal(new.id).await.unwrap();
        let vote = instruction::cast_vote(owner, &owner, &proposal, true, valid_until);
        client.send(&[vote], holder, &[]).await.unwrap();
        proposals.push(client.proposal(new.id).await.unwrap());
    }
    let lamports = market.lamports(&owner).await;
    let keeper = market.keeper("votes", net.validator.rpc_url(), KEEPING).await;
    assert_eq!(kept(&keeper).await, []);

    // The votes are over: they are decided, the deposits come back, and so does the rent of the votes.
    net.validator.travel_to(proposals[1].ends_at + 1).unwrap();
    let mut done = kept(&keeper).await;
    done.extend(kept(&keeper).await);
    assert_eq!(done, [[Upkeep::FinalizeProposal; 2], [Upkeep::CloseVoteRecord; 2]].concat());
    let deposits: u64 = proposals.iter().map(|proposal| proposal.deposit).sum();
    assert!(market.lamports(&owner).await > lamports + deposits);

    // Their timelock is over.
    net.validator.travel_to(proposals[1].executable_from() + 1).unwrap();
    assert_eq!(kept(&keeper).await, [Upkeep::ExecuteProposal, Upkeep::WithdrawFees]);
    assert_eq!(client.fee_params().await.unwrap().fee_bps, 60);
    let treasury = net.token_account(&net.wallets.treasury.pubkey());
    assert_eq!(client.token_balance(&treasury).await.unwrap().unwrap().amount, fees);

    // So is the lock.
    net.validator.travel_to(until_then + 1).unwrap();
    assert_eq!(kept(&keeper).await, [Upkeep::UnlockTokens]);
    assert_eq!(client.token_balance(&account).await.unwrap().unwrap().amount, tokens);
    assert_eq!(kept(&keeper).await, []);
}
