//! The record over HTTP, asked by a real client.

mod description;
mod hostile;
mod http;
mod routes;
mod schema;
mod served;
mod stream;
