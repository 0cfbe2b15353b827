//! `completions`: prints the completions of a shell, made from the command line itself. Behind `explain --` goals and
//! names of services are completed too: the script asks the hidden subcommand `next-words`, which looks into the checkout.

use super::Session;
use crate::words::help;
use anyhow::Result;
use clap_complete::Shell;
use std::process::ExitCode;

/// The options of `completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_enum, help = help::INIT_SHELL)]
    shell: Kind,
}

/// A shell that has completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// `bash`
    #[value(help = help::SHELL_BASH)]
    Bash,
    /// `zsh`
    #[value(help = help::SHELL_ZSH)]
    Zsh,
    /// `fish`
    #[value(help = help::SHELL_FISH)]
    Fish,
}

/// Prints the script.
///
/// # Errors
/// Never.
pub fn run(_: &Session, args: &Args) -> Result<ExitCode> {
    super::print(&script(args.shell));
    Ok(ExitCode::SUCCESS)
}

/// The script of a shell.
#[must_use]
pub fn script(shell: Kind) -> String {
    let generator = match shell {
        Kind::Bash => Shell::Bash,
        Kind::Zsh => Shell::Zsh,
        Kind::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(generator, &mut super::definition(), super::NAME, &mut script);
    // clap_complete 4.6 writes the hyphen of our name in two ways, and then finds no subcommand of ours in bash.
    let script = String::from_utf8_lossy(&script).replace("onramp__subcmd__analytics", "onramp__analytics");
    script + behind_explain(shell)
}

/// Asks for the words that may follow `explain --`.
const fn behind_explain(shell: Kind) -> &'static str {
    match shell {
        Kind::Bash => include_str!("completions/explain.bash"),
        Kind::Zsh => include_str!("completions/explain.zsh"),
        Kind::Fish => include_str!("completions/explain.fish"),
    }
}
