//! The operations of a plugin: their input and output.

use mortise_model::{Category, Operation};
use wasmtime::Store;

use super::bindings::exports::mortise::integration::users;
pub use super::bindings::exports::mortise::integration::users::{Filter, Page as PageRequest, Row, Sort, UsersPage};
use super::bindings::mortise::integration::types::Failure;
use super::state::State;

/// Longest document in a plugin's answer, in bytes (`wit/integration.wit`).
const ANSWER_BYTES: usize = 4 << 20;
/// Longest text of all rows of a page, users and places together, in bytes (`wit/integration.wit`).
const PAGE_BYTES: usize = 8 << 20;
/// Most rows of a page (`wit/integration.wit`).
const PAGE_ROWS: usize = 10_000;
/// Longest cursor of a plugin, in bytes (`wit/integration.wit`).
const CURSOR_BYTES: usize = 4_096;

/// An operation with its input. Users are canonical documents as JSON text.
#[derive(Debug, Clone)]
pub enum Input {
    /// Create this user.
    Create {
        /// The user.
        user: String,
    },
    /// Change a user.
    Update {
        /// The user's id.
        id: String,
        /// The changes.
        user: String,
    },
    /// Read a user.
    Get {
        /// The user's id.
        id: String,
    },
    /// Read a page of users.
    List(PageRequest),
    /// Delete a user.
    Delete {
        /// The user's id.
        id: String,
    },
}

/// The answer of a plugin.
#[derive(Debug)]
pub enum Output {
    /// A user as a canonical document. `None` if the vendor's answer has no user.
    User(Option<String>),
    /// A page of users.
    Page(UsersPage),
    /// The user is deleted.
    Deleted,
}

impl Input {
    /// The operation's name.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Create { .. } => Operation::CreateUser,
            Self::Update { .. } => Operation::UpdateUser,
            Self::Get { .. } => Operation::GetUser,
            Self::List(_) => Operation::ListUsers,
            Self::Delete { .. } => Operation::DeleteUser,
        }
    }

    /// The id of the user, if the operation is about a single one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Create { .. } | Self::List(_) => None,
            Self::Update { id, .. } | Self::Get { id } | Self::Delete { id } => Some(id),
        }
    }

    /// Calls the plugin's function.
    pub(super) async fn call(
        &self,
        users: &users::Guest,
        store: &mut Store<State>,
        category: Category,
    ) -> wasmtime::Result<Result<Output, Failure>> {
        let category = category.as_str();
        Ok(match self {
            Self::Create { user } => users.call_create_user(store, category, user).await?.map(Output::User),
            Self::Update { id, user } => users.call_update_user(store, category, id, user).await?.map(Output::User),
            Self::Get { id } => users.call_get_user(store, category, id).await?.map(Output::User),
            Self::List(page) => users.call_list_users(store, category, page).await?.map(Output::Page),
            Self::Delete { id } => users.call_delete_user(store, category, id).await?.map(|()| Output::Deleted),
        })
    }
}

impl Output {
    /// Bytes of the answer's text.
    pub fn bytes(&self) -> usize {
        match self {
            Self::User(user) => user.as_ref().map_or(0, String::len),
            Self::Page(page) => page.rows.iter().map(|row| row.user.len() + row.source.len()).sum(),
            Self::Deleted => 0,
        }
    }

    /// Checks the answer against the bounds of the contract.
    ///
    /// # Errors
    /// The bound that the answer exceeds.
    pub(super) fn bounded(self) -> Result<Self, String> {
        let reason = match &self {
            Self::User(Some(user)) if user.len() > ANSWER_BYTES => {
                format!("its answer is larger than {ANSWER_BYTES} bytes")
            }
            Self::Page(page) if page.rows.len() > PAGE_ROWS => {
                format!("its page has {} rows, and may have at most {PAGE_ROWS}", page.rows.len())
            }
            Self::Page(_) if self.bytes() > PAGE_BYTES => format!("its page is larger than {PAGE_BYTES} bytes"),
            Self::Page(page) => match page.next.as_deref() {
                Some("") => "the cursor of its next page is empty: a last page has none".to_owned(),
                Some(next) if next.len() > CURSOR_BYTES => {
                    format!("the cursor of its next page is longer than {CURSOR_BYTES} bytes")
                }
                // Sealing a control character takes six times its length, and no vendor request can carry one.
                Some(next) if next.contains(char::is_control) => {
                    "the cursor of its next page has control characters".to_owned()
                }
                _ => return Ok(self),
            },
            Self::User(_) | Self::Deleted => return Ok(self),
        };
        Err(reason)
    }
}
