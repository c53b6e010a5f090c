//! Hot keys and the bond account: what each may, and where the money goes.

use super::*;

const POOL: BondSource = BondSource::BondAccount;

fn pay_bond(market: &mut Market, amount: u64) {
    let pay = Action::PayBond { provider: ProviderId(0), by: Person::Stranger, amount };
    assert_eq!(market.apply(&pay), Ok(()));
}

fn bonds(market: &Market) -> u64 {
    market.money(Purse::Bonds(ProviderId(0)))
}

fn start_by(market: &mut Market, by: Person, bond: BondSource) -> Result<(), Refusal> {
    market.apply(&Action::Start { lease: ID, by, seen: seen(market), bond })
}

fn publish(market: &mut Market, by: Person, replaced: u8, access: u8) -> Result<(), Refusal> {
    let [replaced, access] = [replaced, access].map(Access);
    market.apply(&Action::PublishAccess { lease: ID, by, seen: seen(market), replaced, access })
}

fn set_session_key(market: &mut Market, key: Person) {
    let (by, seen, replaced) = (Person::Renter, seen(market), lease(market).session_key);
    let set = Action::SetSessionKey { lease: ID, by, seen, replaced, key: Some(key) };
    assert_eq!(market.apply(&set), Ok(()));
}

/// Two GPUs for 3000 seconds with a deposit of 5000 wait for a bond of 7200.
fn pending() -> Market {
    let mut market = market();
    close_agreed(&mut market, 0, 0).unwrap();
    let open = open(&market, 5_000, 3_000, 2);
    market.apply(&open).unwrap();
    market
}

#[test]
fn an_operator_starts_leases_with_bonds_out_of_the_bond_account_and_from_nowhere_else() {
    let mut market = pending();
    pay_bond(&mut market, 7_199);
    for (by, bond, refusal) in [
        (Person::Operator, BondSource::Wallet, Refusal::NotTheBondAccount),
        (Person::Operator, POOL, Refusal::InsufficientFunds),
        (Person::Attestor, POOL, Refusal::NotProviderOperator),
        (Person::SecondProvider, POOL, Refusal::NotProviderOperator),
        (Person::Renter, BondSource::Wallet, Refusal::NotProviderOperator),
    ] {
        assert_eq!(start_by(&mut market, by, bond), Err(refusal), "{by:?}");
    }
    pay_bond(&mut market, 1);
    start_by(&mut market, Person::Operator, POOL).unwrap();
    assert_eq!((bonds(&market), market.money(Purse::Vault(ID))), (0, 5_000 + 7_200));
    assert_eq!(market.money(Purse::Wallet(Person::Operator)), WEALTH);
}

#[test]
fn a_bond_returns_whole_to_the_bond_account_if_any_of_it_came_from_there() {
    let (wallet, operator) = (BondSource::Wallet, Some(Person::Operator));
    for (first, second, returned) in
        [(wallet, wallet, 0), (wallet, POOL, 14_400), (POOL, wallet, 14_400), (POOL, POOL, 14_400)]
    {
        let mut market = pending();
        pay_bond(&mut market, 14_400);
        start_by(&mut market, Person::Provider, first).unwrap();
        let by = if (first, second) == (POOL, POOL) { operator } else { Some(Person::Provider) };
        resize_by(&mut market, 2, 4, by, second).unwrap();
        let taken = [first, second].into_iter().filter(|source| *source == POOL).count() as u64 * 7_200;
        assert_eq!((bonds(&market), lease(&market).pooled()), (14_400 - taken, taken));
        close_agreed(&mut market, 0, 0).unwrap();
        assert_eq!(bonds(&market), 14_400 - taken + returned, "{first:?}, {second:?}");
    }
}

#[test]
fn what_is_missing_comes_out_of_a_pooled_bond_too() {
    let mut market = pending();
    pay_bond(&mut market, 7_200);
    start_by(&mut market, Person::Operator, POOL).unwrap();
    wait(&mut market, 3_000 + GRACE + 1);
    close(&mut market).unwrap();
    assert_eq!(bonds(&market), 7_200 - 5_000);
    assert_eq!(gains(&market), [5_000, 0, 0, 0]);
}

#[test]
fn a_bond_of_nothing_comes_from_nowhere() {
    let mut market = market_of(Terms { bond_hours: 0, ..terms() }, 5_000, 3_000, 2);
    assert_eq!(lease(&market).pooled(), 0);
    resize_by(&mut market, 2, 4, Some(Person::Operator), POOL).unwrap();
    assert_eq!(lease(&market).pooled(), 0);
}

