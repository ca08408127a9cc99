-- To b7e2c1a4d9f3: who created a job.
ALTER TABLE jobs ADD COLUMN creator VARCHAR(255);
