//! Placeholder

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod guest;

mod call;
mod capabilities;
mod error;
mod id;
mod integration;
mod json;
mod path;
mod request;
mod time;
mod transport;

pub use call::Call;
pub use capabilities::{Auth, Capabilities, FieldSupport, JsonType, Level, Support, Variable};
pub use error::{Error, Kind, Result};
pub use id::Id;
pub use integration::Integration;
mod stub;
pub use mortise_model::*;
pub use path::Path;
pub use request::{Request, Response};
pub use stub::User;
pub use time::Millis;
pub use transport::{Answer, Method, Outgoing, Transport};

/// Version stamp.
#[doc(hidden)]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Makes the crate a component.
#[cfg(target_family = "wasm")]
#[macro_export]
macro_rules! export {
    ($integration:ident) => {
        $crate::guest::bindings::export!($integration with_types_in $crate::guest::bindings);

        const _: () = {
            const VERSION: &[u8] = $crate::VERSION.as_bytes();
            #[used]
            #[unsafe(link_section = "mortise:sdk-version")]
            static STAMP: [u8; VERSION.len()] = *VERSION.first_chunk().unwrap();
        };
    };
}

/// Makes the crate a component.
#[cfg(not(target_family = "wasm"))]
#[macro_export]
macro_rules! export {
    ($integration:ident) => {};
}
