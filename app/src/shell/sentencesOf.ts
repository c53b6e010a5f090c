// What an instruction says, in sentences that come from its own bytes and nothing else. Every signer is shown these,
// whether the page built the transaction or another party did. What a sentence names and does not hold, such as the token
// of an amount, is looked up on chain where it is shown, in `Sentences.tsx`.

import {
  ASSOCIATED_TOKEN_PROGRAM_ADDRESS,
  AssociatedTokenInstruction,
  TokenInstruction,
  parseAssociatedTokenInstruction,
  parseTokenInstruction,
} from '@solana-program/token';
import {
  COMPUTE_BUDGET_PROGRAM_ADDRESS,
  ComputeBudgetInstruction,
  parseComputeBudgetInstruction,
} from '@solana-program/compute-budget';
import { SYSTEM_PROGRAM_ADDRESS, SystemInstruction, parseSystemInstruction } from '@solana-program/system';
import {
  isWritableRole,
  unwrapOption,
  type Address,
  type Instruction,
  type ReadonlyUint8Array,
} from '@solana/kit';
import {
  callsOf,
  ED25519_PROGRAM,
  GPU_LEASE_PROGRAM_ADDRESS,
  GpuLeaseInstruction as Ours,
  NOBODY,
  parseGpuLeaseInstruction,
  TOKEN_PROGRAMS,
  type Action,
  type Call,
  type HotKeys,
  type Listing,
  type ParsedGpuLeaseInstruction,
  type ProposedAction,
  type Terms,
  type VotingRules,
} from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { formatBps, formatCount, formatEnergy, formatNumber } from '../ui/format';

/** A value in a sentence. */
export type Value =
  | { address: Address }
  /** Base units of a mint, or of the mint that a token account is in. */
  | { amount: bigint; mint: Address }
  | { amount: bigint; account: Address }
  | { lamports: bigint }
  | { seconds: number }
  | { time: bigint }
  /** GPU-seconds. */
  | { units: bigint }
  /** A text that its author wrote. */
  | { text: ReadonlyUint8Array }
  /** What an offer lists, if it is what was signed for. */
  | { offer: Address; content: ReadonlyUint8Array }
  /** What a proposal would do; with `actionHash`, if it is what the vote names. */
  | { proposal: Address; actionHash?: ReadonlyUint8Array }
  /** What a lock or a participant weighs in the vote. */
  | { voter: Address; kind: 'lock' | 'participant'; of: Address; record: Address };

export type Part = string | Value;
export type Sentence = readonly Part[];

/** What an instruction says: what it does, then the rest. Of one that the page does not know, `isUnknown`. */
export type Said = { title?: Sentence; more: readonly Sentence[]; isUnknown?: boolean };

const key = (address: Address): Part => ({ address });

const partsOf = (part: Part | Sentence | number | undefined): Sentence => {
  if (part === undefined) return [];
  if (typeof part === 'number') return [formatNumber(part)];
  if (typeof part === 'string') return [part];
  if (Array.isArray(part)) return part as Sentence;
  return 'address' in part ? [key(part.address)] : [part as Part];
};

/** A sentence with values in it: accounts by their addresses, and sentences within it. */
const say = (texts: TemplateStringsArray, ...parts: readonly (Part | Sentence | number)[]): Sentence =>
  texts.flatMap((text, i) => [text, ...partsOf(parts[i])]);

type Parsed<T extends Ours> = Extract<ParsedGpuLeaseInstruction<string>, { instructionType: T }>;

/** Every amount that there is, in a proposal to withdraw. */
const ALL = (1n << 64n) - 1n;

