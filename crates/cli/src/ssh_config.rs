//! Blocks of leases in `~/.ssh/config`, each between two marks.

use anyhow::{Context, Result};
use solana_address::Address;
use std::ops::Range;

fn begin(lease: &Address) -> String {
    format!("# gpu-lease {lease}: begin")
}

fn end(lease: &Address) -> String {
    format!("# gpu-lease {lease}: end")
}

/// The leases that have a block in `config`.
pub fn leases(config: &str) -> Vec<Address> {
    let named = |line: &str| line.trim().strip_prefix("# gpu-lease ")?.strip_suffix(": begin")?.parse().ok();
    config.lines().filter_map(named).collect()
}

/// `config` with the block of a lease, in place of an earlier one. A new one is the first of all, since the first value
/// counts that `ssh` finds: what is said about all hosts cannot change what it says.
pub fn with_block(config: &str, lease: &Address, block: &str) -> Result<String> {
    // What follows is about all hosts again, as it was at the beginning of the file.
    let block = format!("{}\n{block}Host *\n{}\n", begin(lease), end(lease));
    let mut config = config.to_owned();
    let place = place(&config, lease)?.unwrap_or(0..0);
    config.replace_range(place, &block);
    Ok(config)
}

/// `config` without the block of a lease.
pub fn without_block(config: &str, lease: &Address) -> Result<String> {
    let mut config = config.to_owned();
    if let Some(place) = place(&config, lease)? {
        config.replace_range(place, "");
    }
    Ok(config)
}

/// Where the block of a lease is, marks and the line break after them included.
fn place(config: &str, lease: &Address) -> Result<Option<Range<usize>>> {
    let (begin, end) = (begin(lease), end(lease));
    let Some(start) = line(config, 0, &begin) else { return Ok(None) };
    let last = line(config, start, &end).with_context(|| {
        format!("ssh's configuration has the line `{begin}` and no `{end}` after it; remove it")
    })?;
    let rest = config.get(last..).and_then(|rest| rest.find('\n')).map_or(config.len(), |end| last + end + 1);
    Ok(Some(start..rest))
}

/// Where the first line after `from` begins that says `text`.
fn line(config: &str, from: usize, text: &str) -> Option<usize> {
    let mut start = 0;
    for line in config.split_inclusive('\n') {
        if start >= from && line.trim() == text {
            return Some(start);
        }
        start += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Address = Address::new_from_array([1; 32]);
    const OTHER: Address = Address::new_from_array([2; 32]);

    #[test]
    fn a_block_is_added_in_front_replaced_in_its_place_and_removed_without_a_trace() {
        let own = "ServerAliveInterval 9\nHost *\n    ForwardAgent yes\n";
        let first = with_block(own, &ONE, "Host one\n    Port 1\n").unwrap();
        assert!(first.starts_with(&begin(&ONE)) && first.ends_with(own), "{first}");
        assert_eq!(with_block(&first, &ONE, "Host one\n    Port 1\n").unwrap(), first);
        let both = with_block(&first, &OTHER, "Host other\n").unwrap();
        assert_eq!(leases(&both), [OTHER, ONE]);
        let replaced = with_block(&both, &ONE, "Host one\n    Port 2\n").unwrap();
        assert_eq!(replaced, both.replace("Port 1", "Port 2"));
        let left = without_block(&without_block(&replaced, &ONE).unwrap(), &OTHER).unwrap();
        assert_eq!(left, own);
        assert_eq!(without_block(own, &ONE).unwrap(), own);
    }

    #[test]
    fn what_stands_in_front_of_the_first_host_goes_on_being_about_all_hosts() {
        let config = with_block("User me\n", &ONE, "Host one\n").unwrap();
        assert!(config.ends_with(&format!("Host *\n{}\nUser me\n", end(&ONE))), "{config}");
    }

    #[test]
    fn a_file_with_other_line_ends_or_none_at_its_end_keeps_them() {
        for own in ["Host a\r\n    Port 1\r\n", "Host a", ""] {
            let with = with_block(own, &ONE, "Host one\n").unwrap();
            assert_eq!(without_block(&with, &ONE).unwrap(), own);
            assert_eq!(without_block(&with.replace('\n', "\r\n"), &ONE).unwrap(), own.replace('\n', "\r\n"));
        }
    }

    #[test]
    fn a_block_whose_end_is_missing_is_left_alone() {
        let config = format!("{}\nHost one\n", begin(&ONE));
        assert!(with_block(&config, &ONE, "").unwrap_err().to_string().contains("; remove it"));
        assert!(without_block(&config, &ONE).is_err());
    }
}
