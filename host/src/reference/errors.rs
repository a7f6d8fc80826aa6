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
    /// It is of this host's own.
    No,
    /// The vendor answered so.
    Yes,
    /// Where the vendor was asked and gave no usable answer.
    Maybe,
}

impl Remote {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "yes",
            Self::Maybe => "where the vendor was asked",
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
        "A field or parameter is missing, mistyped or outside its set; the body is not one JSON object; the integration refuses \
         the input; the account's variables do not fit the integration. The violations are in `details.failures`.",
    ),
    row(401, Remote::No, "No valid token was sent."),
    row(
        401,
        Remote::Yes,
        "The vendor refused the account's credentials. The account becomes `needs_reauth` and answers so until it has new ones. Or it \
         refused the validation of the account, which is `validation_error`.",
    ),
    row(
        403,
        Remote::No,
        "The token's scope or tenant does not allow it; or passthrough is off for the integration; or, of a link token, its redirect is \
         not on the operator's list.",
    ),
    row(
        403,
        Remote::Yes,
        "The vendor does not allow it to the account. Noted in the account's `last_forbidden_error` until a call succeeds.",
    ),
    row(404, Remote::No, "No such route, category, integration, account or token."),
    row(404, Remote::Yes, "The vendor has no such record."),
    row(
        405,
        Remote::No,
        "The route does not take this method; or it writes, the account is a sandbox and `mortise_dry_run` is not true.",
    ),
    row(408, Remote::No, "The body did not arrive in time."),
    row(
        409,
        Remote::No,
        "A call with the same `Idempotency-Key` is being served: send it again after `retry-after`. Without that header the outcome of \
         the first call is unknown, or its answer was too large to keep: look at the vendor, then use a new key if it is still needed. Of a reload: why the newest component \
         is not served. Of a token: it does not revoke itself. Of an OAuth application: the integration takes none, or accounts have \
         tokens of it.",
    ),
    row(413, Remote::No, "The body is too large."),
    row(415, Remote::No, "The body is not sent as JSON, or is compressed."),
    row(
        429,
        Remote::No,
        "A limit of this host (requests with this token, or for this account), or one that the integration declares for its vendor, \
         is used up. Wait for as long as `retry-after` says.",
    ),
    row(429, Remote::Yes, "The vendor limits the rate of requests. Wait for as long as `retry-after` says."),
    row(500, Remote::No, "The host failed. Its operator finds the reason in the log under the `x-request-id`."),
    row(501, Remote::No, "The integration does not offer this operation in this category."),
    row(
        502,
        Remote::Maybe,
        "The integration failed, or the vendor gave no usable answer: not reachable, broken off, too large.",
    ),
    row(
        503,
        Remote::No,
        "No room for another call, the integration is not loaded or has failed too often, the host's database is not available, or \
         the vendor is too busy for the sign-in that the call needs. Wait for as long as `retry-after` says.",
    ),
    row(504, Remote::No, "The call's deadline passed, or the vendor did not answer in time."),
];

/// The meanings of one status, for a document that has one entry for each.
pub(super) fn meaning(status: u16) -> String {
    let rows: Vec<&str> = ERRORS.iter().filter(|row| row.status == status).map(|row| row.when).collect();
    rows.join(" Or: ")
}
