-- To 75868b020152: what only the filled tables can have.
ALTER TABLE assessments MODIFY is_numeric_value BOOLEAN NOT NULL DEFAULT {false};
--: if column spans.dimension_attributes
ALTER TABLE spans DROP COLUMN dimension_attributes;
CREATE INDEX idx_span_cost_rollups_lookup ON sql_span_cost_daily_rollups (experiment_id, rollup_day, metric_name, grouping_set, model_name(64), model_provider(64));
CREATE INDEX idx_spans_cost_trace_time_cover ON spans (trace_id, start_time_unix_nano);
CREATE INDEX idx_spans_cost_exp_time_cover ON spans (experiment_id, start_time_unix_nano);
