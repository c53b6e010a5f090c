//! `memcpy` and its kin, which compilers take for granted.
//!
//! A handful of bytes is moved in place, eight at a time; more than that is a system call of the virtual
//! machine, which charges a flat fee. Such a call is a call to the hash of its name.

use core::{ffi::c_int, mem::transmute};

const SOL_MEMCMP: usize = 0x5fdc_de31;
const SOL_MEMCPY: usize = 0x717c_c4a3;
const SOL_MEMMOVE: usize = 0x4343_71f8;
const SOL_MEMSET: usize = 0x3770_fb22;

/// Bytes from which on a system call is cheaper.
const SYSCALL_FROM: usize = 48;

#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    if len < SYSCALL_FROM {
        unsafe { copy(to, from, len) };
    } else {
        let sol_memcpy: extern "C" fn(*mut u8, *const u8, usize) = unsafe { transmute(SOL_MEMCPY) };
        sol_memcpy(to, from, len);
    }
    to
}

#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // Copying upwards is safe unless the target starts inside the source.
    if len < SYSCALL_FROM && to.addr().wrapping_sub(from.addr()) >= len {
        unsafe { copy(to, from, len) };
    } else {
        let sol_memmove: extern "C" fn(*mut u8, *const u8, usize) = unsafe { transmute(SOL_MEMMOVE) };
        sol_memmove(to, from, len);
    }
    to
}

#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn memset(to: *mut u8, byte: c_int, len: usize) -> *mut u8 {
    let byte = byte as u8;
    if len < SYSCALL_FROM {
        let mut at = 0;
        while at < len {
            unsafe { to.add(at).write(byte) };
            at += 1;
        }
    } else {
        let sol_memset: extern "C" fn(*mut u8, u8, usize) = unsafe { transmute(SOL_MEMSET) };
        sol_memset(to, byte, len);
    }
    to
}

#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, len: usize) -> c_int {
    if len < SYSCALL_FROM {
        let mut at = 0;
        while at < len {
            let (x, y) = unsafe { (a.add(at).read(), b.add(at).read()) };
            if x != y {
                return c_int::from(x) - c_int::from(y);
            }
            at += 1;
        }
        0
    } else {
        let sol_memcmp: extern "C" fn(*const u8, *const u8, usize, *mut c_int) =
            unsafe { transmute(SOL_MEMCMP) };
        let mut order = 0;
        sol_memcmp(a, b, len, &mut order);
        order
    }
}

#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, len: usize) -> c_int {
    unsafe { memcmp(a, b, len) }
}

/// Copies upwards, eight bytes at a time, then the rest.
#[inline(always)]
unsafe fn copy(to: *mut u8, from: *const u8, len: usize) {
    let mut at = 0;
    while at + 8 <= len {
        unsafe { to.add(at).cast::<u64>().write_unaligned(from.add(at).cast::<u64>().read_unaligned()) };
        at += 8;
    }
    while at < len {
        unsafe { to.add(at).write(from.add(at).read()) };
        at += 1;
    }
}
