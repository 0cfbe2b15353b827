//! The shells' hook, tried in real shells on real terminals: on PATH inside a checkout and nowhere else, first there
//! whatever prepends later, gone before the next prompt after an uninstall.

#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, Terminal, Way, skipped};

const PROGRAM: &str = env!("CARGO_BIN_EXE_onramp-analytics");

/// A shell, and how it says things.
struct Shell {
    name: &'static str,
    /// How it is started, as a person's terminal does.
    words: &'static [&'static str],
    /// The start-up file.
    file: &'static str,
    /// The line that runs the hook.
    hook: &'static str,
    /// Says which make would run, between angle brackets.
    which: &'static str,
    /// Puts another folder before all others.
    prepend: &'static str,
    /// Says what the command before ended with, between angle brackets.
    ended: &'static str,
    /// Does something before each prompt.
    prompts: bool,
}

const SHELLS: [Shell; 4] = [
    Shell {
        name: "bash",
        words: &["bash", "-i"],
        file: "home/.bashrc",
        hook: "eval \"$({} init bash)\"",
        which: "echo \"<$(command -v make)>\"",
        prepend: "PATH={CASE}/first:$PATH",
        ended: "echo \"<$?>\"",
        prompts: true,
    },
    Shell {
        name: "zsh",
        words: &["zsh", "-i"],
        file: "home/.zshrc",
        hook: "eval \"$({} init zsh)\"",
        which: "echo \"<$(command -v make)>\"",
        prepend: "PATH={CASE}/first:$PATH",
        ended: "echo \"<$?>\"",
        prompts: true,
    },
    Shell {
        name: "fish",
        words: &["fish", "-i"],
        file: "config/fish/config.fish",
        hook: "{} init fish | source",
        which: "echo \"<\"(command -v make)\">\"",
        prepend: "set PATH {CASE}/first $PATH",
        ended: "echo \"<$status>\"",
        prompts: true,
    },
    Shell {
        name: "dash",
        words: &["dash", "-i"],
        file: "home/.profile",
        hook: "eval \"$({} init sh)\"",
        which: "echo \"<$(command -v make)>\"",
        prepend: "PATH={CASE}/first:$PATH",
        ended: "echo \"<$?>\"",
        prompts: false,
    },
];

impl Shell {
    /// A person who has everything installed, with the hook in the shell's start-up file; nothing if the shell is missing.
    fn case(&self) -> Option<Case> {
        if which::which_in(self.words[0], Some("/usr/bin:/bin"), "/").is_err() {
            skipped(&format!("{} is not installed", self.name));
            return None;
        }
        let case = Case::new().through(Way::Direct).path(&["bin", "/usr/bin", "/bin"]);
        let case = case.tool("make", "echo \"<real make in ${PWD##*/}>\"").tool("docker", "echo real");
        let hook = self.hook.replace("{}", PROGRAM);
        // Twice: once by hand, once by a tool that manages start-up files.
        let case = case.file(self.file, &format!("{hook}\n{hook}\n")).file("first/keep", "").env("PS1", "$ ");
        // Else fish begins to read all man pages of the machine, in the background.
        let case = case.file("data/fish/generated_completions/none", "");
        let profile = format!("{}/home/.profile", case.root().display());
        let case = case.env("ENV", &profile);
        case.cli(&["install"]).exits(0);
        Some(case)
    }

    fn start(&self, case: &Case) -> Terminal {
        Terminal::start(case, &["group=foreground"], self.words)
    }
}

fn shimmed(terminal: &mut Terminal, shell: &Shell) {
    terminal.type_in(&format!("{}\r", shell.which));
    terminal.see("<{CASE}/data/onramp-analytics/shims/make>");
}

fn unshimmed(terminal: &mut Terminal, shell: &Shell) {
    terminal.type_in(&format!("{}\r", shell.which));
    terminal.see("<{CASE}/bin/make>");
}

