//! Re:amaze: staff users as ticketing users. There is no way to change one.
//!
//! - Create: <https://www.reamaze.com/api/post_staff>
//! - Authentication, limits: <https://www.reamaze.com/api/>
//! - A staff user: <https://www.reamaze.com/api/get_staff>, and with all members <https://github.com/meant4/reamaze-go>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, FieldExt, IdAndName, Integration, Password, Result, Role, Support, User,
    Variable,
};
use serde::Deserialize;

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

mortise_sdk::fields! {
    /// What is written.
    struct Staff {
        name: String,
        email: String,
        password: Password,
    }
}

/// What is read.
#[derive(Deserialize)]
struct StaffRead {
    name: Option<String>,
    email: String,
    role: Option<IdAndName>,
    created_at: Option<String>,
}

impl From<StaffRead> for User {
    fn from(staff: StaffRead) -> Self {
        User {
            // Our choice: Re:amaze tells no other identifier, and knows staff by address wherever it refers to them.
            id: staff.email.to_ascii_lowercase().into(),
            name: staff.name.into(),
            emails: vec![Email::primary(staff.email)].into(),
            roles: staff.role.into_iter().map(Role::from).collect::<Vec<_>>().into(),
            created_at: staff.created_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Reamaze);

#[cfg(test)]
mod tests;
