//! What a person lets the guard do where it asks: a file for each lease, which whoever has the guard's folder can write.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use solana_address::Address;

fn folder(state: &Path) -> PathBuf {
    state.join("orders")
}

/// Lets it do what it asks for about a lease.
pub fn give(state: &Path, lease: &Address) -> Result<()> {
    let folder = folder(state);
    let write = || -> io::Result<()> {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(lease.to_string()), [])
    };
    write().with_context(|| {
        format!("the order cannot be written to {}; are you the guard's user?", folder.display())
    })
}

/// Whether it was let to.
pub fn is_given(state: &Path, lease: &Address) -> bool {
    folder(state).join(lease.to_string()).exists()
}

/// It was done.
pub fn done(state: &Path, lease: &Address) {
    // If it stays there, the guard does once more what is due, which is what was ordered.
    fs::remove_file(folder(state).join(lease.to_string())).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_about_one_lease_and_counts_once() {
        let state = tempfile::tempdir().unwrap();
        let (one, other) = (Address::new_from_array([1; 32]), Address::new_from_array([2; 32]));
        give(state.path(), &one).unwrap();
        assert!(is_given(state.path(), &one) && !is_given(state.path(), &other));
        done(state.path(), &one);
        assert!(!is_given(state.path(), &one));
    }
}