/** Every instruction of the program. The compiler misses one that is left out. */
const OURS: { readonly [T in Ours]: (call: Parsed<T>, around: Around) => Said } = {
  [Ours.OpenLease]: ({ accounts: { lease, renter, payer, offer, mint }, data }) => ({
    title: say`Opens a lease of ${formatCount(data.gpus, 'GPU')} for ${{ seconds: data.duration }}.`,
    more: [
      say`${{ offer: offer.address, content: data.expectedOffer }}`,
      say`${payer} deposits ${{ amount: data.deposit, mint: mint.address }} for ${renter}, who uses the GPUs. What is delivered is paid out of it, the rest comes back to ${payer}.`,
      say`The fee is ${formatBps(data.maxFeeBps)} at most. The provider has until ${{ time: data.startDeadline }} to start; disputes are decided by ${key(data.arbiter)}.`,
      ...(data.sessionKey === NOBODY
        ? []
        : [say`${key(data.sessionKey)} can accept usage, dispute and end the lease in the renter’s place.`]),
      say`The lease is ${lease}.`,
    ],
  }),
  [Ours.CreateParticipant]: ({ accounts: { party, rentPayer } }) => ({
    more: [say`Opens the fee account of ${party}, which its leases require. ${rentPayer} pays its rent.`],
  }),
  [Ours.CancelLease]: ({ accounts: { lease, payer } }) => ({
    title: say`Cancels a lease that has not started.`,
    more: [say`The deposit and the rent of lease ${lease} go back to ${payer}.`],
  }),
  [Ours.StartLease]: ({ accounts: { authority, lease, offer, bondToken } }) => ({
    title: say`Starts a lease.`,
    more: [
      say`Reserves the GPUs of lease ${lease} in offer ${offer}, and gives the renter credentials that only it can read.`,
      say`The provider’s bond comes out of the token account ${bondToken}. ${authority} signs for the provider.`,
    ],
  }),
  [Ours.PublishAccess]: ({ accounts: { lease, authority } }) => ({
    title: say`Replaces the credentials of a lease.`,
    more: [
      say`Only the renter of lease ${lease} can read the new ones. The renter is shown that they were replaced, and that ${authority} did it.`,
    ],
  }),
  [Ours.TopUp]: ({ accounts: { lease, vault, funder }, data }) => ({
    title: say`Adds ${{ amount: data.amount, account: vault.address }} to the deposit of a lease.`,
    more: [
      say`${funder} pays it to lease ${lease}. What is left of it at the end goes to the lease’s payer.`,
      say`It is refused if the lease would end before ${{ time: data.minEndsAt }}.`,
    ],
  }),
  [Ours.ExtendLease]: ({ accounts: { lease }, data }) => ({
    title: say`Lets a lease run for ${{ seconds: data.duration }} in total.`,
    more: [say`Lease ${lease} goes on with ${formatCount(data.gpus, 'GPU')}. This adds no money to it.`],
  }),
  [Ours.ResizeLease]: ({ accounts: { lease, renter, authority, bondToken }, data }) => ({
    title: say`Lets a lease go on with ${formatCount(data.to, 'GPU')} instead of ${data.from}.`,
    more: [
      data.to > data.from
        ? say`It takes effect at once, in lease ${lease}. ${renter} signs for more GPUs; ${authority} signs for the provider, whose bond grows out of the token account ${bondToken}.`
        : say`It takes effect when the notice of lease ${lease} is over; until then all of them are paid for. ${renter} signs.`,
      say`It runs for ${{ seconds: data.duration }} in total.`,
    ],
  }),
  [Ours.ReleaseGpus]: ({ accounts: { lease, offer } }) => ({
    title: say`Gives GPUs back to an offer.`,
    more: [say`Lease ${lease} no longer needs them; they belong to offer ${offer}.`],
  }),
  [Ours.TerminateLease]: ({ accounts: { lease, party }, data }) => ({
    title: say`Gives notice to end a lease.`,
    more: [
      say`${party} ends lease ${lease} when the notice is over, by ${{ time: data.maxEndsAt }} at the latest. After that it cannot be extended.`,
    ],
  }),
  [Ours.ExpireLease]: ({ accounts: { lease }, data }) => ({
    title: say`Ends a lease whose provider is silent.`,
    more: [say`Lease ${lease} ends at ${{ time: data.windowEnd }}, where the last usage report ends.`],
  }),
  [Ours.DisputeLease]: ({ accounts: { lease, vault, renter, funder }, data }) => ({
    title: say`Disputes the usage of a lease.`,
    more: [
      say`${renter} admits ${{ units: data.units }} of lease ${lease} since the start, which are accepted for good. The lease ends, and its arbiter decides about the rest.`,
      say`${funder} sets aside ${{ amount: data.maxStake, account: vault.address }} at most for the arbiter.`,
    ],
  }),
  [Ours.ResolveDispute]: ({ accounts: { lease, arbiter, arbiterToken }, data }) => ({
    title: say`Decides a dispute: ${{ units: data.units }} count.`,
    more: [
      say`In lease ${lease} the renter admits ${{ units: data.renterUnits }}, the provider claims ${{ units: data.providerUnits }}.`,
      say`${arbiter} is paid into the token account ${arbiterToken}, by each side in proportion to how far its figure is off.`,
    ],
  }),
  [Ours.ResolveByTimeout]: ({ accounts: { lease } }) => ({
    title: say`Ends a dispute that the arbiter did not decide.`,
    more: [say`In lease ${lease} the midpoint of the two figures counts, and nobody pays the arbiter.`],
  }),
  [Ours.CloseLease]: ({
    accounts: { lease, vault, renter, authority, payer, payoutToken, bondToken },
    data,
  }) => {
    const agreed = unwrapOption(data.agreed);
    const paid = say`The provider is paid into the token account ${payoutToken}, its bond returns to ${bondToken}, and what is left goes to ${payer} with the rent.`;
    return agreed
      ? {
          title: say`Closes the lease at once, as both parties agree to divide it.`,
          more: [
            say`${{ units: agreed.units }} of lease ${lease} are paid for in total, and ${{ amount: agreed.credit, account: vault.address }} of the bond go to the payer for missing GPU time.`,
            say`${renter} signs for the renter, ${authority} for the provider. Nothing that is reported in the meantime changes these two figures.`,
            paid,
          ],
        }
      : {
          title: say`Closes a lease that is over, and divides its escrow.`,
          more: [say`It is lease ${lease}.`, paid],
        };
  },
  [Ours.CountFees]: ({ accounts: { lease } }) => ({
    more: [say`Lets the fees that lease ${lease} has paid count in votes. It moves no money.`],
  }),
  [Ours.Settle]: ({ accounts: { lease, payoutToken } }) => ({
    title: say`Pays the provider what is due.`,
    more: [say`It comes out of lease ${lease}, into the token account ${payoutToken}.`],
  }),
  [Ours.SetSessionKey]: ({ accounts: { lease }, data: { sessionKey, replaced } }) => ({
    title:
      sessionKey === NOBODY
        ? say`Removes the session key of a lease.`
        : say`Names the session key of a lease.`,
    more: [
      sessionKey === NOBODY
        ? say`${key(replaced)} no longer acts for the renter of lease ${lease}.`
        : say`${key(sessionKey)} can accept usage, dispute and end lease ${lease} in the renter’s place${replaced === NOBODY ? [] : say`; ${key(replaced)} no longer can`}.`,
    ],
  }),
  [Ours.Attest]: ({ accounts: { provider } }, around) => reported(provider.address, around),
  [Ours.AttestBatch]: ({ accounts: { provider } }, around) => reported(provider.address, around),

  [Ours.RegisterProvider]: ({ accounts: { authority, provider }, data }) => ({
    title: say`Registers a provider.`,
    more: [say`${authority} owns the provider ${provider}, and is paid.`, ...becomes(data.keys)],
  }),
  [Ours.UpdateProvider]: ({ accounts: { provider }, data }) => ({
    title: say`Changes the keys of a provider.`,
    more: [say`They are those of provider ${provider}.`, ...becomes(data.keys, data.replaced)],
  }),
  [Ours.NominateAuthority]: ({ accounts: { provider }, data: { nominee, replaced } }) => ({
    title: nominee === NOBODY ? say`Withdraws a nomination.` : say`Nominates another owner of a provider.`,
    more: [
      nominee === NOBODY
        ? say`${key(replaced)} can no longer take over the provider ${provider}.`
        : say`${key(nominee)} can take over the provider ${provider}, with its offers, its votes, its bond accounts and all that its leases still pay.`,
      ...(nominee === NOBODY || replaced === NOBODY
        ? []
        : [say`${key(replaced)}, nominated before, no longer can.`]),
    ],
  }),
  [Ours.AcceptAuthority]: ({ accounts: { nominee, provider }, data }) => ({
    title: say`Takes a provider over.`,
    more: [
      say`${nominee} owns the provider ${provider} from now on, with its offers, its votes, its bond accounts and all that its leases still pay.`,
      ...becomes(data.keys),
    ],
  }),
  [Ours.WithdrawBond]: ({ accounts: { bondAccount, destination }, data }) => ({
    title: say`Takes ${{ amount: data.amount, account: bondAccount.address }} out of the bond account.`,
    more: [
      say`The token account ${destination} gets it. Leases that run keep their bonds; new ones can start only with what is left.`,
    ],
  }),
  [Ours.CreateOffer]: ({ accounts: { provider, offer }, data }) => ({
    title: say`Lists ${formatCount(data.gpus, 'GPU')} at ${{ amount: data.terms.price, mint: data.terms.mint }} per GPU-hour.`,
    more: [say`Provider ${provider} offers them as offer ${offer}.`, ...contentOf(data)],
  }),
  [Ours.UpdateOffer]: ({ accounts: { offer }, data }) => ({
    title: say`Offers ${formatCount(data.gpus, 'GPU')} at ${{ amount: data.terms.price, mint: data.terms.mint }} per GPU-hour, ${data.isOpen ? 'open' : 'closed'} to new leases.`,
    more: [
      say`This replaces what offer ${offer} says. Leases that are open or run keep their terms.`,
      ...contentOf(data),
    ],
  }),
  [Ours.CloseOffer]: ({ accounts: { offer, authority } }) => ({
    title: say`Removes an offer.`,
    more: [say`The rent of offer ${offer} goes back to ${authority}.`],
  }),

  [Ours.LockTokens]: ({ accounts: { owner, lock, voteMint, ownerToken }, data }) => ({
    title: say`Locks ${{ amount: data.amount, mint: voteMint.address }} until ${{ time: data.unlockAt }}.`,
    more: [
      say`They come out of the token account ${ownerToken} of ${owner}. All that the lock ${lock} holds stays in it until then.`,
    ],
  }),
  [Ours.ExtendLock]: ({ accounts: { lock }, data }) => ({
    title: say`Keeps tokens locked until ${{ time: data.unlockAt }}.`,
    more: [say`They are all of the lock ${lock}.`],
  }),
  [Ours.SetDelegate]: ({ accounts: { lock }, data: { delegate, replaced } }) => ({
    title: delegate === NOBODY ? say`Removes the delegate.` : say`Names a delegate.`,
    more: [
      delegate === NOBODY
        ? say`${key(replaced)} no longer votes with the lock ${lock}.`
        : say`${key(delegate)} may vote with the lock ${lock} where its owner has not${replaced === NOBODY ? [] : say`; ${key(replaced)} no longer may`}. It moves no tokens.`,
    ],
  }),
  [Ours.UnlockTokens]: ({ accounts: { lock, owner, ownerToken } }) => ({
    title: say`Returns all tokens of a lock.`,
    more: [say`Those of the lock ${lock} go to the token account ${ownerToken}, its rent to ${owner}.`],
  }),
  [Ours.CreateProposal]: ({ accounts: { proposal, proposer }, data }) => ({
    title: say`Proposes: ${proposed(data.action)}.`,
    more: [
      say`${proposer} leaves a deposit of ${{ lamports: data.maxDeposit }} at most, which comes back when the vote is decided. The rent of the proposal’s account does not: it stays as the record.`,
      say`The proposal is ${proposal}.`,
    ],
  }),
  [Ours.CastVote]: ({ accounts: { proposal, voter, lock, record }, data }) => ({
    title: say`Votes ${data.isFor ? 'for' : 'against'} a proposal: ${{ proposal: proposal.address, actionHash: data.actionHash }}.`,
    more: [
      say`The vote weighs ${{ voter: lock.address, kind: 'lock', of: proposal.address, record: record.address }}, the tokens of the lock ${lock}.`,
      say`${voter} votes on proposal ${proposal}.`,
    ],
  }),
  [Ours.CastParticipantVote]: ({ accounts: { proposal, voter, participant, record }, data }) => ({
    title: say`Votes ${data.isFor ? 'for' : 'against'} a proposal: ${{ proposal: proposal.address, actionHash: data.actionHash }}.`,
    more: [
      say`The vote weighs ${{ voter: participant.address, kind: 'participant', of: proposal.address, record: record.address }}, the fees that ${participant} has paid.`,
      say`${voter} votes on proposal ${proposal}.`,
    ],
  }),
  [Ours.FinalizeProposal]: ({ accounts: { proposal, proposer } }) => ({
    title: say`Decides the vote on a proposal: ${{ proposal: proposal.address }}.`,
    more: [say`The votes on proposal ${proposal} are final, and its deposit goes back to ${proposer}.`],
  }),
  [Ours.CancelProposal]: ({ accounts: { proposal, proposer } }) => ({
    title: say`Takes a proposal back: ${{ proposal: proposal.address }}.`,
    more: [
      say`Nobody can vote on proposal ${proposal} any longer. The deposit of ${proposer} comes back when the vote would have ended.`,
    ],
  }),
  [Ours.ExecuteProposal]: ({ accounts: { proposal } }) => ({
    title: say`Executes a proposal: ${{ proposal: proposal.address }}.`,
    more: [say`Proposal ${proposal} has passed; what it says takes effect now.`],
  }),
  [Ours.WithdrawFees]: ({ accounts: { proposal, feeVault, treasuryToken } }) => ({
    title: say`Executes a proposal: ${{ proposal: proposal.address }}.`,
    more: [
      say`Proposal ${proposal} pays the treasury out of the collected fees in ${feeVault}, into the token account ${treasuryToken}: the amount that it names, or what there is if that is less.`,
    ],
  }),
  [Ours.CloseVoteRecord]: ({ accounts: { proposal, rentPayer } }) => ({
    more: [
      say`Closes the record of a vote on proposal ${proposal}, which is decided. Its rent goes back to ${rentPayer}.`,
    ],
  }),
  [Ours.Pause]: ({ accounts: { guardian }, data }) => ({
    title: say`Stops new leases for ${{ seconds: data.duration }}.`,
    more: [say`${guardian} does it as the guardian. Leases that run go on.`],
  }),
  [Ours.Unpause]: ({ accounts: { guardian }, data }) => ({
    title: say`Lets new leases be opened again.`,
    more: [say`${guardian} ends the pause that would last until ${{ time: data.replaced }}.`],
  }),
  [Ours.Initialize]: ({ accounts: { authority }, data }) => ({
    title: say`Sets the program up on this cluster, once.`,
    more: [
      say`${authority} sets a fee of ${formatBps(data.feeBps)}; after this it changes by vote alone. Tokens of the mint ${key(data.voteMint)} vote, and fees in the mint ${key(data.unitMint)} carry weight.`,
      say`The treasury is ${key(data.treasury)}, the arbiter ${key(data.arbiter)}, the guardian ${key(data.guardian)}.`,
      say`Votes: ${votingRules(data.rules)}.`,
    ],
  }),
  [Ours.RegisterMint]: ({ accounts: { mint, rentPayer } }) => ({
    title: say`Lets leases be paid in another mint.`,
    more: [
      say`It is the mint ${mint}. ${rentPayer} pays the rent of its accounts, which does not come back.`,
    ],
  }),
};

