//! Images made of busybox.

use std::fs;
use std::process::Command;

/// An image with busybox for everything; in the broken one a file is where the workspace would be.
pub fn image(is_broken: bool) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |path: &str, kind: tar::EntryType, mode: u32, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, path, content).unwrap();
    };
    for folder in ["bin", "etc", "root", "tmp"] {
        add(folder, tar::EntryType::Directory, 0o755, b"");
    }
    let busybox =
        ["/bin/busybox", "/usr/bin/busybox"].into_iter().find_map(|path| fs::read(path).ok()).unwrap();
    add("bin/busybox", tar::EntryType::Regular, 0o755, &busybox);
    add("etc/passwd", tar::EntryType::Regular, 0o644, b"root:x:0:0:root:/root:/bin/sh\n");
    add("etc/group", tar::EntryType::Regular, 0o644, b"root:x:0:\n");
    if is_broken {
        add("workspace", tar::EntryType::Regular, 0o644, b"");
    }
    let applets = Command::new("busybox").arg("--list").output().unwrap().stdout;
    for applet in String::from_utf8(applets).unwrap().lines().filter(|applet| *applet != "busybox") {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        tar.append_link(&mut header, format!("bin/{applet}"), "busybox").unwrap();
    }
    tar.into_inner().unwrap()
}
