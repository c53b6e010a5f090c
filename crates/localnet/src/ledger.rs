use anyhow::{Context, Result, ensure};
use gpu_lease_client::json::{Json, serialized};
use serde::{Serialize, Serializer, ser::SerializeMap};
use solana_address::Address;
use std::{collections::BTreeMap, fmt};

/// Who gave what to whom, in double entry: in the mint's base units and in lamports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// The mint's money.
    pub tokens: Book,
    /// Rent and network fees.
    pub lamports: Book,
}

impl Ledger {
    /// Requires both books to be in order, see [`Book::check`].
    pub fn check(&self) -> Result<()> {
        self.tokens.check()?;
        self.lamports.check()
    }

    /// Adds what happened next, see [`Book::append`].
    pub fn append(&mut self, next: &Self) -> Result<()> {
        self.tokens.append(&next.tokens)?;
        self.lamports.append(&next.lamports)
    }
}

/// What an entry is for: a column of a [`Book`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// Money for GPU time, into the vault.
    PaidIn,
    /// The renter's stake for the arbiter, into the vault.
    Stake,
    /// Money for accepted units, to the provider.
    PaidOut,
    /// The protocol's share of accepted units.
    Fee,
    /// What the arbiter got for a decision, out of stake and bond.
    ArbiterFee,
    /// The provider's bond, into the vault.
    Bond,
    /// What of the bond came back.
    BondBack,
    /// The part of the bond that went to the payer for missing units.
    Credit,
    /// What neither the deposit nor the stake had to pay for.
    Refund,
    /// Collected fees, to the treasury.
    Withdrawal,
    /// What the lease's accounts must hold to exist.
    Rent,
    /// The same, back when they are closed.
    RentBack,
    /// What the validator takes for transactions.
    NetworkFee,
}

impl Flow {
    /// The columns of the book of tokens.
    pub const TOKENS: &[Self] = &[
        Self::PaidIn,
        Self::Bond,
        Self::Stake,
        Self::PaidOut,
        Self::Fee,
        Self::ArbiterFee,
        Self::BondBack,
        Self::Credit,
        Self::Refund,
        Self::Withdrawal,
    ];

    /// The columns of the book of lamports.
    pub const LAMPORTS: &[Self] = &[Self::Rent, Self::RentBack, Self::NetworkFee];
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::PaidIn => "paid in",
            Self::Stake => "stake",
            Self::PaidOut => "paid out",
            Self::Fee => "fee",
            Self::ArbiterFee => "arbiter's fee",
            Self::Bond => "bond",
            Self::BondBack => "bond back",
            Self::Credit => "SLA credit",
            Self::Refund => "refund",
            Self::Withdrawal => "withdrawn",
            Self::Rent => "rent",
            Self::RentBack => "rent back",
            Self::NetworkFee => "network fees",
        })
    }
}

/// Who takes part. Those who hold the money of leases have a row in a [`Book`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Uses the GPUs.
    Renter,
    /// Pays for a renter.
    Sponsor,
    /// Is paid.
    Provider,
    /// Holds bonds of the provider's, for its operator to put up.
    BondAccount,
    /// Runs leases for the provider.
    Operator,
    /// Decides disputes.
    Arbiter,
    /// Carries attestations, settles, and executes what was voted.
    Keeper,
    /// Holds tokens that vote.
    Holder,
    /// Holds tokens that vote, too.
    OtherHolder,
    /// Votes with the tokens of others.
    Delegate,
    /// The lease's account and its vault.
    Vault,
    /// Collects the protocol's fees.
    FeeVault,
    /// Gets the fees.
    Treasury,
    /// The validator that runs the transactions.
    Network,
}

