//! Re:amaze: staff users as ticketing users. There is no way to change one.
//!
//! - Create: <https://www.reamaze.com/api/post_staff>
//! - Authentication, limits: <https://www.reamaze.com/api/>
//! - A staff user: <https://www.reamaze.com/api/get_staff>, and with all members <https://github.com/meant4/reamaze-go>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Field, FieldExt, Id, IdAndName, Integration, Password, Result, Role,
    Support, User, Variable, told,
};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Reamaze;

impl Integration for Reamaze {
    fn capabilities() -> Capabilities {
        Capabilities::new("reamaze", "Re:amaze")
            .origin("https://{brand}.reamaze.io/api/v1")
            .variable(Variable::new("brand", "Brand: what stands before .reamaze.io"))
            .variable(Variable::secret("login_email", "E-mail address with which a staff user signs in"))
            .variable(Variable::secret("api_token", "API token of that staff user (Settings > Developer > API Token)"))
            .auth(Auth::basic("{login_email}", "{api_token}"))
            .serves(
                Support::create(Category::Ticketing)
                    .required(["name", "emails"])
                    .note("emails", "the primary address: Re:amaze has one")
                    .note("password", "to be changed at the first sign-in; without it Re:amaze makes up one")
                    .response(["id", "name", "emails", "roles", "created_at"]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let staff = Staff {
            email: user.primary_email().required("emails")?.into(),
            name: user.name.required("name")?.into(),
            password: user.password.not_null("password")?,
        };
        call.post("/staff").json_in("staff", &staff).primary().send()?.user::<StaffRead>()
    }
}

/// What is written.
#[derive(Serialize)]
struct Staff {
    name: Field<String>,
    email: Field<String>,
    password: Field<Password>,
}

/// What is read.
#[derive(Deserialize)]
struct StaffRead {
    id: Option<Id>,
    name: Option<String>,
    email: Option<String>,
    role: Option<RoleRead>,
    created_at: Option<String>,
}

/// A role. The vendor advises against relying on it, so what is no object is let be.
#[derive(Deserialize)]
#[serde(untagged)]
enum RoleRead {
    Known(IdAndName),
    Other(IgnoredAny),
}

impl RoleRead {
    fn known(self) -> Option<Role> {
        match self {
            Self::Known(role) => Some(role.into()),
            Self::Other(IgnoredAny) => None,
        }
    }
}

impl From<StaffRead> for User {
    fn from(staff: StaffRead) -> Self {
        let email = told(staff.email);
        // Our choice: Re:amaze tells no identifier as yet, and knows staff by address wherever it refers to them.
        let id = staff.id.map(String::from).or_else(|| email.as_deref().map(str::to_ascii_lowercase));
        User {
            id: id.into(),
            name: told(staff.name).into(),
            emails: Email::only(email),
            roles: staff.role.and_then(RoleRead::known).into_iter().collect::<Vec<_>>().into(),
            created_at: staff.created_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Reamaze);

#[cfg(test)]
mod tests;
