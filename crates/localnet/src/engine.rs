//! What the leases of a [machine](crate::Machine) run in.

use std::{env, ffi::OsStr, path::PathBuf, process::Stdio, time::Duration};
use tokio::{net::UnixStream, process::Command, time::timeout};

/// Where Docker listens, unless `DOCKER_HOST` says otherwise, as its own command understands it.
const SOCKET: &str = "/var/run/docker.sock";

/// How long fetching an image may take.
const FETCHING: Duration = Duration::from_secs(180);

/// What leases run in.
#[derive(Clone, Debug)]
pub enum Engine {
    /// Containers of Docker, made of an image.
    Docker { socket: PathBuf, image: String },
    /// Processes of the same user.
    Process,
}

impl Engine {
    /// Containers made of `image`, which is fetched if it is not there; or why there can be none here.
    pub async fn docker(image: &str) -> Result<Self, String> {
        let host = env::var("DOCKER_HOST").unwrap_or_else(|_| format!("unix://{SOCKET}"));
        let path = host.strip_prefix("unix://");
        let socket: PathBuf = path.ok_or_else(|| format!("{host} is not an engine of this machine"))?.into();
        if let Err(error) = UnixStream::connect(&socket).await {
            return Err(format!("no container engine answers at {}: {error}", socket.display()));
        }
        for firewall in ["iptables", "ip6tables"] {
            let listed = run(firewall, ["--wait", "5", "--list-rules"]).await;
            listed.map_err(|why| format!("containers need a firewall, and {why}"))?;
        }
        if run("docker", ["--host", &host, "image", "inspect", image]).await.is_err() {
            let pull = run("docker", ["--host", &host, "pull", "--quiet", image]);
            let fetched = timeout(FETCHING, pull).await;
            let fetched =
                fetched.unwrap_or_else(|_| Err(format!("{} s were not enough", FETCHING.as_secs())));
            fetched.map_err(|why| format!("the image {image} cannot be fetched: {why}"))?;
        }
        Ok(Self::Docker { socket, image: image.to_owned() })
    }
}

/// Runs a program, which ends with this; what it complained about if it fails.
async fn run(program: &str, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.map_err(|error| format!("{program} cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().find(|line| !line.trim().is_empty());
    Err(format!("{program} says: {}", said.unwrap_or("nothing").trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn why_a_program_failed_is_the_first_thing_that_it_said() {
        run("true", [""; 0]).await.unwrap();
        let said = run("sh", ["-c", "echo; echo no rules >&2; echo more >&2; exit 3"]).await.unwrap_err();
        assert_eq!(said, "sh says: no rules");
        let missing = run("gpu-lease-no-such-program", [""; 0]).await.unwrap_err();
        assert!(missing.starts_with("gpu-lease-no-such-program cannot be run: "), "{missing}");
    }
}
