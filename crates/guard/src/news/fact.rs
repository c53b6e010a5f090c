//! What there is to tell, and the words for it.

use super::kind::Kind;
use std::fmt;

/// A thing that a renter can be told, with its figures. Units are GPU-seconds, times unix seconds of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    Watched {
        session_key: String,
        /// GPU-seconds.
        loss_limit: u64,
        is_standby: bool,
    },
    Accepted {
        /// Such as `8 × NVIDIA H100`.
        cards: String,
    },
    NotAccepted {
        /// What is other than the offer says, each a phrase.
        differences: Vec<String>,
    },
    Unreachable {
        /// When the first of the probes failed.
        since: i64,
        cause: String,
    },
    Reached {
        /// Seconds that do not count.
        missed: u64,
    },
    OtherCards {
        accepted: Vec<String>,
        found: Vec<String>,
    },
    Withheld {
        units: u64,
        bound: u64,
        until: i64,
        /// Whether it is a claim on chain; a draft of the machine otherwise.
        is_claim: bool,
        loss_limit: u64,
    },
    Disputed {
        claimed: u64,
        own: u64,
        accepted: u64,
    },
    ToppedUp {
        amount: Money,
        /// Seconds that the lease is paid for now.
        runway: u64,
    },
    RunwayLow {
        runway: u64,
        /// Whether the guard may pay, and will.
        is_topped_up: bool,
    },
    BudgetSpent {
        what: Spending,
        needed: Money,
        left: Money,
    },
    WalletLow {
        wallet: String,
        has: Money,
        needs: Money,
    },
    Expired {
        /// The newest attestation's window.
        silent_since: i64,
    },
    Closed {
        refund: Money,
        credit: Money,
    },
    Asked {
        /// What is to be done, such as `dispute the claim of 7,200 GPU-seconds`.
        what: String,
        /// Until when it can be.
        until: Option<i64>,
        /// What a person runs to do it.
        command: String,
    },
    Failed {
        what: String,
        cause: String,
    },
}

/// What money is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spending {
    Fees,
    Stakes,
    TopUps,
}

/// An amount: base units, and what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    pub base_units: u64,
    pub decimals: u8,
    /// `SOL`, or the mint's address.
    pub of: String,
}

impl Money {
    /// Lamports, in SOL.
    pub fn sol(lamports: u64) -> Self {
        Self { base_units: lamports, decimals: 9, of: "SOL".to_owned() }
    }
}

