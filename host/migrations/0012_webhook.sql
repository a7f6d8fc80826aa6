-- Webhooks: endpoints of the operator's application, and what is sent to them.
CREATE TABLE webhook (
    -- A version 7 uuid: the order of ids is the order in time.
    id TEXT NOT NULL PRIMARY KEY,
    target_url TEXT NOT NULL,
    -- JSON list. Empty: every event.
    event_types TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    -- Why the host switched it off. Null: it did not.
    disabled_reason TEXT,
    -- Sealed by the vault.
    secret TEXT NOT NULL,
    -- The one before, sealed. It signs too until its time is over.
    previous_secret TEXT,
    previous_secret_until BIGINT,
    -- The first failure since the last success, while something has waited ever since. Null: there is none.
    failing_since BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- One event for one endpoint: written in the transaction of the change that it tells of.
CREATE TABLE webhook_delivery (
    -- A version 7 uuid; the same for every endpoint and every attempt.
    event_id TEXT NOT NULL,
    -- No foreign key: a webhook that is removed must not fail the changes that write at that moment. A purge deletes what is left.
    webhook_id TEXT NOT NULL,
    -- The account may be gone.
    account_id TEXT NOT NULL,
    -- Grows with the account's events.
    sequence BIGINT NOT NULL,
    -- Rows with the same text wait for each other: the account's id, and `<id> replayed` for what is sent again.
    order_key TEXT NOT NULL,
    event TEXT NOT NULL,
    -- The bytes that every attempt sends.
    body TEXT NOT NULL,
    -- pending, sent or dead.
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at BIGINT NOT NULL,
    -- Who sends it now, and until when nobody else does.
    lease_holder TEXT,
    leased_until BIGINT NOT NULL,
    last_status INTEGER,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (event_id, webhook_id)
);

-- Finds the first row of each order_key, however many wait behind it.
CREATE INDEX webhook_delivery_first ON webhook_delivery (webhook_id, order_key, sequence) WHERE status = 'pending';
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, status, next_at);
CREATE INDEX webhook_delivery_by_account ON webhook_delivery (account_id, sequence);
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (status, updated_at);
