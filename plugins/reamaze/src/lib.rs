//! Re:amaze: staff users as ticketing users. There is no way to change one.
//!
//! - Create: <https://www.reamaze.com/api/post_staff>
//! - Authentication, limits: <https://www.reamaze.com/api/>
//! - A staff user: <https://www.reamaze.com/api/get_staff>, and with all members <https://github.com/meant4/reamaze-go>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Field, FieldExt, Id, Integration, Password, Result, Roles, Support,
    Text, User, Variable,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Reamaze;

impl Integration for Reamaze {
    fn capabilities() -> Capabilities {
        Capabilities::new("reamaze", "Re:amaze")
            .origin("https://{brand}.reamaze.io/api/v1")
            .variable(Variable::new("brand", "Brand: what stands before .reamaze.io"))
            .secret("login_email", "E-mail address with which a staff user signs in")
            .secret("api_token", "API token of that staff user (Settings > Developer > API Token)")
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
    name: Text,
    email: Text,
    role: Roles,
    created_at: Text,
}

impl From<StaffRead> for User {
    fn from(staff: StaffRead) -> Self {
        // Our choice: Re:amaze tells no identifier as yet, and knows staff by address wherever it refers to them.
        let id = staff.id.map(String::from).or_else(|| staff.email.as_deref().map(str::to_ascii_lowercase));
        User {
            id: id.into(),
            name: staff.name.into(),
            emails: Email::only(staff.email),
            roles: Field::from(staff.role).or(Vec::new().into()),
            created_at: staff.created_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Reamaze);

#[cfg(test)]
mod tests;
