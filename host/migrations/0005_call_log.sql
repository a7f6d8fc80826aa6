-- The last unified calls of each account, for people. No bodies, no query values, no credentials.
CREATE TABLE call_log (
    -- A version 7 uuid: the order of ids is the order in time.
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    integration TEXT NOT NULL,
    -- Null where the call did not get as far as to a plugin.
    generation TEXT,
    request_id TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    -- What the caller was answered.
    status INTEGER NOT NULL,
    -- ok, or the kind of error in one word.
    outcome TEXT NOT NULL,
    -- Microseconds.
    guest_us BIGINT NOT NULL,
    vendor_us BIGINT NOT NULL,
    host_us BIGINT NOT NULL,
    -- JSON list of the vendor requests.
    exchanges TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX call_log_by_account ON call_log (account_id, id);
CREATE INDEX call_log_by_tenant ON call_log (tenant_id, id);
