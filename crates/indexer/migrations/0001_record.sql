-- Accounts of the program are kept as their bytes; columns beside them are what is asked for. In PostgreSQL `BLOB` is `BYTEA`,
-- `WITHOUT ROWID` is not there, and text is ordered by its bytes. Integers of 64 bits without sign are kept as signed ones of the same order.

CREATE TABLE record (
    id BIGINT NOT NULL,
    genesis_hash BLOB NOT NULL,
    program BLOB NOT NULL,
    slot BIGINT,
    number BIGINT,
    signature BLOB,
    time BIGINT NOT NULL,
    transactions BIGINT NOT NULL,
    others BIGINT NOT NULL,
    is_complete BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE transactions (
    pos BIGINT NOT NULL,
    signature BLOB NOT NULL,
    time BIGINT NOT NULL,
    payer BLOB NOT NULL,
    is_listed BIGINT NOT NULL,
    raw BLOB NOT NULL,
    PRIMARY KEY (pos)
);

CREATE UNIQUE INDEX transactions_by_signature ON transactions (signature);

CREATE TABLE accounts (
    address BLOB NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (address)
);

CREATE TABLE vaults (
    account BLOB NOT NULL,
    kind TEXT NOT NULL,
    belongs_to BLOB NOT NULL,
    mint BLOB NOT NULL,
    balance BIGINT NOT NULL,
    PRIMARY KEY (account)
) WITHOUT ROWID;

CREATE INDEX vaults_of ON vaults (belongs_to, account);

CREATE TABLE events (
    pos BIGINT NOT NULL,
    number BIGINT NOT NULL,
    instruction TEXT NOT NULL,
    signer BLOB,
    lease BLOB,
    opened_slot BIGINT,
    content BLOB NOT NULL,
    PRIMARY KEY (pos, number)
) WITHOUT ROWID;

CREATE INDEX events_of ON events (instruction, pos, number);

CREATE TABLE event_abouts (
    about BLOB NOT NULL,
    pos BIGINT NOT NULL,
    number BIGINT NOT NULL,
    instruction TEXT NOT NULL,
    PRIMARY KEY (about, pos, number)
) WITHOUT ROWID;

CREATE INDEX event_abouts_of ON event_abouts (about, instruction, pos, number);

CREATE TABLE statements (
    lease BLOB NOT NULL,
    opened_slot BIGINT NOT NULL,
    pos BIGINT NOT NULL,
    number BIGINT NOT NULL,
    window_end BIGINT NOT NULL,
    gpu_seconds BIGINT NOT NULL,
    energy_wh BIGINT NOT NULL,
    evidence BLOB NOT NULL,
    signers BLOB NOT NULL,
    is_co_signed BIGINT NOT NULL,
    counts BIGINT NOT NULL,
    PRIMARY KEY (lease, opened_slot, pos, number)
) WITHOUT ROWID;

CREATE TABLE movements (
    pos BIGINT NOT NULL,
    number BIGINT NOT NULL,
    time BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    mint BLOB NOT NULL,
    amount BIGINT NOT NULL,
    from_account BLOB,
    from_owner BLOB,
    to_account BLOB,
    to_owner BLOB,
    lease BLOB,
    opened_slot BIGINT,
    PRIMARY KEY (pos, number)
) WITHOUT ROWID;

CREATE INDEX movements_of_lease ON movements (lease, opened_slot, pos, number);

CREATE TABLE movement_owners (
    owner BLOB NOT NULL,
    time BIGINT NOT NULL,
    pos BIGINT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (owner, time, pos, number)
) WITHOUT ROWID;

CREATE TABLE leases (
    lease BLOB NOT NULL,
    opened_slot BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    renter BLOB NOT NULL,
    payer BLOB NOT NULL,
    provider BLOB NOT NULL,
    offer BLOB NOT NULL,
    provider_authority BLOB,
    abouts BLOB NOT NULL,
    gpu_model TEXT NOT NULL,
    region TEXT NOT NULL,
    is_own BIGINT NOT NULL,
    is_in_doubt BIGINT NOT NULL,
    is_dispute_lost BIGINT NOT NULL,
    closed_at BIGINT,
    payout BIGINT,
    fees BIGINT,
    bond BIGINT,
    credit BIGINT,
    refund BIGINT,
    promised BIGINT,
    account BLOB NOT NULL,
    PRIMARY KEY (lease, opened_slot)
);

CREATE INDEX leases_by_opening ON leases (opened_at, opened_slot, lease);

CREATE INDEX leases_by_state ON leases (state, opened_at, opened_slot, lease);

CREATE TABLE lease_abouts (
    about BLOB NOT NULL,
    opened_at BIGINT NOT NULL,
    opened_slot BIGINT NOT NULL,
    lease BLOB NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (about, opened_at, opened_slot, lease)
) WITHOUT ROWID;

CREATE INDEX lease_abouts_by_state ON lease_abouts (about, state, opened_at, opened_slot, lease);

CREATE TABLE offers (
    offer BLOB NOT NULL,
    created_at BIGINT,
    updated_at BIGINT,
    closed_at BIGINT,
    account BLOB NOT NULL,
    PRIMARY KEY (offer)
);

CREATE INDEX offers_that_stand ON offers (offer) WHERE closed_at IS NULL;

CREATE TABLE offer_versions (
    offer BLOB NOT NULL,
    pos BIGINT NOT NULL,
    is_removed BIGINT NOT NULL,
    account BLOB NOT NULL,
    PRIMARY KEY (offer, pos)
);

CREATE TABLE mints (
    mint BLOB NOT NULL,
    decimals BIGINT NOT NULL,
    PRIMARY KEY (mint)
) WITHOUT ROWID;

CREATE TABLE supplies (
    gpu_model TEXT NOT NULL,
    mint BLOB NOT NULL,
    offers BIGINT NOT NULL,
    gpus BIGINT NOT NULL,
    gpus_free BIGINT NOT NULL,
    PRIMARY KEY (gpu_model, mint)
) WITHOUT ROWID;

CREATE TABLE price_days (
    gpu_model TEXT NOT NULL,
    mint BLOB NOT NULL,
    day BIGINT NOT NULL,
    low BIGINT,
    high BIGINT,
    weighted BLOB NOT NULL,
    gpu_seconds BIGINT NOT NULL,
    leases BIGINT NOT NULL,
    gpus BIGINT NOT NULL,
    gpus_free BIGINT NOT NULL,
    PRIMARY KEY (gpu_model, mint, day)
) WITHOUT ROWID;

CREATE TABLE providers (
    provider BLOB NOT NULL,
    registered_at BIGINT,
    units_promised BIGINT NOT NULL,
    units_delivered BIGINT NOT NULL,
    leases BIGINT NOT NULL,
    abandoned BIGINT NOT NULL,
    disputes_lost BIGINT NOT NULL,
    leases_without_weight BIGINT NOT NULL,
    account BLOB NOT NULL,
    PRIMARY KEY (provider)
);

CREATE TABLE provider_days (
    provider BLOB NOT NULL,
    day BIGINT NOT NULL,
    units_promised BIGINT NOT NULL,
    units_delivered BIGINT NOT NULL,
    leases BIGINT NOT NULL,
    abandoned BIGINT NOT NULL,
    disputes_lost BIGINT NOT NULL,
    leases_without_weight BIGINT NOT NULL,
    PRIMARY KEY (provider, day)
) WITHOUT ROWID;

CREATE TABLE market_days (
    day BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    closed BIGINT NOT NULL,
    disputes BIGINT NOT NULL,
    gpu_seconds BIGINT NOT NULL,
    PRIMARY KEY (day)
) WITHOUT ROWID;

CREATE TABLE mint_days (
    day BIGINT NOT NULL,
    mint BLOB NOT NULL,
    paid_in BIGINT NOT NULL,
    paid_out BIGINT NOT NULL,
    fees BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    refunds BIGINT NOT NULL,
    PRIMARY KEY (day, mint)
) WITHOUT ROWID;

CREATE TABLE wallet_days (
    wallet BLOB NOT NULL,
    day BIGINT NOT NULL,
    mint BLOB NOT NULL,
    paid_in BIGINT NOT NULL,
    paid_back BIGINT NOT NULL,
    earned BIGINT NOT NULL,
    bonds_paid BIGINT NOT NULL,
    bonds_returned BIGINT NOT NULL,
    PRIMARY KEY (wallet, day, mint)
) WITHOUT ROWID;

CREATE TABLE proposals (
    id BIGINT NOT NULL,
    proposal BLOB NOT NULL,
    executed_pos BIGINT,
    account BLOB NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE votes (
    proposal BLOB NOT NULL,
    seat BLOB NOT NULL,
    pos BIGINT NOT NULL,
    owner BLOB,
    signer BLOB,
    wallets BLOB NOT NULL,
    changes BIGINT NOT NULL,
    account BLOB NOT NULL,
    PRIMARY KEY (proposal, seat)
);

CREATE INDEX votes_by_pos ON votes (proposal, pos, seat);

CREATE TABLE vote_wallets (
    wallet BLOB NOT NULL,
    proposal BLOB NOT NULL,
    seat BLOB NOT NULL,
    pos BIGINT NOT NULL,
    PRIMARY KEY (wallet, proposal, seat)
) WITHOUT ROWID;

CREATE INDEX vote_wallets_by_pos ON vote_wallets (wallet, pos, proposal, seat);

CREATE TABLE fee_changes (
    pos BIGINT NOT NULL,
    number BIGINT NOT NULL,
    from_bps BIGINT,
    to_bps BIGINT NOT NULL,
    proposal BLOB,
    PRIMARY KEY (pos, number)
) WITHOUT ROWID;

CREATE TABLE pauses (
    pos BIGINT NOT NULL,
    number BIGINT NOT NULL,
    time BIGINT NOT NULL,
    until BIGINT,
    PRIMARY KEY (pos, number)
) WITHOUT ROWID;

CREATE TABLE doubts (
    pos BIGINT NOT NULL,
    number BIGINT NOT NULL,
    account BLOB NOT NULL,
    lease BLOB,
    opened_slot BIGINT,
    reason TEXT NOT NULL,
    is_open BIGINT NOT NULL,
    PRIMARY KEY (pos, number, account)
);

CREATE INDEX doubts_by_account ON doubts (is_open, account);

CREATE TABLE staged (
    signature BLOB NOT NULL,
    slot BIGINT NOT NULL,
    is_failed BIGINT NOT NULL,
    PRIMARY KEY (signature)
) WITHOUT ROWID;

CREATE INDEX staged_by_slot ON staged (slot, signature);

CREATE TABLE kept (
    signature BLOB NOT NULL,
    raw BLOB NOT NULL,
    PRIMARY KEY (signature)
);

CREATE TABLE audits (
    account BLOB NOT NULL,
    held BIGINT NOT NULL,
    audited_at BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    PRIMARY KEY (account)
);
