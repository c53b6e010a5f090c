//! Every instruction of the program, in every case in which it matters who sends it.
//!
//! `docs/protocol/keys.md` says of each what becomes of it in whose hands; `tests/instructions` plays every cell of its
//! tables, `tests/attacks` every account of every instruction passed twice.

use crate::{
    ACCESS_BLOB, FEE_BPS, LeaseKey, Outcome, People, Substitute, WEALTH, World, listing, signed_bytes,
};
use gpu_lease::state::*;
use gpu_lease_client::{
    account::Keyed,
    address,
    attestation::Message,
    instruction::{self, OpenLease},
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// An instruction in one case.
pub struct Act {
    /// Its name in the program.
    pub instruction: &'static str,
    /// The case; empty if there is no other.
    pub case: &'static str,
    /// Whose it is, by its name in [`key`].
    pub by: &'static str,
    /// The world in which it may be played.
    pub given: fn() -> World,
    /// What a key sends. The last instruction is the one that this is about.
    pub play: fn(&World, Address) -> Vec<Instruction>,
    /// Whether the signature of the key has had an effect.
    pub counts: fn(&World) -> bool,
}

/// Names of the keys that have to do with a lease.
pub const KEYS: [&str; 11] = [
    "renter",
    "session key",
    "authority",
    "operator",
    "attestor",
    "verifier",
    "payer",
    "arbiter",
    "guardian",
    "nominee",
    "stranger",
];

/// Names of the keys that have to do with the protocol, beside those.
pub const OTHER_KEYS: [&str; 3] = ["lock's owner", "its delegate", "upgrade authority"];

/// Who holds the key of that name.
pub fn key<'a>(people: &'a People, name: &str) -> &'a Keypair {
    match name {
        "renter" => &people.renter,
        "session key" => &people.agent,
        "authority" => &people.provider,
        "operator" => &people.operator,
        "attestor" => &people.attestor,
        "verifier" => &people.verifier,
        "payer" => &people.sponsor,
        "arbiter" => &people.arbiter,
        "guardian" => &people.guardian,
        "nominee" => &people.rival,
        "stranger" => &people.stranger,
        "lock's owner" => &people.holder,
        "its delegate" => &people.delegate,
        "upgrade authority" => &people.deployer,
        _ => panic!("there is no key called {name}"),
    }
}

/// The lease that the acts are about: the renter's, paid for by the sponsor, co-signed by the agent.
pub fn lease(world: &World) -> LeaseKey {
    world.lease_key(0, world.people.sponsor.pubkey())
}

// ----- worlds -----

/// Units of the lease's first hour.
const HOUR: u64 = 4 * 3_600;

/// A lease that waits for its provider, whose bond account holds a bond.
fn pending() -> World {
    pending_in(World::new())
}

fn pending_in(mut world: World) -> World {
    let lease = lease(&world);
    let request = LeaseRequest { session_key: world.people.agent.pubkey(), ..world.request(0) };
    world.play([world.open_lease_for_ix(&lease, request)]).ok();
    world.pay_bond_in(1_000_000_000);
    world
}

/// It runs since an hour.
fn running() -> World {
    running_in(World::new())
}

fn running_in(world: World) -> World {
    let mut world = pending_in(world);
    world.start(&lease(&world)).ok();
    world.pass(3_600);
    world
}

/// It runs since an hour, with a bond out of the bond account.
fn pooled() -> World {
    let mut world = pending_in(World::new());
    world.start_by_operator(&lease(&world)).ok();
    world.pass(3_600);
    world
}

/// It runs since an hour, on terms that name the verifier.
fn verified() -> World {
    let verifier = People::default().verifier.pubkey();
    running_in(World::with_terms(|terms| terms.verifier = verifier))
}

/// Of its first hour 4 000 units are accepted and all are claimed.
fn claimed() -> World {
    let mut world = running();
    let lease = lease(&world);
    world.agree(&lease, 4_000).ok();
    world.claim(&lease, HOUR).ok();
    world
}

