use super::{Client, PartlySigned, send::Life};
use crate::{
    error::{Error, Result},
    nonce,
};
use serde::Serialize;
use solana_account::Account;
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_nonce::state::State;
use solana_program::hash::Hash;
use solana_rpc_client_nonce_utils::nonblocking::{data_from_account, state_from_account};
use solana_signer::Signer;
use solana_system_interface::instruction as system;

/// A nonce account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Nonce {
    /// Its address.
    #[serde(serialize_with = "super::send::base58")]
    pub address: Address,
    /// Who may advance, authorize and close it.
    #[serde(serialize_with = "super::send::base58")]
    pub authority: Address,
    /// What a transaction has in place of a blockhash.
    #[serde(serialize_with = "super::send::base58")]
    pub value: Hash,
    /// What it holds, lamports.
    #[serde(serialize_with = "crate::json::serialized")]
    pub lamports: u64,
    /// Slot in which it was seen so.
    #[serde(skip)]
    pub(super) slot: u64,
}

impl Nonce {
    fn read(address: Address, account: &Account, slot: u64) -> Result<Self> {
        let data = data_from_account(account).map_err(|error| Error::Malformed {
            kind: "nonce account",
            reason: format!("{address}: {error}"),
        })?;
        let Account { lamports, .. } = *account;
        Ok(Self { address, authority: data.authority, value: data.blockhash(), lamports, slot })
    }

    /// The instruction that advances it.
    pub fn advance(&self) -> Instruction {
        system::advance_nonce_account(&self.address, &self.authority)
    }

    /// The instruction that closes it: all that it holds goes to `recipient`.
    pub fn close(&self, recipient: &Address) -> Instruction {
        system::withdraw_nonce_account(&self.address, &self.authority, recipient, self.lamports)
    }
}

impl Client {
    /// A nonce account.
    pub async fn nonce(&self, address: &Address) -> Result<Nonce> {
        let (account, slot) = self.account_at(address, self.rpc().commitment()).await?;
        let account = account.ok_or(Error::NotFound { kind: "nonce account", address: *address })?;
        Nonce::read(*address, &account, slot)
    }

    /// The instructions that create a nonce account at `address`, which signs, for `authority`; `payer` pays the rent.
    pub async fn create_nonce(
        &self,
        payer: &Address,
        address: &Address,
        authority: &Address,
    ) -> Result<Vec<Instruction>> {
        let rent = self.rent(State::size()).await?;
        Ok(system::create_nonce_account(payer, address, authority, rent))
    }

    /// Like [`prepare`](Self::prepare), good until it is used or `nonce` is advanced otherwise. Its authority has to be
    /// among those who sign here: whoever gets the transaction can then do no more than complete it.
    pub async fn prepare_durable(
        &self,
        instructions: &[Instruction],
        nonce: &Nonce,
        payer: &dyn Signer,
        signers: &[&dyn Signer],
    ) -> Result<PartlySigned> {
        let instructions: Vec<_> =
            std::iter::once(nonce.advance()).chain(instructions.iter().cloned()).collect();
        let draft = self.priced(&instructions, &payer.try_pubkey()?).await?;
        let transaction = PartlySigned::new(&draft, payer, signers, nonce.value)?;
        match transaction.missing().contains(&nonce.authority) {
            true => Err(Error::SignerMissing(nonce.authority)),
            false => Ok(transaction),
        }
    }

    /// The nonce account that keeps a transaction good, still current; nothing if the transaction goes by a blockhash.
    /// Refused if it can no longer land, or if whoever may withdraw it has not signed.
    pub async fn require_current(&self, transaction: &PartlySigned) -> Result<Option<Nonce>> {
        let Some(advance) = nonce::of(&transaction.instructions()?) else { return Ok(None) };
        let nonce = match self.nonce(&advance.account).await {
            Err(Error::NotFound { .. }) => return Err(Error::NonceUsed(advance.account)),
            found => found?,
        };
        if nonce.value != *transaction.blockhash() {
            return Err(Error::NonceUsed(advance.account));
        }
        if nonce.authority != advance.authority {
            return Err(Error::input(
                format!(
                    "the nonce account {} belongs to {}, and the transaction names {} for it, which the cluster refuses",
                    nonce.address, nonce.authority, advance.authority
                ),
                "do not sign it",
            ));
        }
        if transaction.missing().contains(&nonce.authority) {
            return Err(Error::input(
                format!(
                    "the transaction advances the nonce account {} of {}, which has not signed it",
                    nonce.address, nonce.authority
                ),
                "do not sign it: it would void whatever else waits for that account. Let whoever prepares it use a nonce \
                 account of its own",
            ));
        }
        Ok(Some(nonce))
    }

    /// Until when the transaction can land. Refused if it cannot any more.
    pub(super) async fn life(&self, transaction: &PartlySigned) -> Result<Life> {
        if let Some(Nonce { address, slot, .. }) = self.require_current(transaction).await? {
            return Ok(Life::Nonce { nonce_account: address, seen_in_slot: slot });
        }
        let commitment = self.rpc().commitment();
        let is_valid =
            self.retry(|| self.rpc().is_blockhash_valid(transaction.blockhash(), commitment)).await?;
        if !is_valid {
            return Err(Error::Stale);
        }
        // The newest blockhash outlives this one.
        let (_, last_valid_block_height) = self.latest_blockhash().await?;
        Ok(Life::Blockhash { last_valid_block_height })
    }

    /// The slot in which it is settled that a nonce account no longer holds `value`, as it did in `seen_in_slot`; `None`
    /// while it does, or may.
    pub(super) async fn used_up(
        &self,
        address: &Address,
        value: &Hash,
        seen_in_slot: u64,
    ) -> Result<Option<u64>> {
        let (account, slot) = self.account_at(address, CommitmentConfig::finalized()).await?;
        let holds = account.is_some_and(|account| {
            // What cannot be read may be current.
            state_from_account(&account).map_or(true, |state| match state {
                State::Initialized(data) => data.blockhash() == *value,
                State::Uninitialized => false,
            })
        });
        Ok((!holds && slot >= seen_in_slot).then_some(slot))
    }
}
