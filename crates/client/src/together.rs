//! What parties sign together, each on a machine of its own: what to look at before signing what another prepared.

use crate::{
    account::LeaseContext,
    address,
    decode::{self, Args, DecodedInstruction},
    error::{Error, Result},
    nonce, refusal,
    state::{Agreed, Lease, ProviderRole},
    token_account,
};
use solana_instruction::Instruction;
use solana_sdk_ids::compute_budget;

/// Whether an instruction takes the signatures of several parties: it opens a lease that a sponsor pays for, lets one
/// grow, or closes one at once. Nothing else is signed for a stranger.
const fn is_signed_together(args: &Args) -> bool {
    use Args::{CloseLease, CreateParticipant, OpenLease, ResizeLease};
    matches!(args, CreateParticipant { .. } | OpenLease { .. } | ResizeLease { .. } | CloseLease { .. })
}

/// The most that a transaction may offer for being taken up, lamports: 0.01 SOL. The fee payer may be the one who is
/// asked to sign.
pub const MAX_PRIORITY_FEE: u64 = 10_000_000;

/// The most compute units of a transaction, which count where it sets no limit.
const MAX_UNITS: u32 = 1_400_000;

/// The program's instructions in a transaction that another party prepared. It is refused if it does anything besides
/// what parties sign together, or offers more than [`MAX_PRIORITY_FEE`]. Its first instruction may advance a
/// [nonce account](nonce).
pub fn check(instructions: &[Instruction]) -> Result<Vec<DecodedInstruction>> {
    let mut known = Vec::new();
    let mut rest = instructions;
    if nonce::of(instructions).is_some() {
        rest = rest.get(1..).unwrap_or_default();
    }
    while let [instruction, behind @ ..] = rest {
        rest = behind;
        match decode::instruction(instruction)? {
            Some(decoded) if is_signed_together(&decoded.args) => known.push(decoded),
            Some(decoded) => {
                let name = decoded.name.replace('_', " ");
                return Err(refused(format!("contains {name}, which needs no second party")));
            }
            None if address::BESIDE.contains(&instruction.program_id) => {}
            None if nonce::advance(instruction).is_some() => {
                return Err(refused(
                    "advances a nonce account, but not in its first instruction, where it would keep the transaction good"
                        .to_owned(),
                ));
            }
            None => match behind {
                [initialize, after @ ..] if token_account::is_creation(instruction, initialize) => {
                    rest = after
                }
                _ => return Err(refused(format!("also calls the program {}", instruction.program_id))),
            },
        }
    }
    if known.is_empty() {
        return Err(refused("does nothing that parties sign together".to_owned()));
    }
    if priority_fee(instructions) > u128::from(MAX_PRIORITY_FEE) {
        return Err(too_dear());
    }
    Ok(known)
}

/// As whom the key in an instruction about `lease` signs for the provider: its wallet, or its operator in place of that.
/// Refused where the program would refuse the operator.
pub fn provider_role(instruction: &DecodedInstruction, lease: &LeaseContext) -> Result<ProviderRole> {
    let key = instruction.account("authority");
    let key = key.ok_or_else(|| refused(format!("names nobody for the provider in {}", instruction.name)))?;
    let role = lease.provider_account.role_of(&key).map_err(refusal::program_error)?;
    match &instruction.args {
        Args::CloseLease { agreed: Some(agreed) } if role == ProviderRole::Operator => {
            require_operator_may(lease, agreed)?;
        }
        _ => {}
    }
    Ok(role)
}

/// Requires that a provider's operator may sign how both parties divide the vault of `lease`: all that is claimed is
/// paid for, and nothing of the bond is credited.
pub fn require_operator_may(lease: &Lease, agreed: &Agreed) -> Result<()> {
    if lease.gives_nothing_up(agreed) {
        return Ok(());
    }
    Err(Error::input(
        format!(
            "the provider's operator may only sign that all of the {} claimed GPU-seconds are paid for and nothing of \
             the bond is credited",
            lease.claimed()
        ),
        "let the provider's wallet sign anything else",
    ))
}

/// That a transaction offers more than [`MAX_PRIORITY_FEE`].
pub(crate) fn too_dear() -> Error {
    refused("offers more than 0.01 SOL for its priority".to_owned())
}

fn refused(what: String) -> Error {
    Error::input(format!("the transaction {what}"), "do not sign it")
}

