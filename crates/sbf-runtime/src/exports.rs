//! The symbols LLVM calls.
//!
//! `extern "unadjusted"`: LLVM 23 returns a 128-bit integer in two registers, whereas the `"C"` of rustc
//! 1.96 would return it through a pointer that no caller passes, and the result would be written to an
//! address near zero.

// Brings `memcpy` and its kin, as weak symbols, into the archive.
use solana_compiler_builtins as _;

use crate::wide;

#[unsafe(no_mangle)]
extern "unadjusted" fn __multi3(a: u128, b: u128) -> u128 {
    wide::mul(a, b)
}

#[unsafe(no_mangle)]
extern "unadjusted" fn __udivti3(dividend: u128, divisor: u128) -> u128 {
    wide::div_rem(dividend, divisor).0
}

#[unsafe(no_mangle)]
extern "unadjusted" fn __umodti3(dividend: u128, divisor: u128) -> u128 {
    wide::div_rem(dividend, divisor).1
}

/// Never runs: a panic is compiled to an immediate abort.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
