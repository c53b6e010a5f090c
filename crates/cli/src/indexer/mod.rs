//! What an indexer remembers. It is believed no more than a stranger: it has to be of the same cluster and program, and figures
//! have to fit together.

pub mod answers;
pub mod check;

use crate::{
    context::Context,
    failure::{Kind, usage},
    http,
};
use answers::{Page, Progress};
use anyhow::{Context as _, Result, anyhow, ensure};
use clap::Args;
use gpu_lease_client::{address, text::harmless, url::shown};
use reqwest::{Client, StatusCode, Url, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use std::{fs, path::Path, time::Duration};

/// Bytes of the longest answer that is read.
const LONGEST_ANSWER: usize = 16 << 20;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Items that are asked for at once.
const AT_ONCE: usize = 200;

/// Where the indexer is.
#[derive(Debug, Args)]
pub struct Source {
    /// Indexer that is asked: its URL, or the file or URL of a page's `cluster.json` that names one
    #[arg(long, value_name = "URL", env = "GPU_LEASE_INDEXER", hide_env_values = true)]
    indexer: Option<String>,
}

/// An indexer of the cluster that is used.
pub struct Indexer {
    http: Client,
    base: Url,
    /// How far its record goes.
    pub progress: Progress,
}

/// All that is needed of a page's `cluster.json`.
#[derive(Deserialize)]
struct Cluster {
    indexer: Option<String>,
}

/// How an indexer says what is wrong.
#[derive(Deserialize)]
struct Refusal {
    error: Problem,
}

#[derive(Deserialize)]
struct Problem {
    message: String,
    advice: Option<String>,
}

impl Source {
    /// The indexer, once it has shown that it is of the same cluster and program.
    pub async fn open(&self, context: &Context) -> Result<Indexer> {
        let named = self.indexer.as_deref().filter(|url| !url.is_empty()).ok_or_else(|| {
            usage(
                "the chain alone does not tell what is over: pass --indexer with the URL of an indexer, or set GPU_LEASE_INDEXER; \
                 docs/guides/indexer.md says how to run one"
                    .to_owned(),
            )
        })?;
        let http = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build()?;
        let base = match named.ends_with(".json") {
            true => named_by(&http, named).await?,
            false => named.to_owned(),
        };
        let base = base_of(&base)?;
        let mut indexer = Indexer { http, base, progress: Progress::default() };
        indexer.progress = indexer.ask(&["progress"], &[]).await?;
        let genesis = context.client.genesis_hash().await?.to_string();
        ensure!(
            indexer.progress.genesis_hash == genesis,
            "the indexer at {} remembers another cluster than {} is of; name one of this cluster",
            indexer.name(),
            shown(&context.url)
        );
        ensure!(
            indexer.progress.program == address::PROGRAM,
            "the indexer at {} remembers another program, {}; name one of {}",
            indexer.name(),
            indexer.progress.program,
            address::PROGRAM
        );
        Ok(indexer)
    }
}

impl Indexer {
    /// Its address without secrets.
    fn name(&self) -> String {
        shown(self.base.as_str())
    }

    /// What it answers at a path below `v1`.
    pub async fn ask<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, String)]) -> Result<T> {
        self.find(path, query).await?.with_context(|| {
            format!(
                "the indexer at {} does not know {}; see whether it is written right",
                self.name(),
                path.join("/")
            )
        })
    }

    /// The same of what may not be there.
    pub async fn find<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<Option<T>> {
        let mut url = self.base.clone();
        let mut segments = url.path_segments_mut().map_err(|()| anyhow!("a URL has a path"))?;
        segments.pop_if_empty().push("v1").extend(path);
        drop(segments);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let name = self.name();
        let unreachable =
            || format!("the indexer at {name} does not answer; see whether it runs, or name another");
        let (status, bytes) =
            fetch(&self.http, url).await.map_err(|error| Kind::Node.error(error.context(unreachable())))?;
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if !status.is_success() {
            return Err(refused(&name, status, &bytes));
        }
        let read = serde_json::from_slice(&bytes).with_context(|| {
            format!(
                "what the indexer at {name} says is not understood; are it and this client of one version?"
            )
        })?;
        Ok(Some(read))
    }

    /// Up to so many items of a list, and whether there are more.
    pub async fn list<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        most: usize,
    ) -> Result<(Vec<T>, bool)> {
        let mut items = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let wanted = most.saturating_sub(items.len()).min(AT_ONCE);
            let mut query = query.to_vec();
            query.push(("limit", wanted.to_string()));
            query.extend(after.clone().map(|after| ("after", after)));
            let page: Page<T> = self.ask(path, &query).await?;
            let is_stuck = page.items.is_empty() && page.next.is_some() || page.items.len() > wanted;
            ensure!(!is_stuck && (page.next.is_none() || page.next != after), self.nonsense());
            items.extend(page.items);
            match page.next {
                Some(next) if items.len() < most => after = Some(next),
                next => return Ok((items, next.is_some())),
            }
        }
    }

    /// What to say of figures that contradict each other.
    pub fn nonsense(&self) -> String {
        format!("what the indexer at {} says does not fit together; name another", self.name())
    }
}

/// The indexer that a page's `cluster.json` names, a file or a URL.
async fn named_by(client: &Client, place: &str) -> Result<String> {
    let bytes = match place.starts_with("http://") || place.starts_with("https://") {
        true => {
            let url = Url::parse(place)
                .map_err(|_| usage(format!("`{}` is not a URL; pass --indexer", shown(place))))?;
            let fetched = fetch(client, url).await;
            let (status, bytes) = fetched.map_err(|error| {
                Kind::Node.error(error.context(format!("{} does not answer", shown(place))))
            })?;
            ensure!(
                status.is_success(),
                "{} answers {}; pass the indexer itself",
                shown(place),
                status.as_u16()
            );
            bytes
        }
        false => fs::read(Path::new(place)).with_context(|| format!("{place} cannot be read"))?,
    };
    let cluster: Cluster = serde_json::from_slice(&bytes).with_context(|| {
        format!("{} does not describe a cluster; pass the indexer itself", shown_place(place))
    })?;
    cluster.indexer.with_context(|| format!("{} names no indexer; pass one", shown_place(place)))
}

fn shown_place(place: &str) -> String {
    if place.contains("://") { shown(place) } else { place.to_owned() }
}

fn base_of(text: &str) -> Result<Url> {
    let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    url.ok_or_else(|| {
        usage(format!(
            "`{}` is not an http URL; pass --indexer like http://127.0.0.1:9090",
            harmless(&shown(text))
        ))
    })
}

/// What is there, as far as it is read.
async fn fetch(client: &Client, url: Url) -> Result<(StatusCode, Vec<u8>)> {
    let answer = client.get(url).send().await.map_err(reqwest::Error::without_url)?;
    let status = answer.status();
    let bytes = http::body(answer, LONGEST_ANSWER).await?;
    Ok((status, bytes.with_context(|| format!("it says more than {LONGEST_ANSWER} bytes"))?))
}

fn refused(name: &str, status: StatusCode, bytes: &[u8]) -> anyhow::Error {
    match serde_json::from_slice::<Refusal>(bytes) {
        Ok(Refusal { error: Problem { message, advice } }) => {
            let advice = advice.map(|advice| format!("; {}", harmless(&advice))).unwrap_or_default();
            anyhow!("the indexer at {name} says: {}{advice}", harmless(&message))
        }
        Err(_) => {
            Kind::Node.error(anyhow!("the indexer at {name} answers {}; try again later", status.as_u16()))
        }
    }
}
