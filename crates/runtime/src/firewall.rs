//! What a lease reaches by network: public addresses, and nothing of the provider's.
//!
//! Each lease has a bridge of its own, all of whose names begin with [`BRIDGE`]. Two chains say what may pass: one for what
//! goes from there to this machine, one for what goes through it. They are made as a whole, in one step, and come in
//! front of all other rules; those are never touched.
//!
//! Leases have no IPv6: all of it is refused.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use ipnet::Ipv4Net;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::error::{Error, Result, refused};

/// How the names of the leases' bridges begin.
pub(crate) const BRIDGE: &str = "gpul-";

/// The chain for what goes to this machine, and that for what goes through it.
const TO_HOST: &str = "GPU-LEASE-IN";
const THROUGH: &str = "GPU-LEASE-FWD";

/// The engine's chain for its users' rules. It comes before the engine's own, and the engine puts it back in front of them
/// whenever it starts.
const USERS: &str = "DOCKER-USER";

/// Where no lease may connect to: what is not a public address.
const CLOSED: [&str; 11] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10", // carriers'
    "127.0.0.0/8",
    "169.254.0.0/16", // link-local; clouds tell a machine's secrets at 169.254.169.254
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15", // benchmarks'
    "224.0.0.0/4",   // multicast
    "240.0.0.0/4",   // and broadcast
];

/// What the provider decides about the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Public name servers: the only ones that leases reach.
    pub resolvers: Vec<Ipv4Addr>,
    /// Most connections of a lease at a time.
    pub connections: u32,
    /// Most bytes a second of a lease, each way.
    pub bandwidth: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            resolvers: vec![Ipv4Addr::new(1, 1, 1, 1), Ipv4Addr::new(9, 9, 9, 9)],
            connections: 4096,
            bandwidth: 125_000_000,
        }
    }
}

/// The version of the protocol that a program is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

/// The chains with all of their rules, as `iptables-restore` reads them.
fn rules(policy: &Policy, family: Family) -> String {
    let mut lines = vec!["*filter".to_owned(), format!(":{TO_HOST} - [0:0]"), format!(":{THROUGH} - [0:0]")];
    lines.push(format!("-A {TO_HOST} -j REJECT"));
    let mut through = |rule: &str| lines.push(format!("-A {THROUGH} {rule}"));
    match family {
        Family::V6 => {
            through(&format!("-i {BRIDGE}+ -j REJECT"));
            through(&format!("-o {BRIDGE}+ -j DROP"));
        }
        Family::V4 => {
            let Policy { resolvers, connections, bandwidth } = policy;
            // A rate is kept under its name for as long as a rule has it: another rate is another name.
            let faster = |way: &str, by: &str| {
                format!(
                    "-m hashlimit --hashlimit-name {BRIDGE}{way}-{bandwidth} --hashlimit-mode {by} \
                     --hashlimit-above {bandwidth}b/s -j DROP"
                )
            };
            // Nobody connects to a lease by network: its renter comes by the helper's socket.
            through(&format!("-o {BRIDGE}+ -m conntrack ! --ctstate ESTABLISHED,RELATED -j DROP"));
            through(&format!("-o {BRIDGE}+ {}", faster("down", "dstip")));
            through(&format!("! -i {BRIDGE}+ -j RETURN"));
            for network in CLOSED {
                through(&format!("-d {network} -j REJECT"));
            }
            through(&faster("up", "srcip"));
            through(&format!(
                "-m conntrack --ctstate NEW -m connlimit --connlimit-above {connections} --connlimit-mask 32 \
                 --connlimit-saddr -j REJECT"
            ));
            through("-p tcp --dport 25 -j REJECT --reject-with tcp-reset");
            for protocol in ["tcp", "udp"] {
                let names = format!("-p {protocol} -m multiport --dports 53,853");
                for resolver in resolvers {
                    through(&format!("-d {resolver} {names} -j RETURN"));
                }
                through(&format!("{names} -j REJECT"));
            }
        }
    }
    lines.push("COMMIT\n".to_owned());
    lines.join("\n")
}

