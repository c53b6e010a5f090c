//! An API that is served, and its description.

use super::schema;
use crate::store::chain::{File, chain};
use gpu_lease_indexer::api::{self, Limits};
use gpu_lease_indexer::live::Live;
use gpu_lease_service::server;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::sync::LazyLock;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// An API on a port of its own. It ends with this.
pub struct Served {
    pub live: Live,
    pub file: File,
    pub url: String,
    pub stop: CancellationToken,
    client: Client,
    _ended: DropGuard,
}

/// A client that unpacks nothing by itself.
fn client() -> Client {
    Client::builder().no_gzip().no_brotli().no_deflate().no_zstd().build().expect("a client")
}

/// For clients that ask as much as they like.
pub fn generous() -> Limits {
    let many = NonZeroU32::new(1_000_000).expect("not 0");
    Limits { per_second: many, burst: many, ..Limits::default() }
}

impl Served {
    /// Of a record with everything that happened.
    pub async fn whole(limits: Limits) -> Self {
        Self::of(File::of(&chain().played).await, limits).await
    }

    pub async fn of(file: File, limits: Limits) -> Self {
        let (live, stop) = (Live::default(), CancellationToken::new());
        let router = api::router(file.store.clone(), live.clone(), limits, stop.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it listens"));
        tokio::spawn(server::serve(listener, router, server::Limits::default(), stop.clone()));
        let _ended = stop.clone().drop_guard();
        Self { live, file, url, stop, client: client(), _ended }
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    /// What it answers, which has to be there.
    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).send().await.expect("it answers");
        let status = answer.status();
        let text = answer.text().await.expect("a text");
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Everything of a list, a page of `limit` items after the other.
    pub async fn all(&self, path: &str, limit: u32) -> Vec<Value> {
        let (mut items, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.json(&format!("{path}?limit={limit}{after}")).await;
            let found = page["items"].as_array().expect("a list").clone();
            assert!(found.len() <= limit as usize, "{path} answers too much");
            items.extend(found);
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return items,
            }
        }
    }
}

/// A route of the description.
pub struct Route {
    pub path: String,
    pub operation: Value,
}

/// All routes but the stream.
pub fn routes() -> Vec<Route> {
    let paths = document()["paths"].as_object().expect("paths").clone();
    let routes = paths.into_iter().map(|(path, methods)| {
        assert_eq!(methods.as_object().expect("methods").len(), 1, "{path} can only be read");
        Route { path, operation: methods["get"].clone() }
    });
    routes.filter(|route| route.path != "/v1/events/live").collect()
}

/// The description.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| serde_json::to_value(api::openapi()).expect("a description is JSON"));
    &DOCUMENT
}

impl Route {
    /// Its parameters that are in `place`.
    pub fn parameters(&self, place: &str) -> Vec<Value> {
        let all = self.operation["parameters"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|it| it["in"] == place).collect()
    }

    /// Whether it takes this in its query.
    pub fn takes(&self, name: &str) -> bool {
        self.parameters("query").iter().any(|it| it["name"] == name)
    }

    /// Fails unless `value` is what the route answers with this status.
    pub fn require_documented(&self, status: u16, value: &Value) {
        let answer = &self.operation["responses"][status.to_string()];
        let schema = &answer["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{}: {status} is not documented: {value}", self.path);
        if let Err(fault) = schema::check(document(), schema, value) {
            panic!("{}, {status}: {fault}", self.path);
        }
    }
}

/// What paths name, from the record: what is there and has most.
pub async fn named(served: &Served) -> Value {
    let leases = served.json("/v1/leases?state=closed&limit=200").await;
    let lease = leases["items"][0].clone();
    let proposals = served.json("/v1/proposals").await;
    let votes =
        served.json(&format!("/v1/proposals/{}/votes", proposals["items"][0]["id"].as_str().unwrap())).await;
    assert!(!votes["items"].as_array().unwrap().is_empty());
    json!({
        "offer": lease["offer"],
        "lease": lease["address"],
        "opened_slot": lease["opened_slot"],
        "wallet": lease["renter"],
        "provider": lease["provider"],
        "gpu_model": lease["gpu_model"],
        "id": proposals["items"][0]["id"],
    })
}

/// A path with what it names.
pub fn filled(path: &str, named: &Value) -> String {
    let mut filled = path.to_owned();
    for (name, value) in named.as_object().expect("names") {
        let value = value.as_str().expect("a text").replace(' ', "%20");
        filled = filled.replace(&format!("{{{name}}}"), &value);
    }
    assert!(!filled.contains('{'), "{filled}");
    filled
}
