//! A real engine on a real terminal: leaving what is attached, and being inside a container.

use crate::harness::{Terminal, Way};
use crate::homelab::Homelab;

#[test]
fn leaving_what_is_attached() {
    let Some(lab) = Homelab::new() else { return };
    lab.run("make enable-service whoami", &[]).exits(0);
    lab.forget();
    let left = |way: Way, words: &[&str], seen: &str| {
        lab.case.put(way);
        let mut terminal = Terminal::start(&lab.case, &["group=foreground"], words);
        terminal.see(seen);
        terminal.type_in("\u{3}");
        terminal.ends()
    };
    // Ends as it ends without a shim, and is recorded.
    let attached = |line: &str, seen: &str, expected: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        // Compose 2.26 sometimes closes a channel twice when it is interrupted: with a shim and without.
        let panics = |end: &(i32, String)| end.1.contains("close of closed channel");
        let [direct, shim] = [Way::Direct, Way::Shim].map(|way| {
            let tries = std::iter::repeat_with(|| {
                lab.forget();
                left(way, &words, seen)
            });
            tries.take(20).find(|end| !panics(end)).unwrap()
        });
        assert_eq!(direct.0, shim.0, "{line}\n{}\n{}", direct.1, shim.1);
        assert_eq!(lab.case.events(), [expected], "{line}\n{}", shim.1);
        lab.forget();
    };
    attached("make up", "begun", "command_executed up success");
    let own = "docker compose -f docker-compose.yml -f services-enabled/whoami.yml";
    attached(&format!("{own} up -t 1"), "begun", "command_executed compose up success");
    lab.run("make start", &[]).exits(0);
    lab.forget();
    attached("make logs whoami", "begun", "command_executed logs success");
    attached(&format!("{own} logs -f"), "begun", "command_executed compose logs success");
}

/// Typing, another window size and Ctrl-C inside of a container: the same with and without a shim.
#[test]
fn inside_a_container() {
    let Some(lab) = Homelab::new() else { return };
    lab.run("make enable-service whoami", &[]).exits(0);
    lab.run("make start", &[]).exits(0);
    lab.forget();
    let line = "docker compose -f docker-compose.yml -f services-enabled/whoami.yml exec -it whoami sh";
    let words: Vec<&str> = line.split(' ').collect();
    let screens = [Way::Direct, Way::Shim].map(|way| {
        lab.case.put(way);
        let mut terminal = Terminal::start(&lab.case, &["group=foreground"], &words);
        terminal.see("# ");
        terminal.resize(33, 111);
        std::thread::sleep(std::time::Duration::from_millis(300));
        for (keys, seen) in
            [("stty size\r", "33 111"), ("echo $((6 * 7))\r", "42"), ("sleep 60\r", "\n"), ("\u{3}", "^C")]
        {
            terminal.type_in(keys);
            terminal.see(seen);
            if keys == "sleep 60\r" {
                std::thread::sleep(std::time::Duration::from_millis(300));
            } else {
                terminal.see("# ");
            }
        }
        // The inner shell asks where the cursor is, whenever it gets to it.
        let screen = terminal.screen().replace("\u{1b}[6n", "").replace("\u{1b}[J", "");
        terminal.type_in("exit 3\r");
        let (code, _) = terminal.ends();
        format!("{code} {}", screen.split_whitespace().collect::<Vec<_>>().join(" "))
    });
    assert_eq!(screens[0], screens[1]);
    assert_eq!(lab.case.events(), ["command_executed compose exec failure"]);
}
