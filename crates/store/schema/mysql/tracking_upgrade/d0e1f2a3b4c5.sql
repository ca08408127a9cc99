-- To d0e1f2a3b4c5: what the experiment of an endpoint refers to.
--: unless foreign key endpoints.fk_endpoints_experiment_id
ALTER TABLE endpoints ADD CONSTRAINT fk_endpoints_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id) ON DELETE SET NULL;