/** Who signs usage and who runs leases from now on. */
function becomes(
  { attestor, operator }: HotKeys,
  replaced: HotKeys = { attestor: NOBODY, operator: NOBODY },
): Sentence[] {
  const named = (to: Address, before: Address, what: string) =>
    before === NOBODY
      ? say`${key(to)} becomes the ${what}:`
      : say`${key(to)} replaces ${key(before)} as the ${what}:`;
  const attests =
    attestor === replaced.attestor
      ? []
      : [say`${named(attestor, replaced.attestor, 'attestor')} it signs usage, of every lease.`];
  if (operator === replaced.operator) return attests;
  if (operator === NOBODY)
    return [
      ...attests,
      say`${key(replaced.operator)} is no longer the operator: it can no longer start leases, and nobody takes its place.`,
    ];
  return [
    ...attests,
    say`${named(operator, replaced.operator, 'operator')} it starts leases with bonds from the bond accounts, replaces credentials, agrees to more GPUs, and leaves leases that nothing pays for. It cannot withdraw or change offers; but if it is stolen, what the bond accounts hold can be lost.`,
  ];
}

/** All terms and the listing of an offer. */
const contentOf = ({ terms, listing }: { terms: Terms; listing: Listing }): Sentence[] => [
  say`The GPUs are ${{ text: listing.gpuModel }} with ${listing.memoryGib} GiB each, in ${{ text: listing.region }}${listing.carbonIntensity > 0 ? `; their power causes ${formatNumber(listing.carbonIntensity)} gCO2e/kWh` : ''}.`,
  say`Leases last ${{ seconds: terms.minDuration }} to ${{ seconds: terms.maxDuration }}. Either side ends one early with a notice of ${{ seconds: terms.notice }}. A renter has ${{ seconds: terms.challengeWindow }} to dispute usage, and may end a lease after a silence of ${{ seconds: terms.heartbeatTimeout }}.`,
  say`The provider promises ${formatBps(terms.slaUptimeBps)} of the time; a missing second costs the provider ${formatBps(terms.slaPenaltyBps)} of its price. Its bond is ${formatCount(terms.bondHours, 'hour')} of the price.`,
  ...(terms.verifier === NOBODY ? [] : [say`${key(terms.verifier)} has to sign usage too.`]),
  ...(listing.descriptionUri.some((byte) => byte !== 0)
    ? [say`The description is at ${{ text: listing.descriptionUri }}.`]
    : []),
];

