//! A node's WebSocket. It says that something has happened, never what: what counts is asked for.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use gpu_lease_client::address::PROGRAM;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{connect_async_with_config, tungstenite};

/// How long a subscription may take to come about, a lost one is left alone, and silence is believed before it is asked whether
/// anybody is there.
const PATIENCE: Duration = Duration::from_secs(15);

/// Bytes of a message: a transaction's logs.
const MOST_BYTES: usize = 1024 * 1024;

/// Wakes `woken` whenever a transaction that names the program is confirmed. `subscribed` is told whether that works.
pub async fn wake(websocket: String, woken: Arc<Notify>, subscribed: impl Fn(bool)) {
    loop {
        let ended = listen(&websocket, || woken.notify_one(), || subscribed(true)).await;
        subscribed(false);
        if let Err(error) = ended {
            tracing::info!("the node takes no subscription: {error:#}");
        }
        sleep(PATIENCE).await;
    }
}

/// Whether the node takes a subscription.
pub async fn try_subscription(websocket: &str) -> Result<()> {
    let (is, told) = tokio::sync::oneshot::channel();
    let mut is = Some(is);
    let listening = listen(
        websocket,
        || {},
        || {
            is.take().map(|is| is.send(()));
        },
    );
    tokio::select! {
        ended = listening => ended,
        answered = timeout(PATIENCE, told) => Ok(answered.context("it does not answer")??),
    }
}

async fn listen(websocket: &str, woken: impl Fn(), mut subscribed: impl FnMut()) -> Result<()> {
    let limits =
        WebSocketConfig::default().max_message_size(Some(MOST_BYTES)).max_frame_size(Some(MOST_BYTES));
    let connect = connect_async_with_config(websocket, Some(limits), true);
    let (mut node, _) = timeout(PATIENCE, connect).await.context("it does not answer")??;
    let filter = json!({ "mentions": [PROGRAM.to_string()] });
    let params = json!([filter, { "commitment": "confirmed" }]);
    let ask = json!({ "jsonrpc": "2.0", "id": 1, "method": "logsSubscribe", "params": params });
    node.send(Message::text(ask.to_string())).await?;
    let mut is_asked = false;
    loop {
        let message = match timeout(PATIENCE, node.next()).await {
            Ok(None) => return Ok(()),
            Ok(Some(message)) => message?,
            Err(_) if is_asked => bail!("it has fallen silent"),
            Err(_) => {
                is_asked = true;
                node.send(Message::Ping(tungstenite::Bytes::new())).await?;
                continue;
            }
        };
        is_asked = false;
        let Message::Text(text) = message else { continue };
        let told: Value = serde_json::from_str(&text)?;
        match (&told["method"], &told["error"]) {
            (Value::String(_), _) => woken(),
            (_, Value::Null) => {
                subscribed();
                // What has happened before is not told of.
                woken();
            }
            (_, error) => bail!("it refuses: {error}"),
        }
    }
}
