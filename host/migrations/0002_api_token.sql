-- API tokens. The token itself is shown once and never stored.
CREATE TABLE api_token (
    id TEXT NOT NULL PRIMARY KEY,
    -- SHA-256 of the token, in hexadecimal.
    hash TEXT NOT NULL UNIQUE,
    -- The token's first characters, by which people tell tokens apart.
    hint TEXT NOT NULL,
    name TEXT,
    scope TEXT NOT NULL,
    -- Null: every tenant.
    tenant_id TEXT,
    created_at BIGINT NOT NULL,
    -- Null: never.
    expires_at BIGINT,
    revoked_at BIGINT
);
