CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
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
    destination_id character varying(36) NOT NULL
);
CREATE TABLE latest_metrics (
    key character varying(250) NOT NULL,
    value double precision NOT NULL,
    "timestamp" bigint,
    step bigint NOT NULL,
    is_nan boolean NOT NULL,
    run_uuid character varying(32) NOT NULL
);
CREATE TABLE metrics (
    key character varying(250) NOT NULL,
    value double precision NOT NULL,
    "timestamp" bigint NOT NULL,
    run_uuid character varying(32) NOT NULL,
    step bigint DEFAULT '0'::bigint NOT NULL,
    is_nan boolean DEFAULT false NOT NULL
);
CREATE TABLE model_version_tags (
    key character varying(250) NOT NULL,
    value character varying(5000),
    name character varying(256) NOT NULL,
    version integer NOT NULL
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
    storage_location character varying(500)
);
CREATE TABLE params (
    key character varying(250) NOT NULL,
    value character varying(8000) NOT NULL,
    run_uuid character varying(32) NOT NULL
);
CREATE TABLE registered_model_aliases (
    alias character varying(256) NOT NULL,
    version integer NOT NULL,
    name character varying(256) NOT NULL
);
CREATE TABLE registered_model_tags (
    key character varying(250) NOT NULL,
    value character varying(5000),
    name character varying(256) NOT NULL
);
CREATE TABLE registered_models (
    name character varying(256) NOT NULL,
    creation_time bigint,
    last_updated_time bigint,
    description character varying(5000)
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
    status character varying(50) NOT NULL
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
ALTER TABLE ONLY experiments ALTER COLUMN experiment_id SET DEFAULT nextval('experiments_experiment_id_seq'::regclass);
INSERT INTO alembic_version VALUES ('0584bdc529eb');
INSERT INTO datasets VALUES ('f097fae727964142a2268fb7a96ccd12', 1, 'leaves', 'abc123', 'local', '{"uri": "leaves.csv"}', '{"columns": []}', '{"rows": 3}');
INSERT INTO datasets VALUES ('6075f218c67f4db6ad0e286326e9ac61', 1, 'water', 'def456', 'http', '{"url": "http://x"}', NULL, NULL);
INSERT INTO experiment_tags VALUES ('kind', 'green', 1);
INSERT INTO experiment_tags VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 1);
INSERT INTO experiments VALUES (0, 'Default', '/tmp/w/up/mlruns/0', 'active', 1796060215693, 1796060215693);
INSERT INTO experiments VALUES (1, 'tea', '/tmp/w/up/somewhere/tea', 'active', 1796060217407, 1796060217407);
INSERT INTO experiments VALUES (2, 'gone', '/tmp/w/up/mlruns/2', 'deleted', 1796060217573, 1796060218103);
INSERT INTO input_tags VALUES ('1db377f79aaa414b94c798ac45b7dce9', 'mlflow.data.context', 'training');
INSERT INTO input_tags VALUES ('554ec7d96d96466ba3ec9993bfdeb7d4', 'for', 'tea');
INSERT INTO inputs VALUES ('1db377f79aaa414b94c798ac45b7dce9', 'DATASET', 'f097fae727964142a2268fb7a96ccd12', 'RUN', '06732693daa142048fed0b621271511e');
INSERT INTO inputs VALUES ('554ec7d96d96466ba3ec9993bfdeb7d4', 'DATASET', '6075f218c67f4db6ad0e286326e9ac61', 'RUN', '06732693daa142048fed0b621271511e');
INSERT INTO latest_metrics VALUES ('loss', 0, 1700000000002, 2, true, '06732693daa142048fed0b621271511e');
INSERT INTO latest_metrics VALUES ('up', 1.7976931348623157e+308, 1700000000000, -3, false, '06732693daa142048fed0b621271511e');
INSERT INTO latest_metrics VALUES ('down', -1.7976931348623157e+308, 1700000000000, 1099511627776, false, '06732693daa142048fed0b621271511e');
INSERT INTO latest_metrics VALUES ('tiny', 5e-324, 1700000000000, 0, false, '06732693daa142048fed0b621271511e');
INSERT INTO latest_metrics VALUES ('great', 1.7976931348623157e+308, 1700000000000, 0, false, '06732693daa142048fed0b621271511e');
INSERT INTO latest_metrics VALUES ('loss', 2, 1700000000000, 7, false, '6c113f341d4c4d82acb173d56a9e9df6');
INSERT INTO metrics VALUES ('loss', 0.5, 1700000000000, '06732693daa142048fed0b621271511e', 0, false);
INSERT INTO metrics VALUES ('loss', 0.25, 1700000000001, '06732693daa142048fed0b621271511e', 1, false);
INSERT INTO metrics VALUES ('loss', 0, 1700000000002, '06732693daa142048fed0b621271511e', 2, true);
INSERT INTO metrics VALUES ('up', 1.7976931348623157e+308, 1700000000000, '06732693daa142048fed0b621271511e', -3, false);
INSERT INTO metrics VALUES ('down', -1.7976931348623157e+308, 1700000000000, '06732693daa142048fed0b621271511e', 1099511627776, false);
INSERT INTO metrics VALUES ('tiny', 5e-324, 1700000000000, '06732693daa142048fed0b621271511e', 0, false);
INSERT INTO metrics VALUES ('great', 1.7976931348623157e+308, 1700000000000, '06732693daa142048fed0b621271511e', 0, false);
INSERT INTO metrics VALUES ('loss', 2, 1700000000000, '6c113f341d4c4d82acb173d56a9e9df6', 7, false);
INSERT INTO model_version_tags VALUES ('number', '0', 'blend', 1);
INSERT INTO model_version_tags VALUES ('number', '1', 'blend', 2);
INSERT INTO model_version_tags VALUES ('checked', 'yes', 'blend', 1);
INSERT INTO model_version_tags VALUES ('mlflow.prompt.is_prompt', 'true', 'greeting', 1);
INSERT INTO model_version_tags VALUES ('mlflow.prompt.text', 'Hello {{name}}', 'greeting', 1);
INSERT INTO model_versions VALUES ('blend', 2, 1796060224192, 1796060224192, 'version 1', NULL, 'None', 'somewhere/tea/1', '06732693daa142048fed0b621271511e', 'READY', NULL, NULL, 'somewhere/tea/1');
INSERT INTO model_versions VALUES ('blend', 1, 1796060224023, 1796060226932, 'version 0', NULL, 'Production', 'somewhere/tea/0', '06732693daa142048fed0b621271511e', 'READY', NULL, NULL, 'somewhere/tea/0');
INSERT INTO model_versions VALUES ('greeting', 1, 1796060227158, 1796060227158, NULL, NULL, 'None', 'dummy-source', NULL, 'READY', NULL, NULL, 'dummy-source');
INSERT INTO params VALUES ('rate', '0.1', '06732693daa142048fed0b621271511e');
INSERT INTO params VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', '06732693daa142048fed0b621271511e');
INSERT INTO params VALUES ('nothing', '', '06732693daa142048fed0b621271511e');
INSERT INTO registered_model_aliases VALUES ('champion', 2, 'blend');
INSERT INTO registered_model_aliases VALUES ('Challenger', 1, 'blend');
INSERT INTO registered_model_tags VALUES ('team', 'ada', 'blend');
INSERT INTO registered_model_tags VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 'blend');
INSERT INTO registered_model_tags VALUES ('mlflow.prompt.is_prompt', 'true', 'greeting');
INSERT INTO registered_models VALUES ('blend', 1796060223637, 1796060226932, 'what is drunk');
INSERT INTO registered_models VALUES ('Blend-2', 1796060226991, 1796060226991, NULL);
INSERT INTO registered_models VALUES ('greeting', 1796060227053, 1796060227158, NULL);
INSERT INTO runs VALUES ('1d5a14656e3f44208bec2eed9885d083', 'bittersweet-newt-134', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000000, NULL, '', 'deleted', '/tmp/w/up/mlruns/2/1d5a14656e3f44208bec2eed9885d083/artifacts', 2, 1796060218121);
INSERT INTO runs VALUES ('06732693daa142048fed0b621271511e', 'first', 'UNKNOWN', '', '', 'ada', 'FINISHED', 1700000000000, 1700000001000, '', 'active', '/tmp/w/up/somewhere/tea/06732693daa142048fed0b621271511e/artifacts', 1, NULL);
INSERT INTO runs VALUES ('6c113f341d4c4d82acb173d56a9e9df6', 'second', 'UNKNOWN', '', '', 'unknown', 'FAILED', 1700000000005, 1700000002000, '', 'active', '/tmp/w/up/somewhere/tea/6c113f341d4c4d82acb173d56a9e9df6/artifacts', 1, NULL);
INSERT INTO runs VALUES ('dbe5ebdf9a754e379e7b9410245613e7', 'third', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000006, NULL, '', 'deleted', '/tmp/w/up/somewhere/tea/dbe5ebdf9a754e379e7b9410245613e7/artifacts', 1, 1796060222879);
INSERT INTO runs VALUES ('02f067e0e89a48b89cf6147f48053c85', 'still running', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000007, NULL, '', 'active', '/tmp/w/up/somewhere/tea/02f067e0e89a48b89cf6147f48053c85/artifacts', 1, NULL);
INSERT INTO tags VALUES ('mlflow.runName', 'bittersweet-newt-134', '1d5a14656e3f44208bec2eed9885d083');
INSERT INTO tags VALUES ('ü', 'ö', '06732693daa142048fed0b621271511e');
INSERT INTO tags VALUES ('mlflow.user', 'ada', '06732693daa142048fed0b621271511e');
INSERT INTO tags VALUES ('mlflow.runName', 'first', '06732693daa142048fed0b621271511e');
INSERT INTO tags VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', '06732693daa142048fed0b621271511e');
INSERT INTO tags VALUES ('quote', '''"`\', '06732693daa142048fed0b621271511e');
INSERT INTO tags VALUES ('mlflow.runName', 'second', '6c113f341d4c4d82acb173d56a9e9df6');
INSERT INTO tags VALUES ('mlflow.runName', 'third', 'dbe5ebdf9a754e379e7b9410245613e7');
INSERT INTO tags VALUES ('mlflow.runName', 'still running', '02f067e0e89a48b89cf6147f48053c85');
INSERT INTO trace_info VALUES ('a50b72efe0db41c5b0ce57728d91b207', 1, 1700000000000, 100, 'OK');
INSERT INTO trace_info VALUES ('a2f42778210d4938a75e4c285725f090', 1, 1700000000001, 100, 'ERROR');
INSERT INTO trace_info VALUES ('ef49969e69e04d858f14f97d0365aeb7', 1, 1700000000002, 100, 'OK');
INSERT INTO trace_request_metadata VALUES ('mlflow.trace.session', 'session-1', 'a50b72efe0db41c5b0ce57728d91b207');
INSERT INTO trace_request_metadata VALUES ('mlflow.trace.tokenUsage', '{"input_tokens": 10, "output_tokens": 5, "total_tokens": 15, "cache_read_input_tokens": 2}', 'a50b72efe0db41c5b0ce57728d91b207');
INSERT INTO trace_request_metadata VALUES ('mlflow.trace.cost', '{"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}', 'a50b72efe0db41c5b0ce57728d91b207');
INSERT INTO trace_request_metadata VALUES ('mlflow.trace.user', 'ada', 'a50b72efe0db41c5b0ce57728d91b207');
INSERT INTO trace_request_metadata VALUES ('mlflow.trace.tokenUsage', '{"input_tokens": 1.5, "output_tokens": "7"}', 'a2f42778210d4938a75e4c285725f090');
INSERT INTO trace_request_metadata VALUES ('mlflow.gateway.endpointId', 'e', 'a2f42778210d4938a75e4c285725f090');
INSERT INTO trace_tags VALUES ('mlflow.traceName', 'brew', 'a50b72efe0db41c5b0ce57728d91b207');
INSERT INTO trace_tags VALUES ('flavour', 'green', 'a50b72efe0db41c5b0ce57728d91b207');
INSERT INTO trace_tags VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/a50b72efe0db41c5b0ce57728d91b207/artifacts', 'a50b72efe0db41c5b0ce57728d91b207');
INSERT INTO trace_tags VALUES ('mlflow.traceName', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 'a2f42778210d4938a75e4c285725f090');
INSERT INTO trace_tags VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/a2f42778210d4938a75e4c285725f090/artifacts', 'a2f42778210d4938a75e4c285725f090');
INSERT INTO trace_tags VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/ef49969e69e04d858f14f97d0365aeb7/artifacts', 'ef49969e69e04d858f14f97d0365aeb7');
SELECT pg_catalog.setval('experiments_experiment_id_seq', 2, true);
ALTER TABLE ONLY alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY datasets
    ADD CONSTRAINT dataset_pk PRIMARY KEY (experiment_id, name, digest);
ALTER TABLE ONLY experiments
    ADD CONSTRAINT experiment_pk PRIMARY KEY (experiment_id);
ALTER TABLE ONLY experiment_tags
    ADD CONSTRAINT experiment_tag_pk PRIMARY KEY (key, experiment_id);
ALTER TABLE ONLY experiments
    ADD CONSTRAINT experiments_name_key UNIQUE (name);
ALTER TABLE ONLY input_tags
    ADD CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name);
ALTER TABLE ONLY inputs
    ADD CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id);
ALTER TABLE ONLY latest_metrics
    ADD CONSTRAINT latest_metric_pk PRIMARY KEY (key, run_uuid);
ALTER TABLE ONLY metrics
    ADD CONSTRAINT metric_pk PRIMARY KEY (key, "timestamp", step, run_uuid, value, is_nan);
ALTER TABLE ONLY model_versions
    ADD CONSTRAINT model_version_pk PRIMARY KEY (name, version);
ALTER TABLE ONLY model_version_tags
    ADD CONSTRAINT model_version_tag_pk PRIMARY KEY (key, name, version);
ALTER TABLE ONLY params
    ADD CONSTRAINT param_pk PRIMARY KEY (key, run_uuid);
ALTER TABLE ONLY registered_model_aliases
    ADD CONSTRAINT registered_model_alias_pk PRIMARY KEY (name, alias);
ALTER TABLE ONLY registered_models
    ADD CONSTRAINT registered_model_pk PRIMARY KEY (name);
ALTER TABLE ONLY registered_model_tags
    ADD CONSTRAINT registered_model_tag_pk PRIMARY KEY (key, name);
ALTER TABLE ONLY runs
    ADD CONSTRAINT run_pk PRIMARY KEY (run_uuid);
ALTER TABLE ONLY tags
    ADD CONSTRAINT tag_pk PRIMARY KEY (key, run_uuid);
ALTER TABLE ONLY trace_info
    ADD CONSTRAINT trace_info_pk PRIMARY KEY (request_id);
ALTER TABLE ONLY trace_request_metadata
    ADD CONSTRAINT trace_request_metadata_pk PRIMARY KEY (key, request_id);
ALTER TABLE ONLY trace_tags
    ADD CONSTRAINT trace_tag_pk PRIMARY KEY (key, request_id);
CREATE INDEX index_datasets_dataset_uuid ON datasets USING btree (dataset_uuid);
CREATE INDEX index_datasets_experiment_id_dataset_source_type ON datasets USING btree (experiment_id, dataset_source_type);
CREATE INDEX index_inputs_destination_type_destination_id_source_type ON inputs USING btree (destination_type, destination_id, source_type);
CREATE INDEX index_inputs_input_uuid ON inputs USING btree (input_uuid);
CREATE INDEX index_latest_metrics_run_uuid ON latest_metrics USING btree (run_uuid);
CREATE INDEX index_metrics_run_uuid ON metrics USING btree (run_uuid);
CREATE INDEX index_params_run_uuid ON params USING btree (run_uuid);
CREATE INDEX index_tags_run_uuid ON tags USING btree (run_uuid);
CREATE INDEX index_trace_info_experiment_id_timestamp_ms ON trace_info USING btree (experiment_id, timestamp_ms);
CREATE INDEX index_trace_request_metadata_request_id ON trace_request_metadata USING btree (request_id);
CREATE INDEX index_trace_tags_request_id ON trace_tags USING btree (request_id);
ALTER TABLE ONLY experiment_tags
    ADD CONSTRAINT experiment_tags_experiment_id_fkey FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id);
ALTER TABLE ONLY datasets
    ADD CONSTRAINT fk_datasets_experiment_id_experiments FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id) ON DELETE CASCADE;
ALTER TABLE ONLY trace_info
    ADD CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id);
ALTER TABLE ONLY trace_request_metadata
    ADD CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY (request_id) REFERENCES trace_info(request_id) ON DELETE CASCADE;
ALTER TABLE ONLY trace_tags
    ADD CONSTRAINT fk_trace_tags_request_id FOREIGN KEY (request_id) REFERENCES trace_info(request_id) ON DELETE CASCADE;
ALTER TABLE ONLY latest_metrics
    ADD CONSTRAINT latest_metrics_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES runs(run_uuid);
ALTER TABLE ONLY metrics
    ADD CONSTRAINT metrics_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES runs(run_uuid);
ALTER TABLE ONLY model_version_tags
    ADD CONSTRAINT model_version_tags_name_version_fkey FOREIGN KEY (name, version) REFERENCES model_versions(name, version) ON UPDATE CASCADE;
ALTER TABLE ONLY model_versions
    ADD CONSTRAINT model_versions_name_fkey FOREIGN KEY (name) REFERENCES registered_models(name) ON UPDATE CASCADE;
ALTER TABLE ONLY params
    ADD CONSTRAINT params_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES runs(run_uuid);
ALTER TABLE ONLY registered_model_aliases
    ADD CONSTRAINT registered_model_alias_name_fkey FOREIGN KEY (name) REFERENCES registered_models(name) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY registered_model_tags
    ADD CONSTRAINT registered_model_tags_name_fkey FOREIGN KEY (name) REFERENCES registered_models(name) ON UPDATE CASCADE;
ALTER TABLE ONLY runs
    ADD CONSTRAINT runs_experiment_id_fkey FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id);
ALTER TABLE ONLY tags
    ADD CONSTRAINT tags_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES runs(run_uuid);
