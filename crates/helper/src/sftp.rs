//! What SFTP asks for, done to files: version 3 and OpenSSH's extensions, as its own server understands them.
//!
//! Every call happens on another thread: a file may hang. A session handles one request after another, so it has one such
//! thread and one packet in memory.

use std::collections::HashMap;
use std::fs::{self, File, FileTimes, Metadata, OpenOptions, Permissions, ReadDir};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, fchown, symlink,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use nix::fcntl::AT_FDCWD;
use nix::libc::{O_NOCTTY, O_NONBLOCK};
use nix::sys::stat::{UtimensatFlags, utimensat};
use nix::sys::statvfs::{Statvfs, fstatvfs, statvfs};
use nix::sys::time::TimeSpec;
use russh_sftp::protocol::{
    Attrs, Data, ExtendedReply, File as Entry, FileAttributes, Handle, Name, OpenFlags, Packet, Status,
    StatusCode, Version,
};
use russh_sftp::server::{Handler, StatusReply};
use russh_sftp::{de, extensions, ser};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// Longest packet, as OpenSSH's own server takes it.
pub const MAX_PACKET: u32 = 256 * 1024;

/// Most bytes that are read or written at once: a packet less what surrounds them.
const MAX_BYTES: u32 = MAX_PACKET - 1024;

/// Most entries of a folder in one answer.
const MAX_ENTRIES: usize = 128;

/// Most files and folders that one session has open.
const MAX_HANDLES: usize = 64;

const POSIX_RENAME: &str = "posix-rename@openssh.com";
const FSTATVFS: &str = "fstatvfs@openssh.com";

/// Extensions, and their versions.
const EXTENSIONS: &[(&str, &str)] = &[
    (POSIX_RENAME, "1"),
    (extensions::STATVFS, "2"),
    (FSTATVFS, "2"),
    (extensions::HARDLINK, "1"),
    (extensions::FSYNC, "1"),
    (extensions::LIMITS, "1"),
    (extensions::EXPAND_PATH, "1"),
];

type Answer<T> = Result<T, StatusReply>;

/// One session.
pub struct Sftp {
    /// What paths begin from.
    directory: PathBuf,
    home: PathBuf,
    handles: HashMap<String, Opened>,
    next: u64,
    budget: Arc<Semaphore>,
}

/// What a handle stands for.
struct Opened {
    what: What,
    /// Its place among all that sessions may have open.
    _place: OwnedSemaphorePermit,
}

enum What {
    File(Arc<File>),
    /// The rest of its entries, unless somebody reads them just now.
    Folder(Option<ReadDir>),
}

impl Sftp {
    /// For a user who starts in a folder.
    pub fn new(directory: PathBuf, home: PathBuf, budget: Arc<Semaphore>) -> Self {
        Self { directory, home, handles: HashMap::new(), next: 0, budget }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.join(path)
    }

    fn place(&self) -> Answer<OwnedSemaphorePermit> {
        let place = self.budget.clone().try_acquire_owned().ok().filter(|_| self.handles.len() < MAX_HANDLES);
        place.ok_or_else(|| failure("too many files are open: close some first"))
    }

    fn keep(&mut self, id: u32, what: What, place: OwnedSemaphorePermit) -> Handle {
        let handle = self.next.to_string();
        self.next += 1;
        self.handles.insert(handle.clone(), Opened { what, _place: place });
        Handle { id, handle }
    }

    fn file(&self, handle: &str) -> Answer<Arc<File>> {
        match self.handles.get(handle) {
            Some(Opened { what: What::File(file), .. }) => Ok(file.clone()),
            _ => Err(failure("this handle is not an open file")),
        }
    }
}

impl Handler for Sftp {
    type Error = StatusReply;

    fn unimplemented(&self) -> StatusReply {
        StatusCode::OpUnsupported.into()
    }

    async fn init(&mut self, _version: u32, _extensions: HashMap<String, String>) -> Answer<Version> {
        let mut version = Version::new();
        version.extensions =
            EXTENSIONS.iter().map(|(name, it)| ((*name).to_owned(), (*it).to_owned())).collect();
        Ok(version)
    }

