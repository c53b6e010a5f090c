//! Between what people write and what the program counts: amounts, shares, durations, moments. Pure.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Decimals of SOL.
pub const SOL_DECIMALS: u8 = 9;

/// Reads an amount in UI units, exactly: `2.5` of a six-decimals mint is 2 500 000 base units.
///
/// Digits below the mint's smallest unit are refused, never rounded. Underscores may group digits.
pub fn parse_amount(text: &str, decimals: u8) -> Result<u64, String> {
    let decimals = usize::from(decimals);
    let digits = text.trim().replace('_', "");
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !is_number(whole) || !is_number(fraction) {
        return Err(format!("`{text}` is not an amount; write it like 2.50"));
    }
    if fraction.len() > decimals {
        return Err(format!(
            "`{text}` cannot be paid exactly; the mint has {decimals} decimals, write no more"
        ));
    }
    let base = format!("{whole}{fraction:0<decimals$}");
    base.parse().map_err(|_| format!("`{text}` is too large an amount"))
}

/// Writes base units in UI units, exactly, with at least two decimals where the mint has them.
pub fn format_amount(base: u64, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let digits = format!("{base:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let shown = fraction.trim_end_matches('0').len().max(decimals.min(2));
    match shown {
        0 => whole.to_owned(),
        _ => format!("{whole}.{}", &fraction[..shown]),
    }
}

/// Like [`format_amount`], with all decimals: amounts below one another line up.
pub fn format_amount_aligned(base: u64, decimals: u8) -> String {
    let shown = format_amount(base, decimals);
    let missing =
        usize::from(decimals).saturating_sub(shown.split_once('.').map_or(0, |(_, part)| part.len()));
    match decimals {
        0 => shown,
        _ => format!("{shown}{}", "0".repeat(missing)),
    }
}

/// Like [`format_amount_aligned`], of a change: with its sign, `0` if there is none.
pub fn format_change(base: i128, decimals: u8) -> String {
    let amount = u64::try_from(base.unsigned_abs()).unwrap_or(u64::MAX);
    match base {
        0 => "0".to_owned(),
        1.. => format!("+{}", format_amount_aligned(amount, decimals)),
        _ => format!("-{}", format_amount_aligned(amount, decimals)),
    }
}

/// Reads a share: `99.9%`, or basis points as `9990bps`.
pub fn parse_bps(text: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is not a share; write it like 99.9% or 9990bps");
    let bps = match text.trim().strip_suffix("bps") {
        Some(bps) => bps.trim().parse().map_err(|_| wrong())?,
        None => {
            let percent = text.trim().strip_suffix('%').ok_or_else(wrong)?;
            parse_amount(percent, 2).map_err(|_| wrong())?
        }
    };
    u32::try_from(bps).map_err(|_| wrong())
}

/// Writes a share in percent.
pub fn format_bps(bps: u32) -> String {
    let percent = format_amount(u64::from(bps), 2);
    format!("{}%", percent.trim_end_matches('0').trim_end_matches('.'))
}

/// Reads a duration like `90m`, `1h 30m` or `30d`, in whole seconds.
pub fn parse_duration(text: &str) -> Result<u32, String> {
    let duration = humantime::parse_duration(text.trim())
        .map_err(|_| format!("`{text}` is not a duration; write it like 90m, 1h 30m or 30d"))?;
    match (u32::try_from(duration.as_secs()), duration.subsec_nanos()) {
        (Ok(seconds), 0) => Ok(seconds),
        (_, 0) => Err(format!("`{text}` is too long a duration")),
        _ => Err(format!("`{text}` is not a whole number of seconds")),
    }
}

/// Writes seconds as a duration, its two largest units.
pub fn format_duration(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in UNITS {
        if rest >= size {
            parts.push(format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    parts.truncate(2);
    match parts.is_empty() {
        true => "0s".to_owned(),
        false => parts.join(" "),
    }
}

/// Writes unix seconds as a moment in UTC.
pub fn format_time(timestamp: i64) -> String {
    let time: Option<SystemTime> = u64::try_from(timestamp)
        .ok()
        .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    match time {
        Some(time) => humantime::format_rfc3339_seconds(time).to_string().replace('T', " "),
        None => timestamp.to_string(),
    }
}

/// Reads a moment: `2026-01-31T12:00:00Z`, or unix seconds.
pub fn parse_time(text: &str) -> Result<i64, String> {
    let wrong =
        || format!("`{text}` is not a moment; write it like 2026-01-31T12:00:00Z, or in unix seconds");
    if let Ok(timestamp) = text.parse() {
        return Ok(timestamp);
    }
    let time = humantime::parse_rfc3339_weak(text.trim()).map_err(|_| wrong())?;
    let elapsed = time.duration_since(UNIX_EPOCH).map_err(|_| wrong())?;
    i64::try_from(elapsed.as_secs()).map_err(|_| wrong())
}

/// Writes a moment as seen from `now`: `in 3h`, `5m ago`.
pub fn format_relative(timestamp: i64, now: i64) -> String {
    let distance = format_duration(timestamp.abs_diff(now));
    match timestamp.cmp(&now) {
        std::cmp::Ordering::Less => format!("{distance} ago"),
        std::cmp::Ordering::Equal => "now".to_owned(),
        std::cmp::Ordering::Greater => format!("in {distance}"),
    }
}

/// Writes a number of things: `1 GPU`, `2 GPUs`.
pub fn format_count(count: u64, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        _ => format!("{count} {thing}s"),
    }
}

/// Reads GPU-hours as GPU-seconds, exactly: `1.5` is 5400.
pub fn parse_gpu_hours(text: &str) -> Result<u64, String> {
    const DECIMALS: u8 = 6;
    let wrong = || format!("`{text}` is no whole number of GPU-seconds; pass the GPU-seconds as --units");
    let seconds = u128::from(parse_amount(text, DECIMALS).map_err(|_| {
        format!("`{text}` is no number of GPU-hours; write it like 1.5, or pass GPU-seconds as --units")
    })?) * 3_600;
    let one = 10_u128.pow(u32::from(DECIMALS));
    match seconds % one {
        0 => u64::try_from(seconds / one).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// Writes GPU-seconds as GPU-hours.
pub fn format_gpu_hours(units: u64) -> String {
    let hundredths = u128::from(units) * 100 / 3_600;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        assert_eq!(parse_amount("2.50", 6), Ok(2_500_000));
        assert_eq!(parse_amount("2", 6), Ok(2_000_000));
        assert_eq!(parse_amount(".5", 6), Ok(500_000));
        assert_eq!(parse_amount("5.", 6), Ok(5_000_000));
        assert_eq!(parse_amount("1_000.000001", 6), Ok(1_000_000_001));
        assert_eq!(parse_amount("18446744073709.551615", 6), Ok(u64::MAX));
        assert_eq!(parse_amount("7", 0), Ok(7));
    }

    #[test]
    fn amounts_that_cannot_be_exact_are_refused() {
        for text in ["", ".", "-1", "+1", "1e3", "1,5", "two", "1.2.3", "0.0000001", "18446744073709.551616"]
        {
            assert!(parse_amount(text, 6).is_err(), "{text}");
        }
        assert!(parse_amount("0.5", 0).is_err());
    }

    #[test]
    fn amounts_are_written_exactly_and_read_back() {
        assert_eq!(format_amount(2_500_000, 6), "2.50");
        assert_eq!(format_amount(1, 6), "0.000001");
        assert_eq!(format_amount(0, 6), "0.00");
        assert_eq!(format_amount(15, 1), "1.5");
        assert_eq!(format_amount(15, 0), "15");
        for base in [0, 1, 10, 999_999, 1_000_000, 1_000_001, u64::MAX] {
            assert_eq!(parse_amount(&format_amount(base, 6), 6), Ok(base));
        }
    }

    #[test]
    fn changes_carry_their_sign() {
        assert_eq!(format_change(2_500_000, 6), "+2.500000");
        assert_eq!(format_change(-2_500_000, 6), "-2.500000");
        assert_eq!(format_change(-25, 0), "-25");
        assert_eq!(format_change(0, 6), "0");
    }

    #[test]
    fn shares_are_percent_or_basis_points() {
        assert_eq!(parse_bps("99.9%"), Ok(9_990));
        assert_eq!(parse_bps("200%"), Ok(20_000));
        assert_eq!(parse_bps("9990bps"), Ok(9_990));
        assert_eq!(parse_bps("9990 bps"), Ok(9_990));
        assert!(parse_bps("99.9").is_err());
        assert!(parse_bps("0.001%").is_err());
        assert_eq!(format_bps(9_990), "99.9%");
        assert_eq!(format_bps(10_000), "100%");
        assert_eq!(format_bps(250), "2.5%");
        assert_eq!(format_bps(0), "0%");
    }

    #[test]
    fn durations_are_whole_seconds() {
        assert_eq!(parse_duration("1h 30m"), Ok(5_400));
        assert_eq!(parse_duration("30d"), Ok(2_592_000));
        assert!(parse_duration("1500ms").is_err());
        assert!(parse_duration("200y").is_err());
        assert!(parse_duration("soon").is_err());
        assert_eq!(format_duration(5_400), "1h 30m");
        assert_eq!(format_duration(86_400 + 3_600 + 61), "1d 1h");
        assert_eq!(format_duration(0), "0s");
    }

    #[test]
    fn moments_are_utc_and_relative() {
        assert_eq!(format_time(0), "1970-01-01 00:00:00Z");
        assert_eq!(parse_time("1970-01-02T00:00:00Z"), Ok(86_400));
        assert_eq!(parse_time("1970-01-02 00:00:00Z"), Ok(86_400));
        assert_eq!(parse_time("86400"), Ok(86_400));
        assert!(parse_time("noon").is_err());
        assert_eq!(format_relative(100, 40), "in 1m");
        assert_eq!(format_relative(40, 100), "1m ago");
        assert_eq!(format_relative(40, 40), "now");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(format_count(1, "GPU"), "1 GPU");
        assert_eq!(format_count(0, "GPU"), "0 GPUs");
    }

    #[test]
    fn units_are_shown_as_gpu_hours() {
        assert_eq!(format_gpu_hours(3_600), "1.00");
        assert_eq!(format_gpu_hours(5_400), "1.50");
    }

    #[test]
    fn gpu_hours_are_read_exactly_or_not_at_all() {
        assert_eq!(parse_gpu_hours("1.5"), Ok(5_400));
        assert_eq!(parse_gpu_hours("0.0025"), Ok(9));
        assert_eq!(parse_gpu_hours("0"), Ok(0));
        for text in ["0.0001", "one", "-1", "0.0000001"] {
            assert!(parse_gpu_hours(text).unwrap_err().contains("--units"), "{text}");
        }
    }
}
