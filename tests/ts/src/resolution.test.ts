import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAddress, type Address } from '@solana/kit';
import {
  attestationMessage,
  batchMessage,
  lockAddress,
  offerAddress,
  participantAddress,
  protocolAddress,
  providerAddress,
} from 'gpu-lease';
import { sha256, sizeOf } from './bytes.js';
import { idl, type IdlAccount } from './fixtures.js';
import { accounts as layouts } from './layouts.js';
import { addressOf, FREE, key, Market, number, signed, TOKEN, tokenAccount } from './market.js';

const DAY = 86_400n;
const EPOCH = 30n * DAY;
const NOBODY = key('11111111111111111111111111111111' as Address);

test('every address in the IDL is one, and every account is found or free', () => {
  const used = new Set<string>();
  for (const { name: instruction, accounts } of idl.instructions) {
    for (const { name, signer, address, pda, relations } of accounts) {
      if (address !== undefined) assert.ok(isAddress(address), `${instruction}: ${name} is at ${address}`);
      if (signer || address || pda || relations) continue;
      assert.ok(name in FREE, `${instruction}: nothing says what ${name} is`);
      used.add(name);
    }
  }
  assert.deepEqual([...used].sort(), Object.keys(FREE).sort());
});

test('every account follows from signers and free ones in the end', () => {
  for (const { name: instruction, accounts } of idl.instructions) {
    const names = accounts.map(({ name }) => name);
    const given = accounts.filter(({ name, signer, address }) => signer || address || name in FREE);
    const known = new Set(given.map(({ name }) => name));
    const isKnown = ({ pda, relations }: IdlAccount) => {
      const needed = pda?.seeds
        .filter(({ kind }) => kind === 'account')
        .map(({ path }) => path!.split('.')[0]!);
      return (needed ?? relations ?? ['']).every((name) => known.has(name));
    };
    for (const _ of names) for (const account of accounts) if (isKnown(account)) known.add(account.name);
    assert.deepEqual([...known].sort(), [...names].sort(), instruction);
  }
});

/** The bytes of the fields of an account that begin so. */
function fields(data: Uint8Array, account: string, ...names: readonly string[]): Uint8Array {
  let offset = 8;
  const parts = layouts[account]!.map(([field, type]) => {
    const part = data.slice(offset, (offset += sizeOf(type)));
    return names.some((name) => field.startsWith(name)) ? [...part] : [];
  });
  return Uint8Array.from(parts.flat());
}

