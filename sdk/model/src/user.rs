//! The canonical user: the one document that plugins read and write.

use serde_json::{Map, Value};

use crate::part::Part;
#[cfg(feature = "schema")]
use crate::schema::DateTime;
use crate::shape::shape;
use crate::{
    Email, Field, Group, License, Organization, Password, Phone, ReadError, Role, Status, Url, Workspace, lenient,
};

shape! {
    /// A user as plugins see it, whatever the category of the call.
    ///
    /// A request holds the caller's fields, an answer the vendor's. Times are RFC 3339 in answers and
    /// whatever the caller wrote in requests.
    open User {
        /// The vendor's identifier of the user.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        id: String = lenient::id,
        /// The identifier that another system gave the user, as provisioning (SCIM) sets it.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        external_id: String = lenient::id,
        /// Further identifiers of the user by their kind.
        identifiers: Map<String, Value>,
        /// The name as the user reads it, usually first and last name.
        name: String,
        /// The given name.
        first_name: String,
        /// The family name.
        last_name: String,
        /// What colleagues call the user.
        nick_name: String,
        /// The name with which the user signs in.
        username: String,
        /// The password with which the user will sign in. Requests only.
        password: Password,
        /// The email addresses, one of them primary. Carries `email` of crm.
        emails: Vec<Email>,
        /// The phone numbers.
        phones: Vec<Phone>,
        /// Addresses on the web.
        urls: Vec<Url>,
        /// The URL of a picture of the user.
        avatar: String,
        /// The position, such as `Support engineer`.
        title: String,
        /// A short text that the user wrote about themselves.
        bio: String,
        /// Languages in the order of preference, as the vendor codes them (`en`, `da-DK`, …).
        languages: Vec<String>,
        /// The time zone, as the vendor names it; IANA (`Europe/Copenhagen`) if the vendor has no names.
        timezone: String,
        /// The kind of user that the vendor distinguishes, such as `person` or `bot`.
        user_type: String,
        /// The status of the account. Carries `is_active` of ticketing and crm.
        status: Status,
        /// The roles.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Roles<Role>>"))]
        roles: Vec<Role> = lenient::roles,
        /// The groups or teams. Carries `team_ids` of ticketing.
        groups: Vec<Group>,
        /// The organizations.
        organizations: Vec<Organization>,
        /// The workspaces.
        workspaces: Vec<Workspace>,
        /// The licenses held, or the products that can be opened.
        licenses: Vec<License>,
        /// Values of fields that the vendor's customer defined, in the vendor's form.
        custom_fields: Value,
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
        /// The version of the record at the vendor, for conditional updates.
        etag: String,
    }
}

impl User {
    /// Reads a user from JSON.
    ///
    /// # Errors
    /// Whether the text or one of its values is wrong. The error holds no value of the document.
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        let tree = serde_json::from_str(text).map_err(ReadError::Json)?;
        Self::read(tree).map_err(ReadError::Model)
    }

    /// The path of the user's first time that `is_time` does not accept: `created_at`, `licenses[1].last_active_at`.
    pub fn wrong_time(&self, is_time: impl Fn(&str) -> bool) -> Option<String> {
        let is_wrong = |time: &Field<String>| time.value().is_some_and(|time| !is_time(time));
        let own = [
            ("created_at", &self.created_at),
            ("updated_at", &self.updated_at),
            ("activated_at", &self.activated_at),
            ("last_active_at", &self.last_active_at),
            ("last_login_at", &self.last_login_at),
            ("status_changed_at", &self.status_changed_at),
        ];
        if let Some((name, _)) = own.into_iter().find(|(_, time)| is_wrong(time)) {
            return Some(name.to_owned());
        }
        let index = self.licenses.value()?.iter().position(|license| is_wrong(&license.last_active_at))?;
        Some(format!("licenses[{index}].last_active_at"))
    }

    /// A user with an identifier alone.
    pub fn with_id(id: impl Into<String>) -> Self {
        Self { id: Field::Value(id.into()), ..Self::default() }
    }

    /// A user by the two parts of the name, for vendors without a whole name: `name` is made of them.
    pub fn named(first_name: impl Into<Field<String>>, last_name: impl Into<Field<String>>) -> Self {
        Self::named_by(Field::Absent, first_name, last_name)
    }

    /// A user by the whole name and its two parts, of which the vendor may leave out any. If the vendor gives no whole
    /// name, `name` is made of the parts.
    pub fn named_by(
        name: impl Into<Field<String>>,
        first_name: impl Into<Field<String>>,
        last_name: impl Into<Field<String>>,
    ) -> Self {
        let (first_name, last_name) = (first_name.into(), last_name.into());
        let user = Self { name: name.into(), first_name, last_name, ..Self::default() };
        Self { name: user.full_name(), ..user }
    }

    /// The user's main address: the entry marked as primary, otherwise the first. Absent if the list is empty: an empty
    /// list does not ask to remove the address.
    pub fn primary_email(&self) -> Field<String> {
        self.emails.as_ref().and_then(|emails| main(emails).map_or(Field::Absent, |email| email.email.clone()))
    }

    /// The addresses beside [`primary_email`](Self::primary_email), in their order.
    pub fn other_emails(&self) -> Field<Vec<String>> {
        self.emails.as_ref().map(|emails| {
            let primary = main(emails);
            let others = emails.iter().filter(|email| !primary.is_some_and(|primary| std::ptr::eq(*email, primary)));
            others.filter_map(|email| email.email.value().cloned()).collect()
        })
    }

    /// Whether the user can work ([`Status::is_active`]). Absent if the status is a vendor's own word.
    pub fn is_active(&self) -> Field<bool> {
        self.status.as_ref().and_then(|status| status.is_active().into())
    }

    /// The identifiers of the groups.
    pub fn group_ids(&self) -> Field<Vec<String>> {
        self.groups.as_ref().map(|groups| groups.iter().filter_map(|group| group.id.value().cloned()).collect())
    }

    /// `name` or, if that is absent or blank, first and last name with a space between them, without parts that are
    /// absent or blank.
    pub fn full_name(&self) -> Field<String> {
        let given = [&self.first_name, &self.last_name].into_iter().filter_map(Field::value);
        let given = given.map(|part| part.trim()).filter(|part| !part.is_empty()).map(str::to_owned);
        let joined = given.reduce(|first, last| format!("{first} {last}"));
        let is_blank = self.name.value().is_some_and(|name| name.trim().is_empty());
        let name = if is_blank { Field::Absent } else { self.name.clone() };
        name.or(joined.into())
    }
}

fn main(emails: &[Email]) -> Option<&Email> {
    emails.iter().find(|email| email.is_primary()).or(emails.first())
}
