use gpu_lease_client::state::VotingRules;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use solana_address::Address;
use std::fmt;

/// What the market shall be like on a cluster. Addresses are base58; in YAML:
///
/// ```yaml
/// vote_mint: So11111111111111111111111111111111111111112
/// unit_mint: EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v
/// guardian: 4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T
/// arbiter: 4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T
/// treasury: 4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T
/// fee_bps: 100
/// mints: [EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v]
/// voting:
///   quorum_bps: 1000
/// ```
///
/// `upgrade_authority: none` gives up the power to replace the program, an address hands it over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Mint of the tokens that vote. Cannot be changed later.
    #[serde(with = "base58")]
    pub vote_mint: Address,
    /// Mint in which the participants' house counts fees. Cannot be changed later.
    #[serde(with = "base58")]
    pub unit_mint: Address,
    /// May pause new leases. Later a matter of votes.
    #[serde(with = "base58")]
    pub guardian: Address,
    /// Decides disputes. Later a matter of votes.
    #[serde(with = "base58")]
    pub arbiter: Address,
    /// Wallet that withdrawn fees go to. Later a matter of votes.
    #[serde(with = "base58")]
    pub treasury: Address,
    /// First fee rate, basis points of the gross, at most 500. Later a matter of votes.
    pub fee_bps: u16,
    /// Mints that leases may be priced in.
    #[serde(default, with = "base58_list")]
    pub mints: Vec<Address>,
    /// First voting rules. Later a matter of votes.
    #[serde(default)]
    pub voting: Voting,
    /// Who may replace the program from now on; without it, that stays as it is. There is no way back from `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgrade_authority: Option<UpgradeAuthority>,
}

/// Who may replace the program: in YAML an address, or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpgradeAuthority {
    /// Nobody.
    None,
    /// The holder of this key.
    Wallet(Address),
}

impl fmt::Display for UpgradeAuthority {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Wallet(wallet) => wallet.fmt(f),
        }
    }
}

impl Serialize for UpgradeAuthority {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UpgradeAuthority {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "none" => Ok(Self::None),
            text => match base58::parse(text)? {
                zero if zero == Address::default() => {
                    Err(de::Error::custom("an upgrade authority of all zeroes is nobody; write `none`"))
                }
                wallet => Ok(Self::Wallet(wallet)),
            },
        }
    }
}

/// First voting rules, see [`VotingRules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Voting {
    /// What a proposer leaves with a proposal until it is decided, lamports.
    pub deposit: u64,
    /// How long votes are taken, seconds.
    pub voting_period: u32,
    /// How much longer, once, if the standing changes late, seconds.
    pub extension: u32,
    /// From the end of the vote to the first moment of its execution, seconds.
    pub timelock: u32,
    /// How long a passed proposal may be executed, seconds.
    pub execution_window: u32,
    /// Votes for that a proposal needs, in basis points of the locked tokens.
    pub quorum_bps: u16,
}

impl Default for Voting {
    /// One SOL, five days and one more, a timelock of three days, two weeks to execute, a tenth of the locked
    /// tokens.
    fn default() -> Self {
        const DAY: u32 = 24 * 3_600;
        Self {
            deposit: 1_000_000_000,
            voting_period: 5 * DAY,
            extension: DAY,
            timelock: 3 * DAY,
            execution_window: 14 * DAY,
            quorum_bps: 1_000,
        }
    }
}

impl From<Voting> for VotingRules {
    fn from(voting: Voting) -> Self {
        let Voting { deposit, voting_period, extension, timelock, execution_window, quorum_bps } = voting;
        Self { deposit, voting_period, extension, timelock, execution_window, quorum_bps, spare: [0; 6] }
    }
}

mod base58 {
    use super::*;

    pub fn serialize<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(address)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
        parse(&String::deserialize(deserializer)?)
    }

    pub fn parse<E: de::Error>(text: &str) -> Result<Address, E> {
        text.parse().map_err(|_| E::custom(format!("\"{text}\" is no address; write 32 bytes in base58")))
    }
}

mod base58_list {
    use super::*;

    pub fn serialize<S: Serializer>(addresses: &[Address], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(addresses.iter().map(ToString::to_string))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Address>, D::Error> {
        Vec::<String>::deserialize(deserializer)?.iter().map(|text| base58::parse(text)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTED: &str = "
vote_mint: So11111111111111111111111111111111111111112
unit_mint: EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v
guardian: 4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T
arbiter: 4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T
treasury: 4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T
fee_bps: 100
mints: [EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v]
voting:
  quorum_bps: 1000
";

    #[test]
    fn the_documented_file_is_read_and_written_again() {
        let config: Config = serde_norway::from_str(DOCUMENTED).unwrap();
        assert_eq!(config.fee_bps, 100);
        assert_eq!(config.voting, Voting::default());
        assert_eq!(VotingRules::from(config.voting).validate(), Ok(()));
        assert_eq!(config.mints, [config.unit_mint]);
        assert_eq!(config.upgrade_authority, None);
        let written = serde_norway::to_string(&config).unwrap();
        assert_eq!(serde_norway::from_str::<Config>(&written).unwrap(), config);
    }

    #[test]
    fn an_upgrade_authority_is_an_address_or_none_and_never_zero() {
        let read = |value: &str| {
            serde_norway::from_str::<Config>(&format!("{DOCUMENTED}upgrade_authority: {value}\n"))
        };
        let wallet = Address::new_from_array([7; 32]);
        for (value, expected) in [
            ("none", Some(UpgradeAuthority::None)),
            (&wallet.to_string(), Some(UpgradeAuthority::Wallet(wallet))),
            // Nothing is given up by leaving something out.
            ("null", None),
            ("", None),
        ] {
            let config = read(value).unwrap();
            assert_eq!(config.upgrade_authority, expected, "{value}");
            let written = serde_norway::to_string(&config).unwrap();
            assert_eq!(serde_norway::from_str::<Config>(&written).unwrap(), config);
        }
        assert!(read("11111111111111111111111111111111").unwrap_err().to_string().contains("write `none`"));
        assert!(read("nobody").is_err());
    }

    #[test]
    fn typing_errors_are_named() {
        let reason = |text: String| serde_norway::from_str::<Config>(&text).unwrap_err().to_string();
        assert!(reason(DOCUMENTED.replace("fee_bps", "fee_pbs")).contains("fee_pbs"));
        assert!(reason(DOCUMENTED.replace("So1", "So0")).contains("is no address"));
    }
}
