-- What a call takes in the log of calls, which is bounded in bytes too.
ALTER TABLE call_log ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;

UPDATE call_log SET bytes = 400 + length(path) + length(exchanges);

CREATE INDEX call_log_by_bytes ON call_log (id, bytes);
