//! The user of customer relationship management: the owner of deals and contacts.

use serde_json::Value;

#[cfg(feature = "schema")]
use crate::Field;
use crate::part::Part;
#[cfg(feature = "schema")]
use crate::schema::DateTime;
use crate::shape::{carry, shape};
use crate::{Email, ModelError, Url, User};

shape! {
    /// The user in requests to a crm integration.
    open CrmRequest {
        /// The name as others read it.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        name: String,
        /// The given name.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        first_name: String,
        /// The family name.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        last_name: String,
        /// The email address.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::VisibleText>"))]
        email: String,
        /// Whether the account can be used.
        is_active: bool,
        /// Values of fields that the vendor's customer defined, in the vendor's form.
        custom_fields: Value,
    }
}

shape! {
    /// The user in the answers of a crm integration.
    open CrmResponse {
        /// The vendor's identifier of the user.
        id: String,
        /// The name as others read it.
        name: String,
        /// The email address.
        email: String,
        /// Whether the account can be used.
        is_active: bool,
        /// Addresses on the web.
        urls: Vec<Url>,
        /// When the account was created.
        #[cfg_attr(feature = "schema", schemars(with = "Field<DateTime>"))]
        created_at: String,
        /// When the account was last changed.
        #[cfg_attr(feature = "schema", schemars(with = "Field<DateTime>"))]
        updated_at: String,
    }
}

impl TryFrom<CrmRequest> for User {
    type Error = ModelError;

    fn try_from(request: CrmRequest) -> Result<Self, ModelError> {
        let rest = User::read(request.extra.into())?;
        Ok(carry!(request => User {
            name first_name last_name custom_fields;
            emails: request.email.map(|address| vec![Email::primary(address)]).or(rest.emails),
            status: request.is_active.map(Into::into).or(rest.status),
            ..rest
        }))
    }
}

impl From<CrmResponse> for User {
    fn from(response: CrmResponse) -> Self {
        carry!(response => User {
            id name urls created_at updated_at extra;
            emails: response.email.map(|address| vec![Email::primary(address)]),
            status: response.is_active.map(Into::into),
            ..User::default()
        })
    }
}

impl From<User> for CrmResponse {
    fn from(user: User) -> Self {
        let (email, is_active) = (user.primary_email(), user.is_active());
        carry!(user => CrmResponse {
            id name urls created_at updated_at extra;
            email, is_active,
        })
    }
}
