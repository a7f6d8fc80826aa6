//! `mortise call get`.

use clap::Args;
use mortise_model::Category;

use super::target::Target;

/// Reads a user: GET /unified/{category}/users/{id}
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise call get ticketing 4d2ab456 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209
  mortise call get crm 17 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --format raw > as-the-vendor-says.json

A user that the vendor does not have is HTTP 404, and exit status 1.")]
pub(in crate::cli) struct Get {
    /// ticketing, user-directory or crm
    pub(super) category: Category,
    /// The vendor's id of the user
    pub(super) id: String,
    #[command(flatten)]
    pub(super) target: Target,
}