/// How often a chain has a rule, by its places in the chain, the first being 1. The listing is that of `iptables -S`.
fn places(listing: &str, chain: &str, rule: &str) -> Vec<usize> {
    let wanted = format!("-A {chain} {rule}");
    let rules = listing.lines().map(str::trim_end).filter(|line| line.starts_with("-A "));
    rules.enumerate().filter(|(_, line)| *line == wanted).map(|(at, _)| at + 1).collect()
}

/// The rules, and the programs that keep them.
pub struct Firewall {
    policy: Policy,
    iptables: PathBuf,
    ip6tables: PathBuf,
    /// How the chains of both families looked when they were last made, once they were; and one change at a time.
    made: Mutex<[Option<String>; 2]>,
}

/// How long a program may take, waiting for others' changes included.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a change is tried again that failed: somebody else may have changed the same chain.
const AGAIN: u32 = 4;

impl Firewall {
    /// A firewall by these programs, each of which has another next to it whose name ends in `-restore`.
    pub fn new(policy: Policy, iptables: PathBuf, ip6tables: PathBuf) -> Result<Self> {
        let is_closed = |resolver: &Ipv4Addr| {
            CLOSED
                .iter()
                .filter_map(|network| network.parse::<Ipv4Net>().ok())
                .any(|network| network.contains(resolver))
        };
        if let Some(resolver) = policy.resolvers.iter().find(|resolver| is_closed(resolver)) {
            return refused(format!(
                "{resolver} cannot be the leases' name server, which has to be public: choose another, such as 1.1.1.1"
            ));
        }
        if policy.resolvers.is_empty() || policy.connections == 0 || policy.bandwidth == 0 {
            return refused(
                "leases need a name server, a number of connections and a bandwidth, none of them zero",
            );
        }
        Ok(Self { policy, iptables, ip6tables, made: Mutex::default() })
    }

    /// The name servers that leases reach.
    pub(crate) fn resolvers(&self) -> &[Ipv4Addr] {
        &self.policy.resolvers
    }

    /// Makes sure that the rules are there and come first. If this fails, no lease may be started.
    pub async fn assert(&self) -> Result<()> {
        let mut made = self.made.lock().await;
        let programs = [(&self.iptables, Family::V4), (&self.ip6tables, Family::V6)];
        for ((program, family), made) in programs.into_iter().zip(made.iter_mut()) {
            self.assert_by(program, family, made).await.map_err(|error| {
                let (Error::Silent(error) | Error::Refused(error)) = error;
                Error::Refused(format!(
                    "the firewall cannot be set up, so nothing is started: {error}. See that {} works for the agent's user",
                    program.display()
                ))
            })?;
        }
        Ok(())
    }

    async fn assert_by(&self, program: &Path, family: Family, made: &mut Option<String>) -> Result<()> {
        // Rules that are made again forget which connections they counted: those that are as they were stay.
        if made.is_none() || *made != chains(program).await.ok() {
            restore(program, &rules(&self.policy, family)).await?;
            *made = Some(chains(program).await?);
        }
        put_first(program, "INPUT", &format!("-i {BRIDGE}+ -j {TO_HOST}")).await?;
        // Passing a chain twice would count a lease's bytes twice.
        let forward = run(program, &["--wait", "-S", "FORWARD"], "").await?;
        let jump = format!("-j {THROUGH}");
        if places(&forward, "FORWARD", &format!("-j {USERS}")).contains(&1) {
            put_first(program, USERS, &jump).await?;
            take_out(program, "FORWARD", &jump).await
        } else {
            put_first(program, "FORWARD", &jump).await?;
            match run(program, &["--wait", "-S", USERS], "").await {
                Ok(_) => take_out(program, USERS, &jump).await,
                Err(_) => Ok(()), // There is no such chain.
            }
        }
    }

