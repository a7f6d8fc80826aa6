//! Words of the contract that host and SDK share: how an operation supports a field, the field's JSON type, and why a
//! call failed.

use crate::names::names;

names! {
    /// How an operation supports a field.
    Level {
        /// The host answers 400 without it.
        Required = "required",
        /// The plugin uses it if the caller gives it.
        Writable = "writable",
        /// The host accepts it, does not pass it on, and names it to the caller in `mortise-ignored-fields`.
        Ignored = "ignored",
    }
}

names! {
    /// The JSON type of a field that only one vendor has, as JSON Schema calls it.
    JsonType {
        /// A string.
        String = "string",
        /// A number without a fraction.
        Integer = "integer",
        /// Any number.
        Number = "number",
        /// `true` or `false`.
        Boolean = "boolean",
        /// An object.
        Object = "object",
        /// An array.
        Array = "array",
    }
}

names! {
    /// Why an integration failed: who must act to make the call succeed.
    FailureKind {
        /// The caller sent something that this vendor cannot take. Answered with 400.
        InvalidInput = "invalid-input",
        /// The vendor has no such record. Answered with 404.
        NotFound = "not-found",
        /// This vendor cannot do what the caller asked for. Answered with 501.
        Unsupported = "unsupported",
        /// The vendor answered with an error status. The host answers with that status and adds the vendor's body.
        Vendor = "vendor",
        /// The vendor's latest answer has a status of success, but its body says that the vendor did not do what it was
        /// asked to. Answered with 422 and the vendor's body.
        Refused = "refused",
        /// The vendor no longer takes the cursor of a list. Answered with 400: the caller begins again at the first page.
        InvalidCursor = "invalid-cursor",
        /// The host's policy refused the request, or a limit of the call was reached. Answered with 502.
        Denied = "denied",
        /// The vendor did not answer in time. Answered with 504.
        Timeout = "timeout",
        /// The integration met something that it cannot explain. Answered with 502.
        Internal = "internal",
    }
}
