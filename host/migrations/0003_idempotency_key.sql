-- Idempotency keys: what became of the calls that carried one.
CREATE TABLE idempotency_key (
    -- SHA-256 over account, method, path and key, in hexadecimal.
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    -- SHA-256 over query string and body, in hexadecimal.
    fingerprint TEXT NOT NULL,
    -- running: nothing that writes has left. sent: something may have. kept: the call has ended.
    state TEXT NOT NULL,
    -- The attempt that may change the row.
    owner TEXT NOT NULL,
    -- Until when that attempt is believed to live.
    lease_until BIGINT NOT NULL,
    -- The answer, sealed by the vault for the account; null until it is kept.
    answer TEXT,
    -- From when on the row counts as absent.
    expires_at BIGINT NOT NULL
);

CREATE INDEX idempotency_key_by_expiry ON idempotency_key (expires_at);
