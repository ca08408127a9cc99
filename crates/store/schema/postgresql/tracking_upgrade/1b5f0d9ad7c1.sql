-- To 1b5f0d9ad7c1: what belongs to a workspace has it in its key.
--: for each foreign key of model_versions to registered_models
ALTER TABLE model_versions DROP CONSTRAINT {name};
--: for each foreign key of registered_model_tags to registered_models
ALTER TABLE registered_model_tags DROP CONSTRAINT {name};
--: for each foreign key of model_version_tags to model_versions
ALTER TABLE model_version_tags DROP CONSTRAINT {name};
--: for each foreign key of registered_model_aliases to registered_models
ALTER TABLE registered_model_aliases DROP CONSTRAINT {name};
--: for each unique of experiments on name
ALTER TABLE experiments DROP CONSTRAINT {name};
--: for each unique of registered_models on name
ALTER TABLE registered_models DROP CONSTRAINT {name};
ALTER TABLE registered_models DROP CONSTRAINT registered_model_pk;
ALTER TABLE registered_models ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT registered_model_pk PRIMARY KEY (workspace, name);
ALTER TABLE model_versions DROP CONSTRAINT model_version_pk;
ALTER TABLE model_versions ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT model_version_pk PRIMARY KEY (workspace, name, version);
ALTER TABLE registered_model_tags DROP CONSTRAINT registered_model_tag_pk;
ALTER TABLE registered_model_tags ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT registered_model_tag_pk PRIMARY KEY (workspace, "key", name);
ALTER TABLE model_version_tags DROP CONSTRAINT model_version_tag_pk;
ALTER TABLE model_version_tags ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT model_version_tag_pk PRIMARY KEY (workspace, "key", name, version);
ALTER TABLE registered_model_aliases DROP CONSTRAINT registered_model_alias_pk;
ALTER TABLE registered_model_aliases ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT registered_model_alias_pk PRIMARY KEY (workspace, name, alias);
ALTER TABLE model_versions ADD CONSTRAINT fk_model_versions_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE;
ALTER TABLE registered_model_tags ADD CONSTRAINT fk_registered_model_tags_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE;
ALTER TABLE model_version_tags ADD CONSTRAINT fk_model_version_tags_model_versions FOREIGN KEY (workspace, name, version) REFERENCES model_versions (workspace, name, version) ON UPDATE CASCADE;
ALTER TABLE registered_model_aliases ADD CONSTRAINT fk_registered_model_aliases_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE experiments ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT uq_experiments_workspace_name UNIQUE (workspace, name);
DROP INDEX unique_secret_name;
ALTER TABLE secrets ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT uq_secrets_workspace_secret_name UNIQUE (workspace, secret_name);
DROP INDEX unique_endpoint_name;
ALTER TABLE endpoints ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT uq_endpoints_workspace_name UNIQUE (workspace, name);
DROP INDEX unique_model_definition_name;
ALTER TABLE model_definitions ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default', ADD CONSTRAINT uq_model_definitions_workspace_name UNIQUE (workspace, name);
DROP INDEX index_jobs_name_status_creation_time;
