//! Where helpers listen: for each life a small file system in memory. A tenant is root in it and can fill it, and no disk.

use std::fs;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::Group;

use crate::error::{Result, refused, silent};
use crate::lease::Life;
use crate::{folder, mounts};

/// Bytes and files that fit: a socket, and what a tenant puts beside it.
const BYTES: u32 = 64 * 1024;
const FILES: u32 = 16;

/// The folders of the helpers' sockets.
pub(crate) struct Runs {
    folder: PathBuf,
    group: Option<u32>,
}

impl Runs {
    /// Those of the runtime with this folder. A group, by name or number, gets to the sockets whose paths it knows, and sees
    /// nothing else.
    pub fn open(state: &Path, group: Option<&str>) -> Result<Self> {
        let group = group.map(number).transpose()?;
        let folder = state.join("run");
        folder::make_private(&folder)?;
        // As the kernel names it.
        let folder = fs::canonicalize(&folder).map_err(silent(folder.display()))?;
        if let Some(group) = group {
            folder::let_through(state, group)?;
            folder::let_through(&folder, group)?;
            folder::check_passage(&folder, group)?;
        }
        Ok(Self { folder, group })
    }

    /// That of a life.
    pub fn of(&self, life: &Life) -> PathBuf {
        self.folder.join(life.short())
    }

    /// Makes the place for it.
    pub fn make(&self, life: &Life) -> Result<PathBuf> {
        let run = self.of(life);
        folder::make_private(&run)?;
        Ok(run)
    }

    /// Mounts it, empty, for the user and group that are root inside. Nothing runs that uses it.
    pub fn mount(&self, life: &Life, (user, group): (u32, u32)) -> Result<()> {
        self.unmount(life)?;
        let run = self.make(life)?;
        let group = self.group.unwrap_or(group);
        let options = format!("size={BYTES},nr_inodes={FILES},mode=0710,uid={user},gid={group}");
        let flags = MsFlags::MS_NODEV | MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
        let mounted = mount(Some("gpu-lease"), &run, Some("tmpfs"), flags, Some(options.as_str()));
        mounted.map_err(|errno| silent(format!("nothing can be mounted at {}", run.display()))(errno.into()))
    }

    /// Takes it away, whoever still holds it.
    pub fn remove(&self, life: &Life) -> Result<()> {
        self.unmount(life)?;
        folder::remove(&self.of(life))
    }

    fn unmount(&self, life: &Life) -> Result<()> {
        let run = self.of(life);
        while mounts::is_mounted(&run, &mounts::read()?) {
            let flags = MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW;
            umount2(&run, flags).map_err(|errno| silent(run.display())(errno.into()))?;
        }
        Ok(())
    }
}

fn number(group: &str) -> Result<u32> {
    if let Ok(number) = group.parse() {
        return Ok(number);
    }
    match Group::from_name(group) {
        Ok(Some(found)) => Ok(found.gid.as_raw()),
        Ok(None) => refused(format!(
            "there is no group {group}: make it by groupadd --system {group}, or configure another"
        )),
        Err(errno) => Err(silent(format!("the group {group}"))(errno.into())),
    }
}
