-- SHA-256 of the key that the connect page has drawn for the flow, in hexadecimal. Only a page with this key is told how the flow goes.
-- Null: the form had no key, or an earlier version of the host began the flow.
ALTER TABLE connect_flow ADD COLUMN key_hash TEXT;
