//! One function for each instruction, named as in the program. Addresses that follow from others are
//! derived; token accounts are the associated ones unless the caller says otherwise.
//!
//! Account lists and data come from the types that the program generates, so they cannot drift from it.
//!
//! What a signature binds is filled in from what the caller was shown: the [`LeaseContext`](crate::account::LeaseContext), the offer, the value that is
//! replaced. `valid_until`, unix seconds, is when the signature expires; the caller chooses it, since it has the clock.

mod governance;
mod lease;
mod offer;
mod protocol;
mod provider;

pub use governance::*;
pub use lease::*;
pub use offer::*;
pub use protocol::*;
pub use provider::*;

use crate::address;
use anchor_lang::{InstructionData, ToAccountMetas};
use solana_address::Address;
use solana_instruction::Instruction;

fn build(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction { program_id: address::PROGRAM, accounts: accounts.to_account_metas(None), data: data.data() }
}

/// `instruction`, which `parties` sign beside those who always have to.
fn signed_by(mut instruction: Instruction, parties: &[Address]) -> Instruction {
    for party in parties {
        if let Some(meta) = instruction.accounts.iter_mut().find(|meta| meta.pubkey == *party) {
            meta.is_signer = true;
        }
    }
    instruction
}

/// Creates the associated token account of `wallet` for `mint` if it is missing. `payer` pays.
pub fn create_associated_token(
    payer: &Address,
    wallet: &Address,
    mint: &Address,
    token_program: &Address,
) -> Instruction {
    spl_associated_token_account_interface::instruction::create_associated_token_account_idempotent(
        payer,
        wallet,
        mint,
        token_program,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::{Keyed, LeaseContext, MintRef, ProviderRef},
        decode::{self, Args},
        testing,
    };
    use bytemuck::Zeroable;
    use gpu_lease::state::{LeaseRequest, LeaseState, Listing, Offer};

    fn signers(instruction: &Instruction) -> Vec<Address> {
        instruction.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
    }

    fn written(instruction: &Instruction) -> Vec<Address> {
        instruction.accounts.iter().filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect()
    }

    fn request() -> LeaseRequest {
        LeaseRequest {
            nonce: 3,
            deposit: 20_000_000,
            start_deadline: 2_000,
            duration: 3_600,
            gpus: 8,
            max_fee_bps: 100,
            valid_until: 1_900,
            expected_offer: [5; 32],
            arbiter: Address::new_from_array([6; 32]),
            access_key: [1; 32],
            session_key: Address::default(),
        }
    }

    #[test]
    fn arguments_come_back_from_the_instruction() {
        let lease = testing::lease_context();
        let read = |instruction: &Instruction| decode::instruction(instruction).unwrap().unwrap();

        let start = read(&start_lease(&lease, b"sealed", 9));
        assert_eq!(start.args, Args::StartLease { seen: lease.seen(9), access_blob: b"sealed".to_vec() });
        assert_eq!(start.account("lease"), Some(lease.address));

        let offer = create_offer(
            ProviderRef::of(lease.provider_account.authority),
            7,
            8,
            testing::terms(),
            Listing::zeroed(),
        );
        let Args::CreateOffer { id: 7, gpus: 8, terms, .. } = read(&offer).args else { panic!() };
        assert_eq!(terms, testing::terms());

        let offer = Keyed { address: lease.offer, account: Offer { terms, ..Offer::zeroed() } };
        let open = OpenLease::new(lease.renter, &offer, address::SPL_TOKEN, request());
        let opened = read(&open_lease(&open));
        assert_eq!(opened.args, Args::OpenLease { request: request() });
        assert_eq!(opened.account("lease"), Some(open.lease()));

        assert!(decode::instruction(&Instruction { data: vec![0; 8], ..settle(&lease) }).is_err());
        assert!(
            decode::instruction(&Instruction { program_id: Address::default(), ..settle(&lease) })
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn hot_instructions_write_only_accounts_of_the_lease_and_its_parties() {
        let lease = testing::lease_context();
        let LeaseContext { address, provider_token, .. } = lease;
        let vault = lease.vault;
        let signed = crate::attestation::sign(
            gpu_lease::attestation::Attestation::new(address, &lease, &Default::default()),
            &testing::keypair(2),
        );
        let [precompile, attest] = attest(&lease, &signed.unwrap());
        assert_eq!(written(&precompile), []);
        assert_eq!(written(&attest), [address]);
        assert_eq!(signers(&attest), []);
        assert_eq!(written(&settle(&lease)), [address, vault, provider_token]);
        assert_eq!(signers(&settle(&lease)), []);
        let funder = testing::keypair(6);
        let funder = solana_signer::Signer::pubkey(&funder);
        assert_eq!(written(&top_up(funder, &lease, 1, 9)), [address, vault, lease.token_of(&funder)]);
        assert_eq!(signers(&top_up(funder, &lease, 1, 9)), [funder]);
    }

    #[test]
    fn who_has_to_sign_signs() {
        let lease = testing::lease_context();
        let (renter, authority) = (lease.renter, lease.provider_account.authority);
        assert_eq!(signers(&start_lease(&lease, b"sealed", 9)), [authority]);
        assert_eq!(signers(&cancel_lease(renter, &lease, 9)), [renter]);
        assert_eq!(signers(&close_lease(&lease)), []);
        assert_eq!(signers(&close_lease_together(&lease, 1, 0, 9)), [renter, authority]);
        assert_eq!(signers(&resize_lease(&lease, 9, 9)), [renter, authority]);
        assert_eq!(signers(&resize_lease(&lease, 7, 9)), [renter]);
        assert_eq!(signers(&release_gpus(&lease)), []);
        assert_eq!(signers(&count_fees(&lease)), []);
        assert_eq!(signers(&expire_lease(authority, &lease, 9)), [authority]);
        assert_eq!(signers(&terminate_lease(authority, &lease, 9, 9)), [authority]);
        let session_key = Address::new_from_array([12; 32]);
        assert_eq!(
            signers(&dispute_lease(session_key, authority, &lease, 1, 1, 9)),
            [session_key, authority]
        );
        assert_eq!(signers(&publish_access(&lease, b"sealed", 9)), [authority]);
        assert_eq!(signers(&resolve_dispute(&lease, 1, 9)), [lease.arbiter]);
        assert_eq!(signers(&resolve_by_timeout(&lease)), []);
        let payer = Address::new_from_array([11; 32]);
        let offer = Keyed { address: lease.offer, account: Offer::zeroed() };
        let open = OpenLease { payer, ..OpenLease::new(renter, &offer, address::SPL_TOKEN, request()) };
        assert_eq!(signers(&open_lease(&open)), [renter, payer]);
        assert!(written(&open_lease(&open)).contains(&payer));
        assert!(written(&close_lease(&lease)).contains(&lease.payer));
        assert!(written(&cancel_lease(renter, &lease, 9)).contains(&lease.payer));
    }

    #[test]
    fn an_operator_signs_in_place_of_the_wallet_and_pools_the_bond() {
        let lease = testing::lease_context();
        let (renter, operator) = (lease.renter, lease.provider_account.operator);
        let by_operator = lease.by_operator();
        assert_eq!(signers(&start_lease(&by_operator, b"sealed", 9)), [operator]);
        assert_eq!(signers(&publish_access(&by_operator, b"sealed", 9)), [operator]);
        assert_eq!(signers(&resize_lease(&by_operator, 9, 9)), [renter, operator]);
        assert_eq!(signers(&resize_lease(&by_operator, 7, 9)), [renter]);
        assert_eq!(signers(&close_lease_together(&by_operator, 1, 0, 9)), [renter, operator]);
        for pays in [start_lease(&by_operator, b"sealed", 9), resize_lease(&by_operator, 9, 9)] {
            assert!(written(&pays).contains(&lease.bond_account));
            assert!(!written(&pays).contains(&lease.provider_token));
        }
    }

    #[test]
    fn a_bond_comes_out_of_the_wallet_s_account_unless_it_is_pooled() {
        let lease = testing::lease_context();
        let bond_account = address::bond_account(&lease.provider, &lease.terms.mint, &lease.token_program);
        assert_eq!(lease.bond_account, bond_account);
        assert_ne!(bond_account, lease.provider_token);
        let pooled = lease.with_pooled_bond();
        assert_eq!((lease.bond_token, pooled.bond_token), (lease.provider_token, bond_account));
        // The wallet signs all the same.
        assert_eq!(signers(&start_lease(&pooled, b"sealed", 9)), [lease.provider_account.authority]);
        assert!(written(&start_lease(&pooled, b"sealed", 9)).contains(&bond_account));
    }

    #[test]
    fn a_bond_returns_to_where_the_lease_says() {
        let own = testing::lease_context();
        let mut pooled = own;
        pooled.account.bond_is_pooled = 1;
        assert_eq!(own.bond_returns_to(), own.provider_token);
        assert_eq!(pooled.bond_returns_to(), own.bond_account);
        for lease in [own, pooled] {
            for close in [close_lease(&lease), close_lease_together(&lease.by_operator(), 1, 0, 9)] {
                let read = decode::instruction(&close).unwrap().unwrap();
                assert_eq!(read.account("bond_token"), Some(lease.bond_returns_to()));
                assert_eq!(read.account("payout_token"), Some(own.provider_token));
            }
        }
    }

    #[test]
    fn a_bond_is_paid_in_by_anyone_and_withdrawn_by_the_wallet() {
        let provider = ProviderRef::of(solana_signer::Signer::pubkey(&testing::keypair(4)));
        let mint = MintRef { mint: testing::terms().mint, token_program: address::SPL_TOKEN };
        let bond_account = address::bond_account(&provider.address, &mint.mint, &mint.token_program);
        let payer = Address::new_from_array([11; 32]);
        let [create, transfer] = pay_in_bond(payer, &provider.address, &mint, 6, 5);
        assert_eq!(signers(&create), [payer]);
        assert!(written(&create).contains(&bond_account));
        assert_eq!(signers(&transfer), [payer]);
        let payer_token = address::associated_token(&payer, &mint.mint, &mint.token_program);
        assert_eq!(written(&transfer), [payer_token, bond_account]);
        let expected = spl_token_interface::instruction::transfer_checked(
            &mint.token_program,
            &payer_token,
            &mint.mint,
            &bond_account,
            &payer,
            &[],
            5,
            6,
        );
        assert_eq!(transfer, expected.unwrap());

        let destination = Address::new_from_array([13; 32]);
        let withdraw = withdraw_bond(provider, &mint, destination, 5, 9);
        assert_eq!(signers(&withdraw), [provider.authority]);
        assert_eq!(written(&withdraw), [bond_account, destination]);
    }

    #[test]
    fn a_batch_writes_its_leases_and_nobody_signs_its_transaction() {
        let (mut first, mut second) = (testing::lease_context(), testing::lease_context());
        first.address = Address::new_from_array([3; 32]);
        second.address = Address::new_from_array([2; 32]);
        let usage = [&first, &second].map(|lease| (lease.address, lease.account, 800, 0));
        let batch = crate::attestation::AttestationBatch::new(1_600, [0; 32], &usage).unwrap();
        let batch = crate::attestation::sign(batch, &testing::keypair(2)).unwrap();
        let [precompile, attest] = attest_batch(first.provider, &batch);
        assert_eq!((written(&precompile), signers(&precompile)), (vec![], vec![]));
        assert_eq!(written(&attest), [second.address, first.address]);
        assert_eq!(signers(&attest), []);
        let read = decode::instruction(&attest).unwrap().unwrap();
        assert_eq!(read.args, Args::AttestBatch {});
        assert_eq!(read.account("provider"), Some(first.provider));
        assert_eq!(read.remaining, [second.address, first.address]);
    }

    #[test]
    fn an_attestation_by_three_signers_fits_a_transaction_with_a_compute_budget() {
        let lease = testing::lease_context();
        let message = gpu_lease::attestation::Attestation::new(lease.address, &lease, &Default::default());
        let mut signed = crate::attestation::sign(message, &testing::keypair(1)).unwrap();
        signed.sign(&testing::keypair(2)).unwrap();
        signed.sign(&testing::keypair(3)).unwrap();
        let mut instructions = vec![
            solana_compute_budget_interface::ComputeBudgetInstruction::set_compute_unit_limit(10_000),
            solana_compute_budget_interface::ComputeBudgetInstruction::set_compute_unit_price(1),
        ];
        instructions.extend(attest(&lease, &signed));
        let payer = solana_signer::Signer::pubkey(&testing::keypair(4));
        let message = solana_message::Message::new(&instructions, Some(&payer));
        let size = 1 + 64 + message.serialize().len();
        assert!(size <= 1_232, "{size} bytes");
        assert!(lease.state == LeaseState::Active);
    }
}