#[test]
fn shims_are_on_path_inside_a_checkout_and_nowhere_else() {
    for shell in &SHELLS {
        let Some(case) = shell.case() else { continue };
        let case = case.at("onramp/services-available/deep").at("elsewhere");
        let mut terminal = shell.start(&case);
        unshimmed(&mut terminal, shell);
        terminal.type_in(&format!("cd ../onramp; and {0}\r", shell.which).replace("; and", " &&"));
        terminal.see("<{CASE}/data/onramp-analytics/shims/make>");
        terminal.type_in("cd services-available/deep\r");
        shimmed(&mut terminal, shell);
        terminal.type_in("cd /\r");
        unshimmed(&mut terminal, shell);
        terminal.type_in("exit\r");
        terminal.ends();
    }
}

#[test]
fn a_shell_that_starts_inside_has_the_shims_and_so_have_its_children() {
    for shell in &SHELLS {
        let Some(case) = shell.case() else { continue };
        let mut terminal = shell.start(&case);
        shimmed(&mut terminal, shell);
        terminal.type_in(&format!("{}\r", shell.words.join(" ")));
        shimmed(&mut terminal, shell);
        terminal.type_in("make\r");
        terminal.see("<real make in onramp>");
        // Once, however often the hook ran.
        terminal.type_in("env | grep -o '^PATH=.*' | grep -o onramp-analytics/shims | grep -c . | sed 's/.*/<&>/'\r");
        terminal.see("<1>");
        terminal.type_in("exit\rexit\r");
        terminal.ends();
    }
}