/// Its claim is disputed.
fn disputed() -> World {
    let mut world = claimed();
    let lease = lease(&world);
    world.dispute(&lease, 10_000).ok();
    world
}

/// Its deposit is used up.
fn exhausted() -> World {
    let mut world = running();
    let used_up = world.lease(&lease(&world)).funded_until();
    world.set_time(used_up + 1);
    world
}

/// It was made to run again, and nobody has taken that up.
fn called_back() -> World {
    let mut world = exhausted();
    let lease = lease(&world);
    world.top_up(&lease, 10_000_000).ok();
    world
}

/// Its provider was silent until so many seconds after the heartbeat timeout.
fn silent(seconds: i64) -> World {
    let mut world = World::new();
    let lease = lease(&world);
    let (duration, session_key) = (10 * 86_400, world.people.agent.pubkey());
    let request = LeaseRequest { duration, session_key, ..world.request(0) };
    world.play([world.open_lease_for_ix(&lease, request)]).ok();
    world.start(&lease).ok();
    world.pass(i64::from(world.offer().terms.heartbeat_timeout) + seconds);
    world
}

/// It is over, and so is the grace for its last attestation.
fn over() -> World {
    let mut world = claimed();
    world.pass_grace(&lease(&world));
    world
}

/// Everybody's fees are counted, and everybody has a lock, the holder's with a delegate.
fn houses() -> World {
    let mut world = World::new();
    let people = world.people.addresses().collect::<Vec<_>>();
    let until = world.lock_end(world.now() + 365 * 86_400);
    for person in people {
        // The renter's are counted from the beginning.
        if person != world.people.renter.pubkey() {
            world.join(person).ok();
        }
        world.lock_until(person, WEALTH / 2, until).ok();
    }
    let (holder, delegate) = (world.people.holder.pubkey(), world.people.delegate.pubkey());
    world.set_delegate(holder, delegate).ok();
    world.pass(1);
    world
}

/// A rise of the fee is voted on, by those who have paid it, too.
fn voting() -> World {
    let mut world = houses();
    world.weigh_fees(300);
    world.propose_fee(FEE_BPS + 1);
    world
}

/// The holder, whose lock is the only one, has passed `action`, which may be executed.
fn passed(mut world: World, action: Action) -> World {
    world.lock(world.people.holder.pubkey(), WEALTH / 2);
    let proposal = world.propose(action);
    world.pass_proposal(proposal);
    world
}

// ----- what is sent -----

/// The proposal that acts are about.
fn proposal(world: &World) -> Keyed<Proposal> {
    world.keyed_proposal(address::proposal(0))
}

/// `attest` of the lease's first hour, by a message that these keys sign.
fn attest(world: &World, signers: &[Address]) -> Vec<Instruction> {
    let lease = lease(world);
    let signers: Vec<_> = signers.iter().filter_map(|signer| world.people.find(signer)).collect();
    let message = world.message_until(&lease, HOUR, world.lease(&lease).started_at + 3_600);
    vec![signed_bytes(message.as_bytes(), &signers), world.attest_ix(&lease)]
}

/// `attest_batch` of the same.
fn attest_batch(world: &World, signers: &[Address]) -> Vec<Instruction> {
    let lease = lease(world);
    let signers: Vec<_> = signers.iter().filter_map(|signer| world.people.find(signer)).collect();
    let batch = world.batch_until(&[(lease, HOUR)], world.lease(&lease).started_at + 3_600);
    vec![signed_bytes(&batch.bytes(), &signers), world.attest_batch_alone_ix(batch.leases())]
}

fn attestor(world: &World) -> Address {
    world.people.attestor.pubkey()
}

fn is_accepted(world: &World) -> bool {
    world.lease(&lease(world)).meter.accepted == HOUR
}

