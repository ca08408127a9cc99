-- To a5b4c3d2e1f0: an index for the history of a metric.
CREATE INDEX index_metrics_run_uuid_key_step ON metrics (run_uuid, "key", step);
