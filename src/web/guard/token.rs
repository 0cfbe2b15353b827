//! Owns the page's token: random, new with every start, and compared in a time that tells nothing of it.
//!
//! There is no `==` on it, so that no other comparison can be written.

use std::fmt;
use subtle::ConstantTimeEq as _;

/// A secret of 244 random bits.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new one, from the kernel's random numbers.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple()))
    }

    /// Whether this is it. Takes the same time for every text of its length.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }

    /// The token itself, for the printed address and the cookie.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_it_and_it_is_never_shown_by_accident() {
        let token = Token::random();
        assert!(token.is(token.text()) && token.text().len() == 64);
        assert!(!token.is("") && !token.is(&token.text()[..63]) && !token.is(&format!("{}0", token.text())));
        assert!(!token.is(Token::random().text()) && !token.is(&token.text().replace('4', "5")));
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
