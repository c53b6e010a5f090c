//! The same money in a mint of Token-2022, whose program costs more than p-token.

use super::{opened, state};
use crate::{FOR_EVER, bench::Stage};
use gpu_lease::state::MintPolicy;
use gpu_lease_client::{
    address::{SPL_TOKEN, TOKEN_2022},
    instruction,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Every scenario.
pub fn all(stage: &mut Stage) {
    // A mint for which no address needs a bump below 255.
    let fits = |mint: &Keypair| {
        let mint = mint.pubkey();
        MintPolicy::address(&mint).1 == 255 && MintPolicy::fee_vault_address(&mint).1 == 255
    };
    let mut keys = (100..=u8::MAX).map(|seed| Keypair::new_from_array([seed; 32]));
    let mint = keys.rfind(fits).expect("one in four keys");
    let spl_mint = stage.mint;
    (stage.mint, stage.token_program) = (stage.create_mint_of(&mint, TOKEN_2022), TOKEN_2022);
    let stranger = stage.people.stranger.pubkey();
    let register = instruction::register_mint(stranger, stage.mint, TOKEN_2022);
    stage.measure("register_mint · Token-2022", [register]);

    super::offer(stage, |_| {});
    let open = super::opening(stage);
    stage.measure("open_lease · Token-2022", [instruction::open_lease(&open)]);
    let lease = stage.context(open.lease());
    stage.measure("start_lease · Token-2022", [instruction::start_lease(&lease, &[7; 80], FOR_EVER)]);
    stage.measure("top_up · Token-2022", [instruction::top_up(lease.renter, &lease, 1_000_000, FOR_EVER)]);
    stage.pass(3_600);
    state(stage, &lease, 14_000, &[lease.provider_account.attestor, lease.renter]);
    stage.measure("settle · Token-2022", [instruction::settle(&lease)]);
    stage.pass(3_600);
    state(stage, &lease, 20_000, &[lease.provider_account.attestor]);
    super::close(stage, "close_lease · Token-2022, money for everybody", &lease);

    let lease = opened(stage);
    let cancel = instruction::cancel_lease(lease.renter, &lease, FOR_EVER);
    stage.measure("cancel_lease · Token-2022", [cancel]);
    (stage.mint, stage.token_program) = (spl_mint, SPL_TOKEN);
}
