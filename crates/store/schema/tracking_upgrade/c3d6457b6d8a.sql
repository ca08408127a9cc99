-- To c3d6457b6d8a: details of a job's status.
ALTER TABLE jobs ADD COLUMN status_details JSON;