fn always(_: &World) -> bool {
    true
}

/// Every act, in the order of the tables.
pub fn acts() -> Vec<Act> {
    [of_leases(), of_providers(), of_the_protocol()].into_iter().flatten().collect()
}

fn act(
    instruction: &'static str,
    case: &'static str,
    by: &'static str,
    given: fn() -> World,
    play: fn(&World, Address) -> Vec<Instruction>,
) -> Act {
    Act { instruction, case, by, given, play, counts: always }
}

/// Acts about a lease.
pub fn of_leases() -> Vec<Act> {
    vec![
        act("open_lease", "as the renter", "renter", houses, |world, by| {
            let request = world.request(9);
            vec![instruction::open_lease(&OpenLease { renter: by, payer: by, ..world.opening(request) })]
        }),
        act("open_lease", "as the payer", "payer", World::new, |world, by| {
            vec![world.open_lease_for_ix(&world.lease_key(9, by), world.request(9))]
        }),
        act("cancel_lease", "until the start deadline", "renter", pending, |world, by| {
            vec![world.cancel_lease_ix(&lease(world), by)]
        }),
        act(
            "cancel_lease",
            "after it",
            "stranger",
            || {
                let mut world = pending();
                world.pass(601);
                world
            },
            |world, by| vec![world.cancel_lease_ix(&lease(world), by)],
        ),
        act("start_lease", "bond out of a token account of its own", "authority", pending, |world, by| {
            let start = world.start_lease_ix(&lease(world), ACCESS_BLOB);
            vec![start.with("authority", by).with("bond_token", world.wallet(&by))]
        }),
        act("start_lease", "bond out of the bond account", "operator", pending, |world, by| {
            vec![world.start_by_operator_ix(&lease(world)).with("authority", by)]
        }),
        act("publish_access", "", "operator", running, |world, by| {
            vec![world.publish_access_ix(&lease(world), b"moved").with("authority", by)]
        }),
        act("attest", "the message signed by the key alone", "attestor", running, |world, by| {
            attest(world, &[by])
        }),
        Act {
            counts: is_accepted,
            ..act("attest", "by the attestor and the key", "renter", running, |world, by| {
                attest(world, &[attestor(world), by])
            })
        },
        act("attest", "the same, where the terms name the verifier", "verifier", verified, |world, by| {
            attest(world, &[attestor(world), by])
        }),
        act("attest_batch", "the message signed by the key alone", "attestor", running, |world, by| {
            attest_batch(world, &[by])
        }),
        Act {
            counts: is_accepted,
            ..act("attest_batch", "by the attestor and the key", "session key", running, |world, by| {
                attest_batch(world, &[attestor(world), by])
            })
        },
        act(
            "attest_batch",
            "the same, where the terms name the verifier",
            "verifier",
            verified,
            |world, by| attest_batch(world, &[attestor(world), by]),
        ),
        act("settle", "", "stranger", claimed, |world, _| vec![world.settle_ix(&lease(world))]),
        act("top_up", "out of a token account of its own", "payer", running, |world, by| {
            vec![world.top_up_ix(&lease(world), by, 1)]
        }),
        act(
            "count_fees",
            "",
            "stranger",
            || {
                let mut world = claimed();
                world.settle(&lease(&world)).ok();
                world
            },
            |world, _| vec![world.count_fees_ix(&lease(world))],
        ),
        act("release_gpus", "", "stranger", over, |world, _| vec![world.release_gpus_ix(&lease(world))]),
        act("extend_lease", "", "renter", running, |world, by| {
            vec![world.extend_lease_ix(&lease(world), 2 * 86_400).with("renter", by)]
        }),
        act("resize_lease", "fewer GPUs", "renter", running, |world, by| {
            vec![world.resize_lease_ix(&lease(world), 1).with("renter", by)]
        }),
        act("resize_lease", "more GPUs, as the renter", "renter", running, |world, by| {
            vec![world.resize_lease_ix(&lease(world), 5).with("renter", by)]
        }),
        act(
            "resize_lease",
            "more GPUs, as the provider, bond out of a token account of its own",
            "authority",
            running,
            |world, by| {
                let grow = world.resize_lease_ix(&lease(world), 5);
                vec![grow.with("authority", by).with("bond_token", world.wallet(&by))]
            },
        ),
        act(
            "resize_lease",
            "more GPUs, as the provider, bond out of the bond account",
            "operator",
            pooled,
            |world, by| vec![world.grow_by_operator_ix(&lease(world), 5).with("authority", by)],
        ),
        act(
            "resize_lease",
            "the same, of a lease that holds a bond of the wallet's",
            "authority",
            running,
            |world, by| vec![world.grow_by_operator_ix(&lease(world), 5).with("authority", by)],
        ),
        act("set_session_key", "", "renter", running, |world, by| {
            vec![world.set_session_key_ix(&lease(world), Address::default()).with("renter", by)]
        }),
        act("terminate_lease", "while it is paid for", "authority", running, |world, by| {
            vec![world.terminate_lease_ix(&lease(world), by)]
        }),
        act("terminate_lease", "while it is exhausted", "operator", exhausted, |world, by| {
            vec![world.terminate_lease_ix(&lease(world), by)]
        }),
        act("terminate_lease", "while its provider is free", "operator", called_back, |world, by| {
            vec![world.terminate_lease_ix(&lease(world), by)]
        }),
        act(
            "expire_lease",
            "after the heartbeat timeout",
            "session key",
            || silent(1),
            |world, by| vec![world.expire_lease_ix(&lease(world), by)],
        ),
        act(
            "expire_lease",
            "three days later",
            "stranger",
            || silent(3 * 86_400 + 1),
            |world, by| vec![world.expire_lease_ix(&lease(world), by)],
        ),
        act("dispute_lease", "for the renter", "session key", claimed, |world, by| {
            vec![world.dispute_lease_by_ix(&lease(world), by, world.people.sponsor.pubkey(), 10_000)]
        }),
        act("dispute_lease", "paying the stake", "payer", claimed, |world, by| {
            let lease = lease(world);
            vec![world.dispute_lease_by_ix(&lease, lease.renter, by, 10_000)]
        }),
        act("resolve_dispute", "", "arbiter", disputed, |world, by| {
            vec![
                world
                    .resolve_dispute_ix(&lease(world), 12_000)
                    .with("arbiter", by)
                    .with("arbiter_token", world.wallet(&by)),
            ]
        }),
        act(
            "resolve_by_timeout",
            "",
            "stranger",
            || {
                let mut world = disputed();
                world.pass(604_801);
                world
            },
            |world, _| vec![instruction::resolve_by_timeout(&world.context(&lease(world)))],
        ),
        act("close_lease", "before its time", "stranger", claimed, |world, _| {
            vec![world.close_lease_ix(&lease(world))]
        }),
        act("close_lease", "in its time", "stranger", over, |world, _| {
            vec![world.close_lease_ix(&lease(world))]
        }),
        act("close_lease", "as agreed, as the renter", "renter", claimed, |world, by| {
            vec![world.close_together_ix(&lease(world), 5_000, 1).with("renter", by)]
        }),
        act(
            "close_lease",
            "as agreed: all that is claimed, no credit; as the provider",
            "operator",
            claimed,
            |world, by| vec![world.close_together_ix(&lease(world), HOUR, 0).with("authority", by)],
        ),
        act("close_lease", "as agreed: anything else; as the provider", "authority", claimed, |world, by| {
            vec![world.close_together_ix(&lease(world), HOUR - 1, 0).with("authority", by)]
        }),
    ]
}

