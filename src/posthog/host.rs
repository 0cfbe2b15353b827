//! Owns how a host is written down and compared, and which ones may be used at all.

use anyhow::{Context as _, Result, bail};
use reqwest::Url;

/// A host as it is written down and compared: `https://us.i.posthog.com`, `https://example.org:8000/prefix`. Plain
/// `http` is for this machine only; a path prefix is kept.
///
/// # Errors
/// When it is no such URL.
pub fn normal_host(text: &str) -> Result<String> {
    let url = Url::parse(text.trim()).with_context(|| format!("could not read host: {text}"))?;
    let Some(name) = url.host_str().filter(|n| !n.is_empty()) else { bail!("could not find host name: {text}") };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => bail!("could not use host: {text} (http only to this machine, elsewhere https)"),
        _ => bail!("could not use host: {text} (it has to begin with https://)"),
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        bail!("could not use host: it holds a password, a query or a fragment");
    }
    let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
    Ok(format!("{}://{name}{port}{}", url.scheme(), url.path().trim_end_matches('/')))
}

/// Whether a URL names this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    let name = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|a| a.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_written_in_one_way() {
        for (text, normal) in [
            ("https://US.i.posthog.com/", "https://us.i.posthog.com"),
            ("https://us.i.posthog.com:443", "https://us.i.posthog.com"),
            (" https://example.org:8000/ingest/ph/ ", "https://example.org:8000/ingest/ph"),
            ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
            ("http://[::1]:8123/", "http://[::1]:8123"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(normal_host(text).unwrap(), normal, "{text}");
        }
        for text in
            ["http://example.org", "ftp://x", "us.i.posthog.com", "https://u:p@x", "https://x/?a=1", "", "https://"]
        {
            assert!(normal_host(text).is_err(), "{text}");
        }
    }
}
