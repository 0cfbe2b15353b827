//! Where requests may go: levels of key and host, the agreed host, loopback, proxies, certificates.

use crate::house::{House, Ran};
use crate::server::{Server, read};
use crate::skipped::skipped;
use onramp_analytics::ledger::State;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

#[track_caller]
fn refuses(house: &House, code: i32, word: &str) {
    house.record(1);
    let ran = house.run(&["flush"]).ends(code);
    assert!(ran.err.contains(word), "{}", ran.err);
    house.due();
    house.send().ends(0);
}

#[test]
fn without_a_key_events_stay() {
    let server = Server::accepting();
    let mut house = House::on(&server.host());
    house.set("POSTHOG_API_KEY", "");
    refuses(&house, 1, "no PostHog project key");
    assert_eq!((server.requests().len(), house.health().waiting), (0, 1));
}

#[test]
fn a_personal_key_is_never_sent() {
    let server = Server::accepting();
    let mut house = House::on(&server.host());
    house.set("ONRAMP_ANALYTICS_API_KEY", "phx_secret");
    refuses(&house, 1, "personal key");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn another_host_than_the_agreed_one_gets_nothing() {
    let (agreed, other) = (Server::accepting(), Server::accepting());
    let mut house = House::on(&agreed.host());
    house.set("POSTHOG_HOST", &other.host());
    refuses(&house, 1, "but you agreed to");
    house.set("POSTHOG_HOST", "");
    refuses(&house, 1, "but you agreed to");
    assert_eq!((agreed.requests().len(), other.requests().len()), (0, 0));
}

#[test]
fn key_and_host_from_different_levels_get_nothing() {
    let server = Server::accepting();
    let mut house = House::on(&server.host());
    house.env_file(&format!("POSTHOG_HOST={}\n", server.host()));
    house.set("POSTHOG_HOST", "");
    refuses(&house, 1, "the key is from the environment, but the host from services-enabled/.env");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn onramps_own_settings_are_a_level_too() {
    let server = Server::accepting();
    let mut house = House::on(&server.host());
    house.set("POSTHOG_HOST", "");
    house.set("POSTHOG_API_KEY", "");
    house.env_file(&format!("POSTHOG_API_KEY='phc_file'\nPOSTHOG_HOST={}\n", server.host()));
    house.record(1);
    house.run(&["flush"]).ends(0);
    assert_eq!(server.requests()[0].json()["api_key"], "phc_file");
}

#[test]
fn plain_http_is_for_this_machine_only() {
    let house = House::on("http://posthog.test");
    refuses(&house, 1, "http only to this machine");
}

/// In a namespace in which the hosts file says that `localhost` is somewhere else.
#[test]
fn localhost_is_this_machine_whatever_a_file_says() {
    let server = Server::accepting();
    let house = House::on(&format!("http://localhost:{}", server.port));
    let hosts = house.root.path().join("hosts");
    std::fs::write(&hosts, "192.0.2.1 localhost\n").unwrap();
    let script = format!("mount --bind {} /etc/hosts && exec \"$@\"", hosts.display());
    let within = ["-m", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_onramp-analytics"), "flush"];
    let can = Command::new("unshare").args(["-m", "mount", "--bind", "/etc/hosts", "/etc/resolv.conf"]).status();
    if !can.is_ok_and(|ran| ran.success()) {
        skipped("no namespace to be had here");
        return;
    }
    house.record(1);
    let mut flush = house.through(Path::new("unshare"), &within);
    Ran::of(flush.env("PATH", "/usr/bin:/bin").output().unwrap()).ends(0);
    assert_eq!(server.requests()[0].headers["host"], format!("localhost:{}", server.port));
}

#[test]
fn off_local_and_undecided_send_nothing() {
    for (word, code) in [("0", 4), ("local", 3), ("", 4)] {
        let server = Server::accepting();
        let house = House::on(&server.host());
        house.consent(word, crate::house::ID);
        refuses(&house, code, "could not send events: analytics is ");
        assert_eq!(server.requests().len(), 0, "{word}");
    }
}

#[test]
fn nothing_is_sent_before_the_notice_was_shown() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let text = std::fs::read_to_string(house.lock_path()).unwrap().replace("NOTICE_SHOWN=1", "NOTICE_SHOWN=");
    std::fs::write(house.lock_path(), text).unwrap();
    refuses(&house, 1, "the notice was not shown yet");
    assert_eq!(server.requests().len(), 0);
}

/// Speaks TLS on a port of its own, with a certificate of the tests' authority for localhost and posthog.test.
fn tls_server() -> (u16, Arc<Mutex<Vec<crate::server::Request>>>) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/delivery/tls/");
    let chain = CertificateDer::pem_file_iter(format!("{folder}server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(format!("{folder}server.key")).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let (config, seen) = (Arc::new(config), Arc::new(Mutex::new(Vec::new())));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, all) = (listener.local_addr().unwrap().port(), Arc::clone(&seen));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(rustls::StreamOwned::new(session, stream));
            if let Some(request) = read(&mut stream) {
                all.lock().unwrap().push(request);
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
                let _ = stream.get_mut().write_all(head.as_bytes());
            }
        }
    });
    (port, seen)
}

