BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('bda7b8c39065');
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
INSERT INTO "datasets" VALUES('5193108b60954fa782c82924850f8d1c',1,'leaves','abc123','local','{"uri": "leaves.csv"}','{"columns": []}','{"rows": 3}');
INSERT INTO "datasets" VALUES('229122cd37944b329ca5618a536f0890',1,'water','def456','http','{"url": "http://x"}',NULL,NULL);
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
INSERT INTO "experiments" VALUES(0,'Default','/tmp/w/up/mlruns/0','active',1796060338027,1796060338027);
INSERT INTO "experiments" VALUES(1,'tea','/tmp/w/up/somewhere/tea','active',1796060340013,1796060340013);
INSERT INTO "experiments" VALUES(2,'gone','/tmp/w/up/mlruns/2','deleted',1796060340053,1796060340119);
CREATE TABLE input_tags (
	input_uuid VARCHAR(36) NOT NULL,
	name VARCHAR(255) NOT NULL,
	value VARCHAR(500) NOT NULL,
	CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name)
);
INSERT INTO "input_tags" VALUES('867da100623d4b669553ccf007d66864','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('485870cd0a694a2780592f68685e0810','for','tea');
CREATE TABLE inputs (
	input_uuid VARCHAR(36) NOT NULL,
	source_type VARCHAR(36) NOT NULL,
	source_id VARCHAR(36) NOT NULL,
	destination_type VARCHAR(36) NOT NULL,
	destination_id VARCHAR(36) NOT NULL, step BIGINT DEFAULT '0' NOT NULL,
	CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "inputs" VALUES('867da100623d4b669553ccf007d66864','DATASET','5193108b60954fa782c82924850f8d1c','RUN','98c4814eee074ddf92f90a27ec66eadf',0);
INSERT INTO "inputs" VALUES('485870cd0a694a2780592f68685e0810','DATASET','229122cd37944b329ca5618a536f0890','RUN','98c4814eee074ddf92f90a27ec66eadf',0);
INSERT INTO "inputs" VALUES('4f1bdbafde2f474fbee5c7b532573ace','RUN_OUTPUT','98c4814eee074ddf92f90a27ec66eadf','MODEL_OUTPUT','m-8cf305b1d49e41ca972f4c53c014031b',4);
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
INSERT INTO "latest_metrics" VALUES('loss',0.0,1700000000002,2,1,'98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "latest_metrics" VALUES('up',1.79769313486231562234e+308,1700000000000,-3,0,'98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "latest_metrics" VALUES('down',-1.79769313486231562234e+308,1700000000000,1099511627776,0,'98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "latest_metrics" VALUES('tiny',4.94065645841247e-324,1700000000000,0,0,'98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "latest_metrics" VALUES('great',1.79769313486231562234e+308,1700000000000,0,0,'98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "latest_metrics" VALUES('loss',2.0,1700000000000,7,0,'187e5df71d2d4d0797a4a58ea32d4868');
INSERT INTO "latest_metrics" VALUES('score',0.9,1700000000000,4,0,'98c4814eee074ddf92f90a27ec66eadf');
CREATE TABLE logged_model_metrics (
	model_id VARCHAR(36) NOT NULL,
	metric_name VARCHAR(500) NOT NULL,
	metric_timestamp_ms BIGINT NOT NULL,
	metric_step BIGINT NOT NULL,
	metric_value FLOAT,
	experiment_id INTEGER NOT NULL,
	run_id VARCHAR(32) NOT NULL,
	dataset_uuid VARCHAR(36),
	dataset_name VARCHAR(500),
	dataset_digest VARCHAR(36),
	CONSTRAINT logged_model_metrics_pk PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id),
	CONSTRAINT fk_logged_model_metrics_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
	CONSTRAINT fk_logged_model_metrics_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE,
	CONSTRAINT fk_logged_model_metrics_run_id FOREIGN KEY(run_id) REFERENCES runs (run_uuid) ON DELETE CASCADE
);
INSERT INTO "logged_model_metrics" VALUES('m-8cf305b1d49e41ca972f4c53c014031b','score',1700000000000,4,0.9,0,'98c4814eee074ddf92f90a27ec66eadf',NULL,'leaves','abc123');
CREATE TABLE logged_model_params (
	model_id VARCHAR(36) NOT NULL,
	experiment_id INTEGER NOT NULL,
	param_key VARCHAR(255) NOT NULL,
	param_value TEXT NOT NULL,
	CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key),
	CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
	CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_params" VALUES('m-8cf305b1d49e41ca972f4c53c014031b',1,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-8cf305b1d49e41ca972f4c53c014031b',1,'long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ');
CREATE TABLE logged_model_tags (
	model_id VARCHAR(36) NOT NULL,
	experiment_id INTEGER NOT NULL,
	tag_key VARCHAR(255) NOT NULL,
	tag_value TEXT NOT NULL,
	CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key),
	CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
	CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_tags" VALUES('m-8cf305b1d49e41ca972f4c53c014031b',1,'a','b');
CREATE TABLE logged_models (
	model_id VARCHAR(36) NOT NULL,
	experiment_id INTEGER NOT NULL,
	name VARCHAR(500) NOT NULL,
	artifact_location VARCHAR(1000) NOT NULL,
	creation_timestamp_ms BIGINT NOT NULL,
	last_updated_timestamp_ms BIGINT NOT NULL,
	status INTEGER NOT NULL,
	lifecycle_stage VARCHAR(32),
	model_type VARCHAR(500),
	source_run_id VARCHAR(32),
	status_message VARCHAR(1000),
	CONSTRAINT logged_models_pk PRIMARY KEY (model_id),
	CONSTRAINT logged_models_lifecycle_stage_check CHECK (lifecycle_stage IN ('active', 'deleted')),
	CONSTRAINT fk_logged_models_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
INSERT INTO "logged_models" VALUES('m-8cf305b1d49e41ca972f4c53c014031b',1,'leaf','/tmp/w/up/somewhere/tea/models/m-8cf305b1d49e41ca972f4c53c014031b/artifacts',1796060343921,1796060344264,2,'active','tree','98c4814eee074ddf92f90a27ec66eadf',NULL);
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
INSERT INTO "metrics" VALUES('loss',0.5,1700000000000,'98c4814eee074ddf92f90a27ec66eadf',0,0);
INSERT INTO "metrics" VALUES('loss',0.25,1700000000001,'98c4814eee074ddf92f90a27ec66eadf',1,0);
INSERT INTO "metrics" VALUES('loss',0.0,1700000000002,'98c4814eee074ddf92f90a27ec66eadf',2,1);
INSERT INTO "metrics" VALUES('up',1.79769313486231562234e+308,1700000000000,'98c4814eee074ddf92f90a27ec66eadf',-3,0);
INSERT INTO "metrics" VALUES('down',-1.79769313486231562234e+308,1700000000000,'98c4814eee074ddf92f90a27ec66eadf',1099511627776,0);
INSERT INTO "metrics" VALUES('tiny',4.94065645841247e-324,1700000000000,'98c4814eee074ddf92f90a27ec66eadf',0,0);
INSERT INTO "metrics" VALUES('great',1.79769313486231562234e+308,1700000000000,'98c4814eee074ddf92f90a27ec66eadf',0,0);
INSERT INTO "metrics" VALUES('loss',2.0,1700000000000,'187e5df71d2d4d0797a4a58ea32d4868',7,0);
INSERT INTO "metrics" VALUES('score',0.9,1700000000000,'98c4814eee074ddf92f90a27ec66eadf',4,0);
CREATE TABLE "model_version_tags" (
	"key" VARCHAR(250) NOT NULL,
	value TEXT,
	name VARCHAR(256) NOT NULL,
	version INTEGER NOT NULL,
	CONSTRAINT model_version_tag_pk PRIMARY KEY ("key", name, version),
	FOREIGN KEY(name, version) REFERENCES model_versions (name, version) ON UPDATE CASCADE
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
INSERT INTO "model_versions" VALUES('blend',1,1796060341453,1796060343380,'version 0',NULL,'Production','somewhere/tea/0','98c4814eee074ddf92f90a27ec66eadf','READY',NULL,NULL,'somewhere/tea/0');
INSERT INTO "model_versions" VALUES('blend',2,1796060341912,1796060341912,'version 1',NULL,'None','somewhere/tea/1','98c4814eee074ddf92f90a27ec66eadf','READY',NULL,NULL,'somewhere/tea/1');
INSERT INTO "model_versions" VALUES('greeting',1,1796060343483,1796060343483,NULL,NULL,'None','dummy-source',NULL,'READY',NULL,NULL,'dummy-source');
CREATE TABLE "params" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000) NOT NULL,
	run_uuid VARCHAR(32) NOT NULL,
	CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid),
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "params" VALUES('rate','0.1','98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "params" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "params" VALUES('nothing','','98c4814eee074ddf92f90a27ec66eadf');
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
INSERT INTO "registered_models" VALUES('blend',1796060341043,1796060343380,'what is drunk');
INSERT INTO "registered_models" VALUES('Blend-2',1796060343421,1796060343421,NULL);
INSERT INTO "registered_models" VALUES('greeting',1796060343446,1796060343483,NULL);
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
	CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')),
	CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')),
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
	CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);
INSERT INTO "runs" VALUES('518d7d4ac2c64211bf26e2ee00ebad0d','resilient-cub-110','UNKNOWN','','','unknown','RUNNING',1700000000000,NULL,'','deleted','/tmp/w/up/mlruns/2/518d7d4ac2c64211bf26e2ee00ebad0d/artifacts',2,1796060340129);
INSERT INTO "runs" VALUES('98c4814eee074ddf92f90a27ec66eadf','first','UNKNOWN','','','ada','FINISHED',1700000000000,1700000001000,'','active','/tmp/w/up/somewhere/tea/98c4814eee074ddf92f90a27ec66eadf/artifacts',1,NULL);
INSERT INTO "runs" VALUES('187e5df71d2d4d0797a4a58ea32d4868','second','UNKNOWN','','','unknown','FAILED',1700000000005,1700000002000,'','active','/tmp/w/up/somewhere/tea/187e5df71d2d4d0797a4a58ea32d4868/artifacts',1,NULL);
INSERT INTO "runs" VALUES('c301587db28f4bab8ece8dd84435d1c1','third','UNKNOWN','','','unknown','RUNNING',1700000000006,NULL,'','deleted','/tmp/w/up/somewhere/tea/c301587db28f4bab8ece8dd84435d1c1/artifacts',1,1796060340483);
INSERT INTO "runs" VALUES('1c65b665b9e441448085da3eb255d5d2','still running','UNKNOWN','','','unknown','RUNNING',1700000000007,NULL,'','active','/tmp/w/up/somewhere/tea/1c65b665b9e441448085da3eb255d5d2/artifacts',1,NULL);
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000),
	run_uuid VARCHAR(32) NOT NULL,
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid),
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('mlflow.runName','resilient-cub-110','518d7d4ac2c64211bf26e2ee00ebad0d');
INSERT INTO "tags" VALUES('ü','ö','98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "tags" VALUES('mlflow.user','ada','98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "tags" VALUES('mlflow.runName','first','98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "tags" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "tags" VALUES('quote','''"`\','98c4814eee074ddf92f90a27ec66eadf');
INSERT INTO "tags" VALUES('mlflow.runName','second','187e5df71d2d4d0797a4a58ea32d4868');
INSERT INTO "tags" VALUES('mlflow.runName','third','c301587db28f4bab8ece8dd84435d1c1');
INSERT INTO "tags" VALUES('mlflow.runName','still running','1c65b665b9e441448085da3eb255d5d2');
CREATE TABLE trace_info (
	request_id VARCHAR(50) NOT NULL,
	experiment_id INTEGER NOT NULL,
	timestamp_ms BIGINT NOT NULL,
	execution_time_ms BIGINT,
	status VARCHAR(50) NOT NULL,
	CONSTRAINT trace_info_pk PRIMARY KEY (request_id),
	CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "trace_info" VALUES('ee41fd2cf51d4f68bfe6bf87b705fd7a',1,1700000000000,100,'OK');
INSERT INTO "trace_info" VALUES('49c8582003a846959a069fd930956dec',1,1700000000001,100,'ERROR');
INSERT INTO "trace_info" VALUES('3f45e30a72284a48a0f5463de66e7124',1,1700000000002,100,'OK');
CREATE TABLE "trace_request_metadata" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000),
	request_id VARCHAR(50) NOT NULL,
	CONSTRAINT trace_request_metadata_pk PRIMARY KEY ("key", request_id),
	CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.session','session-1','ee41fd2cf51d4f68bfe6bf87b705fd7a');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 10, "output_tokens": 5, "total_tokens": 15, "cache_read_input_tokens": 2}','ee41fd2cf51d4f68bfe6bf87b705fd7a');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.cost','{"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}','ee41fd2cf51d4f68bfe6bf87b705fd7a');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.user','ada','ee41fd2cf51d4f68bfe6bf87b705fd7a');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 1.5, "output_tokens": "7"}','49c8582003a846959a069fd930956dec');
INSERT INTO "trace_request_metadata" VALUES('mlflow.gateway.endpointId','e','49c8582003a846959a069fd930956dec');
CREATE TABLE "trace_tags" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000),
	request_id VARCHAR(50) NOT NULL,
	CONSTRAINT trace_tag_pk PRIMARY KEY ("key", request_id),
	CONSTRAINT fk_trace_tags_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_tags" VALUES('mlflow.traceName','brew','ee41fd2cf51d4f68bfe6bf87b705fd7a');
INSERT INTO "trace_tags" VALUES('flavour','green','ee41fd2cf51d4f68bfe6bf87b705fd7a');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','/tmp/w/up/somewhere/tea/traces/ee41fd2cf51d4f68bfe6bf87b705fd7a/artifacts','ee41fd2cf51d4f68bfe6bf87b705fd7a');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','49c8582003a846959a069fd930956dec');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','/tmp/w/up/somewhere/tea/traces/49c8582003a846959a069fd930956dec/artifacts','49c8582003a846959a069fd930956dec');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','/tmp/w/up/somewhere/tea/traces/3f45e30a72284a48a0f5463de66e7124/artifacts','3f45e30a72284a48a0f5463de66e7124');
CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
CREATE INDEX index_latest_metrics_run_uuid ON latest_metrics (run_uuid);
CREATE INDEX index_inputs_input_uuid ON inputs (input_uuid);
CREATE INDEX index_inputs_destination_type_destination_id_source_type ON inputs (destination_type, destination_id, source_type);
CREATE INDEX index_params_run_uuid ON params (run_uuid);
CREATE INDEX index_trace_info_experiment_id_timestamp_ms ON trace_info (experiment_id, timestamp_ms);
CREATE INDEX index_trace_tags_request_id ON trace_tags (request_id);
CREATE INDEX index_trace_request_metadata_request_id ON trace_request_metadata (request_id);
CREATE INDEX index_tags_run_uuid ON tags (run_uuid);
CREATE INDEX index_datasets_experiment_id_dataset_source_type ON datasets (experiment_id, dataset_source_type);
CREATE INDEX index_datasets_dataset_uuid ON datasets (dataset_uuid);
CREATE INDEX index_logged_model_metrics_model_id ON logged_model_metrics (model_id);
COMMIT;
