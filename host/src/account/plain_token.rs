//! The text of tokens: random, with a prefix for each kind, and stored as a hash only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Random bytes of a token: enough that a plain hash protects it.
const LENGTH: usize = 32;
/// Characters of these bytes in base64url.
const ENCODED: usize = 43;

/// The whole text of one token.
pub(super) struct PlainToken(Zeroizing<String>);

impl PlainToken {
    /// Draws a token.
    pub(super) fn generate(prefix: &str) -> Self {
        let bytes = Zeroizing::new(rand::rng().random::<[u8; LENGTH]>());
        Self(Zeroizing::new(format!("{prefix}{}", *Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))))
    }

    /// Reads a text from outside; `None` if it cannot be a token with this prefix.
    pub(super) fn parse(prefix: &str, text: &str) -> Option<Self> {
        let random = text.strip_prefix(prefix).filter(|random| random.len() == ENCODED)?;
        URL_SAFE_NO_PAD.decode_slice(random, &mut *Zeroizing::new([0; ENCODED])).ok()?;
        Some(Self(Zeroizing::new(text.to_owned())))
    }

    /// SHA-256 of the text in hexadecimal, which the database stores.
    pub(super) fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// The first characters, by which people tell tokens apart.
    pub(super) fn hint(&self, characters: usize) -> String {
        self.0.chars().take(characters).collect()
    }

    /// The text, for the holder of the token.
    pub(super) fn into_secret(self) -> SecretString {
        SecretString::from(self.0.as_str())
    }
}