#[test]
fn they_stay_first_whatever_prepends_later() {
    for shell in SHELLS.iter().filter(|shell| shell.prompts) {
        let Some(case) = shell.case() else { continue };
        let case = case.file("first/make", "#!/bin/sh\n");
        std::fs::set_permissions(case.root().join("first/make"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let prepend = shell.prepend.replace("{CASE}", &case.root().to_string_lossy());
        let mut terminal = shell.start(&case);
        shimmed(&mut terminal, shell);
        terminal.type_in(&format!("{prepend}\r"));
        shimmed(&mut terminal, shell);
        terminal.type_in("cd /\r");
        terminal.type_in(&format!("{}\r", shell.which));
        terminal.see("<{CASE}/first/make>");
        terminal.type_in("exit\r");
        terminal.ends();
    }
}

#[test]
fn after_an_uninstall_an_open_shell_finds_the_real_command() {
    for shell in &SHELLS {
        let Some(case) = shell.case() else { continue };
        let mut terminal = shell.start(&case);
        terminal.type_in("make\r");
        terminal.see("<real make in onramp>");
        case.cli(&["uninstall"]).exits(0);
        if shell.prompts {
            // Enter alone: the folder goes off PATH before the next prompt.
            terminal.type_in("\r");
            unshimmed(&mut terminal, shell);
        }
        terminal.type_in("make\r");
        terminal.see("<real make in onramp>");
        terminal.type_in("exit\r");
        terminal.ends();
    }
}

#[test]
fn an_exit_code_stays_what_it_was() {
    for shell in &SHELLS {
        let Some(case) = shell.case() else { continue };
        let mut terminal = shell.start(&case);
        terminal.type_in("sh -c 'exit 7'\r");
        terminal.type_in(&format!("{}\r", shell.ended));
        terminal.see("<7>");
        terminal.type_in("cd /nowhere\r");
        terminal.type_in(&format!("{}\r", shell.ended).replace("<", "<cd "));
        terminal.see(if shell.name == "dash" { "<cd 2>" } else { "<cd 1>" });
        terminal.type_in("exit\r");
        terminal.ends();
    }
}

#[test]
fn everywhere_means_everywhere() {
    for shell in &SHELLS {
        let Some(case) = shell.case() else { continue };
        let hook = shell.hook.replace("{}", PROGRAM);
        let hook = match hook.strip_suffix(")\"") {
            Some(head) => format!("{head} --everywhere)\""),
            None => hook.replace(" | source", " --everywhere | source"),
        };
        let case = case.file(shell.file, &format!("{hook}\n")).at("elsewhere");
        let mut terminal = shell.start(&case);
        shimmed(&mut terminal, shell);
        case.cli(&["uninstall"]).exits(0);
        terminal.type_in("cd /\r");
        unshimmed(&mut terminal, shell);
        terminal.type_in("exit\r");
        terminal.ends();
    }
}

#[test]
fn ssh_with_a_command_has_them_too() {
    let shell = &SHELLS[0];
    let Some(case) = shell.case() else { return };
    // Debian's .bashrc returns early where nobody types; the hook stands above that.
    let text = std::fs::read_to_string(case.root().join(shell.file)).unwrap();
    let case = case.file(shell.file, &format!("{text}case $- in *i*) ;; *) return;; esac\nfalse\n")).at("home");
    let case = case.env("SSH_CLIENT", "192.0.2.1 1 22").env("SHLVL", "0");
    let ran = case.run(&["bash", "-c", "cd ../onramp && command -v make; cd / && command -v make"]);
    if !ran.out.contains("shims") && !ran.out.contains("{CASE}/bin/make\n{CASE}/bin/make") {
        panic!("{ran}");
    }
    if !ran.out.contains("shims") {
        return skipped("this bash does not read .bashrc for sshd");
    }
    ran.stdout("{CASE}/data/onramp-analytics/shims/make\n{CASE}/bin/make\n").exits(0);
}

#[test]
fn fish_has_them_in_a_command_over_ssh_as_well() {
    let Some(case) = SHELLS[2].case() else { return };
    // sshd starts a person's shell so; fish reads its start-up file there too.
    let ran = case.at("home").run(&["fish", "-c", "cd ../onramp; command -v make; cd /; command -v make"]);
    ran.stdout("{CASE}/data/onramp-analytics/shims/make\n{CASE}/bin/make\n").exits(0);
}

#[test]
fn open_tmux_panes_follow_an_uninstall() {
    let shell = &SHELLS[0];
    let Some(case) = shell.case() else { return };
    if which::which_in("tmux", Some("/usr/bin:/bin"), "/").is_err() {
        return skipped("tmux is not installed");
    }
    let socket = case.root().join("tmux").display().to_string();
    let tmux = |words: &[&str]| case.run(&[&["tmux", "-f", "/dev/null", "-S", &socket], words].concat());
    tmux(&["new-session", "-d", "-x", "200", "-y", "50", "bash -i"]).exits(0);
    tmux(&["split-window", "bash -i"]).exits(0);
    let shows = |pane: &str, text: &str| {
        harness::until(text, || {
            let screen = tmux(&["capture-pane", "-p", "-J", "-t", pane]).out;
            screen.lines().any(|line| line == text)
        });
    };
    for pane in ["0", "1"] {
        tmux(&["send-keys", "-t", pane, "make; command -v make", "Enter"]).exits(0);
        shows(pane, "{CASE}/data/onramp-analytics/shims/make");
    }
    case.cli(&["uninstall"]).exits(0);
    for pane in ["0", "1"] {
        tmux(&["send-keys", "-t", pane, "", "Enter"]).exits(0);
        tmux(&["send-keys", "-t", pane, "make; command -v make", "Enter"]).exits(0);
        shows(pane, "{CASE}/bin/make");
        tmux(&["send-keys", "-t", pane, "clear; hash | grep -c shims", "Enter"]).exits(0);
        shows(pane, "0");
    }
    tmux(&["kill-server"]);
}

/// What VS Code starts bash with (`--init-file`): it reads .bashrc itself, takes the first PROMPT_COMMAND for its own, and
/// traps DEBUG. The parts of its shellIntegration-bash.sh (1.9x) that can get in a hook's way, in our words.
const VSCODE_BASH: &str = r#"
if [[ -n "${VSCODE_SHELL_INTEGRATION:-}" ]]; then return; fi
VSCODE_SHELL_INTEGRATION=1
. ~/.bashrc
trap ': "$BASH_COMMAND"' DEBUG
__vsc_original_prompt_command=${PROMPT_COMMAND:-}
__vsc_restore() { return "$1"; }
__vsc_prompt_cmd_original() {
    __vsc_status=$?
    __vsc_restore "$__vsc_status"
    for cmd in "${__vsc_original_prompt_command[@]}"; do eval "${cmd:-}"; done
    PS1='vsc$ '
}
__vsc_prompt_cmd() { PS1='vsc$ '; }
if [[ -n $__vsc_original_prompt_command ]]; then
    PROMPT_COMMAND=__vsc_prompt_cmd_original
else
    PROMPT_COMMAND=__vsc_prompt_cmd
fi
"#;

/// The same for zsh: its ZDOTDIR stands before the person's, and its hooks come behind theirs.
const VSCODE_ZSH: &str = r#"
VSCODE_SHELL_INTEGRATION=1
ZDOTDIR=$HOME
. $HOME/.zshrc
__vsc_precmd() { PS1='vsc%# '; }
precmd_functions+=(__vsc_precmd)
"#;

#[test]
fn the_terminal_of_vs_code_has_them() {
    for (shell, words, file, text) in [
        (&SHELLS[0], &["bash", "--init-file", "{CASE}/vscode/init.sh"][..], "vscode/init.sh", VSCODE_BASH),
        (&SHELLS[1], &["zsh", "-i"], "vscode/.zshrc", VSCODE_ZSH),
    ] {
        let Some(case) = shell.case() else { continue };
        let case = case.file(file, text).env("TERM_PROGRAM", "vscode");
        let case = if shell.name == "zsh" { case.env("ZDOTDIR", "{CASE}/vscode") } else { case };
        let words: Vec<_> = words.iter().map(|word| word.replace("{CASE}", &case.root().to_string_lossy())).collect();
        // The folder that is open is the checkout; a login file of the machine's prepends its own.
        let mut terminal = Terminal::start(&case, &["group=foreground"], &words);
        terminal.see("vsc");
        shimmed(&mut terminal, shell);
        let prepend = shell.prepend.replace("{CASE}", &case.root().to_string_lossy());
        terminal.type_in(&format!("{prepend}\r"));
        shimmed(&mut terminal, shell);
        terminal.type_in("sh -c 'exit 7'\r");
        terminal.type_in(&format!("{}\r", shell.ended));
        terminal.see("<7>");
        terminal.type_in("cd /\r");
        terminal.type_in("cd\r");
        unshimmed(&mut terminal, shell);
        case.cli(&["uninstall"]).exits(0);
        terminal.type_in("exit\r");
        terminal.ends();
    }
}

#[test]
fn a_prompt_command_that_is_set_later_does_not_take_the_hook_away() {
    let shell = &SHELLS[0];
    let Some(case) = shell.case() else { return };
    let text = std::fs::read_to_string(case.root().join(shell.file)).unwrap();
    let case = case.file(shell.file, &format!("{text}PROMPT_COMMAND='history -a'\n")).at("elsewhere");
    let mut terminal = shell.start(&case);
    terminal.type_in("cd ../onramp\r");
    shimmed(&mut terminal, shell);
    let prepend = shell.prepend.replace("{CASE}", &case.root().to_string_lossy());
    terminal.type_in(&format!("{prepend}\r"));
    shimmed(&mut terminal, shell);
    terminal.type_in("echo \"<${PROMPT_COMMAND//$'\\n'/ and }>\"\r");
    terminal.see("<history -a and __onramp_analytics>");
    terminal.type_in("exit\r");
    terminal.ends();
}

#[test]
fn a_tool_that_came_later_goes_through_its_shim_in_open_shells() {
    for shell in SHELLS.iter().filter(|shell| shell.prompts) {
        let Some(case) = shell.case() else { continue };
        let mut terminal = shell.start(&case);
        shimmed(&mut terminal, shell);
        // podman arrives and is used: the shell remembers where it lies. Then the links are made anew.
        let case = case.tool("podman", "echo \"<podman by ${0##*/}>\"; command -v podman");
        terminal.type_in("podman\r");
        terminal.see("{CASE}/");
        case.cli(&["enable", "--local"]).exits(0);
        assert!(case.root().join("data/onramp-analytics/shims/podman").exists(), "enable links anew");
        terminal.type_in("\r");
        terminal.type_in(&format!("{}\r", shell.which.replace("command -v make", "command -v podman")));
        terminal.see("<{CASE}/data/onramp-analytics/shims/podman>");
        if shell.name == "bash" {
            terminal.type_in(
                "hash -t podman 2>&1 | sed 's/.*/<&>/'; podman >/dev/null; hash -t podman | sed 's/.*/<&>/'\r",
            );
            terminal.see("<{CASE}/data/onramp-analytics/shims/podman>");
        }
        terminal.type_in("exit\r");
        terminal.ends();
    }
}

#[test]
fn hooks_live_with_the_strictest_settings_and_with_others_hooks() {
    let bash = "set -eu; PROMPT_COMMAND='x=1; '; cd() { echo \"mine $1\"; builtin cd \"$1\"; }; HOOK\ncd onramp; \
        eval \"$PROMPT_COMMAND\"; echo \"$x $(command -v make)\"; echo \"$PROMPT_COMMAND\"";
    let array =
        "set -eu; PROMPT_COMMAND=(a b); HOOK\nHOOK\ncd onramp; echo \"${PROMPT_COMMAND[*]} $(command -v make)\"";
    let zsh = "setopt nounset ksharrays shwordsplit; HOOK\nHOOK\ncd onramp; echo \"${#precmd_functions[@]} $(command -v make)\"";
    let sh = "set -eu; HOOK\nHOOK\ncd onramp; command -v make; cd ..; command -v make";
    let shims = "{CASE}/data/onramp-analytics/shims/make";
    for (shell, words, script, said) in [
        (0, &["bash", "--norc", "-c"][..], bash, format!("mine onramp\n1 {shims}\nx=1; \n__onramp_analytics\n")),
        (0, &["bash", "--norc", "-c"], array, format!("a b __onramp_analytics {shims}\n")),
        (1, &["zsh", "-f", "-c"], zsh, format!("1 {shims}\n")),
        (3, &["dash", "-c"], sh, format!("{shims}\n{{CASE}}/bin/make\n")),
        (3, &["busybox", "sh", "-c"], sh, format!("{shims}\n{{CASE}}/bin/make\n")),
        (3, &["bash", "--posix", "--norc", "-c"], sh, format!("{shims}\n{{CASE}}/bin/make\n")),
    ] {
        if which::which_in(words[0], Some("/usr/bin:/bin"), "/").is_err() {
            skipped(&format!("{} is not installed", words[0]));
            continue;
        }
        let Some(case) = SHELLS[shell].case() else { continue };
        let script = script.replace("HOOK", &SHELLS[shell].hook.replace("{}", PROGRAM));
        let case = case.at("").without_env("ENV");
        case.run(&[words, &[&script]].concat()).stdout(&said).stderr("").exits(0);
    }
}

#[test]
fn a_folder_with_any_name_is_quoted() {
    for shell in &SHELLS {
        if which::which_in(shell.words[0], Some("/usr/bin:/bin"), "/").is_err() {
            continue;
        }
        let case = Case::new().through(Way::Direct).path(&["bin", "/usr/bin", "/bin"]).tool("make", "echo real");
        let case = case.env("XDG_DATA_HOME", "{CASE}/it's \\ $HOME `odd`");
        case.cli(&["install"]).exits(0);
        let hook = shell.hook.replace("{}", PROGRAM);
        let script = format!("{hook}\n{}", shell.which);
        let flags: &[&str] = if shell.name == "fish" { &["--no-config", "-c"] } else { &["-c"] };
        let shims = "<{CASE}/it's \\ $HOME `odd`/onramp-analytics/shims/make>\n";
        case.run(&[&[shell.words[0]], flags, &[&script]].concat()).stdout(shims).stderr("").exits(0);
    }
}
