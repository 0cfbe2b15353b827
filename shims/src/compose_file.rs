//! Owns what a few looks at a compose file tell, without reading YAML: whether it may have a service of a name.
//!
//! Every doubt is a yes: a name is only ever kept from being called unknown. Refuses to open files.

use crate::bytes::lines;

/// Whether a compose file of this text may have a service of that name: some key is called so, or other files are
/// included.
#[must_use]
pub fn may_have(text: &[u8], service: &[u8]) -> bool {
    lines(text).any(|line| {
        let mut parts = line.split(|byte| matches!(byte, b'{' | b','));
        parts.any(|part| is_key(part, service)) || is_key(line, b"include")
    })
}

/// Whether a part of a line begins with this key: `web:`, `"web":`, `web :`.
fn is_key(part: &[u8], name: &[u8]) -> bool {
    let quote = |text: &[u8]| matches!(text.first(), Some(b'"' | b'\''));
    let bare = |text| if quote(text) { text.get(1..).unwrap_or_default() } else { text };
    let rest = bare(part.trim_ascii_start()).strip_prefix(name).map(bare);
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_a_key_in_any_of_yaml_s_forms() {
        for text in
            ["services:\n  web:\n", "services: {db: {}, web: {}}", "  'web':", "{\"web\" : {}}", "include:\n- x"]
        {
            assert!(may_have(text.as_bytes(), b"web"), "{text}");
        }
        for text in ["", "services:\n  web2:\n  a-web:\n", "  image: web:3", "# about web", "web"] {
            assert!(!may_have(text.as_bytes(), b"web"), "{text}");
        }
    }
}
