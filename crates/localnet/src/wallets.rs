use crate::Party;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use solana_keypair::{EncodableKey, Keypair};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Everybody who has a part in the local market.
///
/// The keys are the same in every run, so that addresses can be quoted, and therefore known to the whole
/// world: they are good for nothing but a local validator.
pub struct Wallets {
    /// Deploys the program and may upgrade it.
    pub deployer: Keypair,
    /// Leases GPUs.
    pub renter: Keypair,
    /// Pays for a renter.
    pub sponsor: Keypair,
    /// Leases GPUs out.
    pub provider: Keypair,
    /// Leases GPUs out too.
    pub other_provider: Keypair,
    /// Signs the usage of both providers.
    pub attestor: Keypair,
    /// Runs leases of the first provider, with bonds out of its bond account.
    pub operator: Keypair,
    /// Carries attestations and calls what anyone may call.
    pub keeper: Keypair,
    /// Watches leases of the renter's, and only signs what was delivered: what that costs, the sponsor pays.
    pub guard: Keypair,
    /// Gets the fees when they are withdrawn.
    pub treasury: Keypair,
    /// May pause new leases.
    pub guardian: Keypair,
    /// Decides disputes.
    pub arbiter: Keypair,
    /// Holds tokens that vote; makes proposals.
    pub holder: Keypair,
    /// Holds tokens that vote, too, and leaves voting to the delegate.
    pub other_holder: Keypair,
    /// Votes with the tokens of others.
    pub delegate: Keypair,
    /// Address of the test mint; the deployer mints.
    pub mint: Keypair,
    /// Address of the mint whose tokens vote; nobody mints any more.
    pub vote_mint: Keypair,
}

impl Wallets {
    /// The wallets of every local market.
    pub fn well_known() -> Self {
        Self {
            deployer: well_known("deployer"),
            renter: well_known("renter"),
            sponsor: well_known("sponsor"),
            provider: well_known("provider"),
            other_provider: well_known("other-provider"),
            attestor: well_known("attestor"),
            operator: well_known("operator"),
            keeper: well_known("keeper"),
            guard: well_known("guard"),
            treasury: well_known("treasury"),
            guardian: well_known("guardian"),
            arbiter: well_known("arbiter"),
            holder: well_known("holder"),
            other_holder: well_known("other-holder"),
            delegate: well_known("delegate"),
            mint: well_known("mint"),
            vote_mint: well_known("vote-mint"),
        }
    }

    /// Those that sign transactions or messages, by the name of their key file.
    pub fn named(&self) -> [(&'static str, &Keypair); 15] {
        [
            ("deployer", &self.deployer),
            ("renter", &self.renter),
            ("sponsor", &self.sponsor),
            ("provider", &self.provider),
            ("other-provider", &self.other_provider),
            ("attestor", &self.attestor),
            ("operator", &self.operator),
            ("keeper", &self.keeper),
            ("guard", &self.guard),
            ("treasury", &self.treasury),
            ("guardian", &self.guardian),
            ("arbiter", &self.arbiter),
            ("holder", &self.holder),
            ("other-holder", &self.other_holder),
            ("delegate", &self.delegate),
        ]
    }

    /// The wallet of a party, if it has one.
    pub fn of(&self, party: Party) -> Option<&Keypair> {
        match party {
            Party::Renter => Some(&self.renter),
            Party::Sponsor => Some(&self.sponsor),
            Party::Provider => Some(&self.provider),
            Party::Arbiter => Some(&self.arbiter),
            Party::Operator => Some(&self.operator),
            Party::Keeper => Some(&self.keeper),
            Party::Holder => Some(&self.holder),
            Party::OtherHolder => Some(&self.other_holder),
            Party::Delegate => Some(&self.delegate),
            Party::Treasury => Some(&self.treasury),
            Party::BondAccount | Party::Vault | Party::FeeVault | Party::Network => None,
        }
    }

    /// Writes one key file a wallet into `folder`, as the Solana tools read them.
    pub fn write_to(&self, folder: &Path) -> Result<Vec<(&'static str, PathBuf)>> {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be created", folder.display()))?;
        self.named()
            .into_iter()
            .map(|(name, keypair)| {
                let path = folder.join(name).with_extension("json");
                keypair
                    .write_to_file(&path)
                    .map_err(|error| anyhow::anyhow!("{} cannot be written: {error}", path.display()))?;
                Ok((name, path))
            })
            .collect()
    }
}

/// The wallet of this name.
pub fn well_known(name: &str) -> Keypair {
    Keypair::new_from_array(Sha256::digest(format!("gpu-lease local wallet: {name}")).into())
}
