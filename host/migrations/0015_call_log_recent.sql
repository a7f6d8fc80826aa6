-- Counts the calls of the last hour for the operator's page, and finds the slowest vendors, without reading the rows themselves.
CREATE INDEX call_log_by_time ON call_log (created_at, status, integration, vendor_us);
