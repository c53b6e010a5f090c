use crate::{Async, Context, Migration, Status};
use gpu_lease_client::{
    Error, address, instruction,
    rpc::{MintInfo, Receipt},
};
use std::collections::BTreeSet;

/// Registers the mints that leases may be priced in.
pub struct RegisterMints;

impl Migration for RegisterMints {
    fn name(&self) -> &'static str {
        "m0002_register_mints"
    }

    fn describe(&self) -> &'static str {
        "Registers the mints that leases may be priced in, each with a fee vault."
    }

    fn status<'a>(&'a self, context: &'a Context<'a>) -> Async<'a, Status> {
        Box::pin(async move {
            let missing = match missing(context).await {
                Ok(missing) => missing,
                Err(Error::NotFound { address, .. }) => {
                    return Ok(Status::Blocked(format!("There is no mint {address}; create it first.")));
                }
                Err(error) => return Err(error),
            };
            if missing.is_empty() {
                return Ok(Status::Done);
            }
            let action = |mint: &MintInfo| {
                let MintInfo { address, token_program, decimals } = mint;
                format!("register the mint {address} ({decimals} decimals, of token program {token_program})")
            };
            Ok(Status::Pending(missing.iter().map(action).collect()))
        })
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> Async<'a, Vec<Receipt>> {
        Box::pin(async move {
            let payer = context.authority.try_pubkey()?;
            let mut receipts = Vec::new();
            for MintInfo { address, token_program, .. } in missing(context).await? {
                let register = instruction::register_mint(payer, address, token_program);
                receipts.push(context.client.send(&[register], context.authority, &[]).await?);
            }
            Ok(receipts)
        })
    }
}

/// The mints of the configuration that are not registered yet.
async fn missing(context: &Context<'_>) -> Result<Vec<MintInfo>, Error> {
    let mints: BTreeSet<_> = context.config.mints.iter().collect();
    let policies: Vec<_> = mints.iter().map(|mint| address::mint_policy(mint)).collect();
    let mut missing = Vec::new();
    for (mint, policy) in mints.into_iter().zip(context.client.accounts(&policies).await?) {
        // An account that holds nothing but lamports which someone sent there is no policy.
        if policy.is_none_or(|policy| policy.owner != address::PROGRAM) {
            missing.push(context.client.mint(mint).await?);
        }
    }
    Ok(missing)
}
