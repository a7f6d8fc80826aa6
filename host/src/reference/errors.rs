//! The statuses of errors and their meanings: one table for the OpenAPI document and the pages.

/// Why an error has its status.
#[derive(Debug)]
pub struct ErrorRow {
    /// The status.
    pub status: u16,
    /// When it comes.
    pub when: &'static str,
    /// Whether the vendor is its source.
    pub remote: Remote,
}

/// Whether an error carries `truto_is_remote_error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remote {
    /// It is this host's own error.
    No,
    /// It is the vendor's answer.
    Yes,
    /// If the host asked the vendor and got no usable answer.
    Maybe,
}

impl Remote {
    /// Words for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "yes",
            Self::Maybe => "if the host asked the vendor",
        }
    }
}

const fn row(status: u16, remote: Remote, when: &'static str) -> ErrorRow {
    ErrorRow { status, when, remote }
}

/// Every kind of error, by status.
pub const ERRORS: &[ErrorRow] = &[
    row(
        400,
        Remote::No,
        "A field or parameter is missing, has a wrong type or is outside its set. Or the body is not one JSON object. Or the \
         integration refuses the input. Or the account's variables do not fit the integration. `details.failures` has the violations.",
    ),
    row(401, Remote::No, "The request has no valid token."),
    row(
        401,
        Remote::Yes,
        "The vendor refused the account's credentials. The account becomes `needs_reauth`, and its calls get this answer until it has \
         new credentials. Or the vendor refused the validation of the account, which is then `validation_error`.",
    ),
    row(
        403,
        Remote::No,
        "The token's scope or tenant does not allow the request. Or the operator has not switched on passthrough for the \
         integration. Or the redirect of a link token is not on the operator's list.",
    ),
    row(
        403,
        Remote::Yes,
        "The vendor does not allow this to the account. The account's `last_forbidden_error` has the answer until a call succeeds.",
    ),
    row(404, Remote::No, "There is no such route, category, integration, account or token."),
    row(404, Remote::Yes, "The vendor has no such record."),
    row(
        405,
        Remote::No,
        "The route does not take this method. Or the call writes, the account is a sandbox, and `mortise_dry_run` is not true.",
    ),
    row(408, Remote::No, "The body did not arrive in time."),
    row(
        409,
        Remote::No,
        "A call with the same `Idempotency-Key` is in flight: send the request again after `retry-after`. Without that header, the \
         outcome of the first call is unknown, or its answer was too large to keep: look at the vendor, then use a new key if you \
         still need the call. For a reload: the reason why the host does not serve the newest component. For a token: it cannot \
         revoke itself. For an OAuth application: the integration takes none, or accounts have tokens of it.",
    ),
    row(413, Remote::No, "The body is too large."),
    row(415, Remote::No, "The body is not declared as JSON, or is compressed."),
    row(
        429,
        Remote::No,
        "A limit is used up: requests with this token, requests for this account, or a limit that the integration declares for its \
         vendor. Wait for `retry-after` seconds.",
    ),
    row(
        429,
        Remote::Yes,
        "The vendor limits the rate of requests. Wait for as long as `retry-after` says, which may be a date.",
    ),
    row(500, Remote::No, "The host failed. The operator finds the reason in the host's log by the `x-request-id`."),
    row(501, Remote::No, "The integration does not offer this operation in this category."),
    row(
        502,
        Remote::Maybe,
        "The integration failed. Or the vendor gave no usable answer: it is not reachable, its answer broke off or is too large.",
    ),
    row(
        503,
        Remote::No,
        "The host has no room for another call. Or the integration is not loaded, or has failed too often. Or the host's database is \
         not available. Or the vendor is too busy for the sign-in that the call needs. Wait for `retry-after` seconds.",
    ),
    row(504, Remote::No, "The call's deadline passed, or the vendor did not answer in time."),
];

/// The meanings of one status, for a document that has one entry for each.
pub(super) fn meaning(status: u16) -> String {
    let rows: Vec<&str> = ERRORS.iter().filter(|row| row.status == status).map(|row| row.when).collect();
    rows.join(" Or: ")
}
