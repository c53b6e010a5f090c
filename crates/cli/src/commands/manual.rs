//! `gpu-lease completions` and `gpu-lease man`

use crate::output::print_text;
use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man as Page;
use std::{fs, path::PathBuf};

#[derive(Debug, Args)]
#[command(
    after_help = "bash: gpu-lease completions bash > ~/.local/share/bash-completion/completions/gpu-lease\n\
                  zsh:  gpu-lease completions zsh > \"${fpath[1]}/_gpu-lease\"\n\
                  fish: gpu-lease completions fish > ~/.config/fish/completions/gpu-lease.fish"
)]
pub struct Completions {
    /// Your shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "Read it at once: gpu-lease man | man -l -\n\
                  Install all:     gpu-lease man --out ~/.local/share/man/man1; then `man gpu-lease-lease-open` works")]
pub struct Man {
    /// Folder for a page of each command; it is created if it is missing
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Prints completions for a shell.
pub fn completions(Completions { shell }: &Completions, of: &mut Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(*shell, of, "gpu-lease", &mut script);
    print_text(&script)
}

/// Prints the manual page, or writes all of them.
pub fn man(Man { out }: &Man, of: Command) -> Result<()> {
    match out {
        Some(folder) => fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(of, folder))
            .with_context(|| format!("the pages cannot be written to {}", folder.display())),
        None => {
            let mut page = Vec::new();
            Page::new(of).render(&mut page)?;
            print_text(&page)
        }
    }
}