    /// Takes the rules away. Only for a machine on which no lease runs.
    pub async fn clear(&self) -> Result<()> {
        let mut made = self.made.lock().await;
        *made = Default::default();
        for program in [&self.iptables, &self.ip6tables] {
            let jumps = [
                ("INPUT", format!("-i {BRIDGE}+ -j {TO_HOST}")),
                (USERS, format!("-j {THROUGH}")),
                ("FORWARD", format!("-j {THROUGH}")),
            ];
            for (chain, jump) in jumps {
                if run(program, &["--wait", "-S", chain], "").await.is_ok() {
                    take_out(program, chain, &jump).await?;
                }
            }
            for chain in [TO_HOST, THROUGH] {
                if run(program, &["--wait", "-F", chain], "").await.is_ok() {
                    run(program, &["--wait", "-X", chain], "").await?;
                }
            }
        }
        Ok(())
    }
}

/// How our chains look now.
async fn chains(program: &Path) -> Result<String> {
    let mut listing = String::new();
    for chain in [TO_HOST, THROUGH] {
        listing += &run(program, &["--wait", "-S", chain], "").await?;
    }
    Ok(listing)
}

/// Puts a rule in front of a chain, where nothing can let pass what it stops.
async fn put_first(program: &Path, chain: &str, rule: &str) -> Result<()> {
    for again in (0..=AGAIN).rev() {
        let found = places(&run(program, &["--wait", "-S", chain], "").await?, chain, rule);
        if found == [1] {
            break;
        }
        let insert = format!("-I {chain} 1 {rule}\n");
        match change(program, chain, rule, found.len(), &insert).await {
            Ok(()) => break,
            Err(error) if again == 0 => return Err(error),
            Err(_) => {}
        }
    }
    Ok(())
}

/// Removes all copies of a rule from a chain.
async fn take_out(program: &Path, chain: &str, rule: &str) -> Result<()> {
    for again in (0..=AGAIN).rev() {
        let found = places(&run(program, &["--wait", "-S", chain], "").await?, chain, rule);
        if found.is_empty() {
            break;
        }
        match change(program, chain, rule, found.len(), "").await {
            Ok(()) => break,
            Err(error) if again == 0 => return Err(error),
            Err(_) => {}
        }
    }
    Ok(())
}

/// Takes so many copies of a rule out of a chain and does something else, in one step: the engine changes rules of the same chains
/// at any time, so none is named by its number, and at no moment is ours not there. If there are fewer, nothing is done.
async fn change(program: &Path, chain: &str, rule: &str, copies: usize, then: &str) -> Result<()> {
    let deletes = format!("-D {chain} {rule}\n").repeat(copies);
    restore(program, &format!("*filter\n{deletes}{then}COMMIT\n")).await
}

/// Makes the changes that this says, all of them or none.
async fn restore(program: &Path, changes: &str) -> Result<()> {
    let mut restore = program.as_os_str().to_owned();
    restore.push("-restore");
    run(Path::new(&restore), &["--noflush", "--wait"], changes).await.map(drop)
}

