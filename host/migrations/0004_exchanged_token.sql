-- What a sign-in at the vendor brought, one row an account, and the lease of whoever is signing in.
-- Portable between SQLite and PostgreSQL, as in 0001; times are microseconds since the Unix epoch.
CREATE TABLE exchanged_token (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES integrated_account (id) ON DELETE CASCADE,
    -- The values, sealed by the vault, and in it what they were asked for with. Null: none yet.
    sealed TEXT,
    -- From when on a new sign-in is due, while the values still hold.
    refresh_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Who is signing in, and when somebody else may take over. Null and 0: nobody.
    lease_holder TEXT,
    leased_until BIGINT NOT NULL
);
