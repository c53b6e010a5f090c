use gpu_lease_indexer::api;
use std::path::Path;
use std::{env, fs};

#[test]
fn the_committed_description_is_that_of_the_routes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/gpu-lease-indexer.json");
    let description = api::description();
    if env::var_os("WRITE_OPENAPI").is_some() {
        fs::write(&path, &description).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == description,
        "openapi/gpu-lease-indexer.json is old: run `cargo xtask generate openapi` and commit it"
    );
}
