//! Owns how a person gets to the page: the address with the token, the `ssh -L` line for who sits elsewhere, and whether
//! there is a browser to open. Decides without I/O.

use crate::env::{Environment, Variable};
use crate::web::guard::Token;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// The one port where the page is expected; the next free one if that is taken.
pub const PORT: u16 = 4247;

/// The address that opens the page.
#[must_use]
pub fn address(at: SocketAddr, token: &Token) -> String {
    let ip = match at.ip() {
        // What listens everywhere is here too.
        ip if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        ip => ip,
    };
    format!("http://{}/?token={}", SocketAddr::new(ip, at.port()), token.text())
}

/// The line that makes the page reachable from the machine in front of a person who is here over ssh: the same port
/// there. Without a user's name ssh takes the one from there. An address that is good on one link only (`fe80::2%eth0`, as
/// a name in .local often leads to) has another zone there: this machine's name stands for it.
#[must_use]
pub fn tunnel(env: &Environment, user: Option<&str>, name: &str, at: SocketAddr) -> Option<String> {
    let connection = env.text(Variable::SshConnection)?;
    let mut words = connection.split_ascii_whitespace().skip(2);
    let (server, port) = (words.next()?, words.next()?.parse::<u16>().ok()?);
    let server = match server.split_once('%') {
        None => server.parse::<IpAddr>().ok()?.to_string(),
        Some((address, _)) => address.parse::<IpAddr>().ok().filter(|_| !name.is_empty()).map(|_| name.to_owned())?,
    };
    let to = SocketAddr::new(if at.ip().is_unspecified() { IpAddr::from([127, 0, 0, 1]) } else { at.ip() }, at.port());
    let ssh_port = if port == 22 { String::new() } else { format!(" -p {port}") };
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    Some(format!("ssh -N -L {}:{to}{ssh_port} {user}{server}", at.port()))
}

/// The program that opens an address, if there is a browser that this person sees.
///
/// BROWSER is set by a person, or by an editor that reaches the browser of the machine in front of it; root over ssh has
/// neither. Without it a screen of this machine is needed, and root's session is nobody's desktop.
#[must_use]
pub fn browser(env: &Environment, is_root: bool) -> Option<PathBuf> {
    let named = env.text(Variable::Browser);
    let first = named.as_deref().and_then(|all| all.split(':').find(|program| !program.is_empty()));
    let has_screen = env.text(Variable::Display).or_else(|| env.text(Variable::WaylandDisplay)).is_some();
    let is_far = env.text(Variable::SshConnection).is_some();
    match first {
        Some(program) => (!is_root || !is_far).then(|| program.into()),
        None => (has_screen && !is_root && !is_far).then(|| "xdg-open".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(entries: &[&str]) -> Environment {
        Environment::of_entries(entries.iter().map(|e| e.as_bytes().to_vec()).collect())
    }

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_tunnel_is_filled_in_from_the_connection() {
        let here = at("127.0.0.1:4247");
        for (connection, user, line) in [
            ("192.0.2.1 50000 192.0.2.7 22", Some("ann"), Some("ssh -N -L 4247:127.0.0.1:4247 ann@192.0.2.7")),
            ("192.0.2.1 50000 192.0.2.7 2222", None, Some("ssh -N -L 4247:127.0.0.1:4247 -p 2222 192.0.2.7")),
            ("2001:db8::1 5 2001:db8::7 22", Some("ann"), Some("ssh -N -L 4247:127.0.0.1:4247 ann@2001:db8::7")),
            ("fe80::1%eth0 5 fe80::7%eth0 22", Some("ann"), Some("ssh -N -L 4247:127.0.0.1:4247 ann@pi")),
            ("fe80::1%eth0 5 $(id)%eth0 22", Some("ann"), None),
            ("", Some("ann"), None),
            ("a b", Some("ann"), None),
            ("1.2.3.4 5 $(id) 22", Some("ann"), None),
        ] {
            let env = env(&[&format!("SSH_CONNECTION={connection}")]);
            assert_eq!(tunnel(&env, user, "pi", here).as_deref(), line, "{connection}");
        }
        assert_eq!(tunnel(&env(&[]), None, "pi", here), None);
        let six = env(&["SSH_CONNECTION=192.0.2.1 50000 192.0.2.7 22"]);
        assert_eq!(tunnel(&six, None, "pi", at("[::1]:5000")).unwrap(), "ssh -N -L 5000:[::1]:5000 192.0.2.7");
    }

    #[test]
    fn a_browser_is_opened_where_a_person_sees_it() {
        let ssh = "SSH_CONNECTION=192.0.2.1 50000 192.0.2.7 22";
        for (entries, root, program) in [
            (&["DISPLAY=:0"][..], false, Some("xdg-open")),
            (&["WAYLAND_DISPLAY=wayland-0"], false, Some("xdg-open")),
            (&["DISPLAY=:0"], true, None),
            (&["DISPLAY=localhost:10.0", ssh], false, None),
            (&[ssh, "BROWSER=/srv/editor/browser.sh"], false, Some("/srv/editor/browser.sh")),
            (&["BROWSER=:firefox:w3m"], false, Some("firefox")),
            (&["BROWSER=firefox", ssh], true, None),
            (&["BROWSER=/srv/editor/browser.sh"], true, Some("/srv/editor/browser.sh")),
            (&[], false, None),
        ] {
            assert_eq!(browser(&env(entries), root), program.map(PathBuf::from), "{entries:?}");
        }
    }

    #[test]
    fn the_address_names_this_machine() {
        let token = Token::random();
        assert_eq!(address(at("0.0.0.0:1"), &token), format!("http://127.0.0.1:1/?token={}", token.text()));
        assert_eq!(address(at("[::1]:1"), &token), format!("http://[::1]:1/?token={}", token.text()));
    }
}
