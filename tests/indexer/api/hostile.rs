//! Requests that nobody would make who means well, made from the description: of each parameter what it allows, what it just
//! does not, and what it never does. Whatever comes, the answer is one that the description has, soon, and no fault.

use super::http::require_refusal;
use super::served::{Route, Served, filled, generous, named, routes};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::string::string_regex;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Client;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

const REQUESTS: u32 = 4_000;

/// On a machine that does much else.
const SOON: Duration = Duration::from_secs(5);

/// What programs choke on.
const ODD: &[&str] = &[
    "",
    " ",
    "0",
    "-1",
    "+1",
    "1e9",
    "NaN",
    "null",
    "true",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "00000000000000000000000000000000",
    "11111111111111111111111111111111",
    "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
    "' OR 1=1 --",
    "\"; DROP TABLE leases; --",
    "$1",
    "%",
    "_",
    "../../etc/passwd",
    "\0",
    "\u{202e}\u{feff}",
    "<script>",
    "=HYPERLINK(1)",
    "pending,active,disputed,resolved,cancelled,closed,closed",
    ",",
];

/// A request: which route, what stands in its path and its query, and with which headers.
#[derive(Clone, Debug)]
struct Hostile {
    route: Index,
    path: Vec<(Index, String)>,
    query: Vec<(Index, String)>,
    stranger: Option<(String, String)>,
    headers: Vec<(&'static str, String)>,
}

/// Values for any parameter: those of every pattern and every word in the description, and others.
fn value(routes: &[Route]) -> BoxedStrategy<String> {
    let mut patterns = Vec::new();
    let mut words = Vec::new();
    for route in routes {
        for parameter in ["path", "query"].iter().flat_map(|place| route.parameters(place)) {
            let schema = &parameter["schema"];
            patterns.extend(schema["pattern"].as_str().map(str::to_owned));
            words.extend(
                schema["enum"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|it| it.as_str().map(str::to_owned)),
            );
        }
    }
    patterns.sort();
    patterns.dedup();
    assert!(patterns.len() > 5 && !words.is_empty());
    let bare = |pattern: &String| pattern.trim_start_matches('^').trim_end_matches('$').to_owned();
    let fitting: Vec<_> =
        patterns.iter().map(|it| string_regex(&bare(it)).expect("a pattern").boxed()).collect();
    prop_oneof![
        4 => proptest::strategy::Union::new(fitting),
        2 => select(words),
        2 => select(ODD).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|it| it.to_string()),
        1 => (0..6_000_u32).prop_map(|it| it.to_string()),
        1 => any::<String>(),
        1 => (1..3_000_usize).prop_map(|it| "a".repeat(it)),
    ]
    .boxed()
}

fn hostile(routes: &[Route]) -> impl Strategy<Value = Hostile> + use<> {
    let value = value(routes);
    let many = |most: usize| proptest::collection::vec((any::<Index>(), value.clone()), 0..most);
    let names = &["accept", "if-none-match", "range", "x-forwarded-for"][..];
    let header = (select(names), "[*]|text/csv|[ -~]{0,40}");
    let headers = proptest::collection::vec(header, 0..3);
    let stranger = proptest::option::weighted(0.1, (any::<String>(), any::<String>()));
    (any::<Index>(), many(3), many(5), stranger, headers)
        .prop_map(|(route, path, query, stranger, headers)| Hostile { route, path, query, stranger, headers })
}

/// A text as a URL may have it: everything but letters and digits as bytes.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

impl Hostile {
    fn url(&self, route: &Route, names: &Value) -> String {
        let mut path = route.path.clone();
        let in_path = route.parameters("path");
        for (index, value) in self.path.iter().filter(|_| !in_path.is_empty()) {
            let name = in_path[index.index(in_path.len())]["name"].as_str().unwrap();
            path = path.replace(&format!("{{{name}}}"), &encoded(value));
        }
        let in_query = route.parameters("query");
        let asked = self.query.iter().filter(|_| !in_query.is_empty()).map(|(index, value)| {
            (in_query[index.index(in_query.len())]["name"].as_str().unwrap().to_owned(), value.clone())
        });
        let pairs = asked.chain(self.stranger.clone());
        let query: Vec<_> =
            pairs.map(|(name, value)| format!("{}={}", encoded(&name), encoded(&value))).collect();
        format!("{}?{}", filled(&path, names), query.join("&"))
    }

    /// Asks, and returns the status of the answer.
    async fn send(&self, client: &Client, served: &Served, route: &Route, names: &Value) -> u16 {
        let url = self.url(route, names);
        let mut request = client.get(format!("{}{url}", served.url));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let start = Instant::now();
        let answer = request.send().await.unwrap_or_else(|error| panic!("{url}: {error}"));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.unwrap();
        assert!(start.elapsed() < SOON, "{url} took {:?}", start.elapsed());
        assert!(status < 500, "{url}: {status}");
        if status == 404 && !route.operation["responses"]["404"].is_object() {
            // Where a name is empty or has a slash there is another path, or none.
            require_refusal(std::str::from_utf8(&body).unwrap());
        } else if status == 304 {
            assert!(body.is_empty(), "{url}");
        } else if headers["content-type"].to_str().unwrap().starts_with("text/csv") {
            assert_eq!(status, 200);
            csv::Reader::from_reader(&body[..]).records().for_each(|row| drop(row.unwrap()));
        } else {
            let value = serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{url}: {body:?}"));
            route.require_documented(status, &value);
        }
        status
    }
}

#[test]
fn no_request_gets_an_answer_that_is_not_described() {
    let runtime = Runtime::new().unwrap();
    let routes = routes();
    let served = runtime.block_on(Served::whole(generous()));
    let names = runtime.block_on(named(&served));
    let (client, statuses) = (Client::new(), RefCell::new(BTreeSet::new()));
    let config = Config { cases: REQUESTS, failure_persistence: None, ..Config::default() };
    let ask = |hostile: Hostile| {
        let route = &routes[hostile.route.index(routes.len())];
        let status = runtime.block_on(hostile.send(&client, &served, route, &names));
        statuses.borrow_mut().insert(status);
        Ok(())
    };
    TestRunner::new(config).run(&hostile(&routes), ask).unwrap();
    // Some got through, and the others were stopped in every way.
    assert_eq!(statuses.into_inner(), BTreeSet::from([200, 304, 400, 404, 414]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_even_a_request_ends_its_own_connection_alone() {
    let served = Served::whole(generous()).await;
    let address = served.url.strip_prefix("http://").unwrap();
    for bytes in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET /v1/leases?\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /v1/leases?limit=%ff%00%zz HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /v1/offers/%ff%fe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET //v1//leases HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET http://other.example/v1/leases HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /v1/progress HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n",
        b"GET /v1/events/live HTTP/1.1\r\nhost: x\r\nlast-event-id: \xff\r\n\r\n",
        b"CONNECT /v1/leases HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(bytes).await.unwrap();
        let mut answer = [0; 12];
        let read = tokio::time::timeout(SOON, connection.read_exact(&mut answer)).await.unwrap();
        if read.is_ok() {
            let status = std::str::from_utf8(&answer[9..]).unwrap().parse::<u16>().unwrap();
            assert!(status < 500, "{}", String::from_utf8_lossy(bytes));
        }
        served.json("/v1/progress").await;
    }
}
