//! What is there before anybody trades: the protocol and its mints.

use gpu_lease_client::address::{self, SPL_TOKEN};
use gpu_lease_client::events::{MintRegistered, ProtocolInitialized};
use gpu_lease_client::instruction;
use gpu_lease_client::program::instructions::ProtocolConfig;
use gpu_lease_client::state::{Protocol, VotingRules};
use gpu_lease_indexer::book::Draft;
use solana_address::Address;

use super::making::{Making, Mint, Purse};
use super::{DAY, Market, Task};
use crate::people::{People, Role};

/// The genesis block of the cluster.
pub const GENESIS: [u8; 32] = [7; 32];

/// Offices and mints, which are the same in every market.
pub struct Setting {
    pub mints: [Mint; 3],
    pub vote_mint: Mint,
    pub founder: Address,
    pub guardian: Address,
    pub arbiter: Address,
    pub treasury: Address,
    pub stranger: Address,
}

impl Setting {
    pub fn new() -> Self {
        let people = People { seed: 0 };
        let other = |number| people.address(Role::Other, number);
        let mint = |number, decimals| Mint { address: people.address(Role::Mint, number), decimals };
        Self {
            mints: [mint(0, 6), mint(1, 6), mint(2, 9)],
            vote_mint: mint(3, 9),
            founder: other(0),
            guardian: other(1),
            arbiter: other(2),
            treasury: other(3),
            stranger: other(4),
        }
    }

    /// The mint of this address.
    pub fn mint(&self, address: &Address) -> Mint {
        *self.mints.iter().find(|mint| mint.address == *address).expect("one of the market's")
    }
}

impl Market {
    /// Step `number` of the foundation, where it has not been laid yet.
    pub(super) fn found(&mut self, book: &Draft<'_>, number: usize) -> Option<Making> {
        if number == 0 && book.find::<Protocol>(&address::protocol()).is_some() {
            return None;
        }
        if number < self.setting.mints.len() {
            self.later(1, Task::Found(number + 1));
        }
        let founder = self.setting.founder;
        let making = Making::by(founder);
        if let Some(index) = number.checked_sub(1) {
            let mint = self.setting.mints[index];
            let (fee_vault, owner) = (address::fee_vault(&mint.address), address::mint_policy(&mint.address));
            let told = MintRegistered { mint: mint.address, fee_vault, token_program: SPL_TOKEN };
            return Some(
                making
                    .call(instruction::register_mint(founder, mint.address, SPL_TOKEN))
                    .naming([Purse { account: fee_vault, owner, mint, holds: 0 }])
                    .telling(told),
            );
        }
        let Setting { mints, vote_mint, guardian, arbiter, treasury, .. } = self.setting;
        let [vote_mint, unit_mint] = [vote_mint.address, mints[0].address];
        let config = ProtocolConfig {
            genesis_hash: GENESIS,
            vote_mint,
            unit_mint,
            guardian,
            arbiter,
            treasury,
            fee_bps: 100,
            rules: VotingRules {
                deposit: 1_000_000_000,
                voting_period: (5 * DAY) as u32,
                extension: DAY as u32,
                timelock: (2 * DAY) as u32,
                execution_window: (7 * DAY) as u32,
                quorum_bps: 1_000,
                spare: [0; 6],
            },
        };
        let told = ProtocolInitialized {
            domain: Protocol::domain(&GENESIS),
            vote_mint,
            unit_mint,
            guardian,
            arbiter,
            treasury,
            fee_bps: config.fee_bps.into(),
        };
        Some(making.call(instruction::initialize(founder, config)).telling(told))
    }
}
