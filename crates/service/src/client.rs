//! Calls to another daemon's [server](crate::server): JSON there, JSON back.

use crate::tls::TlsFiles;
use anyhow::{Context, Result, ensure};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

/// Bytes of an answer.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// How long a connection is kept for the next call: less than servers keep it, or a call may meet its end.
const IDLE: Duration = Duration::from_secs(15);

/// Bytes of a refusal's sentence.
const MAX_REFUSAL: usize = 4 * 1024;

/// Another daemon. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    /// For errors.
    name: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("the call to {to} cannot be written: {cause}")]
    Unwritable { to: String, cause: String },
    #[error("{to} gives no answer: {cause}")]
    Unreachable { to: String, cause: String },
    #[error("{to} gives no answer in time")]
    Late { to: String },
    /// The sentence is the other daemon's.
    #[error("{to} refuses ({status}): {sentence}")]
    Refused { to: String, status: u16, sentence: String },
    #[error("what {to} answers is not understood: {cause}; are both of one version?")]
    Garbled { to: String, cause: String },
}

impl CallError {
    /// Whether the same call may succeed later. It may also have been carried out already, unless it was refused.
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Late { .. } => true,
            Self::Refused { status, .. } => *status >= 500 || *status == 429,
            Self::Unwritable { .. } | Self::Garbled { .. } => false,
        }
    }
}

impl Client {
    /// A daemon on this machine, by its socket. A call takes at most `patience`.
    pub fn unix(socket: &Path, patience: Duration) -> Result<Self> {
        let http = builder(patience).unix_socket(socket.to_owned()).build()?;
        Ok(Self { http, base: "http://localhost".to_owned(), name: socket.display().to_string() })
    }

    /// A daemon at a `url` such as `https://signer.example:7443`, for whose name its certificate is.
    pub fn tls(url: &str, files: &TlsFiles, patience: Duration) -> Result<Self> {
        let base = url.trim_end_matches('/').to_owned();
        let parsed = reqwest::Url::parse(&base).with_context(|| format!("`{url}` is not a URL"))?;
        ensure!(
            parsed.scheme() == "https" && parsed.path() == "/" && parsed.query().is_none(),
            "`{url}` has to be https://, a host and a port, and nothing after them"
        );
        let http = builder(patience).use_preconfigured_tls(files.client()?).https_only(true).build()?;
        Ok(Self { http, name: base.clone(), base })
    }

    /// Posts `request` to `path`, such as `/sign`.
    pub async fn post<Req, Res>(&self, path: &str, request: &Req) -> Result<Res, CallError>
    where
        Req: Serialize + ?Sized,
        Res: DeserializeOwned,
    {
        let unwritable = |error: serde_json::Error| CallError::Unwritable {
            to: self.name.clone(),
            cause: error.to_string(),
        };
        let body = serde_json::to_vec(request).map_err(unwritable)?;
        let call = self.http.post(format!("{}{path}", self.base)).header(CONTENT_TYPE, "application/json");
        let response = call.body(body).send().await.map_err(|error| self.broken(&error))?;
        let status = response.status();
        if !status.is_success() {
            let (bytes, _) = self.read(response, MAX_REFUSAL).await?;
            let sentence = String::from_utf8_lossy(&bytes).trim().to_owned();
            return Err(CallError::Refused { to: self.name.clone(), status: status.as_u16(), sentence });
        }
        match self.read(response, MAX_ANSWER).await? {
            (bytes, true) => serde_json::from_slice(&bytes).map_err(|error| self.garbled(error.to_string())),
            (_, false) => Err(self.garbled(format!("it has more than {MAX_ANSWER} bytes"))),
        }
    }

    /// The body, or its first `most` bytes, and whether that is all of it.
    async fn read(&self, mut response: Response, most: usize) -> Result<(Vec<u8>, bool), CallError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(&error))? {
            let room = most - bytes.len();
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                return Ok((bytes, false));
            }
        }
        Ok((bytes, true))
    }

    fn garbled(&self, cause: String) -> CallError {
        CallError::Garbled { to: self.name.clone(), cause }
    }

    fn broken(&self, error: &reqwest::Error) -> CallError {
        let to = self.name.clone();
        match error.is_timeout() {
            true => CallError::Late { to },
            false => CallError::Unreachable { to, cause: root(error).to_string() },
        }
    }
}

fn builder(patience: Duration) -> ClientBuilder {
    let builder = reqwest::Client::builder().timeout(patience).pool_idle_timeout(IDLE);
    builder.http1_only().no_proxy().redirect(Policy::none())
}

/// What is at the bottom: the layers above it only say that there was an error.
pub(crate) fn root<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root
}
