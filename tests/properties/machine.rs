//! The program under random play, compared with the model after every step.

use crate::{
    coverage::COVERAGE,
    moves::{Beginning, Game, NONCES, PROVIDERS, Play, offer_of},
    place::Place,
    vote,
};
use anchor_lang::{InstructionData, ToAccountMetas, hash::sha256};
use bytemuck::Zeroable;
use gpu_lease::{
    accounts,
    attestation::{
        Attestation, AttestationSignature, BatchHeader, BatchRow, ED25519_PROGRAM, Usage, precompile_data,
    },
    instruction as data,
    state::{Agreed, HotKeys, Listing, Moment, Resize, Seen},
};
use gpu_lease_client::{
    account::LeaseContext,
    account::{Keyed, MintRef, ProviderRef},
    address::SPL_TOKEN,
    decode::{self, Event},
    instruction::{self as build, OpenLease},
};
use gpu_lease_model::{
    Access, AccessKey, Action, BondSource, LeaseId, Life, Market, OfferId, Person, Provider, ProviderId,
    Purse, Refusal, Row, State, Wait,
};
use gpu_lease_tests::{
    cluster::Svm,
    prelude::{
        Address, Cluster, FeeParams, Instruction, InstructionError, Keypair, Lease, LeaseError, LeaseRequest,
        LeaseState, Offer, Phase, Protocol, Signer, TOKEN_2022, Terms, address,
    },
    *,
};
use proptest_state_machine::StateMachineTest;
use solana_clock::Clock;
use solana_instruction::AccountMeta;
use solana_sdk_ids::sysvar;
use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};

/// A cluster with both providers and their offers.
#[derive(Clone)]
pub struct Machine {
    pub world: World<Svm>,
    /// All money at the beginning.
    supply: u128,
    /// The cluster's slot at the model's slot 0.
    pub first_slot: u64,
    /// The fee and the treasury after the last step.
    pub fee_params: FeeParams,
}

/// What stands for metering records.
const EVIDENCE: [u8; 32] = [9; 32];

/// Lamports for deposits and rent.
const LAMPORTS: u64 = 1_000_000_000_000;

/// Machines after each beginning, for each token program, prepared once.
static MACHINES: LazyLock<Mutex<BTreeMap<(Beginning, bool), Machine>>> = LazyLock::new(Mutex::default);

impl StateMachineTest for Machine {
    type SystemUnderTest = Self;
    type Reference = Play;

    fn init_test(game: &Game) -> Self {
        let mut machines = MACHINES.lock().expect("never panics");
        let (beginning, is_token_2022) = (game.beginning, game.is_token_2022);
        let prepared = machines
            .entry((beginning, is_token_2022))
            .or_insert_with(|| Self::after(beginning, is_token_2022));
        let mut machine = prepared.clone();
        machine.offer_as(game);
        machine.require_same(game, "at the beginning");
        machine
    }

    fn apply(mut machine: Self, game: &Game, action: Action) -> Self {
        machine.step(game, &action);
        machine
    }

    /// INV-9: without any party and any arbiter, everything comes back in bounded time.
    fn teardown(mut machine: Self, mut game: Game) {
        let ids: Vec<_> = game.market.leases.keys().copied().collect();
        for id in ids {
            let bound = game.market.moment().after(longest_wait(&game.market, id));
            while let Some((wait, last)) = game.market.way_out(id) {
                let now = game.market.moment();
                let is_bounded = now.at + wait.seconds <= bound.at && now.slot + wait.slots <= bound.slot;
                assert!(
                    is_bounded,
                    "INV-9: {id:?} keeps its money for {wait:?} from {now:?} on, after {bound:?}"
                );
                for action in [
                    Action::Wait(wait),
                    Action::Settle { lease: id },
                    Action::ReleaseGpus { lease: id },
                    last,
                ] {
                    game.act(&action);
                    machine.step(&game, &action);
                }
                assert_eq!(game.outcome, Ok(()), "INV-9: {id:?} is stuck");
            }
            let (lease, vault) = addresses(&machine.world, id);
            assert!(
                !machine.world.exists(&lease) && !machine.world.exists(&vault),
                "INV-9: {id:?} is not gone"
            );
        }
        for provider in PROVIDERS {
            let amount = game.market.money(Purse::Bonds(provider));
            if amount > 0 {
                let (by, valid_until) = (game.market.providers[&provider].authority, game.market.now);
                let withdraw = Action::WithdrawBond { provider, by, valid_until, amount };
                game.act(&withdraw);
                machine.step(&game, &withdraw);
                assert_eq!(game.outcome, Ok(()), "INV-9: bonds of {provider:?} are stuck");
            }
        }
        let lost = machine.supply - game.market.supply();
        assert_eq!(lost, 0, "INV-4: money was made or lost");
        machine.leave(game);
    }
}

/// Longest time that a lease's own terms let its money wait, seconds.
fn longest_wait(market: &Market, id: LeaseId) -> i64 {
    use gpu_lease_model::{GRACE, WEEK};
    let lease = &market.leases[&id];
    match lease.state {
        State::Pending => WEEK + 1,
        // A halt may have passed between its start and now, and it counts slots from its start on.
        State::Active => lease.ends_at - lease.started.at + GRACE + 1 + lease.life.terms.challenge_window,
        State::Disputed(_) => WEEK + 1,
        State::Resolved(_) => 0,
    }
}

