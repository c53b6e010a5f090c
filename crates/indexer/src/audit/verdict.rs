//! What follows from what is booked, what a node shows, and what arrived unasked. Nothing here reads a node, a store or a clock.

use std::cmp::Ordering;

use gpu_lease_client::address::PROGRAM;

use crate::observed::Transaction;
use crate::store::Booked;

/// What a node shows of a token account; 0 where it shows none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Base units.
    pub amount: u64,
    /// The finalized slot in which that was so.
    pub slot: u64,
}

/// What is in the record while a node is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Up to this slot it was complete before.
    pub from: u64,
    /// Up to this slot it was complete after.
    pub to: u64,
}

/// What two figures say of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// They are of different moments.
    Apart,
    /// They are the same.
    Balanced,
    /// There is more than is booked, base units.
    Surplus(u64),
    /// There is less than is booked, base units.
    Deficit(u64),
}

/// Compares what is booked with what a node shows. They are of one moment if the record reached the node's slot meanwhile, and
/// nothing moved.
pub fn compare(booked: &Booked, held: Held, record: Span) -> Comparison {
    if booked.is_touched || !(record.from..=record.to).contains(&held.slot) {
        return Comparison::Apart;
    }
    let (book, node) = (booked.vault.balance, held.amount);
    match node.cmp(&book) {
        Ordering::Equal => Comparison::Balanced,
        Ordering::Greater => Comparison::Surplus(node.abs_diff(book)),
        Ordering::Less => Comparison::Deficit(node.abs_diff(book)),
    }
}

/// What of a surplus nothing explains, base units: 0 if `arrivals`, transactions that do not call the program and name the token
/// account, the oldest first, lead from what is booked to what it holds, with nothing between them.
pub fn unexplained(booked: &Booked, held: Held, arrivals: &[Transaction]) -> u64 {
    let mut balance = booked.vault.balance;
    for arrival in arrivals {
        let token = arrival.token(&booked.account);
        let fits =
            token.filter(|it| it.mint == booked.vault.mint && it.before == balance && it.after >= balance);
        let is_program = arrival.calls.iter().any(|call| call.instruction.program_id == PROGRAM);
        match fits {
            Some(token) if !is_program && arrival.place.slot <= held.slot => balance = token.after,
            _ => break,
        }
    }
    held.amount.abs_diff(balance)
}

#[cfg(test)]
mod tests {
    use gpu_lease_client::state::Moment;
    use proptest::prelude::*;
    use solana_address::Address;
    use solana_instruction::Instruction;
    use solana_signature::Signature;

    use super::*;
    use crate::book::{Vault, VaultKind};
    use crate::observed::{Call, Place, TokenBalance};

    const ACCOUNT: Address = Address::new_from_array([1; 32]);
    const MINT: Address = Address::new_from_array([2; 32]);

    fn booked(balance: u64) -> Booked {
        let vault = Vault { kind: VaultKind::Lease, of: Address::default(), mint: MINT, balance };
        Booked { account: ACCOUNT, vault, is_touched: false, lease: None }
    }

    /// A transaction after which the account holds `after` and not `before`.
    fn arrival(slot: u64, before: u64, after: u64) -> Transaction {
        let token = TokenBalance {
            account: ACCOUNT,
            mint: MINT,
            decimals: 6,
            owner: Address::default(),
            before,
            after,
        };
        Transaction {
            signature: Signature::default(),
            place: Place { slot, index: 0 },
            moment: Moment { time: 0, slot },
            payer: Address::default(),
            calls: Vec::new(),
            events: None,
            tokens: vec![token],
        }
    }

    /// Gifts one after the other, from `balance` on, a slot each from 11 on; and what is there after them.
    fn gifts(balance: u64, amounts: &[u32]) -> (Vec<Transaction>, Held) {
        let mut held = Held { amount: balance, slot: 10 };
        let gift = |amount: &u32| {
            let before = held.amount;
            held = Held { amount: before + u64::from(*amount), slot: held.slot + 1 };
            arrival(held.slot, before, held.amount)
        };
        (amounts.iter().map(gift).collect(), held)
    }

    prop_compose! {
        fn gifts_to()(
            balance in 0_u64..1 << 40, amounts in prop::collection::vec(1_u32.., 1..8)
        ) -> (Booked, Vec<Transaction>, Held) {
            let (gifts, held) = gifts(balance, &amounts);
            (booked(balance), gifts, held)
        }
    }

    proptest! {
        #[test]
        fn only_figures_of_one_moment_are_compared(
            balance: u64, amount: u64, slot in 0_u64..9, from in 0_u64..9, to in 0_u64..9, is_touched: bool
        ) {
            let booked = Booked { is_touched, ..booked(balance) };
            let compared = compare(&booked, Held { amount, slot }, Span { from, to });
            let is_one_moment = !is_touched && from <= slot && slot <= to;
            prop_assert_eq!(compared != Comparison::Apart, is_one_moment);
        }

        #[test]
        fn the_difference_is_what_is_told(balance: u64, amount: u64, slot: u64) {
            let compared = compare(&booked(balance), Held { amount, slot }, Span { from: slot, to: slot });
            let expected = match compared {
                Comparison::Balanced => balance,
                Comparison::Surplus(more) => { prop_assert!(more > 0); balance + more }
                Comparison::Deficit(less) => { prop_assert!(less > 0); balance - less }
                Comparison::Apart => unreachable!("they are of one moment"),
            };
            prop_assert_eq!(amount, expected);
        }

        #[test]
        fn gifts_explain_a_surplus((booked, gifts, held) in gifts_to()) {
            prop_assert_eq!(unexplained(&booked, held, &gifts), 0);
        }

        #[test]
        fn a_surplus_without_one_of_its_gifts_is_unexplained(
            (booked, mut gifts, held) in gifts_to(), which: prop::sample::Index
        ) {
            gifts.remove(which.index(gifts.len()));
            prop_assert_ne!(unexplained(&booked, held, &gifts), 0);
        }

        #[test]
        fn what_the_program_did_is_no_gift(
            (booked, mut gifts, held) in gifts_to(), which: prop::sample::Index
        ) {
            let instruction = Instruction { program_id: PROGRAM, accounts: Vec::new(), data: Vec::new() };
            let which = which.index(gifts.len());
            gifts[which].calls = vec![Call { outer: 0, depth: 1, instruction }];
            prop_assert_ne!(unexplained(&booked, held, &gifts), 0);
        }

        #[test]
        fn what_came_later_or_in_another_mint_explains_nothing(
            (booked, mut gifts, held) in gifts_to(), which: prop::sample::Index, is_later: bool
        ) {
            let which = which.index(gifts.len());
            match is_later {
                true => gifts[which].place.slot = held.slot + 1,
                false => gifts[which].tokens[0].mint = ACCOUNT,
            }
            prop_assert_ne!(unexplained(&booked, held, &gifts), 0);
        }

        #[test]
        fn whatever_a_node_tells_of_arrivals_ends_in_a_figure(
            balance: u64, amount: u64, slot: u64, told in prop::collection::vec(any::<(u64, u64, u64)>(), 0..6)
        ) {
            let arrivals: Vec<_> =
                told.into_iter().map(|(slot, before, after)| arrival(slot, before, after)).collect();
            let left = unexplained(&booked(balance), Held { amount, slot }, &arrivals);
            // Nobody can explain away what is not there: a chain of gifts that fits ends at what is held.
            if left == 0 && amount != balance {
                prop_assert_eq!(arrivals[0].tokens[0].before, balance);
                prop_assert!(arrivals.iter().any(|it| it.tokens[0].after == amount));
            }
        }
    }
}
