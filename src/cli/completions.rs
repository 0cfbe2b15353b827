//! `completions`: prints the completions of a shell, made from the command line itself. Behind `explain --` goals and
//! names of services are completed too: the script asks the hidden subcommand `next-words`, which looks into the checkout.

use super::Session;
use crate::install::hooks::Shell;
use crate::words::help;
use anyhow::Result;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use std::process::ExitCode;

/// The options of `completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_enum, help = help::INIT_SHELL)]
    shell: Completed,
}

/// A shell that has completions; a POSIX shell has none.
#[derive(Clone, Copy, Debug)]
struct Completed {
    shell: Shell,
    /// What makes the completions of the command line.
    generator: clap_complete::Shell,
    /// Asks for the words that may follow `explain --`.
    behind_explain: &'static str,
}

impl ValueEnum for Completed {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self {
                shell: Shell::Bash,
                generator: clap_complete::Shell::Bash,
                behind_explain: include_str!("completions/explain.bash"),
            },
            Self {
                shell: Shell::Zsh,
                generator: clap_complete::Shell::Zsh,
                behind_explain: include_str!("completions/explain.zsh"),
            },
            Self {
                shell: Shell::Fish,
                generator: clap_complete::Shell::Fish,
                behind_explain: include_str!("completions/explain.fish"),
            },
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        self.shell.to_possible_value()
    }
}

/// Prints the script.
///
/// # Errors
/// Never.
pub fn run(_: &Session, args: &Args) -> Result<ExitCode> {
    super::print(&script(args.shell));
    Ok(ExitCode::SUCCESS)
}

fn script(shell: Completed) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell.generator, &mut super::definition(), super::NAME, &mut script);
    // clap_complete 4.6 writes the hyphen of our name in two ways, and then finds no subcommand of ours in bash.
    let script = String::from_utf8_lossy(&script).replace("onramp__subcmd__analytics", "onramp__analytics");
    script + shell.behind_explain
}