impl Machine {
    /// After what happens in the `beginning`.
    fn after(beginning: Beginning, is_token_2022: bool) -> Self {
        let token_program = if is_token_2022 { TOKEN_2022 } else { SPL_TOKEN };
        let people = People::default();
        let cluster = Svm::with_program(&people.deployer.pubkey());
        let mut world = World::empty(cluster, people, &Keypair::new_from_array([20; 32]), token_program);
        for wallet in world.people.addresses().collect::<Vec<_>>() {
            world.cluster.fund(&wallet, LAMPORTS);
        }
        world.open_market(|_| {});
        let rival = ProviderRef::of(world.people.rival.pubkey());
        let keys = HotKeys { attestor: world.people.issuer.pubkey(), operator: Address::default() };
        world.play([build::register_provider(rival.authority, keys)]).ok();
        world.play([build::create_offer(rival, 0, 8, terms(world.mint), listing())]).ok();
        for provider in [world.provider, rival.address] {
            world.create_token_account(provider, world.mint);
        }
        let mut game = Game::before(is_token_2022, beginning);
        let first_slot = world.svm().get_sysvar::<Clock>().slot;
        let fee_params = world.read(&address::fee_params());
        let mut machine = Self { world, supply: game.market.supply(), first_slot, fee_params };
        machine.offer_as(&game);
        for action in vote::prologue(beginning) {
            game.act(&action);
            machine.step(&game, &action);
        }
        machine
    }

    /// Makes the offers those of the model.
    fn offer_as(&mut self, game: &Game) {
        for (id, offer) in &game.market.offers {
            let by = game.market.providers[&id.provider].authority;
            let gpu_lease_model::Offer { gpus, is_open, terms, listing, revision } = *offer;
            let (valid_until, revision) = (game.market.now, revision - 1);
            let update =
                Action::UpdateOffer { offer: *id, by, valid_until, revision, gpus, is_open, terms, listing };
            assert_eq!(self.perform(&update).err(), None, "the first terms are valid");
        }
    }

    /// Does what the model did, compares, and counts.
    pub fn step(&mut self, game: &Game, action: &Action) {
        COVERAGE.lock().expect("never panics").count(action, game);
        self.follow(game, action);
    }

    /// Does what the model did, and compares.
    pub fn follow(&mut self, game: &Game, action: &Action) {
        let expected = game.outcome.err();
        let lamports = self.lamports_for(game, action);
        let result = self.perform(action);
        let logs = result.as_ref().cloned().unwrap_or_default();
        let refusal = result.err();
        match expected {
            None => assert_eq!(refusal, None, "the program refuses what the model allows: {action:?}"),
            // The framework has a word of its own for each way in which an account can be missing.
            Some(Refusal::NoSuchOffer | Refusal::NoSuchParticipant) => {
                let missing = [InstructionError::UninitializedAccount, InstructionError::AccountDataTooSmall];
                let is_missing = refusal.as_ref().is_some_and(|refusal| missing.contains(refusal));
                assert!(is_missing, "{refusal:?}, and not for {expected:?}: {action:?}");
            }
            Some(expected) => {
                assert_eq!(refusal, Some(error(expected)), "not {expected:?} as in the model: {action:?}");
            }
        }
        let moment = &format!("after {action:?}");
        self.require_same(game, moment);
        if let (Action::AttestBatch { provider, window_end, rows, .. }, None) = (action, expected) {
            self.require_batch(&game.market, *provider, *window_end, rows, &logs, moment);
        }
        self.require_lamports(game, action, lamports, moment);
        self.require_fee_by_vote(game, action, moment);
    }

    pub fn who(&self, person: Person) -> Address {
        keypair(&self.world.people, person).pubkey()
    }

    /// The key of a role that may be nobody's: zeroes.
    pub fn who_if(&self, person: Option<Person>) -> Address {
        person.map_or_else(Address::default, |person| self.who(person))
    }

    pub fn provider(&self, id: ProviderId) -> Address {
        Place::Provider(self.who([Person::Provider, Person::SecondProvider][usize::from(id.0)])).address()
    }

    pub fn offer(&self, id: OfferId) -> Address {
        Place::Offer(self.provider(id.provider), id.number).address()
    }

    pub fn terms(&self, terms: &gpu_lease_model::Terms) -> Terms {
        let seconds = |time: i64| u32::try_from(time).expect("a term of 32 bits");
        Terms {
            price: terms.price,
            min_duration: seconds(terms.min_duration),
            max_duration: seconds(terms.max_duration),
            notice: seconds(terms.notice),
            challenge_window: seconds(terms.challenge_window),
            heartbeat_timeout: seconds(terms.heartbeat_timeout),
            sla_penalty_bps: u32::try_from(terms.penalty_bps).expect("a term of 32 bits"),
            sla_uptime_bps: u16::try_from(terms.uptime_bps).expect("a term of 16 bits"),
            bond_hours: u16::try_from(terms.bond_hours).expect("a term of 16 bits"),
            spare: [0; 4],
            verifier: self.who_if(terms.verifier),
            mint: self.world.mint,
        }
    }

    /// A provider's hot keys.
    pub fn keys(&self, keys: gpu_lease_model::HotKeys) -> HotKeys {
        HotKeys { attestor: self.who(keys.attestor), operator: self.who_if(keys.operator) }
    }

    /// Does `action` on the cluster. Returns the log, or the error with which it was refused.
    fn perform(&mut self, action: &Action) -> Result<Vec<String>, InstructionError> {
        match *action {
            Action::Wait(Wait { seconds, slots }) => {
                let mut clock = self.world.svm().get_sysvar::<Clock>();
                clock.unix_timestamp += seconds;
                clock.slot += slots;
                self.world.svm().set_sysvar(&clock);
                return Ok(Vec::new());
            }
            Action::Donate { lease, by, amount } => {
                let (_, vault) = addresses(&self.world, lease);
                let by = self.who(by);
                return result(self.world.transfer(&by, &vault, amount));
            }
            Action::PayBond { provider, by, amount } => {
                let (by, account) = (self.who(by), self.bond_account(provider));
                return result(self.world.transfer(&by, &account, amount));
            }
            _ => {}
        }
        let instructions = self.instructions(action);
        result(self.world.play(instructions))
    }

    /// Lands what was signed before. Returns the error with which it was refused.
    pub fn land(&mut self, instructions: &[Instruction]) -> Option<InstructionError> {
        result(self.world.play(instructions)).err()
    }

