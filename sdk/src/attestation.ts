// Signed usage: the message about one lease and the one about many, the instruction of Solana's Ed25519 precompile that
// carries a message with its signatures, and the texts in which they go from hand to hand. The layouts are those of
// docs/protocol/attestations.md.

import {
  bytesEqual,
  fixCodecSize,
  getAddressCodec,
  getAddressEncoder,
  getArrayCodec,
  getBase64Decoder,
  getBase64Encoder,
  getBytesCodec,
  getConstantCodec,
  getHiddenPrefixCodec,
  getI64Codec,
  getPublicKeyFromAddress,
  getStructCodec,
  getU16Codec,
  getU32Codec,
  getU64Codec,
  getU8Codec,
  getUtf8Encoder,
  mergeBytes,
  verifySignature,
  type Address,
  type Instruction,
  type ReadonlyUint8Array,
  type SignatureBytes,
} from '@solana/kit';
import { sha256 } from './sha256';

/** The precompile that verifies signatures of messages. */
export const ED25519_PROGRAM = 'Ed25519SigVerify111111111111111111111111111' as Address;

/** What was delivered of a lease from its start until `windowEnd`. */
export type Attestation = {
  /** See `domainOf`. */
  domain: ReadonlyUint8Array;
  lease: Address;
  openedSlot: bigint;
  /** Unix seconds. */
  windowEnd: bigint;
  gpuSeconds: bigint;
  energyWh: bigint;
  /** Hash of the provider's metering record, 32 bytes; zeros if there is none. */
  evidence: ReadonlyUint8Array;
};

/** What a batch says of one lease. */
export type Row = Pick<Attestation, 'lease' | 'openedSlot' | 'gpuSeconds' | 'energyWh'>;

/** The same about many leases of a provider. */
export type Batch = Pick<Attestation, 'domain' | 'windowEnd' | 'evidence'> & { rows: readonly Row[] };

/** A message with the signatures that it has. */
export type Signed = {
  message: ReadonlyUint8Array;
  signatures: readonly { signer: Address; signature: SignatureBytes }[];
};

const hash = fixCodecSize(getBytesCodec(), 32);

/** What messages of a version begin with. */
const head = (version: number) => [
  getConstantCodec(getUtf8Encoder().encode('GPULEASE')),
  getConstantCodec(Uint8Array.of(version)),
];

const attestations = getHiddenPrefixCodec(
  getStructCodec([
    ['domain', hash],
    ['lease', getAddressCodec()],
    ['openedSlot', getU64Codec()],
    ['windowEnd', getI64Codec()],
    ['gpuSeconds', getU64Codec()],
    ['energyWh', getU64Codec()],
    ['evidence', hash],
  ]),
  head(1),
);

const batches = getHiddenPrefixCodec(
  getStructCodec([
    ['domain', hash],
    ['windowEnd', getI64Codec()],
    ['evidence', hash],
  ]),
  head(2),
);

const rows = getArrayCodec(
  getStructCodec([
    ['openedSlot', getU64Codec()],
    ['gpuSeconds', getU64Codec()],
    ['energyWh', getU64Codec()],
  ]),
  { size: getU8Codec() },
);

/** The 137 bytes that are signed, as they are. */
export const attestationMessage = (attestation: Attestation): Uint8Array =>
  Uint8Array.from(attestations.encode(attestation));

/** What such bytes say; throws where they are something else. */
export function parseAttestation(message: ReadonlyUint8Array): Attestation {
  const attestation = attestations.decode(message);
  if (!bytesEqual(attestationMessage(attestation), message))
    throw new Error('These bytes are more than an attestation.');
  return attestation;
}

/** A batch names its leases by the hash of their addresses. */
const leasesHash = (leases: readonly Address[]) =>
  sha256(mergeBytes(leases.map((lease) => Uint8Array.from(getAddressEncoder().encode(lease)))));

/** Rows in the order in which a batch has them: that of their leases' addresses, byte by byte. */
export function inOrder<R extends Pick<Row, 'lease'>>(rows: readonly R[]): R[] {
  const numberOf = ({ lease }: R) =>
    getAddressEncoder()
      .encode(lease)
      .reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
  return [...rows].sort((a, b) => (numberOf(a) < numberOf(b) ? -1 : numberOf(a) > numberOf(b) ? 1 : 0));
}

