-- Integrated accounts: one customer's connection to one vendor.
-- Portable between SQLite and PostgreSQL: TEXT, BIGINT and INTEGER only. Timestamps are microseconds since the Unix
-- epoch, booleans are 0 or 1, JSON is text.
CREATE TABLE integrated_account (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    integration TEXT NOT NULL,
    authentication_method TEXT,
    status TEXT NOT NULL,
    is_sandbox INTEGER NOT NULL,
    -- JSON object of the variables that are no credentials.
    context TEXT NOT NULL,
    -- The credentials, sealed by the vault: v1.<key id>.<nonce>.<ciphertext>.
    secrets TEXT NOT NULL,
    last_error TEXT,
    last_forbidden_error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Grows with every write; an update that read an older one starts again.
    version BIGINT NOT NULL
);

CREATE INDEX integrated_account_by_age ON integrated_account (created_at, id);
CREATE INDEX integrated_account_by_tenant ON integrated_account (tenant_id, created_at, id);
CREATE INDEX integrated_account_by_integration ON integrated_account (integration, created_at, id);
CREATE INDEX integrated_account_by_status ON integrated_account (status, created_at, id);
