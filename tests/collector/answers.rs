//! The five answers to events that are known.

use crate::events::*;
use crate::server::Collector;
use serde_json::{Value, json};

/// Six installs over some weeks: what each answer has to be can be counted by hand.
fn six_installs() -> Collector {
    let collector = Collector::start();
    for number in 1..=6 {
        let install = install(number);
        let mut lines = vec![
            line(&install, 20, enabled("plex")),
            line(&install, 2, enabled("plex")),
            line(&install, 20, ran("compose logs", false, 900_000)),
            line(&install, 20, ran("start", true, number * 1000)),
            line(&install, 2, ran("start", number > 1, 100)),
        ];
        if number == 1 {
            lines.push(line(&install, 2, failed("start", "docker_unavailable")));
            lines.push(line(&install, 2, disabled("plex")));
        }
        if number < 5 {
            lines.push(line(&install, 20, enabled("sonarr")));
        }
        assert_eq!(collector.post("/batch/", batch(&lines)).status, 200);
    }
    collector
}

#[test]
fn the_five_questions_are_answered() {
    let collector = six_installs();
    let answers = collector.answers("?users=12");
    assert_eq!((&answers["from"], &answers["to"]), (&json!(ago(364)), &json!(ago(0))));
    assert_eq!(answers["adoption"]["installs"], 6);
    let weeks = answers["adoption"]["weeks"].as_array().unwrap();
    let seen: Vec<_> = weeks.iter().filter(|w| w["installs"] == 6).collect();
    assert_eq!(seen.len(), 2, "{weeks:?}");
    assert_eq!(
        answers["services"],
        json!({
            "top": [{"service": "plex", "installs": 6, "enabled": 12, "with_scaffold": 12, "disabled": 1}],
            "rare": {"fewer_than": 5, "services": 1, "enabled": 4, "disabled": 0}
        })
    );
    assert_eq!(
        answers["commands"],
        json!([{"command": "start", "runs": 12, "failed": 1}, {"command": "compose logs", "runs": 6, "failed": 6}])
    );
    assert_eq!(
        answers["errors"],
        json!({"runs": 18, "errors": 1, "rate": 1.0 / 18.0, "top": [
            {"command": "start", "error_type": "docker_unavailable", "errors": 1, "rate": 1.0 / 12.0}
        ]})
    );
    // Twelve runs, sorted: six of 100 ms, then 1 to 6 s. The one in the middle is the seventh, 95 of 100 the twelfth.
    assert_eq!(
        answers["durations"],
        json!([{"command": "start", "runs": 12, "mean_ms": 1800.0, "median_ms": 1000, "p95_ms": 6000}])
    );
}

#[test]
fn each_answer_has_an_address_of_its_own() {
    let collector = six_installs();
    let all = collector.answers("?command=start");
    for question in ["adoption", "services", "commands", "errors", "durations"] {
        let one = collector.get(&format!("/api/answers/{question}?command=start"));
        assert_eq!((one.status, &one.json()), (200, &all[question]), "{question}");
    }
    assert_eq!(collector.get("/api/answers/nosuch").status, 404);
    let page = collector.get("/");
    assert_eq!(page.status, 200);
    assert!(page.headers.contains("content-type: text/html"));
    assert!(page.text().contains("docker_unavailable"));
}

#[test]
fn a_range_counts_its_own_days_only() {
    let collector = six_installs();
    let between = |from, to| collector.answers(&format!("?from={}&to={}", ago(from), ago(to)));
    for (from, to, runs, installs, enabled) in [
        (364, 0, 12, 6, 12),
        (20, 2, 12, 6, 12),
        (19, 0, 6, 6, 6),
        (20, 20, 6, 6, 6),
        (21, 3, 6, 6, 6),
        (19, 3, 0, 0, 0),
        (1, 0, 0, 0, 0),
    ] {
        let answers = between(from, to);
        let start = answers["commands"].as_array().unwrap().iter().find(|c| c["command"] == "start");
        assert_eq!(start.map_or(0, |c| c["runs"].as_u64().unwrap()), runs, "{from} to {to}");
        assert_eq!(answers["adoption"]["installs"], installs, "{from} to {to}");
        let plex = answers["services"]["top"].get(0).map_or(&Value::Null, |s| &s["enabled"]);
        assert_eq!(plex.as_u64().unwrap_or(0), enabled, "{from} to {to}");
    }
    for wrong in ["?from=yesterday", "?to=2026-02-30", "?users=many"] {
        assert_eq!(collector.get(&format!("/api/answers{wrong}")).status, 400, "{wrong}");
    }
}

#[test]
fn a_question_for_one_rare_service_tells_no_more_than_all_rare_ones_together() {
    let collector = six_installs();
    let services = &collector.answers("?service=sonarr")["services"];
    assert_eq!(services, &json!({"top": [], "rare": {"fewer_than": 5, "services": 1, "enabled": 4, "disabled": 0}}));
}
