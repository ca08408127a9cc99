-- To 6f8d9c3b2a1e: traces go with their experiment.
--: for each foreign key of trace_info to experiments
ALTER TABLE trace_info DROP CONSTRAINT {name};
ALTER TABLE trace_info ADD CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE;
