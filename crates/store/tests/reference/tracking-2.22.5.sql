BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0584bdc529eb');
CREATE TABLE "datasets" (
	dataset_uuid VARCHAR(36) NOT NULL,
	experiment_id INTEGER NOT NULL,
	name VARCHAR(500) NOT NULL,
	digest VARCHAR(36) NOT NULL,
	dataset_source_type VARCHAR(36) NOT NULL,
	dataset_source TEXT NOT NULL,
	dataset_schema TEXT,
	dataset_profile TEXT,
	CONSTRAINT dataset_pk PRIMARY KEY (experiment_id, name, digest),
	CONSTRAINT fk_datasets_experiment_id_experiments FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
INSERT INTO "datasets" VALUES('43bdcdc39c8847a8810034ef01210ce7',1,'leaves','abc123','local','{"uri": "leaves.csv"}','{"columns": []}','{"rows": 3}');
INSERT INTO "datasets" VALUES('458a1e4e16414654b71b481cf475f92a',1,'water','def456','http','{"url": "http://x"}',NULL,NULL);
CREATE TABLE experiment_tags (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(5000),
	experiment_id INTEGER NOT NULL,
	CONSTRAINT experiment_tag_pk PRIMARY KEY ("key", experiment_id),
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "experiment_tags" VALUES('kind','green',1);
INSERT INTO "experiment_tags" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ',1);
CREATE TABLE experiments (
	experiment_id INTEGER NOT NULL,
	name VARCHAR(256) NOT NULL,
	artifact_location VARCHAR(256),
	lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT,
	CONSTRAINT experiment_pk PRIMARY KEY (experiment_id),
	CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')),
	UNIQUE (name)
);
INSERT INTO "experiments" VALUES(0,'Default','/tmp/w/up/mlruns/0','active',1796060091344,1796060091344);
INSERT INTO "experiments" VALUES(1,'tea','/tmp/w/up/somewhere/tea','active',1796060092193,1796060092193);
INSERT INTO "experiments" VALUES(2,'gone','/tmp/w/up/mlruns/2','deleted',1796060092436,1796060097183);
CREATE TABLE input_tags (
	input_uuid VARCHAR(36) NOT NULL,
	name VARCHAR(255) NOT NULL,
	value VARCHAR(500) NOT NULL,
	CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name)
);
INSERT INTO "input_tags" VALUES('8bf32a9e56764d2dacc0e2a4730aaf13','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('e57a7cb782944f63a99646bcadd8d0b8','for','tea');
CREATE TABLE inputs (
	input_uuid VARCHAR(36) NOT NULL,
	source_type VARCHAR(36) NOT NULL,
	source_id VARCHAR(36) NOT NULL,
	destination_type VARCHAR(36) NOT NULL,
	destination_id VARCHAR(36) NOT NULL,
	CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "inputs" VALUES('8bf32a9e56764d2dacc0e2a4730aaf13','DATASET','43bdcdc39c8847a8810034ef01210ce7','RUN','a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "inputs" VALUES('e57a7cb782944f63a99646bcadd8d0b8','DATASET','458a1e4e16414654b71b481cf475f92a','RUN','a7e1ee4e0eef45f18e1d491ccdc04bc8');
CREATE TABLE "latest_metrics" (
	"key" VARCHAR(250) NOT NULL,
	value FLOAT NOT NULL,
	timestamp BIGINT,
	step BIGINT NOT NULL,
	is_nan BOOLEAN NOT NULL,
	run_uuid VARCHAR(32) NOT NULL,
	CONSTRAINT latest_metric_pk PRIMARY KEY ("key", run_uuid),
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid),
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "latest_metrics" VALUES('loss',0.0,1700000000002,2,1,'a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "latest_metrics" VALUES('up',1.79769313486231562234e+308,1700000000000,-3,0,'a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "latest_metrics" VALUES('down',-1.79769313486231562234e+308,1700000000000,1099511627776,0,'a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "latest_metrics" VALUES('tiny',4.94065645841247e-324,1700000000000,0,0,'a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "latest_metrics" VALUES('great',1.79769313486231562234e+308,1700000000000,0,0,'a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "latest_metrics" VALUES('loss',2.0,1700000000000,7,0,'59369cf1fb7f420faeecee0d2ebe38eb');
CREATE TABLE "metrics" (
	"key" VARCHAR(250) NOT NULL,
	value FLOAT NOT NULL,
	timestamp BIGINT NOT NULL,
	run_uuid VARCHAR(32) NOT NULL,
	step BIGINT DEFAULT '0' NOT NULL,
	is_nan BOOLEAN DEFAULT '0' NOT NULL,
	CONSTRAINT metric_pk PRIMARY KEY ("key", timestamp, step, run_uuid, value, is_nan),
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid),
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "metrics" VALUES('loss',0.5,1700000000000,'a7e1ee4e0eef45f18e1d491ccdc04bc8',0,0);
INSERT INTO "metrics" VALUES('loss',0.25,1700000000001,'a7e1ee4e0eef45f18e1d491ccdc04bc8',1,0);
INSERT INTO "metrics" VALUES('loss',0.0,1700000000002,'a7e1ee4e0eef45f18e1d491ccdc04bc8',2,1);
INSERT INTO "metrics" VALUES('up',1.79769313486231562234e+308,1700000000000,'a7e1ee4e0eef45f18e1d491ccdc04bc8',-3,0);
INSERT INTO "metrics" VALUES('down',-1.79769313486231562234e+308,1700000000000,'a7e1ee4e0eef45f18e1d491ccdc04bc8',1099511627776,0);
INSERT INTO "metrics" VALUES('tiny',4.94065645841247e-324,1700000000000,'a7e1ee4e0eef45f18e1d491ccdc04bc8',0,0);
INSERT INTO "metrics" VALUES('great',1.79769313486231562234e+308,1700000000000,'a7e1ee4e0eef45f18e1d491ccdc04bc8',0,0);
INSERT INTO "metrics" VALUES('loss',2.0,1700000000000,'59369cf1fb7f420faeecee0d2ebe38eb',7,0);
CREATE TABLE model_version_tags (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(5000),
	name VARCHAR(256) NOT NULL,
	version INTEGER NOT NULL,
	CONSTRAINT model_version_tag_pk PRIMARY KEY ("key", name, version),
	FOREIGN KEY(name, version) REFERENCES model_versions (name, version) ON UPDATE cascade
);
INSERT INTO "model_version_tags" VALUES('number','0','blend',1);
INSERT INTO "model_version_tags" VALUES('number','1','blend',2);
INSERT INTO "model_version_tags" VALUES('checked','yes','blend',1);
INSERT INTO "model_version_tags" VALUES('mlflow.prompt.is_prompt','true','greeting',1);
INSERT INTO "model_version_tags" VALUES('mlflow.prompt.text','Hello {{name}}','greeting',1);
CREATE TABLE "model_versions" (
	name VARCHAR(256) NOT NULL,
	version INTEGER NOT NULL,
	creation_time BIGINT,
	last_updated_time BIGINT,
	description VARCHAR(5000),
	user_id VARCHAR(256),
	current_stage VARCHAR(20),
	source VARCHAR(500),
	run_id VARCHAR(32),
	status VARCHAR(20),
	status_message VARCHAR(500),
	run_link VARCHAR(500), storage_location VARCHAR(500),
	CONSTRAINT model_version_pk PRIMARY KEY (name, version),
	FOREIGN KEY(name) REFERENCES registered_models (name) ON UPDATE CASCADE
);
INSERT INTO "model_versions" VALUES('blend',1,1796060101539,1796060103757,'version 0',NULL,'Production','somewhere/tea/0','a7e1ee4e0eef45f18e1d491ccdc04bc8','READY',NULL,NULL,'somewhere/tea/0');
INSERT INTO "model_versions" VALUES('blend',2,1796060101909,1796060101909,'version 1',NULL,'None','somewhere/tea/1','a7e1ee4e0eef45f18e1d491ccdc04bc8','READY',NULL,NULL,'somewhere/tea/1');
INSERT INTO "model_versions" VALUES('greeting',1,1796060104649,1796060104649,NULL,NULL,'None','dummy-source',NULL,'READY',NULL,NULL,'dummy-source');
CREATE TABLE "params" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000) NOT NULL,
	run_uuid VARCHAR(32) NOT NULL,
	CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid),
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "params" VALUES('rate','0.1','a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "params" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "params" VALUES('nothing','','a7e1ee4e0eef45f18e1d491ccdc04bc8');
CREATE TABLE registered_model_aliases (
	alias VARCHAR(256) NOT NULL,
	version INTEGER NOT NULL,
	name VARCHAR(256) NOT NULL,
	CONSTRAINT registered_model_alias_pk PRIMARY KEY (name, alias),
	CONSTRAINT registered_model_alias_name_fkey FOREIGN KEY(name) REFERENCES registered_models (name) ON DELETE cascade ON UPDATE cascade
);
INSERT INTO "registered_model_aliases" VALUES('champion',2,'blend');
INSERT INTO "registered_model_aliases" VALUES('Challenger',1,'blend');
CREATE TABLE registered_model_tags (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(5000),
	name VARCHAR(256) NOT NULL,
	CONSTRAINT registered_model_tag_pk PRIMARY KEY ("key", name),
	FOREIGN KEY(name) REFERENCES registered_models (name) ON UPDATE cascade
);
INSERT INTO "registered_model_tags" VALUES('team','ada','blend');
INSERT INTO "registered_model_tags" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','blend');
INSERT INTO "registered_model_tags" VALUES('mlflow.prompt.is_prompt','true','greeting');
CREATE TABLE registered_models (
	name VARCHAR(256) NOT NULL,
	creation_time BIGINT,
	last_updated_time BIGINT,
	description VARCHAR(5000),
	CONSTRAINT registered_model_pk PRIMARY KEY (name),
	UNIQUE (name)
);
INSERT INTO "registered_models" VALUES('blend',1796060101115,1796060103757,'what is drunk');
INSERT INTO "registered_models" VALUES('Blend-2',1796060104165,1796060104165,NULL);
INSERT INTO "registered_models" VALUES('greeting',1796060104379,1796060104649,NULL);
CREATE TABLE "runs" (
	run_uuid VARCHAR(32) NOT NULL,
	name VARCHAR(250),
	source_type VARCHAR(20),
	source_name VARCHAR(500),
	entry_point_name VARCHAR(50),
	user_id VARCHAR(256),
	status VARCHAR(9),
	start_time BIGINT,
	end_time BIGINT,
	source_version VARCHAR(50),
	lifecycle_stage VARCHAR(20),
	artifact_uri VARCHAR(200),
	experiment_id INTEGER, deleted_time BIGINT,
	CONSTRAINT run_pk PRIMARY KEY (run_uuid),
	CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')),
	CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')),
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
	CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);
INSERT INTO "runs" VALUES('4b3719d43e1d4ece877ee17aa9794bc4','masked-dog-792','UNKNOWN','','','unknown','RUNNING',1700000000000,NULL,'','deleted','/tmp/w/up/mlruns/2/4b3719d43e1d4ece877ee17aa9794bc4/artifacts',2,1796060097277);
INSERT INTO "runs" VALUES('a7e1ee4e0eef45f18e1d491ccdc04bc8','first','UNKNOWN','','','ada','FINISHED',1700000000000,1700000001000,'','active','/tmp/w/up/somewhere/tea/a7e1ee4e0eef45f18e1d491ccdc04bc8/artifacts',1,NULL);
INSERT INTO "runs" VALUES('59369cf1fb7f420faeecee0d2ebe38eb','second','UNKNOWN','','','unknown','FAILED',1700000000005,1700000002000,'','active','/tmp/w/up/somewhere/tea/59369cf1fb7f420faeecee0d2ebe38eb/artifacts',1,NULL);
INSERT INTO "runs" VALUES('83d55b51734c47208f5895ee1d11f46d','third','UNKNOWN','','','unknown','RUNNING',1700000000006,NULL,'','deleted','/tmp/w/up/somewhere/tea/83d55b51734c47208f5895ee1d11f46d/artifacts',1,1796060100572);
INSERT INTO "runs" VALUES('30732da351a34f02a55680236d6fb8cc','still running','UNKNOWN','','','unknown','RUNNING',1700000000007,NULL,'','active','/tmp/w/up/somewhere/tea/30732da351a34f02a55680236d6fb8cc/artifacts',1,NULL);
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000),
	run_uuid VARCHAR(32) NOT NULL,
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid),
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('mlflow.runName','masked-dog-792','4b3719d43e1d4ece877ee17aa9794bc4');
INSERT INTO "tags" VALUES('ü','ö','a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "tags" VALUES('mlflow.user','ada','a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "tags" VALUES('mlflow.runName','first','a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "tags" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "tags" VALUES('quote','''"`\','a7e1ee4e0eef45f18e1d491ccdc04bc8');
INSERT INTO "tags" VALUES('mlflow.runName','second','59369cf1fb7f420faeecee0d2ebe38eb');
INSERT INTO "tags" VALUES('mlflow.runName','third','83d55b51734c47208f5895ee1d11f46d');
INSERT INTO "tags" VALUES('mlflow.runName','still running','30732da351a34f02a55680236d6fb8cc');
CREATE TABLE trace_info (
	request_id VARCHAR(50) NOT NULL,
	experiment_id INTEGER NOT NULL,
	timestamp_ms BIGINT NOT NULL,
	execution_time_ms BIGINT,
	status VARCHAR(50) NOT NULL,
	CONSTRAINT trace_info_pk PRIMARY KEY (request_id),
	CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "trace_info" VALUES('089fa9880487481d886978b025abcec6',1,1700000000000,100,'OK');
INSERT INTO "trace_info" VALUES('6bd103df4f5448afa67b9432cd974c91',1,1700000000001,100,'ERROR');
INSERT INTO "trace_info" VALUES('ff6c846c769f467aa9a9947be434d592',1,1700000000002,100,'OK');
CREATE TABLE "trace_request_metadata" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000),
	request_id VARCHAR(50) NOT NULL,
	CONSTRAINT trace_request_metadata_pk PRIMARY KEY ("key", request_id),
	CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.session','session-1','089fa9880487481d886978b025abcec6');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 10, "output_tokens": 5, "total_tokens": 15, "cache_read_input_tokens": 2}','089fa9880487481d886978b025abcec6');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.cost','{"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}','089fa9880487481d886978b025abcec6');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.user','ada','089fa9880487481d886978b025abcec6');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 1.5, "output_tokens": "7"}','6bd103df4f5448afa67b9432cd974c91');
INSERT INTO "trace_request_metadata" VALUES('mlflow.gateway.endpointId','e','6bd103df4f5448afa67b9432cd974c91');
CREATE TABLE "trace_tags" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000),
	request_id VARCHAR(50) NOT NULL,
	CONSTRAINT trace_tag_pk PRIMARY KEY ("key", request_id),
	CONSTRAINT fk_trace_tags_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_tags" VALUES('mlflow.traceName','brew','089fa9880487481d886978b025abcec6');
INSERT INTO "trace_tags" VALUES('flavour','green','089fa9880487481d886978b025abcec6');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','/tmp/w/up/somewhere/tea/traces/089fa9880487481d886978b025abcec6/artifacts','089fa9880487481d886978b025abcec6');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','6bd103df4f5448afa67b9432cd974c91');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','/tmp/w/up/somewhere/tea/traces/6bd103df4f5448afa67b9432cd974c91/artifacts','6bd103df4f5448afa67b9432cd974c91');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','/tmp/w/up/somewhere/tea/traces/ff6c846c769f467aa9a9947be434d592/artifacts','ff6c846c769f467aa9a9947be434d592');
CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
CREATE INDEX index_latest_metrics_run_uuid ON latest_metrics (run_uuid);
CREATE INDEX index_inputs_destination_type_destination_id_source_type ON inputs (destination_type, destination_id, source_type);
CREATE INDEX index_inputs_input_uuid ON inputs (input_uuid);
CREATE INDEX index_params_run_uuid ON params (run_uuid);
CREATE INDEX index_trace_info_experiment_id_timestamp_ms ON trace_info (experiment_id, timestamp_ms);
CREATE INDEX index_trace_tags_request_id ON trace_tags (request_id);
CREATE INDEX index_trace_request_metadata_request_id ON trace_request_metadata (request_id);
CREATE INDEX index_tags_run_uuid ON tags (run_uuid);
CREATE INDEX index_datasets_dataset_uuid ON datasets (dataset_uuid);
CREATE INDEX index_datasets_experiment_id_dataset_source_type ON datasets (experiment_id, dataset_source_type);
COMMIT;
