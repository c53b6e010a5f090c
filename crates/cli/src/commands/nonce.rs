//! `gpu-lease nonce`

use crate::{
    args::Sending,
    config,
    context::{Action, Context, require_role},
    output::Record,
    signer::{self, Key},
    units::sol,
    views,
};
use anyhow::Result;
use clap::{Args, Subcommand};
use gpu_lease_client::rpc::Nonce;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;

#[derive(Debug, Subcommand)]
#[command(
    after_help = "A nonce account keeps one half-signed transaction good: pass it as the --nonce of `lease open`, `lease \
                  resize` or `lease close`, with --out. The transaction lands at most once; until then whoever holds the \
                  account can withdraw it with `nonce advance`."
)]
pub enum Command {
    /// Create a nonce account; its rent comes back when it is closed
    Create(Create),
    /// Show whose a nonce account is and what it holds
    Show(Show),
    /// Withdraw what was half-signed with a nonce account: no such transaction can land afterwards
    Advance(Advance),
    /// Close a nonce account, withdraw what was half-signed with it, and get its rent back
    Close(Close),
}

#[derive(Debug, Args)]
pub struct Create {
    /// Who may advance and close it [default: --keypair]
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    authority: Option<Address>,
    /// Key whose address it gets; it is not needed afterwards [default: a new one]
    #[arg(long, value_name = "KEYPAIR")]
    account: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Show {
    /// The nonce account
    #[arg(value_name = "ADDRESS", value_parser = config::parse_address)]
    account: Address,
}

#[derive(Debug, Args)]
pub struct Advance {
    /// The nonce account
    #[arg(value_name = "ADDRESS", value_parser = config::parse_address)]
    account: Address,
    /// Key that it belongs to [default: --keypair]
    #[arg(long, value_name = "KEYPAIR")]
    nonce_authority: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Close {
    /// The nonce account
    #[arg(value_name = "ADDRESS", value_parser = config::parse_address)]
    account: Address,
    /// Key that it belongs to [default: --keypair]
    #[arg(long, value_name = "KEYPAIR")]
    nonce_authority: Option<String>,
    /// Wallet that gets what it holds [default: that of --keypair]
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    to: Option<Address>,
    #[command(flatten)]
    sending: Sending,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Create(create) => self::create(create, context).await,
        Command::Show(Show { account }) => {
            context.print(&views::nonce::details(&context.client.nonce(account).await?))
        }
        Command::Advance(Advance { account, nonce_authority, sending }) => {
            let (nonce, keys) = own(account, nonce_authority.as_deref(), context).await?;
            let action =
                Action::new("Withdrew what waited for the nonce account", *sending).with(named(&nonce));
            context.act(action, &[nonce.advance()], &signers(&keys)).await
        }
        Command::Close(Close { account, nonce_authority, to, sending }) => {
            let (nonce, keys) = own(account, nonce_authority.as_deref(), context).await?;
            let recipient = to.or(keys.first().map(|wallet| wallet.pubkey())).unwrap_or(nonce.authority);
            let record = named(&nonce)
                .text("to", "to", recipient)
                .json("lamports", nonce.lamports)
                .line("gets", sol(nonce.lamports));
            let action = Action::new("Closed the nonce account", *sending).with(record);
            context.act(action, &[nonce.close(&recipient)], &signers(&keys)).await
        }
    }
}

async fn create(Create { authority, account, sending }: &Create, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let account: Key = match account {
        Some(source) => signer::read(source)?,
        None => Box::new(Keypair::new()),
    };
    let (payer, address) = (wallet.pubkey(), account.pubkey());
    let authority = authority.unwrap_or(payer);
    let instructions = context.client.create_nonce(&payer, &address, &authority).await?;
    let record = Record::new().text("nonce_account", "nonce account", address).text(
        "authority",
        "belongs to",
        authority,
    );
    let action = Action::new("Created the nonce account", *sending).with(record);
    context.act(action, &instructions, &[&wallet, &account]).await
}

/// A nonce account, and the keys that act for it: the wallet, which pays, and the one that it belongs to.
async fn own(account: &Address, authority: Option<&str>, context: &Context) -> Result<(Nonce, Vec<Key>)> {
    let mut keys = vec![context.wallet()?];
    if let Some(source) = authority {
        keys.push(signer::read(source)?);
    }
    let nonce = context.client.nonce(account).await?;
    let last = keys.last().map(|key| key.pubkey()).unwrap_or_default();
    require_role(&last, &nonce.authority, "the nonce account's authority")?;
    Ok((nonce, keys))
}

fn signers(keys: &[Key]) -> Vec<&dyn Signer> {
    keys.iter().map(|key| key as &dyn Signer).collect()
}

fn named(nonce: &Nonce) -> Record {
    Record::new().text("nonce_account", "nonce account", nonce.address)
}