    /// Plays `action` as it is, whatever the model makes of it. Returns whether it was taken.
    pub fn takes(&mut self, action: &Action) -> bool {
        self.perform(action).is_ok()
    }

    /// A slot of the model's.
    fn slot(&self, slot: u64) -> u64 {
        self.first_slot + slot
    }

    /// A moment of the model's.
    fn moment(&self, moment: gpu_lease_model::Moment) -> Moment {
        Moment { time: moment.at, slot: self.slot(moment.slot) }
    }

    fn listing(&self, listing: gpu_lease_model::Listing) -> Listing {
        Listing { memory_gib: 80 + u32::from(listing.0), ..gpu_lease_tests::listing() }
    }

    pub fn offer_hash(&self, terms: &gpu_lease_model::Terms, listing: gpu_lease_model::Listing) -> [u8; 32] {
        let (terms, listing) = (self.terms(terms), self.listing(listing));
        Offer { terms, listing, ..Offer::zeroed() }.content_hash()
    }

    /// The hash of all that never changes, from the model's facts alone.
    pub fn life(&self, life: &Life) -> [u8; 32] {
        let renter = self.who(life.lease.renter);
        let (address, vault) = addresses(&self.world, life.lease);
        let protocol = self.world.read::<Protocol>(&Place::Protocol.address());
        let lease = Lease {
            renter,
            payer: self.who(life.payer),
            provider: self.provider(life.offer.provider),
            offer: self.offer(life.offer),
            vault,
            domain: protocol.domain,
            arbiter: self.who(life.arbiter),
            access_key: access_key(life.access_key),
            offer_hash: self.offer_hash(&life.terms, life.listing),
            terms: self.terms(&life.terms),
            nonce: life.lease.nonce,
            opened_slot: self.slot(life.opened.slot),
            opened_at: life.opened.at,
            start_deadline: life.start_deadline,
            opened_deposit: life.deposit,
            opened_duration: u32::try_from(life.duration).expect("32 bits"),
            opened_gpus: u32::try_from(life.gpus).expect("32 bits"),
            fee_bps: u16::try_from(life.fee_bps).expect("16 bits"),
            version: 1,
            bump: Place::bump(address, &renter, life.lease.nonce),
            ..Lease::zeroed()
        };
        lease.computed_life()
    }

    fn seen(&self, seen: &gpu_lease_model::Seen) -> Seen {
        Seen { life: self.life(&seen.life), valid_until: seen.valid_until }
    }