const votingRules = ({
  deposit,
  votingPeriod,
  extension,
  timelock,
  executionWindow,
  quorumBps,
}: VotingRules): Sentence =>
  say`${{ seconds: votingPeriod }} to vote, ${{ seconds: extension }} more after a late flip, ${{ seconds: timelock }} from the end to the execution, ${{ seconds: executionWindow }} to execute, a quorum of ${formatBps(quorumBps)} of the locked tokens, a deposit of ${{ lamports: deposit }}`;

/** The action of a proposal's account, as the instruction that made it wrote it. */
export function actionOf({ kind, address, amount, rules, feeBps }: ProposedAction): Action {
  const actions: Action[] = [
    { __kind: 'SetFee', feeBps },
    { __kind: 'SetTreasury', treasury: address },
    { __kind: 'SetArbiter', arbiter: address },
    { __kind: 'SetGuardian', guardian: address },
    { __kind: 'SetVotingRules', rules },
    { __kind: 'WithdrawFees', mint: address, amount },
  ];
  const action = actions[kind];
  if (!action) throw new Error('This page does not know what the proposal would do.');
  return action;
}

/** What a proposal would do, with all that it changes. */
export function proposed(action: Action): Sentence {
  switch (action.__kind) {
    case 'SetFee':
      return say`a fee of ${formatBps(action.feeBps)} for new leases`;
    case 'SetTreasury':
      return say`fees are paid to ${key(action.treasury)}`;
    case 'SetArbiter':
      return say`${key(action.arbiter)} decides disputes of new leases`;
    case 'SetGuardian':
      return say`${key(action.guardian)} is the guardian, who can stop new leases for a while`;
    case 'SetVotingRules':
      return say`other voting rules: ${votingRules(action.rules)}`;
    case 'WithdrawFees':
      return action.amount === ALL
        ? say`all fees collected in the mint ${key(action.mint)} go to the treasury`
        : say`${{ amount: action.amount, mint: action.mint }} of collected fees go to the treasury`;
  }
}

