//! Owns making the dashboard in a PostHog project: the dashboard, its insights, then the layout.
//!
//! PostHog gives a tile its number when the insight is made, so the layout comes last. Every request is a value before
//! it is sent; `--dry-run` prints the same values.

use super::{DESCRIPTION, NAME, TAG, TILES};
use crate::posthog::host::normal_host;
use anyhow::{Context as _, Result, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// How long PostHog may take for one request.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the dashboard goes.
#[derive(Debug)]
pub struct Project {
    /// PostHog's own address, `https://us.posthog.com`; not the one that takes events.
    host: String,
    /// The project's number, or `@current`: the one that the key's owner looked at last.
    id: String,
}

/// One request to PostHog's API.
#[derive(Debug)]
pub struct Request {
    /// GET, POST or PATCH.
    pub method: Method,
    /// Its path.
    pub path: String,
    /// What is sent as JSON.
    pub body: Option<Value>,
}

impl Project {
    /// A project at a host. The cloud's addresses for events become those of its API.
    ///
    /// # Errors
    /// When the host can't be used, or the project is no number.
    pub fn of(host: &str, id: &str) -> Result<Self> {
        let host = normal_host(host)?;
        let host = match host.as_str() {
            "https://us.i.posthog.com" | "https://app.posthog.com" => "https://us.posthog.com".into(),
            "https://eu.i.posthog.com" => "https://eu.posthog.com".into(),
            _ => host,
        };
        let plain = id == "@current" || (!id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
        ensure!(
            plain,
            "could not read project: {id} is not a number\nhelp: it stands in the address of PostHog's pages"
        );
        Ok(Self { host, id: id.to_owned() })
    }

    /// The page of a dashboard.
    #[must_use]
    pub fn page(&self, dashboard: &str) -> String {
        match self.id.as_str() {
            "@current" => format!("{}/dashboard/{dashboard}", self.host),
            id => format!("{}/project/{id}/dashboard/{dashboard}", self.host),
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/projects/{}/{rest}", self.id)
    }

    /// Makes the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Request {
        let body = json!({"name": NAME, "description": DESCRIPTION, "pinned": true, "tags": [TAG]});
        Request { method: Method::POST, path: self.path("dashboards/"), body: Some(body) }
    }

    /// Makes one request for each insight of a dashboard.
    #[must_use]
    pub fn insights(&self, dashboard: &Value) -> Vec<Request> {
        let insight = |tile: &super::Tile| {
            let body = json!({
                "name": tile.name,
                "description": tile.description,
                "query": tile.query(),
                "dashboards": [dashboard],
                "tags": [TAG],
                "saved": true,
            });
            Request { method: Method::POST, path: self.path("insights/"), body: Some(body) }
        };
        TILES.iter().map(insight).collect()
    }

    /// Reads the dashboard's tiles.
    #[must_use]
    pub fn tiles(&self, dashboard: &str) -> Request {
        Request { method: Method::GET, path: self.path(&format!("dashboards/{dashboard}/")), body: None }
    }

    /// Lays the tiles out; `tiles` are their numbers, in the order of [`TILES`].
    #[must_use]
    pub fn layout(&self, dashboard: &str, tiles: &[Value]) -> Request {
        let laid: Vec<_> =
            tiles.iter().zip(&TILES).map(|(id, tile)| json!({"id": id, "layouts": tile.layouts()})).collect();
        let path = self.path(&format!("dashboards/{dashboard}/"));
        Request { method: Method::PATCH, path, body: Some(json!({"tiles": laid})) }
    }

    /// All requests of a push, with stand-ins for the numbers that PostHog will give.
    #[must_use]
    pub fn rehearsal(&self) -> String {
        let numbers: Vec<_> = (1..=TILES.len()).map(|n| json!(format!("<tile {n}>"))).collect();
        let mut requests = vec![self.dashboard()];
        requests.extend(self.insights(&json!("<dashboard>")));
        requests.extend([self.tiles("<dashboard>"), self.layout("<dashboard>", &numbers)]);
        let line = |request: &Request| {
            let body = request.body.as_ref().map(|body| format!("{body:#}\n")).unwrap_or_default();
            format!("{} {}{}\n{body}", request.method, self.host, request.path)
        };
        requests.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Makes the dashboard, and answers with its page. Says before each insight how many are made.
    ///
    /// # Errors
    /// When PostHog refuses or can't be reached; what was made until then stays and is named.
    pub async fn push(&self, key: &str, far: impl FnMut(usize)) -> Result<String> {
        let client = Client::of(self, key)?;
        let made = client.send(&self.dashboard()).await?;
        let number = made["id"].as_u64().context("could not understand PostHog: the dashboard has no number")?;
        let dashboard = number.to_string();
        let filled = self.fill(&client, &dashboard, number, far).await;
        filled.with_context(|| {
            let page = self.page(&dashboard);
            format!("could not fill dashboard: {page}\nhelp: delete it there, and push again")
        })?;
        Ok(self.page(&dashboard))
    }

    async fn fill(&self, client: &Client, dashboard: &str, number: u64, mut far: impl FnMut(usize)) -> Result<()> {
        let mut insights = Vec::new();
        for request in self.insights(&json!(number)) {
            far(insights.len());
            insights.push(client.send(&request).await?["id"].clone());
        }
        let whole = client.send(&self.tiles(dashboard)).await?;
        let of = |insight: &Value| {
            let tiles = whole["tiles"].as_array().into_iter().flatten();
            let tile = tiles.into_iter().find(|tile| tile["insight"]["id"] == *insight && !insight.is_null());
            tile.map(|tile| tile["id"].clone()).context("could not find tile: PostHog has not put an insight there")
        };
        let tiles = insights.iter().map(of).collect::<Result<Vec<_>>>()?;
        client.send(&self.layout(dashboard, &tiles)).await.map(drop)
    }
}

struct Client {
    http: reqwest::Client,
    host: String,
    key: String,
}

impl Client {
    /// A personal key goes to the named host and nowhere else: redirects are not followed.
    fn of(project: &Project, key: &str) -> Result<Self> {
        ensure!(
            key.starts_with("phx_") && key.bytes().all(|b| b.is_ascii_graphic()),
            "could not use key: it is not a personal key (phx_...)\n\
             help: make one in PostHog's settings, with the scopes dashboard:write and insight:write"
        );
        let http = crate::http::client(&project.host).timeout(PATIENCE);
        let http = http.build().context("could not prepare connection")?;
        Ok(Self { http, host: project.host.clone(), key: key.to_owned() })
    }

    async fn send(&self, request: &Request) -> Result<Value> {
        let Request { method, path, body } = request;
        let what = || format!("could not {method} {}{path}", self.host);
        let mut sent = self.http.request(method.clone(), format!("{}{path}", self.host)).bearer_auth(&self.key);
        if let Some(body) = body {
            sent = sent.header("content-type", "application/json").body(body.to_string());
        }
        let answer = sent.send().await.with_context(what)?;
        let status = answer.status();
        let text = answer.text().await.with_context(what)?;
        if !status.is_success() {
            let remedy = match status.as_u16() {
                401 => "\nhelp: the personal key is wrong or was taken back",
                403 => "\nhelp: the personal key needs the scopes dashboard:write and insight:write for this project",
                404 => "\nhelp: look for the project's number in the address of PostHog's pages (--posthog-project)",
                _ => "",
            };
            let says: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
            bail!("{}: {status}: {says}{remedy}", what());
        }
        serde_json::from_str(&text).with_context(what)
    }
}
