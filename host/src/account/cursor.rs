//! Cursors of lists at vendors. Callers hold them, sealed for one account, so that nobody can make or change one.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::error::AccountError;
use super::store::Accounts;
use super::vault::{Purpose, Sealed};

impl Accounts {
    /// Seals a position in a list of this account, as text of unreserved characters (RFC 3986 §2.3).
    ///
    /// # Errors
    /// Without a vault.
    pub fn seal_cursor(&self, account: Uuid, position: &[u8]) -> Result<String, AccountError> {
        let vault = self.vault.as_deref().ok_or(AccountError::NoVault)?;
        Ok(vault.seal_bytes(Purpose::Cursor, account, position).as_str().to_owned())
    }

    /// Opens a cursor that [`seal_cursor`](Self::seal_cursor) sealed for this account; `None` if it is no such text, or
    /// if its key is gone.
    ///
    /// # Errors
    /// Without a vault.
    pub fn open_cursor(&self, account: Uuid, text: &str) -> Result<Option<Zeroizing<Vec<u8>>>, AccountError> {
        let vault = self.vault.as_deref().ok_or(AccountError::NoVault)?;
        Ok(vault.open_bytes(Purpose::Cursor, account, &Sealed::from(text.to_owned())).ok())
    }
}