/// The most that is paid on top of the base fee, lamports: price times units, as the runtime charges it.
///
/// Solana, `ComputeBudgetInstruction`: the byte 2 and a limit in units, the byte 3 and a price in millionths of a
/// lamport per unit, each in little-endian order.
fn priority_fee(instructions: &[Instruction]) -> u128 {
    let (mut units, mut price) = (MAX_UNITS, 0);
    for Instruction { program_id, data, .. } in instructions {
        match data.as_slice() {
            _ if *program_id != compute_budget::ID => {}
            [2, limit @ ..] => units = limit.first_chunk().map_or(units, |limit| u32::from_le_bytes(*limit)),
            [3, micro @ ..] => price = micro.first_chunk().map_or(price, |micro| u64::from_le_bytes(*micro)),
            _ => {}
        }
    }
    (u128::from(price) * u128::from(units)).div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{instruction, testing};
    use solana_address::Address;
    use solana_compute_budget_interface::ComputeBudgetInstruction;
    use solana_keypair::Signer;

    fn refusal(instructions: &[Instruction]) -> String {
        check(instructions).unwrap_err().to_string()
    }

    fn close() -> Instruction {
        instruction::close_lease_together(&testing::lease_context(), 1, 0, 9)
    }

    #[test]
    fn what_both_parties_sign_is_read() {
        let resize = instruction::resize_lease(&testing::lease_context(), 9, 9);
        let names = |instructions: &[Instruction]| -> Vec<_> {
            check(instructions).unwrap().into_iter().map(|known| known.name).collect()
        };
        assert_eq!(names(&[close()]), ["close_lease"]);
        assert_eq!(names(&[resize]), ["resize_lease"]);
    }

    /// The role in the only instruction of the program's.
    fn role(instruction: &Instruction, lease: &LeaseContext) -> Result<ProviderRole> {
        provider_role(&check(std::slice::from_ref(instruction)).unwrap()[0], lease)
    }

    #[test]
    fn an_operator_is_told_from_the_wallet_and_from_a_key_that_was_replaced() {
        let lease = testing::lease_context();
        for (resize, expected) in
            [(lease, ProviderRole::Authority), (lease.by_operator(), ProviderRole::Operator)]
        {
            assert_eq!(role(&instruction::resize_lease(&resize, 9, 9), &lease).unwrap(), expected);
        }
        let mut replaced = lease;
        replaced.provider_account.operator = Address::new_from_array([9; 32]);
        let stale = instruction::resize_lease(&lease.by_operator(), 9, 9);
        assert!(role(&stale, &replaced).unwrap_err().to_string().contains("6013"));
    }

    #[test]
    fn an_operator_divides_a_vault_only_as_claimed_and_without_credit() {
        let mut lease = testing::lease_context();
        lease.account.meter.latest.units = 800;
        let by_operator = |units, credit| {
            let close = instruction::close_lease_together(&lease.by_operator(), units, credit, 9);
            role(&close, &lease).map_err(|error| error.to_string())
        };
        assert_eq!(by_operator(800, 0), Ok(ProviderRole::Operator));
        for (units, credit) in [(799, 0), (801, 0), (800, 1)] {
            assert!(by_operator(units, credit).unwrap_err().contains("all of the 800 claimed GPU-seconds"));
            let by_wallet = instruction::close_lease_together(&lease, units, credit, 9);
            assert_eq!(role(&by_wallet, &lease).unwrap(), ProviderRole::Authority);
        }
        // In a dispute the provider's figure is what is claimed.
        lease.account.dispute.provider_units = 900;
        let close = instruction::close_lease_together(&lease.by_operator(), 900, 0, 9);
        assert_eq!(role(&close, &lease).unwrap(), ProviderRole::Operator);
    }

    #[test]
    fn a_call_of_another_program_is_never_signed() {
        let foreign = Instruction { program_id: Address::default(), accounts: Vec::new(), data: Vec::new() };
        assert!(refusal(&[close(), foreign]).contains("also calls the program 1111"));
    }

    #[test]
    fn a_nonce_account_is_advanced_at_the_beginning_and_nowhere_else() {
        let advance = solana_system_interface::instruction::advance_nonce_account(
            &Address::new_from_array([55; 32]),
            &testing::keypair(1).pubkey(),
        );
        assert_eq!(check(&[advance.clone(), close()]).unwrap().len(), 1);
        assert!(refusal(&[close(), advance.clone()]).contains("not in its first instruction"));
        assert!(
            refusal(&[advance.clone(), advance.clone(), close()]).contains("not in its first instruction")
        );
        assert!(refusal(std::slice::from_ref(&advance)).contains("does nothing"));
        let mut transfer = advance;
        transfer.data = [&[2, 0, 0, 0][..], &1_u64.to_le_bytes()].concat();
        assert!(refusal(&[transfer, close()]).contains("also calls the program 1111"));
    }

    #[test]
    fn a_token_account_may_be_created_beside() {
        let [payer, wallet, mint] = [1, 2, 3].map(|byte| Address::new_from_array([byte; 32]));
        let created =
            token_account::create_auxiliary(&payer, &wallet, &mint, &address::SPL_TOKEN, 0, 2_039_280)
                .unwrap();
        let [create, initialize] = created;
        assert!(check(&[create.clone(), initialize.clone(), close()]).is_ok());
        for alone in [create, initialize] {
            assert!(refusal(&[alone, close()]).contains("also calls the program"));
        }
    }

    #[test]
    fn what_one_party_signs_alone_is_not_signed_for_a_stranger() {
        let settle = instruction::settle(&testing::lease_context());
        assert!(refusal(&[close(), settle]).contains("contains settle"));
        let budget = ComputeBudgetInstruction::set_compute_unit_limit(1);
        assert!(refusal(&[budget]).contains("does nothing"));
    }

    #[test]
    fn a_priority_fee_that_drains_the_payer_is_refused() {
        let with = |units: u32, price: u64| {
            [
                ComputeBudgetInstruction::set_compute_unit_limit(units),
                ComputeBudgetInstruction::set_compute_unit_price(price),
                close(),
            ]
        };
        assert!(check(&with(1_000_000, 10_000_000)).is_ok(), "0.01 SOL");
        assert!(refusal(&with(1_000_000, 10_000_001)).contains("0.01 SOL"));
        assert!(refusal(&with(u32::MAX, u64::MAX)).contains("0.01 SOL"));
        let unlimited = [ComputeBudgetInstruction::set_compute_unit_price(7_142_858), close()];
        assert!(refusal(&unlimited).contains("0.01 SOL"), "without a limit, all units count");
    }
}
