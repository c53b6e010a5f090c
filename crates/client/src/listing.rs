//! The full description of an offer, whose hash is on chain: text for people, or JSON that programs read too.
//!
//! The JSON is as docs/protocol/listing.schema.json says. A provider writes it and anybody serves it, so nothing in it is
//! believed for being there: sizes are bounded, texts show nothing but themselves, and what is unknown is left out.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::text::is_harmful;

/// Most bytes of a description, of either kind.
pub const MOST_BYTES: usize = 16 * 1024;

/// The version that this is.
const VERSION: u32 = 1;

/// Most characters of a short text.
const SHORT: usize = 128;

/// Most characters of a long one.
const LONG: usize = 4_096;

/// A description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Description {
    /// For people.
    Text(String),
    /// For programs too.
    Listing(Box<Listing>),
}

/// What is in a machine of an offer, and how it is served. Of what is not said, nothing is promised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// Of this format: 1.
    pub version: u32,
    /// GPUs in each machine. The figures below are for a machine with all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpus: Option<u32>,
    /// Version of the GPUs' driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// Newest CUDA that it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuda: Option<String>,
    /// Processors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Cpu>,
    /// Memory, GiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_gib: Option<u32>,
    /// Disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<Disk>,
    /// Connection to the Internet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Bandwidth>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// How renters log in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh: Option<Ssh>,
    /// What renters may do, in words or as the address of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptable_use: Option<String>,
    /// Whom to tell of misuse: an e-mail address, or that of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abuse_contact: Option<String>,
    /// Seconds between two usage reports, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_interval: Option<u32>,
}

/// Processors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cpu {
    /// Their name.
    pub model: String,
    /// Cores of all of them.
    pub cores: u32,
}

/// Disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// For leases.
    pub gib: u32,
    /// Its kind, for instance NVMe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// Connection to the Internet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bandwidth {
    /// Megabits a second from there.
    pub down_mbps: u32,
    /// To there.
    pub up_mbps: u32,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Its city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
}

/// An SSH port. What counts is in a lease's credentials; this is for whoever wants to see the machine before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ssh {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// As OpenSSH shows it: `SHA256:` and 43 characters.
    pub host_key_fingerprint: String,
}

impl Description {
    /// Reads what a provider wrote. What begins with a brace is JSON.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MOST_BYTES {
            let what =
                format!("the description has {} bytes, and at most {MOST_BYTES} are read", bytes.len());
            return Err(Error::input(what, "shorten it"));
        }
        let text = std::str::from_utf8(bytes);
        let text =
            text.map_err(|_| Error::input("the description is not text in UTF-8", "save it as such"))?;
        if !text.trim_start().starts_with('{') {
            return Ok(Self::Text(text.to_owned()));
        }
        let listing: Listing = serde_json::from_str(text)
            .map_err(|error| Error::input(format!("the description is not a listing: {error}"), ADVICE))?;
        listing.check()?;
        Ok(Self::Listing(Box::new(listing)))
    }
}

const ADVICE: &str = "write it as docs/protocol/listing.md says, or as text that does not begin with {";

impl Listing {
    /// What serde does not see.
    fn check(&self) -> Result<()> {
        let Self { driver, cuda, cpu, disk, location, ssh, acceptable_use, abuse_contact, .. } = self;
        within("version", self.version, VERSION, VERSION)?;
        positive("gpus", self.gpus)?;
        positive("memoryGib", self.memory_gib)?;
        positive("statementInterval", self.statement_interval)?;
        text("driver", driver.as_deref(), SHORT)?;
        text("cuda", cuda.as_deref(), SHORT)?;
        text("acceptableUse", acceptable_use.as_deref(), LONG)?;
        text("abuseContact", abuse_contact.as_deref(), SHORT)?;
        if let Some(Cpu { model, cores }) = cpu {
            text("cpu.model", Some(model), SHORT)?;
            positive("cpu.cores", Some(*cores))?;
        }
        if let Some(Disk { gib, kind }) = disk {
            positive("disk.gib", Some(*gib))?;
            text("disk.kind", kind.as_deref(), SHORT)?;
        }
        if let Some(Bandwidth { down_mbps, up_mbps }) = &self.bandwidth {
            positive("bandwidth.downMbps", Some(*down_mbps))?;
            positive("bandwidth.upMbps", Some(*up_mbps))?;
        }
        if let Some(Location { country, city }) = location {
            let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
            require(is_code, || "location.country has to be two capital letters, such as NO".to_owned())?;
            text("location.city", city.as_deref(), SHORT)?;
        }
        if let Some(Ssh { host, port, host_key_fingerprint }) = ssh {
            text("ssh.host", Some(host), 253)?;
            positive("ssh.port", Some(u32::from(*port)))?;
            let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
            let digest = host_key_fingerprint.strip_prefix("SHA256:").unwrap_or_default();
            require(digest.len() == 43 && digest.bytes().all(is_base64), || {
                "ssh.hostKeyFingerprint has to be as `ssh-keygen -l` shows it, SHA256:…".to_owned()
            })?;
        }
        Ok(())
    }
}

fn require(holds: bool, what: impl FnOnce() -> String) -> Result<()> {
    match holds {
        true => Ok(()),
        false => Err(Error::input(format!("the description is not a listing: {}", what()), ADVICE)),
    }
}

fn within(name: &str, value: u32, least: u32, most: u32) -> Result<()> {
    require((least..=most).contains(&value), || format!("{name} is {value}, and has to be {least} to {most}"))
}

fn positive(name: &str, value: Option<u32>) -> Result<()> {
    value.map_or(Ok(()), |value| within(name, value, 1, u32::MAX))
}

fn text(name: &str, text: Option<&str>, most: usize) -> Result<()> {
    let Some(text) = text else { return Ok(()) };
    let length = text.chars().count();
    require((1..=most).contains(&length), || {
        format!("{name} has {length} characters, and has to have 1 to {most}")
    })?;
    require(!text.contains(is_harmful), || format!("{name} has a character that shows nothing, or is obeyed"))
}
