/// A count that only grows, as a line with corners: what was true of every moment that has passed.
#[derive(Clone, Default)]
pub struct Curve(Vec<(i64, u64)>);

impl Curve {
    /// Goes straight to `value` at `time`, which is not before the last corner.
    pub fn go(&mut self, time: i64, value: u64) {
        self.0.push((time, value));
    }

    /// Where it stands.
    pub fn last(&self) -> u64 {
        self.0.last().map_or(0, |&(_, value)| value)
    }

    /// Where it stood at `time`; where it stands, if that has not come yet.
    pub fn at(&self, time: i64) -> u64 {
        let behind = self.0.partition_point(|&(corner, _)| corner <= time);
        let Some(&(from, low)) = behind.checked_sub(1).and_then(|before| self.0.get(before)) else {
            return 0;
        };
        let Some(&(to, high)) = self.0.get(behind) else { return low };
        low + (high - low) * (time - from).unsigned_abs() / (to - from).unsigned_abs()
    }
}
