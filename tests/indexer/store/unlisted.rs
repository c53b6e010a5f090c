use super::chain::{File, Played, chain};
use gpu_lease_client::address::SPL_TOKEN;
use gpu_lease_indexer::book::{self, Entry, Purpose, VaultKind};
use gpu_lease_indexer::observed::{Call, Place, TokenBalance, Transaction};
use gpu_lease_tests::DECIMALS;
use solana_address::Address;
use spl_token_interface::instruction::transfer_checked;

#[tokio::test]
async fn what_an_audit_found_is_booked_once() {
    let chain = chain();
    let file = File::of(&chain.played).await;
    let bonds = chain.entries.iter().find_map(|(address, entry)| match entry {
        Entry::Vault(vault) if vault.kind == VaultKind::Bonds => Some((*address, *vault)),
        _ => None,
    });
    let (account, vault) = bonds.expect("a provider has bonds");
    let payment = paid_in(&chain.played[chain.played.len() - 2].transaction, account, vault);
    let done = book::read(&chain.entries, &payment);
    assert_eq!((done.movements.len(), done.movements[0].purpose), (1, Purpose::BondPayment));
    let payment = Played { transaction: payment, done };

    file.store.apply_unlisted(&[payment.applied()]).await.unwrap();
    let once = file.store.rows().await.unwrap();
    assert_eq!(file.store.entries().await.unwrap()[&account], {
        Entry::Vault(book::Vault { balance: vault.balance + 5, ..vault })
    });
    file.store.apply_unlisted(&[payment.applied()]).await.unwrap();
    assert!(file.store.rows().await.unwrap() == once);
}

/// Somebody pays five base units in, behind a transaction of the record and in its block.
fn paid_in(before: &Transaction, account: Address, vault: book::Vault) -> Transaction {
    let [from, payer] = [[77; 32], [78; 32]].map(Address::new_from_array);
    let transfer = transfer_checked(&SPL_TOKEN, &from, &vault.mint, &account, &payer, &[], 5, DECIMALS);
    let token = |account, owner, before, after| TokenBalance {
        account,
        mint: vault.mint,
        decimals: DECIMALS,
        owner,
        before,
        after,
    };
    Transaction {
        signature: [79; 64].into(),
        place: Place { index: before.place.index + 1_000, ..before.place },
        moment: before.moment,
        payer,
        calls: vec![Call { outer: 0, depth: 1, instruction: transfer.unwrap() }],
        events: Some(Vec::new()),
        tokens: vec![token(account, vault.of, vault.balance, vault.balance + 5), token(from, payer, 5, 0)],
    }
}