    pub fn instructions(&self, action: &Action) -> Vec<Instruction> {
        let world = &self.world;
        let lease_key = |id| world.context(addresses(world, id).0);
        let as_renter = |id, by| {
            let mut lease: LeaseContext = lease_key(id);
            lease.account.renter = self.who(by);
            lease
        };
        let as_provider =
            |provider, by| ProviderRef { address: self.provider(provider), authority: self.who(by) };
        let count = |gpus: u64| u32::try_from(gpus).expect("32 bits");
        let time = |seconds: i64| u32::try_from(seconds).expect("32 bits");
        let one = match *action {
            Action::Open {
                lease,
                payer,
                offer,
                ref terms,
                listing,
                deposit,
                start_deadline,
                valid_until,
                duration,
                gpus,
                max_fee_bps,
                arbiter,
                access_key: key,
                session_key,
            } => {
                let request = LeaseRequest {
                    nonce: lease.nonce,
                    deposit,
                    start_deadline,
                    duration: time(duration),
                    gpus: count(gpus),
                    max_fee_bps: u16::try_from(max_fee_bps).expect("16 bits"),
                    valid_until,
                    expected_offer: self.offer_hash(terms, listing),
                    arbiter: self.who(arbiter),
                    access_key: access_key(key),
                    session_key: self.who_if(session_key),
                };
                build::open_lease(&OpenLease {
                    renter: self.who(lease.renter),
                    payer: self.who(payer),
                    payer_token: None,
                    offer: self.offer(offer),
                    mint: world.mint,
                    token_program: world.token_program,
                    request,
                })
            }
            Action::Start { lease, by, ref seen, bond } => {
                let start = build::start_lease(&bonding(lease_key(lease), self.who(by), bond), &[], 0);
                let access_blob = &access_blob(Access::default());
                says(start, data::StartLease { seen: self.seen(seen), access_blob })
            }
            Action::PublishAccess { lease, by, ref seen, replaced, access } => {
                let lease = LeaseContext { provider_key: self.who(by), ..lease_key(lease) };
                let (replaced, access_blob) = (sha256(&access_blob(replaced)), &access_blob(access));
                let publish = build::publish_access(&lease, access_blob, 0);
                says(publish, data::PublishAccess { seen: self.seen(seen), replaced, access_blob })
            }
            Action::Cancel { lease, by, ref seen } => {
                let cancel = build::cancel_lease(self.who(by), &lease_key(lease), 0);
                says(cancel, data::CancelLease { seen: self.seen(seen) })
            }
            Action::TopUp { lease, by, ref seen, amount, min_ends_at } => {
                let top_up = build::top_up(self.who(by), &lease_key(lease), amount, 0);
                says(top_up, data::TopUp { seen: self.seen(seen), amount, min_ends_at })
            }
            Action::Attest { lease, ref signers, units, window_end, energy_wh, is_stale } => {
                let address = addresses(world, lease).0;
                let mut account = world.read::<Lease>(&address);
                account.opened_slot -= u64::from(is_stale);
                let usage = Usage { window_end, gpu_seconds: units, energy_wh, evidence: EVIDENCE };
                let message = Attestation::new(address, &account, &usage);
                let keys: Vec<_> = signers.iter().map(|signer| keypair(&world.people, *signer)).collect();
                return vec![signed(&message, &keys), world.attest_ix(address)];
            }
            Action::AttestBatch { provider, ref signers, window_end, ref rows, ref leases } => {
                return self.batch(provider, signers, window_end, rows, leases);
            }
            Action::Settle { lease } => build::settle(&lease_key(lease)),
            Action::Extend { lease, by, ref seen, gpus, duration } => {
                let extend = build::extend_lease(&as_renter(lease, by), time(duration), 0);
                let (seen, gpus, duration) = (self.seen(seen), count(gpus), time(duration));
                says(extend, data::ExtendLease { seen, gpus, duration })
            }
            Action::Resize { lease, by, ref seen, duration, from_gpus, gpus, provider, bond } => {
                let lease = as_renter(lease, by);
                let key = provider.map_or(lease.provider_account.authority, |provider| self.who(provider));
                let change = Resize { duration: time(duration), from: count(from_gpus), to: count(gpus) };
                let resize = build::resize_lease(&bonding(lease, key, bond), count(gpus), 0);
                let mut resize = says(resize, data::ResizeLease { seen: self.seen(seen), change });
                resize.accounts[1].is_signer = provider.is_some();
                resize
            }
            Action::ReleaseGpus { lease } => build::release_gpus(&lease_key(lease)),
            Action::Terminate { lease, by, ref seen, max_ends_at } => {
                let terminate = build::terminate_lease(self.who(by), &lease_key(lease), max_ends_at, 0);
                says(terminate, data::TerminateLease { seen: self.seen(seen), max_ends_at })
            }
            Action::Expire { lease, by, ref seen, window_end } => {
                let expire = build::expire_lease(self.who(by), &lease_key(lease), 0);
                says(expire, data::ExpireLease { seen: self.seen(seen), window_end })
            }
            Action::Dispute { lease, by, funder, ref seen, units, max_stake } => {
                let [by, funder] = [by, funder].map(|person| self.who(person));
                let dispute = build::dispute_lease(by, funder, &lease_key(lease), units, max_stake, 0);
                says(dispute, data::DisputeLease { seen: self.seen(seen), units, max_stake })
            }
            Action::Resolve { lease, by, ref seen, renter_units, provider_units, units } => {
                let mut lease = lease_key(lease);
                lease.account.arbiter = self.who(by);
                let resolve = build::resolve_dispute(&lease, units, 0);
                let seen = self.seen(seen);
                says(resolve, data::ResolveDispute { seen, renter_units, provider_units, units })
            }
            Action::ResolveByTimeout { lease } => build::resolve_by_timeout(&lease_key(lease)),
            Action::SetSessionKey { lease, by, ref seen, replaced, key } => {
                let [replaced, session_key] = [replaced, key].map(|key| self.who_if(key));
                let set = build::set_session_key(&as_renter(lease, by), session_key, 0);
                says(set, data::SetSessionKey { seen: self.seen(seen), replaced, session_key })
            }
            Action::Close { lease, renter_signs, provider, ref agreed } => {
                let mut lease = lease_key(lease);
                lease.provider_key = provider.map_or(lease.provider_key, |provider| self.who(provider));
                let agreed = agreed.as_ref().map(|agreed| Agreed {
                    seen: self.seen(&agreed.seen),
                    units: agreed.units,
                    credit: agreed.credit,
                });
                let mut close = says(build::close_lease(&lease), data::CloseLease { agreed });
                close.accounts[0].is_signer = renter_signs;
                close.accounts[1].is_signer = provider.is_some();
                close
            }
            Action::CountFees { lease } => build::count_fees(&lease_key(lease)),
            Action::CreateOffer { offer, by, gpus, ref terms, listing } => {
                let provider = as_provider(offer.provider, by);
                let (terms, listing) = (self.terms(terms), self.listing(listing));
                build::create_offer(provider, offer.number, count(gpus), terms, listing)
            }
            Action::UpdateOffer { offer, by, valid_until, revision, gpus, is_open, ref terms, listing } => {
                let (provider, address) = (as_provider(offer.provider, by), self.offer(offer));
                let offer = Keyed { address, account: Offer { revision, ..Offer::zeroed() } };
                let (gpus, terms, listing) = (count(gpus), self.terms(terms), self.listing(listing));
                build::update_offer(provider, &offer, gpus, is_open, terms, listing, valid_until)
            }
            Action::CloseOffer { offer, by } => {
                build::close_offer(as_provider(offer.provider, by), self.offer(offer))
            }
            Action::UpdateProvider { provider, by, valid_until, replaced, keys } => {
                let [replaced, keys] = [replaced, keys].map(|keys| self.keys(keys));
                build::update_provider(as_provider(provider, by), replaced, keys, valid_until)
            }
            Action::Nominate { provider, by, valid_until, replaced, nominee } => {
                let [replaced, nominee] = [replaced, nominee].map(|key| self.who_if(key));
                build::nominate_authority(as_provider(provider, by), replaced, nominee, valid_until)
            }
            Action::Accept { provider, by, valid_until, keys } => {
                build::accept_authority(self.who(by), self.provider(provider), self.keys(keys), valid_until)
            }
            Action::WithdrawBond { provider, by, valid_until, amount } => {
                let mint = MintRef { mint: world.mint, token_program: world.token_program };
                let destination = Place::Wallet(self.who(by), mint.mint, mint.token_program).address();
                build::withdraw_bond(as_provider(provider, by), &mint, destination, amount, valid_until)
            }
            _ => self.vote_instruction(action),
        };
        vec![one]
    }