/// A proxy that tunnels everything to one port, and keeps what it was asked for.
fn proxy(to: u16) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (port, all) = (listener.local_addr().unwrap().port(), Arc::clone(&asked));
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let mut reader = BufReader::new(client.try_clone().unwrap());
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            all.lock().unwrap().push(line.trim_end().to_owned());
            while line.trim_end() != "" {
                line.clear();
                reader.read_line(&mut line).unwrap();
            }
            let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
            (&client).write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
            let (mut up, mut down) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut up, &mut down));
            let mut server = server;
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(n @ 1..) = reader.read(&mut bytes) {
                    if server.write_all(&bytes[..n]).is_err() {
                        break;
                    }
                }
            });
        }
    });
    (port, asked)
}

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/delivery/tls/authority.pem");

#[test]
fn an_authority_of_ones_own_is_trusted_by_ssl_cert_file() {
    let (port, seen) = tls_server();
    let mut house = House::on(&format!("https://localhost:{port}"));
    house.set("SSL_CERT_FILE", AUTHORITY);
    house.record(1);
    house.run(&["flush"]).ends(0);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[test]
fn an_untrusted_certificate_gets_nothing() {
    let (port, seen) = tls_server();
    let house = House::on(&format!("https://localhost:{port}"));
    house.record(1);
    let ran = house.run(&["flush"]).ends(1);
    assert!(ran.err.contains("could not connect") && ran.err.contains("ertificate"), "{}", ran.err);
    assert_eq!(seen.lock().unwrap().len(), 0);
    assert_eq!(house.events(&[State::Waiting]).len(), 1);
    let ledger = house.run(&["ledger", "--json"]).ends(0).out;
    assert!(ledger.contains("\"body\":null"), "nothing left this machine: {ledger}");
}

#[test]
fn a_server_that_speaks_no_tls_gets_nothing() {
    let server = Server::accepting();
    let house = House::on(&format!("https://localhost:{}", server.port));
    house.record(1);
    house.run(&["flush"]).ends(1);
    assert_eq!(house.events(&[State::Waiting]).len(), 1);
}

#[test]
fn a_proxy_is_used_and_sees_no_more_than_the_hosts_name() {
    let (port, seen) = tls_server();
    let (proxy, asked) = proxy(port);
    let mut house = House::on("https://posthog.test");
    house.set("SSL_CERT_FILE", AUTHORITY);
    house.set("HTTPS_PROXY", &format!("http://127.0.0.1:{proxy}"));
    house.record(1);
    house.run(&["flush"]).ends(0);
    assert_eq!(*asked.lock().unwrap(), ["CONNECT posthog.test:443 HTTP/1.1"]);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[test]
fn no_proxy_goes_past_the_proxy() {
    let (port, seen) = tls_server();
    let (proxy, asked) = proxy(port);
    let mut house = House::on(&format!("https://localhost:{port}"));
    house.set("SSL_CERT_FILE", AUTHORITY);
    house.set("HTTPS_PROXY", &format!("http://127.0.0.1:{proxy}"));
    house.set("NO_PROXY", "example.org,localhost");
    house.record(1);
    house.run(&["flush"]).ends(0);
    assert_eq!((asked.lock().unwrap().len(), seen.lock().unwrap().len()), (0, 1));
}

#[test]
fn what_is_for_this_machine_never_goes_through_a_proxy() {
    let server = Server::accepting();
    let (proxy, asked) = proxy(server.port);
    let mut house = House::on(&server.host());
    house.set("HTTP_PROXY", &format!("http://127.0.0.1:{proxy}"));
    house.set("ALL_PROXY", &format!("http://127.0.0.1:{proxy}"));
    house.record(1);
    house.run(&["flush"]).ends(0);
    assert_eq!((asked.lock().unwrap().len(), server.requests().len()), (0, 1));
}
