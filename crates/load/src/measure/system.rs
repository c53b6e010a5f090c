//! What the machine is asked for.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use tokio::time::sleep;

/// Runs everything of this process on one core, until this is dropped.
pub struct OneCore(CpuSet);

impl OneCore {
    /// The first core that this process may use.
    pub fn begin() -> Result<Self> {
        let before = sched_getaffinity(Pid::from_raw(0))?;
        let first = (0..CpuSet::count()).find(|core| before.is_set(*core).unwrap_or_default());
        let mut one = CpuSet::new();
        one.set(first.context("there is no core")?)?;
        each_thread(&one)?;
        Ok(Self(before))
    }
}

impl Drop for OneCore {
    fn drop(&mut self) {
        // It was so before.
        let _ = each_thread(&self.0);
    }
}

fn each_thread(cores: &CpuSet) -> Result<()> {
    for thread in fs::read_dir("/proc/self/task")? {
        let id: i32 = thread?.file_name().to_string_lossy().parse()?;
        // One that has just ended needs no core.
        let _ = sched_setaffinity(Pid::from_raw(id), cores);
    }
    Ok(())
}

/// The files of a record of SQLite.
pub fn files(record: &Path) -> impl Iterator<Item = PathBuf> {
    let name = record.display().to_string();
    ["", "-wal", "-shm"].into_iter().map(move |end| PathBuf::from(format!("{name}{end}")))
}

/// Bytes on disk.
pub fn size(record: &Path) -> u64 {
    files(record).filter_map(|file| fs::metadata(file).ok()).map(|found| found.len()).sum()
}

/// Waits until nobody has a record open any more: then all of it is in one file.
pub async fn closed(record: &Path) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(120);
    let begun = Instant::now();
    while files(record).skip(1).any(|file| file.exists()) {
        ensure!(begun.elapsed() < PATIENCE, "something has {} open", record.display());
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Lets the system forget what it has read of a record.
pub fn forget(record: &Path) -> Result<()> {
    for file in files(record).filter(|file| file.exists()) {
        posix_fadvise(File::open(file)?, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
    }
    Ok(())
}

/// Most memory that a process has held, MiB.
pub fn peak_memory(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("it has ended")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib.div_ceil(1_024))
}

/// The machine, in words.
pub fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name\t: ")).unwrap_or("a processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {model}")
}