impl Party {
    /// Those with a row, in the order of rows.
    pub const ROWS: [Self; 11] = [
        Self::Renter,
        Self::Sponsor,
        Self::Provider,
        Self::BondAccount,
        Self::Operator,
        Self::Arbiter,
        Self::Keeper,
        Self::Vault,
        Self::FeeVault,
        Self::Treasury,
        Self::Network,
    ];
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Renter => "renter",
            Self::Sponsor => "sponsor",
            Self::Provider => "provider",
            Self::BondAccount => "bond account",
            Self::Operator => "operator",
            Self::Arbiter => "arbiter",
            Self::Keeper => "keeper",
            Self::Holder => "holder",
            Self::OtherHolder => "other holder",
            Self::Delegate => "delegate",
            Self::Vault => "lease vault",
            Self::FeeVault => "fee vault",
            Self::Treasury => "treasury",
            Self::Network => "network",
        })
    }
}

/// A table of signed amounts: one row a party, one column a [`Flow`]. What a party gives is negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct Book {
    /// What is counted.
    pub unit: &'static str,
    /// The mint, if tokens are.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub mint: Option<Address>,
    /// Decimals between the unit and what people say.
    pub decimals: u8,
    pub columns: &'static [Flow],
    pub rows: Vec<Row>,
}

/// A party's entries, and what its accounts held on chain before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct Row {
    /// Whose row it is.
    pub party: Party,
    /// Its entries by column: what events and transactions say.
    #[serde(flatten, serialize_with = "by_flow")]
    pub entries: BTreeMap<Flow, i128>,
    /// Sum of the entries.
    #[serde(serialize_with = "serialized")]
    pub total: i128,
    /// Balance on chain before; none for the network, whose account nobody can name.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "serialized")]
    pub before: Option<u64>,
    /// Balance on chain after.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "serialized")]
    pub after: Option<u64>,
}

impl Book {
    /// An empty book of a mint's base units, or of lamports if there is no mint.
    pub fn new(mint: Option<Address>, decimals: u8) -> Self {
        let (unit, columns) = match mint {
            Some(_) => ("base units", Flow::TOKENS),
            None => ("lamports", Flow::LAMPORTS),
        };
        Self { unit, mint, decimals, columns, rows: Vec::new() }
    }

    /// Adds `party`'s row, with what it held on chain before and after.
    pub fn open(&mut self, party: Party, balances: Option<(u64, u64)>) {
        let (before, after) = balances.unzip();
        self.rows.push(Row { party, entries: BTreeMap::new(), total: 0, before, after });
    }

    /// Enters that `from` gave `amount` to `to`.
    pub fn enter(&mut self, flow: Flow, from: Party, to: Party, amount: u64) -> Result<()> {
        self.add(flow, from, -i128::from(amount))?;
        self.add(flow, to, i128::from(amount))
    }

    fn add(&mut self, flow: Flow, party: Party, amount: i128) -> Result<()> {
        ensure!(self.columns.contains(&flow), "{flow} is not counted in {}", self.unit);
        let row = self.row_of(party)?;
        *row.entries.entry(flow).or_default() += amount;
        row.total += amount;
        Ok(())
    }

    fn row_of(&mut self, party: Party) -> Result<&mut Row> {
        let row = self.rows.iter_mut().find(|row| row.party == party);
        row.with_context(|| format!("{party} has no row in the book of {}", self.unit))
    }

    /// Adds the entries of a book of the same money that begins with the balances with which this one ends.
    pub fn append(&mut self, next: &Self) -> Result<()> {
        ensure!(self.mint == next.mint, "books of different money cannot be added up");
        for Row { party, entries, total, before, after } in &next.rows {
            let row = self.row_of(*party)?;
            ensure!(row.after == *before, "the balance of {party} changed between two leases");
            for (flow, amount) in entries {
                *row.entries.entry(*flow).or_default() += amount;
            }
            row.total += total;
            row.after = *after;
        }
        Ok(())
    }

    /// What is in a party's row and a column.
    pub fn row(&self, party: Party, flow: Flow) -> i128 {
        self.rows.iter().filter(|row| row.party == party).map(|row| row.entry(flow)).sum()
    }

    /// Sum of a column.
    pub fn sum(&self, flow: Flow) -> i128 {
        self.rows.iter().map(|row| row.entry(flow)).sum()
    }

    /// Sum of all rows.
    pub fn total(&self) -> i128 {
        self.rows.iter().map(|row| row.total).sum()
    }

