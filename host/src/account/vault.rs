//! The vault, which seals the secrets of an account as text that is bound to this account and a purpose.
//!
//! XChaCha20-Poly1305 with a random nonce of 24 bytes, so long that chance does not repeat one. The associated data is
//! version, key id, purpose and account id: a sealed text copied to another account or another use does not open.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305, XNonce};
use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::key::MasterKey;
use super::keys::{KeyFile, MasterKeys};

const VERSION: &str = "v1";
const NONCE: usize = 24;
const TAG: usize = 16;

/// An account's credentials: variable name to value.
pub type Secrets = BTreeMap<String, SecretString>;

/// Sealed text as the database holds it: `v1.<key id>.<nonce>.<ciphertext>`, the last two in base64url.
///
/// Only a [`Vault`] makes a text that opens. The text itself is not secret, but `Debug` leaves it out.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Arc<str>);

/// Purpose of a sealed text, which is bound into it: a text for one purpose does not open for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An account's credentials.
    Credentials,
    /// The values of a sign-in.
    ExchangedToken,
    /// The stored answer of an idempotency key.
    Answer,
    /// The digest of an idempotency key's request.
    Request,
    /// The position in a list at the vendor.
    Cursor,
    /// The client secret of an OAuth application. The application's id replaces the account's.
    ClientSecret,
    /// The variables that a link token brings. The link token's id replaces the account's.
    LinkContext,
    /// The values that a [flow](super::ConnectFlow) needs to its end. The flow's id replaces the account's.
    ConnectFlow,
    /// A secret that signs a webhook. The webhook's id replaces the account's.
    WebhookSecret,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::ExchangedToken => "exchanged-token",
            Self::Answer => "answer",
            Self::Request => "request",
            Self::Cursor => "cursor",
            Self::ClientSecret => "client-secret",
            Self::LinkContext => "link-context",
            Self::ConnectFlow => "connect-flow",
            Self::WebhookSecret => "webhook-secret",
        }
    }
}

/// Seals and opens the secrets of accounts.
pub struct Vault {
    ring: ArcSwap<Ring>,
}

/// The present keys.
struct Ring {
    /// The keys: the first one seals, every one opens.
    keys: Vec<(String, XChaCha20Poly1305)>,
    /// The file of the keys, if they come from one. Another file may replace it.
    file: Option<KeyFile>,
}

impl Ring {
    fn new(keys: MasterKeys) -> Self {
        let (keys, file) = keys.into_parts();
        let keys = keys.into_iter().map(|key| (key.id().to_owned(), XChaCha20Poly1305::new(key.bytes().into())));
        Self { keys: keys.collect(), file }
    }

    fn find(&self, id: &str) -> Option<&XChaCha20Poly1305> {
        self.keys.iter().find(|(known, _)| known == id).map(|(_, cipher)| cipher)
    }
}

/// Why credentials do not open. No variant holds any part of them.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VaultError {
    /// The vault does not have the key that sealed them. The operator must load it.
    #[error(
        "the credentials of account {account} are sealed with master key {key_id}, which is missing; \
         load that key, or delete the account and create it again"
    )]
    UnknownKey {
        /// The account.
        account: Uuid,
        /// Id of the missing key; at most 64 characters.
        key_id: String,
    },
    /// The text was altered, cut or sealed for another account. The operator must restore it or create the account
    /// again.
    #[error(
        "the stored credentials of account {account} were altered or belong to another account; \
         restore them from a backup, or delete the account and create it again"
    )]
    Altered {
        /// The account whose text does not open.
        account: Uuid,
    },
}

impl Vault {
    /// A vault that seals with `primary` and opens with it or any of `others`.
    pub fn new(primary: MasterKey, others: impl IntoIterator<Item = MasterKey>) -> Self {
        let keys = std::iter::once(primary).chain(others);
        let keys = keys.map(|key| (key.id().to_owned(), XChaCha20Poly1305::new(key.bytes().into()))).collect();
        Self { ring: ArcSwap::from_pointee(Ring { keys, file: None }) }
    }

    /// A vault with these keys. If they come from a file, it reads the file again when it changes.
    pub fn with_keys(keys: MasterKeys) -> Self {
        Self { ring: ArcSwap::from_pointee(Ring::new(keys)) }
    }

    /// Prefix of every text that the first key seals.
    pub(super) fn prefix(&self) -> String {
        let ring = self.current();
        let id = ring.keys.first().map_or("", |(id, _)| id);
        format!("{VERSION}.{id}.")
    }

