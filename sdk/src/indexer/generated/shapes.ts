// Written by scripts/indexer.mjs from openapi/gpu-lease-indexer.json; do not edit.

/** Fields that JSON does not have as they are: integers as text, and objects with such fields. */
export const SHAPES: Record<string, Record<string, string>> = {
  "Balance": {
    "audited_at": "bigint",
    "booked": "bigint",
    "held": "bigint"
  },
  "BalancePage": {
    "items": "Balance"
  },
  "Closing": {
    "bond": "bigint",
    "credit": "bigint",
    "fees": "bigint",
    "payout": "bigint",
    "refund": "bigint"
  },
  "Event": {
    "landed": "Landed",
    "opened_slot": "bigint"
  },
  "EventPage": {
    "items": "Event"
  },
  "FeeChange": {
    "landed": "Landed"
  },
  "FeeChangePage": {
    "items": "FeeChange"
  },
  "Landed": {
    "slot": "bigint",
    "time": "bigint"
  },
  "Lease": {
    "accepted": "bigint",
    "bond": "bigint",
    "claimed": "bigint",
    "closed_at": "bigint",
    "closing": "Closing",
    "deposited": "bigint",
    "ends_at": "bigint",
    "energy_wh": "bigint",
    "fees": "bigint",
    "opened_at": "bigint",
    "opened_slot": "bigint",
    "paid": "bigint",
    "price": "bigint",
    "promised": "bigint",
    "started_at": "bigint"
  },
  "LeasePage": {
    "items": "Lease"
  },
  "MarketDay": {
    "closed": "bigint",
    "day": "bigint",
    "disputes": "bigint",
    "gpu_seconds": "bigint",
    "mints": "MintDay",
    "opened": "bigint"
  },
  "MarketDayPage": {
    "items": "MarketDay"
  },
  "MintDay": {
    "credits": "bigint",
    "fees": "bigint",
    "paid_in": "bigint",
    "paid_out": "bigint",
    "refunds": "bigint"
  },
  "MintPrice": {
    "price": "bigint"
  },
  "Model": {
    "from": "MintPrice",
    "gpus": "bigint",
    "gpus_free": "bigint",
    "offers": "bigint",
    "providers": "bigint"
  },
  "ModelPage": {
    "items": "Model"
  },
  "Movement": {
    "amount": "bigint",
    "landed": "Landed",
    "opened_slot": "bigint"
  },
  "MovementPage": {
    "items": "Movement"
  },
  "Offer": {
    "closed_at": "bigint",
    "created_at": "bigint",
    "id": "bigint",
    "reliability": "Reliability",
    "terms": "OfferTerms",
    "updated_at": "bigint"
  },
  "OfferPage": {
    "items": "Offer"
  },
  "OfferTerms": {
    "price": "bigint"
  },
  "OfferVersion": {
    "since": "Landed",
    "terms": "OfferTerms"
  },
  "OfferVersionPage": {
    "items": "OfferVersion"
  },
  "Pause": {
    "landed": "Landed",
    "until": "bigint"
  },
  "PausePage": {
    "items": "Pause"
  },
  "PriceDay": {
    "day": "bigint",
    "gpu_seconds": "bigint",
    "gpus": "bigint",
    "gpus_free": "bigint",
    "high": "bigint",
    "leases": "bigint",
    "low": "bigint",
    "mean": "bigint"
  },
  "PriceDayPage": {
    "items": "PriceDay"
  },
  "Progress": {
    "confirmed_slot": "bigint",
    "finalized_slot": "bigint",
    "in_doubt": "bigint",
    "others": "bigint",
    "time": "bigint",
    "transactions": "bigint"
  },
  "Proposal": {
    "created_at": "bigint",
    "ends_at": "bigint",
    "executed": "Landed",
    "id": "bigint",
    "participants_against": "bigint",
    "participants_for": "bigint",
    "quorum": "bigint",
    "refusal_quorum": "bigint",
    "tokens_against": "bigint",
    "tokens_for": "bigint"
  },
  "ProposalPage": {
    "items": "Proposal"
  },
  "Provider": {
    "record": "ProviderRecord",
    "registered_at": "bigint",
    "reliability": "Reliability"
  },
  "ProviderDay": {
    "day": "bigint",
    "reliability": "Reliability"
  },
  "ProviderDayPage": {
    "items": "ProviderDay"
  },
  "ProviderPage": {
    "items": "Provider"
  },
  "ProviderRecord": {
    "fees_paid": "bigint",
    "units_delivered": "bigint",
    "units_promised": "bigint"
  },
  "Receipt": {
    "cost": "bigint",
    "lease": "Lease",
    "lines": "ReceiptLine",
    "paid_back": "bigint",
    "paid_in": "bigint"
  },
  "ReceiptLine": {
    "amount": "bigint",
    "landed": "Landed",
    "opened_slot": "bigint",
    "change": "bigint"
  },
  "ReceiptPage": {
    "items": "Receipt"
  },
  "Reliability": {
    "units_delivered": "bigint",
    "units_promised": "bigint"
  },
  "Statement": {
    "energy_wh": "bigint",
    "gpu_seconds": "bigint",
    "landed": "Landed",
    "window_end": "bigint"
  },
  "StatementPage": {
    "items": "Statement"
  },
  "Vote": {
    "landed": "Landed",
    "weight": "bigint"
  },
  "VotePage": {
    "items": "Vote"
  },
  "WalletDay": {
    "bonds_paid": "bigint",
    "bonds_returned": "bigint",
    "day": "bigint",
    "earned": "bigint",
    "paid_back": "bigint",
    "paid_in": "bigint"
  },
  "WalletDayPage": {
    "items": "WalletDay"
  }
};

/** The shape of what a path answers. */
export const ANSWERS: Record<string, string> = {
  "/v1/balances": "BalancePage",
  "/v1/events": "EventPage",
  "/v1/fees": "FeeChangePage",
  "/v1/leases": "LeasePage",
  "/v1/leases/{lease}": "LeasePage",
  "/v1/leases/{lease}/{opened_slot}": "Lease",
  "/v1/leases/{lease}/{opened_slot}/movements": "MovementPage",
  "/v1/leases/{lease}/{opened_slot}/receipt": "Receipt",
  "/v1/leases/{lease}/{opened_slot}/statements": "StatementPage",
  "/v1/market/days": "MarketDayPage",
  "/v1/models": "ModelPage",
  "/v1/models/{gpu_model}/prices": "PriceDayPage",
  "/v1/offers": "OfferPage",
  "/v1/offers/{offer}": "Offer",
  "/v1/offers/{offer}/versions": "OfferVersionPage",
  "/v1/pauses": "PausePage",
  "/v1/progress": "Progress",
  "/v1/proposals": "ProposalPage",
  "/v1/proposals/{id}": "Proposal",
  "/v1/proposals/{id}/votes": "VotePage",
  "/v1/providers": "ProviderPage",
  "/v1/providers/{provider}": "Provider",
  "/v1/providers/{provider}/days": "ProviderDayPage",
  "/v1/wallets/{wallet}/days": "WalletDayPage",
  "/v1/wallets/{wallet}/movements": "MovementPage",
  "/v1/wallets/{wallet}/receipts": "ReceiptPage",
  "/v1/wallets/{wallet}/votes": "VotePage"
};
