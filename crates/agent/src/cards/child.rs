//! Children that may never end.

use std::fmt::Display;
use std::process::Stdio;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// What a child has said when it ended.
pub struct Said {
    /// Whether it ended well.
    pub is_well: bool,
    /// On its standard output.
    pub output: String,
    /// On its standard error.
    pub errors: String,
}

/// Waits for what a child says, and not for the child: after `patience` it is killed and left to itself.
pub async fn listen(command: &mut Command, patience: Duration) -> Result<Said, String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("it does not start: {error}"))?;
    match timeout(patience, end(&mut child)).await {
        Ok(said) => said.map_err(|error| error.to_string()),
        Err(_) => {
            child.start_kill().ok();
            Err(format!("no answer in {} s", patience.as_secs()))
        }
    }
}

async fn end(child: &mut Child) -> std::io::Result<Said> {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let read = async {
        if let Some(out) = &mut out {
            out.read_to_end(&mut output).await?;
        }
        std::io::Result::Ok(())
    };
    let read_errors = async {
        if let Some(err) = &mut err {
            err.read_to_end(&mut errors).await?;
        }
        std::io::Result::Ok(())
    };
    tokio::try_join!(read, read_errors)?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    Ok(Said { is_well: child.wait().await?.success(), output: text(output), errors: text(errors) })
}

/// What a child answers in JSON.
pub async fn ask<T: DeserializeOwned>(command: &mut Command, patience: Duration) -> Result<T, String> {
    let said = listen(command, patience).await?;
    match said.is_well {
        true => serde_json::from_str(&said.output).map_err(|error| error.to_string()),
        false => Err(said.errors),
    }
}

/// Ends this process, a child: with what it was asked for, or with what is in the way.
pub fn answer<T: serde::Serialize, E: Display>(result: Result<T, E>) -> ! {
    let text = result.map_err(|error| format!("{error:#}"));
    match text.and_then(|answer| serde_json::to_string(&answer).map_err(|error| error.to_string())) {
        Ok(text) => {
            println!("{text}");
            std::process::exit(0)
        }
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1)
        }
    }
}
