//! Registered mints.

use crate::{
    output::{Column, List, Record, cell},
    units,
};
use comfy_table::Cell;
use gpu_lease_client::{account::Keyed, rpc::MintInfo, state::MintPolicy};

fn mint_of(policy: &MintPolicy) -> MintInfo {
    MintInfo { address: policy.mint, token_program: policy.token_program, decimals: policy.decimals }
}

/// A registered mint with the fees in its vault.
pub fn details(policy: &Keyed<MintPolicy>, fees: u64) -> Record {
    Record::of(policy)
        .json("fees", fees)
        .line("mint", policy.mint)
        .line("decimals", policy.decimals)
        .line("token program", policy.token_program)
        .line("fee vault", policy.fee_vault)
        .line("fees collected", units::money(fees, &mint_of(policy)))
}

/// A table of mints.
pub fn list() -> List {
    let columns = vec![Column::text("MINT"), Column::number("DECIMALS"), Column::number("FEES COLLECTED")];
    List::new(columns, "No mint is registered; register one with `gpu-lease mint register`.")
}

/// Its row.
pub fn row(policy: &Keyed<MintPolicy>, fees: u64) -> Vec<Cell> {
    vec![cell(policy.mint), cell(policy.decimals), cell(units::money(fees, &mint_of(policy)))]
}
