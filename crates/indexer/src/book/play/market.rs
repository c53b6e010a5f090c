//! Protocol, mints, providers and offers.

use bytemuck::Zeroable;
use gpu_lease_client::decode::Event;
use gpu_lease_client::events::{
    AuthorityAccepted, AuthorityNominated, BondWithdrawn, MintRegistered, OfferClosed, OfferCreated,
    OfferUpdated, ProtocolInitialized, ProviderRegistered, ProviderUpdated,
};
use gpu_lease_client::program::instructions::ProtocolConfig;
use gpu_lease_client::state::{
    ACCOUNT_VERSION, FeeEpochs, FeeParams, Governance, HotKeys, Listing, LockEnds, MintPolicy, Offer,
    Participant, Protocol, Provider, Terms,
};
use solana_address::Address;

use super::{Due, Fault, Play, Played, Purpose};
use crate::book::entry::{Vault, VaultKind};

impl Play<'_> {
    pub(super) fn initialize(&mut self, config: &ProtocolConfig) -> Result<Played, Fault> {
        let ProtocolConfig {
            genesis_hash,
            vote_mint,
            unit_mint,
            guardian,
            arbiter,
            treasury,
            fee_bps,
            rules,
        } = *config;
        let domain = Protocol::domain(&genesis_hash);
        let protocol = Protocol {
            domain,
            vote_mint,
            unit_mint,
            guardian,
            arbiter,
            version: ACCOUNT_VERSION,
            bump: Protocol::address().1,
            ..Protocol::zeroed()
        };
        self.put("protocol", protocol)?;
        let governance = Governance {
            rules,
            locked: LockEnds::default(),
            version: ACCOUNT_VERSION,
            bump: Governance::address().1,
            ..Governance::zeroed()
        };
        self.put("governance", governance)?;
        let fee_params = FeeParams {
            treasury,
            effective_since: self.transaction.moment.time,
            fee_bps,
            version: ACCOUNT_VERSION,
            bump: FeeParams::address().1,
            ..FeeParams::zeroed()
        };
        self.put("fee_params", fee_params)?;
        let fee_bps = u64::from(fee_bps);
        Ok(Played::told(Event::ProtocolInitialized(ProtocolInitialized {
            domain,
            vote_mint,
            unit_mint,
            guardian,
            arbiter,
            treasury,
            fee_bps,
        })))
    }

    pub(super) fn register_mint(&mut self) -> Result<Played, Fault> {
        let [mint, fee_vault, token_program, policy] =
            ["mint", "fee_vault", "token_program", "mint_policy"].map(|name| self.account(name));
        let (mint, fee_vault, token_program, policy) = (mint?, fee_vault?, token_program?, policy?);
        // The instruction creates the vault, so that a node shows it, and what its mint says.
        let shown = self.transaction.token(&fee_vault);
        let decimals = shown.ok_or(Fault::Missing { kind: "fee vault", address: fee_vault })?.decimals;
        let account = MintPolicy {
            mint,
            fee_vault,
            token_program,
            fees: FeeEpochs::default(),
            version: ACCOUNT_VERSION,
            bump: MintPolicy::address(&mint).1,
            decimals,
            ..MintPolicy::zeroed()
        };
        self.draft.put(policy, account);
        self.draft.put(fee_vault, Vault { kind: VaultKind::Fees, of: policy, mint, balance: 0 });
        Ok(Played::told(Event::MintRegistered(MintRegistered { mint, fee_vault, token_program })))
    }

    pub(super) fn register_provider(&mut self, keys: HotKeys) -> Result<Played, Fault> {
        let (authority, provider) = (self.account("authority")?, self.account("provider")?);
        let bump = Provider::address(&authority).1;
        self.draft.put(provider, self.rules(Provider::register(authority, keys, bump))?);
        let bump = Participant::address(&provider).1;
        self.put("participant", Participant::new(provider, authority, bump))?;
        let HotKeys { attestor, operator } = keys;
        Ok(Played::told(Event::ProviderRegistered(ProviderRegistered {
            provider,
            authority,
            attestor,
            operator,
        })))
    }

    pub(super) fn update_provider(&mut self, replaced: &HotKeys, keys: HotKeys) -> Result<Played, Fault> {
        let address = self.account("provider")?;
        let mut provider: Provider = self.draft.get(&address)?;
        self.rules(provider.update(replaced, keys))?;
        self.draft.put(address, provider);
        let HotKeys { attestor, operator } = keys;
        Ok(Played::told(Event::ProviderUpdated(ProviderUpdated { provider: address, attestor, operator })))
    }

    pub(super) fn withdraw_bond(&mut self, amount: u64) -> Result<Played, Fault> {
        let (provider, bonds) = (self.account("provider")?, self.account("bond_account")?);
        let shown = self.transaction.token(&bonds).map(|token| token.mint);
        let mint = match shown {
            Some(mint) => mint,
            None => self.draft.get::<Vault>(&bonds)?.mint,
        };
        let event = Event::BondWithdrawn(BondWithdrawn { provider, mint, amount });
        Ok(Played::paid([Due::new(Purpose::BondWithdrawal, amount)], event))
    }

    pub(super) fn nominate_authority(
        &mut self,
        replaced: &Address,
        nominee: Address,
    ) -> Result<Played, Fault> {
        let address = self.account("provider")?;
        let mut provider: Provider = self.draft.get(&address)?;
        self.rules(provider.nominate(replaced, nominee))?;
        self.draft.put(address, provider);
        Ok(Played::told(Event::AuthorityNominated(AuthorityNominated { provider: address, nominee })))
    }

    pub(super) fn accept_authority(&mut self, keys: HotKeys) -> Result<Played, Fault> {
        let (address, authority) = (self.account("provider")?, self.account("nominee")?);
        let mut provider: Provider = self.draft.get(&address)?;
        self.rules(provider.accept(&authority, keys))?;
        self.draft.put(address, provider);
        let participant: Participant = self.get("participant")?;
        self.put("participant", Participant { authority, ..participant })?;
        let HotKeys { attestor, operator } = keys;
        let event = AuthorityAccepted { provider: address, authority, attestor, operator };
        Ok(Played::told(Event::AuthorityAccepted(event)))
    }

    pub(super) fn create_offer(
        &mut self,
        id: u64,
        gpus: u32,
        terms: Terms,
        listing: Listing,
    ) -> Result<Played, Fault> {
        let (address, provider) = (self.account("offer")?, self.account("provider")?);
        let mut offer = Offer {
            provider,
            id,
            terms,
            listing,
            is_open: 1,
            version: ACCOUNT_VERSION,
            bump: Offer::address(&provider, id).1,
            ..Offer::zeroed()
        };
        self.rules(offer.resize(gpus))?;
        self.draft.put(address, offer);
        let gpus = u64::from(gpus);
        Ok(Played::told(Event::OfferCreated(OfferCreated { offer: address, provider, id, gpus, terms })))
    }

    pub(super) fn update_offer(
        &mut self,
        revision: u32,
        gpus: u32,
        is_open: bool,
        terms: Terms,
        listing: Listing,
    ) -> Result<Played, Fault> {
        let address = self.account("offer")?;
        let mut offer: Offer = self.draft.get(&address)?;
        self.rules(offer.update(revision, gpus, is_open, terms, listing))?;
        self.draft.put(address, offer);
        let (gpus, is_open) = (u64::from(gpus), u64::from(is_open));
        Ok(Played::told(Event::OfferUpdated(OfferUpdated { offer: address, gpus, is_open, terms })))
    }

    pub(super) fn close_offer(&mut self) -> Result<Played, Fault> {
        let offer = self.account("offer")?;
        self.draft.get::<Offer>(&offer)?;
        self.draft.remove(offer);
        Ok(Played::told(Event::OfferClosed(OfferClosed { offer })))
    }
}
