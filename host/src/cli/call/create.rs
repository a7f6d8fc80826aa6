//! `mortise call create`.

use clap::Args;
use mortise_model::Category;

use super::document::Document;
use super::key::Key;
use super::target::Target;

/// Creates a user: POST /unified/{category}/users
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  export MORTISE_TOKEN=$(mortise token create --scope call --expires 1d)
  mortise call create ticketing --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 \\
    --data '{\"name\": \"Ada Example\", \"emails\": [{\"email\": \"ada@example.com\"}]}'
  mortise call create user-directory --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --data @user.json \\
    --param organization_id=9001 --dry-run
  mortise call create ticketing --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --data - --idempotency-key order-17 < user.json")]
pub(in crate::cli) struct Create {
    /// ticketing, user-directory or crm
    pub(super) category: Category,
    #[command(flatten)]
    pub(super) document: Document,
    #[command(flatten)]
    pub(super) key: Key,
    #[command(flatten)]
    pub(super) target: Target,
}
