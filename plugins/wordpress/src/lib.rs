//! WordPress: the users of a site as directory users. The API of WordPress.com serves its own sites, and self-hosted ones that Jetpack
//! connects; every other self-hosted site has the REST API of WordPress itself.
//!
//! WordPress.com:
//! - Create, an invitation: <https://developer.wordpress.com/docs/api/1.1/post/sites/%24site/invites/new/>
//! - Update: <https://developer.wordpress.com/docs/api/1.1/post/sites/%24site/users/%24user_id/>
//! - List: <https://developer.wordpress.com/docs/api/1.1/get/sites/%24site/users/>
//! - Delete: <https://developer.wordpress.com/docs/api/1.1/post/sites/%24site/users/%24user_ID/delete/>
//! - Get, and what each call does: <https://github.com/Automattic/jetpack/tree/trunk/projects/plugins/jetpack/json-endpoints>
//! - OAuth: <https://developer.wordpress.com/docs/oauth2/>
//!
//! Self-hosted sites:
//! - Users: <https://developer.wordpress.org/rest-api/reference/users/>
//! - Application passwords: <https://developer.wordpress.org/rest-api/using-the-rest-api/authentication/>
//! - What each call does: <https://github.com/WordPress/wordpress-develop/tree/trunk/src/wp-includes/rest-api/endpoints>
//!
//! From memory are, of WordPress.com, the names of the roles, the members of an error, and 429.

mod dotcom;
mod own_site;

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, End, Error, EvidenceKind, Exchange, Field, Id,
    Integration, Listing, Page, Result, Support, User, UserExt, UsersPage, Variable, numeric_id,
};

/// The integration.
pub struct WordPress;

impl Integration for WordPress {
    fn capabilities() -> Capabilities {
        let workspace_note = "the site at WordPress.com, by number or domain; a self-hosted site passes it over";
        let of_site = |support: Support| support.query_note("workspace", workspace_note);
        let role_note = "by key, such as editor; admin is administrator; WordPress.com takes one";
        let needed = "a self-hosted site needs it; WordPress.com does not take it";
        let taken = "a self-hosted site takes it";
        let connected = "a self-hosted site takes it, and one that Jetpack connects";
        let consent = Authorization::new("https://public-api.wordpress.com/oauth2/authorize").scopes(["global"]);
        // WordPress.com would give 1,000 rows, a self-hosted site gives 100.
        let listing = Listing::pages(20, 100).ends(End::Total).one_filter().leaves_out(["invited users"]);
        Capabilities::new("wordpress", "WordPress")
            .evidence(EvidenceKind::RealServer, "2026-11-30")
            .origin("https://public-api.wordpress.com/rest/v1.1")
            .origin("https://public-api.wordpress.com/oauth2")
            .variable(Variable::new("username", "Login name at a self-hosted site").optional())
            .variable(Variable::secret("application_password", "Application password of that user").optional())
            .variable_set(["username", "application_password"])
            .variable_set(["access_token"])
            .auth(Auth::basic("{username}", "{application_password}"))
            // Its tokens last: there is nothing to refresh.
            .oauth(Exchange::authorization_code("https://public-api.wordpress.com/oauth2/token", consent))
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "username", "emails"])
            .response(Category::UserDirectory, ["avatar", "urls", "roles", "bio", "languages", "created_at"])
            .serves(of_site(Support::get(Category::UserDirectory)).query(["workspace"]))
            .serves(
                of_site(Support::list(Category::UserDirectory, listing))
                    .query(["workspace"])
                    .query(["email", "username", "name"]),
            )
            // A site of WordPress.com only loses the user; any other one deletes the account. This is the graver effect.
            .serves(
                of_site(Support::delete(Category::UserDirectory, Effect::Deletes))
                    .query(["workspace"])
                    .query_note("reassign_to", "the new author of the posts, if the account is deleted")
                    .query_note("force", "true: the posts may be deleted, or left without an author"),
            )
            .serves(
                of_site(Support::create(Category::UserDirectory))
                    .query(["workspace"])
                    .required(["emails"])
                    .note("emails", "the primary address")
                    .note("roles", role_note)
                    .note("username", needed)
                    .note("password", needed)
                    .note("name", taken)
                    .note("first_name", taken)
                    .note("last_name", taken)
                    .note("urls", taken)
                    .note("languages", taken)
                    .response(["status"]),
            )
            .serves(
                of_site(Support::update(Category::UserDirectory))
                    .query_required(["workspace"])
                    .note("roles", role_note)
                    .note("name", connected)
                    .note("first_name", connected)
                    .note("last_name", connected)
                    .note("emails", taken)
                    .note("password", taken)
                    .note("urls", taken)
                    .note("languages", taken)
                    .ignored([("username", "WordPress never changes it"), ("avatar", "only the user can change it")]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        if is_own_site(call) { own_site::create(call, user) } else { dotcom::create(call, user) }
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        if is_own_site(call) { own_site::update(call, id, user) } else { dotcom::update(call, id, user) }
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        if is_own_site(call) { own_site::get(call, id) } else { dotcom::get(call, id) }
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        if is_own_site(call) { own_site::list(call, page) } else { dotcom::list(call, page) }
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let (id, heir) = (numeric_id(id)?, heir(call)?);
        if is_own_site(call) { own_site::delete(call, id, heir) } else { dotcom::delete(call, id, heir) }
    }
}

/// Whether the account is of a self-hosted site: it signs with an application password.
fn is_own_site(call: &Call) -> bool {
    call.authentication_method().as_deref() == Some("basic")
}

/// The keys of the roles that a call gives.
fn role_keys(user: &User) -> Result<Field<Vec<String>>> {
    let key = |role: String| if role.eq_ignore_ascii_case("admin") { "administrator".to_owned() } else { role };
    Ok(user.role_words()?.map(|roles| roles.into_iter().map(key).collect()))
}

/// The user who gets the posts of a deleted user. Without one, the caller must accept that the posts may be lost.
fn heir(call: &Call) -> Result<Option<u64>> {
    let heir = call.parameter::<Id>("reassign_to")?.map(|Id(heir)| numeric_id(&heir)).transpose();
    let heir = heir.map_err(|_| Error::invalid_input("must be the number of a user").at("reassign_to"))?;
    if heir.is_none() && call.parameter("force")? != Some(true) {
        let choice = "or force=true is needed: without a new author, posts may be lost";
        return Err(Error::invalid_input(choice).at("reassign_to"));
    }
    Ok(heir)
}

mortise_sdk::export!(WordPress);

#[cfg(test)]
mod tests;
