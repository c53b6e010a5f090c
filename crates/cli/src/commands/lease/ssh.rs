use super::access::OpenWith;
use crate::{
    config,
    context::Context,
    failure::usage,
    output::{self, Record},
    ssh_config,
    ssh_files::{self, SshFiles},
};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use gpu_lease_client::{
    access::Credentials,
    ssh::{SshAccess, alias},
};
use solana_address::Address;
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
};

/// Logs in.
#[derive(Debug, Args)]
pub struct Ssh {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// What to run there [default: a shell]
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
    #[command(flatten)]
    with: OpenWith,
    /// Your own private key, where the machine lets that one in
    #[arg(short, long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Forward a port of this machine, as `ssh -L` does
    #[arg(short = 'L', long, value_name = "[ADDRESS:]PORT:HOST:PORT", help_heading = "OpenSSH")]
    local_forward: Vec<String>,
    /// Let programs here connect from there, through a SOCKS proxy on this port, as `ssh -D` does
    #[arg(short = 'D', long, value_name = "[ADDRESS:]PORT", help_heading = "OpenSSH")]
    dynamic_forward: Vec<String>,
    /// Only forward ports, and run nothing, as `ssh -N` does
    #[arg(short = 'N', long, conflicts_with = "command", help_heading = "OpenSSH")]
    no_command: bool,
    /// Give COMMAND a terminal, as `ssh -t` does
    #[arg(short = 't', long, help_heading = "OpenSSH")]
    tty: bool,
    /// Any option of ssh's configuration, as `ssh -o` takes it
    #[arg(short = 'o', long = "option", value_name = "NAME=VALUE", help_heading = "OpenSSH")]
    options: Vec<String>,
    /// Only print the command, with files that stay in --folder
    #[arg(long)]
    print: bool,
    /// Folder for those files [default: ~/.config/gpu-lease/ssh]
    #[arg(long, value_name = "FOLDER", requires = "print")]
    folder: Option<PathBuf>,
}

/// Writes what other programs need to log in.
#[derive(Debug, Args)]
pub struct SshConfig {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address, required_unless_present = "prune")]
    lease: Option<Address>,
    #[command(flatten)]
    with: OpenWith,
    /// Your own private key, where the machine lets that one in
    #[arg(short, long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Folder for keys and known hosts [default: ~/.config/gpu-lease/ssh]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Put the block into ssh's configuration, in place of an earlier one of this lease
    #[arg(long)]
    write: bool,
    /// Remove blocks and keys of leases that are not on the cluster, which are those that were closed; asks
    #[arg(long)]
    prune: bool,
    /// Do not ask
    #[arg(long, short, requires = "prune")]
    yes: bool,
    /// Ssh's configuration, for --write and --prune [default: ~/.ssh/config]
    #[arg(long, value_name = "FILE")]
    ssh_config: Option<PathBuf>,
}

/// Logs in by the system's `ssh`, and ends as it does.
pub async fn run(ssh: &Ssh, context: &Context) -> Result<()> {
    if !ssh.print && !context.format.is_display() {
        return Err(usage(
            "what `lease ssh` prints is the machine's, and not JSON; leave --output out, or pass --print"
                .to_owned(),
        ));
    }
    let (lease, access) = ssh_access(&ssh.lease, &ssh.with, context).await?;
    if ssh.print {
        let folder = ssh_files::kept(ssh.folder.as_deref())?;
        let files = SshFiles::write(&folder, &lease, &access, ssh.identity.as_deref())?;
        let words = [vec!["ssh".to_owned()], ssh.arguments(&files.config)?].concat();
        let command = words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
        return context.print(
            &Record::new().json("lease", lease.to_string()).object("command", &words).text_block(command),
        );
    }
    let folder = ssh_files::temporary()?;
    let files = SshFiles::write(folder.path(), &lease, &access, ssh.identity.as_deref())?;
    let status = run_ssh(&ssh.arguments(&files.config)?).await?;
    folder.close().context("the private key cannot be removed from the temporary folder")?;
    // The status is the remote command's, and any number can be.
    std::process::exit(exit_status(status))
}