    /// The keys, read again if their file has changed. Keys that are no longer in it still open texts, because somebody
    /// may just have read a text that they sealed.
    fn current(&self) -> Arc<Ring> {
        let ring = self.ring.load_full();
        match ring.file.as_ref().and_then(KeyFile::changed) {
            None => ring,
            Some(Ok(keys)) => {
                let mut new = Ring::new(keys);
                let old = ring.keys.iter().filter(|(id, _)| new.find(id).is_none()).cloned().collect::<Vec<_>>();
                new.keys.extend(old);
                tracing::info!(keys = ?new.keys.iter().map(|(id, _)| id).collect::<Vec<_>>(), "the master keys have changed");
                let new = Arc::new(new);
                self.ring.store(new.clone());
                new
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "the master key file cannot be read again; the keys in memory are used");
                ring
            }
        }
    }

    /// Seals all credentials of one account, each time under a new nonce.
    pub fn seal(&self, account: Uuid, secrets: &Secrets) -> Sealed {
        self.seal_map(Purpose::Credentials, account, secrets)
    }

    /// Seals values by name, each time under a new nonce.
    pub(super) fn seal_map(&self, purpose: Purpose, owner: Uuid, secrets: &Secrets) -> Sealed {
        self.seal_in_place(purpose, owner, plain_text(secrets))
    }

    /// Opens a text that [`seal`](Self::seal) sealed for this account, and no other.
    pub fn open(&self, account: Uuid, sealed: &Sealed) -> Result<Secrets, VaultError> {
        self.open_map(Purpose::Credentials, account, sealed)
    }

    /// Opens a text that [`seal_map`](Self::seal_map) sealed for this purpose and owner.
    pub(super) fn open_map(&self, purpose: Purpose, owner: Uuid, sealed: &Sealed) -> Result<Secrets, VaultError> {
        let message = self.open_bytes(purpose, owner, sealed)?;
        let secrets: BTreeMap<String, String> =
            serde_json::from_slice(&message).map_err(|_| VaultError::Altered { account: owner })?;
        Ok(secrets.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
    }

    /// Seals bytes that belong to an account, each time under a new nonce.
    pub fn seal_bytes(&self, purpose: Purpose, account: Uuid, bytes: &[u8]) -> Sealed {
        let mut message = Zeroizing::new(Vec::with_capacity(bytes.len() + TAG));
        message.extend_from_slice(bytes);
        self.seal_in_place(purpose, account, message)
    }

    /// Seals in place: the buffer's plain text becomes ciphertext. The buffer has room for the tag.
    #[expect(
        clippy::expect_used,
        reason = "new() puts the primary key in; the cipher refuses only messages beyond 256 GiB"
    )]
    fn seal_in_place(&self, purpose: Purpose, account: Uuid, mut message: Zeroizing<Vec<u8>>) -> Sealed {
        let ring = self.current();
        let (key_id, cipher) = ring.keys.first().expect("a vault has a primary key");
        let nonce: [u8; NONCE] = rand::rng().random();
        cipher
            .encrypt_in_place(&XNonce::from(nonce), associated_data(key_id, purpose, account).as_bytes(), &mut *message)
            .expect("the message is shorter than the cipher's limit");
        let (nonce, message) = (URL_SAFE_NO_PAD.encode(nonce), URL_SAFE_NO_PAD.encode(&*message));
        Sealed(format!("{VERSION}.{key_id}.{nonce}.{message}").into())
    }

    /// Opens a text that was sealed for this purpose and account, and no other.
    pub fn open_bytes(
        &self,
        purpose: Purpose,
        account: Uuid,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let altered = || VaultError::Altered { account };
        let mut parts = sealed.0.split('.');
        let (Some(VERSION), Some(key_id), Some(nonce), Some(message), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(altered());
        };
        let mut ring = self.ring.load_full();
        if ring.find(key_id).is_none() {
            // Another process may have sealed it with a newer key than those that were read.
            ring = self.current();
        }
        let cipher = ring
            .find(key_id)
            .ok_or_else(|| VaultError::UnknownKey { account, key_id: key_id.chars().take(64).collect() })?;
        let mut bytes = [0; NONCE];
        let length = URL_SAFE_NO_PAD.decode_slice(nonce, &mut bytes).map_err(|_| altered())?;
        let nonce = if length == NONCE { bytes } else { return Err(altered()) };
        let mut message = Zeroizing::new(URL_SAFE_NO_PAD.decode(message).map_err(|_| altered())?);
        cipher
            .decrypt_in_place(&XNonce::from(nonce), associated_data(key_id, purpose, account).as_bytes(), &mut *message)
            .map_err(|_| altered())?;
        Ok(message)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ring.load().keys.iter().map(|(id, _)| id)).finish()
    }
}

impl Sealed {
    /// The text that the database stores.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text from the database. It opens only if a vault sealed it.
impl From<String> for Sealed {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}

fn associated_data(key_id: &str, purpose: Purpose, account: Uuid) -> String {
    let mut buffer = Uuid::encode_buffer();
    let account: &str = account.as_hyphenated().encode_lower(&mut buffer);
    [VERSION, key_id, purpose.as_str(), account].join("|")
}

/// The credentials as one JSON object, in a buffer that never grows: a buffer that grows would leave a copy in memory.
#[expect(clippy::expect_used, reason = "a map of strings always serialises, and a vector takes every write")]
fn plain_text(secrets: &Secrets) -> Zeroizing<Vec<u8>> {
    let plain: BTreeMap<&str, &str> =
        secrets.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    // JSON writes a byte as six at most (\u0000), and six more for the marks around each pair.
    let length: usize = plain.iter().map(|(name, value)| 6 * (name.len() + value.len() + 1)).sum();
    let mut text = Zeroizing::new(Vec::with_capacity(length + 2 + TAG));
    serde_json::to_writer(&mut *text, &plain).expect("a map of strings is JSON");
    text
}
