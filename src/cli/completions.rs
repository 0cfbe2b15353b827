//! `completions`: prints the completions of a shell, made from the command line itself. Names of services and goals are
//! completed for `explain`, from the catalogue of this release.

use super::Session;
use crate::words::help;
use anyhow::Result;
use clap_complete::Shell;
use onramp_shim::catalog::{SERVICES, TARGETS};
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
    script + &behind_explain(shell)
}

/// What may follow `explain -- make`: goals, then services.
fn behind_explain(shell: Kind) -> String {
    let (goals, services) = (TARGETS.join(" "), SERVICES.join(" "));
    match shell {
        Kind::Bash => format!(
            "
_onramp_analytics_explain() {{
    local words=\" ${{COMP_WORDS[*]:0:COMP_CWORD}} \"
    case $words in
    *' explain '*' make '*-service' ') COMPREPLY=($(compgen -W '{services}' -- \"${{COMP_WORDS[COMP_CWORD]}}\")) ;;
    *' explain '*' make ') COMPREPLY=($(compgen -W '{goals}' -- \"${{COMP_WORDS[COMP_CWORD]}}\")) ;;
    *' explain '*'-- ') COMPREPLY=($(compgen -W 'make docker docker-compose' -- \"${{COMP_WORDS[COMP_CWORD]}}\")) ;;
    *) _onramp__analytics \"$@\" ;;
    esac
}}
complete -F _onramp_analytics_explain -o nosort -o bashdefault -o default onramp-analytics
"
        ),
        Kind::Zsh => format!(
            "
_onramp_analytics_explain() {{
    case \" ${{words[1,CURRENT-1]}} \" in
    *' explain '*' make '*-service' ') compadd -- {services} ;;
    *' explain '*' make ') compadd -- {goals} ;;
    *' explain '*'-- ') compadd -- make docker docker-compose ;;
    *) _onramp-analytics \"$@\" ;;
    esac
}}
compdef _onramp_analytics_explain onramp-analytics
"
        ),
        Kind::Fish => format!(
            "
function __onramp_analytics_behind
    string match --quiet --regex -- $argv[1] (string join ' ' -- (commandline --cut-at-cursor --tokenize) '')
end
complete -c onramp-analytics -n '__onramp_analytics_behind \" explain .* make \\S+-service \\$\"' -f -a '{services}'
complete -c onramp-analytics -n '__onramp_analytics_behind \" explain .* make \\$\"' -f -a '{goals}'
complete -c onramp-analytics -n '__onramp_analytics_behind \" explain .*-- \\$\"' -f -a 'make docker docker-compose'
"
        ),
    }
}
