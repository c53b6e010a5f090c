//! What is answered: a list as a page of JSON or a table, or one thing; each with a tag, so that nobody gets it twice.

use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::param::{Format, MOST_ROWS};
use super::problem::Problem;
use super::query::Lists;
use super::table::{self, Row};
use crate::ask::{ITEMS, MOST_ITEMS, Part};
use crate::store::Store;
use crate::views::Page;

/// What is asked, understood.
pub struct Asked<Q> {
    /// The parameters.
    pub query: Q,
    uri: Uri,
    accepts_csv: bool,
}

impl<S: Sync, Q: DeserializeOwned> FromRequestParts<S> for Asked<Q> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        let axum::extract::Query(query) = query.map_err(|error| Problem::Malformed(error.body_text()))?;
        Ok(Self { query, uri: parts.uri.clone(), accepts_csv: accepts_csv(&parts.headers) })
    }
}

/// What a path names, understood.
pub struct Named<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(path)| Self(path)).map_err(|error| Problem::Malformed(error.body_text()))
    }
}

/// Whether a table is wanted rather than anything else.
fn accepts_csv(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let first = accept.split(',').next().and_then(|it| it.split(';').next()).unwrap_or_default();
    first.trim().eq_ignore_ascii_case("text/csv")
}

impl<Q: Lists> Asked<Q> {
    fn format(&self) -> Format {
        let accepted = if self.accepts_csv { Format::Csv } else { Format::Json };
        self.query.format().unwrap_or(accepted)
    }

    /// A list that is read in pages. A table has as many of them as it may have rows.
    pub async fn pages<T: Row + Serialize, F: Future<Output = Result<Page<T>, Problem>>>(
        &self,
        store: &Store,
        read: impl Fn(Part) -> F,
    ) -> Result<Response, Problem> {
        let after = self.query.after().map(str::to_owned);
        if self.format() == Format::Json {
            let limit = self.query.limit().unwrap_or(ITEMS);
            if limit > MOST_ITEMS {
                return Err(Problem::Malformed(format!(
                    "a page has {MOST_ITEMS} items at most; `format=csv` more"
                )));
            }
            let page = read(Part { after, limit }).await?;
            let is_final = page.items.iter().all(Row::is_final);
            return Ok(json(&page, is_final)?.linked(self.next(page.next.as_deref())).into());
        }
        let most = self.query.limit().unwrap_or(MOST_ROWS);
        let mut rows: Vec<T> = Vec::new();
        let mut part = Part { after, limit: most.min(MOST_ITEMS) };
        let next = loop {
            let page = read(part).await?;
            rows.extend(page.items);
            let left = most.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
            match page.next {
                Some(next) if left > 0 => part = Part { after: Some(next), limit: left.min(MOST_ITEMS) },
                next => break next,
            }
        };
        Ok(self.table(store, rows).await?.linked(self.next(next.as_deref())).into())
    }

    /// A list that is told whole.
    pub async fn whole<T: Row + Serialize>(&self, store: &Store, items: Vec<T>) -> Result<Response, Problem> {
        let is_final = items.iter().all(Row::is_final);
        match self.format() {
            Format::Json => Ok(json(&Page { items, next: None }, is_final)?.into()),
            Format::Csv => Ok(self.table(store, items).await?.into()),
        }
    }

    /// One thing, or a table of its parts.
    pub async fn parts<T: Row + Serialize>(&self, store: &Store, thing: T) -> Result<Response, Problem> {
        match self.format() {
            Format::Json => one(&thing, thing.is_final()),
            Format::Csv => Ok(self.table(store, vec![thing]).await?.into()),
        }
    }

    async fn table<T: Row>(&self, store: &Store, rows: Vec<T>) -> Result<Answer, Problem> {
        let decimals = store.decimals().await?;
        let is_final = rows.iter().all(Row::is_final);
        Ok(Answer::new(table::csv(rows, &decimals)?, "text/csv; charset=utf-8", is_final))
    }

    /// Where the next page is.
    fn next(&self, next: Option<&str>) -> Option<String> {
        let next = next?;
        let query = self.uri.query().unwrap_or_default();
        let others = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("after="));
        let after: String = next.bytes().map(escaped).collect();
        let pairs: Vec<_> = others.map(str::to_owned).chain([format!("after={after}")]).collect();
        Some(format!("<?{}>; rel=\"next\"", pairs.join("&")))
    }
}

/// A byte as a query may have it.
fn escaped(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}

/// One thing.
pub fn one<T: Serialize>(thing: &T, is_final: bool) -> Result<Response, Problem> {
    Ok(json(thing, is_final)?.into())
}

/// A text of JSON that is there already.
pub fn text(json: &str) -> Response {
    Answer::new(json.into(), "application/json", true).into()
}

fn json<T: Serialize>(thing: &T, is_final: bool) -> Result<Answer, Problem> {
    let body = serde_json::to_vec(thing).map_err(anyhow::Error::from)?;
    Ok(Answer::new(body, "application/json", is_final))
}

/// A body with what is said of it.
struct Answer {
    body: Vec<u8>,
    kind: &'static str,
    is_final: bool,
    link: Option<String>,
}

impl Answer {
    const fn new(body: Vec<u8>, kind: &'static str, is_final: bool) -> Self {
        Self { body, kind, is_final, link: None }
    }

    fn linked(self, link: Option<String>) -> Self {
        Self { link, ..self }
    }
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Self {
        let digest: String =
            Sha256::digest(&answer.body).iter().take(16).map(|it| format!("{it:02x}")).collect();
        // What is finalized is there for a moment even if there is more by now; what is confirmed may be undone.
        let cache = if answer.is_final { "public, max-age=2" } else { "public, no-cache" };
        let mut response = Self::new(Body::from(answer.body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(header::VARY, HeaderValue::from_static("accept"));
        let tag = HeaderValue::from_str(&format!("W/\"{digest}\"")).ok();
        let link = answer.link.and_then(|link| HeaderValue::from_str(&link).ok());
        for (name, value) in [(header::ETAG, tag), (header::LINK, link)] {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_told_to_who_wants_one_first() {
        for (accept, wants) in [
            ("text/csv", true),
            ("Text/CSV; charset=utf-8, application/json", true),
            ("application/json, text/csv", false),
            ("*/*", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(accepts_csv(&headers), wants, "{accept}");
        }
    }

    #[test]
    fn the_next_page_is_asked_as_this_one_was() {
        let asked = |uri: &str| Asked {
            query: super::super::query::ListQuery::default(),
            uri: uri.parse().unwrap(),
            accepts_csv: false,
        };
        assert_eq!(asked("/v1/x").next(None), None);
        assert_eq!(asked("/v1/x").next(Some("4-3/&")).unwrap(), "<?after=4-3%2F%26>; rel=\"next\"");
        let next = asked("/v1/x?limit=5&after=1&format=csv").next(Some("2")).unwrap();
        assert_eq!(next, "<?limit=5&format=csv&after=2>; rel=\"next\"");
    }
}