/// Runs a program with this input, and returns its output.
async fn run(program: &Path, arguments: &[&str], input: &str) -> Result<String> {
    let failed =
        |why: String| Error::Refused(format!("{} {}: {why}", program.display(), arguments.join(" ")));
    let running = async {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).await?;
        }
        child.wait_with_output().await
    };
    let output = match timeout(PATIENCE, running).await {
        Err(_) => return Err(failed(format!("no end after {} s", PATIENCE.as_secs()))),
        Ok(Err(error)) => return Err(failed(error.to_string())),
        Ok(Ok(output)) => output,
    };
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn through(family: Family) -> Vec<String> {
        let policy = Policy { resolvers: vec![Ipv4Addr::new(9, 9, 9, 9)], connections: 7, bandwidth: 1000 };
        let start = format!("-A {THROUGH} ");
        rules(&policy, family)
            .lines()
            .filter_map(|line| line.strip_prefix(&start))
            .map(str::to_owned)
            .collect()
    }

    fn place(rules: &[String], rule: &str) -> usize {
        let found = rules.iter().position(|found| found.contains(rule));
        found.unwrap_or_else(|| panic!("no {rule} in {rules:#?}"))
    }

    #[test]
    fn rules_are_chains_of_ours_replaced_in_one_step() {
        for family in [Family::V4, Family::V6] {
            let rules = rules(&Policy::default(), family);
            assert!(rules.starts_with("*filter\n") && rules.ends_with("\nCOMMIT\n"), "{rules}");
            for line in rules.lines().filter(|line| line.starts_with([':', '-'])) {
                assert!(line.contains(" GPU-LEASE-") || line.starts_with(":GPU-LEASE-"), "{line}");
            }
        }
    }

    #[test]
    fn nothing_that_is_not_of_a_lease_gets_further_than_the_third_rule() {
        let rules = through(Family::V4);
        assert_eq!(rules[2], "! -i gpul-+ -j RETURN");
        assert!(rules[..2].iter().all(|rule| rule.starts_with("-o gpul-+ ")), "{rules:#?}");
    }

    #[test]
    fn nothing_lets_pass_what_a_later_rule_would_stop() {
        let rules = through(Family::V4);
        let name_server = place(&rules, "-d 9.9.9.9 -p tcp -m multiport --dports 53,853 -j RETURN");
        for earlier in
            ["-d 10.0.0.0/8", "-d 169.254.0.0/16", "-d 100.64.0.0/10", "connlimit", "hashlimit", "--dport 25"]
        {
            assert!(place(&rules, earlier) < name_server, "{earlier}");
        }
        assert!(place(&rules, "-p tcp -m multiport --dports 53,853 -j REJECT") > name_server);
    }

    #[test]
    fn leases_have_no_ipv6() {
        assert_eq!(through(Family::V6), ["-i gpul-+ -j REJECT", "-o gpul-+ -j DROP"]);
    }

    #[rstest]
    #[case("10.0.0.1")]
    #[case("172.31.255.255")]
    #[case("192.168.1.1")]
    #[case("100.127.255.255")]
    #[case("169.254.169.254")]
    #[case("127.0.0.53")]
    #[case("239.1.1.1")]
    #[case("255.255.255.255")]
    fn a_name_server_that_is_not_public_is_refused(#[case] resolver: Ipv4Addr) {
        let policy = Policy { resolvers: vec![resolver], ..Policy::default() };
        assert!(matches!(Firewall::new(policy, "a".into(), "b".into()), Err(Error::Refused(_))));
    }

    #[rstest]
    #[case("11.0.0.0")]
    #[case("172.32.0.0")]
    #[case("100.128.0.0")]
    #[case("223.255.255.255")]
    fn the_next_public_address_is_not_closed(#[case] resolver: Ipv4Addr) {
        let policy = Policy { resolvers: vec![resolver], ..Policy::default() };
        assert!(Firewall::new(policy, "a".into(), "b".into()).is_ok());
    }

    #[test]
    fn our_rules_are_told_from_those_of_others() {
        let listing = "-P INPUT ACCEPT\n-A INPUT -j GPU-LEASE-IN-2\n-A INPUT -j GPU-LEASE-IN\n-A INPUT -i lo -j GPU-LEASE-IN\n";
        assert_eq!(places(listing, "INPUT", "-j GPU-LEASE-IN"), [2]);
        assert_eq!(places(listing, "FORWARD", "-j GPU-LEASE-IN"), [] as [usize; 0]);
    }

    #[tokio::test]
    async fn programs_that_fail_or_are_not_there_refuse() {
        for program in ["false", "/not/there"] {
            let firewall = Firewall::new(Policy::default(), program.into(), program.into()).unwrap();
            let Err(Error::Refused(why)) = firewall.assert().await else { panic!("{program} should not do") };
            assert!(why.contains("nothing is started"), "{why}");
        }
    }
}
