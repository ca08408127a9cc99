-- To da6fb0208061: where traces are archived.
ALTER TABLE trace_info ADD COLUMN db_payload_generation INTEGER NOT NULL DEFAULT '0';
ALTER TABLE workspaces ADD COLUMN trace_archival_location TEXT;
ALTER TABLE workspaces ADD COLUMN trace_archival_retention VARCHAR(32);
