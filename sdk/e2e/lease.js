// A whole lease by the package as it is installed, in Node.js and in a browser alike: opened, started, metered, paid, closed.

import { createKeyPairFromBytes, getAddressFromPublicKey, getBase64Encoder, signBytes } from '@solana/kit';
import {
  advanceNonce,
  attest,
  attestationMessage,
  closeLease,
  closeNonce,
  connect,
  credentialsOf,
  ensureTokenAccount,
  fetchTransaction,
  getAccount,
  getLeaseContext,
  historyOf,
  isVerified,
  listAccounts,
  noncesOf,
  now,
  olderHistory,
  openLease,
  openNonce,
  parseAttestation,
  participantAddress,
  precompileData,
  publishedAccess,
  send,
  settle,
  startLease,
  syncClock,
  tokenAccount,
  topUp,
} from 'gpu-lease';
import { can, loadRules, program } from 'gpu-lease/rules';

const CREDENTIALS = 'ssh tenant@203.0.113.7 -p 2222';
const random = () => crypto.getRandomValues(new Uint8Array(32));

/** Plays the lease on the cluster that a local market describes. What it returns is the same on every run. */
export async function playLease({ rpcUrl, developmentWallet }) {
  const node = connect(rpcUrl);
  await Promise.all([loadRules(), syncClock(node)]);
  const [renter, authority, attestor] = await Promise.all(
    ['Renter', 'Provider', 'Attestor'].map(async (wanted) => {
      const { secret } = developmentWallet.find(({ name }) => name === wanted);
      const keys = await createKeyPairFromBytes(getBase64Encoder().encode(secret));
      return { keys, address: await getAddressFromPublicKey(keys.publicKey) };
    }),
  );
  const [offers, mints, providers, [protocol], [fees]] = await Promise.all(
    ['offer', 'mintPolicy', 'provider', 'protocol', 'feeParams'].map(
      async (kind) => (await listAccounts(node, kind)).accounts,
    ),
  );
  const own = providers.find((provider) => provider.authority === authority.address);
  const offer = offers.find(
    ({ provider, isOpen, gpusFree }) => provider === own.address && isOpen && gpusFree > 0,
  );
  const token = mints.find(({ mint }) => mint === offer.terms.mint);
  const tokens = async (owner) => {
    const { value } = await node.rpc
      .getTokenAccountBalance(await tokenAccount(owner, token), { commitment: 'confirmed' })
      .send();
    return BigInt(value.amount);
  };
  const before = await Promise.all([tokens(renter.address), tokens(authority.address)]);

  // Opened by the renter.
  const wish = { gpus: 1, duration: 3_600 };
  const quote = program().quote({ offer: offer.bytes, ...wish, feeBps: fees.feeBps });
  const secret = random();
  const { lease, instructions } = await openLease({
    ...wish,
    renter: renter.address,
    payer: renter.address,
    offer,
    token,
    hasParticipant:
      (await getAccount(node, 'participant', await participantAddress(renter.address))) !== null,
    nonce: BigInt(Date.now()),
    deposit: quote.deposit,
    startDeadline: now() + 3_600n,
    maxFeeBps: fees.feeBps,
    arbiter: protocol.arbiter,
    accessKey: program().accessPublicKey(secret),
  });
  const opened = await send(node, { payer: renter.address, instructions }, [renter.keys]);

  // The same again is refused by its simulation, in words.
  const again = await send(node, { payer: renter.address, instructions: instructions.slice(-1) }, [
    renter.keys,
  ]).catch((error) => error);

  // Started by the provider, with credentials for the renter alone.
  let context = await getLeaseContext(node, lease);
  const blob = program().encryptAccess(context.lease.accessKey, CREDENTIALS, random());
  const start = [
    await ensureTokenAccount(authority.address, authority.address, token),
    await startLease(context, { key: authority.address, isPooled: false }, blob),
  ];
  await send(node, { payer: authority.address, instructions: start }, [authority.keys]);
  context = await getLeaseContext(node, lease);
  const published = await publishedAccess(node, context.lease);

  // A top-up that rests on a durable nonce.
  const { account, instructions: opening } = await openNonce(node, renter.address);
  await send(node, { payer: renter.address, instructions: opening }, [renter.keys]);
  const nonce = (await noncesOf(node, renter.address)).find((each) => each.account === account);
  const more = [advanceNonce(nonce), await topUp(context, renter.address, 1_000n)];
  await send(node, { payer: renter.address, instructions: more, nonce }, [renter.keys]);
  const open = (await noncesOf(node, renter.address)).find((each) => each.account === account);
  await send(node, { payer: renter.address, instructions: [closeNonce(open)] }, [renter.keys]);

  // Usage, signed by the attestor and the renter: both ways to write it give the same bytes.
  while (now() < context.lease.startedAt + 3n) await new Promise((resolve) => setTimeout(resolve, 250));
  await syncClock(node);
  const [windowEnd, evidence] = [context.lease.startedAt + 2n, new Uint8Array(32)];
  const gpuSeconds = program().capacityAt(context.lease.bytes, windowEnd);
  const figures = { windowEnd, gpuSeconds, energyWh: 1n, evidence };
  const message = attestationMessage({
    ...figures,
    domain: context.lease.domain,
    lease,
    openedSlot: context.lease.openedSlot,
  });
  const byRules = program().attestationMessage({
    ...figures,
    lease: context.lease.bytes,
    address: lease,
    attestor: attestor.address,
    signers: [attestor.address],
    now: now(),
  });
  const signatures = await Promise.all(
    [attestor, renter].map(async ({ keys, address }) => ({
      signer: address,
      signature: await signBytes(keys.privateKey, message),
    })),
  );
  const signed = { message, signatures };
  await send(node, { payer: attestor.address, instructions: attest(context, precompileData(signed)) }, [
    attestor.keys,
  ]);

  // Paid, and closed by both for what was delivered.
  await send(
    node,
    {
      payer: renter.address,
      instructions: [
        await ensureTokenAccount(renter.address, authority.address, token),
        await settle(context),
      ],
    },
    [renter.keys],
  );
  context = await getLeaseContext(node, lease);
  const running = program().leaseOutlook(context.lease.bytes, now());
  const { accepted: units } = context.lease.meter;
  const close = await closeLease(context, renter.address, { units, credit: 0n, key: authority.address });
  await send(node, { payer: renter.address, instructions: close }, [renter.keys, authority.keys]);
  const after = await Promise.all([tokens(renter.address), tokens(authority.address)]);

  const begins = (event) => event.event === 'LeaseOpened' && event.lease === lease;
  const known = await olderHistory(node, lease, begins, (signature) =>
    fetchTransaction(node, signature, lease),
  );
  const { entries, gaps, isWhole } = historyOf(known, begins);
  const gross = program().worth(context.lease.bytes, units);
  return {
    refusedAgain: again.refusal?.name ?? String(again),
    credentials: credentialsOf(program().decryptAccess(secret, published.blob)),
    hasOneMessage:
      message.join() === byRules.join() &&
      parseAttestation(message).gpuSeconds === gpuSeconds &&
      (await isVerified(signed)),
    phase: running.phase,
    may: {
      anyoneClose: can(running, 'close', ['anyone']),
      renterGiveNotice: can(running, 'terminate', ['renter']),
    },
    isGone: (await getAccount(node, 'lease', lease)) === null,
    events: entries.flatMap(({ events }) => events.map(({ event }) => event)),
    reported: entries
      .flatMap(({ statements }) => statements())
      .map(({ gpuSeconds, counts }) => [Number(gpuSeconds), counts]),
    isWhole: isWhole && gaps.length === 0 && entries[0].signature === opened,
    noncesLeft: (await noncesOf(node, renter.address)).length,
    // The renter paid for the units that were delivered, and nothing else; the provider has that without the fee.
    units: units.toString(),
    renterPaidOnlyThat: before[0] - after[0] === gross,
    providerHasTheRest: after[1] - before[1] === gross - (gross * BigInt(fees.feeBps)) / 10_000n,
  };
}