/** What comes before an instruction in its transaction. */
type Around = { call: Call; before: Instruction | undefined };

/** The usage that the attestation just before it reports. The program takes in no other. */
function reported(provider: Address, { call, before }: Around): Said {
  const statements = program().statements({
    instructions: callsOf({ instructions: before ? [before, call] : [call] }),
    inner: [],
    logs: [],
  });
  return {
    title: say`Reports usage of ${formatCount(statements.length, 'lease')}.`,
    more: [
      say`The leases are of provider ${key(provider)}.`,
      ...(statements.length === 0
        ? [say`No signed usage report can be read before it, so the program would refuse it.`]
        : []),
      ...statements.map(({ lease, windowEnd, gpuSeconds, energyWh, signers }) => {
        const signed = [...new Set(signers)].flatMap((signer, i) => [
          i > 0 ? ' and ' : '',
          key(signer as Address),
        ]);
        return say`Lease ${key(lease as Address)}: ${{ units: gpuSeconds }} and ${formatEnergy(energyWh)} since the start, until ${{ time: windowEnd }}, signed by ${signed}.`;
      }),
    ],
  };
}

/** What instructions of other programs do, of those that the page and the command line build. */
function ofOthers(call: Call): Said | undefined {
  switch (call.programAddress) {
    case COMPUTE_BUDGET_PROGRAM_ADDRESS: {
      const parsed = parseComputeBudgetInstruction(call);
      if (parsed.instructionType === ComputeBudgetInstruction.SetComputeUnitLimit)
        return { more: [say`Uses ${parsed.data.units} compute units at most.`] };
      if (parsed.instructionType === ComputeBudgetInstruction.SetComputeUnitPrice)
        return {
          more: [
            say`Pays ${formatNumber(parsed.data.microLamports)} millionths of a lamport for each compute unit, as a priority fee.`,
          ],
        };
      return undefined;
    }
    case ED25519_PROGRAM:
      return { more: [say`Checks the signatures that the next instruction relies on. It moves nothing.`] };
    case ASSOCIATED_TOKEN_PROGRAM_ADDRESS: {
      const parsed = parseAssociatedTokenInstruction(call);
      if (parsed.instructionType === AssociatedTokenInstruction.RecoverNestedAssociatedToken)
        return undefined;
      const { payer, owner, mint } = parsed.accounts;
      return {
        more: [
          say`Makes sure that ${owner} has a token account for the mint ${mint}. ${payer} pays its rent if it is missing.`,
        ],
      };
    }
    case SYSTEM_PROGRAM_ADDRESS: {
      const parsed = parseSystemInstruction(call);
      switch (parsed.instructionType) {
        case SystemInstruction.TransferSol:
          return {
            title: say`Transfers ${{ lamports: parsed.data.amount }}.`,
            more: [say`${parsed.accounts.source} pays it to ${parsed.accounts.destination}.`],
          };
        case SystemInstruction.CreateAccount: {
          const { lamports, programAddress } = parsed.data;
          return {
            more: [
              say`${parsed.accounts.payer} creates the account ${parsed.accounts.newAccount} of the program ${key(programAddress)}, and puts ${{ lamports }} into it as rent.`,
            ],
          };
        }
        case SystemInstruction.CreateAccountWithSeed: {
          const { amount, programAddress } = parsed.data;
          return {
            more: [
              say`${parsed.accounts.payer} creates the account ${parsed.accounts.newAccount} of the program ${key(programAddress)}, and puts ${{ lamports: amount }} into it as rent.`,
            ],
          };
        }
        case SystemInstruction.InitializeNonceAccount:
          return {
            more: [
              say`Makes ${parsed.accounts.nonceAccount} a durable nonce of ${key(parsed.data.nonceAuthority)}.`,
            ],
          };
        case SystemInstruction.AdvanceNonceAccount:
          return {
            more: [
              say`Uses up the durable nonce ${parsed.accounts.nonceAccount} of ${parsed.accounts.nonceAuthority}: the transaction is good until that nonce is used.`,
            ],
          };
        case SystemInstruction.WithdrawNonceAccount:
          return {
            more: [
              say`Takes ${{ lamports: parsed.data.withdrawAmount }} out of the durable nonce ${parsed.accounts.nonceAccount}, for ${parsed.accounts.recipientAccount}.`,
            ],
          };
        default:
          return undefined;
      }
    }
    default: {
      if (!TOKEN_PROGRAMS.includes(call.programAddress)) return undefined;
      const parsed = parseTokenInstruction(call);
      if (parsed.instructionType === TokenInstruction.InitializeAccount3)
        return {
          more: [
            say`Makes ${parsed.accounts.account} a token account of ${key(parsed.data.owner)} for the mint ${parsed.accounts.mint}.`,
          ],
        };
      if (parsed.instructionType !== TokenInstruction.TransferChecked) return undefined;
      const { source, destination, mint, authority } = parsed.accounts;
      return {
        title: say`Transfers ${{ amount: parsed.data.amount, mint: mint.address }}.`,
        more: [
          say`They go from the token account ${source} to the token account ${destination}. ${authority} signs.`,
        ],
      };
    }
  }
}

