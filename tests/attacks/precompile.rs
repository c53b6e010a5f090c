//! The data of an Ed25519 instruction, part by part, so that each part can be put wrong.

use gpu_lease_tests::prelude::*;
use solana_sdk_ids::ed25519_program;

/// Where the precompile finds one signature.
#[derive(Clone, Copy)]
pub struct Offsets {
    pub signature: u16,
    pub signature_instruction: u16,
    pub key: u16,
    pub key_instruction: u16,
    pub message: u16,
    pub message_size: u16,
    pub message_instruction: u16,
}

/// An Ed25519 instruction in the making.
#[derive(Clone)]
pub struct Precompile {
    pub count: u8,
    pub padding: u8,
    pub offsets: Vec<Offsets>,
    /// Key and signature.
    pub signatures: Vec<([u8; 32], [u8; 64])>,
    pub message: Vec<u8>,
    pub trailing: Vec<u8>,
}

impl Precompile {
    /// `message` signed by `signers`, in the layout that `attest` takes.
    pub fn canonical(message: &[u8], signers: &[&Keypair]) -> Self {
        let count = u16::try_from(signers.len()).unwrap();
        let header = 2 + 14 * count;
        let offsets = |index: u16| Offsets {
            signature: header + 96 * index + 32,
            signature_instruction: u16::MAX,
            key: header + 96 * index,
            key_instruction: u16::MAX,
            message: header + 96 * count,
            message_size: u16::try_from(message.len()).unwrap(),
            message_instruction: u16::MAX,
        };
        Self {
            count: u8::try_from(count).unwrap(),
            padding: 0,
            offsets: (0..count).map(offsets).collect(),
            signatures: signers.iter().map(|signer| sign(message, signer)).collect(),
            message: message.to_vec(),
            trailing: Vec::new(),
        }
    }

    /// Changes where the first signature is looked for.
    pub fn looking(mut self, change: impl FnOnce(&mut Offsets)) -> Self {
        change(&mut self.offsets[0]);
        self
    }

    pub fn instruction(&self) -> Instruction {
        let mut data = vec![self.count, self.padding];
        for offsets in &self.offsets {
            for number in [
                offsets.signature,
                offsets.signature_instruction,
                offsets.key,
                offsets.key_instruction,
                offsets.message,
                offsets.message_size,
                offsets.message_instruction,
            ] {
                data.extend(number.to_le_bytes());
            }
        }
        for (key, signature) in &self.signatures {
            data.extend(key);
            data.extend(signature);
        }
        data.extend(&self.message);
        data.extend(&self.trailing);
        Instruction { program_id: ed25519_program::ID, accounts: vec![], data }
    }
}

/// Key and signature of `signer` under `message`.
pub fn sign(message: &[u8], signer: &Keypair) -> ([u8; 32], [u8; 64]) {
    (signer.pubkey().to_bytes(), signer.sign_message(message).into())
}