    async fn open(
        &mut self,
        id: u32,
        path: String,
        flags: OpenFlags,
        attrs: FileAttributes,
    ) -> Answer<Handle> {
        let place = self.place()?;
        let path = self.path(&path);
        let file = blocking(move || {
            let mut options = OpenOptions::from(flags);
            // A pipe or a device that nobody serves would keep the thread.
            options.custom_flags(O_NONBLOCK | O_NOCTTY).mode(attrs.permissions.unwrap_or(0o666) & 0o7777);
            options.open(path)
        });
        let file = What::File(Arc::new(file.await?));
        Ok(self.keep(id, file, place))
    }

    async fn close(&mut self, id: u32, handle: String) -> Answer<Status> {
        let opened = self.handles.remove(&handle).ok_or_else(|| failure("this handle is not open"))?;
        let closed = move || {
            drop(opened);
            Ok(())
        };
        blocking(closed).await?;
        Ok(done(id))
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Answer<Data> {
        let file = self.file(&handle)?;
        let data = blocking(move || {
            let mut data = vec![0; len.min(MAX_BYTES) as usize];
            let read = file.read_at(&mut data, offset)?;
            data.truncate(read);
            Ok(data)
        });
        let data = data.await?;
        if data.is_empty() { Err(StatusCode::Eof.into()) } else { Ok(Data { id, data }) }
    }

    async fn write(&mut self, id: u32, handle: String, offset: u64, data: Vec<u8>) -> Answer<Status> {
        let file = self.file(&handle)?;
        blocking(move || file.write_all_at(&data, offset)).await?;
        Ok(done(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Answer<Attrs> {
        let path = self.path(&path);
        let found = blocking(move || fs::symlink_metadata(path)).await?;
        Ok(Attrs { id, attrs: attributes(&found) })
    }

    async fn stat(&mut self, id: u32, path: String) -> Answer<Attrs> {
        let path = self.path(&path);
        let found = blocking(move || fs::metadata(path)).await?;
        Ok(Attrs { id, attrs: attributes(&found) })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Answer<Attrs> {
        let file = self.file(&handle)?;
        let found = blocking(move || file.metadata()).await?;
        Ok(Attrs { id, attrs: attributes(&found) })
    }

    async fn setstat(&mut self, id: u32, path: String, attrs: FileAttributes) -> Answer<Status> {
        let path = self.path(&path);
        blocking(move || change(&path, &attrs)).await?;
        Ok(done(id))
    }

    async fn fsetstat(&mut self, id: u32, handle: String, attrs: FileAttributes) -> Answer<Status> {
        let file = self.file(&handle)?;
        blocking(move || change_open(&file, &attrs)).await?;
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Answer<Handle> {
        let place = self.place()?;
        let path = self.path(&path);
        let entries = blocking(move || fs::read_dir(path)).await?;
        Ok(self.keep(id, What::Folder(Some(entries)), place))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Answer<Name> {
        let Some(Opened { what: What::Folder(entries), .. }) = self.handles.get_mut(&handle) else {
            return Err(failure("this handle is not an open folder"));
        };
        let mut rest = entries.take().ok_or(StatusCode::Eof)?;
        let read = blocking(move || {
            let entry = |it: fs::DirEntry| {
                let attrs = it.metadata().map(|found| attributes(&found)).unwrap_or_default();
                Entry::new(it.file_name().to_string_lossy(), attrs)
            };
            let files =
                rest.by_ref().take(MAX_ENTRIES).map(|it| it.map(entry)).collect::<io::Result<Vec<_>>>()?;
            Ok((rest, files))
        });
        let (rest, files) = read.await?;
        *entries = Some(rest);
        if files.is_empty() { Err(StatusCode::Eof.into()) } else { Ok(Name { id, files }) }
    }

    async fn remove(&mut self, id: u32, path: String) -> Answer<Status> {
        let path = self.path(&path);
        blocking(move || fs::remove_file(path)).await?;
        Ok(done(id))
    }

    async fn mkdir(&mut self, id: u32, path: String, attrs: FileAttributes) -> Answer<Status> {
        let path = self.path(&path);
        let mode = attrs.permissions.unwrap_or(0o777) & 0o7777;
        blocking(move || fs::DirBuilder::new().mode(mode).create(path)).await?;
        Ok(done(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Answer<Status> {
        let path = self.path(&path);
        blocking(move || fs::remove_dir(path)).await?;
        Ok(done(id))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Answer<Name> {
        let path = self.path(&path);
        named(id, &blocking(move || real(&path)).await?)
    }

    /// Fails if the new name is taken, other than [`POSIX_RENAME`].
    async fn rename(&mut self, id: u32, from: String, to: String) -> Answer<Status> {
        let (from, to) = (self.path(&from), self.path(&to));
        let renamed = blocking(move || {
            if fs::symlink_metadata(&to).is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            fs::rename(from, to)
        });
        renamed.await?;
        Ok(done(id))
    }

    async fn readlink(&mut self, id: u32, path: String) -> Answer<Name> {
        let path = self.path(&path);
        named(id, &blocking(move || fs::read_link(path)).await?)
    }

    /// First where it leads, then where it is: OpenSSH's order, which its clients and others send, not the draft's.
    async fn symlink(&mut self, id: u32, target: String, link: String) -> Answer<Status> {
        let link = self.path(&link);
        blocking(move || symlink(target, link)).await?;
        Ok(done(id))
    }

    async fn extended(&mut self, id: u32, request: String, data: Vec<u8>) -> Answer<Packet> {
        let data = Bytes::from(data);
        match request.as_str() {
            POSIX_RENAME => {
                let Paths { from, to } = read(data)?;
                let (from, to) = (self.path(&from), self.path(&to));
                blocking(move || fs::rename(from, to)).await?;
                Ok(done(id).into())
            }
            extensions::HARDLINK => {
                let Paths { from, to } = read(data)?;
                let (from, to) = (self.path(&from), self.path(&to));
                blocking(move || fs::hard_link(from, to)).await?;
                Ok(done(id).into())
            }
            extensions::FSYNC => {
                let extensions::FsyncExtension { handle } = read(data)?;
                let file = self.file(&handle)?;
                blocking(move || file.sync_all()).await?;
                Ok(done(id).into())
            }
            extensions::STATVFS => {
                let extensions::StatvfsExtension { path } = read(data)?;
                let path = self.path(&path);
                let found = blocking(move || Ok(statvfs(&path)?)).await?;
                reply(id, &file_system(&found))
            }
            FSTATVFS => {
                let extensions::FsyncExtension { handle } = read(data)?;
                let file = self.file(&handle)?;
                let found = blocking(move || Ok(fstatvfs(&*file)?)).await?;
                reply(id, &file_system(&found))
            }
            extensions::LIMITS => {
                let limits = extensions::LimitsExtension {
                    max_packet_len: MAX_PACKET.into(),
                    max_read_len: MAX_BYTES.into(),
                    max_write_len: MAX_BYTES.into(),
                    max_open_handles: MAX_HANDLES as u64,
                };
                reply(id, &limits)
            }
            extensions::EXPAND_PATH => {
                let extensions::ExpandPathExtension { path } = read(data)?;
                let path = match path.strip_prefix('~') {
                    Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                        self.home.join(rest.trim_start_matches('/'))
                    }
                    Some(_) => return Err(failure("only the home of the user itself is known, as ~")),
                    None => self.path(&path),
                };
                Ok(named(id, &blocking(move || real(&path)).await?)?.into())
            }
            _ => Err(self.unimplemented()),
        }
    }
}

/// Two paths, as [`POSIX_RENAME`] and the hard link name them.
#[derive(Deserialize)]
struct Paths {
    from: String,
    to: String,
}

/// Does something to files, on another thread.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Answer<T> {
    spawn_blocking(work).await.map_err(|_| failure("this cannot be done"))?.map_err(status)
}

fn status(error: io::Error) -> StatusReply {
    let code = match error.kind() {
        io::ErrorKind::NotFound => StatusCode::NoSuchFile,
        io::ErrorKind::PermissionDenied => StatusCode::PermissionDenied,
        _ => StatusCode::Failure,
    };
    code.with_message(error.to_string())
}

fn failure(why: &str) -> StatusReply {
    StatusCode::Failure.with_message(why)
}

fn done(id: u32) -> Status {
    let status_code = StatusCode::Ok;
    Status { id, status_code, error_message: String::new(), language_tag: String::new() }
}

fn named(id: u32, path: &Path) -> Answer<Name> {
    Ok(Name { id, files: vec![Entry::dummy(path.to_string_lossy())] })
}

fn read<T: for<'de> Deserialize<'de>>(mut data: Bytes) -> Answer<T> {
    de::from_bytes(&mut data).map_err(|_| StatusCode::BadMessage.into())
}

fn reply(id: u32, value: &impl Serialize) -> Answer<Packet> {
    let data = ser::to_bytes(value).map_err(|_| failure("this cannot be told"))?.to_vec();
    Ok(ExtendedReply { id, data }.into())
}

/// Without links and dots. The last name may be one that does not exist yet.
fn real(path: &Path) -> io::Result<PathBuf> {
    match (fs::canonicalize(path), path.parent(), path.file_name()) {
        (Err(error), Some(parent), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            Ok(fs::canonicalize(parent)?.join(name))
        }
        (found, ..) => found,
    }
}

/// Not by the library's conversion: it takes a device for a link, and panics at some dates.
fn attributes(found: &Metadata) -> FileAttributes {
    FileAttributes {
        size: Some(found.len()),
        uid: Some(found.uid()),
        gid: Some(found.gid()),
        permissions: Some(found.mode()),
        atime: Some(seconds(found.atime())),
        mtime: Some(seconds(found.mtime())),
        ..FileAttributes::default()
    }
}

/// Seconds of a file's time, as far as 32 bits reach.
fn seconds(time: i64) -> u32 {
    time.clamp(0, u32::MAX.into()) as u32
}

fn change(path: &Path, attrs: &FileAttributes) -> io::Result<()> {
    if let Some(size) = attrs.size {
        OpenOptions::new().write(true).custom_flags(O_NONBLOCK | O_NOCTTY).open(path)?.set_len(size)?;
    }
    if let Some(mode) = attrs.permissions {
        fs::set_permissions(path, Permissions::from_mode(mode & 0o7777))?;
    }
    if let (Some(atime), Some(mtime)) = (attrs.atime, attrs.mtime) {
        let time = |seconds: u32| TimeSpec::new(seconds.into(), 0);
        utimensat(AT_FDCWD, path, &time(atime), &time(mtime), UtimensatFlags::FollowSymlink)?;
    }
    if attrs.uid.is_some() || attrs.gid.is_some() {
        chown(path, attrs.uid, attrs.gid)?;
    }
    Ok(())
}

fn change_open(file: &File, attrs: &FileAttributes) -> io::Result<()> {
    if let Some(size) = attrs.size {
        file.set_len(size)?;
    }
    if let Some(mode) = attrs.permissions {
        file.set_permissions(Permissions::from_mode(mode & 0o7777))?;
    }
    if let (Some(atime), Some(mtime)) = (attrs.atime, attrs.mtime) {
        let time = |seconds: u32| UNIX_EPOCH + Duration::from_secs(seconds.into());
        file.set_times(FileTimes::new().set_accessed(time(atime)).set_modified(time(mtime)))?;
    }
    if attrs.uid.is_some() || attrs.gid.is_some() {
        fchown(file, attrs.uid, attrs.gid)?;
    }
    Ok(())
}

fn file_system(found: &Statvfs) -> extensions::Statvfs {
    extensions::Statvfs {
        block_size: found.block_size(),
        fragment_size: found.fragment_size(),
        blocks: found.blocks(),
        blocks_free: found.blocks_free(),
        blocks_avail: found.blocks_available(),
        inodes: found.files(),
        inodes_free: found.files_free(),
        inodes_avail: found.files_available(),
        fs_id: found.filesystem_id(),
        flags: found.flags().bits(),
        name_max: found.name_max(),
    }
}