test("Anchor's client plays a market, and is given no account that follows from others", async () => {
  const market = new Market(700n * EPOCH + DAY);
  const wallet = () => market.wallet();
  const [deployer, renter, sponsor, provider, rival, heir] = [
    wallet(),
    wallet(),
    wallet(),
    wallet(),
    wallet(),
    wallet(),
  ];
  const [attestor, operator, arbiter, guardian, treasury] = [
    wallet(),
    wallet(),
    wallet(),
    wallet(),
    wallet(),
  ];
  const [holder, anyone] = [wallet(), wallet()];
  await market.upgradeableBy(addressOf(deployer));
  const [mint, voteMint] = [market.mint(1n << 60n), market.mint(1_000n)];
  for (const wallet of [renter, sponsor, provider, arbiter, treasury])
    await market.give(addressOf(wallet), mint, 1n << 40n);
  await market.give(addressOf(holder), voteMint, 1_000n);
  const bondToken = await tokenAccount(addressOf(provider), mint);
  const given = { tokenProgram: TOKEN };
  const soon = () => number(market.now() + 300n);

  // The protocol, a provider and its offer.
  const genesis = [...(await sha256())];
  const domain = await sha256(key(idl.address).toBytes(), Uint8Array.from(genesis));
  const rules = {
    deposit: number(1_000_000_000),
    votingPeriod: 432_000,
    extension: 86_400,
    timelock: 172_800,
    executionWindow: 604_800,
    quorumBps: 1_000,
    spare: Array(6).fill(0),
  };
  const people = { guardian: guardian.publicKey, arbiter: arbiter.publicKey, treasury: treasury.publicKey };
  const mints = { voteMint: key(voteMint), unitMint: key(mint) };
  await market.call('initialize', [{ genesisHash: genesis, ...mints, ...people, feeBps: 100, rules }], {
    by: deployer,
  });
  await market.call('registerMint', [], { by: anyone, given: { mint, ...given } });
  const keys = { attestor: attestor.publicKey, operator: operator.publicKey };
  for (const by of [provider, rival]) await market.call('registerProvider', [keys], { by });
  await market.call('updateProvider', [soon(), keys, keys], { by: provider });
  await market.call('nominateAuthority', [soon(), NOBODY, heir.publicKey], { by: rival });
  const taken = { provider: await providerAddress(addressOf(rival)) };
  await market.call('acceptAuthority', [soon(), keys], { by: heir, given: taken });
  const providerAccount = await providerAddress(addressOf(provider));
  const terms = {
    price: number(2_500_000),
    minDuration: 3_600,
    maxDuration: 2_592_000,
    notice: 3_600,
    challengeWindow: 600,
    heartbeatTimeout: 86_400,
    slaPenaltyBps: 10_000,
    slaUptimeBps: 9_900,
    bondHours: 2,
    spare: Array(4).fill(0),
    verifier: NOBODY,
    mint: key(mint),
  };
  const listing = {
    gpuModel: Array(32).fill(1),
    region: Array(16).fill(1),
    memoryGib: 80,
    carbonIntensity: 30,
    descriptionHash: Array(32).fill(3),
    descriptionUri: Array(136).fill(1),
  };
  for (const id of [0, 1])
    await market.call('createOffer', [number(id), 63, terms, listing], { by: provider });
  const [offer, other] = [await offerAddress(providerAccount, 0n), await offerAddress(providerAccount, 1n)];
  await market.call('updateOffer', [soon(), 0, 64, true, terms, listing], { by: provider, given: { offer } });
  await market.call('closeOffer', [], { by: provider, given: { offer: other } });
  await market.call('createParticipant', [], { by: sponsor, signers: { party: renter } });

  // Leases.
  let nonce = 0n;
  const life = (lease: Address) => ({
    life: market.read('lease', lease).life as number[],
    validUntil: soon(),
  });
  const open = async () => {
    const expected = fields(market.data(offer), 'Offer', 'terms.', 'listing.');
    const request = {
      nonce: number(nonce++),
      deposit: number(20_000_000),
      startDeadline: number(market.now() + 600n),
      duration: 7_200,
      gpus: 2,
      maxFeeBps: 200,
      validUntil: soon(),
      expectedOffer: [...(await sha256(expected))],
      arbiter: arbiter.publicKey,
      accessKey: Array(32).fill(9),
      sessionKey: NOBODY,
    };
    const { lease } = await market.call('openLease', [request], {
      by: sponsor,
      signers: { renter },
      given: { offer, mint, ...given },
    });
    return lease!;
  };
  const run = async () => {
    const lease = await open();
    await market.call('startLease', [life(lease), Buffer.from('credentials')], {
      by: provider,
      given: { lease, bondToken, ...given },
    });
    return lease;
  };
  const usage = (lease: Address, gpuSeconds: bigint) => {
    const openedSlot = BigInt(market.read('lease', lease).openedSlot.toString());
    return { lease, openedSlot, gpuSeconds, energyWh: 1n };
  };
  const attest = async (lease: Address, gpuSeconds: bigint, ...by: (typeof attestor)[]) => {
    const message = attestationMessage({
      domain,
      ...usage(lease, gpuSeconds),
      windowEnd: market.now(),
      evidence: new Uint8Array(32),
    });
    await market.call('attest', [], { by: anyone, given: { lease }, before: await signed(message, by) });
  };
  /** A lease of an hour's usage, whose fees count. */
  const earn = async () => {
    const lease = await run();
    market.wait(3_600n);
    await attest(lease, 7_200n, attestor, renter);
    await market.call('settle', [], { by: anyone, given: { lease, ...given } });
    await market.call('countFees', [], { by: anyone, given: { lease } });
    return lease;
  };

  const cancelled = await open();
  await market.call('cancelLease', [life(cancelled)], { by: renter, given: { lease: cancelled, ...given } });

  const disputed = await run();
  const blobHash = market.read('lease', disputed).accessBlobHash as number[];
  await market.call('publishAccess', [life(disputed), blobHash, Buffer.from('others')], {
    by: operator,
    given: { lease: disputed },
  });
  await market.call('setSessionKey', [life(disputed), NOBODY, anyone.publicKey], {
    by: renter,
    given: { lease: disputed },
  });
  await market.call('topUp', [life(disputed), number(5_000_000), number(0)], {
    by: sponsor,
    given: { lease: disputed, ...given },
  });
  await market.call('extendLease', [life(disputed), 2, 10_800], { by: renter, given: { lease: disputed } });
  market.wait(3_600n);
  await attest(disputed, 7_200n, attestor);
  const refused = [life(disputed), number(3_600), number(20_000_000)];
  await market.call('disputeLease', refused, {
    by: renter,
    signers: { funder: sponsor },
    given: { lease: disputed, ...given },
  });
  const figures = [number(3_600), number(7_200), number(5_400)];
  await market.call('resolveDispute', [life(disputed), ...figures], {
    by: arbiter,
    given: { lease: disputed, ...given },
  });
  await market.call('closeLease', [null], { by: anyone, given: { lease: disputed, bondToken } });

  const undecided = await run();
  market.wait(3_600n);
  await attest(undecided, 7_200n, attestor);
  const unheard = [life(undecided), number(3_600), number(20_000_000)];
  await market.call('disputeLease', unheard, {
    by: renter,
    signers: { funder: sponsor },
    given: { lease: undecided, ...given },
  });
  market.wait(7n * DAY + 1n);
  await market.call('resolveByTimeout', [], { by: anyone, given: { lease: undecided } });

  const shrunk = await run();
  const change = { duration: 7_200, from: 2, to: 1 };
  await market.call('resizeLease', [life(shrunk), change], {
    by: renter,
    given: { lease: shrunk, bondToken, ...given },
  });
  await market.call('releaseGpus', [], { by: anyone, given: { lease: shrunk } });
  market.wait(1_800n);
  const batch = {
    domain,
    windowEnd: market.now(),
    evidence: new Uint8Array(32),
    rows: [usage(shrunk, 1_800n)],
  };
  const before = await signed(await batchMessage(batch), [attestor]);
  await market.call('attestBatch', [], {
    by: anyone,
    given: { provider: providerAccount },
    before,
    behind: [shrunk],
  });
  await market.call('terminateLease', [life(shrunk), number(market.now() + DAY)], {
    by: renter,
    given: { lease: shrunk },
  });
  market.wait(DAY);
  await market.call('closeLease', [null], { by: anyone, given: { lease: shrunk, bondToken } });

  Object.assign(terms, { heartbeatTimeout: 300 });
  await market.call('updateOffer', [soon(), 1, 64, true, terms, listing], { by: provider, given: { offer } });
  const abandoned = await run();
  market.wait(600n);
  const { windowEnd } = market.read('lease', abandoned).meter;
  await market.call('expireLease', [life(abandoned), windowEnd], { by: renter, given: { lease: abandoned } });

  const bondAccount = await market.give(providerAccount, mint, 10n);
  await market.call('withdrawBond', [soon(), number(10)], {
    by: provider,
    given: { bondAccount, destination: bondToken, ...given },
  });

  // Votes: a rise of the fee, which those who paid fees in three months may refuse; then a withdrawal.
  const end = 712n * EPOCH;
  await market.call('lockTokens', [number(900), number(end)], { by: holder, given });
  await market.call('extendLock', [number(end + EPOCH)], { by: holder });
  await market.call('setDelegate', [soon(), NOBODY, anyone.publicKey], { by: holder });
  const lock = await lockAddress(addressOf(holder));
  for (const _ of [0, 1, 2]) {
    await earn();
    market.wait(EPOCH - 3_600n);
  }
  const propose = async (action: unknown) => {
    const { proposal } = await market.call('createProposal', [soon(), rules.deposit, action], { by: anyone });
    return proposal!;
  };
  const ballot = async (proposal: Address) => {
    const action = fields(market.data(proposal), 'Proposal', 'action.');
    return [soon(), [...(await sha256(action))], true];
  };
  const pass = async (proposal: Address) => {
    await market.call('castVote', await ballot(proposal), { by: holder, given: { proposal, lock } });
    market.wait(6n * DAY);
    await market.call('finalizeProposal', [], { by: anyone, given: { proposal } });
    market.wait(3n * DAY);
  };
  const dropped = await propose({ setTreasury: { treasury: heir.publicKey } });
  await market.call('cancelProposal', [], { by: anyone, given: { proposal: dropped } });
  const rise = await propose({ setFee: { feeBps: 110 } });
  const participant = await participantAddress(addressOf(renter));
  const byFees = { proposal: rise, participant };
  const { record } = await market.call('castParticipantVote', await ballot(rise), {
    by: renter,
    given: byFees,
  });
  await pass(rise);
  await market.call('closeVoteRecord', [], { by: anyone, given: { record: record! } });
  await market.call('executeProposal', [], { by: anyone, given: { proposal: rise } });
  const withdrawal = await propose({ withdrawFees: { mint: key(mint), amount: number(1) } });
  await pass(withdrawal);
  await market.call('withdrawFees', [], { by: anyone, given: { proposal: withdrawal } });

  await market.call('pause', [soon(), 3_600], { by: guardian });
  await market.call('unpause', [market.read('protocol', await protocolAddress()).pausedUntil], {
    by: guardian,
  });
  market.wait(12n * EPOCH);
  await market.call('unlockTokens', [], { by: anyone, given: { lock, ...given } });

  assert.deepEqual([...market.called].sort(), idl.instructions.map(({ name }) => name).sort());
});
