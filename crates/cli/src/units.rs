//! Between what people write and what the program counts: amounts, shares, durations, moments. Pure.

use gpu_lease_client::rpc::MintInfo;
use solana_address::{Address, address};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Decimals of SOL.
pub const SOL_DECIMALS: u8 = 9;

/// Reads the digits of a number: nothing but digits, with underscores between groups of three if there are any, and a
/// decimal point where fractions are counted. A comma means one thing here and another there, so that it is refused.
fn digits(text: &str, what: &str, like: &str) -> Result<(String, String), String> {
    let number = text.trim();
    if number.contains([',', '\'', '\u{2019}', ' ', '\u{a0}', '\u{202f}']) {
        return Err(format!(
            "`{text}` is not {what}: commas, spaces and apostrophes could mean decimals or thousands; write a point before \
             decimals and nothing or underscores between thousands, like {like}"
        ));
    }
    let wrong = || format!("`{text}` is not {what}; write it like {like}");
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split('_');
    let first = groups.next().unwrap_or_default();
    let is_grouped =
        !whole.contains('_') || (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    if !is_grouped {
        return Err(format!(
            "`{text}` is not {what}: underscores go between groups of three digits, like 1_000"
        ));
    }
    let whole = whole.replace('_', "");
    match whole.is_empty() && fraction.is_empty() || !is_number(&whole) || !is_number(fraction) {
        true => Err(wrong()),
        false => Ok((whole, fraction.to_owned())),
    }
}

/// Reads an amount in UI units, exactly: `2.5` of a six-decimals mint is 2 500 000 base units.
///
/// Digits below the mint's smallest unit are refused, never rounded.
pub fn parse_amount(text: &str, decimals: u8) -> Result<u64, String> {
    let decimals = usize::from(decimals);
    let (whole, fraction) = digits(text, "an amount", "2.50 or 1_000")?;
    if fraction.len() > decimals {
        return Err(format!(
            "`{text}` cannot be paid exactly; the mint has {decimals} decimals, so write at most that many"
        ));
    }
    let base = format!("{whole}{fraction:0<decimals$}");
    base.parse().map_err(|_| format!("`{text}` is too large an amount; write a smaller one"))
}

/// Reads a whole number of things.
pub fn parse_count<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let number = text.trim();
    let (whole, _) = match number.contains('.') {
        true => Err(format!("`{text}` is not a whole number; write it without a point, like 8 or 1_000")),
        false => digits(text, "a whole number", "8 or 1_000"),
    }?;
    let too_large = || format!("`{text}` is too large a number here; write a smaller one");
    let count: u64 = whole.parse().map_err(|_| too_large())?;
    T::try_from(count).map_err(|_| too_large())
}

