//! `mortise call delete`.

use clap::Args;
use mortise_model::Category;

use super::key::Key;
use super::target::Target;

/// Deletes a user: DELETE /unified/{category}/users/{id}
///
/// The vendor decides what that does to the user. `mortise-deletes` on standard error says it: deletes, deactivates,
/// trashes, unlinks or erases. `mortise call delete … --dry-run` shows the request and sends nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise call delete ticketing 4d2ab456 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --dry-run
  mortise call delete ticketing 4d2ab456 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209
  mortise call delete crm 17 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --param reassign_to=18 --idempotency-key leaver-17

A user that is already gone is HTTP 404, and exit status 1.")]
pub(in crate::cli) struct Delete {
    /// ticketing, user-directory or crm
    pub(super) category: Category,
    /// The vendor's id of the user
    pub(super) id: String,
    #[command(flatten)]
    pub(super) key: Key,
    #[command(flatten)]
    pub(super) target: Target,
}
