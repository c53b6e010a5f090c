//! How requests and answers pass over a module's memory. The page calls [`allocate`], writes its request there,
//! calls [`ask`], and reads the answer behind eight bytes that hold its length; then it calls [`release`].

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};

fn layout(length: usize) -> Layout {
    Layout::from_size_align(length.max(1), 8).unwrap_or(Layout::new::<u64>())
}

/// Memory for `length` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    let layout = layout(length);
    // SAFETY: the size is not zero.
    let memory = unsafe { alloc(layout) };
    if memory.is_null() { handle_alloc_error(layout) } else { memory }
}

/// Gives memory back.
///
/// # Safety
///
/// `memory` came from [`allocate`], or from [`ask`], with this `length`, and is not used any longer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn release(memory: *mut u8, length: usize) {
    // SAFETY: as the caller promises.
    unsafe { dealloc(memory, layout(length)) }
}

/// Answers the request in `length` bytes at `request`, which it gives back. The answer's memory holds its
/// length, little-endian in eight bytes, and then the answer; its whole length is eight more.
///
/// # Safety
///
/// `request` came from [`allocate`] with this `length`, and holds a request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ask(request: *mut u8, length: usize) -> *mut u8 {
    // SAFETY: as the caller promises.
    let answer = crate::answer(unsafe { std::slice::from_raw_parts(request, length) });
    // SAFETY: as the caller promises; nothing refers to the request any more.
    unsafe { release(request, length) };
    let memory = allocate(answer.len() + 8);
    let size = (answer.len() as u64).to_le_bytes();
    // SAFETY: the memory is eight bytes longer than the answer.
    unsafe {
        std::ptr::copy_nonoverlapping(size.as_ptr(), memory, size.len());
        std::ptr::copy_nonoverlapping(answer.as_ptr(), memory.add(size.len()), answer.len());
    }
    memory
}

/// There is no randomness inside: who needs some passes it in.
#[cfg(target_family = "wasm")]
fn no_randomness(_: &mut [u8]) -> Result<(), getrandom::Error> {
    Err(getrandom::Error::UNSUPPORTED)
}

#[cfg(target_family = "wasm")]
getrandom::register_custom_getrandom!(no_randomness);
