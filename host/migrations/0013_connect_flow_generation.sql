-- Drawn anew with each beginning of a flow: an attempt that a later one with the same id has replaced changes nothing of that one.
ALTER TABLE connect_flow ADD COLUMN generation TEXT NOT NULL DEFAULT '';
