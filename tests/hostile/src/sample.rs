//! The shared parts of the components `signs-in-…`, which do not attack: each declares with the SDK how a real vendor
//! wants the host to sign in. Included by path, because they must not be linked with this crate's bindings.

use mortise_sdk::{Call, Capabilities, Category, Path, Result, Support, User, Variable};

/// Makes the example a component of these capabilities, which its file name names.
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

/// One request, at the site that signing in has told.
pub(crate) fn create_user(call: &Call, user: &User) -> Result<Option<User>> {
    let path = match call.variable("site_id") {
        Some(site) => Path::new("/sites").push(&site).push("users"),
        None => Path::new("/users"),
    };
    call.post(path).json(user).primary().send()?.user::<User>()
}

/// An optional credential: which of several an account needs depends on its way to sign in.
#[allow(dead_code, reason = "not every component has one")]
pub(crate) fn optional(name: &'static str) -> Variable {
    Variable::secret(name, name).optional()
}

/// A required credential.
#[allow(dead_code, reason = "not every component has one")]
pub(crate) fn secret(name: &'static str) -> Variable {
    Variable::secret(name, name)
}