    /// A batch, byte by byte: also one that no client makes.
    fn batch(
        &self,
        provider: ProviderId,
        signers: &[Person],
        window_end: i64,
        rows: &[Row],
        leases: &[LeaseId],
    ) -> Vec<Instruction> {
        let world = &self.world;
        let mut rows: Vec<_> = rows.iter().map(|row| (addresses(world, row.lease).0, row)).collect();
        rows.sort_by_key(|(address, _)| *address);
        let signed: Vec<_> = rows.iter().map(|(address, _)| *address).collect();
        let Protocol { domain, .. } = world.read(&Place::Protocol.address());
        let header = BatchHeader::new(domain, window_end, EVIDENCE, &signed);
        let row = |(address, row): (Address, &Row)| {
            let opened = if world.exists(&address) { world.read::<Lease>(&address).opened_slot } else { 0 };
            BatchRow {
                opened_slot: opened.saturating_sub(u64::from(row.is_stale)).into(),
                gpu_seconds: row.units.into(),
                energy_wh: row.energy_wh.into(),
            }
        };
        let rows: Vec<_> = rows.into_iter().map(row).collect();
        let message = [bytemuck::bytes_of(&header), bytemuck::cast_slice(&rows)].concat();
        let sign = |signer: &Person| {
            let key = keypair(&world.people, *signer);
            AttestationSignature { public_key: key.pubkey(), signature: key.sign_message(&message).into() }
        };
        let signatures: Vec<_> = signers.iter().map(sign).collect();
        let data = precompile_data(&signatures, &message);
        let precompile = Instruction { program_id: ED25519_PROGRAM, accounts: Vec::new(), data };
        let mut leases: Vec<_> = leases.iter().map(|lease| addresses(world, *lease).0).collect();
        leases.sort();
        let named = accounts::AttestBatch {
            provider: self.provider(provider),
            instructions: sysvar::instructions::ID,
        };
        let mut accounts = named.to_account_metas(None);
        accounts.extend(leases.into_iter().map(|lease| AccountMeta::new(lease, false)));
        let data = data::AttestBatch {}.data();
        vec![precompile, Instruction { program_id: gpu_lease::ID, accounts, data }]
    }

    /// Where a provider's bonds lie.
    pub fn bond_account(&self, provider: ProviderId) -> Address {
        let World { mint, token_program, .. } = self.world;
        Place::Wallet(self.provider(provider), mint, token_program).address()
    }

    /// The account of a lease, byte by byte; nothing if there is none.
    pub fn lease_bytes(&self, id: LeaseId) -> Option<Vec<u8>> {
        self.world.cluster.account(&addresses(&self.world, id).0).map(|account| account.data)
    }

    // ----- comparison -----

    pub fn require_same(&self, game: &Game, moment: &str) {
        let market = &game.market;
        let clock = self.world.cluster.0.get_sysvar::<Clock>();
        let now = Moment { time: clock.unix_timestamp, slot: clock.slot };
        assert_eq!(now, self.moment(market.moment()), "time {moment}");
        let mut supply = 0;
        let bonds = PROVIDERS.map(Purse::Bonds);
        for purse in Person::ALL.map(Purse::Wallet).into_iter().chain(bonds).chain([Purse::Fees]) {
            let held = self.money(purse);
            assert_eq!(held, market.money(purse), "{purse:?} {moment}");
            supply += u128::from(held);
        }
        for renter in [Person::Renter, Person::SecondRenter] {
            for nonce in 0..NONCES {
                let id = LeaseId { renter, nonce };
                let purse = Purse::Vault(id);
                assert_eq!(self.money(purse), market.money(purse), "{purse:?} {moment}");
                supply += u128::from(self.money(purse));
                let (lease, vault) = addresses(&self.world, id);
                let is_there = market.leases.contains_key(&id);
                assert_eq!(self.world.exists(&lease), is_there, "{id:?} {moment}");
                assert_eq!(self.world.exists(&vault), is_there, "vault of {id:?} {moment}");
                if is_there {
                    self.require_lease(market, id, moment);
                }
            }
        }
        assert_eq!(supply, self.supply, "INV-4: money was made or lost {moment}");
        for id in PROVIDERS {
            self.require_provider(market, id, moment);
            self.require_offer(market, offer_of(id), moment);
        }
        self.require_votes(market, moment);
    }

    pub fn money(&self, purse: Purse) -> u64 {
        match purse {
            Purse::Wallet(person) => self.tokens(person, self.world.mint),
            Purse::Vault(id) => self.world.balance(&addresses(&self.world, id).1),
            Purse::Bonds(id) => self.world.balance(&self.bond_account(id)),
            Purse::Fees => self.world.balance(&Place::FeeVault(self.world.mint).address()),
        }
    }

    /// What somebody has of a mint.
    pub fn tokens(&self, person: Person, mint: Address) -> u64 {
        let World { token_program, .. } = self.world;
        self.world.balance(&Place::Wallet(self.who(person), mint, token_program).address())
    }

    fn require_provider(&self, market: &Market, id: ProviderId, moment: &str) {
        let Provider { authority, nominee, keys, record } = market.providers[&id];
        let account = self.world.read::<gpu_lease::state::Provider>(&self.provider(id));
        let wallets = [account.authority, account.pending_authority];
        assert_eq!(wallets, [self.who(authority), self.who_if(nominee)], "{id:?} {moment}");
        assert_eq!(account.keys(), self.keys(keys), "keys of {id:?} {moment}");
        let counted = &account.record;
        let counted = gpu_lease_model::Record {
            delivered: counted.units_delivered,
            promised: counted.units_promised,
            started: counted.leases_started,
            completed: counted.leases_completed,
            abandoned: counted.leases_abandoned,
            disputed: counted.leases_disputed,
            lost: counted.disputes_lost,
        };
        assert_eq!(counted, record, "record of {id:?} {moment}");
    }

    fn require_offer(&self, market: &Market, id: OfferId, moment: &str) {
        let at = self.offer(id);
        let Some(offer) = market.offers.get(&id) else {
            assert!(!self.world.exists(&at), "{id:?} is closed {moment}");
            return;
        };
        let account = self.world.read::<Offer>(&at);
        let held: u32 = market
            .leases
            .keys()
            .map(|lease| self.world.read::<Lease>(&addresses(&self.world, *lease).0))
            .filter(|lease| lease.offer == at && lease.state != LeaseState::Pending)
            .map(|lease| lease.gpus)
            .sum();
        assert_eq!(account.gpus_free + held, account.gpus, "INV-5: GPUs of {id:?} {moment}");
        assert_eq!(u64::from(account.gpus), offer.gpus, "GPUs of {id:?} {moment}");
        assert_eq!(u64::from(account.gpus_free), market.gpus_free(id), "free GPUs of {id:?} {moment}");
        let content = self.offer_hash(&offer.terms, offer.listing);
        assert_eq!(account.content_hash(), content, "terms and listing of {id:?} {moment}");
        assert_eq!(account.revision, offer.revision, "revision of {id:?} {moment}");
        assert_eq!(account.is_open == 1, offer.is_open, "{id:?} {moment}");
    }

