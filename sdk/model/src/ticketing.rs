//! The user of help desks and project trackers.

use serde_json::Value;

use crate::names::{named_part, names};
use crate::part::Part;
#[cfg(feature = "schema")]
use crate::schema::DateTime;
use crate::shape::{carry, shape};
use crate::{Email, Field, Group, ModelError, Password, Role, User, lenient};

shape! {
    /// The user in requests to a ticketing integration.
    open TicketingRequest {
        /// The name as others read it.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        name: String,
        /// The given name.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        first_name: String,
        /// The family name.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        last_name: String,
        /// What colleagues call the user.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        nick_name: String,
        /// The name with which the user signs in.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        username: String,
        /// The password with which the user will sign in.
        password: Password,
        /// The email addresses.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Addresses<TicketingRequestEmail>>"))]
        emails: Vec<TicketingRequestEmail>,
        /// The URL of a picture of the user.
        avatar: String,
        /// The teams that the user belongs to, by identifier.
        #[cfg_attr(feature = "schema", schemars(with = "Field<Vec<crate::schema::Id>>"))]
        team_ids: Vec<String> = lenient::ids,
        /// The roles: one name, a list of names, or a list of objects. Each integration says which ones it knows.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Roles<TicketingRole>>"))]
        roles: Vec<TicketingRole> = lenient::roles,
        /// Whether the account can be used.
        status: Activity,
        /// The kind of user that the vendor distinguishes.
        user_type: String,
        /// Languages in the order of preference.
        languages: Vec<String>,
        /// Values of fields that the vendor's customer defined, in the vendor's form.
        custom_fields: Value,
    }
}

shape! {
    /// The user in the answers of a ticketing integration.
    open TicketingResponse {
        /// The vendor's identifier of the user.
        id: String,
        /// The name as others read it.
        name: String,
        /// The given name.
        first_name: String,
        /// The family name.
        last_name: String,
        /// The name with which the user signs in.
        username: String,
        /// The email addresses.
        emails: Vec<TicketingEmail>,
        /// Whether the account can be used.
        is_active: bool,
        /// The teams that the user belongs to, by identifier.
        team_ids: Vec<String>,
        /// The URL of a picture of the user.
        avatar: String,
        /// The roles.
        roles: Vec<TicketingRole>,
        /// When the account was created.
        #[cfg_attr(feature = "schema", schemars(with = "Field<DateTime>"))]
        created_at: String,
        /// When the account was last changed.
        #[cfg_attr(feature = "schema", schemars(with = "Field<DateTime>"))]
        updated_at: String,
        /// The version of the record at the vendor.
        etag: String,
    }
}

shape! {
    /// An email address as a caller gives it.
    TicketingRequestEmail {
        /// The address itself.
        email: String,
        /// Whether it is the main address or another one.
        kind as "type": EmailType,
    }
}

shape! {
    /// An email address in an answer.
    TicketingEmail {
        /// The address itself.
        email: String,
        /// `primary` for the main address, `other` or the vendor's own word for the rest.
        kind as "type": String,
    }
}

shape! {
    /// A role of a user.
    TicketingRole {
        /// The vendor's identifier of the role.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        id: String = lenient::id,
        /// The name of the role.
        name: String,
    }
}

names! {
    /// Whether an email address is the main one.
    EmailType {
        /// The main address.
        Primary = "primary",
        /// Any other address.
        Other = "other",
    }
}

names! {
    /// Whether an account can be used.
    Activity {
        /// It can.
        Active = "active",
        /// It cannot.
        Inactive = "inactive",
    }
}

named_part!(EmailType);
named_part!(Activity);

impl TryFrom<TicketingRequest> for User {
    type Error = ModelError;

    fn try_from(request: TicketingRequest) -> Result<Self, ModelError> {
        let rest = User::read(request.extra.into())?;
        Ok(carry!(request => User {
            name first_name last_name nick_name username password avatar user_type languages custom_fields;
            emails: each(request.emails).or(rest.emails),
            groups: request.team_ids.map(groups).or(rest.groups),
            roles: each(request.roles),
            status: request.status.map(|activity| (activity == Activity::Active).into()).or(rest.status),
            ..rest
        }))
    }
}

impl From<TicketingResponse> for User {
    fn from(response: TicketingResponse) -> Self {
        carry!(response => User {
            id name first_name last_name username avatar created_at updated_at etag extra;
            emails: each(response.emails),
            groups: response.team_ids.map(groups),
            roles: each(response.roles),
            status: response.is_active.map(Into::into),
            ..User::default()
        })
    }
}

impl From<User> for TicketingResponse {
    fn from(user: User) -> Self {
        let (is_active, team_ids) = (user.is_active(), user.group_ids());
        carry!(user => TicketingResponse {
            id name first_name last_name username avatar created_at updated_at etag extra;
            is_active, team_ids,
            emails: each(user.emails),
            roles: each(user.roles),
        })
    }
}

impl From<TicketingRequestEmail> for Email {
    fn from(email: TicketingRequestEmail) -> Self {
        let (kind, is_primary) = match email.kind {
            Field::Value(kind) => (Field::Absent, Field::Value(kind == EmailType::Primary)),
            Field::Null => (Field::Null, Field::Absent),
            Field::Absent => (Field::Absent, Field::Absent),
        };
        Self { email: email.email, kind, is_primary }
    }
}

impl From<TicketingEmail> for Email {
    fn from(email: TicketingEmail) -> Self {
        let is_primary = match email.kind.as_deref() {
            Field::Value("primary") => Field::Value(true),
            Field::Value("other") => Field::Value(false),
            _ => return Self { email: email.email, kind: email.kind, is_primary: Field::Absent },
        };
        Self { email: email.email, is_primary, kind: Field::Absent }
    }
}

impl From<Email> for TicketingEmail {
    fn from(email: Email) -> Self {
        let kind = match email.is_primary {
            Field::Value(true) => "primary".into(),
            Field::Value(false) => "other".into(),
            Field::Absent | Field::Null => email.kind,
        };
        Self { email: email.email, kind }
    }
}

impl From<String> for TicketingRole {
    fn from(name: String) -> Self {
        Self { name: Field::Value(name), ..Self::default() }
    }
}

impl From<TicketingRole> for Role {
    fn from(role: TicketingRole) -> Self {
        carry!(role => Role { id name; ..Role::default() })
    }
}

impl From<Role> for TicketingRole {
    fn from(role: Role) -> Self {
        carry!(role => TicketingRole { id name; })
    }
}

fn each<A, B: From<A>>(list: Field<Vec<A>>) -> Field<Vec<B>> {
    list.map(|items| items.into_iter().map(B::from).collect())
}

fn groups(ids: Vec<String>) -> Vec<Group> {
    ids.into_iter().map(Group::with_id).collect()
}