#[test]
fn an_operator_agrees_to_grow_and_signs_no_shrink() {
    let mut market = pending();
    pay_bond(&mut market, 14_400);
    start_by(&mut market, Person::Operator, POOL).unwrap();
    for (provider, bond, refusal) in [
        (None, POOL, Refusal::NotProviderAuthority),
        (Some(Person::Attestor), POOL, Refusal::NotProviderOperator),
        (Some(Person::Operator), BondSource::Wallet, Refusal::NotTheBondAccount),
    ] {
        assert_eq!(resize_by(&mut market, 2, 4, provider, bond), Err(refusal));
    }
    assert_eq!(resize_by(&mut market, 2, 5, Some(Person::Operator), POOL), Err(Refusal::InsufficientFunds));
    resize_by(&mut market.clone(), 2, 4, Some(Person::Operator), POOL).unwrap();
    // A shrink needs nobody of the provider's.
    resize_by(&mut market, 2, 1, None, BondSource::Wallet).unwrap();
}

#[test]
fn an_operator_grows_no_lease_whose_bond_the_wallet_has_paid() {
    let mut market = market();
    pay_bond(&mut market, 14_400);
    let operator = Some(Person::Operator);
    assert_eq!(resize_by(&mut market, 2, 3, operator, POOL), Err(Refusal::OperatorMayNot));
    let from_wallet = resize_by(&mut market, 2, 3, operator, BondSource::Wallet);
    assert_eq!(from_wallet, Err(Refusal::NotTheBondAccount));
    // The wallet has given its bond to the bond account.
    resize_by(&mut market, 2, 3, Some(Person::Provider), POOL).unwrap();
    resize_by(&mut market, 3, 4, operator, POOL).unwrap();
    assert_eq!((lease(&market).bond, lease(&market).pooled()), (14_400, 7_200));
}

#[test]
fn the_authority_alone_withdraws() {
    let mut market = market();
    pay_bond(&mut market, 100);
    let withdraw =
        |by, valid_until, amount| Action::WithdrawBond { provider: ProviderId(0), by, valid_until, amount };
    let (authority, now) = (Person::Provider, market.now);
    for (action, refusal) in [
        (withdraw(Person::Operator, now, 100), Refusal::NotProviderAuthority),
        (withdraw(Person::Stranger, now, 100), Refusal::NotProviderAuthority),
        (withdraw(authority, now - 1, 100), Refusal::SignatureExpired),
        (withdraw(authority, now, 0), Refusal::AmountZero),
        (withdraw(authority, now, 101), Refusal::InsufficientFunds),
    ] {
        assert_eq!(market.apply(&action), Err(refusal), "{action:?}");
    }
    market.apply(&withdraw(authority, now, 60)).unwrap();
    assert_eq!((bonds(&market), gains(&market)[1]), (40, 60 - 7_200));
}

#[test]
fn a_bond_account_is_sold_with_its_provider_and_the_sellers_keys_sign_no_more() {
    let mut market = pending();
    pay_bond(&mut market, 14_400);
    start_by(&mut market, Person::Operator, POOL).unwrap();
    let (provider, valid_until, buyer) = (ProviderId(0), market.now, Person::SecondProvider);
    let (by, nominee) = (Person::Provider, Some(buyer));
    market.apply(&Action::Nominate { provider, by, valid_until, replaced: None, nominee }).unwrap();
    let keys = HotKeys { attestor: Person::SecondAttestor, operator: Some(Person::Agent) };
    market.apply(&Action::Accept { provider, by: buyer, valid_until, keys }).unwrap();
    assert_eq!(publish(&mut market, Person::Operator, 0, 1), Err(Refusal::NotProviderOperator));
    assert_eq!(publish(&mut market, Person::Provider, 0, 1), Err(Refusal::NotProviderOperator));
    wait(&mut market, 100);
    assert_eq!(attest(&mut market, 1, &[Person::Attestor]), Err(Refusal::SignerUnexpected));
    attest(&mut market, 1, &[Person::SecondAttestor]).unwrap();
    resize_by(&mut market, 2, 4, Some(Person::Agent), POOL).unwrap();
    let withdraw = |by| Action::WithdrawBond { provider, by, valid_until: i64::MAX, amount: 0 };
    assert_eq!(market.apply(&withdraw(Person::Provider)), Err(Refusal::NotProviderAuthority));
    assert_eq!(market.apply(&withdraw(buyer)), Err(Refusal::AmountZero));
}

