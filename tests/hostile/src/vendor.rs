//! The shared parts of the components `connects…`, which do not attack: the integration of the vendor of
//! `tests/real/oauth`, at which people consent. The file is included by path, because it must not be linked with this
//! crate's bindings.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Exchange, Listing, Page, Result, Support, User, UsersPage,
    Variable,
};

/// Makes the example a component that lists the vendor's users. `$consents` is the declaration of the consent.
macro_rules! connects {
    ($consents:expr) => {
        struct Vendor;

        impl mortise_sdk::Integration for Vendor {
            fn capabilities() -> mortise_sdk::Capabilities {
                $crate::vendor::capabilities(env!("CARGO_CRATE_NAME"), $consents)
            }

            fn list_users(
                call: &mortise_sdk::Call,
                page: &mortise_sdk::Page,
            ) -> mortise_sdk::Result<mortise_sdk::UsersPage> {
                $crate::vendor::list_users(call, page)
            }
        }

        mortise_sdk::export!(Vendor);
    };
}
pub(crate) use connects;

pub(crate) fn capabilities(crate_name: &str, consents: fn(Authorization) -> Authorization) -> Capabilities {
    let slug: &'static str = crate_name.replace('_', "-").leak();
    // The vendor asks every person, even one who has consented before.
    let consent = Authorization::new("https://vendor.example.com/auth").param("prompt", "consent");
    let consent = consents(consent.scopes(["users.read", "users.write"]));
    Capabilities::new(slug, slug)
        .origin("https://vendor.example.com")
        .variable(Variable::secret("api_key", "API key").optional())
        .auth(Auth::bearer("{api_key}"))
        .oauth(Exchange::refresh("https://vendor.example.com/token").basic().lives(3_600).authorization(consent))
        .response(Category::UserDirectory, ["id", "name"])
        .serves(Support::list(Category::UserDirectory, Listing::whole()))
}

/// The vendor has one page of users.
pub(crate) fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
    call.get("/users").primary().send()?.users_in::<User>("users")?.last()
}
