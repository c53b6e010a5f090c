use crate::{Book, Flow, Ledger, Localnet, Party};
use anyhow::{Context, Result, ensure};
use gpu_lease_client::{
    address,
    decode::{Event, ProgramAccount},
    state::Lease,
};
use solana_address::Address;
use solana_signature::Signature;
use solana_signer::Signer;

/// Decimals of SOL.
const SOL_DECIMALS: u8 = 9;

/// Bytes of a token account.
const TOKEN_ACCOUNT_SIZE: usize = 165;

/// What all parties of a lease hold on chain at a moment, base units and lamports.
pub struct Balances {
    tokens: Vec<(Party, u64)>,
    lamports: Vec<(Party, u64)>,
}

impl Balances {
    /// Reads the balances around `lease`, which need not exist.
    pub async fn read(net: &Localnet, lease: &Address) -> Result<Self> {
        let Localnet { client, wallets, mint, .. } = net;
        let (renter, provider) = (wallets.renter.pubkey(), wallets.provider.pubkey());
        let vault = address::vault(lease);
        let mut tokens = Vec::new();
        for (party, account) in [
            (Party::Renter, net.token_account(&renter)),
            (Party::Provider, net.token_account(&provider)),
            (Party::Vault, vault),
            (Party::FeeVault, address::fee_vault(&mint.address)),
        ] {
            let balance = client.token_balance(&account).await?.map_or(0, |balance| balance.amount);
            tokens.push((party, balance));
        }
        let lamports = vec![
            (Party::Renter, client.lamports(&renter).await?),
            (Party::Provider, client.lamports(&provider).await?),
            (Party::Operator, client.lamports(&wallets.operator.pubkey()).await?),
            (Party::Vault, client.lamports(lease).await? + client.lamports(&vault).await?),
        ];
        Ok(Self { tokens, lamports })
    }

    /// Books what a lease's transactions say, read back from the chain and each paid for by a party, beside
    /// the balances on chain before, which are these, and now.
    pub async fn ledger(
        &self,
        net: &Localnet,
        lease: &Address,
        transactions: &[(Party, Signature)],
    ) -> Result<Ledger> {
        let now = Self::read(net, lease).await?;
        let mut tokens = Book::new(Some(net.mint.address), net.mint.decimals);
        let mut lamports = Book::new(None, SOL_DECIMALS);
        open_rows(&mut tokens, &self.tokens, &now.tokens);
        open_rows(&mut lamports, &self.lamports, &now.lamports);
        lamports.open(Party::Network, None);

        let rent = rent(net).await?;
        for (payer, signature) in transactions {
            let transaction = net.client.transaction(signature).await?;
            lamports.enter(Flow::NetworkFee, *payer, Party::Network, transaction.fee)?;
            for event in &transaction.events {
                enter_tokens(&mut tokens, event, &net.wallets.renter.pubkey())?;
                enter_rent(&mut lamports, event, rent)?;
            }
        }
        Ok(Ledger { tokens, lamports })
    }
}

fn open_rows(book: &mut Book, before: &[(Party, u64)], after: &[(Party, u64)]) {
    for ((party, before), (_, after)) in before.iter().zip(after) {
        book.open(*party, Some((*before, *after)));
    }
}

/// What a lease's account and its vault must hold to exist, lamports.
async fn rent(net: &Localnet) -> Result<u64> {
    let mut rent = 0;
    for size in [Lease::SIZE, TOKEN_ACCOUNT_SIZE] {
        rent += net.client.rpc().get_minimum_balance_for_rent_exemption(size).await?;
    }
    Ok(rent)
}

/// Books what an event says about the mint's money. Whoever pays in is the renter here.
fn enter_tokens(book: &mut Book, event: &Event, renter: &Address) -> Result<()> {
    use Party::{FeeVault, Provider, Renter, Vault};
    match event {
        Event::LeaseOpened(opened) => {
            ensure!(opened.payer == *renter, "{} funded the lease, not the renter", opened.payer);
            book.enter(Flow::PaidIn, Renter, Vault, opened.deposit)
        }
        Event::LeaseToppedUp(topped_up) => {
            ensure!(topped_up.funder == *renter, "{} topped the lease up, not the renter", topped_up.funder);
            book.enter(Flow::PaidIn, Renter, Vault, topped_up.amount)
        }
        Event::LeaseStarted(started) => book.enter(Flow::Bond, Provider, Vault, started.bond),
        Event::LeaseSettled(settled) => book.enter(Flow::PaidOut, Vault, Provider, settled.payout),
        Event::LeaseClosed(closed) => {
            let refund =
                closed.refund.checked_sub(closed.credit).context("the SLA credit exceeds the refund")?;
            book.enter(Flow::PaidOut, Vault, Provider, closed.payout)?;
            book.enter(Flow::Fee, Vault, FeeVault, closed.fees)?;
            book.enter(Flow::BondBack, Vault, Provider, closed.bond)?;
            book.enter(Flow::Credit, Vault, Renter, closed.credit)?;
            book.enter(Flow::Refund, Vault, Renter, refund)
        }
        _ => Ok(()),
    }
}

/// Books the rent that comes and goes with the lease's accounts.
fn enter_rent(book: &mut Book, event: &Event, rent: u64) -> Result<()> {
    match event {
        Event::LeaseOpened(_) => book.enter(Flow::Rent, Party::Renter, Party::Vault, rent),
        Event::LeaseClosed(_) => book.enter(Flow::RentBack, Party::Vault, Party::Renter, rent),
        _ => Ok(()),
    }
}