/// Acts about a provider and its offers.
pub fn of_providers() -> Vec<Act> {
    vec![
        act("register_provider", "", "authority", World::with_program, |_, by| {
            vec![instruction::register_provider(by, HotKeys { attestor: by, operator: by })]
        }),
        act("update_provider", "", "authority", World::new, |world, by| {
            vec![world.update_keys_ix(|keys| keys.operator = by).with("authority", by)]
        }),
        act("nominate_authority", "", "authority", World::new, |world, by| {
            vec![world.nominate_authority_ix(by).with("authority", by)]
        }),
        act(
            "accept_authority",
            "",
            "nominee",
            || {
                let mut world = World::new();
                world.play([world.nominate_authority_ix(world.people.rival.pubkey())]).ok();
                world
            },
            |world, by| vec![world.accept_authority_ix(by, by)],
        ),
        act("withdraw_bond", "", "authority", pending, |world, by| {
            vec![world.withdraw_bond_ix(world.wallet(&by), 1).with("authority", by)]
        }),
        act("create_offer", "", "authority", World::new, |world, by| {
            vec![world.create_offer_ix(1, 8, world.offer().terms, listing()).with("authority", by)]
        }),
        act("update_offer", "", "authority", World::new, |world, by| {
            vec![world.update_offer_ix(9, true, world.offer().terms, listing()).with("authority", by)]
        }),
        act("close_offer", "", "authority", World::new, |world, by| {
            vec![world.close_offer_ix().with("authority", by)]
        }),
    ]
}

