//! Re:amaze: staff users as ticketing users. Its API creates and lists them; it changes and deletes none.
//!
//! - Create: <https://www.reamaze.com/api/post_staff>, list: <https://www.reamaze.com/api/get_staff>
//! - Authentication, limits: <https://www.reamaze.com/api/>
//! - A staff user with all members, and the parameter of pages: <https://github.com/meant4/reamaze-go>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Error, EvidenceKind, Field, FieldExt, Id, Integration, Listing, Page,
    Password, Request, Result, Roles, Support, Text, User, UsersPage, Variable,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Reamaze;

impl Integration for Reamaze {
    fn capabilities() -> Capabilities {
        Capabilities::new("reamaze", "Re:amaze")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{brand}.reamaze.io/api/v1")
            .variable(Variable::new("brand", "Brand").help("What stands before .reamaze.io in its address."))
            .variable(
                Variable::secret("login_email", "E-mail address of a staff user")
                    .shown()
                    .help("The one with which the user signs in."),
            )
            .variable(
                Variable::secret("api_token", "API token of that staff user")
                    .help("It is under Settings > Developer > API Token."),
            )
            .auth(Auth::basic("{login_email}", "{api_token}"))
            .response(Category::Ticketing, ["id", "name", "emails", "roles", "created_at"])
            .serves(Support::get(Category::Ticketing))
            // Re:amaze itself has no filter. The host holds every row against this one.
            .serves(
                Support::list(Category::Ticketing, Listing::pages(PAGE_SIZE, PAGE_SIZE).at_least(PAGE_SIZE))
                    .query(["email"]),
            )
            .serves(
                Support::create(Category::Ticketing)
                    .required(["name", "emails"])
                    .note("emails", "the primary address: Re:amaze has one")
                    .note("password", "to be changed at the first sign-in; without it Re:amaze makes up one"),
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

    /// Re:amaze has no request for one: its pages are read up to the one that has the user.
    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        for number in 1..=MOST_PAGES {
            let request = call.get("/staff");
            let page = Page::numbered(number, PAGE_SIZE);
            let page = staff(if number == 1 { request.primary() } else { request }, &page)?;
            let is_it = |user: &User| user.id.value().is_some_and(|known| known.eq_ignore_ascii_case(id));
            let found = page.rows.into_iter().map(|row| row.user).find(is_it);
            if found.is_some() || page.next.is_none() {
                return Ok(found);
            }
        }
        Err(Error::unsupported(
            "the user is not among the first 480 that Re:amaze lists, and it tells one in no other way",
        ))
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        staff(call.get("/staff").primary(), page)
    }
}

/// The pages that are read for one user: a call may send 16 requests (docs/contract.md, Imports).
const MOST_PAGES: u64 = 16;

/// The users on each page but the last.
const PAGE_SIZE: u32 = 30;

/// A page of staff users.
fn staff(request: Request<'_>, page: &Page) -> Result<UsersPage> {
    let people = request.query("page", page.number()?).send()?.users_in::<StaffRead>("staff")?;
    let pages = people.number("/page_count");
    people.next_number(page, pages)
}

/// Body of `POST /staff`.
#[derive(Serialize)]
struct Staff {
    name: Field<String>,
    email: Field<String>,
    password: Field<Password>,
}

/// A staff user in Re:amaze's answers.
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
        // Our choice: Re:amaze gives no identifier as yet, and refers to staff by address everywhere.
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
