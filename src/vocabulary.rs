//! Owns the words of the schema as lists, for filters and queries. The words themselves stand in the shim crate.

use onramp_shim::catalog::{COMPOSE_COMMANDS, CUSTOM, OTHER, OVERRIDES, SERVICES, TARGETS};
use onramp_shim::schema::ERROR_TYPES;

/// Every word that `command` can be.
#[must_use]
pub fn commands() -> Vec<String> {
    let compose = COMPOSE_COMMANDS.iter().copied().chain([OTHER]).map(|c| format!("compose {c}"));
    TARGETS.iter().map(|t| (*t).to_owned()).chain(compose).chain([OTHER.to_owned()]).collect()
}

/// Every word that `service_name` can be.
#[must_use]
pub fn services() -> Vec<String> {
    SERVICES.iter().copied().chain([CUSTOM]).map(str::to_owned).collect()
}

/// Every word that `override_name` can be.
#[must_use]
pub fn overrides() -> Vec<String> {
    OVERRIDES.iter().copied().chain([CUSTOM]).map(str::to_owned).collect()
}

/// Every word that `error_type` can be.
#[must_use]
pub fn error_types() -> Vec<String> {
    ERROR_TYPES.iter().map(|(word, _)| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::admission;

    #[test]
    fn every_word_is_one_that_is_admitted() {
        assert!(commands().iter().all(|word| admission::command(word).is_some()));
        assert_eq!(commands().iter().collect::<std::collections::BTreeSet<_>>().len(), commands().len());
    }
}