/// Reads a number of GPUs that are wanted.
pub fn parse_gpus(text: &str) -> Result<u32, String> {
    match parse_count(text)? {
        0 => Err(format!("`{text}` GPUs are none; write how many you want, 1 or more")),
        count => Ok(count),
    }
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

/// An amount of a mint, with its currency: the symbol of a mint that everybody knows, or else the mint's address,
/// shortened.
pub fn money(base: u64, mint: &MintInfo) -> String {
    format!("{} {}", format_amount(base, mint.decimals), currency(&mint.address))
}

/// An amount of SOL.
pub fn sol(lamports: u64) -> String {
    format!("{} SOL", format_amount(lamports, SOL_DECIMALS))
}

/// What a mint's money is called.
pub fn currency(mint: &Address) -> String {
    const KNOWN: [(Address, &str); 3] = [
        (address!("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"), "USDC"),
        (address!("4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU"), "USDC"),
        (address!("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB"), "USDT"),
    ];
    match KNOWN.iter().find(|(known, _)| known == mint) {
        Some((_, symbol)) => (*symbol).to_owned(),
        None => short(mint),
    }
}

/// An address shortened for tables; its ends tell it from others.
pub fn short(address: &Address) -> String {
    let text = address.to_string();
    match (text.get(..4), text.get(text.len().saturating_sub(4)..)) {
        (Some(start), Some(end)) if text.len() > 12 => format!("{start}…{end}"),
        _ => text,
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
    let share = text.trim();
    let bps = match (share.strip_suffix("bps"), share.strip_suffix('%')) {
        (Some(bps), _) => parse_count(bps.trim_end()),
        (None, Some(percent)) => {
            digits(percent.trim_end(), "a share", "99.9%").and_then(|(_, fraction)| {
                match fraction.len() <= 2 {
                    true => parse_amount(percent.trim_end(), 2),
                    false => Err("shares are counted in hundredths of a percent; write at most two decimals"
                        .to_owned()),
                }
            })
        }
        (None, None) => {
            Err("it has no unit, and units are lower case; write it like 99.9% or 9990bps".to_owned())
        }
    };
    let bps = bps.map_err(|wrong| format!("`{text}` is not a share: {wrong}"))?;
    u32::try_from(bps).map_err(|_| format!("`{text}` is too large a share"))
}

/// Writes a share in percent.
pub fn format_bps(bps: u32) -> String {
    let percent = format_amount(u64::from(bps), 2);
    format!("{}%", percent.trim_end_matches('0').trim_end_matches('.'))
}

/// Reads a duration like `90m`, `1h 30m` or `30d`, in whole seconds.
///
/// Months and years are not all as long as one another, and `M` differs from `m` by its case alone: both are refused.
pub fn parse_duration(text: &str) -> Result<u32, String> {
    const UNITS: [&str; 21] = [
        "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs",
        "hour", "hours", "d", "day", "days", "w", "week", "weeks",
    ];
    const LIKE: &str = "write it like 90m, 1h 30m or 30d";
    let duration = text.trim();
    let units = duration.split(|character: char| !character.is_alphabetic()).filter(|unit| !unit.is_empty());
    for unit in units {
        if !UNITS.contains(&unit) {
            return Err(format!(
                "`{text}` is not a duration: `{unit}` is not one of the units s, m (minutes), h, d, w, in lower case; {LIKE}"
            ));
        }
    }
    if duration.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{text}` is not a duration: it has no unit; {LIKE}"));
    }
    let is_plain = duration.chars().all(|character| character.is_ascii_alphanumeric() || character == ' ');
    let read = humantime::parse_duration(duration).ok().filter(|_| is_plain);
    let read = read.ok_or_else(|| format!("`{text}` is not a duration in whole numbers; {LIKE}"))?;
    u32::try_from(read.as_secs()).map_err(|_| format!("`{text}` is too long a duration; write a shorter one"))
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

/// Writes the day of unix seconds, in UTC.
pub fn format_date(timestamp: i64) -> String {
    format_time(timestamp).split(' ').next().unwrap_or_default().to_owned()
}

/// Reads a moment: `2026-01-31T12:00:00Z`, or unix seconds.
pub fn parse_time(text: &str) -> Result<i64, String> {
    const LAST: i64 = 253_402_300_799;
    let wrong = |why: &str| {
        format!("`{text}` is not a moment{why}; write it like 2026-01-31T12:00:00Z, or in unix seconds")
    };
    let moment = text.trim();
    if moment.bytes().all(|byte| byte.is_ascii_digit()) {
        return match moment.parse() {
            Ok(timestamp @ ..=LAST) => Ok(timestamp),
            _ => Err(wrong(": as unix seconds it is after the year 9999")),
        };
    }
    if !moment.ends_with('Z') {
        return Err(wrong(" in UTC: it does not end with Z"));
    }
    let time = humantime::parse_rfc3339_weak(moment).map_err(|_| wrong(""))?;
    let elapsed = time.duration_since(UNIX_EPOCH).map_err(|_| wrong(""))?;
    i64::try_from(elapsed.as_secs()).map_err(|_| wrong(""))
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

/// Writes a moment, and how it is seen from `now`.
pub fn format_moment(time: i64, now: i64) -> String {
    format!("{} ({})", format_time(time), format_relative(time, now))
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
    let wrong = || format!("`{text}` is not a whole number of GPU-seconds; pass the GPU-seconds as --units");
    let (_, fraction) = digits(text, "a number of GPU-hours", "1.5, or pass GPU-seconds as --units")?;
    if fraction.len() > usize::from(DECIMALS) {
        return Err(wrong());
    }
    let seconds = u128::from(parse_amount(text, DECIMALS)?) * 3_600;
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

/// Writes GPU-seconds, and the same in GPU-hours.
pub fn format_units(units: u64) -> String {
    format!("{} ({} GPU-hours)", format_count(units, "GPU-second"), format_gpu_hours(units))
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
        for text in
            ["", ".", "-1", "+1", "1e3", "two", "1.2.3", "0.0000001", "18446744073709.551616", "١", "0x1"]
        {
            assert!(parse_amount(text, 6).is_err(), "{text}");
        }
        assert!(parse_amount("0.5", 0).is_err());
    }

    #[test]
    fn what_could_mean_another_number_elsewhere_is_refused_with_how_to_write_it() {
        for text in ["12,50", "1,000", "1,000.50", "1.000,50", "1 000", "1\u{a0}000", "1'000", "1\u{2019}000"]
        {
            let refusals = [
                parse_amount(text, 6).unwrap_err(),
                parse_count::<u64>(text).unwrap_err(),
                parse_bps(&format!("{text}%")).unwrap_err(),
                parse_bps(&format!("{text}bps")).unwrap_err(),
                parse_gpu_hours(text).unwrap_err(),
            ];
            for refusal in refusals {
                let is_told = refusal.contains("could mean decimals or thousands")
                    || refusal.contains("without a point");
                assert!(is_told, "{text}: {refusal}");
            }
        }
        for text in ["1_00", "10_00", "1__000", "_100", "1_000_", "1000_000", "1_000.000_1"] {
            assert!(parse_amount(text, 6).is_err(), "{text}");
            assert!(parse_count::<u64>(text).is_err(), "{text}");
        }
        assert_eq!(parse_amount("1_000_000", 0), Ok(1_000_000));
    }

    #[test]
    fn counts_are_whole_and_fit() {
        assert_eq!(parse_count::<u32>("8"), Ok(8));
        assert_eq!(parse_count::<u32>("16_384"), Ok(16_384));
        assert_eq!(parse_count::<u64>("18446744073709551615"), Ok(u64::MAX));
        for text in ["", "-1", "+1", "1.5", "8.", "eight", "4294967296"] {
            assert!(parse_count::<u32>(text).is_err(), "{text}");
        }
        assert_eq!(parse_gpus("1"), Ok(1));
        assert!(parse_gpus("0").unwrap_err().contains("1 or more"));
    }

    #[test]
    fn an_amount_is_shown_with_its_currency() {
        let mint = |address| MintInfo { address, token_program: Address::default(), decimals: 6 };
        let usdc = address!("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
        assert_eq!(money(12_500_000, &mint(usdc)), "12.50 USDC");
        assert_eq!(money(12_500_000, &mint(Address::default())), "12.50 1111…1111");
        assert_eq!(sol(1_500_000_000), "1.50 SOL");
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
        for text in ["99.9", "0.001%", "9990BPS", "+5bps", "-1%", "5.5bps", "%", "1e2%"] {
            assert!(parse_bps(text).is_err(), "{text}");
        }
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
        assert_eq!(parse_duration("2 weeks"), Ok(1_209_600));
        for text in ["soon", "", "90", "1,5h", "1.5h", "-1h", "+1h", "1h,30m", "h", "٣h", "9000w"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        assert_eq!(format_duration(5_400), "1h 30m");
        assert_eq!(format_duration(86_400 + 3_600 + 61), "1d 1h");
        assert_eq!(format_duration(0), "0s");
    }

    #[test]
    fn units_that_differ_by_case_alone_or_are_not_all_as_long_are_refused() {
        for text in ["2M", "2H", "2D", "2S", "2W", "1h 30M", "1month", "2months", "1y", "1year", "1Min"] {
            let refusal = parse_duration(text).unwrap_err();
            assert!(refusal.contains("m (minutes)") && refusal.contains("lower case"), "{text}: {refusal}");
        }
        assert_eq!(parse_duration("2m"), Ok(120));
    }

    #[test]
    fn moments_are_utc_and_relative() {
        assert_eq!(format_time(0), "1970-01-01 00:00:00Z");
        assert_eq!(parse_time("1970-01-02T00:00:00Z"), Ok(86_400));
        assert_eq!(parse_time("1970-01-02 00:00:00Z"), Ok(86_400));
        assert_eq!(parse_time("86400"), Ok(86_400));
        for text in
            ["noon", "2026-12-31 12:00:00", "2026-12-31T12:00:00+01:00", "-5", "+5", "1800000000000", ""]
        {
            assert!(parse_time(text).is_err(), "{text}");
        }
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