/// Acts about the protocol and its votes.
pub fn of_the_protocol() -> Vec<Act> {
    vec![
        act("initialize", "", "upgrade authority", World::with_program, |world, by| {
            vec![world.initialize_ix(world.config()).with("authority", by)]
        }),
        act(
            "register_mint",
            "",
            "stranger",
            || {
                let mut world = World::with_program();
                world.initialize(world.config()).ok();
                world
            },
            |world, by| vec![world.register_mint_ix(world.mint).with("rent_payer", by)],
        ),
        act("create_participant", "of its own", "renter", World::with_program, |_, by| {
            vec![instruction::create_participant(by, by)]
        }),
        act("create_participant", "paying for another's", "stranger", World::with_program, |world, by| {
            vec![instruction::create_participant(by, world.people.issuer.pubkey())]
        }),
        act("lock_tokens", "", "lock's owner", World::new, |world, by| {
            vec![world.lock_ix(by, 5, world.lock_end(world.now() + 365 * 86_400))]
        }),
        act("extend_lock", "of its own", "lock's owner", houses, |world, by| {
            vec![instruction::extend_lock(by, world.lock_end(world.now() + 500 * 86_400))]
        }),
        act("extend_lock", "the owner's", "lock's owner", houses, |world, by| {
            let until = world.lock_end(world.now() + 500 * 86_400);
            vec![instruction::extend_lock(world.people.holder.pubkey(), until).with("owner", by)]
        }),
        act("set_delegate", "of its own lock", "lock's owner", houses, |world, by| {
            vec![world.delegate_ix(by, world.people.issuer.pubkey())]
        }),
        act("set_delegate", "of the owner's lock", "lock's owner", houses, |world, by| {
            vec![world.delegate_ix(world.people.holder.pubkey(), by).with("owner", by)]
        }),
        act("unlock_tokens", "until its end", "lock's owner", houses, |world, _| {
            vec![world.unlock_ix(world.people.holder.pubkey())]
        }),
        act(
            "unlock_tokens",
            "after it",
            "stranger",
            || {
                let mut world = houses();
                world.pass(400 * 86_400);
                world
            },
            |world, _| vec![world.unlock_ix(world.people.holder.pubkey())],
        ),
        act("create_proposal", "", "stranger", houses, |world, by| {
            let action = Action::SetFee { fee_bps: FEE_BPS - 1 };
            vec![instruction::create_proposal(&instruction::CreateProposal {
                proposer: by,
                ..world.proposing(action)
            })]
        }),
        act(
            "cancel_proposal",
            "of its own",
            "stranger",
            || {
                let mut world = houses();
                for person in world.people.addresses().collect::<Vec<_>>() {
                    let action = Action::SetFee { fee_bps: FEE_BPS - 1 };
                    let proposing =
                        instruction::CreateProposal { proposer: person, ..world.proposing(action) };
                    world.play([instruction::create_proposal(&proposing)]).ok();
                }
                world
            },
            |world, by| {
                let own = (0..).map(|id| world.keyed_proposal(address::proposal(id)));
                let own = own.into_iter().find(|proposal| proposal.proposer == by);
                vec![instruction::cancel_proposal(&own.expect("everybody has one"))]
            },
        ),
        act("cancel_proposal", "another's", "lock's owner", voting, |world, by| {
            vec![instruction::cancel_proposal(&proposal(world)).with("proposer", by)]
        }),
        act("cast_vote", "with its own lock", "lock's owner", voting, |world, by| {
            vec![world.vote_ix(by, by, address::proposal(0), true)]
        }),
        act("cast_vote", "with the owner's lock", "its delegate", voting, |world, by| {
            vec![world.vote_ix(by, world.people.holder.pubkey(), address::proposal(0), true)]
        }),
        act("cast_participant_vote", "with the renter's fees", "renter", voting, |world, by| {
            vec![world.fee_vote_ix(by, world.people.renter.pubkey(), address::proposal(0), false)]
        }),
        act("cast_participant_vote", "with the provider's fees", "authority", voting, |world, by| {
            vec![world.fee_vote_ix(by, world.provider, address::proposal(0), false)]
        }),
        act(
            "finalize_proposal",
            "",
            "stranger",
            || {
                let mut world = voting();
                world.set_time(proposal(&world).ends_at);
                world
            },
            |world, _| vec![instruction::finalize_proposal(&proposal(world))],
        ),
        act(
            "execute_proposal",
            "",
            "stranger",
            || passed(World::new(), Action::SetFee { fee_bps: 99 }),
            |_, _| vec![instruction::execute_proposal(address::proposal(0))],
        ),
        act(
            "withdraw_fees",
            "",
            "stranger",
            || {
                let mut world = World::new();
                let lease = world.active_lease();
                world.pass(3_600);
                world.agree(&lease, HOUR).ok();
                world.close_as_claimed(&lease).ok();
                let mint = world.mint;
                passed(world, Action::WithdrawFees { mint, amount: 1 })
            },
            |world, _| vec![world.withdraw_fees_ix(address::proposal(0))],
        ),
        act(
            "close_vote_record",
            "",
            "stranger",
            || passed(World::new(), Action::SetFee { fee_bps: 99 }),
            |world, _| {
                let holder = world.people.holder.pubkey();
                vec![instruction::close_vote_record(&world.vote_record(&address::proposal(0), &holder))]
            },
        ),
        act("pause", "", "guardian", World::new, |world, by| vec![world.pause_ix(60).with("guardian", by)]),
        act(
            "unpause",
            "",
            "guardian",
            || {
                let mut world = World::new();
                world.pause(60).ok();
                world
            },
            |world, by| vec![world.unpause_ix().with("guardian", by)],
        ),
    ]
}

impl World {
    /// `key` sends `instructions`, pays for the transaction, and signs what needs its signature; everybody else whose
    /// signature is needed signs too.
    #[track_caller]
    pub fn play_by(&mut self, key: Address, instructions: &[Instruction]) -> Outcome {
        let mut signers = self.people.signers_of(instructions);
        let payer = self.people.find(&key).expect("only people sign");
        signers.retain(|signer| signer.pubkey() != key);
        signers.insert(0, payer);
        let signers: Vec<_> = signers.into_iter().map(Keypair::insecure_clone).collect();
        self.send(instructions, &signers.iter().collect::<Vec<_>>())
    }
}