    /// The event of a batch says which rows were applied, in the order of the leases' addresses.
    fn require_batch(
        &self,
        market: &Market,
        provider: ProviderId,
        window_end: i64,
        rows: &[Row],
        logs: &[String],
        moment: &str,
    ) {
        let done = market.batches.last().expect("it has landed");
        let place = |(row, done): (&Row, &Result<_, _>)| (addresses(&self.world, row.lease).0, done.is_ok());
        let mut places: Vec<_> = rows.iter().zip(done).map(place).collect();
        places.sort();
        let bits = places.iter().rev().map(|(_, is_applied)| u64::from(*is_applied));
        let applied = bits.fold(0, |mask, bit| mask << 1 | bit);
        match decode::events(logs)[..] {
            [Event::BatchAttested(event)] => assert_eq!(
                (event.provider, event.window_end, event.rows, event.applied),
                (self.provider(provider), window_end, rows.len() as u64, applied),
                "{moment}"
            ),
            ref events => panic!("{events:?} {moment}"),
        }
    }

    fn require_lease(&self, market: &Market, id: LeaseId, moment: &str) {
        let model = &market.leases[&id];
        let (at, vault) = addresses(&self.world, id);
        let lease = self.world.read::<Lease>(&at);
        let (ledger, meter) = (&lease.ledger, &lease.meter);
        let moment = &format!("of {id:?} {moment}");

        // By the invariants' own words, on the account alone.
        let gross = u128::from(meter.accepted) * u128::from(lease.terms.price) / 3_600;
        let is_covered = u128::from(ledger.released) <= gross && ledger.released <= ledger.deposited;
        assert!(is_covered, "INV-1: {ledger:?} {moment}");
        let units = [meter.accepted, meter.maturing.units, meter.latest.units];
        let is_ordered = units.is_sorted() && meter.latest.units <= model.capacity(market.now);
        assert!(ledger.counted <= ledger.fees, "INV-1: {ledger:?} {moment}");
        assert!(is_ordered, "INV-2: {meter:?} {moment}");
        let owed = [ledger.deposited, ledger.bond, ledger.stake, ledger.fees].map(u128::from);
        let owed = owed.iter().sum::<u128>() - u128::from(ledger.released);
        let held = self.world.balance(&vault);
        assert!(u128::from(held) >= owed, "INV-3: {held} of {owed} {moment}");
        assert_eq!(owed, u128::from(model.owed()), "debts {moment}");
        // The model notes all that never changes once and never again.
        let life = self.life(&model.life);
        assert_eq!([lease.life, lease.computed_life()], [life; 2], "INV-6: what never changes {moment}");
        assert_eq!(lease.session_key, self.who_if(model.session_key), "session key {moment}");
        let state = match model.state {
            State::Pending => LeaseState::Pending,
            State::Active => LeaseState::Active,
            State::Disputed(_) => LeaseState::Disputed,
            State::Resolved(_) => LeaseState::Resolved,
        };
        assert_eq!(LeaseState::from(lease.state), state, "state {moment}");
        assert_eq!(lease.end_reason.0, model.end as u8, "end {moment}");
        if let State::Disputed(figures) | State::Resolved(figures) = model.state {
            let dispute = &lease.dispute;
            let actual = (dispute.renter_units, dispute.provider_units, dispute.opened, dispute.deadline());
            let opened = self.moment(figures.opened);
            let expected = (figures.renter_units, figures.provider_units, opened, figures.deadline());
            assert_eq!(actual, expected, "dispute {moment}");
        }
        assert_eq!(u64::from(lease.gpus), model.gpus, "GPUs {moment}");
        let published = model.published.last().map_or(([0; 32], 0), |(access, published)| {
            (sha256(&access_blob(*access)), self.slot(published.slot))
        });
        assert_eq!((lease.access_blob_hash, lease.access_slot), published, "access {moment}");

        // Times.
        let times = (lease.started_at, lease.ends_at, lease.promised_until);
        let expected = (model.started.at, model.ends_at, model.promised_until);
        assert_eq!(times, expected, "start, end and promise {moment}");
        assert_eq!(i64::from(lease.duration), model.duration, "duration {moment}");
        let free = model.free_since().map_or(0, |_| model.revived_at());
        assert_eq!(meter.revived_at, free, "revival {moment}");

        // Money.
        let actual = (ledger.deposited, ledger.released, ledger.fees, ledger.bond, ledger.stake);
        let expected = (model.deposited(), model.released(), model.fees, model.bond, model.stake);
        assert_eq!(actual, expected, "deposited, released, fees, bond and stake {moment}");
        assert_eq!(ledger.counted, market.votes.counted(id), "fees that count in votes {moment}");
        assert_eq!(lease.bond_is_pooled == 1, model.pooled() > 0, "source of the bond {moment}");

        // Usage.
        let maturing = model.claims.front();
        let latest = model.claims.back();
        let expected = [model.accepted, maturing.map_or(model.accepted, |claim| claim.units), model.latest()];
        assert_eq!(units, expected, "accepted, maturing and latest units {moment}");
        for (actual, expected) in [(meter.maturing, maturing), (meter.latest, latest)] {
            if let Some(expected) = expected {
                assert_eq!(actual.submitted, self.moment(expected.submitted), "claim {moment}");
            }
        }
        assert_eq!(
            (meter.window_end, meter.energy_wh),
            (model.window_end(), model.energy_wh()),
            "window {moment}"
        );
        if state == LeaseState::Pending {
            return;
        }
        for time in [model.window_end(), market.now, model.promised_until] {
            assert_eq!(meter.capacity(time), model.capacity(time), "capacity at {time} {moment}");
        }
        let last = market.now.min(model.ends_at);
        for time in [model.window_end(), model.promised_until, last].map(|time| time.max(model.window_end()))
        {
            assert_eq!(lease.fundable(time), model.fundable(time), "funded capacity at {time} {moment}");
        }
        if state == LeaseState::Active {
            assert_eq!(meter.heartbeat, self.moment(model.heartbeat()), "heartbeat {moment}");
            assert_eq!(lease.end_slot, self.moment(model.ending()).slot, "slot of the end {moment}");
            let now = self.moment(market.moment());
            let is_exhausted = lease.phase(now) == Phase::Exhausted;
            assert_eq!(is_exhausted, model.is_exhausted(market.now), "exhaustion {moment}");
        }
    }
}

