-- To 1b5f0d9ad7c1: what belongs to a workspace has it in its key. A table's own changes are one statement, and so are there all or not at all.
--: for each foreign key of model_versions to registered_models
ALTER TABLE model_versions DROP FOREIGN KEY {name};
--: for each foreign key of registered_model_tags to registered_models
ALTER TABLE registered_model_tags DROP FOREIGN KEY {name};
--: for each foreign key of model_version_tags to model_versions
ALTER TABLE model_version_tags DROP FOREIGN KEY {name};
--: for each foreign key of registered_model_aliases to registered_models
ALTER TABLE registered_model_aliases DROP FOREIGN KEY {name};
--: for each unique of experiments on name
ALTER TABLE experiments DROP INDEX {name};
--: for each unique of registered_models on name
ALTER TABLE registered_models DROP INDEX {name};
ALTER TABLE registered_models ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', DROP PRIMARY KEY, ADD PRIMARY KEY (workspace, name);
ALTER TABLE model_versions ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', DROP PRIMARY KEY, ADD PRIMARY KEY (workspace, name, version);
ALTER TABLE registered_model_tags ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', DROP PRIMARY KEY, ADD PRIMARY KEY (workspace, "key", name);
ALTER TABLE model_version_tags ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', DROP PRIMARY KEY, ADD PRIMARY KEY (workspace, "key", name, version);
ALTER TABLE registered_model_aliases ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', DROP PRIMARY KEY, ADD PRIMARY KEY (workspace, name, alias);
--: unless foreign key model_versions.fk_model_versions_registered_models
ALTER TABLE model_versions ADD CONSTRAINT fk_model_versions_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE;
--: unless foreign key registered_model_tags.fk_registered_model_tags_registered_models
ALTER TABLE registered_model_tags ADD CONSTRAINT fk_registered_model_tags_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE;
--: unless foreign key model_version_tags.fk_model_version_tags_model_versions
ALTER TABLE model_version_tags ADD CONSTRAINT fk_model_version_tags_model_versions FOREIGN KEY (workspace, name, version) REFERENCES model_versions (workspace, name, version) ON UPDATE CASCADE;
--: unless foreign key registered_model_aliases.fk_registered_model_aliases_registered_models
ALTER TABLE registered_model_aliases ADD CONSTRAINT fk_registered_model_aliases_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE experiments ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT uq_experiments_workspace_name UNIQUE (workspace, name);
--: for each unique of secrets on secret_name
ALTER TABLE secrets DROP INDEX {name};
ALTER TABLE secrets ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT uq_secrets_workspace_secret_name UNIQUE (workspace, secret_name);
--: for each unique of endpoints on name
ALTER TABLE endpoints DROP INDEX {name};
ALTER TABLE endpoints ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT uq_endpoints_workspace_name UNIQUE (workspace, name);
--: for each unique of model_definitions on name
ALTER TABLE model_definitions DROP INDEX {name};
ALTER TABLE model_definitions ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT uq_model_definitions_workspace_name UNIQUE (workspace, name);
-- The index that comes has the same name: until the column is there, it is the one that goes.
--: unless column jobs.workspace
ALTER TABLE jobs DROP INDEX index_jobs_name_status_creation_time, ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD INDEX index_jobs_name_status_creation_time (job_name, workspace, status, creation_time);
