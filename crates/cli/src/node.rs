//! The way to a node, and what goes over it, for whoever wants to see that.

use crate::output::Format;
use gpu_lease_client::{
    text::harmless,
    url::{shown, without_secrets},
};
use serde_json::Value;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::{
    http_sender::HttpSender,
    nonblocking::rpc_client::RpcClient,
    rpc_client::RpcClientConfig,
    rpc_sender::{RpcSender, RpcTransportStats},
};
use solana_rpc_client_api::{client_error, request::RpcRequest};
use std::{
    io,
    pin::Pin,
    time::{Duration, Instant},
};
use tracing::{Level, debug, trace};
use tracing_subscriber::{
    filter::Targets,
    fmt,
    layer::{Layer, SubscriberExt},
    registry,
    util::SubscriberInitExt,
};

/// Tells on standard error what is asked of which node: nothing, at `verbose` 1 which questions there are and what
/// simulations log, at 2 the questions and answers themselves. As JSON, if results are.
pub fn show_traffic(verbose: u8, format: Format) {
    let level = match verbose {
        0 => return,
        1 => Level::DEBUG,
        _ => Level::TRACE,
    };
    // Libraries have much to tell that is of no use here.
    let ours = Targets::new().with_target(module_path!(), level);
    let layer =
        fmt::layer().with_writer(io::stderr).with_ansi(console::colors_enabled_stderr()).with_target(false);
    match format.is_display() {
        true => registry().with(layer.without_time().with_filter(ours)).init(),
        false => registry().with(layer.json().with_filter(ours)).init(),
    }
}

/// A client of the node at `url`, whose answers may take this long.
pub fn client(url: &str, timeout: Duration, commitment: CommitmentConfig) -> RpcClient {
    let sender = Told { node: shown(url), sender: HttpSender::new_with_timeout(url, timeout) };
    RpcClient::new_sender(sender, RpcClientConfig::with_commitment(commitment))
}

/// A way to a node that tells what goes over it.
struct Told {
    /// The node's address without secrets.
    node: String,
    sender: HttpSender,
}

type Answer<'a> = Pin<Box<dyn Future<Output = client_error::Result<Value>> + Send + 'a>>;

impl RpcSender for Told {
    fn send<'a, 'b>(&'a self, request: RpcRequest, params: Value) -> Answer<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let (node, method) = (self.node.as_str(), request.to_string());
            trace!(node, method, %params, "asked");
            let since = Instant::now();
            let answer = self.sender.send(request, params).await;
            let milliseconds = since.elapsed().as_millis();
            match &answer {
                Ok(value) => {
                    debug!(node, method, milliseconds, "answered");
                    trace!(node, method, %value, "answer");
                    for line in logs(value) {
                        debug!("{}", harmless(line));
                    }
                }
                Err(error) => {
                    let error = without_secrets(&error.to_string());
                    debug!(node, method, milliseconds, error, "failed");
                }
            }
            answer
        })
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        self.sender.get_transport_stats()
    }

    fn url(&self) -> String {
        self.sender.url()
    }
}

/// What a simulation logged; nothing of other answers.
fn logs(answer: &Value) -> impl Iterator<Item = &str> {
    let logs = answer.pointer("/value/logs").and_then(Value::as_array);
    logs.into_iter().flatten().filter_map(Value::as_str)
}
