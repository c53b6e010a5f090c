use crate::{Book, Flow, Ledger, Localnet, Party};
use anyhow::{Context, Result};
use gpu_lease_client::{
    account::ProgramAccount,
    address,
    decode::{self, Event},
    state::Lease,
};
use solana_address::Address;
use solana_instruction::Instruction;
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
        let (mut tokens, mut lamports) = (Vec::new(), Vec::new());
        let vault = address::vault(lease);
        for party in Party::ROWS {
            let (token_account, accounts) = match (party, net.wallets.of(party)) {
                (_, Some(wallet)) => (net.token_account(&wallet.pubkey()), vec![wallet.pubkey()]),
                (Party::BondAccount, None) => (net.bond_account(), Vec::new()),
                (Party::Vault, None) => (vault, vec![*lease, vault]),
                (Party::FeeVault, None) => (address::fee_vault(&net.mint.address), Vec::new()),
                _ => continue,
            };
            let balance = net.client.token_balance(&token_account).await?;
            tokens.push((party, balance.map_or(0, |balance| balance.amount)));
            let mut sum = 0;
            for account in &accounts {
                sum += net.client.lamports(account).await?;
            }
            if !accounts.is_empty() {
                lamports.push((party, sum));
            }
        }
        Ok(Self { tokens, lamports })
    }

    /// Books what a lease's transactions say, read back from the chain and each paid for by a party, besides
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

        let mut clerk = Clerk { net, rent: rent(net).await?, payer: None, tokens, lamports };
        for (payer, signature) in transactions {
            let transaction = net.client.transaction(signature).await?;
            clerk.lamports.enter(Flow::NetworkFee, *payer, Party::Network, transaction.fee)?;
            let bonds = bonds(net, &transaction.instructions)?;
            for event in &transaction.events {
                clerk.enter(event, bonds)?;
            }
        }
        Ok(Ledger { tokens: clerk.tokens, lamports: clerk.lamports })
    }
}

fn open_rows(book: &mut Book, before: &[(Party, u64)], after: &[(Party, u64)]) {
    for ((party, before), (_, after)) in before.iter().zip(after) {
        book.open(*party, Some((*before, *after)));
    }
}

/// Whose bonds a transaction moves: those in the bond account, if its instructions name that, or the provider's own.
fn bonds(net: &Localnet, instructions: &[Instruction]) -> Result<Party> {
    for instruction in instructions {
        let decoded = decode::instruction(instruction)?;
        if decoded.and_then(|decoded| decoded.account("bond_token")) == Some(net.bond_account()) {
            return Ok(Party::BondAccount);
        }
    }
    Ok(Party::Provider)
}

/// What a lease's account and its vault must hold to exist, lamports.
async fn rent(net: &Localnet) -> Result<u64> {
    let mut rent = 0;
    for size in [Lease::SIZE, TOKEN_ACCOUNT_SIZE] {
        rent += net.client.rpc().get_minimum_balance_for_rent_exemption(size).await?;
    }
    Ok(rent)
}

/// Keeps the books of one lease.
struct Clerk<'a> {
    net: &'a Localnet,
    rent: u64,
    /// Who funded the lease.
    payer: Option<Party>,
    tokens: Book,
    lamports: Book,
}

impl Clerk<'_> {
    /// Books what an event says: about the mint's money, and about the rent that comes and goes with the
    /// lease's accounts. `bonds` are put up and come back there.
    fn enter(&mut self, event: &Event, bonds: Party) -> Result<()> {
        use Party::{Arbiter, FeeVault, Provider, Treasury, Vault};
        match event {
            Event::LeaseOpened(opened) => {
                let payer = self.net.party(&opened.payer)?;
                self.payer = Some(payer);
                self.tokens.enter(Flow::PaidIn, payer, Vault, opened.deposit)?;
                self.lamports.enter(Flow::Rent, payer, Vault, self.rent)
            }
            Event::LeaseToppedUp(topped_up) => {
                let funder = self.net.party(&topped_up.funder)?;
                self.tokens.enter(Flow::PaidIn, funder, Vault, topped_up.amount)
            }
            Event::LeaseStarted(started) => self.tokens.enter(Flow::Bond, bonds, Vault, started.bond),
            Event::LeaseResized(resized) => self.tokens.enter(Flow::Bond, bonds, Vault, resized.bond),
            Event::LeaseSettled(settled) => self.tokens.enter(Flow::PaidOut, Vault, Provider, settled.payout),
            Event::LeaseDisputed(disputed) => {
                let funder = self.net.party(&disputed.funder)?;
                self.tokens.enter(Flow::Stake, funder, Vault, disputed.stake)
            }
            Event::DisputeResolved(resolved) => {
                self.tokens.enter(Flow::ArbiterFee, Vault, Arbiter, resolved.from_renter)?;
                self.tokens.enter(Flow::ArbiterFee, Vault, Arbiter, resolved.from_provider)
            }
            Event::LeaseClosed(closed) => {
                let payer = self.payer.context("the lease was closed before it was opened")?;
                self.tokens.enter(Flow::PaidOut, Vault, Provider, closed.payout)?;
                self.tokens.enter(Flow::Fee, Vault, FeeVault, closed.fees)?;
                self.tokens.enter(Flow::BondBack, Vault, bonds, closed.bond)?;
                self.tokens.enter(Flow::Credit, Vault, payer, closed.credit)?;
                self.tokens.enter(Flow::Refund, Vault, payer, closed.refund)?;
                self.lamports.enter(Flow::RentBack, Vault, payer, self.rent)
            }
            Event::FeesWithdrawn(withdrawn) => {
                self.tokens.enter(Flow::Withdrawal, FeeVault, Treasury, withdrawn.amount)
            }
            _ => Ok(()),
        }
    }
}

impl Localnet {
    /// Whose wallet this is.
    pub(crate) fn party(&self, wallet: &Address) -> Result<Party> {
        let is_theirs = |party: &Party| self.wallets.of(*party).is_some_and(|w| w.pubkey() == *wallet);
        let party = Party::ROWS.into_iter().find(is_theirs);
        party.with_context(|| format!("{wallet} is not a party to these leases"))
    }
}
