//! The master key: 32 random bytes that the operator keeps outside the database.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use mortise_files as files;
use rand::TryRng;
use rand::rngs::SysRng;
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Length of a key in bytes.
const LENGTH: usize = 32;
/// Bytes of a key's digest in its id.
const ID_LENGTH: usize = 4;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// A key of the [`Vault`](super::Vault). The memory is wiped when the key is dropped. `Debug` shows only its
/// [`id`](Self::id).
pub struct MasterKey {
    id: String,
    bytes: SecretBox<[u8; LENGTH]>,
}

/// Why there is no usable master key. No variant holds key material.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file does not exist.
    #[error("there is no master key at {}; create one with `mortise key init`, or set {}", .0.display(), MasterKey::ENVIRONMENT)]
    Missing(PathBuf),
    /// Others can read the file.
    #[error("the master key {path} is open to other users (mode {mode:04o}); run `chmod 600 {path}`", path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file belongs to another user.
    #[error("the master key {} belongs to user {owner}, not to user {us}, who runs this; change its owner", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// The user id that owns it.
        owner: u32,
        /// The user id of this process.
        us: u32,
    },
    /// The path does not lead to a regular file.
    #[error("the master key {} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// The text is not 32 bytes in hexadecimal or base64.
    #[error("{origin} holds no master key: 32 bytes in hexadecimal or base64 are expected")]
    Malformed {
        /// The file or the environment variable.
        origin: String,
    },
    /// The keys belong to another database.
    #[error(
        "the master key {key_id} is not the one that the accounts of this database are sealed with ({sealed_with}): load that key, \
         or delete the accounts and create them again"
    )]
    Foreign {
        /// Id of the loaded key that seals.
        key_id: String,
        /// Id of the key that sealed the newest account.
        sealed_with: String,
    },
    /// The file of the new key exists already.
    #[error("{} exists and is never overwritten: without that key the stored credentials cannot be opened", .0.display())]
    Exists(PathBuf),
    /// Reading or writing failed.
    #[error("cannot {action} the master key {}", path.display())]
    Io {
        /// `read`, `write` or `rotate`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Another process rotates the key.
    #[error("another process rotates the master key {}; wait for its end", .0.display())]
    Busy(PathBuf),
    /// The system gave no random bytes.
    #[error("the system has no random bytes for a new master key")]
    Random,
}

impl MasterKey {
    /// The environment variable that replaces the key file.
    pub const ENVIRONMENT: &'static str = "MORTISE_MASTER_KEY";

    /// Reads the key in an environment variable's text: 32 bytes in hexadecimal or base64 (both alphabets, padded or
    /// not).
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        Self::parse(text).ok_or_else(|| KeyError::Malformed { origin: Self::ENVIRONMENT.to_owned() })
    }

    /// Draws a new key and writes it to a new file with mode 0600. If the file exists, it stays as it is and the call
    /// fails.
    pub fn generate_file(path: &Path) -> Result<Self, KeyError> {
        let key = Self::generate()?;
        let text = key.to_text();
        let failed = |source| KeyError::Io { action: "write", path: path.to_owned(), source };
        let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeyError::Exists(path.to_owned()));
            }
            file => file.map_err(failed)?,
        };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        if let Err(error) = written.and_then(|()| files::sync_directory_of(path)) {
            // A part of a key is useless, and the file would make the next attempt fail.
            let _ = fs::remove_file(path);
            return Err(failed(error));
        }
        Ok(key)
    }

    /// Draws a new key.
    pub(super) fn generate() -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        SysRng.try_fill_bytes(bytes.as_mut_slice()).map_err(|_| KeyError::Random)?;
        Ok(Self::new(bytes))
    }

    /// The key as a line of a key file.
    pub(super) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.bytes()) + "\n")
    }

    /// The key's id, which does not reveal the key: eight hexadecimal digits of a SHA-256 over it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether a text can be a key's [id](Self::id).
    pub(super) fn is_id(text: &str) -> bool {
        text.len() == 2 * ID_LENGTH && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }

    pub(super) fn bytes(&self) -> &[u8; LENGTH] {
        self.bytes.expose_secret()
    }

    fn new(bytes: Zeroizing<[u8; LENGTH]>) -> Self {
        let digest = Sha256::new_with_prefix(b"mortise master key id\0").chain_update(bytes.as_slice()).finalize();
        let id = digest.iter().take(ID_LENGTH).map(|byte| format!("{byte:02x}")).collect();
        Self { id, bytes: SecretBox::init_with(|| *bytes) }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bytes = if text.len() == 2 * LENGTH {
            hex::decode(text).ok()
        } else if text.contains(['-', '_']) {
            BASE64_URL.decode(text).ok()
        } else {
            BASE64.decode(text).ok()
        };
        let bytes = Zeroizing::new(bytes?);
        Some(Self::new(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}
