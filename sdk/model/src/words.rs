//! The closed sets of words in the contract (`wit/integration.wit`). Host and SDKs share them. The types of the SDKs
//! for other languages are written from them (`tests/languages`).

use crate::names::{Operation, words};

words! {
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

words! {
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

words! {
    /// Why an integration failed: who must act to make the call succeed.
    FailureKind {
        /// The caller sent something that this vendor cannot take. Answered with 400.
        InvalidInput = "invalid-input",
        /// The vendor has no such record. Answered with 404.
        NotFound = "not-found",
        /// This vendor cannot do what the caller asked for. Answered with 501.
        Unsupported = "unsupported",
        /// The vendor answered with an error status, or gave no usable answer. The host answers with that status and the
        /// vendor's body, or with 502.
        Vendor = "vendor",
        /// The vendor's latest answer has a status of success, but its body says that the vendor did not do what it was
        /// asked to. Answered with the vendor's body, and with 422 unless the answer's status is 400 or more.
        Refused = "refused",
        /// The vendor does not take the cursor of a list: it has expired, or the vendor never gave it out. Answered with
        /// 400: the caller begins again at the first page.
        InvalidCursor = "invalid-cursor",
        /// The host's policy refused the request, or a limit of the call was reached. Answered with 502.
        Denied = "denied",
        /// The vendor did not answer in time. Answered with 504.
        Timeout = "timeout",
        /// The integration met something that it cannot explain. Answered with 502.
        Internal = "internal",
    }
}

words! {
    /// How the author knows the vendor's API: the best evidence that most of the facts have. The best kind
    /// comes first.
    EvidenceKind {
        /// Somebody ran the operations against the vendor's service or software.
        RealServer = "real-server",
        /// The vendor's own reference or clients.
        VendorDocument = "vendor-document",
        /// Clients and connectors that others wrote.
        SecondHand = "second-hand",
        /// Memory.
        Recalled = "recalled",
    }
}

words! {
    /// Where the credentials go that sign a request.
    AuthKind {
        /// `Authorization: Bearer <token>` (RFC 6750).
        Bearer = "bearer",
        /// `Authorization: Basic …` (RFC 7617).
        Basic = "basic",
        /// Every parameter is a header.
        Header = "header",
        /// Every parameter is a query parameter.
        Query = "query",
    }
}

words! {
    /// The kind of a sign-in: the name by which an account's `authentication_method` chooses the scheme. The
    /// declaration has every field of the request, whatever the kind.
    ExchangeKind {
        /// Gets an access token for a refresh token (RFC 6749 §6).
        OAuth2Refresh = "oauth2-refresh",
        /// Gets an access token for the client's own credentials (RFC 6749 §4.4).
        OAuth2ClientCredentials = "oauth2-client-credentials",
        /// Gets an access token for a user's name and password (RFC 6749 §4.3).
        OAuth2Password = "oauth2-password",
        /// Gets a lasting access token for a code (RFC 6749 §4.1). The account stores it, and the host never repeats
        /// the exchange.
        OAuth2AuthorizationCode = "oauth2-authorization-code",
        /// Any other sign-in.
        Other = "exchange",
    }
}

words! {
    /// The method of a sign-in.
    ExchangeMethod {
        /// GET, with the fields in the query.
        Get = "get",
        /// POST.
        Post = "post",
    }
}

words! {
    /// The place of a sign-in's fields in the request.
    ExchangeEncoding {
        /// A body of `application/x-www-form-urlencoded`.
        Form = "form",
        /// A JSON body. Dots in a field's name nest.
        Json = "json",
        /// The query of the URL. A GET has no other place.
        Query = "query",
    }
}

words! {
    /// Whether an authorization request has a code challenge (RFC 7636). The method is always S256.
    Pkce {
        /// The vendor refuses a request without a challenge.
        Required = "required",
        /// The vendor accepts a challenge.
        On = "on",
        /// The vendor refuses a challenge.
        Off = "off",
    }
}

words! {
    /// Where a value for one of the account's variables comes from when a person consents.
    CaptureSource {
        /// The answer to the code.
        Token = "token",
        /// The query of the URL at which the person comes back.
        Redirect = "redirect",
    }
}

words! {
    /// How the vendor marks the last page of a list.
    End {
        /// By a sign of its own, such as a cursor or a flag.
        Told = "told",
        /// Only by the number of all rows.
        Total = "total",
        /// Only by a page with fewer rows than the integration asked for.
        Short = "short",
        /// Not at all. The vendor gives all users at once, and the host makes pages of them.
        Whole = "whole",
    }
}

words! {
    /// The order of rows in a list.
    Order {
        /// By something that never changes, such as the identifier. A caller misses no row and sees none twice.
        Stable = "stable",
        /// Rows can move while a caller pages.
        Unstable = "unstable",
    }
}

words! {
    /// What a deletion does to the user.
    Effect {
        /// The user and the identifier are gone.
        Deletes = "deletes",
        /// The user stays, and can no longer sign in.
        Deactivates = "deactivates",
        /// The user is gone, and can be restored for some time.
        Trashes = "trashes",
        /// The user leaves the organisation or workspace, and stays a user of the vendor.
        Unlinks = "unlinks",
        /// The user is gone, and the vendor erases its data about the person.
        Erases = "erases",
    }
}

words! {
    /// How a filter compares.
    Operator {
        /// Equal.
        Eq = "eq",
        /// Later.
        Gt = "gt",
        /// Later or equal.
        Gte = "gte",
        /// Earlier.
        Lt = "lt",
        /// Earlier or equal.
        Lte = "lte",
    }
}

words! {
    /// A unified query parameter that an integration can declare, besides the filters and orders of a list.
    QueryParameter {
        /// The organization of the user.
        OrganizationId = "organization_id",
        /// The workspace of the user.
        WorkspaceId = "workspace_id",
        /// The group of the user.
        GroupId = "group_id",
        /// The workspace of the user, by the vendor's name for it.
        Workspace = "workspace",
        /// A further identifier of the user.
        UserId = "user_id",
        /// The groups of the user.
        Groups = "groups",
        /// The projects or boards to which the vendor adds the user.
        Collections = "collections",
        /// Only of `delete-user`: the user who gets what the deleted user leaves.
        ReassignTo = "reassign_to",
        /// Only of `delete-user`: whether the vendor deletes the user even if something prevents it by default.
        Force = "force",
    }
}

impl QueryParameter {
    /// Whether this operation can have it.
    pub fn suits(self, operation: Operation) -> bool {
        !matches!(self, Self::ReassignTo | Self::Force) || operation == Operation::DeleteUser
    }
}