impl Fact {
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Watched { .. } => Kind::Watched,
            Self::Accepted { .. } => Kind::Accepted,
            Self::NotAccepted { .. } => Kind::NotAccepted,
            Self::Unreachable { .. } => Kind::Unreachable,
            Self::Reached { .. } => Kind::Reached,
            Self::OtherCards { .. } => Kind::OtherCards,
            Self::Withheld { .. } => Kind::Withheld,
            Self::Disputed { .. } => Kind::Disputed,
            Self::ToppedUp { .. } => Kind::ToppedUp,
            Self::RunwayLow { .. } => Kind::RunwayLow,
            Self::BudgetSpent { .. } => Kind::BudgetSpent,
            Self::WalletLow { .. } => Kind::WalletLow,
            Self::Expired { .. } => Kind::Expired,
            Self::Closed { .. } => Kind::Closed,
            Self::Asked { .. } => Kind::Asked,
            Self::Failed { .. } => Kind::Failed,
        }
    }

    /// What happened and what to do, in a sentence or two.
    pub fn text(&self) -> String {
        match self {
            Self::Watched { session_key, loss_limit, is_standby: false } => format!(
                "This lease is watched from now on, with the session key {session_key}. At most {} that cannot have been \
                 delivered may be paid for.",
                Units(*loss_limit)
            ),
            Self::Watched { session_key, is_standby: true, .. } => format!(
                "This lease is watched from now on by a standby, with the session key {session_key}: it disputes what the \
                 other guard leaves alone, and does nothing else."
            ),
            Self::Accepted { cards } => format!("The machine is as its offer says: {cards}."),
            Self::NotAccepted { differences } => format!(
                "The machine is not as its offer says: {}. If you do not want it so, give notice with `gpu-lease lease \
                 terminate`; the time until then is billed.",
                differences.join("; ")
            ),
            Self::Unreachable { since, cause } => format!(
                "The machine has not answered since {}: {cause}. These seconds do not count until it answers again, and are \
                 not co-signed. There is nothing to do.",
                Time(*since)
            ),
            Self::Reached { missed } => format!(
                "The machine answers again. {} do not count; a report that bills them is not co-signed.",
                Span(*missed)
            ),
            Self::OtherCards { accepted, found } => format!(
                "The machine has other cards than those that were accepted: {} where {} were. Time with them does not count. \
                 Ask the provider; if you agree to them, resize the lease or open another.",
                list(found),
                list(accepted)
            ),
            Self::Withheld { units, bound, until, is_claim, loss_limit } => {
                let excess = units.saturating_sub(*bound);
                let what = if *is_claim { "claims" } else { "asks to co-sign" };
                let then = match (excess > *loss_limit, is_claim) {
                    (true, true) => "It is to be disputed.",
                    (true, false) => "If it is claimed, it is to be disputed.",
                    (false, _) => {
                        "That is within your loss limit: if it is claimed, it is paid for once its challenge window has \
                         passed. To refuse it all the same, run `gpu-lease dispute open`."
                    }
                };
                format!(
                    "The provider {what} {} up to {}, and at most {} can have been delivered: {} too many. It is not \
                     co-signed. {then}",
                    Units(*units),
                    Time(*until),
                    Units(*bound),
                    Units(excess)
                )
            }
            Self::Disputed { claimed, own, accepted } => format!(
                "The claim of {} is disputed: at most {} can have been delivered, and {} are accepted. The lease has ended, and \
                 its arbiter decides between the two figures. Hand in the watch record, and compare it with the \
                 provider's by `gpu-lease dispute evidence`.",
                Units(*claimed),
                Units(*own),
                Units(*accepted)
            ),
            Self::ToppedUp { amount, runway } => {
                format!("{amount} were paid in. The lease is paid for {} more.", Span(*runway))
            }
            Self::RunwayLow { runway, is_topped_up } => {
                let then = match is_topped_up {
                    true => "The guard pays in more.",
                    false => "Pay in more with `gpu-lease lease top-up`, or it ends.",
                };
                format!("The deposit lasts for {} more. {then}", Span(*runway))
            }
            Self::BudgetSpent { what, needed, left } => format!(
                "{needed} are needed for {what}, and the budget has {left} left. Raise it in the guard's configuration, or do \
                 it yourself."
            ),
            Self::WalletLow { wallet, has, needs } => {
                format!("The guard's wallet {wallet} has {has}, and may need {needs}. Send it more.")
            }
            Self::Expired { silent_since } => format!(
                "The lease was ended: its provider has attested nothing after {}. What is left of the deposit comes back when \
                 it is closed.",
                Time(*silent_since)
            ),
            Self::Closed { refund, credit } => {
                format!(
                    "The lease is closed. {refund} came back to the payer, and {credit} for what was not delivered."
                )
            }
            Self::Asked { what, until, command } => {
                let until = until.map_or_else(String::new, |until| format!(", before {}", Time(until)));
                format!("The guard may not do this by itself: {what}. To do it{until}, run `{command}`.")
            }
            Self::Failed { what, cause } => {
                format!(
                    "This failed: {what}. {cause}. The guard tries again; if that goes on, run `gpu-lease-guard doctor`."
                )
            }
        }
    }
}

impl fmt::Display for Spending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fees => "transactions",
            Self::Stakes => "the stake of a dispute",
            Self::TopUps => "a top-up",
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = usize::from(self.decimals);
        let digits = format!("{:0>width$}", self.base_units, width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        let shown = fraction.trim_end_matches('0').len().max(decimals.min(2));
        match shown {
            0 => write!(f, "{whole} {}", self.of),
            _ => write!(f, "{whole}.{} {}", &fraction[..shown], self.of),
        }
    }
}

/// GPU-seconds, for people.
struct Units(u64);

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        f.write_str(" GPU-seconds")
    }
}

