-- To c1d2e3f4a5b6: what an index with the time takes the place of.
DROP INDEX index_spans_experiment_id;