/** The bytes of a batch, to be signed as they are. */
export async function batchMessage(batch: Batch): Promise<Uint8Array> {
  const [count, ...figures] = rows.encode([...batch.rows]);
  const leases = await leasesHash(batch.rows.map(({ lease }) => lease));
  return Uint8Array.from([...batches.encode(batch), count!, ...leases, ...figures]);
}

/** What the bytes of a batch say, whose leases are these in this order; throws where they are something else. */
export async function parseBatch(message: ReadonlyUint8Array, leases: readonly Address[]): Promise<Batch> {
  const [batch, end] = batches.read(message, 0);
  const count = message.slice(end, end + 1);
  const figures = rows.decode(Uint8Array.from([...count, ...message.slice(end + 1 + 32)]));
  if (figures.length !== leases.length)
    throw new Error(`The batch has ${figures.length} rows, and there are ${leases.length} leases.`);
  const whole = { ...batch, rows: figures.map((row, i) => ({ lease: leases[i]!, ...row })) };
  if (!bytesEqual(await batchMessage(whole), message))
    throw new Error('These bytes are no batch about these leases.');
  return whole;
}

const [COUNT, OFFSETS, KEY, SIGNATURE] = [2, 14, 32, 64];
const THIS_INSTRUCTION = 0xffff;

/** The data of the precompile's instruction: a count and a zero, where everything is, each key with its signature, the message. */
export function precompileData({ message, signatures }: Signed): Uint8Array {
  const first = COUNT + OFFSETS * signatures.length;
  const messageAt = first + (KEY + SIGNATURE) * signatures.length;
  const offsets = signatures.flatMap((_, i) => {
    const key = first + (KEY + SIGNATURE) * i;
    return [key + KEY, THIS_INSTRUCTION, key, THIS_INSTRUCTION, messageAt, message.length, THIS_INSTRUCTION];
  });
  return Uint8Array.from([
    ...[signatures.length, 0],
    ...offsets.flatMap((offset) => [...getU16Codec().encode(offset)]),
    ...signatures.flatMap(({ signer, signature }) => [...getAddressEncoder().encode(signer), ...signature]),
    ...message,
  ]);
}

/** The message and its signatures in such data; throws where it has another layout than the program takes. Verifies nothing. */
export function parsePrecompileData(data: ReadonlyUint8Array): Signed {
  const count = data[0] ?? 0;
  const first = COUNT + OFFSETS * count;
  const end = first + (KEY + SIGNATURE) * count;
  const refusal = 'This is not a signed attestation as the program takes it.';
  if (count === 0 || data.length <= end) throw new Error(refusal);
  const signatures = Array.from({ length: count }, (_, i) => {
    const at = first + (KEY + SIGNATURE) * i;
    return {
      signer: getAddressCodec().decode(data, at),
      signature: Uint8Array.from(data.slice(at + KEY, at + KEY + SIGNATURE)) as SignatureBytes,
    };
  });
  const signed = { message: data.slice(end), signatures };
  if (!bytesEqual(precompileData(signed), data)) throw new Error(refusal);
  return signed;
}

/** Whether there is a signature, and each is its signer's of this message. */
export async function isVerified({ message, signatures }: Signed): Promise<boolean> {
  const verified = await Promise.all(
    signatures.map(async ({ signer, signature }) =>
      verifySignature(await getPublicKeyFromAddress(signer), signature, message).catch(() => false),
    ),
  );
  return verified.length > 0 && verified.every(Boolean);
}

/** The precompile's instruction, which comes directly before `attest` or `attest_batch`. */
export const precompileInstruction = (signed: Signed): Instruction => ({
  programAddress: ED25519_PROGRAM,
  accounts: [],
  data: precompileData(signed),
});

/** A signed attestation as text, as the command line reads and writes it. */
export const attestationText = (signed: Signed): string => getBase64Decoder().decode(precompileData(signed));
export const parseAttestationText = (text: string): Signed =>
  parsePrecompileData(getBase64Encoder().encode(text.trim()));

const leaseList = getArrayCodec(getAddressCodec(), { size: getU32Codec() });

/** A signed batch as text: its leases, of whose addresses the message has but a hash, and the precompile's data. */
export const batchText = (leases: readonly Address[], signed: Signed): string =>
  getBase64Decoder().decode(Uint8Array.from([...leaseList.encode([...leases]), ...precompileData(signed)]));

export function parseBatchText(text: string): { leases: Address[]; signed: Signed } {
  const bytes = getBase64Encoder().encode(text.trim());
  const [leases, end] = leaseList.read(bytes, 0);
  return { leases, signed: parsePrecompileData(bytes.slice(end)) };
}