/// Seconds, for people: two figures are enough.
struct Span(u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, hours, minutes) = (self.0 / 86_400, self.0 / 3_600 % 24, self.0 / 60 % 60);
        match self.0 {
            0..120 => write!(f, "{} s", self.0),
            120..3_600 => write!(f, "{minutes} min"),
            3_600..86_400 => write!(f, "{hours} h {minutes} min"),
            _ => write!(f, "{days} d {hours} h"),
        }
    }
}

/// A unix second, for people.
struct Time(i64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = std::time::Duration::from_secs(self.0.try_into().unwrap_or_default());
        humantime::format_rfc3339_seconds(std::time::SystemTime::UNIX_EPOCH + since).fmt(f)
    }
}

fn list(uuids: &[String]) -> String {
    match uuids {
        [] => "none".to_owned(),
        uuids => uuids.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEN: i64 = 1_800_000_000;

    fn usdc(base_units: u64) -> Money {
        Money { base_units, decimals: 6, of: "USDC".to_owned() }
    }

    #[test]
    fn what_is_withheld_says_by_how_much_and_what_becomes_of_it() {
        let withheld = |units, is_claim| {
            Fact::Withheld { units, bound: 7_000, until: THEN, is_claim, loss_limit: 600 }.text()
        };
        let text = withheld(7_600, true);
        assert_eq!(
            text,
            "The provider claims 7,600 GPU-seconds up to 2027-01-15T08:00:00Z, and at most 7,000 GPU-seconds can have been \
             delivered: 600 GPU-seconds too many. It is not co-signed. That is within your loss limit: if it is claimed, it \
             is paid for once its challenge window has passed. To refuse it all the same, run `gpu-lease dispute open`."
        );
        assert!(withheld(7_601, true).ends_with("It is not co-signed. It is to be disputed."));
        assert!(withheld(7_601, false).contains("asks to co-sign 7,601 GPU-seconds"));
        assert!(withheld(7_601, false).ends_with("If it is claimed, it is to be disputed."));
    }

    #[test]
    fn figures_are_written_for_people() {
        let text = |units| Units(units).to_string();
        assert_eq!(
            [text(0), text(999), text(1_000)],
            ["0 GPU-seconds", "999 GPU-seconds", "1,000 GPU-seconds"]
        );
        assert_eq!(text(1_234_567), "1,234,567 GPU-seconds");
        let span = |seconds| Span(seconds).to_string();
        assert_eq!([span(0), span(119), span(120), span(3_599)], ["0 s", "119 s", "2 min", "59 min"]);
        assert_eq!([span(3_600), span(86_399), span(86_400)], ["1 h 0 min", "23 h 59 min", "1 d 0 h"]);
        assert_eq!(usdc(2_500_000).to_string(), "2.50 USDC");
        assert_eq!(usdc(1).to_string(), "0.000001 USDC");
        assert_eq!(Money { decimals: 0, ..usdc(7) }.to_string(), "7 USDC");
        assert_eq!(Money::sol(5_000).to_string(), "0.000005 SOL");
    }

    #[test]
    fn a_standby_says_that_it_is_one() {
        let watched = |is_standby| {
            Fact::Watched { session_key: "KEY".to_owned(), loss_limit: 4_800, is_standby }.text()
        };
        assert!(watched(false).contains("At most 4,800 GPU-seconds that cannot have been delivered"));
        assert!(watched(true).contains("by a standby, with the session key KEY"));
    }

    #[test]
    fn a_low_runway_says_who_pays() {
        let low = |is_topped_up| Fact::RunwayLow { runway: 21_600, is_topped_up }.text();
        assert_eq!(low(true), "The deposit lasts for 6 h 0 min more. The guard pays in more.");
        assert!(low(false).ends_with("Pay in more with `gpu-lease lease top-up`, or it ends."));
    }

    #[test]
    fn what_is_asked_has_an_end_and_a_command() {
        let asked = |until| {
            let what = "dispute the claim of 7,200 GPU-seconds".to_owned();
            Fact::Asked { what, until, command: "gpu-lease-guard do LEASE".to_owned() }.text()
        };
        assert!(asked(Some(THEN)).ends_with("before 2027-01-15T08:00:00Z, run `gpu-lease-guard do LEASE`."));
        assert!(asked(None).ends_with("To do it, run `gpu-lease-guard do LEASE`."));
    }
}
