//! The maintainer's page: plain HTML that needs nothing from elsewhere and leads only where something is.

use crate::events::*;
use crate::server::Collector;

fn filled() -> Collector {
    let collector = Collector::start();
    for number in 1..=6 {
        let install = install(number);
        let lines = [
            line(&install, 3, enabled("plex")),
            line(&install, 3, ran("compose ps", false, 2500)),
            line(&install, 3, failed("compose ps", "docker_unavailable")),
            line(&install, 9, ran("start", true, 91_000)),
        ];
        assert_eq!(collector.post("/batch/", batch(&lines)).status, 200);
    }
    collector
}

/// The values of an attribute, as a browser understands them.
fn values(page: &str, attribute: &str) -> Vec<String> {
    let begin = format!(" {attribute}=\"");
    let rests = page.split(&begin).skip(1);
    rests.map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&")).collect()
}

#[test]
fn the_page_answers_the_five_questions_with_charts_and_tables() {
    let collector = filled();
    let answer = collector.get("/?users=12");
    let page = answer.text();
    for section in ["adoption", "services", "commands", "errors", "durations"] {
        assert!(page.contains(&format!("<section id=\"{section}\">")), "{section}");
    }
    assert_eq!(page.matches("<div class=\"chart ").count(), 5);
    assert_eq!(page.matches("<table>").count(), 5);
    assert_eq!(page.matches(" role=\"img\" aria-label=\"").count(), 5);
    for text in ["6 installs", "compose ps: docker_unavailable", "1.5 min", "enable --with-current", "of 12 people"] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn the_page_takes_nothing_from_elsewhere_and_runs_no_script() {
    let collector = filled();
    let answer = collector.get("/");
    let page = answer.text();
    assert!(answer.headers.contains("content-security-policy: default-src 'none'; style-src 'unsafe-inline';"));
    assert!(answer.headers.contains("cache-control: no-store"));
    for outside in ["<script", " src=", "http://", "https://", "//cdn", "@import", "url(", "javascript:", " on"] {
        // Words in the text may begin with "on"; an attribute would be followed by a handler.
        let found = if outside == " on" {
            page.contains(" onclick") || page.contains(" onload")
        } else {
            page.contains(outside)
        };
        assert!(!found, "{outside}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
    assert!(page.contains("<html lang=\"en\">"));
}

#[test]
fn every_link_of_the_page_leads_somewhere_and_keeps_the_filter() {
    let collector = filled();
    let page = collector.get("/?command=compose+ps&users=12&from=2020-01-01").text();
    let links = values(&page, "href");
    assert!(links.len() >= 13, "{links:?}");
    for link in &links {
        assert_eq!(collector.get(link).status, 200, "{link}");
    }
    let kept = links.iter().filter(|link| link.contains("command=compose+ps") && link.contains("users=12")).count();
    assert_eq!(kept, links.len() - 1, "all but `everything`: {links:?}");
    assert!(page.contains("<option value=\"compose ps\" selected>"));
    let csv = collector.get("/api/answers/durations.csv");
    assert!(csv.headers.contains("content-type: text/csv"));
    let expected =
        "command,runs,mean_ms,median_ms,p95_ms\r\nstart,6,91000,91000,91000\r\ncompose ps,6,2500,2500,2500\r\n";
    assert_eq!(csv.text(), expected);
    let expected = "service,installs,enabled,with_scaffold,disabled\r\nplex,6,6,6,0\r\n";
    assert_eq!(collector.get("/api/answers/services.csv").text(), expected);
}

#[test]
fn nothing_that_a_reader_writes_comes_back_as_it_is() {
    let collector = filled();
    for (query, status) in [
        ("command=%3Cscript%3E", 400),
        ("service=%22%3E%3Cb%3E", 400),
        ("from=%3Cb%3E", 400),
        ("users=%3Cb%3E", 400),
        ("command=start&nonsense=%3Cb%3E", 200),
        ("from=2026-02-01&to=2026-01-01", 200),
        ("from=9999-12-31", 200),
        ("from=-009999-01-01&to=9999-12-31", 200),
        ("users=0", 200),
        ("users=18446744073709551615", 200),
        ("users=99999999999999999999", 400),
        ("from=2026-01-01&from=2026-01-02", 400),
    ] {
        for path in ["/", "/api/answers", "/api/answers/services.csv"] {
            let answer = collector.get(&format!("{path}?{query}"));
            assert_eq!(answer.status, status, "{path}?{query}: {answer:?}");
            assert!(!answer.text().contains("<script") && !answer.text().contains("\"><b>"), "{path}?{query}");
        }
    }
}

#[test]
fn with_no_events_at_all_it_says_so() {
    let page = Collector::start().get("/").text();
    assert!(page.contains("0 installs") && page.contains("No command ran."));
    assert_eq!(page.matches("<div class=\"chart ").count(), 0);
}
