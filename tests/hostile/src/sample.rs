//! The shared parts of the components `signs-in-…`, which do not attack. Each declares with the SDK how a real vendor
//! requires the host to sign in. The file is included by path, because it must not be linked with this crate's
//! bindings.

use mortise_sdk::{Call, Capabilities, Category, Path, Result, Support, User, Variable};

/// Makes the example a component with these capabilities and the slug of its file name.
macro_rules! signs_in {
    ($capabilities:expr) => {
        struct Sample;

        impl mortise_sdk::Integration for Sample {
            fn capabilities() -> mortise_sdk::Capabilities {
                let declare: fn(mortise_sdk::Capabilities) -> mortise_sdk::Capabilities = $capabilities;
                $crate::sample::declare(declare, env!("CARGO_CRATE_NAME"))
            }

            fn create_user(
                call: &mortise_sdk::Call,
                user: mortise_sdk::User,
            ) -> mortise_sdk::Result<Option<mortise_sdk::User>> {
                $crate::sample::create_user(call, &user)
            }
        }

        mortise_sdk::export!(Sample);
    };
}
pub(crate) use signs_in;

pub(crate) fn declare(declare: fn(Capabilities) -> Capabilities, crate_name: &str) -> Capabilities {
    let slug: &'static str = crate_name.replace('_', "-").leak();
    let capabilities = Capabilities::new(slug, slug);
    declare(capabilities).serves(Support::create(Category::Ticketing).writable(["name"]).response(["id", "name"]))
}

/// One request, to the site in the answer of the sign-in, if there is one.
pub(crate) fn create_user(call: &Call, user: &User) -> Result<Option<User>> {
    let path = match call.variable("site_id") {
        Some(site) => Path::new("/sites").push(&site).push("users"),
        None => Path::new("/users"),
    };
    call.post(path).json(user).primary().send()?.user::<User>()
}

/// An optional credential. The account's way to sign in decides which of several it needs.
#[allow(dead_code, reason = "not every component has one")]
pub(crate) fn optional(name: &'static str) -> Variable {
    Variable::secret(name, name).optional()
}

/// A required credential.
#[allow(dead_code, reason = "not every component has one")]
pub(crate) fn secret(name: &'static str) -> Variable {
    Variable::secret(name, name)
}
