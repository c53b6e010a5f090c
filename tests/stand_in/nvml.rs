//! NVIDIA's management library.

use std::ffi::{CStr, c_char, c_int, c_longlong, c_uint, c_ulonglong};
use std::path::PathBuf;
use std::thread::park;

use crate::script::{Card, SCRIPT, Script};

const SUCCESS: c_uint = 0;
const NOT_SUPPORTED: c_uint = 3;
const NOT_FOUND: c_uint = 6;
const GPU_IS_LOST: c_uint = 15;

/// A handle is the number of a card in the script, from 1 on: 0 is none.
type Handle = usize;

pub fn path() -> PathBuf {
    std::env::var_os(SCRIPT).expect("the variable of the script").into()
}

/// What the script says now. Without one there are no cards.
pub fn script() -> Script {
    Script::read(&path()).unwrap_or_default()
}

/// Never comes back.
pub fn hang() -> ! {
    loop {
        park();
    }
}

/// What is answered about a card.
fn of(handle: Handle, answer: impl FnOnce(&Card) -> c_uint) -> c_uint {
    let script = script();
    match handle.checked_sub(1).and_then(|index| script.cards.get(index)) {
        None => NOT_FOUND,
        Some(card) if card.hangs => hang(),
        Some(card) if card.is_lost => GPU_IS_LOST,
        Some(card) => answer(card),
    }
}

/// # Safety
/// `to` has room for `length` bytes.
unsafe fn put(text: &str, to: *mut c_char, length: c_uint) -> c_uint {
    assert!(text.len() < length as usize);
    for (at, byte) in text.bytes().chain([0]).enumerate() {
        unsafe { to.add(at).write(byte as c_char) };
    }
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn nvmlInit_v2() -> c_uint {
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn nvmlShutdown() -> c_uint {
    SUCCESS
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlSystemGetDriverVersion(version: *mut c_char, length: c_uint) -> c_uint {
    unsafe { put("580.95.05", version, length) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetCount_v2(count: *mut c_uint) -> c_uint {
    unsafe { count.write(script().cards.len() as c_uint) };
    SUCCESS
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetHandleByIndex_v2(index: c_uint, handle: *mut Handle) -> c_uint {
    unsafe { handle.write(index as usize + 1) };
    SUCCESS
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetHandleByUUID(uuid: *const c_char, handle: *mut Handle) -> c_uint {
    let uuid = unsafe { CStr::from_ptr(uuid) }.to_str().unwrap_or_default();
    match script().cards.iter().position(|card| card.uuid == uuid) {
        None => NOT_FOUND,
        Some(index) => of(index + 1, |_| {
            unsafe { handle.write(index + 1) };
            SUCCESS
        }),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetUUID(handle: Handle, uuid: *mut c_char, length: c_uint) -> c_uint {
    of(handle, |card| unsafe { put(&card.uuid, uuid, length) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetName(handle: Handle, name: *mut c_char, length: c_uint) -> c_uint {
    of(handle, |_| unsafe { put("Stand-in", name, length) })
}

#[repr(C)]
struct Pci {
    legacy: [c_char; 16],
    domain: c_uint,
    bus: c_uint,
    device: c_uint,
    device_id: c_uint,
    sub_system: c_uint,
    id: [c_char; 32],
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetPciInfo_v3(handle: Handle, pci: *mut Pci) -> c_uint {
    of(handle, |card| unsafe {
        (*pci).bus = card.bus;
        put(&format!("00000000:{:02X}:00.0", card.bus), (&raw mut (*pci).id).cast(), 32)
    })
}

#[repr(C)]
struct Memory {
    version: c_uint,
    total: c_ulonglong,
    reserved: c_ulonglong,
    free: c_ulonglong,
    used: c_ulonglong,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMemoryInfo_v2(handle: Handle, memory: *mut Memory) -> c_uint {
    of(handle, |card| {
        unsafe { (*memory).total = card.memory };
        SUCCESS
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetTotalEnergyConsumption(handle: Handle, energy: *mut c_ulonglong) -> c_uint {
    of(handle, |card| {
        unsafe { energy.write(card.joules()) };
        SUCCESS
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMigMode(handle: Handle, now: *mut c_uint, next: *mut c_uint) -> c_uint {
    of(handle, |card| {
        unsafe {
            now.write(card.is_divided.into());
            next.write(card.is_divided.into());
        }
        SUCCESS
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetPersistenceMode(handle: Handle, mode: *mut c_uint) -> c_uint {
    of(handle, |_| {
        unsafe { mode.write(1) };
        SUCCESS
    })
}

#[repr(C)]
struct Field {
    id: c_uint,
    scope: c_uint,
    timestamp: c_longlong,
    latency: c_longlong,
    kind: c_uint,
    result: c_uint,
    value: c_ulonglong,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetFieldValues(handle: Handle, count: c_int, fields: *mut Field) -> c_uint {
    const RECOVERY: c_uint = 230;
    const UNSIGNED_INT: c_uint = 1;
    of(handle, |card| {
        for at in 0..count as usize {
            let field = unsafe { &mut *fields.add(at) };
            (field.kind, field.value) = (UNSIGNED_INT, card.recovery.into());
            field.result = if field.id == RECOVERY { SUCCESS } else { NOT_SUPPORTED };
        }
        SUCCESS
    })
}

#[repr(C)]
struct Process {
    pid: c_uint,
    memory: c_ulonglong,
    instance: c_uint,
    compute_instance: c_uint,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetComputeRunningProcesses_v3(
    handle: Handle,
    count: *mut c_uint,
    processes: *mut Process,
) -> c_uint {
    const INSUFFICIENT_SIZE: c_uint = 7;
    of(handle, |card| {
        let room = unsafe { count.replace(card.processes.len() as c_uint) } as usize;
        if room < card.processes.len() {
            return INSUFFICIENT_SIZE;
        }
        for (at, pid) in card.processes.iter().enumerate() {
            unsafe { (*processes.add(at)).pid = *pid };
        }
        SUCCESS
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetTotalEccErrors(
    handle: Handle,
    _: c_uint,
    _: c_uint,
    count: *mut c_ulonglong,
) -> c_uint {
    of(handle, |card| {
        unsafe { count.write(card.uncorrected) };
        SUCCESS
    })
}
