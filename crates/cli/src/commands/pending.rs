//! `gpu-lease pending`

use crate::{
    context::Context,
    output::{Column, List, Record, cell},
    units::format_time,
};
use anyhow::{Result, bail};
use clap::Args;
use gpu_lease_client::Error;

#[derive(Debug, Args)]
pub struct Look {
    /// Stop asking about this one. If it has landed, the command that sent it will do it a second time
    #[arg(long, value_name = "SIGNATURE")]
    forget: Option<String>,
}

/// Finds out what became of what earlier commands sent.
pub async fn run(Look { forget }: &Look, context: &Context) -> Result<()> {
    let left = context.left().await?;
    if let Some(signature) = forget {
        for (entry, held) in left {
            if entry.pending.signature().to_string() == *signature {
                held.remove()?;
                return context.print(&Record::new().heading("Forgotten").text(
                    "signature",
                    "transaction",
                    signature,
                ));
            }
        }
        bail!("no transaction {signature} is pending here; see `gpu-lease pending`");
    }
    let columns = vec![
        Column::text("SENT"),
        Column::text("WHAT"),
        Column::text("OUTCOME"),
        Column::text("TRANSACTION"),
    ];
    let mut list = List::new(columns, "Nothing is pending.");
    let (mut unknown, mut landed) = (None, Vec::new());
    for (entry, held) in left {
        let signature = entry.pending.signature();
        let outcome = match context.settle(&entry, held).await {
            Ok(_) => {
                landed.push(signature.to_string());
                "landed".to_owned()
            }
            Err(error) => {
                let (words, is_known) = match error.downcast_ref() {
                    Some(Error::Failed { explanation, .. }) => {
                        (format!("failed: {}", explanation.what), true)
                    }
                    Some(Error::Expired(_) | Error::Withdrawn { .. }) => ("never landed".to_owned(), true),
                    Some(Error::NotKnown { .. }) => ("not known".to_owned(), false),
                    _ => return Err(error),
                };
                if !is_known {
                    unknown = Some(error);
                }
                words
            }
        };
        let record = Record::new()
            .json("signature", signature.to_string())
            .json("what", &entry.done)
            .json("sent_at", entry.sent_at)
            .json("outcome", &outcome);
        list.push(
            vec![cell(format_time(entry.sent_at)), cell(&entry.done), cell(outcome), cell(signature)],
            record,
        );
    }
    match landed.is_empty() {
        true => context.print(&list)?,
        false => context.format.print_landed(&list, &landed),
    }
    unknown.map_or(Ok(()), Err)
}
