//! The record over HTTP, asked by a real client.

mod hostile;
mod http;
mod routes;
mod served;
mod stream;
