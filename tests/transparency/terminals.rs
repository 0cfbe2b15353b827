//! On a real terminal: keys that send signals, job control of real shells, window sizes, closing the window.

use crate::alike::{ALL, BOTH, Mode, Scene, alike};
use crate::endings::{has_ended, until_told};
use crate::harness::{Case, Terminal, until};

fn file(scene: &Scene, name: &str) -> String {
    scene.case.root().join(name).to_string_lossy().into_owned()
}

fn read(scene: &Scene, name: &str) -> String {
    std::fs::read_to_string(scene.case.root().join(name)).unwrap_or_default()
}

#[test]
fn what_a_command_sees_on_a_terminal() {
    for group in [&["group=foreground"][..], &[]] {
        alike(
            &ALL,
            |case| case,
            |scene| {
                let (told, pids) = (format!("tell={}", file(scene, "told")), format!("pid={}", file(scene, "pids")));
                let settings: Vec<&str> = [pids.as_str()].into_iter().chain(group.iter().copied()).collect();
                let terminal = Terminal::start(
                    &scene.case,
                    &settings,
                    &scene.make(&[told.as_str(), "out=one", "err=two", "exit=3"]),
                );
                let (code, screen) = terminal.ends();
                // A group of its own has the number of the process that the caller started: the shim's is the caller's view.
                let pids = read(scene, "pids");
                let (caller, started) = pids.trim().split_once(' ').unwrap();
                let told = read(scene, "told");
                let lines = told.lines().filter(|l| {
                    ["group", "session", "foreground", "signal", "descriptor"].iter().any(|p| l.starts_with(p))
                });
                let named = |line: &str| match line.rsplit_once(": ") {
                    Some((name, number)) if number == caller => format!("{name}: the caller"),
                    Some((name, number)) if number == started => format!("{name}: what the caller started"),
                    _ => terminal_in_words(line),
                };
                format!("{code}\n{screen}\n{}", lines.map(named).collect::<Vec<_>>().join("\n"))
            },
        );
    }
}

/// Which pseudo-terminal it is differs.
fn terminal_in_words(line: &str) -> String {
    match line.split_once("/dev/pts/") {
        Some((head, tail)) => format!("{head}/dev/pts/N{}", tail.trim_start_matches(|c: char| c.is_ascii_digit())),
        None => line.to_owned(),
    }
}

#[test]
fn keys_that_send_signals_send_them_once() {
    for keys in ["\u{3}", "\u{1c}", "\u{3}\u{1c}"] {
        alike(
            &ALL,
            |case| case,
            |scene| {
                let words = [format!("count={}", file(scene, "counts")), "exit=9".into()];
                let mut terminal = Terminal::start(&scene.case, &["group=foreground"], &scene.make(&words));
                until("the witness's handlers", || read(scene, "counts").contains("ready"));
                for key in keys.chars() {
                    terminal.type_in(&key.to_string());
                    // The terminal sends its signal before it shows the key; a second one would come soon after.
                    terminal.see(if key == '\u{3}' { "^C" } else { "^\\" });
                    std::thread::sleep(std::time::Duration::from_millis(40));
                }
                std::fs::write(file(scene, "counts.enough"), "").unwrap();
                format!("{:?}\n{}", terminal.ends().0, read(scene, "counts"))
            },
        );
    }
}

#[test]
fn ctrl_c_and_ctrl_backslash_end_what_does_not_handle_them() {
    for key in ["\u{3}", "\u{1c}"] {
        alike(
            &ALL,
            |case| case,
            |scene| {
                let report = format!("report={}", file(scene, "report"));
                let mut terminal = Terminal::start(
                    &scene.case,
                    &[&report, "group=foreground"],
                    &scene.make(&["out=begun", "sleep=20000"]),
                );
                terminal.see("begun");
                terminal.type_in(key);
                format!("{}\n{}", terminal.ends().0, read(scene, "report"))
            },
        );
    }
}

#[test]
fn ctrl_c_waits_for_the_commands_own_clean_up() {
    let slow = |case: Case| {
        case.tool("make", "trap 'sleep 0.2; echo cleaned; exit 4' INT\necho begun\nwhile :; do sleep 0.01; done")
    };
    alike(&ALL, slow, |scene| {
        let mut terminal = Terminal::start(&scene.case, &["group=foreground"], &scene.make::<&str>(&[]));
        terminal.see("begun");
        terminal.type_in("\u{3}");
        terminal.see("cleaned");
        let (code, screen) = terminal.ends();
        format!("{code}\n{screen}")
    });
}

