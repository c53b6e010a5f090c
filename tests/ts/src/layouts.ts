/** Where the fields of each account lie: an 8-byte discriminator, then the fields one after the other. */

import { sizeOf, type Type } from './bytes.js';

export type Fields = readonly (readonly [name: string, type: Type])[];

function nested(name: string, fields: Fields): Fields {
  return fields.map(([field, type]) => [`${name}.${field}`, type] as const);
}

const moment: Fields = [
  ['time', 'i64'],
  ['slot', 'u64'],
];

const claim: Fields = [['units', 'u64'], ...nested('submitted', moment)];

const terms: Fields = [
  ['price', 'u64'],
  ['min_duration', 'u32'],
  ['max_duration', 'u32'],
  ['notice', 'u32'],
  ['challenge_window', 'u32'],
  ['heartbeat_timeout', 'u32'],
  ['sla_penalty_bps', 'u32'],
  ['sla_uptime_bps', 'u16'],
  ['bond_hours', 'u16'],
  ['spare', 4],
  ['verifier', 'address'],
  ['mint', 'address'],
];

const listing: Fields = [
  ['gpu_model', 32],
  ['region', 16],
  ['memory_gib', 'u32'],
  ['carbon_intensity', 'u32'],
  ['description_hash', 32],
  ['description_uri', 136],
];

const record: Fields = [
  ['units_delivered', 'u64'],
  ['units_promised', 'u64'],
  ['fees_paid', 'u64'],
  ['leases_started', 'u32'],
  ['leases_completed', 'u32'],
  ['leases_abandoned', 'u32'],
  ['leases_disputed', 'u32'],
  ['disputes_lost', 'u32'],
  ['spare', 'u32'],
];

const ledger: Fields = [
  ['deposited', 'u64'],
  ['released', 'u64'],
  ['fees', 'u64'],
  ['bond', 'u64'],
  ['stake', 'u64'],
  ['counted', 'u64'],
];

const dispute: Fields = [['renter_units', 'u64'], ['provider_units', 'u64'], ...nested('opened', moment)];

const meter: Fields = [
  ['accepted', 'u64'],
  ...nested('maturing', claim),
  ...nested('latest', claim),
  ['window_end', 'i64'],
  ...nested('heartbeat', moment),
  ['energy_wh', 'u64'],
  ['segment_base', 'u64'],
  ['segment_start', 'i64'],
  ['gpus', 'u32'],
  ['previous_gpus', 'u32'],
  ['excused', 'u64'],
  ['attested_fundable', 'u64'],
  ['free_fundable', 'u64'],
  ['revived_at', 'i64'],
  ['evidence', 32],
];

/** Five epochs: number `n` lies at `n % 5`. */
const fees: Fields = [0, 1, 2, 3, 4].flatMap((place) =>
  nested(`epochs.${place}`, [
    ['epoch', 'u64'],
    ['fees', 'u64'],
  ]),
);

const rules: Fields = [
  ['deposit', 'u64'],
  ['voting_period', 'u32'],
  ['extension', 'u32'],
  ['timelock', 'u32'],
  ['execution_window', 'u32'],
  ['quorum_bps', 'u16'],
  ['spare', 6],
];

const action: Fields = [
  ['address', 'address'],
  ['amount', 'u64'],
  ...nested('rules', rules),
  ['fee_bps', 'u16'],
  ['kind', 'u8'],
  ['spare', 5],
];

const tally: Fields = [
  ['votes_for', 'u64'],
  ['votes_against', 'u64'],
  ['electorate', 'u64'],
  ['quorum', 'u64'],
];

