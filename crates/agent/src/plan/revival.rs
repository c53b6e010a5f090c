//! Top-ups that make a lease run again: they bind the provider once it has stated something after them.

use gpu_lease_client::state::Meter;

use crate::meter::Record;

/// Until when may be stated where `window_end` would be due. A window that ends after a top-up which made the lease run again
/// binds the provider to it: that is stated when something was delivered since. Until then one is that ends with the top-up
/// itself, and binds to nothing.
pub fn window(meter: &Meter, record: &Record, window_end: i64) -> Option<i64> {
    let window_end = if has_come_back(meter, record, window_end) { window_end } else { meter.revived_at };
    (meter.revived_at <= window_end && window_end <= record.until()).then_some(window_end)
}

/// Whether something was delivered until `time` since a top-up made the lease run again, if one did.
pub fn has_come_back(meter: &Meter, record: &Record, time: i64) -> bool {
    !meter.is_free() || record.units(time) > record.units(meter.revived_at)
}