/// Everybody has one keypair of those that a world has. Once the market is open, deployer and issuer have
/// nothing else to do.
fn keypair(people: &People, person: Person) -> &Keypair {
    match person {
        Person::Renter => &people.renter,
        Person::SecondRenter => &people.deployer,
        Person::Sponsor => &people.sponsor,
        Person::Provider => &people.provider,
        Person::SecondProvider => &people.rival,
        Person::Attestor => &people.attestor,
        Person::SecondAttestor => &people.issuer,
        Person::Operator => &people.operator,
        Person::Verifier => &people.verifier,
        Person::Agent => &people.agent,
        Person::Arbiter => &people.arbiter,
        Person::Guardian => &people.guardian,
        Person::Treasury => &people.treasury,
        Person::Holder => &people.holder,
        Person::SecondHolder => &people.other_holder,
        Person::Delegate => &people.delegate,
        Person::Stranger => &people.stranger,
    }
}

/// `instruction` with other arguments than the client fills in from what lies on the cluster.
pub fn says(instruction: Instruction, arguments: impl InstructionData) -> Instruction {
    Instruction { data: arguments.data(), ..instruction }
}

/// A lease for which `key` acts with a bond out of its wallet, or out of the bond account.
fn bonding(lease: LeaseContext, key: Address, bond: BondSource) -> LeaseContext {
    let lease = LeaseContext { provider_key: key, bond_token: lease.token_of(&key), ..lease };
    match bond {
        BondSource::Wallet => lease,
        BondSource::BondAccount => lease.with_pooled_bond(),
    }
}

/// The bytes of credentials.
pub fn access_blob(access: Access) -> Vec<u8> {
    [ACCESS_BLOB, &[access.0]].concat()
}

/// The bytes of an access key.
pub fn access_key(key: AccessKey) -> [u8; 32] {
    [11 + key.0; 32]
}

/// Addresses of a lease and its vault.
fn addresses(world: &World<Svm>, id: LeaseId) -> (Address, Address) {
    let lease = Place::Lease(keypair(&world.people, id.renter).pubkey(), id.nonce).address();
    (lease, Place::Vault(lease).address())
}

/// The log of an outcome, or with what it was refused.
fn result(outcome: Outcome) -> Result<Vec<String>, InstructionError> {
    outcome.0.map(|receipt| receipt.logs).map_err(|refusal| match refusal.error {
        Some(error) => error,
        None => panic!("the transaction itself is wrong: {refusal}"),
    })
}

