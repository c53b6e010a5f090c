/** The files that the Rust tests wrote. */

import { readFileSync } from 'node:fs';
import type { Address } from '@solana/kit';

function load(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
}

export interface AccountFixture {
  readonly account: string;
  readonly size: number;
  readonly discriminator: string;
  readonly bytes: string;
  readonly fields: readonly {
    readonly name: string;
    readonly offset: number;
    readonly size: number;
    readonly value: string;
  }[];
}

export interface AttestationFixture {
  readonly program: Address;
  readonly genesis_hash: Address;
  readonly domain: string;
  readonly renter: Address;
  readonly nonce: string;
  readonly lease: Address;
  readonly opened_slot: string;
  readonly window_end: string;
  readonly gpu_seconds: string;
  readonly energy_wh: string;
  readonly evidence: string;
  readonly message: string;
  readonly signatures: readonly SignatureFixture[];
  readonly precompile: readonly string[];
}

export interface SignatureFixture {
  readonly role: string;
  readonly seed: string;
  readonly public_key: Address;
  readonly signature: string;
}

export interface PlaceFixture {
  readonly field: string;
  readonly offset: number;
  readonly size: number;
}

export interface BatchFixture {
  readonly program: Address;
  readonly genesis_hash: Address;
  readonly domain: string;
  readonly window_end: string;
  readonly evidence: string;
  readonly leases: readonly {
    readonly renter: Address;
    readonly nonce: string;
    readonly lease: Address;
    readonly opened_slot: string;
    readonly gpu_seconds: string;
    readonly energy_wh: string;
  }[];
  readonly leases_hash: string;
  readonly header_layout: readonly PlaceFixture[];
  readonly row_layout: readonly PlaceFixture[];
  readonly message: string;
  readonly signatures: readonly SignatureFixture[];
  readonly precompile: readonly string[];
  readonly text: readonly string[];
}

export interface AccessFixture {
  readonly lease: Address;
  readonly alias: string;
  readonly host: string;
  readonly port: number;
  readonly host_key: string;
  readonly user_seed: string;
  readonly layout: readonly PlaceFixture[];
  readonly credentials: string;
  readonly credentials_without_user_key: string;
  readonly user_key_file: string;
  readonly known_hosts: string;
  readonly hosts: readonly string[];
  readonly not_hosts: readonly string[];
  readonly refused: readonly { readonly why: string; readonly credentials: string }[];
}

export interface EvidenceFixture {
  readonly window_end: string;
  readonly units: string;
  readonly energy_wh: string;
  readonly heads: readonly string[];
  readonly file: {
    readonly version: number;
    readonly lease: Address;
    readonly openedSlot: string;
    readonly start: string;
    readonly rows: readonly {
      readonly from: string;
      readonly to: string;
      readonly gpus: number;
      readonly cause: string | null;
      readonly energy: string;
    }[];
    readonly statement: string;
  };
}

export interface DerivationsFixture {
  readonly program: Address;
  readonly genesis_hash: Address;
  readonly domain: string;
  readonly offer: string;
  readonly offer_hash: string;
  readonly program_data: Address;
  readonly addresses: readonly {
    readonly name: string;
    readonly of?: readonly Address[];
    readonly number?: string;
    readonly address: Address;
    readonly bump: number;
  }[];
}

interface Defined {
  readonly defined: { readonly name: string };
}

type IdlType = string | { readonly array: readonly [string | Defined, number] } | Defined;

/** An account of an instruction, and how it is found. */
export interface IdlAccount {
  readonly name: string;
  readonly signer?: boolean;
  readonly address?: string;
  readonly relations?: readonly string[];
  readonly pda?: { readonly seeds: readonly { readonly kind: string; readonly path?: string }[] };
}

export interface Idl {
  readonly address: Address;
  readonly instructions: readonly {
    readonly name: string;
    readonly discriminator: readonly number[];
    readonly accounts: readonly IdlAccount[];
  }[];
  readonly accounts: readonly { readonly name: string; readonly discriminator: readonly number[] }[];
  readonly events: readonly { readonly name: string; readonly discriminator: readonly number[] }[];
  readonly types: readonly {
    readonly name: string;
    readonly type: {
      readonly kind: string;
      readonly fields?: readonly { readonly name: string; readonly type: IdlType }[];
    };
  }[];
}

export const accessFixture = load('fixtures/access.json') as AccessFixture;
export const evidenceFixture = load('fixtures/evidence.json') as EvidenceFixture;
export const accountFixtures = load('fixtures/accounts.json') as readonly AccountFixture[];
export const attestationFixture = load('fixtures/attestation.json') as AttestationFixture;
export const batchFixture = load('fixtures/batch.json') as BatchFixture;
export const derivations = load('fixtures/derivations.json') as DerivationsFixture;
export const idl = load('../idl/gpu_lease.json') as Idl;
export const artifact = readFileSync(new URL('../../../artifacts/gpu_lease.so', import.meta.url));
