//! Owns the oldest of PostHog's forms: a field `data` of a form or of the address, as JSON or as base64 of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// The body that the field `data` of an URL-encoded form holds, if there is one.
#[must_use]
pub fn data(form: &[u8]) -> Option<Vec<u8>> {
    let fields: Vec<(Cow<'_, str>, Cow<'_, str>)> = serde_urlencoded::from_bytes(form).ok()?;
    let (_, value) = fields.into_iter().find(|(name, _)| name == "data")?;
    Some(decode(&value))
}

/// What a field `data` stands for: JSON as it is, or base64 of JSON or gzip.
#[must_use]
pub fn decode(value: &str) -> Vec<u8> {
    if value.starts_with(['{', '[']) {
        return value.as_bytes().to_vec();
    }
    // A plus sign that nobody escaped arrives as a blank.
    STANDARD.decode(value.replace(' ', "+")).unwrap_or_else(|_| value.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_json_or_base64_of_it() {
        assert_eq!(data(b"data=%7B%22a%22%3A1%7D&x=y").as_deref(), Some(&b"{\"a\":1}"[..]));
        assert_eq!(data(b"compression=base64&data=eyJhIjoxfQ%3D%3D").as_deref(), Some(&b"{\"a\":1}"[..]));
        assert_eq!(data(b"data=Pz8+Pz8/").as_deref(), Some(&b"??>???"[..]));
        assert_eq!(data(b"data=neither").as_deref(), Some(&b"neither"[..]));
        assert_eq!(data(b"{\"batch\":[]}"), None);
        assert_eq!(data(b"\xff"), None);
    }
}
