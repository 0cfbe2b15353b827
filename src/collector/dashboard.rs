//! Owns PostHog's dashboard with the five answers: its insights, its layout, and the template that the repository ships.
//!
//! The shapes are those of PostHog's dashboard templates and of its `dashboards` and `insights` API. Each insight is a
//! HogQL query ([`queries`]); [`push`] makes the dashboard in a project.

pub mod push;
pub mod queries;

use crate::collector::answers::Question;
use serde_json::{Value, json};

/// The dashboard's name.
pub const NAME: &str = "OnRamp, as it is used";
/// What the dashboard says of itself.
pub const DESCRIPTION: &str = "The five questions about OnRamp, answered by installs whose owners agreed. Anonymous: \
    an install is a random id, not a person.";
/// Marks what belongs together.
pub const TAG: &str = "onramp-analytics";

/// One insight and its place.
#[derive(Debug)]
pub struct Tile {
    /// Its heading.
    pub name: &'static str,
    /// What to know when reading it.
    pub description: &'static str,
    /// The question that it answers.
    pub question: Question,
    /// Column and row, width and height, on the grid of twelve columns.
    place: [u8; 4],
}

/// The five insights, in the order in which they are read.
pub const TILES: [Tile; 5] = [
    Tile {
        name: "How many installs are there?",
        description: "Installs that sent anything, by week from Monday, UTC. Each counts once a week.",
        question: Question::Adoption,
        place: [0, 0, 12, 5],
    },
    Tile {
        name: "Which services do people choose?",
        description: "By the installs that enabled them. What was enabled before analytics shows only for those who \
            agreed to `enable --with-current`: old favourites are undercounted. Services of fewer than 5 installs are \
            shown together.",
        question: Question::Services,
        place: [0, 5, 6, 6],
    },
    Tile {
        name: "Which commands do people run?",
        description: "By runs. `failed` is every run that did not reach what it is for, a person's Ctrl-C among them. \
            Of one install's day at most 20 runs of each command are sent.",
        question: Question::Commands,
        place: [6, 5, 6, 6],
    },
    Tile {
        name: "What fails?",
        description: "Errors by command and type, and how many of the command's runs that is.",
        question: Question::Errors,
        place: [0, 11, 6, 6],
    },
    Tile {
        name: "How long does it take?",
        description: "Milliseconds by command, longest wait in all first. Exact, since durations have two significant \
            digits. Commands that wait for Ctrl-C (up, logs and the like) are left out.",
        question: Question::Durations,
        place: [6, 11, 6, 6],
    },
];

impl Tile {
    /// The insight's query, as PostHog stores it.
    #[must_use]
    pub fn query(&self) -> Value {
        let source = json!({
            "kind": "HogQLQuery",
            "query": queries::hogql(self.question),
            "filters": {"dateRange": {"date_from": "-90d"}},
        });
        match self.question {
            Question::Adoption => json!({
                "kind": "DataVisualizationNode",
                "source": source,
                "display": "ActionsBar",
                "chartSettings": {
                    "xAxis": {"column": "week"},
                    "yAxis": [{"column": "installs"}],
                },
            }),
            _ => json!({"kind": "DataVisualizationNode", "source": source, "display": "ActionsTable"}),
        }
    }

    /// Where it lies on a wide screen, and below the others on a narrow one.
    #[must_use]
    pub fn layouts(&self) -> Value {
        let [x, y, w, h] = self.place;
        let above: u8 = TILES.iter().take_while(|tile| tile.question != self.question).map(|tile| tile.place[3]).sum();
        json!({
            "sm": {"x": x, "y": y, "w": w, "h": h, "minW": 3, "minH": 3},
            "xs": {"x": 0, "y": above, "w": 1, "h": h, "minW": 1, "minH": 3},
        })
    }
}

/// The whole dashboard as a template that PostHog can import.
#[must_use]
pub fn template() -> Value {
    let tile = |tile: &Tile| {
        json!({
            "type": "INSIGHT",
            "name": tile.name,
            "description": tile.description,
            "query": tile.query(),
            "layouts": tile.layouts(),
            "color": null,
        })
    };
    json!({
        "template_name": NAME,
        "dashboard_description": DESCRIPTION,
        "dashboard_filters": {},
        "tags": [TAG],
        "tiles": TILES.iter().map(tile).collect::<Vec<_>>(),
        "variables": [],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_has_one_tile_and_none_covers_another() {
        for (question, _) in Question::ALL {
            assert_eq!(TILES.iter().filter(|t| t.question == question).count(), 1);
        }
        let mut cells = std::collections::HashSet::new();
        for tile in &TILES {
            let [x, y, w, h] = tile.place;
            assert!(x + w <= 12);
            for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(cells.insert(cell), "{cell:?} of {}", tile.name);
            }
        }
    }
}
