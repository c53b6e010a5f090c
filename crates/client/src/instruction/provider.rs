//! Providers: their keys and their bond accounts.

use super::{build, create_associated_token};
use crate::{
    account::{MintRef, ProviderRef},
    address,
};
use gpu_lease::{accounts, instruction as data, state::HotKeys};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_sdk_ids::system_program;

/// Registers the wallet `authority` as a provider that acts by `keys`. The wallet pays.
pub fn register_provider(authority: Address, keys: HotKeys) -> Instruction {
    let provider = address::provider(&authority);
    build(
        accounts::RegisterProvider {
            authority,
            provider,
            participant: address::participant(&provider),
            system_program: system_program::ID,
        },
        data::RegisterProvider { keys },
    )
}

/// Lets a provider act by `keys`, in place of those that are `replaced`. Its wallet signs.
pub fn update_provider(
    provider: ProviderRef,
    replaced: HotKeys,
    keys: HotKeys,
    valid_until: i64,
) -> Instruction {
    build(
        accounts::UpdateProvider { authority: provider.authority, provider: provider.address },
        data::UpdateProvider { valid_until, replaced, keys },
    )
}

/// Lets `nominee` take a provider over, in place of `replaced`; nobody, if it is zero. The provider's wallet signs.
pub fn nominate_authority(
    provider: ProviderRef,
    replaced: Address,
    nominee: Address,
    valid_until: i64,
) -> Instruction {
    build(
        accounts::NominateAuthority { authority: provider.authority, provider: provider.address },
        data::NominateAuthority { valid_until, replaced, nominee },
    )
}

/// Takes a provider over, given its account, and lets it act by `keys`. `nominee` signs.
pub fn accept_authority(nominee: Address, provider: Address, keys: HotKeys, valid_until: i64) -> Instruction {
    let participant = address::participant(&provider);
    build(
        accounts::AcceptAuthority { nominee, provider, participant },
        data::AcceptAuthority { valid_until, keys },
    )
}

/// Pays `amount` base units into a provider's bond account, out of `payer`'s associated token account: creates the bond
/// account if it is missing, and transfers. Anybody may.
pub fn pay_in_bond(
    payer: Address,
    provider: &Address,
    mint: &MintRef,
    decimals: u8,
    amount: u64,
) -> [Instruction; 2] {
    /// `TransferChecked` of both token programs: this byte, the amount, and the decimals.
    const TRANSFER_CHECKED: u8 = 12;
    let MintRef { mint, token_program } = *mint;
    let transfer = Instruction {
        program_id: token_program,
        accounts: vec![
            AccountMeta::new(address::associated_token(&payer, &mint, &token_program), false),
            AccountMeta::new_readonly(mint, false),
            AccountMeta::new(address::bond_account(provider, &mint, &token_program), false),
            AccountMeta::new_readonly(payer, true),
        ],
        data: [&[TRANSFER_CHECKED][..], &amount.to_le_bytes(), &[decimals]].concat(),
    };
    [create_associated_token(&payer, provider, &mint, &token_program), transfer]
}

/// Takes `amount` base units out of a provider's bond account for `mint`, to the token account `destination`. The
/// provider's wallet signs.
pub fn withdraw_bond(
    provider: ProviderRef,
    mint: &MintRef,
    destination: Address,
    amount: u64,
    valid_until: i64,
) -> Instruction {
    let MintRef { mint, token_program } = *mint;
    build(
        accounts::WithdrawBond {
            authority: provider.authority,
            provider: provider.address,
            bond_account: address::bond_account(&provider.address, &mint, &token_program),
            destination,
            token_program,
        },
        data::WithdrawBond { valid_until, amount },
    )
}
