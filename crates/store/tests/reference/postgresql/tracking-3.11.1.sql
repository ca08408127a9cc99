CREATE FUNCTION prevent_secrets_aad_mutation() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.secret_id != NEW.secret_id OR OLD.secret_name != NEW.secret_name THEN
        RAISE EXCEPTION 'secret_id and secret_name are immutable (used as AAD in encryption)';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE assessments (
    assessment_id character varying(50) NOT NULL,
    trace_id character varying(50) NOT NULL,
    name character varying(250) NOT NULL,
    assessment_type character varying(20) NOT NULL,
    value text NOT NULL,
    error text,
    created_timestamp bigint NOT NULL,
    last_updated_timestamp bigint NOT NULL,
    source_type character varying(50) NOT NULL,
    source_id character varying(250),
    run_id character varying(32),
    span_id character varying(50),
    rationale text,
    overrides character varying(50),
    valid boolean NOT NULL,
    assessment_metadata text
);
CREATE TABLE budget_policies (
    budget_policy_id character varying(36) NOT NULL,
    budget_unit character varying(32) NOT NULL,
    budget_amount double precision NOT NULL,
    duration_unit character varying(32) NOT NULL,
    duration_value integer NOT NULL,
    target_scope character varying(32) NOT NULL,
    budget_action character varying(32) NOT NULL,
    created_by character varying(255),
    created_at bigint NOT NULL,
    last_updated_by character varying(255),
    last_updated_at bigint NOT NULL,
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE TABLE datasets (
    dataset_uuid character varying(36) NOT NULL,
    experiment_id integer NOT NULL,
    name character varying(500) NOT NULL,
    digest character varying(36) NOT NULL,
    dataset_source_type character varying(36) NOT NULL,
    dataset_source text NOT NULL,
    dataset_schema text,
    dataset_profile text
);
CREATE TABLE endpoint_bindings (
    endpoint_id character varying(36) NOT NULL,
    resource_type character varying(50) NOT NULL,
    resource_id character varying(255) NOT NULL,
    created_at bigint NOT NULL,
    created_by character varying(255),
    last_updated_at bigint NOT NULL,
    last_updated_by character varying(255),
    display_name character varying(255)
);
CREATE TABLE endpoint_model_mappings (
    mapping_id character varying(36) NOT NULL,
    endpoint_id character varying(36) NOT NULL,
    model_definition_id character varying(36) NOT NULL,
    weight double precision NOT NULL,
    created_by character varying(255),
    created_at bigint NOT NULL,
    linkage_type character varying(64) DEFAULT 'PRIMARY'::character varying NOT NULL,
    fallback_order integer
);
CREATE TABLE endpoint_tags (
    key character varying(250) NOT NULL,
    value character varying(5000),
    endpoint_id character varying(36) NOT NULL
);
CREATE TABLE endpoints (
    endpoint_id character varying(36) NOT NULL,
    name character varying(255),
    created_by character varying(255),
    created_at bigint NOT NULL,
    last_updated_by character varying(255),
    last_updated_at bigint NOT NULL,
    routing_strategy character varying(64),
    fallback_config_json text,
    experiment_id integer,
    usage_tracking boolean DEFAULT false NOT NULL,
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE TABLE entity_associations (
    association_id character varying(36) NOT NULL,
    source_type character varying(36) NOT NULL,
    source_id character varying(36) NOT NULL,
    destination_type character varying(36) NOT NULL,
    destination_id character varying(36) NOT NULL,
    created_time bigint
);
CREATE TABLE evaluation_dataset_records (
    dataset_record_id character varying(36) NOT NULL,
    dataset_id character varying(36) NOT NULL,
    inputs json NOT NULL,
    expectations json,
    tags json,
    source json,
    source_id character varying(36),
    source_type character varying(255),
    created_time bigint,
    last_update_time bigint,
    created_by character varying(255),
    last_updated_by character varying(255),
    input_hash character varying(64) NOT NULL,
    outputs json
);
CREATE TABLE evaluation_dataset_tags (
    dataset_id character varying(36) NOT NULL,
    key character varying(255) NOT NULL,
    value character varying(5000)
);
CREATE TABLE evaluation_datasets (
    dataset_id character varying(36) NOT NULL,
    name character varying(255) NOT NULL,
    schema text,
    profile text,
    digest character varying(64),
    created_time bigint,
    last_update_time bigint,
    created_by character varying(255),
    last_updated_by character varying(255),
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE TABLE experiment_tags (
    key character varying(250) NOT NULL,
    value character varying(5000),
    experiment_id integer NOT NULL
);
CREATE TABLE experiments (
    experiment_id integer NOT NULL,
    name character varying(256) NOT NULL,
    artifact_location character varying(256),
    lifecycle_stage character varying(32),
    creation_time bigint,
    last_update_time bigint,
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL,
    CONSTRAINT experiments_lifecycle_stage CHECK (((lifecycle_stage)::text = ANY ((ARRAY['active'::character varying, 'deleted'::character varying])::text[])))
);
CREATE SEQUENCE experiments_experiment_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE experiments_experiment_id_seq OWNED BY experiments.experiment_id;
CREATE TABLE input_tags (
    input_uuid character varying(36) NOT NULL,
    name character varying(255) NOT NULL,
    value character varying(500) NOT NULL
);
CREATE TABLE inputs (
    input_uuid character varying(36) NOT NULL,
    source_type character varying(36) NOT NULL,
    source_id character varying(36) NOT NULL,
    destination_type character varying(36) NOT NULL,
    destination_id character varying(36) NOT NULL,
    step bigint DEFAULT '0'::bigint NOT NULL
);
CREATE TABLE issues (
    issue_id character varying(36) NOT NULL,
    experiment_id integer NOT NULL,
    name character varying(250) NOT NULL,
    description text NOT NULL,
    status character varying(50) NOT NULL,
    severity character varying(50),
    root_causes text,
    source_run_id character varying(32),
    categories text,
    created_timestamp bigint NOT NULL,
    last_updated_timestamp bigint NOT NULL,
    created_by character varying(255)
);
CREATE TABLE jobs (
    id character varying(36) NOT NULL,
    creation_time bigint NOT NULL,
    job_name character varying(500) NOT NULL,
    params text NOT NULL,
    timeout double precision,
    status integer NOT NULL,
    result text,
    retry_count integer NOT NULL,
    last_update_time bigint NOT NULL,
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL,
    status_details json
);
CREATE TABLE latest_metrics (
    key character varying(250) NOT NULL,
    value double precision NOT NULL,
    "timestamp" bigint,
    step bigint NOT NULL,
    is_nan boolean NOT NULL,
    run_uuid character varying(32) NOT NULL
);
CREATE TABLE logged_model_metrics (
    model_id character varying(36) NOT NULL,
    metric_name character varying(500) NOT NULL,
    metric_timestamp_ms bigint NOT NULL,
    metric_step bigint NOT NULL,
    metric_value double precision,
    experiment_id integer NOT NULL,
    run_id character varying(32) NOT NULL,
    dataset_uuid character varying(36),
    dataset_name character varying(500),
    dataset_digest character varying(36)
);
CREATE TABLE logged_model_params (
    model_id character varying(36) NOT NULL,
    experiment_id integer NOT NULL,
    param_key character varying(255) NOT NULL,
    param_value text NOT NULL
);
CREATE TABLE logged_model_tags (
    model_id character varying(36) NOT NULL,
    experiment_id integer NOT NULL,
    tag_key character varying(255) NOT NULL,
    tag_value text NOT NULL
);
CREATE TABLE logged_models (
    model_id character varying(36) NOT NULL,
    experiment_id integer NOT NULL,
    name character varying(500) NOT NULL,
    artifact_location character varying(1000) NOT NULL,
    creation_timestamp_ms bigint NOT NULL,
    last_updated_timestamp_ms bigint NOT NULL,
    status integer NOT NULL,
    lifecycle_stage character varying(32),
    model_type character varying(500),
    source_run_id character varying(32),
    status_message character varying(1000),
    CONSTRAINT logged_models_lifecycle_stage_check CHECK (((lifecycle_stage)::text = ANY ((ARRAY['active'::character varying, 'deleted'::character varying])::text[])))
);
CREATE TABLE metrics (
    key character varying(250) NOT NULL,
    value double precision NOT NULL,
    "timestamp" bigint NOT NULL,
    run_uuid character varying(32) NOT NULL,
    step bigint DEFAULT '0'::bigint NOT NULL,
    is_nan boolean DEFAULT false NOT NULL
);
CREATE TABLE model_definitions (
    model_definition_id character varying(36) NOT NULL,
    name character varying(255) NOT NULL,
    secret_id character varying(36),
    provider character varying(64) NOT NULL,
    model_name character varying(256) NOT NULL,
    created_by character varying(255),
    created_at bigint NOT NULL,
    last_updated_by character varying(255),
    last_updated_at bigint NOT NULL,
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE TABLE model_version_tags (
    key character varying(250) NOT NULL,
    value text,
    name character varying(256) NOT NULL,
    version integer NOT NULL,
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE TABLE model_versions (
    name character varying(256) NOT NULL,
    version integer NOT NULL,
    creation_time bigint,
    last_updated_time bigint,
    description character varying(5000),
    user_id character varying(256),
    current_stage character varying(20),
    source character varying(500),
    run_id character varying(32),
    status character varying(20),
    status_message character varying(500),
    run_link character varying(500),
    storage_location character varying(500),
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE TABLE online_scoring_configs (
    online_scoring_config_id character varying(36) NOT NULL,
    scorer_id character varying(36) NOT NULL,
    sample_rate double precision NOT NULL,
    experiment_id integer NOT NULL,
    filter_string text
);
CREATE TABLE params (
    key character varying(250) NOT NULL,
    value character varying(8000) NOT NULL,
    run_uuid character varying(32) NOT NULL
);
CREATE TABLE registered_model_aliases (
    alias character varying(256) NOT NULL,
    version integer NOT NULL,
    name character varying(256) NOT NULL,
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE TABLE registered_model_tags (
    key character varying(250) NOT NULL,
    value character varying(5000),
    name character varying(256) NOT NULL,
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE TABLE registered_models (
    name character varying(256) NOT NULL,
    creation_time bigint,
    last_updated_time bigint,
    description character varying(5000),
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE TABLE runs (
    run_uuid character varying(32) NOT NULL,
    name character varying(250),
    source_type character varying(20),
    source_name character varying(500),
    entry_point_name character varying(50),
    user_id character varying(256),
    status character varying(9),
    start_time bigint,
    end_time bigint,
    source_version character varying(50),
    lifecycle_stage character varying(20),
    artifact_uri character varying(200),
    experiment_id integer,
    deleted_time bigint,
    CONSTRAINT runs_lifecycle_stage CHECK (((lifecycle_stage)::text = ANY ((ARRAY['active'::character varying, 'deleted'::character varying])::text[]))),
    CONSTRAINT runs_status_check CHECK (((status)::text = ANY ((ARRAY['SCHEDULED'::character varying, 'FAILED'::character varying, 'FINISHED'::character varying, 'RUNNING'::character varying, 'KILLED'::character varying])::text[]))),
    CONSTRAINT source_type CHECK (((source_type)::text = ANY ((ARRAY['NOTEBOOK'::character varying, 'JOB'::character varying, 'LOCAL'::character varying, 'UNKNOWN'::character varying, 'PROJECT'::character varying])::text[])))
);
CREATE TABLE scorer_versions (
    scorer_id character varying(36) NOT NULL,
    scorer_version integer NOT NULL,
    serialized_scorer text NOT NULL,
    creation_time bigint
);
CREATE TABLE scorers (
    experiment_id integer NOT NULL,
    scorer_name character varying(256) NOT NULL,
    scorer_id character varying(36) NOT NULL
);
CREATE TABLE secrets (
    secret_id character varying(36) NOT NULL,
    secret_name character varying(255) NOT NULL,
    encrypted_value bytea NOT NULL,
    wrapped_dek bytea NOT NULL,
    kek_version integer NOT NULL,
    masked_value character varying(500) NOT NULL,
    provider character varying(64),
    auth_config text,
    description text,
    created_by character varying(255),
    created_at bigint NOT NULL,
    last_updated_by character varying(255),
    last_updated_at bigint NOT NULL,
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE TABLE span_metrics (
    trace_id character varying(50) NOT NULL,
    span_id character varying(50) NOT NULL,
    key character varying(250) NOT NULL,
    value double precision
);
CREATE TABLE spans (
    trace_id character varying(50) NOT NULL,
    experiment_id integer NOT NULL,
    span_id character varying(50) NOT NULL,
    parent_span_id character varying(50),
    name text,
    type character varying(500),
    status character varying(50) NOT NULL,
    start_time_unix_nano bigint NOT NULL,
    end_time_unix_nano bigint,
    duration_ns bigint GENERATED ALWAYS AS ((end_time_unix_nano - start_time_unix_nano)) STORED,
    content text NOT NULL,
    dimension_attributes json
);
CREATE TABLE tags (
    key character varying(250) NOT NULL,
    value character varying(8000),
    run_uuid character varying(32) NOT NULL
);
CREATE TABLE trace_info (
    request_id character varying(50) NOT NULL,
    experiment_id integer NOT NULL,
    timestamp_ms bigint NOT NULL,
    execution_time_ms bigint,
    status character varying(50) NOT NULL,
    client_request_id character varying(50),
    request_preview character varying(1000),
    response_preview character varying(1000)
);
CREATE TABLE trace_metrics (
    request_id character varying(50) NOT NULL,
    key character varying(250) NOT NULL,
    value double precision
);
CREATE TABLE trace_request_metadata (
    key character varying(250) NOT NULL,
    value character varying(8000),
    request_id character varying(50) NOT NULL
);
CREATE TABLE trace_tags (
    key character varying(250) NOT NULL,
    value character varying(8000),
    request_id character varying(50) NOT NULL
);
CREATE TABLE webhook_events (
    webhook_id character varying(256) NOT NULL,
    entity character varying(50) NOT NULL,
    action character varying(50) NOT NULL
);
CREATE TABLE webhooks (
    webhook_id character varying(256) NOT NULL,
    name character varying(256) NOT NULL,
    description character varying(1000),
    url character varying(500) NOT NULL,
    status character varying(20) DEFAULT 'ACTIVE'::character varying NOT NULL,
    secret character varying(1000),
    creation_timestamp bigint,
    last_updated_timestamp bigint,
    deleted_timestamp bigint,
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE TABLE workspaces (
    name character varying(63) NOT NULL,
    description text,
    default_artifact_root text
);
ALTER TABLE ONLY experiments ALTER COLUMN experiment_id SET DEFAULT nextval('experiments_experiment_id_seq'::regclass);
INSERT INTO alembic_version VALUES ('c3d6457b6d8a');
INSERT INTO assessments VALUES ('a-f65a5a6575d94f6c9b550bb95958703d', 'tr-00000000000000000000000000000000', 'taste 0', 'feedback', 'true', NULL, 1796059888032, 1796059888032, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, true, NULL);
INSERT INTO assessments VALUES ('a-353f1d8a3a4a4557a81c29be3059075e', 'tr-00000000000000000000000000000000', 'taste 1', 'feedback', '"yes"', NULL, 1796059888271, 1796059888271, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, true, NULL);
INSERT INTO assessments VALUES ('a-56fa190eb9414553bf9b9c5ac9e6d7df', 'tr-00000000000000000000000000000000', 'taste 2', 'feedback', '"no"', NULL, 1796059888465, 1796059888465, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, true, NULL);
INSERT INTO assessments VALUES ('a-bf10d895ac8643ceabc79d4081811cac', 'tr-00000000000000000000000000000000', 'taste 3', 'feedback', '0.75', NULL, 1796059888659, 1796059888659, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, true, NULL);
INSERT INTO assessments VALUES ('a-84d13c8d0627497ba4f1ed2f0e3416f7', 'tr-00000000000000000000000000000000', 'taste 4', 'feedback', '3', NULL, 1796059888867, 1796059888867, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, true, NULL);
INSERT INTO assessments VALUES ('a-ed8246cc82124a9c9b0435488ede5d96', 'tr-00000000000000000000000000000000', 'taste 5', 'feedback', '"good"', NULL, 1796059888983, 1796059888983, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, true, NULL);
INSERT INTO assessments VALUES ('a-28c62417ca3546838602161f18d4a6fe', 'tr-00000000000000000000000000000000', 'taste 6', 'feedback', '{"a": 1}', NULL, 1796059889219, 1796059889219, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, true, NULL);
INSERT INTO assessments VALUES ('a-cb7a359936824cd698ff5d149ec0ff11', 'tr-00000000000000000000000000000001', 'colour', 'expectation', '"green"', NULL, 1796059889543, 1796059889543, 'HUMAN', 'ada', NULL, NULL, NULL, NULL, true, NULL);
INSERT INTO budget_policies VALUES ('budget_policy_id ü', 'budget_unit ü', 0.5, 'duration_unit ü', 7, 'target_scope ü', 'budget_action ü', 'created_by ü', 7, 'last_updated_by ü', 7, 'default');
INSERT INTO datasets VALUES ('a9a8c2281bea40f086dd5e7eb70636f7', 1, 'leaves', 'abc123', 'local', '{"uri": "leaves.csv"}', '{"columns": []}', '{"rows": 3}');
INSERT INTO datasets VALUES ('653c8cb3b458482f87e0b22444674fcb', 1, 'water', 'def456', 'http', '{"url": "http://x"}', NULL, NULL);
INSERT INTO endpoint_bindings VALUES ('endpoint_id ü', 'resource_type ü', 'resource_id ü', 7, 'created_by ü', 7, 'last_updated_by ü', 'display_name ü');
INSERT INTO endpoint_model_mappings VALUES ('mapping_id ü', 'endpoint_id ü', 'model_definition_id ü', 0.5, 'created_by ü', 7, 'linkage_type ü', 7);
INSERT INTO endpoint_tags VALUES ('key ü', 'value ü', 'endpoint_id ü');
INSERT INTO endpoints VALUES ('endpoint_id ü', 'name ü', 'created_by ü', 7, 'last_updated_by ü', 7, 'routing_strategy ü', 'fallback_config_json ü', 0, true, 'default');
INSERT INTO entity_associations VALUES ('f8f0d3086f8a4afd8c9d18735b494ae5', 'trace', 'tr-00000000000000000000000000000000', 'run', 'a81225669c1d468c920f1e98b884ef19', 1796059889726);
INSERT INTO entity_associations VALUES ('b2f4919bd79048cf96f44e750a9dee51', 'trace', 'tr-00000000000000000000000000000001', 'run', 'a81225669c1d468c920f1e98b884ef19', 1796059889726);
INSERT INTO entity_associations VALUES ('a-db95f012584d44338e4c2b50ffe02e9c', 'evaluation_dataset', 'd-a8de23de6f584558860b466841a12c9b', 'experiment', '1', 1796059889831);
INSERT INTO evaluation_dataset_records VALUES ('dr-e3351d0fca604808834916feb23d4fa8', 'd-a8de23de6f584558860b466841a12c9b', '{"water": "hot"}', '{"colour": "green"}', '{"n": "1"}', 'null', NULL, NULL, 1796059890410, 1796059890410, NULL, NULL, 'aee18f7cc363f71aecdb22fbba37f82546138b90c419ab3e59b07cd1b4a25714', '{"mlflow_wrapped": {}}');
INSERT INTO evaluation_dataset_records VALUES ('dr-f83852c9a2114fa4a2cee7e685b561a6', 'd-a8de23de6f584558860b466841a12c9b', '{"water": "cold"}', 'null', '{}', 'null', NULL, NULL, 1796059890410, 1796059890410, NULL, NULL, 'c61ccf81309ed9b71f4f2709a7bac52b1386c7e65087fc342e6a78914441e910', '{"mlflow_wrapped": {}}');
INSERT INTO evaluation_dataset_tags VALUES ('d-a8de23de6f584558860b466841a12c9b', 'by', 'ada');
INSERT INTO evaluation_datasets VALUES ('d-a8de23de6f584558860b466841a12c9b', 'tasting', '{"inputs": {"water": "string"}, "outputs": {}, "expectations": {"colour": "string"}, "version": "1.0"}', '{"num_records": 2}', '955e33b7', 1796059889831, 1796059890410, NULL, NULL, 'default');
INSERT INTO experiment_tags VALUES ('kind', 'green', 1);
INSERT INTO experiment_tags VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 1);
INSERT INTO experiments VALUES (0, 'Default', '/tmp/w/up/mlruns/0', 'active', 1796059853391, 1796059853391, 'default');
INSERT INTO experiments VALUES (1, 'tea', '/tmp/w/up/somewhere/tea', 'active', 1796059857175, 1796059857175, 'default');
INSERT INTO experiments VALUES (2, 'gone', '/tmp/w/up/mlruns/2', 'deleted', 1796059857595, 1796059859583, 'default');
INSERT INTO input_tags VALUES ('1c1242bfd4a5480aa1e27bf4b0aa264f', 'mlflow.data.context', 'training');
INSERT INTO input_tags VALUES ('3c2e240ca6b742bbb3ca5812082da77d', 'for', 'tea');
INSERT INTO inputs VALUES ('1c1242bfd4a5480aa1e27bf4b0aa264f', 'DATASET', 'a9a8c2281bea40f086dd5e7eb70636f7', 'RUN', 'a81225669c1d468c920f1e98b884ef19', 0);
INSERT INTO inputs VALUES ('3c2e240ca6b742bbb3ca5812082da77d', 'DATASET', '653c8cb3b458482f87e0b22444674fcb', 'RUN', 'a81225669c1d468c920f1e98b884ef19', 0);
INSERT INTO inputs VALUES ('4e6235e9ef5d4c8e9282b2aaf49393b8', 'RUN_OUTPUT', 'a81225669c1d468c920f1e98b884ef19', 'MODEL_OUTPUT', 'm-1031380e28f14ed58fdf09a4f634d559', 4);
INSERT INTO issues VALUES ('issue_id ü', 0, 'name ü', 'description ü', 'status ü', 'severity ü', 'root_causes ü', 'ac5d177488854b2c89d0442d415876b7', 'categories ü', 7, 7, 'created_by ü');
INSERT INTO jobs VALUES ('id ü', 7, 'job_name ü', 'params ü', 0.5, 7, 'result ü', 7, 7, 'default', '{"made": "up"}');
INSERT INTO jobs VALUES ('job 0', 7, 'job_name ü', 'params ü', 0.5, 0, 'result ü', 7, 7, 'default', '{"made": "up"}');
INSERT INTO jobs VALUES ('job 1', 7, 'job_name ü', 'params ü', 0.5, 1, 'result ü', 7, 7, 'default', '{"made": "up"}');
INSERT INTO jobs VALUES ('job 2', 7, 'job_name ü', 'params ü', 0.5, 2, 'result ü', 7, 7, 'default', '{"made": "up"}');
INSERT INTO jobs VALUES ('job 3', 7, 'job_name ü', 'params ü', 0.5, 3, 'result ü', 7, 7, 'default', '{"made": "up"}');
INSERT INTO latest_metrics VALUES ('loss', 0, 1700000000002, 2, true, 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO latest_metrics VALUES ('up', 1.7976931348623157e+308, 1700000000000, -3, false, 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO latest_metrics VALUES ('down', -1.7976931348623157e+308, 1700000000000, 1099511627776, false, 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO latest_metrics VALUES ('tiny', 5e-324, 1700000000000, 0, false, 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO latest_metrics VALUES ('great', 1.7976931348623157e+308, 1700000000000, 0, false, 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO latest_metrics VALUES ('loss', 2, 1700000000000, 7, false, '8fe8a8c0db414a8898ec9e1e2a0a373d');
INSERT INTO latest_metrics VALUES ('score', 0.9, 1700000000000, 4, false, 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO logged_model_metrics VALUES ('m-1031380e28f14ed58fdf09a4f634d559', 'score', 1700000000000, 4, 0.9, 1, 'a81225669c1d468c920f1e98b884ef19', NULL, 'leaves', 'abc123');
INSERT INTO logged_model_params VALUES ('m-1031380e28f14ed58fdf09a4f634d559', 1, 'depth', '3');
INSERT INTO logged_model_params VALUES ('m-1031380e28f14ed58fdf09a4f634d559', 1, 'long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ');
INSERT INTO logged_model_tags VALUES ('m-1031380e28f14ed58fdf09a4f634d559', 1, 'a', 'b');
INSERT INTO logged_models VALUES ('m-1031380e28f14ed58fdf09a4f634d559', 1, 'leaf', '/tmp/w/up/somewhere/tea/models/m-1031380e28f14ed58fdf09a4f634d559/artifacts', 1796059881347, 1796059882559, 2, 'active', 'tree', 'a81225669c1d468c920f1e98b884ef19', NULL);
INSERT INTO metrics VALUES ('loss', 0.5, 1700000000000, 'a81225669c1d468c920f1e98b884ef19', 0, false);
INSERT INTO metrics VALUES ('loss', 0.25, 1700000000001, 'a81225669c1d468c920f1e98b884ef19', 1, false);
INSERT INTO metrics VALUES ('loss', 0, 1700000000002, 'a81225669c1d468c920f1e98b884ef19', 2, true);
INSERT INTO metrics VALUES ('up', 1.7976931348623157e+308, 1700000000000, 'a81225669c1d468c920f1e98b884ef19', -3, false);
INSERT INTO metrics VALUES ('down', -1.7976931348623157e+308, 1700000000000, 'a81225669c1d468c920f1e98b884ef19', 1099511627776, false);
INSERT INTO metrics VALUES ('tiny', 5e-324, 1700000000000, 'a81225669c1d468c920f1e98b884ef19', 0, false);
INSERT INTO metrics VALUES ('great', 1.7976931348623157e+308, 1700000000000, 'a81225669c1d468c920f1e98b884ef19', 0, false);
INSERT INTO metrics VALUES ('loss', 2, 1700000000000, '8fe8a8c0db414a8898ec9e1e2a0a373d', 7, false);
INSERT INTO metrics VALUES ('score', 0.9, 1700000000000, 'a81225669c1d468c920f1e98b884ef19', 4, false);
INSERT INTO model_definitions VALUES ('model_definition_id ü', 'name ü', 'secret_id ü', 'provider ü', 'model_name ü', 'created_by ü', 7, 'last_updated_by ü', 7, 'default');
INSERT INTO model_version_tags VALUES ('number', '0', 'blend', 1, 'default');
INSERT INTO model_version_tags VALUES ('number', '1', 'blend', 2, 'default');
INSERT INTO model_version_tags VALUES ('checked', 'yes', 'blend', 1, 'default');
INSERT INTO model_version_tags VALUES ('mlflow.prompt.is_prompt', 'true', 'greeting', 1, 'default');
INSERT INTO model_version_tags VALUES ('mlflow.prompt.text', 'Hello {{name}}', 'greeting', 1, 'default');
INSERT INTO model_versions VALUES ('blend', 2, 1796059869616, 1796059869616, 'version 1', NULL, 'None', 'somewhere/tea/1', 'a81225669c1d468c920f1e98b884ef19', 'READY', NULL, NULL, 'somewhere/tea/1', 'default');
INSERT INTO model_versions VALUES ('blend', 1, 1796059868931, 1796059875487, 'version 0', NULL, 'Production', 'somewhere/tea/0', 'a81225669c1d468c920f1e98b884ef19', 'READY', NULL, NULL, 'somewhere/tea/0', 'default');
INSERT INTO model_versions VALUES ('greeting', 1, 1796059876970, 1796059876970, NULL, NULL, 'None', 'dummy-source', NULL, 'READY', NULL, NULL, 'dummy-source', 'default');
INSERT INTO online_scoring_configs VALUES ('online_scoring_config_id ü', 'b6c104c8-dd01-4cb0-b9d7-a6ea354fe768', 0.5, 0, 'filter_string ü');
INSERT INTO params VALUES ('rate', '0.1', 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO params VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO params VALUES ('nothing', '', 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO registered_model_aliases VALUES ('champion', 2, 'blend', 'default');
INSERT INTO registered_model_aliases VALUES ('Challenger', 1, 'blend', 'default');
INSERT INTO registered_model_tags VALUES ('team', 'ada', 'blend', 'default');
INSERT INTO registered_model_tags VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 'blend', 'default');
INSERT INTO registered_model_tags VALUES ('mlflow.prompt.is_prompt', 'true', 'greeting', 'default');
INSERT INTO registered_models VALUES ('blend', 1796059867782, 1796059875487, 'what is drunk', 'default');
INSERT INTO registered_models VALUES ('Blend-2', 1796059876047, 1796059876047, NULL, 'default');
INSERT INTO registered_models VALUES ('greeting', 1796059876523, 1796059876970, NULL, 'default');
INSERT INTO runs VALUES ('ac5d177488854b2c89d0442d415876b7', 'worried-elk-195', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000000, NULL, '', 'deleted', '/tmp/w/up/mlruns/2/ac5d177488854b2c89d0442d415876b7/artifacts', 2, 1796059860031);
INSERT INTO runs VALUES ('a81225669c1d468c920f1e98b884ef19', 'first', 'UNKNOWN', '', '', 'ada', 'FINISHED', 1700000000000, 1700000001000, '', 'active', '/tmp/w/up/somewhere/tea/a81225669c1d468c920f1e98b884ef19/artifacts', 1, NULL);
INSERT INTO runs VALUES ('8fe8a8c0db414a8898ec9e1e2a0a373d', 'second', 'UNKNOWN', '', '', 'unknown', 'FAILED', 1700000000005, 1700000002000, '', 'active', '/tmp/w/up/somewhere/tea/8fe8a8c0db414a8898ec9e1e2a0a373d/artifacts', 1, NULL);
INSERT INTO runs VALUES ('1dcd365cf354486983325cee8c71a6d7', 'third', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000006, NULL, '', 'deleted', '/tmp/w/up/somewhere/tea/1dcd365cf354486983325cee8c71a6d7/artifacts', 1, 1796059865871);
INSERT INTO runs VALUES ('2ca723ee959443cea3bdcee718056e49', 'still running', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000007, NULL, '', 'active', '/tmp/w/up/somewhere/tea/2ca723ee959443cea3bdcee718056e49/artifacts', 1, NULL);
INSERT INTO scorer_versions VALUES ('b6c104c8-dd01-4cb0-b9d7-a6ea354fe768', 1, '{"name": "taster"}', 1796059892901);
INSERT INTO scorer_versions VALUES ('b6c104c8-dd01-4cb0-b9d7-a6ea354fe768', 2, '{"name": "taster", "better": true}', 1796059893336);
INSERT INTO scorers VALUES (1, 'taster', 'b6c104c8-dd01-4cb0-b9d7-a6ea354fe768');
INSERT INTO secrets VALUES ('secret_id ü', 'secret_name ü', '\x00016279746573', '\x00016279746573', 7, 'masked_value ü', 'provider ü', 'auth_config ü', 'description ü', 'created_by ü', 7, 'last_updated_by ü', 7, 'default');
INSERT INTO span_metrics VALUES ('tr-00000000000000000000000000000000', '0000000000000002', 'input_cost', 0.25);
INSERT INTO span_metrics VALUES ('tr-00000000000000000000000000000000', '0000000000000002', 'output_cost', 0.5);
INSERT INTO span_metrics VALUES ('tr-00000000000000000000000000000000', '0000000000000002', 'total_cost', 0.75);
INSERT INTO span_metrics VALUES ('tr-00000000000000000000000000000001', '0000000000000003', 'input_cost', 0.25);
INSERT INTO span_metrics VALUES ('tr-00000000000000000000000000000001', '0000000000000003', 'output_cost', 0.5);
INSERT INTO span_metrics VALUES ('tr-00000000000000000000000000000001', '0000000000000003', 'total_cost', 0.75);
INSERT INTO spans VALUES ('tr-00000000000000000000000000000000', 1, '0000000000000001', NULL, 'span 1', 'CHAIN', 'UNSET', 1700000000000000001, 1700000000000001000, DEFAULT, '{"trace_id": "AAAAAAAAAAAAAAAAAAAAAQ==", "span_id": "AAAAAAAAAAE=", "parent_span_id": null, "name": "span 1", "start_time_unix_nano": 1700000000000000001, "end_time_unix_nano": 1700000000000001000, "events": [], "status": {"code": "STATUS_CODE_UNSET", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-00000000000000000000000000000000\"", "mlflow.spanType": "\"CHAIN\""}}', 'null');
INSERT INTO spans VALUES ('tr-00000000000000000000000000000000', 1, '0000000000000002', '0000000000000001', 'span 2', 'LLM', 'UNSET', 1700000000000000002, 1700000000000002000, DEFAULT, '{"trace_id": "AAAAAAAAAAAAAAAAAAAAAQ==", "span_id": "AAAAAAAAAAI=", "parent_span_id": "AAAAAAAAAAE=", "name": "span 2", "start_time_unix_nano": 1700000000000000002, "end_time_unix_nano": 1700000000000002000, "events": [], "status": {"code": "STATUS_CODE_UNSET", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-00000000000000000000000000000000\"", "mlflow.spanType": "\"LLM\"", "mlflow.llm.model": "\"leaf-1\"", "mlflow.llm.provider": "\"garden\"", "mlflow.chat.tokenUsage": "{\"input_tokens\": 10, \"output_tokens\": 5, \"total_tokens\": 15}", "mlflow.llm.cost": "{\"input_cost\": 0.25, \"output_cost\": 0.5, \"total_cost\": 0.75}"}}', '{"mlflow.llm.model": "leaf-1", "mlflow.llm.provider": "garden"}');
INSERT INTO spans VALUES ('tr-00000000000000000000000000000001', 1, '0000000000000003', NULL, 'span 3', 'LLM', 'UNSET', 1700000000000000003, 1700000000000003000, DEFAULT, '{"trace_id": "AAAAAAAAAAAAAAAAAAAAAg==", "span_id": "AAAAAAAAAAM=", "parent_span_id": null, "name": "span 3", "start_time_unix_nano": 1700000000000000003, "end_time_unix_nano": 1700000000000003000, "events": [], "status": {"code": "STATUS_CODE_UNSET", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-00000000000000000000000000000001\"", "mlflow.spanType": "\"LLM\"", "mlflow.llm.model": "\"leaf-1\"", "mlflow.llm.provider": "\"garden\"", "mlflow.chat.tokenUsage": "{\"input_tokens\": 10, \"output_tokens\": 5, \"total_tokens\": 15}", "mlflow.llm.cost": "{\"input_cost\": 0.25, \"output_cost\": 0.5, \"total_cost\": 0.75}"}}', '{"mlflow.llm.model": "leaf-1", "mlflow.llm.provider": "garden"}');
INSERT INTO tags VALUES ('mlflow.runName', 'worried-elk-195', 'ac5d177488854b2c89d0442d415876b7');
INSERT INTO tags VALUES ('ü', 'ö', 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO tags VALUES ('mlflow.user', 'ada', 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO tags VALUES ('mlflow.runName', 'first', 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO tags VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO tags VALUES ('quote', '''"`\', 'a81225669c1d468c920f1e98b884ef19');
INSERT INTO tags VALUES ('mlflow.runName', 'second', '8fe8a8c0db414a8898ec9e1e2a0a373d');
INSERT INTO tags VALUES ('mlflow.runName', 'third', '1dcd365cf354486983325cee8c71a6d7');
INSERT INTO tags VALUES ('mlflow.runName', 'still running', '2ca723ee959443cea3bdcee718056e49');
INSERT INTO trace_info VALUES ('tr-00000000000000000000000000000002', 1, 1700000000002, 100, 'OK', 'client-2', '{"water": "hot"}', '"tea"');
INSERT INTO trace_info VALUES ('tr-00000000000000000000000000000000', 1, 1700000000000, 100, 'OK', 'client-0', '{"water": "hot"}', '"tea"');
INSERT INTO trace_info VALUES ('tr-00000000000000000000000000000001', 1, 1700000000000, 101, 'ERROR', 'client-1', '{"water": "hot"}', '"tea"');
INSERT INTO trace_metrics VALUES ('tr-00000000000000000000000000000000', 'cache_read_input_tokens', 2);
INSERT INTO trace_metrics VALUES ('tr-00000000000000000000000000000001', 'output_tokens', 7);
INSERT INTO trace_metrics VALUES ('tr-00000000000000000000000000000000', 'input_tokens', 20);
INSERT INTO trace_metrics VALUES ('tr-00000000000000000000000000000000', 'output_tokens', 10);
INSERT INTO trace_metrics VALUES ('tr-00000000000000000000000000000000', 'total_tokens', 30);
INSERT INTO trace_metrics VALUES ('tr-00000000000000000000000000000001', 'input_tokens', 11.5);
INSERT INTO trace_request_metadata VALUES ('mlflow.trace.session', 'session-1', 'tr-00000000000000000000000000000000');
INSERT INTO trace_request_metadata VALUES ('mlflow.trace.user', 'ada', 'tr-00000000000000000000000000000000');
INSERT INTO trace_request_metadata VALUES ('mlflow.gateway.endpointId', 'e', 'tr-00000000000000000000000000000001');
INSERT INTO trace_request_metadata VALUES ('mlflow.trace.tokenUsage', '{"input_tokens": 20, "output_tokens": 10, "total_tokens": 30, "cache_read_input_tokens": 2}', 'tr-00000000000000000000000000000000');
INSERT INTO trace_request_metadata VALUES ('mlflow.trace.cost', '{"input_cost": 0.5, "output_cost": 1.0, "total_cost": 1.5}', 'tr-00000000000000000000000000000000');
INSERT INTO trace_request_metadata VALUES ('mlflow.trace.tokenUsage', '{"input_tokens": 11.5, "output_tokens": "7"}', 'tr-00000000000000000000000000000001');
INSERT INTO trace_request_metadata VALUES ('mlflow.trace.cost', '{"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}', 'tr-00000000000000000000000000000001');
INSERT INTO trace_tags VALUES ('mlflow.traceName', 'brew', 'tr-00000000000000000000000000000000');
INSERT INTO trace_tags VALUES ('flavour', 'green', 'tr-00000000000000000000000000000000');
INSERT INTO trace_tags VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/tr-00000000000000000000000000000000/artifacts', 'tr-00000000000000000000000000000000');
INSERT INTO trace_tags VALUES ('mlflow.traceName', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 'tr-00000000000000000000000000000001');
INSERT INTO trace_tags VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/tr-00000000000000000000000000000001/artifacts', 'tr-00000000000000000000000000000001');
INSERT INTO trace_tags VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/tr-00000000000000000000000000000002/artifacts', 'tr-00000000000000000000000000000002');
INSERT INTO trace_tags VALUES ('mlflow.trace.spansLocation', 'TRACKING_STORE', 'tr-00000000000000000000000000000000');
INSERT INTO trace_tags VALUES ('mlflow.trace.spansLocation', 'TRACKING_STORE', 'tr-00000000000000000000000000000001');
INSERT INTO webhook_events VALUES ('a20cbc70-0b83-40c2-9eb2-cdf15ec4f63b', 'registered_model', 'created');
INSERT INTO webhooks VALUES ('a20cbc70-0b83-40c2-9eb2-cdf15ec4f63b', 'bell', 'rings', 'https://1.1.1.1/bell', 'ACTIVE', 'gAAAAABrDbLrLbdOGIAMXKFnFekfv9jXMb1CsIBqDN2qNWvJzarqgqVFck0Wm9_nSBbqBCUbH7W5KbXxTib983yKYpUf_sX6ZQ==', 1796059883279, 1796059883279, NULL, 'default');
INSERT INTO workspaces VALUES ('default', 'Default workspace for legacy resources', NULL);
SELECT pg_catalog.setval('experiments_experiment_id_seq', 2, true);
ALTER TABLE ONLY alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY assessments
    ADD CONSTRAINT assessments_pk PRIMARY KEY (assessment_id);
ALTER TABLE ONLY budget_policies
    ADD CONSTRAINT budget_policies_pk PRIMARY KEY (budget_policy_id);
ALTER TABLE ONLY datasets
    ADD CONSTRAINT dataset_pk PRIMARY KEY (experiment_id, name, digest);
ALTER TABLE ONLY endpoint_bindings
    ADD CONSTRAINT endpoint_bindings_pk PRIMARY KEY (endpoint_id, resource_type, resource_id);
ALTER TABLE ONLY endpoint_model_mappings
    ADD CONSTRAINT endpoint_model_mappings_pk PRIMARY KEY (mapping_id);
ALTER TABLE ONLY endpoint_tags
    ADD CONSTRAINT endpoint_tag_pk PRIMARY KEY (key, endpoint_id);
ALTER TABLE ONLY endpoints
    ADD CONSTRAINT endpoints_pk PRIMARY KEY (endpoint_id);
ALTER TABLE ONLY entity_associations
    ADD CONSTRAINT entity_associations_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id);
ALTER TABLE ONLY evaluation_dataset_records
    ADD CONSTRAINT evaluation_dataset_records_pk PRIMARY KEY (dataset_record_id);
ALTER TABLE ONLY evaluation_dataset_tags
    ADD CONSTRAINT evaluation_dataset_tags_pk PRIMARY KEY (dataset_id, key);
ALTER TABLE ONLY evaluation_datasets
    ADD CONSTRAINT evaluation_datasets_pk PRIMARY KEY (dataset_id);
ALTER TABLE ONLY experiments
    ADD CONSTRAINT experiment_pk PRIMARY KEY (experiment_id);
ALTER TABLE ONLY experiment_tags
    ADD CONSTRAINT experiment_tag_pk PRIMARY KEY (key, experiment_id);
ALTER TABLE ONLY input_tags
    ADD CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name);
ALTER TABLE ONLY inputs
    ADD CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id);
ALTER TABLE ONLY issues
    ADD CONSTRAINT issues_pk PRIMARY KEY (issue_id);
ALTER TABLE ONLY jobs
    ADD CONSTRAINT jobs_pk PRIMARY KEY (id);
ALTER TABLE ONLY latest_metrics
    ADD CONSTRAINT latest_metric_pk PRIMARY KEY (key, run_uuid);
ALTER TABLE ONLY logged_model_metrics
    ADD CONSTRAINT logged_model_metrics_pk PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id);
ALTER TABLE ONLY logged_model_params
    ADD CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key);
ALTER TABLE ONLY logged_model_tags
    ADD CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key);
ALTER TABLE ONLY logged_models
    ADD CONSTRAINT logged_models_pk PRIMARY KEY (model_id);
ALTER TABLE ONLY metrics
    ADD CONSTRAINT metric_pk PRIMARY KEY (key, "timestamp", step, run_uuid, value, is_nan);
ALTER TABLE ONLY model_definitions
    ADD CONSTRAINT model_definitions_pk PRIMARY KEY (model_definition_id);
ALTER TABLE ONLY model_versions
    ADD CONSTRAINT model_version_pk PRIMARY KEY (workspace, name, version);
ALTER TABLE ONLY model_version_tags
    ADD CONSTRAINT model_version_tag_pk PRIMARY KEY (workspace, key, name, version);
ALTER TABLE ONLY online_scoring_configs
    ADD CONSTRAINT online_scoring_config_pk PRIMARY KEY (online_scoring_config_id);
ALTER TABLE ONLY params
    ADD CONSTRAINT param_pk PRIMARY KEY (key, run_uuid);
ALTER TABLE ONLY registered_model_aliases
    ADD CONSTRAINT registered_model_alias_pk PRIMARY KEY (workspace, name, alias);
ALTER TABLE ONLY registered_models
    ADD CONSTRAINT registered_model_pk PRIMARY KEY (workspace, name);
ALTER TABLE ONLY registered_model_tags
    ADD CONSTRAINT registered_model_tag_pk PRIMARY KEY (workspace, key, name);
ALTER TABLE ONLY runs
    ADD CONSTRAINT run_pk PRIMARY KEY (run_uuid);
ALTER TABLE ONLY scorers
    ADD CONSTRAINT scorer_pk PRIMARY KEY (scorer_id);
ALTER TABLE ONLY scorer_versions
    ADD CONSTRAINT scorer_version_pk PRIMARY KEY (scorer_id, scorer_version);
ALTER TABLE ONLY secrets
    ADD CONSTRAINT secrets_pk PRIMARY KEY (secret_id);
ALTER TABLE ONLY span_metrics
    ADD CONSTRAINT span_metrics_pk PRIMARY KEY (trace_id, span_id, key);
ALTER TABLE ONLY spans
    ADD CONSTRAINT spans_pk PRIMARY KEY (trace_id, span_id);
ALTER TABLE ONLY tags
    ADD CONSTRAINT tag_pk PRIMARY KEY (key, run_uuid);
ALTER TABLE ONLY trace_info
    ADD CONSTRAINT trace_info_pk PRIMARY KEY (request_id);
ALTER TABLE ONLY trace_metrics
    ADD CONSTRAINT trace_metrics_pk PRIMARY KEY (request_id, key);
ALTER TABLE ONLY trace_request_metadata
    ADD CONSTRAINT trace_request_metadata_pk PRIMARY KEY (key, request_id);
ALTER TABLE ONLY trace_tags
    ADD CONSTRAINT trace_tag_pk PRIMARY KEY (key, request_id);
ALTER TABLE ONLY evaluation_dataset_records
    ADD CONSTRAINT unique_dataset_input UNIQUE (dataset_id, input_hash);
ALTER TABLE ONLY endpoints
    ADD CONSTRAINT uq_endpoints_workspace_name UNIQUE (workspace, name);
ALTER TABLE ONLY experiments
    ADD CONSTRAINT uq_experiments_workspace_name UNIQUE (workspace, name);
ALTER TABLE ONLY model_definitions
    ADD CONSTRAINT uq_model_definitions_workspace_name UNIQUE (workspace, name);
ALTER TABLE ONLY secrets
    ADD CONSTRAINT uq_secrets_workspace_secret_name UNIQUE (workspace, secret_name);
ALTER TABLE ONLY webhook_events
    ADD CONSTRAINT webhook_event_pk PRIMARY KEY (webhook_id, entity, action);
ALTER TABLE ONLY webhooks
    ADD CONSTRAINT webhook_pk PRIMARY KEY (webhook_id);
ALTER TABLE ONLY workspaces
    ADD CONSTRAINT workspaces_pk PRIMARY KEY (name);
CREATE INDEX idx_budget_policies_workspace ON budget_policies USING btree (workspace);
CREATE INDEX idx_endpoints_workspace ON endpoints USING btree (workspace);
CREATE INDEX idx_evaluation_datasets_workspace ON evaluation_datasets USING btree (workspace);
CREATE INDEX idx_experiments_workspace ON experiments USING btree (workspace);
CREATE INDEX idx_experiments_workspace_creation_time ON experiments USING btree (workspace, creation_time);
CREATE INDEX idx_model_definitions_workspace ON model_definitions USING btree (workspace);
CREATE INDEX idx_registered_models_workspace ON registered_models USING btree (workspace);
CREATE INDEX idx_secrets_workspace ON secrets USING btree (workspace);
CREATE INDEX idx_webhook_events_action ON webhook_events USING btree (action);
CREATE INDEX idx_webhook_events_entity ON webhook_events USING btree (entity);
CREATE INDEX idx_webhook_events_entity_action ON webhook_events USING btree (entity, action);
CREATE INDEX idx_webhooks_name ON webhooks USING btree (name);
CREATE INDEX idx_webhooks_status ON webhooks USING btree (status);
CREATE INDEX idx_webhooks_workspace ON webhooks USING btree (workspace);
CREATE INDEX index_assessments_assessment_type ON assessments USING btree (assessment_type);
CREATE INDEX index_assessments_last_updated_timestamp ON assessments USING btree (last_updated_timestamp);
CREATE INDEX index_assessments_run_id_created_timestamp ON assessments USING btree (run_id, created_timestamp);
CREATE INDEX index_assessments_trace_id_created_timestamp ON assessments USING btree (trace_id, created_timestamp);
CREATE INDEX index_datasets_dataset_uuid ON datasets USING btree (dataset_uuid);
CREATE INDEX index_datasets_experiment_id_dataset_source_type ON datasets USING btree (experiment_id, dataset_source_type);
CREATE INDEX index_endpoint_model_mappings_endpoint_id ON endpoint_model_mappings USING btree (endpoint_id);
CREATE INDEX index_endpoint_model_mappings_model_definition_id ON endpoint_model_mappings USING btree (model_definition_id);
CREATE INDEX index_endpoint_tags_endpoint_id ON endpoint_tags USING btree (endpoint_id);
CREATE INDEX index_entity_associations_association_id ON entity_associations USING btree (association_id);
CREATE INDEX index_entity_associations_reverse_lookup ON entity_associations USING btree (destination_type, destination_id, source_type, source_id);
CREATE INDEX index_evaluation_dataset_records_dataset_id ON evaluation_dataset_records USING btree (dataset_id);
CREATE INDEX index_evaluation_dataset_tags_dataset_id ON evaluation_dataset_tags USING btree (dataset_id);
CREATE INDEX index_evaluation_datasets_created_time ON evaluation_datasets USING btree (created_time);
CREATE INDEX index_evaluation_datasets_name ON evaluation_datasets USING btree (name);
CREATE INDEX index_inputs_destination_type_destination_id_source_type ON inputs USING btree (destination_type, destination_id, source_type);
CREATE INDEX index_inputs_input_uuid ON inputs USING btree (input_uuid);
CREATE INDEX index_issues_experiment_id ON issues USING btree (experiment_id);
CREATE INDEX index_issues_source_run_id ON issues USING btree (source_run_id);
CREATE INDEX index_issues_status ON issues USING btree (status);
CREATE INDEX index_jobs_name_status_creation_time ON jobs USING btree (job_name, workspace, status, creation_time);
CREATE INDEX index_latest_metrics_run_uuid ON latest_metrics USING btree (run_uuid);
CREATE INDEX index_logged_model_metrics_model_id ON logged_model_metrics USING btree (model_id);
CREATE INDEX index_metrics_run_uuid ON metrics USING btree (run_uuid);
CREATE INDEX index_model_definitions_provider ON model_definitions USING btree (provider);
CREATE INDEX index_model_definitions_secret_id ON model_definitions USING btree (secret_id);
CREATE INDEX index_params_run_uuid ON params USING btree (run_uuid);
CREATE INDEX index_scorer_versions_scorer_id ON scorer_versions USING btree (scorer_id);
CREATE UNIQUE INDEX index_scorers_experiment_id_scorer_name ON scorers USING btree (experiment_id, scorer_name);
CREATE INDEX index_span_metrics_trace_id_span_id ON span_metrics USING btree (trace_id, span_id);
CREATE INDEX index_spans_experiment_id ON spans USING btree (experiment_id);
CREATE INDEX index_spans_experiment_id_duration ON spans USING btree (experiment_id, duration_ns);
CREATE INDEX index_spans_experiment_id_status_type ON spans USING btree (experiment_id, status, type);
CREATE INDEX index_spans_experiment_id_type_status ON spans USING btree (experiment_id, type, status);
CREATE INDEX index_tags_run_uuid ON tags USING btree (run_uuid);
CREATE INDEX index_trace_info_experiment_id_timestamp_ms ON trace_info USING btree (experiment_id, timestamp_ms);
CREATE INDEX index_trace_metrics_request_id ON trace_metrics USING btree (request_id);
CREATE INDEX index_trace_request_metadata_request_id ON trace_request_metadata USING btree (request_id);
CREATE INDEX index_trace_tags_request_id ON trace_tags USING btree (request_id);
CREATE UNIQUE INDEX unique_endpoint_model_linkage_mapping ON endpoint_model_mappings USING btree (endpoint_id, model_definition_id, linkage_type);
CREATE TRIGGER prevent_secrets_aad_mutation BEFORE UPDATE ON secrets FOR EACH ROW EXECUTE FUNCTION prevent_secrets_aad_mutation();
ALTER TABLE ONLY experiment_tags
    ADD CONSTRAINT experiment_tags_experiment_id_fkey FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id);
ALTER TABLE ONLY assessments
    ADD CONSTRAINT fk_assessments_trace_id FOREIGN KEY (trace_id) REFERENCES trace_info(request_id) ON DELETE CASCADE;
ALTER TABLE ONLY datasets
    ADD CONSTRAINT fk_datasets_experiment_id_experiments FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id) ON DELETE CASCADE;
ALTER TABLE ONLY endpoint_bindings
    ADD CONSTRAINT fk_endpoint_bindings_endpoint_id FOREIGN KEY (endpoint_id) REFERENCES endpoints(endpoint_id) ON DELETE CASCADE;
ALTER TABLE ONLY endpoint_model_mappings
    ADD CONSTRAINT fk_endpoint_model_mappings_endpoint_id FOREIGN KEY (endpoint_id) REFERENCES endpoints(endpoint_id) ON DELETE CASCADE;
ALTER TABLE ONLY endpoint_model_mappings
    ADD CONSTRAINT fk_endpoint_model_mappings_model_definition_id FOREIGN KEY (model_definition_id) REFERENCES model_definitions(model_definition_id);
ALTER TABLE ONLY endpoint_tags
    ADD CONSTRAINT fk_endpoint_tags_endpoint_id FOREIGN KEY (endpoint_id) REFERENCES endpoints(endpoint_id) ON DELETE CASCADE;
ALTER TABLE ONLY endpoints
    ADD CONSTRAINT fk_endpoints_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id) ON DELETE SET NULL;
ALTER TABLE ONLY evaluation_dataset_records
    ADD CONSTRAINT fk_evaluation_dataset_records_dataset_id FOREIGN KEY (dataset_id) REFERENCES evaluation_datasets(dataset_id) ON DELETE CASCADE;
ALTER TABLE ONLY evaluation_dataset_tags
    ADD CONSTRAINT fk_evaluation_dataset_tags_dataset_id FOREIGN KEY (dataset_id) REFERENCES evaluation_datasets(dataset_id) ON DELETE CASCADE;
ALTER TABLE ONLY issues
    ADD CONSTRAINT fk_issues_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id) ON DELETE CASCADE;
ALTER TABLE ONLY issues
    ADD CONSTRAINT fk_issues_source_run_id FOREIGN KEY (source_run_id) REFERENCES runs(run_uuid) ON DELETE SET NULL;
ALTER TABLE ONLY logged_model_metrics
    ADD CONSTRAINT fk_logged_model_metrics_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id);
ALTER TABLE ONLY logged_model_metrics
    ADD CONSTRAINT fk_logged_model_metrics_model_id FOREIGN KEY (model_id) REFERENCES logged_models(model_id) ON DELETE CASCADE;
ALTER TABLE ONLY logged_model_metrics
    ADD CONSTRAINT fk_logged_model_metrics_run_id FOREIGN KEY (run_id) REFERENCES runs(run_uuid) ON DELETE CASCADE;
ALTER TABLE ONLY logged_model_params
    ADD CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id);
ALTER TABLE ONLY logged_model_params
    ADD CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY (model_id) REFERENCES logged_models(model_id) ON DELETE CASCADE;
ALTER TABLE ONLY logged_model_tags
    ADD CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id);
ALTER TABLE ONLY logged_model_tags
    ADD CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY (model_id) REFERENCES logged_models(model_id) ON DELETE CASCADE;
ALTER TABLE ONLY logged_models
    ADD CONSTRAINT fk_logged_models_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id) ON DELETE CASCADE;
ALTER TABLE ONLY model_definitions
    ADD CONSTRAINT fk_model_definitions_secret_id FOREIGN KEY (secret_id) REFERENCES secrets(secret_id) ON DELETE SET NULL;
ALTER TABLE ONLY model_version_tags
    ADD CONSTRAINT fk_model_version_tags_model_versions FOREIGN KEY (workspace, name, version) REFERENCES model_versions(workspace, name, version) ON UPDATE CASCADE;
ALTER TABLE ONLY model_versions
    ADD CONSTRAINT fk_model_versions_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models(workspace, name) ON UPDATE CASCADE;
ALTER TABLE ONLY online_scoring_configs
    ADD CONSTRAINT fk_online_scoring_configs_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id);
ALTER TABLE ONLY online_scoring_configs
    ADD CONSTRAINT fk_online_scoring_configs_scorer_id FOREIGN KEY (scorer_id) REFERENCES scorers(scorer_id) ON DELETE CASCADE;
ALTER TABLE ONLY registered_model_aliases
    ADD CONSTRAINT fk_registered_model_aliases_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models(workspace, name) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY registered_model_tags
    ADD CONSTRAINT fk_registered_model_tags_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models(workspace, name) ON UPDATE CASCADE;
ALTER TABLE ONLY scorer_versions
    ADD CONSTRAINT fk_scorer_versions_scorer_id FOREIGN KEY (scorer_id) REFERENCES scorers(scorer_id) ON DELETE CASCADE;
ALTER TABLE ONLY scorers
    ADD CONSTRAINT fk_scorers_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id) ON DELETE CASCADE;
ALTER TABLE ONLY span_metrics
    ADD CONSTRAINT fk_span_metrics_span FOREIGN KEY (trace_id, span_id) REFERENCES spans(trace_id, span_id) ON DELETE CASCADE;
ALTER TABLE ONLY spans
    ADD CONSTRAINT fk_spans_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id);
ALTER TABLE ONLY spans
    ADD CONSTRAINT fk_spans_trace_id FOREIGN KEY (trace_id) REFERENCES trace_info(request_id) ON DELETE CASCADE;
ALTER TABLE ONLY trace_info
    ADD CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id);
ALTER TABLE ONLY trace_metrics
    ADD CONSTRAINT fk_trace_metrics_request_id FOREIGN KEY (request_id) REFERENCES trace_info(request_id) ON DELETE CASCADE;
ALTER TABLE ONLY trace_request_metadata
    ADD CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY (request_id) REFERENCES trace_info(request_id) ON DELETE CASCADE;
ALTER TABLE ONLY trace_tags
    ADD CONSTRAINT fk_trace_tags_request_id FOREIGN KEY (request_id) REFERENCES trace_info(request_id) ON DELETE CASCADE;
ALTER TABLE ONLY latest_metrics
    ADD CONSTRAINT latest_metrics_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES runs(run_uuid);
ALTER TABLE ONLY metrics
    ADD CONSTRAINT metrics_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES runs(run_uuid);
ALTER TABLE ONLY params
    ADD CONSTRAINT params_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES runs(run_uuid);
ALTER TABLE ONLY runs
    ADD CONSTRAINT runs_experiment_id_fkey FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id);
ALTER TABLE ONLY tags
    ADD CONSTRAINT tags_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES runs(run_uuid);
ALTER TABLE ONLY webhook_events
    ADD CONSTRAINT webhook_events_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks(webhook_id) ON DELETE CASCADE;
