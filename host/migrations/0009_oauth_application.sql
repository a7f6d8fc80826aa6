-- The operator's OAuth applications: the clients for which vendors issue tokens to accounts.
CREATE TABLE oauth_application (
    id TEXT NOT NULL PRIMARY KEY,
    integration TEXT NOT NULL,
    -- Empty: of every tenant that has none of its own. Not null, as no two nulls are equal to a unique index.
    tenant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    -- Sealed by the vault. Null: the client has none.
    client_secret TEXT,
    -- JSON list. Empty: those that the integration declares.
    scopes TEXT NOT NULL,
    redirect_url TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- When another client took its place. Null: new accounts get it.
    replaced_at BIGINT
);

CREATE UNIQUE INDEX oauth_application_by_client ON oauth_application (integration, tenant_id, client_id);
CREATE UNIQUE INDEX oauth_application_in_force ON oauth_application (integration, tenant_id) WHERE replaced_at IS NULL;

-- The application for whose client the vendor issued the account's tokens. Null: the account carries its own client, or none.
ALTER TABLE integrated_account ADD COLUMN application_id TEXT REFERENCES oauth_application (id);

CREATE INDEX integrated_account_by_application ON integrated_account (application_id, created_at, id);
