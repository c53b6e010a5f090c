//! Two network namespaces, joined by a cable: one is the provider's machine, the other the world, with addresses of all kinds
//! at which somebody answers. So an attack fails because of the firewall, and not for want of a target.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::thread;
use std::time::Duration;

use nix::sched::{CloneFlags, setns};

/// The machine's address in the world, and those of others.
pub const MACHINE: &str = "203.0.113.2";
pub const PUBLIC: &str = "198.51.100.7";
pub const RESOLVER: &str = "9.9.9.9";
pub const OTHER_RESOLVER: &str = "8.8.4.4";
pub const CLOSED: [&str; 5] = ["10.9.9.9", "172.20.20.20", "192.168.77.7", "100.64.0.9", "169.254.169.254"];

/// The port at which there is a greeting; that of mail; those of names.
pub const GREETING: u16 = 80;
pub const MAIL: u16 = 25;
pub const NAMES: u16 = 53;
/// The port that sends [`BULK`] bytes.
pub const SENDER: u16 = 81;
pub const BULK: usize = 16_000_000;
/// What is said at a port.
pub const HELLO: &str = "hello";

/// The namespaces.
pub struct Network {
    pub machine: String,
    pub world: String,
}

impl Network {
    pub fn lay() -> Self {
        let [machine, world] = ["machine", "world"].map(|side| format!("gpul-{side}-{}", std::process::id()));
        for space in [&machine, &world] {
            ip(&["netns", "add", space]);
            ip(&["-n", space, "link", "set", "lo", "up"]);
        }
        ip(&[
            "-n", &machine, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", &world,
        ]);
        ip(&["-n", &machine, "address", "add", &format!("{MACHINE}/24"), "dev", "cable"]);
        ip(&["-n", &world, "address", "add", "203.0.113.1/24", "dev", "cable"]);
        for address in CLOSED.iter().chain(&[PUBLIC, RESOLVER, OTHER_RESOLVER]) {
            ip(&["-n", &world, "address", "add", &format!("{address}/32"), "dev", "cable"]);
        }
        for space in [&machine, &world] {
            ip(&["-n", space, "link", "set", "cable", "up"]);
        }
        ip(&["-n", &machine, "route", "add", "default", "via", "203.0.113.1"]);
        let network = Self { machine, world };
        network.greet();
        network
    }

    /// Has somebody answer at every address of both.
    fn greet(&self) {
        for space in [&self.machine, &self.world] {
            for port in [GREETING, MAIL, NAMES, 853] {
                listen(space, port, |mut stream| {
                    let _ = stream.write_all(HELLO.as_bytes());
                    // Until the other side has enough.
                    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
                    let _ = stream.read(&mut [0; 64]);
                });
            }
        }
        listen(&self.world, SENDER, |mut stream| {
            let _ = stream.write_all(&vec![b'x'; BULK]);
        });
        let socket = inside(&self.world, || UdpSocket::bind((RESOLVER, NAMES)).unwrap());
        thread::spawn(move || {
            let mut query = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut query) {
                let _ = socket.send_to(&answer(&query[..length]), from);
            }
        });
    }
}

/// Runs something in a namespace.
pub fn inside<T: Send>(space: &str, run: impl FnOnce() -> T + Send) -> T {
    let run = move || {
        setns(File::open(format!("/run/netns/{space}")).unwrap(), CloneFlags::CLONE_NEWNET).unwrap();
        run()
    };
    thread::scope(|scope| scope.spawn(run).join().unwrap())
}

fn listen(space: &str, port: u16, serve: fn(TcpStream)) {
    let listener = inside(space, || TcpListener::bind(("::", port)).unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
}

/// An answer that names [`PUBLIC`], whatever was asked for.
fn answer(query: &[u8]) -> Vec<u8> {
    let mut answer = query.to_vec();
    answer[2] |= 0x80;
    answer[7] = 1;
    answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
    answer.extend(PUBLIC.split('.').map(|part| part.parse::<u8>().unwrap()));
    answer
}

fn ip(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status().unwrap();
    assert!(status.success(), "ip {}", arguments.join(" "));
}
