//! The user of directories: the widest of the shapes, and in its words the canonical one.

use serde_json::{Map, Value};

#[cfg(feature = "schema")]
use crate::Field;
use crate::part::Part;
#[cfg(feature = "schema")]
use crate::schema::DateTime;
use crate::shape::{carry, shape};
use crate::{
    Email, Group, License, ModelError, Organization, Password, Phone, Role, Status, Url, User, Workspace, lenient,
};

shape! {
    /// The user in requests to a directory.
    open UserDirectoryRequest {
        /// The vendor's identifier of the user.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        id: String = lenient::id,
        /// The name as others read it.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        name: String,
        /// The given name.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        first_name: String,
        /// The family name.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        last_name: String,
        /// The name with which the user signs in.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        username: String,
        /// The password with which the user will sign in.
        password: Password,
        /// The email addresses.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Addresses<Email>>"))]
        emails: Vec<Email>,
        /// The phone numbers.
        phones: Vec<Phone>,
        /// Addresses on the web.
        urls: Vec<Url>,
        /// The URL of a picture of the user.
        avatar: String,
        /// The position.
        title: String,
        /// Languages in the order of preference.
        languages: Vec<String>,
        /// The time zone, as the vendor names it.
        timezone: String,
        /// The kind of user that the vendor distinguishes.
        user_type: String,
        /// The status that the account should have.
        status: Status = lenient::known_status,
        /// The roles: one name, a list of names, or a list of objects. Each integration says which ones it knows.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Roles<Role>>"))]
        roles: Vec<Role> = lenient::roles,
        /// The groups or teams.
        groups: Vec<Group>,
        /// The organizations.
        organizations: Vec<Organization>,
        /// The workspaces.
        workspaces: Vec<Workspace>,
        /// The licenses held, or the products that can be opened.
        licenses: Vec<License>,
        /// When the account was created.
        created_at: String,
    }
}

shape! {
    /// The user in the answers of a directory.
    open UserDirectoryResponse {
        /// The vendor's identifier of the user.
        id: String,
        /// The identifier that another system gave the user, as provisioning (SCIM) sets it.
        external_id: String,
        /// Further identifiers of the user by their kind.
        identifiers: Map<String, Value>,
        /// The name as others read it.
        name: String,
        /// The given name.
        first_name: String,
        /// The family name.
        last_name: String,
        /// The name with which the user signs in.
        username: String,
        /// The email addresses.
        emails: Vec<Email>,
        /// The phone numbers.
        phones: Vec<Phone>,
        /// Addresses on the web.
        urls: Vec<Url>,
        /// The URL of a picture of the user.
        avatar: String,
        /// The position.
        title: String,
        /// A short text that the user wrote about themselves.
        bio: String,
        /// Languages in the order of preference.
        languages: Vec<String>,
        /// The time zone, as the vendor names it.
        timezone: String,
        /// The kind of user that the vendor distinguishes.
        user_type: String,
        /// The status of the account; the vendor's own word if `active`, `inactive`, `deleted` and `invited` do not fit.
        status: Status,
        /// The roles.
        roles: Vec<Role>,
        /// The groups or teams.
        groups: Vec<Group>,
        /// The organizations.
        organizations: Vec<Organization>,
        /// The workspaces.
        workspaces: Vec<Workspace>,
        /// The licenses held, or the products that can be opened.
        licenses: Vec<License>,
        /// Whether the user signs in with a second factor.
        is_2fa_enabled: bool,
        /// Whether the user has shown that the email address is theirs.
        is_email_verified: bool,
        /// When the account was created.
        #[cfg_attr(feature = "schema", schemars(with = "Field<DateTime>"))]
        created_at: String,
        /// When the account was last changed.
        #[cfg_attr(feature = "schema", schemars(with = "Field<DateTime>"))]
        updated_at: String,
        /// When the account became usable.
        #[cfg_attr(feature = "schema", schemars(with = "Field<DateTime>"))]
        activated_at: String,
        /// When the user last did something.
        #[cfg_attr(feature = "schema", schemars(with = "Field<DateTime>"))]
        last_active_at: String,
        /// When the user last signed in.
        #[cfg_attr(feature = "schema", schemars(with = "Field<DateTime>"))]
        last_login_at: String,
        /// When `status` last changed.
        #[cfg_attr(feature = "schema", schemars(with = "Field<DateTime>"))]
        status_changed_at: String,
    }
}

impl TryFrom<UserDirectoryRequest> for User {
    type Error = ModelError;

    fn try_from(request: UserDirectoryRequest) -> Result<Self, ModelError> {
        let rest = User::read(request.extra.into())?;
        Ok(carry!(request => User {
            id name first_name last_name username password emails phones urls avatar title languages timezone user_type
            status roles groups organizations workspaces licenses created_at;
            ..rest
        }))
    }
}

impl From<UserDirectoryResponse> for User {
    fn from(response: UserDirectoryResponse) -> Self {
        carry!(response => User {
            id external_id identifiers name first_name last_name username emails phones urls avatar title bio languages
            timezone user_type status roles groups organizations workspaces licenses is_2fa_enabled is_email_verified
            created_at updated_at activated_at last_active_at last_login_at status_changed_at extra;
            ..User::default()
        })
    }
}

impl From<User> for UserDirectoryResponse {
    fn from(user: User) -> Self {
        carry!(user => UserDirectoryResponse {
            id external_id identifiers name first_name last_name username emails phones urls avatar title bio languages
            timezone user_type status roles groups organizations workspaces licenses is_2fa_enabled is_email_verified
            created_at updated_at activated_at last_active_at last_login_at status_changed_at extra;
        })
    }
}
