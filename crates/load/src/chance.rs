//! Chance that is the same on every machine.

/// The generator splitmix64: reproducible, and that is all that is asked of it.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The chance of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub const fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    ///
    /// # Panics
    ///
    /// If `bound` is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.any() % bound
    }

    /// A number from `from` up to `to`.
    pub const fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// Whether something happens that does so `times` in a thousand.
    pub const fn is(&mut self, times: u64) -> bool {
        self.below(1_000) < times
    }

    /// An index below `bound`: small ones are more often met, as customers meet the larger shops.
    pub const fn popular(&mut self, bound: u64) -> u64 {
        let wide = self.below(1 << 20);
        // The square of a share is nearer to zero.
        ((bound as u128 * (wide * wide) as u128) >> 40) as u64
    }

    /// One of them.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}
