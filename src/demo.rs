//! Owns the demonstration: the whole way of an event, from a command typed in a small OnRamp to the maintainer's page,
//! in a scratch folder and on loopback only.
//!
//! What a person would type is done by the very programs that a person would run.

mod commands;
mod interrupt;
mod scene;

use crate::collector;
use anyhow::{Context as _, Result, bail};
use commands::{COMMANDS, Typed};
use interrupt::Interrupt;
use scene::Scene;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// How long the delivery may take before the demonstration gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Plays the demonstration; with `keep` it stays until it is interrupted, and its folder stays for good.
///
/// # Errors
/// When something could not be set up, or an expected event did not arrive.
pub async fn play(keep: bool, tell: &dyn Fn(&str)) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("could not open port: 127.0.0.1")?;
    let collector = format!("http://{}", listener.local_addr().context("could not open port: 127.0.0.1")?);
    let mut scene = Scene::build(&collector, Interrupt::watch()?)?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let options = collector::Options { smallest_group: 1, ..collector::Options::default() };
    let database = scene.collector_data();
    let serving = tokio::spawn(async move {
        collector::serve(listener, &database, options, async {
            let _ = stopped.await;
        })
        .await
    });
    let played = acts(&mut scene, &collector, keep, tell).await;
    let _ = stop.send(());
    let served = serving.await.context("could not stop collector");
    scene.leave()?;
    let missing = played?;
    served??;
    if !missing.is_empty() {
        bail!("could not deliver everything: {}", missing.join(", "));
    }
    let folder = if keep { "stays" } else { "is gone again" };
    tell(&format!("\nEverything that was expected arrived, and nothing else. The scratch folder {folder}.\n"));
    Ok(())
}

/// All of it in order; what did not arrive, or should not have.
async fn acts(scene: &mut Scene, collector: &str, keep: bool, tell: &dyn Fn(&str)) -> Result<Vec<String>> {
    let data = scene.collector_data();
    tell(&format!(
        "1. A small OnRamp stands in {}, and a collector listens on {collector}.\n",
        scene.checkout().display()
    ));
    scene.ours(&["install"])?;
    let tools = scene.shimmed().join(", ");
    tell(&format!("2. The shims are installed, in this folder only: what runs through them now is {tools}.\n"));
    let notice = scene.ours(&["enable"])?;
    tell("3. The answer is yes, and this is what was agreed to:\n\n");
    tell(&indented(&notice));
    tell("\n4. A few commands, as somebody would type them:\n\n");
    let typed = type_all(scene, tell)?;
    let expected = expected(&typed);
    let arrived = wait_for(scene, &data, &expected).await?;
    tell("\n5. The last command woke the sender, and this arrived at the collector:\n\n");
    tell(&told_events(&arrived));
    tell("\n6. What a maintainer can now answer:\n\n");
    tell(&indented(&scene::answers(&data)?));
    tell(&format!("\n7. {}\n", scene.cost()?));
    tell("8. Every byte that was sent can be looked at: ");
    tell("onramp-analytics view, preview, ledger and schema; docs/analytics.md lists it all.\n");
    if keep {
        scene.keep();
        scene.stay(collector, tell).await?;
    }
    Ok(missing(&expected, &arrived))
}

/// Types the commands that can be typed here, and tells how each ended.
fn type_all(scene: &Scene, tell: &dyn Fn(&str)) -> Result<Vec<&'static Typed>> {
    let typed: Vec<&Typed> = COMMANDS.iter().filter(|t| scene.has_engine() || !t.asks_the_engine()).collect();
    for (i, command) in typed.iter().enumerate() {
        if i + 1 == typed.len() {
            // The sender's time is a day away; the last command shall find it come.
            scene.let_the_sender_be_due()?;
        }
        let code = scene.type_in(command.words)?;
        tell(&format!("   $ {:<34} {}\n", command.words.join(" "), told_end(code, command)));
    }
    if !scene.has_engine() {
        tell("   (no Docker engine answers here, so the commands that ask it were left out)\n");
    }
    Ok(typed)
}

fn told_end(code: i32, command: &Typed) -> String {
    format!("exit {code}   {}", command.shows)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".into() } else { format!("   {line}\n") }).collect()
}

/// How often each event is expected, in the words of [`Typed::events`].
fn expected(typed: &[&Typed]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for event in typed.iter().flat_map(|t| t.events) {
        *counts.entry((*event).to_owned()).or_default() += 1;
    }
    counts
}

fn missing(expected: &BTreeMap<String, usize>, arrived: &BTreeMap<String, usize>) -> Vec<String> {
    let lacking = expected.iter().filter(|(event, count)| arrived.get(*event) != Some(count)).map(|(e, _)| e.clone());
    let strange = arrived.keys().filter(|event| !expected.contains_key(*event)).map(|e| format!("unexpected: {e}"));
    lacking.chain(strange).collect()
}

/// Waits until the collector has as many events as are expected, or for so long as is decent.
async fn wait_for(scene: &Scene, data: &Path, expected: &BTreeMap<String, usize>) -> Result<BTreeMap<String, usize>> {
    let wanted: usize = expected.values().sum();
    let began = Instant::now();
    loop {
        let arrived = scene::stored(data)?;
        if arrived.values().sum::<usize>() >= wanted || began.elapsed() > PATIENCE {
            return Ok(arrived);
        }
        scene.go_on()?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn told_events(arrived: &BTreeMap<String, usize>) -> String {
    arrived.iter().map(|(event, count)| format!("   {count} x {event}\n")).collect()
}