#[test]
fn another_window_size() {
    alike(
        &BOTH,
        |case| case,
        |scene| {
            let words = [format!("size={}", file(scene, "sizes"))];
            let mut terminal = Terminal::start(&scene.case, &["group=foreground"], &scene.make(&words));
            until("the first size", || read(scene, "sizes").lines().count() == 1);
            for (n, (rows, columns)) in [(30, 100), (31, 101), (24, 80)].into_iter().enumerate() {
                terminal.resize(rows, columns);
                until("the next size", || read(scene, "sizes").lines().count() == n + 2);
            }
            terminal.type_in("\u{3}");
            format!("{}\n{}", terminal.ends().0, read(scene, "sizes"))
        },
    );
}

#[test]
fn typing_arrives() {
    alike(
        &ALL,
        |case| case,
        |scene| {
            let mut terminal = Terminal::start(&scene.case, &["group=foreground"], &scene.make(&["copy=1", "exit=6"]));
            terminal.type_in("one\r");
            terminal.see("one\r\none");
            terminal.type_in("two\r");
            terminal.see("two\r\ntwo");
            terminal.type_in("\u{4}");
            let (code, screen) = terminal.ends();
            format!("{code}\n{screen}")
        },
    );
}

/// The shells that are installed, and how each says that a job was stopped.
fn shells() -> Vec<(&'static str, Vec<&'static str>, &'static str)> {
    let all = [
        ("bash", vec!["bash", "--norc", "--noprofile", "--noediting", "-i"], "Stopped"),
        ("dash", vec!["dash", "-i"], "Stopped"),
        ("zsh", vec!["zsh", "-d", "+o", "zle", "-i"], "suspended"),
    ];
    all.into_iter().filter(|(name, ..)| which::which(name).is_ok()).collect()
}

/// A person at a shell's prompt: what to type, and what is seen then; `>` before it says that the command goes on.
type Steps<'a> = &'a [(&'a str, &'a str)];

/// Everything on the screen is the same.
fn at_the_prompt(steps: Steps) {
    for (_, shell, stopped) in shells() {
        alike(&BOTH, asking, |scene| without_job_numbers(&talk(scene, &shell, stopped, steps)));
    }
}

/// Every step is seen; when a shell tells of what happened meanwhile is a matter of moments.
fn at_the_prompt_in_any_order(steps: Steps) {
    for (_, shell, stopped) in shells() {
        alike(&BOTH, asking, |scene| {
            talk(scene, &shell, stopped, steps);
            String::new()
        });
    }
}

fn asking(case: Case) -> Case {
    // zsh without its line editor, which redraws at will, asks with nothing at all.
    let asks = "unsetopt promptsp\nPROMPT=\nprecmd() { print -n '% ' }\n";
    case.env("PS1", "% ").env("TERM", "dumb").file("home/.zshrc", asks)
}

fn talk(scene: &Scene, shell: &[&str], stopped: &str, steps: Steps) -> String {
    let mut terminal = Terminal::start(&scene.case, &["become=yes"], shell);
    terminal.see("% ");
    let make = scene.make::<&str>(&[]).iter().map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" ");
    for (keys, seen) in steps {
        terminal.type_in(&keys.replace("MAKE", &make));
        let seen = seen.replace("STOPPED", stopped);
        match seen.strip_prefix('>') {
            Some(seen) => terminal.see(seen),
            None => {
                terminal.see(&seen);
                terminal.see("% ");
            }
        }
    }
    terminal.type_in("exit\r");
    terminal.ends().1
}

/// A shell names a job's process when it goes to the background.
fn without_job_numbers(screen: &str) -> String {
    let word =
        |w: &str| if w.len() > 2 && w.chars().all(|c| c.is_ascii_digit()) { "PID".to_owned() } else { w.to_owned() };
    let line = |l: &str| l.split(' ').map(word).collect::<Vec<_>>().join(" ");
    screen.lines().map(|l| line(l) + "\n").collect()
}

#[test]
fn ctrl_z_and_fg() {
    at_the_prompt(&[
        ("MAKE out=begun sleep=1500 out=over exit=7\r", ">\nbegun"),
        ("\u{1a}", "STOPPED"),
        ("fg\r", "\nover"),
        ("echo status $?\r", "status 7"),
    ]);
}

#[test]
fn ctrl_z_and_bg() {
    at_the_prompt(&[
        ("MAKE out=begun sleep=1500 out=over exit=7\r", ">\nbegun"),
        ("\u{1a}", "STOPPED"),
        ("bg >/dev/null; wait %1; echo status $?\r", "status 7"),
    ]);
}

#[test]
fn a_command_that_stops_itself() {
    for signal in [19, 20] {
        let line = format!("MAKE out=begun stop={signal} out=over exit=7\r");
        at_the_prompt(&[(&line, "STOPPED"), ("fg\r", "\nover"), ("echo status $?\r", "status 7")]);
    }
}