#[test]
fn credentials_are_replaced_one_by_one_while_the_lease_is_active() {
    let mut market = pending();
    assert_eq!(publish(&mut market, Person::Provider, 0, 1), Err(Refusal::NotActive));
    start(&mut market).unwrap();
    let started = market.moment();
    wait(&mut market, 10);
    assert_eq!(publish(&mut market, Person::Attestor, 0, 1), Err(Refusal::NotProviderOperator));
    publish(&mut market, Person::Operator, 0, 1).unwrap();
    assert_eq!(publish(&mut market, Person::Operator, 0, 2), Err(Refusal::ValueReplaced));
    let moved = market.moment();
    wait(&mut market, 10);
    publish(&mut market, Person::Provider, 1, 0).unwrap();
    let published = [(Access(0), started), (Access(1), moved), (Access(0), market.moment())];
    assert_eq!(lease(&market).published, published);
    // While it may still be attested, too.
    wait(&mut market, 5_000);
    publish(&mut market, Person::Operator, 0, 3).unwrap();
    attest_until(&mut market, 1, 1_100, &[Person::Attestor]).unwrap();
    dispute(&mut market, 0).unwrap();
    assert_eq!(publish(&mut market, Person::Operator, 3, 4), Err(Refusal::NotActive));
}

#[test]
fn an_operator_leaves_only_where_no_notice_is_owed() {
    let mut market = market_of(long_terms(), 400, 10_000, 4);
    let operator = Person::Operator;
    wait_until(&mut market, 100);
    assert_eq!(terminate(&mut market, operator, i64::MAX), Err(Refusal::OperatorMayNot));
    wait_until(&mut market, 150);
    let leaves = |market: &Market| {
        let mut market = market.clone();
        let now = market.now;
        terminate(&mut market, operator, now).map(|()| assert_eq!(lease(&market).end, End::Exhausted))
    };
    assert_eq!(leaves(&market), Ok(()), "exhausted");
    top_up(&mut market, 10_000).unwrap();
    assert_eq!(leaves(&market), Ok(()), "free");
    wait_until(&mut market, 151);
    attest_at(&mut market, 151).unwrap();
    assert_eq!(leaves(&market), Err(Refusal::OperatorMayNot));
    assert_eq!(terminate(&mut market, Person::Attestor, i64::MAX), Err(Refusal::NotParty));
}

#[test]
fn an_operator_closes_together_with_the_renter_where_it_gives_nothing_up() {
    let mut market = market();
    wait(&mut market, 500);
    attest(&mut market, 200, &BOTH).unwrap();
    attest(&mut market, 1_000, &[Person::Attestor]).unwrap();
    let operator = Person::Operator;
    for (by, units, credit, outcome) in [
        (operator, 999, 0, Err(Refusal::OperatorMayNot)),
        (operator, 1_000, 1, Err(Refusal::OperatorMayNot)),
        (operator, 1_001, 0, Err(Refusal::OperatorMayNot)),
        (Person::Attestor, 1_000, 0, Err(Refusal::NotProviderOperator)),
        (Person::Renter, 1_000, 0, Err(Refusal::NotProviderOperator)),
        (operator, 1_000, 0, Ok(())),
    ] {
        assert_eq!(close_by(&mut market.clone(), by, units, credit), outcome, "{by:?} {units} {credit}");
    }
    // Whoever has decided since: all that was claimed is paid.
    dispute(&mut market, 300).unwrap();
    assert_eq!(close_by(&mut market.clone(), operator, 300, 0), Err(Refusal::OperatorMayNot));
    close_by(&mut market.clone(), operator, 1_000, 0).unwrap();
    resolve(&mut market, 300).unwrap();
    assert_eq!(close_by(&mut market.clone(), operator, 300, 0), Err(Refusal::OperatorMayNot));
    close_by(&mut market, operator, 1_000, 0).unwrap();
}

#[test]
fn an_operator_and_a_session_key_may_nothing_else() {
    let mut market = market();
    set_session_key(&mut market, Person::Agent);
    let (lease, seen, valid_until, provider) = (ID, seen(&market), market.now, ProviderId(0));
    let (terms, listing, replaced) = (terms(), Listing(2), KEYS);
    let (gpus, revision) = (8, 0);
    for by in [Person::Operator, Person::Agent] {
        let mut keys = market.clone();
        for (action, refusal) in [
            (Action::Extend { lease, by, seen, gpus: 2, duration: 4_000 }, Refusal::NotRenter),
            (
                Action::SetSessionKey { lease, by, seen, replaced: Some(Person::Agent), key: Some(by) },
                Refusal::NotRenter,
            ),
            (
                Action::UpdateOffer {
                    offer: OFFER,
                    by,
                    valid_until,
                    revision,
                    gpus,
                    is_open: true,
                    terms,
                    listing,
                },
                Refusal::NotProviderAuthority,
            ),
            (Action::CloseOffer { offer: OFFER, by }, Refusal::NotProviderAuthority),
            (
                Action::UpdateProvider { provider, by, valid_until, replaced, keys: KEYS },
                Refusal::NotProviderAuthority,
            ),
            (
                Action::Nominate { provider, by, valid_until, replaced: None, nominee: Some(by) },
                Refusal::NotProviderAuthority,
            ),
            (Action::Accept { provider, by, valid_until, keys: KEYS }, Refusal::NotNominated),
        ] {
            assert_eq!(keys.apply(&action), Err(refusal), "{action:?}");
        }
    }
    assert_eq!(dispute_by(&mut market, Person::Operator, 0), Err(Refusal::NotRenter));
    let (by, bond) = (Person::Agent, POOL);
    let resize =
        Action::Resize { lease, by, seen, duration: 3_000, from_gpus: 2, gpus: 1, provider: None, bond };
    assert_eq!(market.apply(&resize), Err(Refusal::NotRenter));
    let agreed = Some(Agreed { seen, units: 0, credit: 0 });
    let close = Action::Close { lease, renter_signs: false, provider: Some(by), agreed };
    assert_eq!(market.apply(&close), Err(Refusal::NotAgreed));
}

