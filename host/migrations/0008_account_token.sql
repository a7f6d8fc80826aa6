-- Tokens for one account, of a quarter of an hour. The token itself is told once and never stored.
CREATE TABLE account_token (
    -- SHA-256 of the token, in hexadecimal.
    hash TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES integrated_account (id) ON DELETE CASCADE,
    -- The API token that asked for it. What that may no longer do, this may not either.
    made_by TEXT NOT NULL REFERENCES api_token (id),
    expires_at BIGINT NOT NULL
);

CREATE INDEX account_token_by_expiry ON account_token (expires_at);
CREATE INDEX account_token_by_account ON account_token (account_id);