/// The number of a rule.
fn error(refusal: Refusal) -> InstructionError {
    let error = match refusal {
        Refusal::NotProviderAuthority => LeaseError::NotProviderAuthority,
        Refusal::NotRenter => LeaseError::NotRenter,
        Refusal::NotNominated => LeaseError::NotNominated,
        Refusal::NotParty => LeaseError::NotParty,
        Refusal::NotArbiter => LeaseError::NotArbiter,
        Refusal::NotGuardian => LeaseError::NotGuardian,
        Refusal::NotLockOwner => LeaseError::NotLockOwner,
        Refusal::NotVoter => LeaseError::NotVoter,
        Refusal::NotParticipant => LeaseError::NotParticipant,
        Refusal::NotProviderOperator => LeaseError::NotProviderOperator,
        Refusal::OperatorMayNot => LeaseError::OperatorMayNot,
        Refusal::NotTheBondAccount => LeaseError::NotTheBondAccount,
        Refusal::NotProposer => LeaseError::NotProposer,
        Refusal::FeeAboveMaximum => LeaseError::FeeAboveMaximum,
        Refusal::AddressMissing => LeaseError::AddressMissing,
        Refusal::PauseOutOfBounds => LeaseError::PauseOutOfBounds,
        Refusal::PauseTooSoon => LeaseError::PauseTooSoon,
        Refusal::NotPaused => LeaseError::NotPaused,
        Refusal::Paused => LeaseError::Paused,
        Refusal::PriceOutOfBounds => LeaseError::PriceOutOfBounds,
        Refusal::DurationBoundsInvalid => LeaseError::DurationBoundsInvalid,
        Refusal::NoticeOutOfBounds => LeaseError::NoticeOutOfBounds,
        Refusal::ChallengeWindowOutOfBounds => LeaseError::ChallengeWindowOutOfBounds,
        Refusal::HeartbeatOutOfBounds => LeaseError::HeartbeatOutOfBounds,
        Refusal::SlaOutOfBounds => LeaseError::SlaOutOfBounds,
        Refusal::GpuCountOutOfBounds => LeaseError::GpuCountOutOfBounds,
        Refusal::OfferInUse => LeaseError::OfferInUse,
        Refusal::OfferNotOpen => LeaseError::OfferNotOpen,
        Refusal::NotEnoughFreeGpus => LeaseError::NotEnoughFreeGpus,
        Refusal::OfferChanged => LeaseError::OfferChanged,
        Refusal::FeeAboveAgreed => LeaseError::FeeAboveAgreed,
        Refusal::LeaseChanged => LeaseError::LeaseChanged,
        Refusal::SignatureExpired => LeaseError::SignatureExpired,
        Refusal::ArbiterChanged => LeaseError::ArbiterChanged,
        Refusal::EndsTooEarly => LeaseError::EndsTooEarly,
        Refusal::EndsTooLate => LeaseError::EndsTooLate,
        Refusal::StakeAboveAgreed => LeaseError::StakeAboveAgreed,
        Refusal::WindowMoved => LeaseError::WindowMoved,
        Refusal::GpusChanged => LeaseError::GpusChanged,
        Refusal::DurationChanged => LeaseError::DurationChanged,
        Refusal::ValueReplaced => LeaseError::ValueReplaced,
        Refusal::FiguresChanged => LeaseError::FiguresChanged,
        Refusal::CreditAboveBond => LeaseError::CreditAboveBond,
        Refusal::NotAgreed => LeaseError::NotAgreed,
        Refusal::TopUpTooSmall => LeaseError::TopUpTooSmall,
        Refusal::WindowBeforeRevival => LeaseError::WindowBeforeRevival,
        Refusal::ActionChanged => LeaseError::ActionChanged,
        Refusal::DepositAboveAgreed => LeaseError::DepositAboveAgreed,
        Refusal::DurationOutOfBounds => LeaseError::DurationOutOfBounds,
        Refusal::DepositTooSmall => LeaseError::DepositTooSmall,
        Refusal::StartDeadlineOutOfBounds => LeaseError::StartDeadlineOutOfBounds,
        Refusal::StartDeadlinePassed => LeaseError::StartDeadlinePassed,
        Refusal::NotPending => LeaseError::NotPending,
        Refusal::NotActive => LeaseError::NotActive,
        Refusal::NotClosable => LeaseError::NotClosable,
        Refusal::LeaseEnding => LeaseError::LeaseEnding,
        Refusal::HeartbeatNotMissed => LeaseError::HeartbeatNotMissed,
        Refusal::ResizePending => LeaseError::ResizePending,
        Refusal::SignerUnexpected => LeaseError::SignerUnexpected,
        Refusal::AttestorMissing => LeaseError::AttestorMissing,
        Refusal::VerifierMissing => LeaseError::VerifierMissing,
        Refusal::MessageMismatch => LeaseError::MessageMismatch,
        Refusal::AttestationRegressed => LeaseError::AttestationRegressed,
        Refusal::AttestationRepeated => LeaseError::AttestationRepeated,
        Refusal::WindowOutOfBounds => LeaseError::WindowOutOfBounds,
        Refusal::UnitsAboveCapacity => LeaseError::UnitsAboveCapacity,
        Refusal::AttestationTooLate => LeaseError::AttestationTooLate,
        Refusal::BatchMalformed => LeaseError::BatchMalformed,
        Refusal::BatchLeases => LeaseError::BatchLeases,
        Refusal::BatchEmpty => LeaseError::BatchEmpty,
        Refusal::AmountZero => LeaseError::AmountZero,
        Refusal::AmountOverflow => LeaseError::AmountOverflow,
        Refusal::WrongMint => LeaseError::WrongMint,
        Refusal::WrongTokenOwner => LeaseError::WrongTokenOwner,
        Refusal::UnlockTimeOutOfBounds | Refusal::UnlockTimeOffBoundary => LeaseError::UnlockTimeOutOfBounds,
        Refusal::LockShortened => LeaseError::LockShortened,
        Refusal::StillLocked => LeaseError::StillLocked,
        Refusal::LockEndsBeforeVote => LeaseError::LockEndsBeforeVote,
        Refusal::LockedAfterProposal => LeaseError::LockedAfterProposal,
        Refusal::NoWeight => LeaseError::NoWeight,
        Refusal::AlreadyVoted => LeaseError::AlreadyVoted,
        Refusal::VoteOver => LeaseError::VoteOver,
        Refusal::VoteRunning => LeaseError::VoteRunning,
        Refusal::HouseHasNoSay => LeaseError::HouseHasNoSay,
        Refusal::FeeStepOutOfBounds => LeaseError::FeeStepOutOfBounds,
        Refusal::VotingRulesOutOfBounds => LeaseError::VotingRulesOutOfBounds,
        Refusal::WrongAction => LeaseError::WrongAction,
        Refusal::VotesCast => LeaseError::VotesCast,
        Refusal::AlreadyFinalized => LeaseError::AlreadyFinalized,
        Refusal::NotPassed => LeaseError::NotPassed,
        Refusal::AlreadyExecuted => LeaseError::AlreadyExecuted,
        Refusal::TimelockRunning => LeaseError::TimelockRunning,
        Refusal::ProposalExpired => LeaseError::ProposalExpired,
        Refusal::FeeMoved => LeaseError::FeeMoved,
        Refusal::RiseWithoutFees => LeaseError::NobodyCanRefuse,
        Refusal::RiseTooSoon => LeaseError::RiseTooSoon,
        Refusal::Superseded => LeaseError::DecisionSuperseded,
        Refusal::ChangesNothing => LeaseError::NothingChanges,
        Refusal::NothingToWithdraw => LeaseError::NothingToWithdraw,
        Refusal::QuorumOutOfReach => LeaseError::QuorumOutOfReach,
        Refusal::NoOpenClaim => LeaseError::NoOpenClaim,
        Refusal::FigureOutOfBounds => LeaseError::FigureOutOfBounds,
        Refusal::NotDisputed => LeaseError::NotDisputed,
        Refusal::ArbitrationOver => LeaseError::ArbitrationOver,
        Refusal::ArbitrationRunning => LeaseError::ArbitrationRunning,
        Refusal::InsufficientFunds => return INSUFFICIENT_FUNDS,
        // Accounts that are there already or not at all are the framework's and the system program's business.
        Refusal::Exists => return ALREADY_IN_USE,
        Refusal::NoSuchOffer | Refusal::NoSuchParticipant => unreachable!("compared by the caller"),
    };
    gpu_lease_tests::Refusal::error(&error)
}
