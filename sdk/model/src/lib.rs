//! The unified user and its shape in each category. Host and plugin SDK share this crate, so a field means the same on
//! both sides of the sandbox.
//!
//! A caller's body is a *category request*. [`Category::to_canonical`] turns it into the canonical [`User`], which
//! plugins map to their vendor's words. [`Category::project`] turns their answer into a *category response*. A
//! [`Field`] keeps absent, `null` and a value apart throughout.
//!
//! Some fields have one name in the canonical user and other names in the categories:
//!
//! | category | field | canonical |
//! | --- | --- | --- |
//! | crm | `email` | the primary of `emails` |
//! | ticketing, crm | `is_active` (answers; crm requests, too) | `status` |
//! | ticketing | `team_ids` | `groups[].id` |
//! | ticketing | `emails[].type`: `primary`, `other` | `emails[].is_primary`: `true`, `false` |
//!
//! The feature `schema` adds the JSON Schemas of the category shapes. Plugins do not need it.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod convert;
mod crm;
mod error;
mod field;
mod lenient;
mod names;
mod part;
mod parts;
#[cfg(feature = "schema")]
mod schema;
mod shape;
mod ticketing;
mod tree;
mod user;
mod user_directory;
mod words;

pub use convert::Projection;
pub use crm::{CrmRequest, CrmResponse};
pub use error::{ModelError, ReadError};
pub use field::{Field, IntoText};
pub use names::{Category, Operation, UnknownName};
pub use parts::{Email, Group, License, Organization, Password, Phone, Role, Status, Url, Workspace};
#[cfg(feature = "schema")]
pub use schema::VISIBLE;
pub use ticketing::{
    Activity, EmailType, TicketingEmail, TicketingRequest, TicketingRequestEmail, TicketingResponse, TicketingRole,
};
pub use user::User;
pub use user_directory::{UserDirectoryRequest, UserDirectoryResponse};
pub use words::{
    AuthKind, CaptureSource, Effect, End, EvidenceKind, ExchangeEncoding, ExchangeKind, ExchangeMethod, FailureKind,
    JsonType, Level, Operator, Order, Pkce, QueryParameter,
};