/// A claim of 1000 units of two GPUs, of which the agent is the session key.
fn guarded() -> Market {
    let mut market = market();
    set_session_key(&mut market, Person::Agent);
    wait(&mut market, 500);
    attest(&mut market, 1_000, &[Person::Attestor]).unwrap();
    market
}

#[test]
fn a_session_key_disputes_gives_notice_and_expires() {
    let market = guarded();
    let mut disputed = market.clone();
    dispute_by(&mut disputed, Person::Agent, 0).unwrap();
    assert_eq!(gains(&disputed)[0], -5_000 - 100, "the sponsor pays the stake");
    let mut noticed = market.clone();
    terminate(&mut noticed, Person::Agent, i64::MAX).unwrap();
    assert_eq!((lease(&noticed).end, lease(&noticed).ends_at), (End::RenterNotice, 1_600));
    let mut silent = market;
    wait(&mut silent, 901);
    expire(&mut silent, Person::Agent).unwrap();
}

#[test]
fn a_provider_that_names_the_session_key_its_own_takes_nothing_from_the_renter() {
    let key = Person::Agent;
    let keys = |attestor, operator| HotKeys { attestor, operator };
    for (own, buyer) in [
        (keys(key, None), None),
        (keys(Person::Attestor, Some(key)), None),
        (keys(key, Some(key)), Some(key)),
    ] {
        let mut market = guarded();
        let (provider, valid_until, by) = (ProviderId(0), market.now, Person::Provider);
        let update = Action::UpdateProvider { provider, by, valid_until, replaced: KEYS, keys: own };
        market.apply(&update).unwrap();
        if let Some(by) = buyer {
            let (seller, replaced) = (Person::Provider, None);
            let nominate = Action::Nominate { provider, by: seller, valid_until, replaced, nominee: buyer };
            market.apply(&nominate).unwrap();
            market.apply(&Action::Accept { provider, by, valid_until, keys: own }).unwrap();
        }
        dispute_by(&mut market.clone(), key, 0).unwrap();
        let mut noticed = market.clone();
        terminate(&mut noticed, key, i64::MAX).unwrap();
        assert_eq!((lease(&noticed).end, lease(&noticed).ends_at), (End::RenterNotice, 1_600));
        // What it acts for the provider, too, it may as well.
        let published = publish(&mut market, key, 0, 1);
        let runs = own.operator == Some(key) || buyer == Some(key);
        assert_eq!(published, if runs { Ok(()) } else { Err(Refusal::NotProviderOperator) });
        wait(&mut market, 901);
        expire(&mut market, key).unwrap();
    }
}

#[test]
fn a_dispute_costs_a_hundredth_of_the_bond_at_least_and_the_bond_at_most() {
    // Of each: hours of bond, claimed units of two GPUs, and the stake that is taken.
    for (bond_hours, claimed, stake) in
        [(0, 1_000, 0), (1, 1, 72), (1, 720, 72), (1, 730, 73), (10, 1_000, 720), (1, 1_000, 100)]
    {
        let mut market = market_of(Terms { bond_hours, ..terms() }, 5_000, 3_000, 2);
        wait(&mut market, 500);
        attest(&mut market, claimed, &[Person::Attestor]).unwrap();
        dispute(&mut market, 0).unwrap();
        assert_eq!(lease(&market).stake, stake, "{bond_hours} hours, {claimed} units");
    }
    // Rounded up: it is never free while there is a bond.
    let mut market = market_of(Terms { price: 1, min_duration: 60, ..terms() }, 5_000, 3_000, 2);
    wait(&mut market, 500);
    attest(&mut market, 1, &[Person::Attestor]).unwrap();
    dispute(&mut market, 0).unwrap();
    assert_eq!((lease(&market).bond, lease(&market).stake), (2, 1));
}
