//! How a crate becomes a component.

/// The version of this SDK. [`export!`](crate::export) stamps it into the component as the custom section
/// `mortise:sdk-version`, which a host can read without compiling anything.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Makes the crate a component that serves the given [`Integration`](crate::Integration), once in a crate:
/// `mortise_sdk::export!(Example);`. The crate's `crate-type` must hold `cdylib`. Natively it does nothing, so that the crate
/// can be tested.
#[cfg(target_family = "wasm")]
#[macro_export]
macro_rules! export {
    ($integration:ident) => {
        $crate::bindings::export!($integration with_types_in $crate::bindings);

        #[allow(unsafe_code, reason = "a section can only be named so; the static is plain data")]
        const _: () = {
            const LENGTH: usize = $crate::VERSION.len();

            #[used]
            #[unsafe(link_section = "mortise:sdk-version")]
            static STAMP: [u8; LENGTH] = match $crate::VERSION.as_bytes().first_chunk() {
                Some(version) => *version,
                None => [0; LENGTH],
            };
        };
    };
}

/// Makes the crate a component that serves the given [`Integration`](crate::Integration), once in a crate:
/// `mortise_sdk::export!(Example);`. The crate's `crate-type` must hold `cdylib`. Natively it does nothing, so that the crate
/// can be tested.
#[cfg(not(target_family = "wasm"))]
#[macro_export]
macro_rules! export {
    ($integration:ident) => {
        const _: fn() -> $crate::Capabilities = <$integration as $crate::Integration>::capabilities;
    };
}