impl Ssh {
    /// Of `ssh`. No secret is among them.
    fn arguments(&self, config: &Path) -> Result<Vec<String>> {
        let config = config.to_str().context("the path of the temporary folder is not UTF-8; set TMPDIR")?;
        let mut arguments = vec!["-F".to_owned(), config.to_owned()];
        let valued = [("-L", &self.local_forward), ("-D", &self.dynamic_forward), ("-o", &self.options)];
        for (option, values) in valued {
            arguments.extend(values.iter().flat_map(|value| [option.to_owned(), value.clone()]));
        }
        arguments.extend(self.no_command.then(|| "-N".to_owned()));
        arguments.extend(self.tty.then(|| "-t".to_owned()));
        // What follows the two hyphens is no option, whatever the command begins with.
        arguments.extend(["--".to_owned(), alias(&self.lease)]);
        arguments.extend(self.command.iter().cloned());
        Ok(arguments)
    }
}

/// Runs `ssh` until it ends. What ends other programs ends this one only after `ssh`, so that no key stays behind.
async fn run_ssh(arguments: &[String]) -> Result<ExitStatus> {
    let status = while_ssh(Command::new("ssh").args(arguments), |child| child.wait()).await?;
    status.context("`ssh` cannot be waited for")
}

/// Does something with `ssh`, which runs meanwhile.
async fn while_ssh<T: Send + 'static>(
    ssh: &mut Command,
    work: impl FnOnce(&mut Child) -> T + Send + 'static,
) -> Result<T> {
    let signals = Signals::new()?;
    let mut child = ssh.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => anyhow::anyhow!(
            "there is no `ssh` on this machine; install OpenSSH's client, or use what `lease ssh-config` writes elsewhere"
        ),
        _ => anyhow::Error::from(error).context("`ssh` cannot be started"),
    })?;
    let passing_on = tokio::spawn(signals.pass_on_to(child.id()));
    let done = tokio::task::spawn_blocking(move || work(&mut child)).await?;
    passing_on.abort();
    Ok(done)
}

/// Talks with the API of the machine of a lease, a subsystem of its SSH port.
pub async fn with_api<T: Send + 'static>(
    lease: &Address,
    access: &SshAccess,
    identity: Option<&Path>,
    talk: impl FnOnce(ChildStdin, ChildStdout) -> Result<T> + Send + 'static,
) -> Result<T> {
    let folder = ssh_files::temporary()?;
    let files = SshFiles::write(folder.path(), lease, access, identity)?;
    let mut ssh = Command::new("ssh");
    ssh.arg("-F").arg(&files.config).args(["-o", "BatchMode=yes", "-s", "--", &alias(lease), "gpu-lease"]);
    ssh.stdin(Stdio::piped()).stdout(Stdio::piped());
    let said = while_ssh(&mut ssh, |child| {
        let (to, from) = child.stdin.take().zip(child.stdout.take()).context("`ssh` has no pipes")?;
        let said = talk(to, from);
        // Its input is closed by now. What does not end then is ended.
        child.kill().ok();
        child.wait().context("`ssh` cannot be waited for")?;
        said
    });
    let said = said.await;
    folder.close().context("the private key cannot be removed from the temporary folder")?;
    said?
}

/// The signals that would end this process. A terminal sends its own to `ssh` as well.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn pass_on_to(mut self, process: u32) {
        use nix::{sys::signal, unistd::Pid};
        loop {
            let signal = tokio::select! {
                _ = self.interrupt.recv() => continue,
                _ = self.hangup.recv() => signal::Signal::SIGHUP,
                _ = self.terminate.recv() => signal::Signal::SIGTERM,
            };
            if let Ok(process) = i32::try_from(process) {
                // It may have ended already.
                let _ = signal::kill(Pid::from_raw(process), signal);
            }
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self> {
        Ok(Self)
    }

    async fn pass_on_to(self, _process: u32) {
        while tokio::signal::ctrl_c().await.is_ok() {}
    }
}

/// As a shell gives it: of a process that a signal ended, 128 and its number.
fn exit_status(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(255)
}

