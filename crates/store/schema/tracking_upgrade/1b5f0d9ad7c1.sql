-- To 1b5f0d9ad7c1: workspaces.
ALTER TABLE evaluation_datasets ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default';
ALTER TABLE webhooks ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default';
ALTER TABLE jobs ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default';
CREATE INDEX index_jobs_name_status_creation_time ON jobs (job_name, workspace, status, creation_time);
CREATE INDEX idx_experiments_workspace ON experiments (workspace);
CREATE INDEX idx_experiments_workspace_creation_time ON experiments (workspace, creation_time);
CREATE INDEX idx_registered_models_workspace ON registered_models (workspace);
CREATE INDEX idx_evaluation_datasets_workspace ON evaluation_datasets (workspace);
CREATE INDEX idx_webhooks_workspace ON webhooks (workspace);
CREATE INDEX idx_secrets_workspace ON secrets (workspace);
CREATE INDEX idx_endpoints_workspace ON endpoints (workspace);
CREATE INDEX idx_model_definitions_workspace ON model_definitions (workspace);
CREATE TABLE workspaces (
    name VARCHAR(63) NOT NULL,
    description TEXT,
    default_artifact_root TEXT,
    CONSTRAINT workspaces_pk PRIMARY KEY (name)
);
INSERT INTO workspaces (name, description) SELECT 'default', 'Default workspace for legacy resources' WHERE NOT EXISTS (SELECT 1 FROM workspaces WHERE name = 'default');
