use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// A JSON-RPC node that cannot be trusted: it is in front of another, and loses answers, refuses and lies as it is
/// told.
///
/// What it is not told anything about it passes on, both ways, so that wallets and pages can use it like the node.
pub struct Proxy {
    url: String,
    state: Arc<Mutex<State>>,
}

/// A request that the proxy got.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its method, for instance `sendTransaction`.
    pub method: String,
    pub params: Value,
    /// How many requests of the same method came before it.
    pub number: usize,
}

/// What the proxy does with a request.
pub enum Treatment {
    /// Passes it on, and the answer back.
    Pass,
    /// Passes it on, and answers with an HTTP status like 502 all the same.
    PassAndFail(u16),
    /// Passes it on, and closes the connection without a word.
    PassAndDrop,
    /// Passes it on, and changes the answer's `result`.
    PassAndChange(Box<dyn FnOnce(&mut Value) + Send>),
    /// Answers with an HTTP status like 429.
    Fail(u16),
    /// Answers with this `result`.
    Answer(Value),
    /// Answers with an error of JSON-RPC: its code and its message.
    Refuse(i64, &'static str),
}

type Script = Arc<dyn Fn(&Request) -> Treatment + Send + Sync>;

struct State {
    script: Script,
    requests: Vec<Request>,
}

impl Proxy {
    /// Starts one in front of the node at `target`, an `http://address:port`, for as long as the runtime lives.
    pub async fn start(target: &str) -> Result<Self> {
        let target = target.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.context("there is no port for the proxy")?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = State { script: Arc::new(|_| Treatment::Pass), requests: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, target) = (shared.clone(), target.clone());
                // Whoever closes the connection in between has heard enough.
                tokio::spawn(async move { serve(stream, &target, &shared).await.ok() });
            }
        });
        Ok(Self { url, state })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on treats requests so, and forgets those that it got.
    pub fn script(&self, script: impl Fn(&Request) -> Treatment + Send + Sync + 'static) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State { script: Arc::new(script), requests: Vec::new() };
    }

    /// The requests of a method that came since the last script.
    pub fn requests(&self, method: &str) -> Vec<Request> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.requests.iter().filter(|request| request.method == method).cloned().collect()
    }
}

/// An HTTP message: the head up to the empty line, and the body.
struct Message {
    head: String,
    body: Vec<u8>,
}

/// Serves one request, and closes the connection.
async fn serve(mut client: TcpStream, target: &str, state: &Mutex<State>) -> Result<()> {
    let message = read(&mut BufReader::new(&mut client)).await?;
    // What is not a request of JSON-RPC is a browser's question whether it may ask.
    let asked: Value = serde_json::from_slice(&message.body).unwrap_or_default();
    let id = asked["id"].clone();
    let (treatment, result) = match asked["method"].as_str() {
        None => (Treatment::Pass, None),
        Some(method) => (take_note(method, &asked["params"], state), Some(id)),
    };
    let answer = match (treatment, result) {
        (Treatment::Fail(status), _) => failure(status),
        (Treatment::Answer(result), Some(id)) => {
            success(&json!({ "jsonrpc": "2.0", "id": id, "result": result }))
        }
        (Treatment::Refuse(code, message), Some(id)) => {
            success(&json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } }))
        }
        (Treatment::PassAndFail(status), _) => {
            pass(target, &message).await?;
            failure(status)
        }
        (Treatment::PassAndDrop, _) => {
            pass(target, &message).await?;
            return Ok(());
        }
        (Treatment::PassAndChange(change), _) => {
            let mut answer: Value = serde_json::from_slice(&pass(target, &message).await?.body)?;
            change(&mut answer["result"]);
            success(&answer)
        }
        _ => pass(target, &message).await?,
    };
    client.write_all(answer.head.as_bytes()).await?;
    client.write_all(&answer.body).await?;
    Ok(client.shutdown().await?)
}

fn take_note(method: &str, params: &Value, state: &Mutex<State>) -> Treatment {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let number = state.requests.iter().filter(|request| request.method == method).count();
    let request = Request { method: method.to_owned(), params: params.clone(), number };
    state.requests.push(request.clone());
    (state.script)(&request)
}

fn success(answer: &Value) -> Message {
    let body = answer.to_string().into_bytes();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\naccess-control-allow-origin: *\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    Message { head, body }
}

fn failure(status: u16) -> Message {
    let head = format!(
        "HTTP/1.1 {status} Failed\r\naccess-control-allow-origin: *\r\ncontent-length: 0\r\nretry-after: 0\r\n\
         connection: close\r\n\r\n"
    );
    Message { head, body: Vec::new() }
}

/// What the node answers to a request.
async fn pass(target: &str, Message { head, body }: &Message) -> Result<Message> {
    let mut node = TcpStream::connect(target).await?;
    node.write_all(head.as_bytes()).await?;
    node.write_all(body).await?;
    read(&mut BufReader::new(&mut node)).await
}

/// Reads a message whose length its head tells, and asks in its head for a connection of its own.
async fn read(stream: &mut BufReader<&mut TcpStream>) -> Result<Message> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            bail!("the connection was closed");
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse()?,
            "transfer-encoding" => bail!("a message in pieces is not understood"),
            "connection" => continue,
            _ => {}
        }
        if line.trim().is_empty() {
            head.push_str("connection: close\r\n\r\n");
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Message { head, body })
}