/// A word of a command line, for a shell to read.
fn shell_word(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@=,+%".contains(&byte);
    match !word.is_empty() && word.bytes().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// The newest access to a lease by SSH. Other credentials are printed, since somebody may want to log in.
pub async fn ssh_access(lease: &Address, with: &OpenWith, context: &Context) -> Result<(Address, SshAccess)> {
    let opened = with.open(lease, context).await?;
    match &opened.credentials {
        Credentials::Ssh(access) => Ok((opened.lease.address, access.clone())),
        Credentials::Text(_) => {
            opened.print(context)?;
            bail!(
                "the provider's credentials are a text, not access that programs can use; log in as it says"
            )
        }
    }
}

/// Writes files and block of a lease, and removes those of closed ones.
pub async fn configure(ssh_config: &SshConfig, context: &Context) -> Result<()> {
    let folder = ssh_files::kept(ssh_config.folder.as_deref())?;
    if ssh_config.prune {
        prune(ssh_config, &folder, context).await?;
    }
    let Some(lease) = &ssh_config.lease else { return Ok(()) };
    let (lease, access) = ssh_access(lease, &ssh_config.with, context).await?;
    let files = SshFiles::write(&folder, &lease, &access, ssh_config.identity.as_deref())?;
    let record = Record::new()
        .json("lease", lease.to_string())
        .json("host", alias(&lease))
        .json("files", folder.join(lease.to_string()).display().to_string())
        .json("block", files.block.as_str());
    if !ssh_config.write {
        return context.print(&record.json("written_to", None::<String>).text_block(files.block));
    }
    let path = ssh_config.path()?;
    edit(&path, |config| ssh_config::with_block(config, &lease, &files.block))?;
    context.print(
        &record
            .json("written_to", path.display().to_string())
            .line("host", alias(&lease))
            .line("written to", path.display()),
    )
}

impl SshConfig {
    fn path(&self) -> Result<PathBuf> {
        match &self.ssh_config {
            Some(path) => Ok(path.clone()),
            None => Ok(dirs::home_dir()
                .context("there is no home folder with ssh's configuration; pass --ssh-config")?
                .join(".ssh/config")),
        }
    }
}

/// Removes blocks and files of leases that the cluster does not have.
async fn prune(ssh_config: &SshConfig, folder: &Path, context: &Context) -> Result<()> {
    let path = ssh_config.path()?;
    let mut leases = ssh_config::leases(&read(&path)?);
    leases.extend(ssh_files::leases(folder)?);
    leases.sort();
    leases.dedup();
    let accounts = context.client.accounts(&leases).await?;
    let closed: Vec<_> = leases
        .iter()
        .zip(accounts)
        .filter(|(_, account)| account.is_none())
        .map(|(lease, _)| *lease)
        .collect();
    if closed.is_empty() {
        output::note("No lease was closed that has a block or a key here.");
        return Ok(());
    }
    let names = closed.iter().map(Address::to_string).collect::<Vec<_>>().join("\n  ");
    output::note(format!(
        "{} does not have these leases:\n  {names}",
        gpu_lease_client::url::shown(&context.url)
    ));
    output::confirm("Remove their blocks and keys?", ssh_config.yes)?;
    edit(&path, |config| {
        closed.iter().try_fold(config.to_owned(), |config, lease| ssh_config::without_block(&config, lease))
    })?;
    closed.iter().try_for_each(|lease| ssh_files::remove(folder, lease))
}

/// Ssh's configuration; nothing if there is none.
fn read(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        text => text.with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Changes ssh's configuration, if there is something to change.
fn edit(path: &Path, change: impl FnOnce(&str) -> Result<String>) -> Result<()> {
    let before = read(path)?;
    let after = change(&before)?;
    if after == before {
        return Ok(());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        crate::keys::create_private_folder(folder)
            .with_context(|| format!("{} cannot be created", folder.display()))?;
    }
    ssh_files::replace(path, &after).with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_each_word_as_it_was() {
        assert_eq!(shell_word("-F"), "-F");
        assert_eq!(shell_word("/home/a b/config"), "'/home/a b/config'");
        assert_eq!(shell_word("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
        assert_eq!(shell_word(""), "''");
    }
}
