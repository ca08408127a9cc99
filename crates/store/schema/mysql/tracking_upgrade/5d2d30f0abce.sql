-- To 5d2d30f0abce: jobs have a name.
--: if index jobs.index_jobs_function_status_creation_time
DROP INDEX index_jobs_function_status_creation_time ON jobs;
-- It may be NULL from now on, as MLflow's migration has it.
--: if column jobs.function_fullname
ALTER TABLE jobs CHANGE function_fullname job_name VARCHAR(500);
CREATE INDEX index_jobs_name_status_creation_time ON jobs (job_name, status, creation_time);
