//! What has to outlast a crash, by the lives of leases.

use gpu_lease_runtime::Life;
use gpu_lease_service::store;

pub use gpu_lease_service::store::{Lists, Result, StoreError, Table};

/// A file of tables.
pub type Store = store::Store<Life>;

/// Changes that are made at once.
pub type Changes = store::Changes<Life>;
