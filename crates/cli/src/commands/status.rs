//! `gpu-lease status`

use crate::{context::Context, output::Record, units, views};
use anyhow::Result;
use gpu_lease_client::{
    Error, address,
    state::{FeeParams, Protocol},
    url::shown,
};

/// Shows the cluster, the program, the fee and the mints.
pub async fn run(context: &Context) -> Result<()> {
    let client = &context.client;
    let (clock, genesis_hash) = (client.clock().await?, client.genesis_hash().await?);
    let now = clock.unix_timestamp;
    let mut record = Record::new()
        .heading("Cluster")
        .text("url", "RPC", shown(&context.url))
        .text("genesis_hash", "genesis hash", genesis_hash)
        .json("time", now)
        .line("time", units::format_time(now))
        .json("slot", clock.slot)
        .line("slot", clock.slot)
        .heading("Program")
        .text("program", "address", address::PROGRAM);

    let authority = match client.upgrade_authority().await {
        Ok(authority) => authority,
        Err(Error::NotFound { .. }) => {
            return context
                .print(&record.json("deployed", false).line("state", "not deployed on this cluster"));
        }
        Err(error) => return Err(error.into()),
    };
    let authority = authority.map(|authority| authority.to_string());
    record = record.json("deployed", true).json("upgrade_authority", &authority).line(
        "upgrade authority",
        match &authority {
            Some(authority) => format!(
                "{authority}: can replace the program at any time, and with it every rule, votes and open leases \
                 included"
            ),
            None => "none: nobody can change the program".to_owned(),
        },
    );

    let Some(protocol) = client.find::<Protocol>(&address::protocol()).await? else {
        let hint = "not initialized; run `gpu-lease migrate` with the upgrade authority";
        return context.print(&record.json("initialized", false).line("protocol", hint));
    };
    let fee_params = client.get::<FeeParams>(&address::fee_params()).await?;
    let governance = client.governance().await?;
    let belongs = client.require_domain(&protocol.domain).await.is_ok();
    record = record
        .json("initialized", true)
        .json("domain_matches", belongs)
        .json("paused", protocol.is_paused(now))
        .object("protocol", &protocol)
        .object("fee_params", &fee_params)
        .object("governance", &governance)
        .heading("Protocol")
        .line("address", protocol.address)
        .line(
            "cluster",
            match belongs {
                true => "bound to this cluster",
                false => "BOUND TO ANOTHER CLUSTER: sign nothing here",
            },
        )
        .line("new leases", views::governance::pause(&protocol, now))
        .line(
            "fee",
            format!(
                "{} since {}",
                units::format_bps(fee_params.fee_bps.into()),
                units::format_time(fee_params.effective_since)
            ),
        )
        .line("treasury", fee_params.treasury)
        .line("guardian", format!("{}, {}", protocol.guardian, views::governance::guardian_power()))
        .line("arbiter", protocol.arbiter)
        .line(
            "votes",
            format!(
                "decide about fee, treasury, guardian, arbiter and themselves: {}; see `gpu-lease governance status`",
                views::governance::rules_short(&governance.rules)
            ),
        );

    let mut mints = views::mint::list();
    for policy in client.mint_policies().await? {
        let fees = context.fees_in(&policy).await?;
        mints.push(views::mint::row(&policy, fees), views::mint::details(&policy, fees));
    }
    context.print(&record.heading("Mints").object("mints", &mints).text_block(&mints))
}
