//! `mortise call update`.

use clap::Args;
use mortise_model::Category;

use super::document::Document;
use super::key::Key;
use super::target::Target;

/// Updates a user: PATCH /unified/{category}/users/{id}
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise call update ticketing 4d2ab456 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --data '{\"name\": \"Ada\"}'
  mortise call update crm 17 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --data @change.json --format debug")]
pub(in crate::cli) struct Update {
    /// ticketing, user-directory or crm
    pub(super) category: Category,
    /// The vendor's id of the user
    pub(super) id: String,
    #[command(flatten)]
    pub(super) document: Document,
    #[command(flatten)]
    pub(super) key: Key,
    #[command(flatten)]
    pub(super) target: Target,
}
