//! Token accounts that the program holds.

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::address::{self, SPL_TOKEN};
use gpu_lease_indexer::book::{Draft, Vault};
use solana_address::Address;

use super::Market;
use super::making::{Mint, Purse};

impl Market {
    /// A provider's bond account.
    pub(super) fn bonds(&self, book: &Draft<'_>, provider: Address, mint: Mint) -> Purse {
        let account = address::bond_account(&provider, &mint.address, &SPL_TOKEN);
        self.purse(book, account, provider, mint)
    }

    /// The vault of a lease.
    pub(super) fn vault(&self, book: &Draft<'_>, lease: &LeaseContext) -> Purse {
        self.purse(book, lease.vault, lease.address, self.setting.mint(&lease.terms.mint))
    }

    /// Where the fees of a mint wait.
    pub(super) fn fee_vault(&self, book: &Draft<'_>, mint: Mint) -> Purse {
        let owner = address::mint_policy(&mint.address);
        self.purse(book, address::fee_vault(&mint.address), owner, mint)
    }

    /// Where the provider of a lease is paid.
    pub(super) fn provider_purse(&self, lease: &LeaseContext) -> Purse {
        Purse::of(lease.provider_account.authority, self.setting.mint(&lease.terms.mint))
    }

    /// Where the payer of a lease pays and is paid.
    pub(super) fn payer_purse(&self, lease: &LeaseContext) -> Purse {
        Purse::of(lease.payer, self.setting.mint(&lease.terms.mint))
    }

    pub(super) fn purse(&self, book: &Draft<'_>, account: Address, owner: Address, mint: Mint) -> Purse {
        let booked = book.find::<Vault>(&account).map_or(0, |vault| vault.balance);
        let unseen = self.unseen.get(&account).copied().unwrap_or(0);
        Purse { account, owner, mint, holds: booked + unseen }
    }
}
