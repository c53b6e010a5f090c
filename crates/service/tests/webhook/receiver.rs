//! A server that takes messages, or does with them what it is told to.

use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

/// What happens to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is answered by this status, with these lines in the head.
    Status(u16, String),
    /// Nothing comes back.
    Nothing,
    /// The connection ends before an answer.
    Close,
    /// It ends within the head of the answer.
    HalfAHead,
    /// It ends within the body of an answer that says that all is well.
    HalfABody,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub at: Instant,
    pub headers: HashMap<String, String>,
    pub text: String,
}

/// Runs until it is dropped.
pub struct Receiver {
    pub port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Request {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn number(&self) -> u64 {
        self.body()["number"].as_u64().unwrap()
    }
}

impl Answer {
    pub fn fine() -> Self {
        Self::Status(204, String::new())
    }

    pub fn status(status: u16) -> Self {
        Self::Status(status, String::new())
    }
}

impl Receiver {
    /// Answers the first requests as `answers` say, and all others well.
    pub async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::start_with(answers, Duration::ZERO, None).await
    }

    /// Answers everything well, and takes its time.
    pub async fn slow(pause: Duration) -> Self {
        Self::start_with([], pause, None).await
    }

    /// Answers everything well, by TLS.
    pub async fn by_tls(tls: TlsAcceptor) -> Self {
        Self::start_with([], Duration::ZERO, Some(tls)).await
    }

    async fn start_with(
        answers: impl IntoIterator<Item = Answer>,
        pause: Duration,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let answers = Arc::new(Mutex::new(answers.into_iter().collect::<VecDeque<_>>()));
        let seen = requests.clone();
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, answers, tls) = (seen.clone(), answers.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, seen, answers, pause).await,
                        // Who does not believe the certificate is gone.
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => serve(stream, seen, answers, pause).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self { port, requests, _serving: AbortOnDropHandle::new(serving) }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// None when the other side is gone.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    seen: Arc<Mutex<Vec<Request>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    pause: Duration,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut headers = HashMap::new();
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            if let Some((name, value)) = line.split_once(": ") {
                headers.insert(name.to_lowercase(), value.trim_end().to_owned());
            }
        }
        let mut body = vec![0; headers["content-length"].parse().unwrap()];
        stream.read_exact(&mut body).await.ok()?;
        let request = Request { at: Instant::now(), headers, text: String::from_utf8(body).unwrap() };
        seen.lock().unwrap().push(request);
        sleep(pause).await;
        let answer = answers.lock().unwrap().pop_front().unwrap_or(Answer::fine());
        match answer {
            Answer::Status(status, lines) => {
                // An answer without content may not speak of its length.
                let length = if status == 204 { "" } else { "content-length: 0\r\n" };
                let head = format!("HTTP/1.1 {status} Status\r\n{lines}{length}\r\n");
                stream.write_all(head.as_bytes()).await.ok()?;
            }
            Answer::Nothing => std::future::pending().await,
            Answer::Close => return None,
            Answer::HalfAHead => return stream.write_all(b"HTTP/1.1 20").await.ok(),
            Answer::HalfABody => {
                return stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await.ok();
            }
        }
    }
}
