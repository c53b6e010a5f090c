//! What any client may rely on.

use super::served::{Served, generous};
use gpu_lease_indexer::api::Limits;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::io::Read;
use std::num::NonZeroU32;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_twice_what_he_has() {
    let served = Served::whole(generous()).await;
    for path in ["/v1/leases", "/v1/leases?format=csv", "/openapi.json"] {
        let first = served.get(path).send().await.unwrap();
        assert_eq!(first.headers()["cache-control"], "public, max-age=2");
        let tag = first.headers()["etag"].clone();
        let again = served.get(path).header("if-none-match", tag.clone()).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()["etag"], tag);
        assert!(again.bytes().await.unwrap().is_empty());
        let other = served.get(path).header("if-none-match", "W/\"other\"").send().await.unwrap();
        assert_eq!(other.status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_for_who_takes_that() {
    let served = Served::whole(generous()).await;
    let plain = served.get("/v1/leases").send().await.unwrap();
    assert!(!plain.headers().contains_key("content-encoding"));
    let plain = plain.bytes().await.unwrap();
    let packed = served.get("/v1/leases").header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let packed = packed.bytes().await.unwrap();
    assert!(packed.len() * 3 < plain.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_every_origin_may_read_and_nobody_may_write() {
    let served = Served::whole(generous()).await;
    let client = reqwest::Client::new();
    let url = format!("{}/v1/leases", served.url);
    let answer = client.get(&url).header("origin", "https://page.example").send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let asked = client
        .request(Method::OPTIONS, &url)
        .header("origin", "https://page.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "if-none-match");
    let allowed = asked.send().await.unwrap();
    assert_eq!(allowed.status(), StatusCode::OK);
    assert_eq!(allowed.headers()["access-control-allow-methods"], "GET,HEAD,OPTIONS");
    let head = client.head(&url).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert!(head.headers().contains_key("etag") && head.bytes().await.unwrap().is_empty());
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let refused = client.request(method, &url).body("{}").send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refused.headers()["allow"], "GET, HEAD, OPTIONS");
        require_refusal(&refused.text().await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_not_understood_is_said_in_words() {
    let served = Served::whole(generous()).await;
    let nobody = "So11111111111111111111111111111111111111112";
    let (missing, malformed) = (StatusCode::NOT_FOUND, StatusCode::BAD_REQUEST);
    for (path, status) in [
        ("/".to_owned(), missing),
        ("/v2/leases".to_owned(), missing),
        (format!("/v1/offers/{nobody}"), missing),
        (format!("/v1/providers/{nobody}"), missing),
        (format!("/v1/leases/{nobody}/1"), missing),
        (format!("/v1/leases/{nobody}/1/receipt"), missing),
        ("/v1/proposals/18446744073709551615".to_owned(), missing),
        ("/v1/proposals/18446744073709551616".to_owned(), malformed),
        ("/v1/offers/0".to_owned(), malformed),
        ("/v1/leases?unknown=1".to_owned(), malformed),
        ("/v1/leases?limit=1&limit=1".to_owned(), malformed),
        ("/v1/leases?limit=0".to_owned(), malformed),
        ("/v1/leases?limit=201".to_owned(), malformed),
        ("/v1/leases?format=csv&limit=5001".to_owned(), malformed),
        ("/v1/leases?after=nowhere".to_owned(), malformed),
        ("/v1/leases?state=open".to_owned(), malformed),
        ("/v1/offers?max_price=5".to_owned(), malformed),
        ("/v1/offers?text=%00".to_owned(), malformed),
        ("/v1/events?opened_slot=5".to_owned(), malformed),
        ("/v1/market/days?from=0&before=99999999".to_owned(), malformed),
        ("/v1/progress?x".to_owned(), malformed),
        ("/v1/events/live?after=5".to_owned(), malformed),
        (format!("/v1/leases?after={}", "1".repeat(3_000)), StatusCode::URI_TOO_LONG),
    ] {
        let answer = served.get(&path).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        require_refusal(&answer.text().await.unwrap());
    }
    let missing = served.json(&format!("/v1/leases/{nobody}")).await;
    assert_eq!(missing, serde_json::json!({ "items": [], "next": null }));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_has_to_wait() {
    let three = NonZeroU32::new(3).unwrap();
    let limits = Limits {
        per_second: NonZeroU32::MIN,
        burst: three,
        client_header: Some("x-forwarded-for".to_owned()),
        ..Limits::default()
    };
    let served = Served::whole(limits).await;
    let ask = async |client: &str| {
        served.get("/v1/progress").header("x-forwarded-for", client).send().await.unwrap()
    };
    for _ in 0..3 {
        assert_eq!(ask("10.0.0.1").await.status(), StatusCode::OK);
    }
    let refused = ask("10.0.0.1").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1");
    require_refusal(&refused.text().await.unwrap());
    assert_eq!(ask("10.0.0.2").await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_bounded_in_size_and_time() {
    let small = Served::whole(Limits { answer: 2_000, ..generous() }).await;
    let refused = small.get("/v1/events?limit=200").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    require_refusal(&refused.text().await.unwrap());
    assert_eq!(small.get("/v1/progress").send().await.unwrap().status(), StatusCode::OK);

    let hasty = Served::whole(Limits { at_once: 0, patience: Duration::from_millis(50), ..generous() }).await;
    let late = hasty.get("/v1/progress").send().await.unwrap();
    assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(late.headers()["retry-after"], "1");
    require_refusal(&late.text().await.unwrap());
}

/// Fails unless it is an error as this project tells them, and tells nothing else.
pub fn require_refusal(text: &str) {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}"));
    for field in ["message", "advice"] {
        assert!(value["error"][field].as_str().is_some_and(|it| !it.is_empty()), "{text}");
    }
    assert_eq!(value["error"].as_object().map(|it| it.len()), Some(2), "{text}");
    for inside in ["sql", "SELECT", "panicked", ".rs", "/tmp"] {
        assert!(!text.contains(inside), "{text}");
    }
}