export const accounts: Readonly<Record<string, Fields>> = {
  Protocol: [
    ['domain', 32],
    ['vote_mint', 'address'],
    ['unit_mint', 'address'],
    ['guardian', 'address'],
    ['arbiter', 'address'],
    ['paused_until', 'i64'],
    ['pause_allowed_from', 'i64'],
    ['version', 'u8'],
    ['bump', 'u8'],
    ['spare', 62],
  ],
  FeeParams: [
    ['treasury', 'address'],
    ['effective_since', 'i64'],
    ['last_rise_at', 'i64'],
    ['changes', 'u32'],
    ['fee_bps', 'u16'],
    ['version', 'u8'],
    ['bump', 'u8'],
    ['spare', 56],
  ],
  MintPolicy: [
    ['mint', 'address'],
    ['fee_vault', 'address'],
    ['token_program', 'address'],
    ...nested('fees', fees),
    ['version', 'u8'],
    ['bump', 'u8'],
    ['decimals', 'u8'],
    ['spare', 37],
  ],
  Provider: [
    ['authority', 'address'],
    ['pending_authority', 'address'],
    ['attestor', 'address'],
    ['operator', 'address'],
    ['registered_by', 'address'],
    ...nested('record', record),
    ['version', 'u8'],
    ['bump', 'u8'],
    ['spare', 62],
  ],
  Offer: [
    ['provider', 'address'],
    ['id', 'u64'],
    ...nested('terms', terms),
    ...nested('listing', listing),
    ['gpus', 'u32'],
    ['gpus_free', 'u32'],
    ['leases', 'u32'],
    ['revision', 'u32'],
    ['is_open', 'u8'],
    ['version', 'u8'],
    ['bump', 'u8'],
    ['spare', 53],
  ],
  Lease: [
    ['renter', 'address'],
    ['payer', 'address'],
    ['provider', 'address'],
    ['offer', 'address'],
    ['vault', 'address'],
    ['domain', 32],
    ['arbiter', 'address'],
    ['access_key', 32],
    ['offer_hash', 32],
    ...nested('terms', terms),
    ['nonce', 'u64'],
    ['opened_slot', 'u64'],
    ['opened_at', 'i64'],
    ['start_deadline', 'i64'],
    ['opened_deposit', 'u64'],
    ['opened_duration', 'u32'],
    ['opened_gpus', 'u32'],
    ['fee_bps', 'u16'],
    ['version', 'u8'],
    ['bump', 'u8'],
    ['spare', 4],
    ['life', 32],
    ['access_blob_hash', 32],
    ['access_slot', 'u64'],
    ['session_key', 'address'],
    ['started_at', 'i64'],
    ['ends_at', 'i64'],
    ['end_slot', 'u64'],
    ['promised_until', 'i64'],
    ...nested('ledger', ledger),
    ...nested('meter', meter),
    ...nested('dispute', dispute),
    ['duration', 'u32'],
    ['gpus', 'u32'],
    ['state', 'u8'],
    ['end_reason', 'u8'],
    ['bond_is_pooled', 'u8'],
    ['spare_after', 13],
  ],
  Governance: [
    ...nested('rules', rules),
    ['locked', 416],
    ['proposal_count', 'u64'],
    ['executable', 40],
    ['version', 'u8'],
    ['bump', 'u8'],
    ['spare', 62],
  ],
  Participant: [
    ['party', 'address'],
    ['authority', 'address'],
    ...nested('fees', fees),
    ['version', 'u8'],
    ['bump', 'u8'],
    ['spare', 30],
  ],
  VoteLock: [
    ['owner', 'address'],
    ['vault', 'address'],
    ['delegate', 'address'],
    ['amount', 'u64'],
    ['unlock_at', 'i64'],
    ['deposit_slot', 'u64'],
    ['version', 'u8'],
    ['bump', 'u8'],
    ['spare', 30],
  ],
  Proposal: [
    ['proposer', 'address'],
    ...nested('action', action),
    ...nested('tokens', tally),
    ...nested('participants', tally),
    ['id', 'u64'],
    ['deposit', 'u64'],
    ['created_slot', 'u64'],
    ['created_at', 'i64'],
    ['first_end', 'i64'],
    ['ends_at', 'i64'],
    ['paid', 'u64'],
    ['extension', 'u32'],
    ['timelock', 'u32'],
    ['execution_window', 'u32'],
    ['fee_bps', 'u16'],
    ['state', 'u8'],
    ['version', 'u8'],
    ['bump', 'u8'],
    ['spare', 31],
  ],
  VoteRecord: [
    ['proposal', 'address'],
    ['voter', 'address'],
    ['rent_payer', 'address'],
    ['weight', 'u64'],
    ['house', 'u8'],
    ['is_for', 'u8'],
    ['by_delegate', 'u8'],
    ['version', 'u8'],
    ['bump', 'u8'],
    ['spare', 19],
  ],
};

export interface Place {
  readonly name: string;
  readonly type: Type;
  readonly offset: number;
}

/** The fields of an account with their offsets, and the account's size. */
export function place(fields: Fields): { readonly places: readonly Place[]; readonly size: number } {
  const DISCRIMINATOR_SIZE = 8;
  const places: Place[] = [];
  let offset = DISCRIMINATOR_SIZE;
  for (const [name, type] of fields) {
    places.push({ name, type, offset });
    offset += sizeOf(type);
  }
  return { places, size: offset };
}
