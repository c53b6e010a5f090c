use crate::{Async, Config, Context, Migration, Status, Voting};
use gpu_lease_client::{
    Error, address, instruction,
    program::instructions::ProtocolConfig,
    state::{FeeParams, Protocol},
};
use std::time::Duration;

/// Creates `Protocol`, `FeeParams` and `Governance`.
pub struct Initialize;

impl Migration for Initialize {
    fn name(&self) -> &'static str {
        "m0001_initialize"
    }

    fn describe(&self) -> &'static str {
        "Creates the protocol with its first fee rate and voting rules."
    }

    fn status<'a>(&'a self, context: &'a Context<'a>) -> Async<'a, Status> {
        Box::pin(async move {
            let Context { client, config, authority } = context;
            if let Some(protocol) = client.find::<Protocol>(&address::protocol()).await? {
                client.require_domain(&protocol.domain).await?;
                client.get::<FeeParams>(&address::fee_params()).await?;
                return Ok(unchangeable(config, &protocol).map_or(Status::Done, Status::Blocked));
            }
            let blocked = |reason: String| Ok(Status::Blocked(reason));
            let signer = authority.try_pubkey()?;
            match client.upgrade_authority().await {
                Ok(Some(upgrader)) if upgrader == signer => {}
                Ok(Some(upgrader)) => {
                    return blocked(format!(
                        "Only the program's upgrade authority {upgrader} may do this; sign with its key, not \
                         with {signer}'s."
                    ));
                }
                Ok(None) => {
                    return blocked(
                        "The program no longer has an upgrade authority; deploy it again.".to_owned(),
                    );
                }
                Err(Error::NotFound { .. }) => {
                    return blocked(format!("Deploy the program to {} first.", address::PROGRAM));
                }
                Err(error) => return Err(error),
            }
            for (role, mint) in [("vote", config.vote_mint), ("unit", config.unit_mint)] {
                match client.mint(&mint).await {
                    Ok(_) => {}
                    Err(Error::NotFound { .. } | Error::Malformed { .. }) => {
                        return blocked(format!("The {role} mint {mint} is not a mint; create it first."));
                    }
                    Err(error) => return Err(error),
                }
            }
            let Config { vote_mint, unit_mint, guardian, arbiter, treasury, fee_bps, voting, .. } = config;
            Ok(Status::Pending(vec![
                format!(
                    "create the protocol {} with vote mint {vote_mint}, unit mint {unit_mint}, guardian \
                     {guardian} and arbiter {arbiter}",
                    address::protocol()
                ),
                format!(
                    "create the fee rate {} of {fee_bps} basis points for the treasury {treasury}",
                    address::fee_params()
                ),
                format!("create the voting rules {}: {}", address::governance(), voting_rules(voting)),
            ]))
        })
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> Async<'a, Vec<gpu_lease_client::rpc::Receipt>> {
        Box::pin(async move {
            let Context { client, config, authority } = context;
            let Config { vote_mint, unit_mint, guardian, arbiter, treasury, fee_bps, voting, .. } = **config;
            let config = ProtocolConfig {
                genesis_hash: client.genesis_hash().await?.to_bytes(),
                vote_mint,
                unit_mint,
                guardian,
                arbiter,
                treasury,
                fee_bps,
                rules: voting.into(),
            };
            let initialize = instruction::initialize(authority.try_pubkey()?, config);
            Ok(vec![client.send(&[initialize], *authority, &[]).await?])
        })
    }
}

/// How votes run, in words.
fn voting_rules(voting: &Voting) -> String {
    let Voting { deposit, voting_period, extension, timelock, execution_window, quorum_bps } = *voting;
    let duration = |seconds| humantime::format_duration(Duration::from_secs(u64::from(seconds)));
    format!(
        "{} of votes, {} more if they turn late, {} of timelock, {} to execute, a quorum of {quorum_bps} basis \
         points of the locked tokens, a deposit of {deposit} lamports",
        duration(voting_period),
        duration(extension),
        duration(timelock),
        duration(execution_window)
    )
}

/// What the file says differently from the chain and nobody can change now. The rest is up to votes.
fn unchangeable(config: &Config, protocol: &Protocol) -> Option<String> {
    let fields = [
        ("vote_mint", config.vote_mint, protocol.vote_mint),
        ("unit_mint", config.unit_mint, protocol.unit_mint),
    ];
    fields.iter().find(|(_, wanted, found)| wanted != found).map(|(field, wanted, found)| {
        format!(
            "The protocol of this cluster has {field} {found}, which can no longer be changed, and the \
             configuration says {wanted}; correct the configuration, or check the cluster."
        )
    })
}
