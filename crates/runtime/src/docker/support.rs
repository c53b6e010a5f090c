//! What an engine can do, by what it says of itself.

use std::path::Path;

use bollard::models::{SystemInfo, SystemInfoCgroupVersionEnum};

use crate::mounts;
use crate::runtime::Capability;

/// The engine and its version.
pub fn engine(info: &SystemInfo) -> String {
    format!("Docker {}", info.server_version.as_deref().unwrap_or("of an unknown version"))
}

/// Whether it gives a container single cards, by the Container Device Interface.
pub fn cards(info: &SystemInfo) -> Capability {
    if info.cdi_spec_dirs.as_ref().is_some_and(|folders| !folders.is_empty()) {
        return Ok(());
    }
    Err(format!(
        "a lease gets its cards by CDI, which Docker has from 28.2, and from 25 where its configuration says \
         \"features\": {{\"cdi\": true}}. This is {}",
        engine(info)
    ))
}

/// Whether it limits what a container and a volume take of the disk. The mounts are those of `/proc/self/mountinfo`.
pub fn disk(info: &SystemInfo, mounts: &str) -> Capability {
    let driver = info.driver.as_deref().unwrap_or_default();
    let root = info.docker_root_dir.as_deref().unwrap_or_default();
    if driver == "overlay2" && has_project_quota(Path::new(root), mounts) {
        return Ok(());
    }
    Err(format!(
        "a lease's disk is limited by project quota, which takes the storage driver overlay2 on XFS, mounted with pquota. \
         Here {root} is kept by {driver} on something else"
    ))
}

/// Whether it limits processor, memory and processes. Otherwise it starts containers all the same, and warns.
pub fn limits(info: &SystemInfo) -> Capability {
    let known = [
        ("memory", info.memory_limit),
        ("processor time", info.cpu_cfs_quota),
        ("processes", info.pids_limit),
    ];
    let missing =
        known.iter().filter(|(_, limited)| *limited != Some(true)).map(|(what, _)| *what).collect::<Vec<_>>();
    if missing.is_empty() {
        return Ok(());
    }
    let version = match info.cgroup_version {
        Some(SystemInfoCgroupVersionEnum::_1) => "1",
        _ => "2",
    };
    Err(format!(
        "the kernel does not limit {}: see which controllers of cgroup {version} are on",
        missing.join(", ")
    ))
}

/// Whether leases go on while the engine is restarted, for instance by an upgrade.
pub fn restart(info: &SystemInfo) -> Capability {
    match info.live_restore_enabled {
        Some(true) => Ok(()),
        _ => Err("leases end when the engine is restarted: write \"live-restore\": true in /etc/docker/daemon.json"
            .to_owned()),
    }
}

/// Whether root in a container is another user outside.
pub fn users(info: &SystemInfo) -> Capability {
    let options = info.security_options.as_deref().unwrap_or_default();
    let has = |name: &str| options.iter().any(|option| option.split(',').any(|part| part == name));
    if has("name=userns") || has("name=rootless") {
        return Ok(());
    }
    Err("root in a lease has the number of root on this machine: write \"userns-remap\": \"default\" in \
         /etc/docker/daemon.json, before there are images and leases"
        .to_owned())
}

/// The user and group outside that are root inside.
pub fn root_inside(info: &SystemInfo) -> (u32, u32) {
    mapped_root(info).unwrap_or_default()
}

/// The same, where the engine has a user namespace: it names its folder by them.
fn mapped_root(info: &SystemInfo) -> Option<(u32, u32)> {
    let options = info.security_options.as_deref().unwrap_or_default();
    if !options.iter().any(|option| option.split(',').any(|part| part == "name=userns")) {
        return None;
    }
    let folder = Path::new(info.docker_root_dir.as_deref()?).file_name()?.to_str()?;
    let (user, group) = folder.split_once('.')?;
    Some((user.parse().ok()?, group.parse().ok()?))
}

fn has_project_quota(folder: &Path, mounts: &str) -> bool {
    let above = mounts::parse(mounts).filter(|mount| folder.starts_with(mount.at));
    above.max_by_key(|mount| mount.at.len()).is_some_and(|deepest| {
        deepest.kind == "xfs"
            && deepest.options.split(',').any(|option| matches!(option, "prjquota" | "pquota"))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn info() -> SystemInfo {
        SystemInfo {
            driver: Some("overlay2".into()),
            docker_root_dir: Some("/var/lib/docker".into()),
            server_version: Some("20.10.24".into()),
            ..SystemInfo::default()
        }
    }

    #[rstest]
    #[case::quota("1 0 8:1 / / rw - xfs /dev/a rw,prjquota", true)]
    #[case::no_quota("1 0 8:1 / / rw - xfs /dev/a rw,noquota", false)]
    #[case::another_system("1 0 8:1 / / rw - ext4 /dev/a rw,prjquota", false)]
    #[case::of_its_own(
        "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / /var/lib/docker rw shared:1 - xfs /dev/b rw,prjquota",
        true
    )]
    #[case::elsewhere(
        "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / /var/lib/dock rw - xfs /dev/b rw,prjquota",
        false
    )]
    #[case::nothing("", false)]
    fn disk_is_limited_where_the_engines_folder_has_project_quota(
        #[case] mounts: &str,
        #[case] is_limited: bool,
    ) {
        assert_eq!(disk(&info(), mounts).is_ok(), is_limited);
    }

    #[test]
    fn disk_is_limited_by_one_driver_only() {
        let info = SystemInfo { driver: Some("overlayfs".into()), ..info() };
        assert!(disk(&info, "1 0 8:1 / / rw - xfs /dev/a rw,prjquota").is_err());
    }

    #[test]
    fn cards_need_cdi_and_the_sentence_says_from_which_version() {
        assert!(cards(&SystemInfo { cdi_spec_dirs: Some(vec!["/etc/cdi".into()]), ..info() }).is_ok());
        for none in [None, Some(vec![])] {
            let sentence = cards(&SystemInfo { cdi_spec_dirs: none, ..info() }).unwrap_err();
            assert!(sentence.contains("from 25") && sentence.contains("20.10.24"), "{sentence}");
        }
    }

    #[test]
    fn what_is_off_in_the_engines_configuration_is_said_with_the_line_that_switches_it_on() {
        let restart = restart(&info()).unwrap_err();
        assert!(restart.contains("\"live-restore\": true in /etc/docker/daemon.json"), "{restart}");
        let users = users(&info()).unwrap_err();
        assert!(users.contains("\"userns-remap\": \"default\" in /etc/docker/daemon.json"), "{users}");
    }

    #[test]
    fn an_engine_that_keeps_leases_running_and_maps_root_is_well() {
        let options = |name: &str| Some(vec!["name=seccomp,profile=default".to_owned(), name.to_owned()]);
        let info = SystemInfo { live_restore_enabled: Some(true), ..info() };
        assert!(restart(&info).is_ok());
        for name in ["name=userns", "name=rootless"] {
            assert!(users(&SystemInfo { security_options: options(name), ..info.clone() }).is_ok(), "{name}");
        }
    }

    #[test]
    fn root_inside_is_another_user_outside_where_there_is_a_user_namespace() {
        let folder = Some("/var/lib/docker/100000.200000".to_owned());
        let plain = SystemInfo { docker_root_dir: folder, ..info() };
        assert_eq!(root_inside(&plain), (0, 0));
        let mapped = SystemInfo { security_options: Some(vec!["name=userns".into()]), ..plain };
        assert_eq!(root_inside(&mapped), (100_000, 200_000));
    }
}