/** What the page knows to say of an instruction; nothing where it cannot read all of it. */
function known(call: Instruction, before: Instruction | undefined): Said | undefined {
  const whole = { ...call, accounts: call.accounts ?? [], data: call.data ?? new Uint8Array() } as Call;
  try {
    if (call.programAddress !== GPU_LEASE_PROGRAM_ADDRESS) return ofOthers(whole);
    const parsed = parseGpuLeaseInstruction(whole) as Parsed<Ours>;
    return (OURS[parsed.instructionType] as (call: Parsed<Ours>, around: Around) => Said)(parsed, {
      call: whole,
      before,
    });
  } catch {
    return undefined;
  }
}

function unknown({ programAddress, accounts = [] }: Instruction): Said {
  const writable = [
    ...new Set(accounts.filter(({ role }) => isWritableRole(role)).map(({ address }) => address)),
  ];
  const list = writable.flatMap((address, i) => [i > 0 ? ', ' : '', key(address)]);
  return {
    title: say`Does something that this page cannot read.`,
    more: [
      say`It calls the program ${key(programAddress)}. Sign it only if you know what that does.`,
      writable.length > 0 ? say`It may change ${list}.` : say`It cannot change any account.`,
    ],
    isUnknown: true,
  };
}

/** What a transaction says, instruction by instruction. */
export const sentencesOf = (instructions: readonly Instruction[]): Said[] =>
  instructions.map((call, i) => known(call, instructions[i - 1]) ?? unknown(call));
