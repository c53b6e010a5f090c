//! Who logs in: its shell, its home, its environment.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{AccessFlags, access, getpid, getuid, setsid};

use crate::args::{Args, PREFIX};

/// Where programs are if nobody says otherwise.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Most bytes of `/etc/passwd` that are read.
const PASSWD: u64 = 1 << 20;

/// Who logs in. Found once, before a tenant can replace a file by something that hangs: a shell that `chsh` chose counts
/// from the next start.
pub struct Login {
    shell: PathBuf,
    home: PathBuf,
    workspace: PathBuf,
    /// What every process of this user gets.
    env: BTreeMap<OsString, OsString>,
}

/// An entry of `/etc/passwd`.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    home: PathBuf,
    shell: PathBuf,
}

impl Login {
    /// By arguments, environment, and `/etc/passwd`.
    pub fn find(args: &Args) -> Self {
        let entry = entry(getuid().as_raw());
        let named = entry.as_ref().map(|it| it.shell.clone());
        let shells =
            [args.shell.clone(), env::var_os("SHELL").map(PathBuf::from), named, Some("/bin/bash".into())];
        let shell = shells.into_iter().flatten().find(|it| is_shell(it)).unwrap_or_else(|| "/bin/sh".into());
        let home =
            env::var_os("HOME").map(PathBuf::from).or_else(|| entry.as_ref().map(|it| it.home.clone()));
        let home = home.filter(|it| it.is_dir()).unwrap_or_else(|| args.workspace.clone());

        // Elsewhere than in a container it may be the environment of whoever started it, with what is nobody's business.
        let is_meant = args.keep_env || getpid().as_raw() == 1;
        let mut env: BTreeMap<_, _> = env::vars_os().filter(|(name, _)| is_kept(name, is_meant)).collect();
        env.entry("PATH".into()).or_insert_with(|| DEFAULT_PATH.into());
        env.insert("SHELL".into(), shell.clone().into());
        env.insert("HOME".into(), home.clone().into());
        if let Some(entry) = entry {
            env.insert("USER".into(), entry.name.clone().into());
            env.insert("LOGNAME".into(), entry.name.into());
        }
        Self { shell, home, workspace: args.workspace.clone(), env }
    }

    /// The login shell.
    pub fn shell(&self) -> Command {
        let mut command = self.command();
        let name = self.shell.file_name().unwrap_or_default();
        let mut login = OsString::from("-");
        login.push(name);
        command.arg0(login);
        command
    }

    /// A command line, by the shell.
    pub fn line(&self, line: &str) -> Command {
        let mut command = self.command();
        command.arg("-c").arg(line);
        command
    }

    /// Where shells and files start.
    pub fn directory(&self) -> &Path {
        [&self.workspace, &self.home].into_iter().find(|it| it.is_dir()).map_or(Path::new("/"), |it| it)
    }

    /// The user's home.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The shell, which leads a session of its own.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.shell);
        command.env_clear().envs(&self.env).current_dir(self.directory());
        // SAFETY: system calls that allocate nothing and take no lock.
        unsafe { command.pre_exec(|| begin().map_err(io::Error::from)) };
        command
    }
}

/// Begins a session, in which no signal is ignored: whoever started the helper may have ignored some, as `nohup` does with
/// hangups, and programs keep to that.
fn begin() -> nix::Result<()> {
    setsid()?;
    let fixed = [Signal::SIGKILL, Signal::SIGSTOP];
    // SAFETY: no handler is set.
    Signal::iterator()
        .filter(|it| !fixed.contains(it))
        .try_for_each(|it| unsafe { signal(it, SigHandler::SigDfl) }.map(drop))
}

/// Whether a user can work in it: images give their users programs that only end.
fn is_shell(path: &Path) -> bool {
    let ends = path.ends_with("nologin") || path.ends_with("false");
    path.is_absolute() && !ends && access(path, AccessFlags::X_OK).is_ok()
}

/// Whether a variable of the helper's own environment is passed on.
fn is_kept(name: &OsString, is_meant: bool) -> bool {
    let name = name.to_string_lossy();
    let is_plain = name == "PATH" || name == "TZ" || name == "LANG" || name.starts_with("LC_");
    is_plain || is_meant && !name.starts_with(PREFIX)
}

/// The entry of a user. Not the C library's: a static one loads others for it, which an image need not have.
fn entry(user: u32) -> Option<Entry> {
    let mut text = Vec::new();
    File::open("/etc/passwd").ok()?.take(PASSWD).read_to_end(&mut text).ok()?;
    find_entry(&String::from_utf8_lossy(&text), user)
}

fn find_entry(passwd: &str, user: u32) -> Option<Entry> {
    passwd.lines().find_map(|line| {
        let fields: Vec<_> = line.split(':').collect();
        let [name, _, id, _, _, home, shell] = fields[..] else { return None };
        let is_it = id.parse() == Ok(user);
        is_it.then(|| Entry { name: name.to_owned(), home: home.into(), shell: shell.into() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number_among_broken_lines() {
        let passwd = "root:x:0:0:root:/root:/bin/zsh\nbroken:x:7\n\nsam:x:7:7::/home/sam:/bin/sh\n";
        let sam = Entry { name: "sam".into(), home: "/home/sam".into(), shell: "/bin/sh".into() };
        assert_eq!(find_entry(passwd, 7), Some(sam));
        assert_eq!(find_entry(passwd, 8), None);
    }

    #[test]
    fn what_cannot_be_a_shell_is_passed_over() {
        assert!(is_shell(Path::new("/bin/sh")));
        for path in ["", "sh", "/nowhere/sh", "/usr/sbin/nologin", "/bin/false"] {
            assert!(!is_shell(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn outside_a_container_only_language_time_zone_and_path_are_passed_on() {
        for (name, outside, inside) in [
            ("LANG", true, true),
            ("LC_ALL", true, true),
            ("PATH", true, true),
            ("TOKEN", false, true),
            ("GPU_LEASE_HELPER_SOCKET", false, false),
        ] {
            assert_eq!(is_kept(&name.into(), false), outside, "{name}");
            assert_eq!(is_kept(&name.into(), true), inside, "{name}");
        }
    }
}
