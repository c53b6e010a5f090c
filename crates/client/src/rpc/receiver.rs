use super::{Client, TokenBalance};
use crate::{
    account::MintRef,
    address,
    error::{Error, Result},
    instruction::create_associated_token,
    token_account,
};
use serde_json::{Value, json};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_rpc_client_api::{
    request::RpcRequest,
    response::{Response, RpcKeyedAccount},
};

/// A token account that a wallet can be paid into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Its address.
    pub account: Address,
    /// What creates it, if it does not exist.
    pub create: Vec<Instruction>,
}

impl Client {
    /// Where to pay `wallet` tokens of a mint: its associated token account; if that cannot receive, another one of the
    /// wallet's that can; without one, a new one. `payer` pays for what has to be created, and signs.
    pub async fn receiver(&self, wallet: &Address, mint: &MintRef, payer: &Address) -> Result<Receiver> {
        let MintRef { mint, token_program } = mint;
        let associated = address::associated_token(wallet, mint, token_program);
        let create = match self.account(&associated).await? {
            None => vec![create_associated_token(payer, wallet, mint, token_program)],
            Some(account)
                if account.owner == *token_program && token_account::takes(&account.data, wallet, mint) =>
            {
                Vec::new()
            }
            Some(_) => return self.other_receiver(wallet, mint, token_program, payer).await,
        };
        Ok(Receiver { account: associated, create })
    }

    async fn other_receiver(
        &self,
        wallet: &Address,
        mint: &Address,
        token_program: &Address,
        payer: &Address,
    ) -> Result<Receiver> {
        let mut owned = self.token_accounts(wallet, json!({ "mint": mint.to_string() })).await?;
        owned.retain(|(_, account)| token_account::takes(&account.data, wallet, mint));
        if let Some(account) = owned.into_iter().map(|(account, _)| account).min() {
            return Ok(Receiver { account, create: Vec::new() });
        }
        let rent = self.rent(token_account::SIZE).await?;
        let underivable =
            |error| Error::input(format!("no address follows for a token account: {error}"), "try again");
        for number in 0..=u8::MAX {
            let account =
                token_account::auxiliary(payer, wallet, mint, token_program, number).map_err(underivable)?;
            if self.account(&account).await?.is_none() {
                let create =
                    token_account::create_auxiliary(payer, wallet, mint, token_program, number, rent);
                return Ok(Receiver { account, create: create.map_err(underivable)?.to_vec() });
            }
        }
        Err(Error::input(
            format!("{wallet} cannot be paid into any of 256 token accounts that were made for it"),
            "let another wallet pay for one more",
        ))
    }

    /// The token accounts of a wallet, of both token programs.
    pub async fn tokens_of(&self, wallet: &Address) -> Result<Vec<TokenBalance>> {
        let mut balances = Vec::new();
        for program in [address::SPL_TOKEN, address::TOKEN_2022] {
            let found = self.token_accounts(wallet, json!({ "programId": program.to_string() })).await?;
            balances.extend(found.iter().filter_map(|(_, account)| TokenBalance::read(account)));
        }
        Ok(balances)
    }

    /// The token accounts of a wallet that pass a filter of the node's.
    async fn token_accounts(&self, wallet: &Address, filter: Value) -> Result<Vec<(Address, Account)>> {
        let config = json!({ "encoding": "base64", "commitment": self.rpc().commitment() });
        let params = json!([wallet.to_string(), filter, config]);
        let found: Response<Vec<RpcKeyedAccount>> =
            self.retry(|| self.rpc().send(RpcRequest::GetTokenAccountsByOwner, params.clone())).await?;
        found.value.into_iter().map(super::keyed).collect()
    }
}
