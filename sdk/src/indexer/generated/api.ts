// Written by scripts/indexer.mjs from openapi/gpu-lease-indexer.json; do not edit.

export interface paths {
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the record can be read */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This description */
        get: operations["description"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/balances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the token accounts of the program hold, by the record and by a node */
        get: operations["balances"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened: instructions that were carried out, the newest first */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens, as it does: server-sent events, each once
         * @description A client that comes again with the id of the last event that it had gets those after it first. One that reads more slowly
         *     than they come is cut off.
         */
        get: operations["live_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fees": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the fee was, the newest first */
        get: operations["fees"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Leases, those that are over, too; the newest come first */
        get: operations["leases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leases/{lease}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Each lease that had an address, the newest first */
        get: operations["lives"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leases/{lease}/{opened_slot}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A lease */
        get: operations["lease"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leases/{lease}/{opened_slot}/movements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tokens that moved for a lease, the oldest first */
        get: operations["lease_movements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leases/{lease}/{opened_slot}/receipt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The receipt of a lease: each amount with its transaction, and what it was to a wallet */
        get: operations["receipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leases/{lease}/{opened_slot}/statements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage of a lease that was stated, the newest first */
        get: operations["statements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/market/days": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened in the market, a day after the other, of what is finalized */
        get: operations["market_days"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Models that are, or were, listed */
        get: operations["models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{gpu_model}/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prices and availability of a model, a day and a mint after the other, of what is finalized */
        get: operations["prices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/offers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Offers, by what they have and cost */
        get: operations["offers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/offers/{offer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An offer */
        get: operations["offer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/offers/{offer}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How an offer was, the newest version first */
        get: operations["offer_versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pauses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When new leases were paused, the newest first */
        get: operations["pauses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How much of the chain is in the record */
        get: operations["progress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/proposals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Proposals, the newest first */
        get: operations["proposals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/proposals/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A proposal */
        get: operations["proposal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/proposals/{id}/votes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who voted what, the newest first */
        get: operations["votes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Providers */
        get: operations["providers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A provider */
        get: operations["provider"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers/{provider}/days": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a provider kept its word, a day after the other, of what is finalized */
        get: operations["provider_days"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/wallets/{wallet}/days": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a wallet spent and earned, a day and a mint after the other, of what is finalized */
        get: operations["wallet_days"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/wallets/{wallet}/movements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a wallet paid and got, the newest first */
        get: operations["wallet_movements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/wallets/{wallet}/receipts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Receipts of the leases that a wallet rents, pays or provides, those of the newest first */
        get: operations["receipts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/wallets/{wallet}/votes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a wallet voted, the newest first */
        get: operations["wallet_votes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What a token account of the program holds, by the record and by a node. */
        Balance: {
            /** @description The token account. */
            account: string;
            audited_at: null | components["schemas"]["Signed64"];
            /** @description By the record. */
            booked: components["schemas"]["Unsigned64"];
            held: null | components["schemas"]["Unsigned64"];
            /** @description What it is for: `lease`, `fees`, `bonds` or `lock`. */
            kind: string;
            /** @description The mint. */
            mint: string;
            /** @description The lease, mint policy, provider or lock that it belongs to. */
            of: string;
            /** @description Whether record and node agree: `balanced`, `surplus`, `deficit`, or `unaudited`. */
            verdict: string;
        };
        /** @description Some of a list, in its order. */
        BalancePage: {
            /** @description Those of this page. */
            items: components["schemas"]["Balance"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description How the money of a lease was divided. */
        Closing: {
            /** @description Bond returned. */
            bond: components["schemas"]["Unsigned64"];
            /** @description Part of the bond, for units that were promised and missed. */
            credit: components["schemas"]["Unsigned64"];
            /** @description Fees, all of them. */
            fees: components["schemas"]["Unsigned64"];
            /** @description Paid to the provider then. */
            payout: components["schemas"]["Unsigned64"];
            /** @description Paid back to the payer. */
            refund: components["schemas"]["Unsigned64"];
        };
        /**
         * @description How settled something is.
         * @enum {string}
         */
        Commitment: "finalized" | "confirmed";
        /** @description A description of an API, by OpenAPI 3.1. */
        Description: Record<string, never>;
        /** @description An instruction that was carried out. */
        Event: {
            /** @description Its accounts by name. */
            accounts: Record<string, never>;
            /** @description Its arguments. */
            args: Record<string, never>;
            /** @description Whose signature it took. */
            by: string | null;
            /**
             * @description Its place among all that happened: slot, number of the transaction in its block, number in the transaction, as
             *     `417-3-0`.
             */
            id: string;
            /** @description The instruction, for instance `open_lease`. */
            instruction: string;
            /** @description Where. */
            landed: components["schemas"]["Landed"];
            /** @description The lease that it is about. */
            lease: string | null;
            /**
             * Format: int32
             * @description Its number in the transaction.
             */
            number: number;
            opened_slot: null | components["schemas"]["Unsigned64"];
            /** @description What the program told of it. */
            told: Record<string, never>[];
        };
        /** @description Some of a list, in its order. */
        EventPage: {
            /** @description Those of this page. */
            items: components["schemas"]["Event"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description A fee, from when on it was asked for. */
        FeeChange: {
            /**
             * Format: int32
             * @description Before, basis points; `null` for the first.
             */
            from_bps: number | null;
            /** @description Where. */
            landed: components["schemas"]["Landed"];
            /** @description The proposal that decided it. */
            proposal: string | null;
            /**
             * Format: int32
             * @description From then on.
             */
            to_bps: number;
        };
        /** @description Some of a list, in its order. */
        FeeChangePage: {
            /** @description Those of this page. */
            items: components["schemas"]["FeeChange"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description Whether this indexer answers. */
        Health: {
            /** @description `true`; otherwise there is an error instead of this. */
            is_healthy: boolean;
        };
        /** @description Where something is among all that happened. */
        Landed: {
            /** @description How settled that is. */
            commitment: components["schemas"]["Commitment"];
            /** @description The transaction. */
            signature: string;
            /** @description Slot of its block. */
            slot: components["schemas"]["Unsigned64"];
            /** @description When its block was made. */
            time: components["schemas"]["Signed64"];
        };
        /** @description A lease, whether it runs or is over. */
        Lease: {
            /** @description GPU-seconds that are final. */
            accepted: components["schemas"]["Unsigned64"];
            /** @description Its account; another lease can have had the same before, or have it now. */
            address: string;
            bond: null | components["schemas"]["Unsigned64"];
            /** @description GPU-seconds that were claimed or agreed on. */
            claimed: components["schemas"]["Unsigned64"];
            closed_at: null | components["schemas"]["Signed64"];
            closing: null | components["schemas"]["Closing"];
            /** @description How settled all this is. */
            commitment: components["schemas"]["Commitment"];
            deposited: null | components["schemas"]["Unsigned64"];
            /**
             * Format: int32
             * @description Duration that was agreed, seconds.
             */
            duration: number;
            /** @description Why it ended, as `terminated` or `abandoned`; `null` while it runs. */
            end_reason: string | null;
            ends_at: null | components["schemas"]["Signed64"];
            /** @description Energy, watt-hours. */
            energy_wh: components["schemas"]["Unsigned64"];
            /**
             * Format: int32
             * @description Fee, basis points of what is released.
             */
            fee_bps: number;
            fees: null | components["schemas"]["Unsigned64"];
            /** @description Model of the GPUs when it was opened. */
            gpu_model: string;
            /**
             * Format: int32
             * @description GPUs.
             */
            gpus: number;
            /** @description Whether the record does not explain what its accounts hold: then amounts are withheld. */
            is_in_doubt: boolean;
            /** @description Whether renter or payer is the provider itself. */
            is_own: boolean;
            /** @description Mint of all amounts here. */
            mint: string;
            /** @description The offer. */
            offer: string;
            /** @description When it was opened. */
            opened_at: components["schemas"]["Signed64"];
            /** @description Slot in which it was opened: tells it from others that had its address. */
            opened_slot: components["schemas"]["Unsigned64"];
            paid: null | components["schemas"]["Unsigned64"];
            /** @description Paid for it. */
            payer: string;
            /** @description Base units a GPU-hour. */
            price: components["schemas"]["Unsigned64"];
            promised: null | components["schemas"]["Unsigned64"];
            /** @description The provider's account. */
            provider: string;
            /** @description The provider's wallet. */
            provider_authority: string | null;
            /** @description Where they were. */
            region: string;
            /** @description Uses the GPUs. */
            renter: string;
            started_at: null | components["schemas"]["Signed64"];
            /** @description What became of it. */
            state: components["schemas"]["LeaseState"];
        };
        /** @description Some of a list, in its order. */
        LeasePage: {
            /** @description Those of this page. */
            items: components["schemas"]["Lease"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /**
         * @description What became of a lease.
         * @enum {string}
         */
        LeaseState: "pending" | "active" | "disputed" | "resolved" | "cancelled" | "closed";
        /** @description A day of the market. */
        MarketDay: {
            /** @description Leases that were closed. */
            closed: components["schemas"]["Unsigned64"];
            /** @description Its first second, in UTC. */
            day: components["schemas"]["Signed64"];
            /** @description Disputes that were opened. */
            disputes: components["schemas"]["Unsigned64"];
            /** @description GPU-seconds of the leases that were closed. */
            gpu_seconds: components["schemas"]["Unsigned64"];
            /** @description Money, for each mint. */
            mints: components["schemas"]["MintDay"][];
            /** @description Leases that were opened. */
            opened: components["schemas"]["Unsigned64"];
        };
        /** @description Some of a list, in its order. */
        MarketDayPage: {
            /** @description Those of this page. */
            items: components["schemas"]["MarketDay"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description Money that moved on a day in a mint. */
        MintDay: {
            /** @description Credits. */
            credits: components["schemas"]["Unsigned64"];
            /** @description Fees. */
            fees: components["schemas"]["Unsigned64"];
            /** @description The mint. */
            mint: string;
            /** @description Paid in for leases. */
            paid_in: components["schemas"]["Unsigned64"];
            /** @description Paid to providers. */
            paid_out: components["schemas"]["Unsigned64"];
            /** @description Given back. */
            refunds: components["schemas"]["Unsigned64"];
        };
        /** @description A price in a mint. */
        MintPrice: {
            /** @description The mint. */
            mint: string;
            /** @description Base units a GPU-hour. */
            price: components["schemas"]["Unsigned64"];
        };
        /** @description A model of GPUs that is, or was, listed. */
        Model: {
            /** @description Lowest price in each mint of an offer with a free GPU. */
            from: components["schemas"]["MintPrice"][];
            /** @description Its name, as providers write it. */
            gpu_model: string;
            /** @description GPUs in them. */
            gpus: components["schemas"]["Unsigned64"];
            /** @description Those that are free. */
            gpus_free: components["schemas"]["Unsigned64"];
            /** @description Open offers. */
            offers: components["schemas"]["Unsigned64"];
            /** @description Providers. */
            providers: components["schemas"]["Unsigned64"];
        };
        /** @description Some of a list, in its order. */
        ModelPage: {
            /** @description Those of this page. */
            items: components["schemas"]["Model"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description Tokens that entered or left an account of the program. */
        Movement: {
            /** @description Base units. */
            amount: components["schemas"]["Unsigned64"];
            /** @description Token account that they came from; `null` if nobody saw it. */
            from: string | null;
            /** @description Whose that is. */
            from_owner: string | null;
            /** @description Where. */
            landed: components["schemas"]["Landed"];
            /** @description The lease that it is about. */
            lease: string | null;
            /** @description The mint. */
            mint: string;
            /**
             * Format: int32
             * @description Its number in the transaction.
             */
            number: number;
            opened_slot: null | components["schemas"]["Unsigned64"];
            /**
             * @description What for: `deposit`, `top_up`, `bond`, `stake`, `arbiter_fee`, `payout`, `fee`, `bond_return`, `credit`, `refund`,
             *     `bond_payment`, `bond_withdrawal`, `lock`, `unlock`, `fee_withdrawal`, `gift` or `unexplained`.
             */
            purpose: string;
            /** @description Token account that they went to. */
            to: string | null;
            /** @description Whose that is. */
            to_owner: string | null;
        };
        /** @description Some of a list, in its order. */
        MovementPage: {
            /** @description Those of this page. */
            items: components["schemas"]["Movement"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description GPUs that a provider lists. */
        Offer: {
            /** @description Its account. */
            address: string;
            /**
             * Format: int32
             * @description Carbon intensity of their energy, grams of CO2 equivalents a kilowatt-hour.
             */
            carbon_intensity: number;
            closed_at: null | components["schemas"]["Signed64"];
            /** @description How settled all this is. */
            commitment: components["schemas"]["Commitment"];
            created_at: null | components["schemas"]["Signed64"];
            /** @description The description's hash. */
            description_hash: string;
            /** @description Where its full description is. */
            description_uri: string;
            /** @description Model of the GPUs, as the provider wrote it. */
            gpu_model: string;
            /**
             * Format: int32
             * @description GPUs listed.
             */
            gpus: number;
            /**
             * Format: int32
             * @description Those that are free.
             */
            gpus_free: number;
            /** @description The provider's number for it. */
            id: components["schemas"]["Unsigned64"];
            /** @description Whether new leases may be opened. */
            is_open: boolean;
            /**
             * Format: int32
             * @description Leases on it.
             */
            leases: number;
            /**
             * Format: int32
             * @description Memory of each, GiB.
             */
            memory_gib: number;
            /** @description Its provider's account. */
            provider: string;
            /** @description Where they are. */
            region: string;
            /** @description How its provider kept its word. */
            reliability: components["schemas"]["Reliability"];
            /**
             * Format: int32
             * @description How often it was changed.
             */
            revision: number;
            /** @description On what terms. */
            terms: components["schemas"]["OfferTerms"];
            updated_at: null | components["schemas"]["Signed64"];
        };
        /** @description Some of a list, in its order. */
        OfferPage: {
            /** @description Those of this page. */
            items: components["schemas"]["Offer"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description On what terms. */
        OfferTerms: {
            /**
             * Format: int32
             * @description Bond, hours of the price.
             */
            bond_hours: number;
            /**
             * Format: int32
             * @description How long a claim can be disputed, seconds.
             */
            challenge_window: number;
            /**
             * Format: int32
             * @description After so many silent seconds the lease can be ended.
             */
            heartbeat_timeout: number;
            /**
             * Format: int32
             * @description Longest lease, seconds.
             */
            max_duration: number;
            /**
             * Format: int32
             * @description Shortest lease, seconds.
             */
            min_duration: number;
            /** @description The mint of the price. */
            mint: string;
            /**
             * Format: int32
             * @description Notice, seconds.
             */
            notice: number;
            /** @description Base units a GPU-hour. */
            price: components["schemas"]["Unsigned64"];
            /**
             * Format: int32
             * @description What is paid for missing units, of their price, basis points.
             */
            sla_penalty_bps: number;
            /**
             * Format: int32
             * @description Uptime that is promised, basis points.
             */
            sla_uptime_bps: number;
            /** @description Has to sign usage, too. */
            verifier: string | null;
        };
        /** @description An offer as it was for a while. */
        OfferVersion: {
            /** @description Model of the GPUs. */
            gpu_model: string;
            /**
             * Format: int32
             * @description GPUs listed; 0 from when it was removed.
             */
            gpus: number;
            /** @description Whether new leases could be opened. */
            is_open: boolean;
            /** @description From when on. */
            since: components["schemas"]["Landed"];
            /** @description On what terms. */
            terms: components["schemas"]["OfferTerms"];
        };
        /** @description Some of a list, in its order. */
        OfferVersionPage: {
            /** @description Those of this page. */
            items: components["schemas"]["OfferVersion"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description A pause of new leases. */
        Pause: {
            /** @description Where it began. */
            landed: components["schemas"]["Landed"];
            /** @description When it ended, or ends. */
            until: components["schemas"]["Signed64"];
        };
        /** @description Some of a list, in its order. */
        PausePage: {
            /** @description Those of this page. */
            items: components["schemas"]["Pause"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description A day of a model in a mint: what was listed, and what was rented. */
        PriceDay: {
            /** @description Its first second, in UTC. */
            day: components["schemas"]["Signed64"];
            /** @description The model. */
            gpu_model: string;
            /** @description GPU-seconds that they were opened for. */
            gpu_seconds: components["schemas"]["Unsigned64"];
            /** @description GPUs in open offers at the end of the day. */
            gpus: components["schemas"]["Unsigned64"];
            /** @description Those that were free. */
            gpus_free: components["schemas"]["Unsigned64"];
            high: null | components["schemas"]["Unsigned64"];
            /** @description Leases that were opened. */
            leases: components["schemas"]["Unsigned64"];
            low: null | components["schemas"]["Unsigned64"];
            mean: null | components["schemas"]["Unsigned64"];
            /** @description The mint. */
            mint: string;
        };
        /** @description Some of a list, in its order. */
        PriceDayPage: {
            /** @description Those of this page. */
            items: components["schemas"]["PriceDay"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description How much of the chain is in the record. */
        Progress: {
            /** @description Up to this slot what is confirmed is shown. */
            confirmed_slot: components["schemas"]["Unsigned64"];
            /** @description Up to this slot everything that is finalized is in the record. */
            finalized_slot: components["schemas"]["Unsigned64"];
            /** @description The cluster: hash of its genesis block, base58. */
            genesis_hash: string;
            /** @description Accounts whose figures are withheld, since the record does not explain them. */
            in_doubt: components["schemas"]["Unsigned64"];
            /** @description Whether the record begins with the program; otherwise what came before is not in it. */
            is_complete: boolean;
            /** @description Those that failed, or only named the program. */
            others: components["schemas"]["Unsigned64"];
            /** @description The program. */
            program: string;
            /** @description The cluster's time then. */
            time: components["schemas"]["Signed64"];
            /** @description Transactions of the program that succeeded. */
            transactions: components["schemas"]["Unsigned64"];
        };
        /** @description A proposal. */
        Proposal: {
            /** @description What it proposes: an object with `kind` and what belongs to that. */
            action: Record<string, never>;
            /** @description Its account. */
            address: string;
            /** @description When the vote began. */
            created_at: components["schemas"]["Signed64"];
            /** @description When it ends, or ended. */
            ends_at: components["schemas"]["Signed64"];
            executed: null | components["schemas"]["Landed"];
            /** @description Its number. */
            id: components["schemas"]["Unsigned64"];
            /** @description Votes against it of those who pay fees. */
            participants_against: components["schemas"]["Unsigned64"];
            /** @description Votes for it of those. */
            participants_for: components["schemas"]["Unsigned64"];
            /** @description Who made it. */
            proposer: string;
            /** @description Votes for that it needs. */
            quorum: components["schemas"]["Unsigned64"];
            /** @description Votes against with which they refuse it; 0 if they have no say. */
            refusal_quorum: components["schemas"]["Unsigned64"];
            /** @description What became of it. */
            state: components["schemas"]["ProposalState"];
            /** @description Votes against it of token holders. */
            tokens_against: components["schemas"]["Unsigned64"];
            /** @description Votes for it of token holders. */
            tokens_for: components["schemas"]["Unsigned64"];
        };
        /** @description Some of a list, in its order. */
        ProposalPage: {
            /** @description Those of this page. */
            items: components["schemas"]["Proposal"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /**
         * @description What became of a proposal.
         * @enum {string}
         */
        ProposalState: "voting" | "passed" | "failed" | "cancelled" | "executed";
        /** @description A provider. */
        Provider: {
            /** @description Its account. */
            address: string;
            /** @description Signs its usage. */
            attestor: string;
            /** @description Its wallet. */
            authority: string;
            /** @description Runs its leases. */
            operator: string | null;
            /** @description What its account says. */
            record: components["schemas"]["ProviderRecord"];
            registered_at: null | components["schemas"]["Signed64"];
            /** @description Wallet that registered it. */
            registered_by: string;
            /** @description How it kept its word. */
            reliability: components["schemas"]["Reliability"];
        };
        /** @description A provider's day, of the leases that were closed on it. */
        ProviderDay: {
            /** @description Its first second, in UTC. */
            day: components["schemas"]["Signed64"];
            /** @description What weighs and what does not. */
            reliability: components["schemas"]["Reliability"];
        };
        /** @description Some of a list, in its order. */
        ProviderDayPage: {
            /** @description Those of this page. */
            items: components["schemas"]["ProviderDay"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description Some of a list, in its order. */
        ProviderPage: {
            /** @description Those of this page. */
            items: components["schemas"]["Provider"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description What a provider's account says of it. */
        ProviderRecord: {
            /**
             * Format: int32
             * @description Disputes that it lost.
             */
            disputes_lost: number;
            /** @description Fees that its leases paid in the mint that votes count. */
            fees_paid: components["schemas"]["Unsigned64"];
            /**
             * Format: int32
             * @description Leases that it fell silent in.
             */
            leases_abandoned: number;
            /**
             * Format: int32
             * @description Leases closed.
             */
            leases_completed: number;
            /**
             * Format: int32
             * @description Leases that were disputed.
             */
            leases_disputed: number;
            /**
             * Format: int32
             * @description Leases started.
             */
            leases_started: number;
            /** @description GPU-seconds of closed leases that were delivered. */
            units_delivered: components["schemas"]["Unsigned64"];
            /** @description GPU-seconds that were promised. */
            units_promised: components["schemas"]["Unsigned64"];
        };
        /** @description What is wrong, and what helps. */
        Reason: {
            /** @description What to do about it. */
            advice: string;
            /** @description What is wrong. */
            message: string;
        };
        /** @description What an accountant needs of a lease: who, what, when, and each amount with its transaction. */
        Receipt: {
            cost: null | components["schemas"]["Signed64"];
            /**
             * Format: int32
             * @description Digits behind the point of the mint; `null` if no transaction showed them.
             */
            decimals: number | null;
            /** @description The lease. */
            lease: components["schemas"]["Lease"];
            /** @description What moved, the oldest first. */
            lines: components["schemas"]["ReceiptLine"][];
            paid_back: null | components["schemas"]["Unsigned64"];
            paid_in: null | components["schemas"]["Unsigned64"];
        };
        /** @description A movement, and what it is to whoever asks. */
        ReceiptLine: components["schemas"]["Movement"] & {
            /** @description Base units that the wallet paid, negative, or got; 0 if it is somebody else's. */
            change: components["schemas"]["Signed64"];
        };
        /** @description Some of a list, in its order. */
        ReceiptPage: {
            /** @description Those of this page. */
            items: components["schemas"]["Receipt"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description An error, as all programs of this project tell it. */
        Refusal: {
            /** @description What is wrong. */
            error: components["schemas"]["Reason"];
        };
        /**
         * @description How a provider kept its word: in leases for which fees were paid, and that were not its own. Anybody can rent from himself for
         *     nothing, as often as he likes; a fee is what a good record costs.
         */
        Reliability: {
            /**
             * Format: int32
             * @description Those of them that it fell silent in.
             */
            abandoned: number;
            /**
             * Format: int32
             * @description Those of them in whose dispute it lost.
             */
            disputes_lost: number;
            /**
             * Format: int32
             * @description Leases that weigh.
             */
            leases: number;
            /**
             * Format: int32
             * @description Leases that do not weigh: its own, and those without a fee.
             */
            leases_without_weight: number;
            /** @description GPU-seconds that were delivered in them. */
            units_delivered: components["schemas"]["Unsigned64"];
            /** @description GPU-seconds that were promised in leases that weigh. */
            units_promised: components["schemas"]["Unsigned64"];
            /**
             * Format: int32
             * @description Units delivered of those promised, basis points; `null` before there was any.
             */
            uptime_bps: number | null;
        };
        /** Format: int64 */
        Signed64: bigint;
        /** @description Usage that was stated. */
        Statement: {
            /** @description Whether it was taken in. */
            counts: boolean;
            /** @description Watt-hours since the start. */
            energy_wh: components["schemas"]["Unsigned64"];
            /** @description Root over the metering record. */
            evidence: string;
            /** @description GPU-seconds since the start. */
            gpu_seconds: components["schemas"]["Unsigned64"];
            /** @description Whether the renter's side did, so that it is final at once. */
            is_co_signed: boolean;
            /** @description Where. */
            landed: components["schemas"]["Landed"];
            /** @description Who signed it. */
            signers: string[];
            /** @description End of the window. */
            window_end: components["schemas"]["Signed64"];
        };
        /** @description Some of a list, in its order. */
        StatementPage: {
            /** @description Those of this page. */
            items: components["schemas"]["Statement"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** Format: uint64 */
        Unsigned64: bigint;
        /** @description What somebody voted. */
        Vote: {
            /** @description The wallet that signed. */
            by: string | null;
            /** @description Whether a delegate cast it. */
            by_delegate: boolean;
            /**
             * Format: int32
             * @description How often it was changed.
             */
            changes: number;
            /** @description `tokens` or `participants`. */
            house: string;
            /** @description Whether it is for it. */
            is_for: boolean;
            /** @description Where, the last time that it was changed. */
            landed: components["schemas"]["Landed"];
            /** @description The wallet that it belongs to, or the provider. */
            owner: string | null;
            /** @description The proposal. */
            proposal: string;
            /** @description The lock, or the participant, that votes. */
            seat: string;
            /** @description Its weight. */
            weight: components["schemas"]["Unsigned64"];
        };
        /** @description Some of a list, in its order. */
        VotePage: {
            /** @description Those of this page. */
            items: components["schemas"]["Vote"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
        /** @description A wallet's day in a mint: what it spent on leases, and what it earned with them. Of what is finalized. */
        WalletDay: {
            /** @description Put up as bonds. */
            bonds_paid: components["schemas"]["Unsigned64"];
            /** @description Bonds that came back. */
            bonds_returned: components["schemas"]["Unsigned64"];
            /** @description Its first second, in UTC. */
            day: components["schemas"]["Signed64"];
            /** @description Got for usage. */
            earned: components["schemas"]["Unsigned64"];
            /** @description The mint. */
            mint: string;
            /** @description Paid back of that: refunds, and credits for what was missing. */
            paid_back: components["schemas"]["Unsigned64"];
            /** @description Paid in for leases: deposits, top-ups and stakes. */
            paid_in: components["schemas"]["Unsigned64"];
        };
        /** @description Some of a list, in its order. */
        WalletDayPage: {
            /** @description Those of this page. */
            items: components["schemas"]["WalletDay"][];
            /** @description What to ask for as `after` to get the next page; `null` on the last. */
            next: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    description: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Description"];
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    balances: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
                /** @description Of this lease, lock, provider or mint policy. */
                of?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BalancePage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    events: {
        parameters: {
            query?: {
                /** @description That name this address: a wallet, a lease, an offer, a provider, a proposal. */
                about?: string;
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /** @description Of this instruction. */
                instruction?: string;
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
                /** @description Of this life of a lease; takes `about`. */
                opened_slot?: bigint;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    live_events: {
        parameters: {
            query?: {
                /** @description Only those that name this address. */
                about?: string;
                /** @description Those after this one, for who cannot send `Last-Event-ID`. */
                after?: string;
                /** @description How settled they are at least; `finalized` if it is not said. */
                commitment?: "finalized" | "confirmed";
            };
            header?: {
                /** @description The last event that the client had */
                "Last-Event-ID"?: null | string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events as they come, each as `event: event` with its id; every 15 seconds a comment */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Event"];
                };
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    fees: {
        parameters: {
            query?: {
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeeChangePage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    leases: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
                /** @description On this offer. */
                offer?: string;
                /** @description Opened before this moment. */
                opened_before?: bigint;
                /** @description Opened at this moment or later, unix seconds. */
                opened_from?: bigint;
                /** @description In which this wallet is renter or payer, or this provider's account or its wallet provides. */
                party?: string;
                /** @description Of this provider's account. */
                provider?: string;
                /** @description Of this renter or payer. */
                renter?: string;
                /** @description In one of these states, with commas between them. */
                state?: components["schemas"]["LeaseState"][];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeasePage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    lives: {
        parameters: {
            query?: {
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
            };
            header?: never;
            path: {
                /** @description Its account */
                lease: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeasePage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    lease: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its account. */
                lease: string;
                /** @description Slot in which it was opened. */
                opened_slot: bigint;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lease"];
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description There is no such thing in the record */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    lease_movements: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Its account. */
                lease: string;
                /** @description Slot in which it was opened. */
                opened_slot: bigint;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MovementPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    receipt: {
        parameters: {
            query?: {
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /** @description The wallet that `change` is about; the payer's if it is not said. */
                wallet?: string;
            };
            header?: never;
            path: {
                /** @description Its account. */
                lease: string;
                /** @description Slot in which it was opened. */
                opened_slot: bigint;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It, or a table of its parts */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    statements: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Its account. */
                lease: string;
                /** @description Slot in which it was opened. */
                opened_slot: bigint;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatementPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    market_days: {
        parameters: {
            query?: {
                /** @description Before this moment. */
                before?: bigint;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /** @description From this moment on, unix seconds. */
                from?: bigint;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarketDayPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    models: {
        parameters: {
            query?: {
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    prices: {
        parameters: {
            query?: {
                /** @description Before this moment. */
                before?: bigint;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /** @description From this moment on, unix seconds. */
                from?: bigint;
                /** @description In this mint. */
                mint?: string;
            };
            header?: never;
            path: {
                /** @description Its name, as providers write it */
                gpu_model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PriceDayPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    offers: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description Takes leases as short, or as long, as this: seconds. */
                duration?: number;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /** @description Of this model, letters of either case. */
                gpu_model?: string;
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
                /** @description Of at most so much a GPU-hour, base units. Takes a mint. */
                max_price?: bigint;
                /** @description With so many free GPUs at least. */
                min_free?: number;
                /** @description With this much memory at least, GiB. */
                min_memory_gib?: number;
                /** @description In this mint. */
                mint?: string;
                /** @description `true`: only those that a lease can be opened on. `false`: only others. */
                open?: boolean;
                /** @description In which order; `price` if it is not said. */
                order?: "price" | "memory" | "free" | "reliability" | "newest";
                /** @description Of this provider's account. */
                provider?: string;
                /** @description In this region. */
                region?: string;
                /** @description With these words in model or region. */
                text?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OfferPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    offer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its account */
                offer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Offer"];
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description There is no such thing in the record */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    offer_versions: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Its account */
                offer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OfferVersionPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    pauses: {
        parameters: {
            query?: {
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PausePage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    progress: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Progress"];
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    proposals: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProposalPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    proposal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its number */
                id: bigint;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proposal"];
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description There is no such thing in the record */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    votes: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The proposal's number */
                id: bigint;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VotePage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    providers: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    provider: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its account */
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Provider"];
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description There is no such thing in the record */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    provider_days: {
        parameters: {
            query?: {
                /** @description Before this moment. */
                before?: bigint;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /** @description From this moment on, unix seconds. */
                from?: bigint;
            };
            header?: never;
            path: {
                /** @description Its account */
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderDayPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    wallet_days: {
        parameters: {
            query?: {
                /** @description Before this moment. */
                before?: bigint;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /** @description From this moment on, unix seconds. */
                from?: bigint;
            };
            header?: never;
            path: {
                /** @description The wallet */
                wallet: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WalletDayPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    wallet_movements: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description Before this moment. */
                before?: bigint;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /** @description From this moment on, unix seconds. */
                from?: bigint;
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The wallet */
                wallet: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MovementPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    receipts: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
                /** @description Of leases that were opened before this moment. */
                opened_before?: bigint;
                /** @description Of leases that were opened at this moment or later, unix seconds. */
                opened_from?: bigint;
            };
            header?: never;
            path: {
                /** @description The wallet */
                wallet: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceiptPage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    wallet_votes: {
        parameters: {
            query?: {
                /** @description What the page before named as `next`. */
                after?: string;
                /** @description In which form; `Accept: text/csv` says the same. */
                format?: "json" | "csv";
                /**
                 * @description Most items of the page: up to 200, 50 if it is not said. Of CSV, most rows: 5,000.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The wallet */
                wallet: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a table of it */
            200: {
                headers: {
                    /** @description How long it can be used; `no-cache` if a part of it may be undone */
                    "Cache-Control"?: string;
                    /** @description Tag of this answer, for `If-None-Match` */
                    ETag?: string;
                    /** @description Where the next page is, `rel="next"` */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VotePage"];
                    "text/csv": string;
                };
            };
            /** @description It is what the tag in `If-None-Match` says */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is asked is not understood: the message says why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The URL is longer than is allowed */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The answer would be too large */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Too many requests from this address */
            429: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The record cannot be read */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description More is asked than can be answered now, or it takes too long */
            503: {
                headers: {
                    /** @description Seconds until the next may come */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
}
