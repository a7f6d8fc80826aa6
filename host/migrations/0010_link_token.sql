-- Link tokens: who may connect one account of a tenant. The token itself is shown once and never stored; it is deleted with its use.
CREATE TABLE link_token (
    -- A version 7 uuid: the order of ids is the order in time.
    id TEXT NOT NULL PRIMARY KEY,
    -- SHA-256 of the token, in hexadecimal.
    hash TEXT NOT NULL UNIQUE,
    tenant_id TEXT NOT NULL,
    -- The account to connect again. Null: a new one.
    account_id TEXT REFERENCES integrated_account (id) ON DELETE CASCADE,
    -- Whether that account keeps the variables that it has.
    persist_previous_context INTEGER NOT NULL,
    -- Where people are sent afterwards.
    redirect_uri TEXT,
    -- JSON list. Empty: those of the application or the integration.
    scopes TEXT NOT NULL,
    -- JSON list of slugs. Empty: any.
    integrations TEXT NOT NULL,
    -- Variables of the account to be, sealed by the vault for the token: there may be credentials among them.
    context TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX link_token_by_tenant ON link_token (tenant_id, id);
CREATE INDEX link_token_by_expiry ON link_token (expires_at);
CREATE INDEX link_token_by_account ON link_token (account_id);
