//! Turns `catalog.toml` into lists of words, sorted and packed; compose's subcommands are those of `rules/docker.toml`.

use super::read;
use super::tools::Docker;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    source: String,
    services: Vec<String>,
    games: Vec<String>,
    overrides: Vec<String>,
    targets: Vec<String>,
}

/// The names, each list sorted.
pub fn table(docker: &Docker) -> String {
    let c: Catalog = read("catalog.toml");
    let mut services = c.services;
    services.extend(c.games);
    services.sort();
    let mut text = format!("/// Where the names come from.\npub const SOURCE: &str = {:?};\n", c.source);
    text += &words("SERVICES", "Every public service and game, sorted by bytes.", services);
    text += &words("OVERRIDES", "Every public override, sorted by bytes.", c.overrides);
    text += &words("TARGETS", "Every public make target, sorted by bytes.", c.targets);
    let mut commands: Vec<String> = docker.compose.subcommand.iter().map(|s| s.name.clone()).collect();
    commands.retain(|n| !n.contains(' '));
    text + &words("COMPOSE_COMMANDS", "The compose subcommands that are recorded by name, sorted.", commands)
}

fn words(name: &str, doc: &str, mut list: Vec<String>) -> String {
    list.sort();
    list.dedup();
    for word in &list {
        // Words go into JSON as they are: nothing in them may need escaping.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_. ".contains(&b);
        assert!(!word.is_empty() && word.bytes().all(plain), "{name}: not a plain word: {word:?}");
    }
    let mut end = 0;
    let ends: Vec<usize> = list
        .iter()
        .map(|word| {
            end += word.len();
            end
        })
        .collect();
    // Statics, each with a name of its own: `onramp-shim.ld` puts them where they are not in the way.
    let text = list.concat();
    format!(
        "/// {doc}\npub const {name}: [&str; {count}] = {list:?};\n\
         static {name}_TEXT: [u8; {}] = *b{text:?};\nstatic {name}_ENDS: [u16; {count}] = {ends:?};\n\
         /// The same without pointers, for the shim.\n\
         static {name}_PACKED: Packed = Packed {{ text: ascii(&{name}_TEXT), ends: &{name}_ENDS }};\n",
        text.len(),
        count = list.len()
    )
}
