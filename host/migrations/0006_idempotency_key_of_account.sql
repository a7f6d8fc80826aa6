-- A key goes with its account, and the digest of its request is sealed: in the clear it would let a short body be guessed.
-- SQLite cannot add a reference to a table that exists.
CREATE TABLE idempotency_key_of_account (
    -- SHA-256 over account, method, path and key, in hexadecimal.
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES integrated_account (id) ON DELETE CASCADE,
    -- SHA-256 over query string and body, in hexadecimal, sealed by the vault for the account.
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

INSERT INTO idempotency_key_of_account (id, account_id, fingerprint, state, owner, lease_until, answer, expires_at)
SELECT id, account_id, fingerprint, state, owner, lease_until, answer, expires_at FROM idempotency_key
WHERE account_id IN (SELECT id FROM integrated_account);

DROP TABLE idempotency_key;

ALTER TABLE idempotency_key_of_account RENAME TO idempotency_key;

CREATE INDEX idempotency_key_by_expiry ON idempotency_key (expires_at);
CREATE INDEX idempotency_key_by_account ON idempotency_key (account_id);
