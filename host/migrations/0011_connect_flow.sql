-- Attempts to connect an account. Each ends once, and is kept for some minutes afterwards: its pages tell how it ended.
CREATE TABLE connect_flow (
    -- A version 4 uuid, which the connect page draws.
    id TEXT NOT NULL PRIMARY KEY,
    -- Of the link token: SHA-256, in hexadecimal.
    link_hash TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    -- The account to connect again. Null: a new one.
    account_id TEXT,
    integration TEXT NOT NULL,
    method TEXT,
    -- The application in whose name the vendor is asked. Null: the account has a client of its own, or needs none.
    application_id TEXT,
    -- SHA-256 of what the vendor brings back and of what the browser holds, in hexadecimal. Null: nobody is sent to the vendor.
    state_hash TEXT UNIQUE,
    cookie_hash TEXT,
    -- JSON: where the person is sent and where the code is redeemed, and in whose name.
    pinned TEXT,
    -- Variables of the account to be and the verifier of the code challenge, sealed by the vault for the flow. Null: no longer needed.
    sealed TEXT,
    -- Where the application wants people afterwards.
    redirect_uri TEXT,
    -- Whether the vendor is shown in the window of the connect page, or in a second one.
    shown_in TEXT NOT NULL,
    status TEXT NOT NULL,
    -- The account that is connected, or will be when the application confirms it.
    connected_id TEXT,
    -- JSON: why it failed.
    failure TEXT,
    -- SHA-256 of the code with which the application confirms, in hexadecimal.
    confirmation_hash TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    -- When the vendor sent the person back.
    returned_at BIGINT,
    expires_at BIGINT NOT NULL
);

CREATE INDEX connect_flow_by_link ON connect_flow (link_hash, created_at);
CREATE INDEX connect_flow_by_expiry ON connect_flow (expires_at);
