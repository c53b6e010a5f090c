//! Transactions that two parties sign on two machines.

use super::{Client, PartlySigned, Pending, Receipt};
use crate::error::Result;
use solana_instruction::Instruction;
use solana_signer::Signer;

impl Client {
    /// A transaction of `instructions` for others to sign and to send with
    /// [`send_signed`](Self::send_signed), within about a minute; [`prepare_durable`](Self::prepare_durable) gives them
    /// longer. It is simulated first, like one that
    /// [`send`](Self::send) sends; `payer` pays the fee and signs, and of `signers` those who have to.
    pub async fn prepare(
        &self,
        instructions: &[Instruction],
        payer: &dyn Signer,
        signers: &[&dyn Signer],
    ) -> Result<PartlySigned> {
        self.unsigned(instructions, &payer.try_pubkey()?).await?.sign_in_part(payer, signers)
    }

    /// Sends a transaction that everyone has signed and [waits](Self::deliver) until it is known what became of it.
    pub async fn send_signed(&self, transaction: PartlySigned) -> Result<Receipt> {
        self.deliver(&self.pending(transaction).await?).await
    }

    /// What [`send_signed`](Self::send_signed) would deliver. It is simulated first; what would fail is
    /// [`Error::Refused`](crate::error::Error::Refused).
    pub async fn pending(&self, transaction: PartlySigned) -> Result<Pending> {
        transaction.require_complete()?;
        let life = self.life(&transaction).await?;
        self.simulate(&transaction.instructions()?, &transaction.payer(), &[]).await?;
        Pending::new(transaction, life)
    }
}
