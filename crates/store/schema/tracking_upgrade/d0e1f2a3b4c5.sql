-- To d0e1f2a3b4c5: the experiment of an endpoint.
ALTER TABLE endpoints ADD COLUMN experiment_id INTEGER;
ALTER TABLE endpoints ADD COLUMN usage_tracking BOOLEAN NOT NULL DEFAULT '0';