#[test]
fn an_editor_restores_the_screen_before_it_stops() {
    at_the_prompt(&[
        ("MAKE edit=yes out=over exit=7\r", ">\nediting"),
        ("\u{1a}", "STOPPED"),
        ("fg\r", ">\nredrawn"),
        ("\u{1a}", "STOPPED"),
        ("fg\r", ">\nredrawn"),
        ("\u{3}", "over"),
        ("echo status $?\r", "status 7"),
    ]);
}

#[test]
fn reading_from_the_background_stops() {
    at_the_prompt_in_any_order(&[
        ("MAKE copy=1 exit=7 &\r", "&"),
        ("sleep 0.3\r", "0.3"),
        ("jobs\r", "copy=1"),
        ("fg\r", ">copy=1"),
        ("typed\r", ">typed\r\ntyped"),
        ("\u{4}", ""),
        ("echo status $?\r", "status 7"),
    ]);
}

#[test]
fn a_job_in_the_background_that_the_shell_stops() {
    // dash does not look for stops in the background.
    for (_, shell, stopped) in shells().into_iter().filter(|(name, ..)| *name != "dash") {
        for signal in ["TSTP", "TTIN", "STOP"] {
            let kill = format!("kill -s {signal} %1; sleep 0.3\r");
            let steps = [
                // What a shell ignores is ignored until the command is started.
                ("MAKE out=be''gun sleep=700 out=over exit=7 &\r", ">begun"),
                (kill.as_str(), "0.3"),
                ("jobs; echo listed\r", ">STOPPED"),
                ("", "listed"),
                ("fg\r", ">sleep=700"),
                ("", "\nover"),
                ("echo status $?\r", "status 7"),
            ];
            alike(&BOTH, asking, |scene| {
                talk(scene, &shell, stopped, &steps);
                String::new()
            });
        }
    }
}

/// A terminal waits for the command alone then, and its keys reach nobody else.
#[test]
fn a_command_with_a_group_and_the_terminal_of_its_own() {
    at_the_prompt_in_any_order(&[
        ("MAKE group=own out=begun sleep=700 exit=7\r", ">\nbegun"),
        ("\u{1a}", "STOPPED"),
        ("fg\r", ">sleep=700"),
        ("", ""),
        ("echo status $?\r", "status 7"),
    ]);
}

#[test]
fn a_script_and_a_subshell() {
    at_the_prompt(&[
        ("sh -c 'MAKE out=one exit=4; echo status $?'\r", "status 4"),
        ("(MAKE out=two exit=5); echo status $?\r", "status 5"),
        ("x=$(MAKE out=three exit=6); echo \"status $? $x\"\r", "status 6 three"),
        ("MAKE out=four | cat; MAKE out=five exit=3 || echo status $?\r", "status 3"),
    ]);
}

#[test]
fn ctrl_c_in_a_script_ends_the_script() {
    at_the_prompt(&[
        ("sh -c 'MAKE out=begun sleep=20000; echo not reached'\r", ">\nbegun"),
        ("\u{3}", "^C"),
        ("echo status $?\r", "status 130"),
    ]);
}

#[test]
fn closing_the_window_ends_the_command() {
    alike(
        &BOTH,
        |case| case,
        |scene| {
            let shell = ["bash", "--norc", "--noprofile", "--noediting", "-i"];
            let mut terminal = Terminal::start(&scene.case, &["become=yes"], &shell);
            let make = scene.make(&[format!("tell={}", file(scene, "told")), "sleep=20000".into()]);
            let line: Vec<_> = make.iter().map(|w| w.to_string_lossy()).collect();
            terminal.type_in(&(line.join(" ") + "\r"));
            let command = until_told(&scene.case.root().join("told"));
            terminal.hang_up();
            until("the command's end", || has_ended(command));
            let recorded = || {
                scene.mode == Mode::Off || scene.way == crate::harness::Way::Direct || !scene.case.events().is_empty()
            };
            until("what is recorded", recorded);
            "ended\n".into()
        },
    );
}

/// A terminal that runs a command instead of a shell: its end is told to the session's leader alone.
#[test]
fn closing_the_window_of_a_command_that_leads_its_session() {
    alike(
        &BOTH,
        |case| case,
        |scene| {
            let make = scene.make(&[format!("tell={}", file(scene, "told")), "sleep=20000".into()]);
            let terminal = Terminal::start(&scene.case, &["become=yes"], &make);
            let command = until_told(&scene.case.root().join("told"));
            terminal.hang_up();
            until("the command's end", || has_ended(command));
            "ended\n".into()
        },
    );
}
