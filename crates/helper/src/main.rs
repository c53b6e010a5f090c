//! `gpu-lease-helper`: PID 1 of a lease's container. It serves shells, commands, files and connections on a Unix socket,
//! and reaps what others leave behind.
//!
//! The tenant is root beside it. Nothing that a tenant can replace (a file, a name server, a process) may stop it: what can
//! hang happens on another thread, what can fail is answered, and what can be many is bounded. How it is built static, what it
//! promises and its bounds: see the crate's README.

#![allow(unexpected_cfgs, reason = "getrandom's own, which it reads from the compiler's flags")]

// A static binary would read /dev/urandom otherwise, in whose place a tenant may put something that hangs.
#[cfg(all(target_feature = "crt-static", not(getrandom_backend = "linux_getrandom")))]
compile_error!(
    "a static helper asks the kernel for random bytes: add the flag that the crate's README names"
);

mod args;
mod channel;
mod command;
mod dial;
mod files;
mod login;
mod processes;
mod server;
mod sftp;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use args::Args;
use login::Login;
use processes::Processes;
use server::Server;

fn main() -> ExitCode {
    let args = match Args::parse() {
        Ok(args) => args,
        Err(error) => return ended(&format!("{error}\n\n{}", args::USAGE), 2),
    };
    match serve(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ended(&format!("the helper ended: {error}"), 1),
    }
}

fn ended(why: &str, code: u8) -> ExitCode {
    // Whoever started it may have closed its standard error.
    let _ = writeln!(io::stderr(), "{why}");
    ExitCode::from(code)
}

fn serve(args: Args) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        // The first thread for what can hang is kept: where a tenant has used up all processes there is no second one.
        .thread_keep_alive(Duration::MAX)
        .build()?;
    let ended = runtime.block_on(async {
        tokio::task::spawn_blocking(|| ()).await?;
        // Before anybody may start something.
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let processes = Processes::start()?;
        let server = Server::bind(&args.socket, args.mode, Login::find(&args), processes.clone())?;
        let with = tokio::select! {
            never = server.run() => match never {},
            _ = terminate.recv() => nix::sys::signal::SIGTERM,
            _ = interrupt.recv() => nix::sys::signal::SIGINT,
        };
        let _ = std::fs::remove_file(&args.socket);
        processes.end_all(with).await;
        Ok(())
    });
    // Without waiting for a thread that hangs.
    runtime.shutdown_background();
    ended
}
