//! Every route: what it answers is what its description says, and all of it.

use super::served::{Served, document, filled, generous, named, routes};
use serde_json::Value;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_what_its_description_says() {
    let served = Served::whole(generous()).await;
    let names = named(&served).await;
    let mut empty = Vec::new();
    for route in routes() {
        let path = filled(&route.path, &names);
        let answer = served.json(&path).await;
        route.require_documented(200, &answer);
        if answer["items"].as_array().is_some_and(Vec::is_empty) {
            empty.push(route.path);
        }
    }
    // Days are asked for at the wall's clock, which is not that of this history.
    empty.retain(|path| !path.ends_with("/days") && !path.ends_with("/prices"));
    assert_eq!(empty, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_of_days_are_there_at_the_time_of_the_cluster() {
    let served = Served::whole(generous()).await;
    let names = named(&served).await;
    let progress = served.json("/v1/progress").await;
    let now: i64 = progress["time"].as_str().unwrap().parse().unwrap();
    for route in routes().iter().filter(|route| route.takes("before") && !route.takes("limit")) {
        let path = filled(&route.path, &names);
        let answer =
            served.json(&format!("{path}?from={}&before={}", now - 399 * 86_400, now + 86_400)).await;
        route.require_documented(200, &answer);
        assert!(!answer["items"].as_array().unwrap().is_empty(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_any_size_visit_everything_once() {
    let served = Served::whole(generous()).await;
    let names = named(&served).await;
    for route in routes().iter().filter(|route| route.takes("after")) {
        let path = filled(&route.path, &names);
        let whole = served.all(&path, 200).await;
        let unlike: BTreeSet<_> = whole.iter().map(Value::to_string).collect();
        assert_eq!(unlike.len(), whole.len(), "{path} answers something twice");
        for limit in [1, 7] {
            // One at a time, the longest lists take too long.
            if whole.len() < 200 * limit as usize {
                assert!(served.all(&path, limit).await == whole, "{path} in pages of {limit}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_is_a_table_too_with_the_same_rows() {
    let served = Served::whole(generous()).await;
    let names = named(&served).await;
    // Those that have a row for each of their parts.
    let split = ["/v1/models", "/v1/market/days", "/v1/wallets/{wallet}/receipts"];
    for route in routes().iter().filter(|route| route.takes("format")) {
        let path = filled(&route.path, &names);
        let answer = served.get(&path).header("accept", "text/csv").send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8", "{path}");
        let table = answer.text().await.unwrap();
        let mut table = csv::Reader::from_reader(table.as_bytes());
        let columns: BTreeSet<_> = table.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(columns.len(), table.headers().unwrap().len(), "{path} has a column twice");
        let rows: Vec<_> = table.records().map(|row| row.unwrap()).collect();
        if split.contains(&route.path.as_str()) || !route.takes("after") {
            continue;
        }
        let items = served.all(&path, 200).await;
        assert_eq!(rows.len(), items.len(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_longer_than_allowed_says_where_it_goes_on() {
    let served = Served::whole(generous()).await;
    let events = served.all("/v1/events", 200).await;
    let mut path = "/v1/events?format=csv&limit=50".to_owned();
    let mut ids = Vec::new();
    loop {
        let answer = served.get(&path).send().await.unwrap();
        let next = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let table = answer.text().await.unwrap();
        let mut table = csv::Reader::from_reader(table.as_bytes());
        ids.extend(table.records().map(|row| row.unwrap()[0].to_owned()));
        let Some(next) = next else { break };
        let query = next.strip_prefix("<?").unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        path = format!("/v1/events?{query}");
    }
    let expected: Vec<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids, expected);
    assert!(ids.len() > 100, "the history is too short for this test");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_all_wallets_paid_for_a_lease_is_what_it_cost() {
    let served = Served::whole(generous()).await;
    let number = |value: &Value| value.as_str().unwrap().parse::<i128>().unwrap();
    let renters = ["deposit", "top_up", "stake", "refund", "credit"];
    let (mut payers, mut costs) = (BTreeSet::new(), 0);
    for lease in served.all("/v1/leases", 200).await {
        let (address, slot) = (lease["address"].as_str().unwrap(), lease["opened_slot"].as_str().unwrap());
        let path = format!("/v1/leases/{address}/{slot}/receipt");
        let is_renters = |line: &&Value| renters.contains(&line["purpose"].as_str().unwrap());
        let receipt = served.json(&path).await;
        assert_eq!(receipt["decimals"], 6);
        let lines = receipt["lines"].as_array().unwrap();
        let ends = lines.iter().filter(is_renters).flat_map(|line| [&line["from_owner"], &line["to_owner"]]);
        let wallets: BTreeSet<_> = ends.filter_map(Value::as_str).filter(|it| *it != address).collect();
        let mut paid = 0;
        for wallet in &wallets {
            let seen = served.json(&format!("{path}?wallet={wallet}")).await;
            let lines = seen["lines"].as_array().unwrap();
            paid -= lines.iter().filter(is_renters).map(|line| number(&line["change"])).sum::<i128>();
        }
        assert_eq!(paid, number(&receipt["cost"]), "{address}: {receipt}");
        payers.extend(wallets.into_iter().map(str::to_owned));
        costs += 1;
    }
    assert!(costs > 5 && payers.len() > 2, "the history is too short for this test");
}

#[test]
fn every_parameter_and_every_answer_is_described() {
    let refused = ["400", "414", "422", "429", "500", "503"];
    for route in routes() {
        for place in ["path", "query"] {
            for parameter in route.parameters(place) {
                let (name, schema) = (&parameter["name"], &parameter["schema"]);
                let is_text_with_pattern = schema["pattern"].is_string();
                let is_bounded = schema["maximum"].is_number() || schema["type"] == "boolean";
                let is_word = schema["enum"].is_array() || schema["type"] == "array";
                assert!(is_text_with_pattern || is_bounded || is_word, "{} takes any {name}", route.path);
                assert_eq!(parameter["required"], place == "path", "{} {name}", route.path);
                assert!(parameter["description"].is_string(), "{} {name}", route.path);
            }
        }
        for status in refused {
            let body = &route.operation["responses"][status]["content"]["application/json"]["schema"]["$ref"];
            assert_eq!(body, "#/components/schemas/Refusal", "{}, {status}", route.path);
        }
    }
    assert_eq!(document()["openapi"], "3.1.0");
}