    /// Requires every column to sum to zero, and every row to be what happened to the balance on chain.
    pub fn check(&self) -> Result<()> {
        for flow in self.columns {
            let sum = self.sum(*flow);
            ensure!(sum == 0, "the column {flow} sums to {sum} {} instead of zero", self.unit);
        }
        let mut unseen = 0;
        for Row { party, total, before, after, .. } in &self.rows {
            match (before, after) {
                (Some(before), Some(after)) => {
                    let change = i128::from(*after) - i128::from(*before);
                    ensure!(
                        change == *total,
                        "events say that {party} gained {total} {}, the chain says {change}",
                        self.unit
                    );
                    unseen -= change;
                }
                _ => unseen -= total,
            }
        }
        ensure!(unseen == 0, "{unseen} {} went to accounts that are not in the book", self.unit);
        Ok(())
    }
}

impl Row {
    /// What is in a column.
    pub fn entry(&self, flow: Flow) -> i128 {
        self.entries.get(&flow).copied().unwrap_or_default()
    }
}

fn as_text<S: Serializer>(address: &Option<Address>, serializer: S) -> Result<S::Ok, S::Error> {
    match address {
        Some(address) => serializer.collect_str(address),
        None => serializer.serialize_none(),
    }
}

/// Flattened maps take text keys only.
fn by_flow<S: Serializer>(entries: &BTreeMap<Flow, i128>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (flow, amount) in entries {
        map.serialize_entry(flow, &amount.json())?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(renter_after: u64) -> Book {
        let mut book = Book::new(Some(Address::default()), 6);
        book.open(Party::Renter, Some((100, renter_after)));
        book.open(Party::Vault, Some((0, 30)));
        book.enter(Flow::PaidIn, Party::Renter, Party::Vault, 30).unwrap();
        book
    }

    #[test]
    fn a_book_that_the_chain_confirms_is_in_order() {
        assert!(book(70).check().is_ok());
        assert_eq!(book(70).rows[0].entry(Flow::PaidIn), -30);
        assert_eq!(book(70).sum(Flow::PaidIn), 0);
    }

    #[test]
    fn a_base_unit_that_events_do_not_explain_is_found() {
        let error = book(69).check().unwrap_err().to_string();
        assert_eq!(error, "events say that renter gained -30 base units, the chain says -31");
    }

    #[test]
    fn a_column_that_does_not_sum_to_zero_is_found() {
        let mut book = book(70);
        book.add(Flow::Fee, Party::Vault, 1).unwrap();
        let error = book.check().unwrap_err().to_string();
        assert_eq!(error, "the column fee sums to 1 base units instead of zero");
    }

    #[test]
    fn a_party_without_a_row_is_an_error() {
        assert!(book(70).enter(Flow::Fee, Party::Vault, Party::FeeVault, 1).is_err());
        assert!(book(70).enter(Flow::Rent, Party::Vault, Party::Renter, 1).is_err());
    }

    #[test]
    fn a_book_goes_on_where_the_one_before_it_ended() {
        let mut all = book(70);
        let mut next = Book::new(Some(Address::default()), 6);
        next.open(Party::Renter, Some((70, 75)));
        next.open(Party::Vault, Some((30, 25)));
        next.enter(Flow::Refund, Party::Vault, Party::Renter, 5).unwrap();
        all.append(&next).unwrap();
        assert!(all.check().is_ok());
        assert_eq!((all.rows[0].total, all.rows[0].before, all.rows[0].after), (-25, Some(100), Some(75)));
        assert_eq!((all.row(Party::Renter, Flow::PaidIn), all.row(Party::Renter, Flow::Refund)), (-30, 5));
        let error = all.append(&next).unwrap_err().to_string();
        assert_eq!(error, "the balance of renter changed between two leases");
    }

    #[test]
    fn the_json_has_one_field_a_column() {
        let json = serde_json::to_value(book(70)).unwrap();
        assert_eq!(json["rows"][0]["paid_in"], "-30");
        assert_eq!(json["rows"][0]["party"], "renter");
        assert_eq!(json["rows"][1]["total"], "30");
    }
}
