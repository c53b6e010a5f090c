//! The child that overwrites a card's memory, through the driver's own library: no toolkit is needed.

use std::ffi::{c_int, c_uint, c_void};
use std::path::Path;
use std::ptr::null_mut;

use anyhow::{Context, Result, bail, ensure};
use libloading::{Library, Symbol};
use serde::{Deserialize, Serialize};

use super::child::answer;

/// Bytes that are asked for at a time: fewer where no more are left in one piece.
const LARGEST: usize = 1 << 30;
const SMALLEST: usize = 64 << 10;

/// What memory is overwritten with.
const BLANK: u8 = 0;

/// How much of a card was overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Bytes.
    pub bytes: u64,
    /// Of so many.
    pub of: u64,
}

/// Overwrites the memory of a card, and says how much of it.
pub fn wiper(library: &Path, card: &str) -> ! {
    answer(wipe(library, card))
}

fn wipe(path: &Path, card: &str) -> Result<Covered> {
    // SAFETY: the library is the driver's, as its provider configured it.
    let library = unsafe { Library::new(path) };
    let cuda = Cuda(library.with_context(|| format!("{} does not load", path.display()))?);
    let device = cuda.start(card)?;
    let all = cuda.attach(device)?;
    let mut covered = 0;
    let mut size = LARGEST;
    while size >= SMALLEST {
        match cuda.take(size)? {
            None => size /= 2,
            Some(at) => {
                cuda.blank(at, size)?;
                covered += size;
            }
        }
    }
    // What it took goes back with its context, when this process ends.
    cuda.finish()?;
    Ok(Covered { bytes: u64::try_from(covered)?, of: u64::try_from(all)? })
}

/// An address on a card.
type Pointer = u64;

/// Results of the library's functions.
const DONE: c_int = 0;
const OUT_OF_MEMORY: c_int = 2;

/// The library.
struct Cuda(Library);

/// Calls a function of the library: what it returned.
macro_rules! call {
    ($cuda:expr, $name:literal, ($($argument:expr => $kind:ty),*)) => {{
        let name = concat!($name, "\0");
        // SAFETY: the function has this type, in every version of the driver.
        let function: Symbol<unsafe extern "C" fn($($kind),*) -> c_int> =
            unsafe { $cuda.0.get(name.as_bytes()) }.with_context(|| format!("there is no {}", $name))?;
        // SAFETY: what pointers point to outlasts the call, and is as large as it has to be.
        unsafe { function($($argument),*) }
    }};
}

impl Cuda {
    fn require(&self, what: &str, result: c_int) -> Result<()> {
        ensure!(result == DONE, "{what} failed with error {result} of CUDA");
        Ok(())
    }

    /// The device of this UUID.
    fn start(&self, card: &str) -> Result<c_int> {
        self.require("the start", call!(self, "cuInit", (0 => c_uint)))?;
        let mut count: c_int = 0;
        self.require("counting cards", call!(self, "cuDeviceGetCount", (&mut count => *mut c_int)))?;
        for ordinal in 0..count {
            let (mut device, mut uuid): (c_int, _) = (0, [0u8; 16]);
            let found = call!(self, "cuDeviceGet", (&mut device => *mut c_int, ordinal => c_int));
            self.require("looking for the card", found)?;
            let asked = call!(self, "cuDeviceGetUuid", (uuid.as_mut_ptr() => *mut u8, device => c_int));
            self.require("asking for its name", asked)?;
            if name(&uuid).eq_ignore_ascii_case(card) {
                return Ok(device);
            }
        }
        bail!("CUDA does not have the card among the {count} that it has")
    }

    /// Makes the device this thread's: how many bytes it has.
    fn attach(&self, device: c_int) -> Result<usize> {
        let mut context: *mut c_void = null_mut();
        let retained =
            call!(self, "cuDevicePrimaryCtxRetain", (&mut context => *mut *mut c_void, device => c_int));
        self.require("taking the card", retained)?;
        self.require("taking the card", call!(self, "cuCtxSetCurrent", (context => *mut c_void)))?;
        let (mut free, mut all): (usize, usize) = (0, 0);
        let asked = call!(self, "cuMemGetInfo_v2", (&mut free => *mut usize, &mut all => *mut usize));
        self.require("asking for its memory", asked)?;
        Ok(all)
    }

    /// Takes so much of its memory; `None` if there is not as much in one piece.
    fn take(&self, size: usize) -> Result<Option<Pointer>> {
        let mut at: Pointer = 0;
        match call!(self, "cuMemAlloc_v2", (&mut at => *mut Pointer, size => usize)) {
            OUT_OF_MEMORY => Ok(None),
            result => {
                self.require("taking its memory", result)?;
                Ok(Some(at))
            }
        }
    }

    /// Overwrites memory, and reads a part of it again.
    fn blank(&self, at: Pointer, size: usize) -> Result<()> {
        let set = call!(self, "cuMemsetD8_v2", (at => Pointer, BLANK => u8, size => usize));
        self.require("overwriting", set)?;
        let mut last = [!BLANK; 256];
        let from = at + (size - last.len()) as u64;
        let read = call!(self, "cuMemcpyDtoH_v2", (last.as_mut_ptr() => *mut u8, from => Pointer, last.len() => usize));
        self.require("reading again", read)?;
        ensure!(
            last.iter().all(|byte| *byte == BLANK),
            "memory that was overwritten has something else in it"
        );
        Ok(())
    }

    /// Waits until all is done.
    fn finish(&self) -> Result<()> {
        self.require("waiting for the end", call!(self, "cuCtxSynchronize", ()))
    }
}

/// A UUID as NVML writes it.
fn name(uuid: &[u8; 16]) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let parts = [&uuid[..4], &uuid[4..6], &uuid[6..8], &uuid[8..10], &uuid[10..]].map(hex);
    format!("GPU-{}", parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_written_as_nvml_does() {
        let uuid = std::array::from_fn(|at| at as u8);
        assert_eq!(name(&uuid), "GPU-00010203-0405-0607-0809-0a0b0c0d0e0f");
    }
}
