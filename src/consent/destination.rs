//! Owns where the events of a checkout would go: the endpoint that its settings name, and the host that a yes agrees to.

use crate::env::{Environment, Variable};
use crate::paths::checkout as within;
use crate::posthog::endpoint::{DEFAULT_HOST, Endpoint, Trouble, resolve};
use crate::posthog::host::normal_host;
use onramp_shim::consent::of_env_file;
use std::path::Path;

/// Where events would go.
///
/// # Errors
/// [`Trouble`], if nowhere.
pub fn endpoint(env: &Environment, checkout: &Path) -> Result<Endpoint, Trouble> {
    resolve(env, &settings(checkout))
}

/// OnRamp's settings; one that can't be read is a doubt already, and holds nothing here.
fn settings(checkout: &Path) -> Vec<u8> {
    super::contents(&checkout.join(within::ENV_FILE)).ok().flatten().map(|(text, _)| text).unwrap_or_default()
}

/// The host that a yes agrees to: that of the endpoint; without one the host that the settings name all the same.
#[must_use]
pub fn host(env: &Environment, checkout: &Path, endpoint: Option<&Endpoint>) -> String {
    if let Some(endpoint) = endpoint {
        return endpoint.host.clone();
    }
    let names = [Variable::OnrampAnalyticsHost, Variable::PosthogHost];
    let settings = settings(checkout);
    let of_file = |v: Variable| Some(String::from_utf8_lossy(of_env_file(&settings, v.name())?).into_owned());
    let mut named = names.iter().filter_map(|v| env.text(*v)).chain(names.iter().filter_map(|v| of_file(*v)));
    named.find_map(|host| normal_host(&host).ok()).unwrap_or_else(|| DEFAULT_HOST.into())
}
