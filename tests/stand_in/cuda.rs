//! The driver's library for computing. An address is an offset in the file of the card's memory.

use std::ffi::{c_int, c_uint, c_void};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Mutex;

use crate::nvml::{hang, path, script};
use crate::script::{Card, memory};

const DONE: c_int = 0;
const OUT_OF_MEMORY: c_int = 2;
const NO_DEVICE: c_int = 100;

/// The card that this process has taken, and how much of its memory.
static TAKEN: Mutex<Option<(usize, u64)>> = Mutex::new(None);

fn card(device: c_int) -> Option<Card> {
    script().cards.into_iter().nth(usize::try_from(device).ok()?)
}

/// What is answered about the card that was taken, and how much of it was.
fn of(answer: impl FnOnce(&Card, &mut u64) -> c_int) -> c_int {
    let mut taken = TAKEN.lock().unwrap();
    let Some((index, bytes)) = &mut *taken else { return NO_DEVICE };
    match card(*index as c_int) {
        None => NO_DEVICE,
        Some(card) if card.hangs_computing => hang(),
        Some(card) => answer(&card, bytes),
    }
}

fn file(card: &Card) -> File {
    let file =
        File::options().create(true).truncate(false).read(true).write(true).open(memory(&path(), &card.uuid));
    let file = file.expect("a file of its memory");
    file.set_len(card.memory).expect("room for its memory");
    file
}

#[unsafe(no_mangle)]
extern "C" fn cuInit(_: c_uint) -> c_int {
    DONE
}

#[unsafe(no_mangle)]
unsafe extern "C" fn cuDeviceGetCount(count: *mut c_int) -> c_int {
    unsafe { count.write(script().cards.len() as c_int) };
    DONE
}

#[unsafe(no_mangle)]
unsafe extern "C" fn cuDeviceGet(device: *mut c_int, ordinal: c_int) -> c_int {
    unsafe { device.write(ordinal) };
    DONE
}

#[unsafe(no_mangle)]
unsafe extern "C" fn cuDeviceGetUuid(uuid: *mut u8, device: c_int) -> c_int {
    let Some(card) = card(device) else { return NO_DEVICE };
    let digits: String = card.uuid.trim_start_matches("GPU-").replace('-', "");
    for at in 0..16 {
        let byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("a UUID");
        unsafe { uuid.add(at).write(byte) };
    }
    DONE
}

#[unsafe(no_mangle)]
unsafe extern "C" fn cuDevicePrimaryCtxRetain(context: *mut *mut c_void, device: c_int) -> c_int {
    *TAKEN.lock().unwrap() = Some((device as usize, 0));
    unsafe { context.write(std::ptr::without_provenance_mut(1)) };
    DONE
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSetCurrent(_: *mut c_void) -> c_int {
    DONE
}

#[unsafe(no_mangle)]
unsafe extern "C" fn cuMemGetInfo_v2(free: *mut usize, all: *mut usize) -> c_int {
    of(|card, taken| {
        unsafe {
            free.write((card.memory - card.reserved - *taken) as usize);
            all.write(card.memory as usize);
        }
        DONE
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn cuMemAlloc_v2(at: *mut u64, size: usize) -> c_int {
    of(|card, taken| {
        if *taken + size as u64 > card.memory - card.reserved {
            return OUT_OF_MEMORY;
        }
        unsafe { at.write(*taken) };
        *taken += size as u64;
        DONE
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD8_v2(at: u64, value: u8, size: usize) -> c_int {
    of(|card, _| {
        file(card).write_all_at(&vec![value; size], at).expect("it is written");
        DONE
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn cuMemcpyDtoH_v2(to: *mut u8, from: u64, size: usize) -> c_int {
    of(|card, _| {
        let to = unsafe { std::slice::from_raw_parts_mut(to, size) };
        file(card).read_exact_at(to, from).expect("it is read");
        DONE
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSynchronize() -> c_int {
    of(|_, _| DONE)
}
