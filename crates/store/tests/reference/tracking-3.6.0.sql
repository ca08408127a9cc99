BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('bf29a5ff90ea');
CREATE TABLE assessments (
	assessment_id VARCHAR(50) NOT NULL,
	trace_id VARCHAR(50) NOT NULL,
	name VARCHAR(250) NOT NULL,
	assessment_type VARCHAR(20) NOT NULL,
	value TEXT NOT NULL,
	error TEXT,
	created_timestamp BIGINT NOT NULL,
	last_updated_timestamp BIGINT NOT NULL,
	source_type VARCHAR(50) NOT NULL,
	source_id VARCHAR(250),
	run_id VARCHAR(32),
	span_id VARCHAR(50),
	rationale TEXT,
	overrides VARCHAR(50),
	valid BOOLEAN NOT NULL,
	assessment_metadata TEXT,
	CONSTRAINT assessments_pk PRIMARY KEY (assessment_id),
	CONSTRAINT fk_assessments_trace_id FOREIGN KEY(trace_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "assessments" VALUES('a-116b0fde68d94882a1407a842c466444','tr-00000000000000000000000000000000','taste 0','feedback','true',NULL,1796060229343,1796060229343,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-189814a55e8d4d0386111257cc70d816','tr-00000000000000000000000000000000','taste 1','feedback','"yes"',NULL,1796060229635,1796060229635,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-d92a3e8715ee4de7b89ce7da7e8ac76e','tr-00000000000000000000000000000000','taste 2','feedback','"no"',NULL,1796060229819,1796060229819,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-f8e0285f90974c19952b4c51862befb4','tr-00000000000000000000000000000000','taste 3','feedback','0.75',NULL,1796060229937,1796060229937,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-69bb721431da4716a0f20b791cfcb7bc','tr-00000000000000000000000000000000','taste 4','feedback','3',NULL,1796060230054,1796060230054,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-e445ed9ef95545f49f9a4436599a6fb2','tr-00000000000000000000000000000000','taste 5','feedback','"good"',NULL,1796060230180,1796060230180,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-faa833ceb9bf4df3ad97de6ad55e4b7a','tr-00000000000000000000000000000000','taste 6','feedback','{"a": 1}',NULL,1796060230326,1796060230326,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-b73f65f513f24c2a83fe0588b2b6c2cd','tr-00000000000000000000000000000001','colour','expectation','"green"',NULL,1796060230469,1796060230469,'HUMAN','ada',NULL,NULL,NULL,NULL,1,NULL);
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
INSERT INTO "datasets" VALUES('72fc378128674c87998a746c329bf196',1,'leaves','abc123','local','{"uri": "leaves.csv"}','{"columns": []}','{"rows": 3}');
INSERT INTO "datasets" VALUES('750b42c541534beb8081384afef9ab39',1,'water','def456','http','{"url": "http://x"}',NULL,NULL);
CREATE TABLE entity_associations (
	association_id VARCHAR(36) NOT NULL,
	source_type VARCHAR(36) NOT NULL,
	source_id VARCHAR(36) NOT NULL,
	destination_type VARCHAR(36) NOT NULL,
	destination_id VARCHAR(36) NOT NULL,
	created_time BIGINT,
	CONSTRAINT entity_associations_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "entity_associations" VALUES('cd73acdee33a42beb87cffd20969e314','trace','tr-00000000000000000000000000000000','run','28a58d5b97c84b13bd947785e835e522',1796060230593);
INSERT INTO "entity_associations" VALUES('16350f98bb7842fca90a3ce628765a9f','trace','tr-00000000000000000000000000000001','run','28a58d5b97c84b13bd947785e835e522',1796060230593);
INSERT INTO "entity_associations" VALUES('a-84d6e3ec85b74a57a5df797ed84f215d','evaluation_dataset','d-2393c07622eb4f008d7158c8c94b9c4a','experiment','1',1796060230636);
CREATE TABLE "evaluation_dataset_records" (
	dataset_record_id VARCHAR(36) NOT NULL,
	dataset_id VARCHAR(36) NOT NULL,
	inputs JSON NOT NULL,
	expectations JSON,
	tags JSON,
	source JSON,
	source_id VARCHAR(36),
	source_type VARCHAR(255),
	created_time BIGINT,
	last_update_time BIGINT,
	created_by VARCHAR(255),
	last_updated_by VARCHAR(255),
	input_hash VARCHAR(64) NOT NULL, outputs JSON,
	CONSTRAINT evaluation_dataset_records_pk PRIMARY KEY (dataset_record_id),
	CONSTRAINT fk_evaluation_dataset_records_dataset_id FOREIGN KEY(dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE,
	CONSTRAINT unique_dataset_input UNIQUE (dataset_id, input_hash)
);
INSERT INTO "evaluation_dataset_records" VALUES('dr-938b1ad5d3044c718d546de81e64e771','d-2393c07622eb4f008d7158c8c94b9c4a','{"water": "hot"}','{"colour": "green"}','{"n": "1"}','null',NULL,NULL,1796060230848,1796060230848,NULL,NULL,'aee18f7cc363f71aecdb22fbba37f82546138b90c419ab3e59b07cd1b4a25714','{"mlflow_wrapped": {}}');
INSERT INTO "evaluation_dataset_records" VALUES('dr-476ea8c614b2411a96bcdf4a9650cf8c','d-2393c07622eb4f008d7158c8c94b9c4a','{"water": "cold"}','null','{}','null',NULL,NULL,1796060230848,1796060230848,NULL,NULL,'c61ccf81309ed9b71f4f2709a7bac52b1386c7e65087fc342e6a78914441e910','{"mlflow_wrapped": {}}');
CREATE TABLE evaluation_dataset_tags (
	dataset_id VARCHAR(36) NOT NULL,
	"key" VARCHAR(255) NOT NULL,
	value VARCHAR(5000),
	CONSTRAINT evaluation_dataset_tags_pk PRIMARY KEY (dataset_id, "key"),
	CONSTRAINT fk_evaluation_dataset_tags_dataset_id FOREIGN KEY(dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE
);
INSERT INTO "evaluation_dataset_tags" VALUES('d-2393c07622eb4f008d7158c8c94b9c4a','by','ada');
CREATE TABLE evaluation_datasets (
	dataset_id VARCHAR(36) NOT NULL,
	name VARCHAR(255) NOT NULL,
	schema TEXT,
	profile TEXT,
	digest VARCHAR(64),
	created_time BIGINT,
	last_update_time BIGINT,
	created_by VARCHAR(255),
	last_updated_by VARCHAR(255),
	CONSTRAINT evaluation_datasets_pk PRIMARY KEY (dataset_id)
);
INSERT INTO "evaluation_datasets" VALUES('d-2393c07622eb4f008d7158c8c94b9c4a','tasting','{"inputs": {"water": "string"}, "outputs": {}, "expectations": {"colour": "string"}, "version": "1.0"}','{"num_records": 2}','a03b2d97',1796060230636,1796060230848,NULL,NULL);
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
INSERT INTO "experiments" VALUES(0,'Default','/tmp/w/up/mlruns/0','active',1796060218431,1796060218431);
INSERT INTO "experiments" VALUES(1,'tea','/tmp/w/up/somewhere/tea','active',1796060221334,1796060221334);
INSERT INTO "experiments" VALUES(2,'gone','/tmp/w/up/mlruns/2','deleted',1796060221508,1796060222223);
CREATE TABLE input_tags (
	input_uuid VARCHAR(36) NOT NULL,
	name VARCHAR(255) NOT NULL,
	value VARCHAR(500) NOT NULL,
	CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name)
);
INSERT INTO "input_tags" VALUES('39861fb74bd8472588dbf6223aad5f4b','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('dcf47029b5d34f39a6152663ed4b9195','for','tea');
CREATE TABLE inputs (
	input_uuid VARCHAR(36) NOT NULL,
	source_type VARCHAR(36) NOT NULL,
	source_id VARCHAR(36) NOT NULL,
	destination_type VARCHAR(36) NOT NULL,
	destination_id VARCHAR(36) NOT NULL, step BIGINT DEFAULT '0' NOT NULL,
	CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "inputs" VALUES('39861fb74bd8472588dbf6223aad5f4b','DATASET','72fc378128674c87998a746c329bf196','RUN','28a58d5b97c84b13bd947785e835e522',0);
INSERT INTO "inputs" VALUES('dcf47029b5d34f39a6152663ed4b9195','DATASET','750b42c541534beb8081384afef9ab39','RUN','28a58d5b97c84b13bd947785e835e522',0);
INSERT INTO "inputs" VALUES('3cedb67213484d18b3fefee797fac3ec','RUN_OUTPUT','28a58d5b97c84b13bd947785e835e522','MODEL_OUTPUT','m-213f27932f2347f38d541c13d272bbe3',4);
CREATE TABLE jobs (
	id VARCHAR(36) NOT NULL,
	creation_time BIGINT NOT NULL,
	function_fullname VARCHAR(500) NOT NULL,
	params TEXT NOT NULL,
	timeout FLOAT,
	status INTEGER NOT NULL,
	result TEXT,
	retry_count INTEGER NOT NULL,
	last_update_time BIGINT NOT NULL,
	CONSTRAINT jobs_pk PRIMARY KEY (id)
);
INSERT INTO "jobs" VALUES('id ü',7,'function_fullname ü','params ü',0.5,7,'result ü',7,7);
INSERT INTO "jobs" VALUES('job 0',7,'function_fullname ü','params ü',0.5,0,'result ü',7,7);
INSERT INTO "jobs" VALUES('job 1',7,'function_fullname ü','params ü',0.5,1,'result ü',7,7);
INSERT INTO "jobs" VALUES('job 2',7,'function_fullname ü','params ü',0.5,2,'result ü',7,7);
INSERT INTO "jobs" VALUES('job 3',7,'function_fullname ü','params ü',0.5,3,'result ü',7,7);
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
INSERT INTO "latest_metrics" VALUES('loss',0.0,1700000000002,2,1,'28a58d5b97c84b13bd947785e835e522');
INSERT INTO "latest_metrics" VALUES('up',1.79769313486231562234e+308,1700000000000,-3,0,'28a58d5b97c84b13bd947785e835e522');
INSERT INTO "latest_metrics" VALUES('down',-1.79769313486231562234e+308,1700000000000,1099511627776,0,'28a58d5b97c84b13bd947785e835e522');
INSERT INTO "latest_metrics" VALUES('tiny',4.94065645841247e-324,1700000000000,0,0,'28a58d5b97c84b13bd947785e835e522');
INSERT INTO "latest_metrics" VALUES('great',1.79769313486231562234e+308,1700000000000,0,0,'28a58d5b97c84b13bd947785e835e522');
INSERT INTO "latest_metrics" VALUES('loss',2.0,1700000000000,7,0,'06b8afa310994186ac9ad65bb966ae71');
INSERT INTO "latest_metrics" VALUES('score',0.9,1700000000000,4,0,'28a58d5b97c84b13bd947785e835e522');
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
INSERT INTO "logged_model_metrics" VALUES('m-213f27932f2347f38d541c13d272bbe3','score',1700000000000,4,0.9,0,'28a58d5b97c84b13bd947785e835e522',NULL,'leaves','abc123');
CREATE TABLE logged_model_params (
	model_id VARCHAR(36) NOT NULL,
	experiment_id INTEGER NOT NULL,
	param_key VARCHAR(255) NOT NULL,
	param_value TEXT NOT NULL,
	CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key),
	CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
	CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_params" VALUES('m-213f27932f2347f38d541c13d272bbe3',1,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-213f27932f2347f38d541c13d272bbe3',1,'long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ');
CREATE TABLE logged_model_tags (
	model_id VARCHAR(36) NOT NULL,
	experiment_id INTEGER NOT NULL,
	tag_key VARCHAR(255) NOT NULL,
	tag_value TEXT NOT NULL,
	CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key),
	CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
	CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_tags" VALUES('m-213f27932f2347f38d541c13d272bbe3',1,'a','b');
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
INSERT INTO "logged_models" VALUES('m-213f27932f2347f38d541c13d272bbe3',1,'leaf','/tmp/w/up/somewhere/tea/models/m-213f27932f2347f38d541c13d272bbe3/artifacts',1796060227527,1796060227790,2,'active','tree','28a58d5b97c84b13bd947785e835e522',NULL);
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
INSERT INTO "metrics" VALUES('loss',0.5,1700000000000,'28a58d5b97c84b13bd947785e835e522',0,0);
INSERT INTO "metrics" VALUES('loss',0.25,1700000000001,'28a58d5b97c84b13bd947785e835e522',1,0);
INSERT INTO "metrics" VALUES('loss',0.0,1700000000002,'28a58d5b97c84b13bd947785e835e522',2,1);
INSERT INTO "metrics" VALUES('up',1.79769313486231562234e+308,1700000000000,'28a58d5b97c84b13bd947785e835e522',-3,0);
INSERT INTO "metrics" VALUES('down',-1.79769313486231562234e+308,1700000000000,'28a58d5b97c84b13bd947785e835e522',1099511627776,0);
INSERT INTO "metrics" VALUES('tiny',4.94065645841247e-324,1700000000000,'28a58d5b97c84b13bd947785e835e522',0,0);
INSERT INTO "metrics" VALUES('great',1.79769313486231562234e+308,1700000000000,'28a58d5b97c84b13bd947785e835e522',0,0);
INSERT INTO "metrics" VALUES('loss',2.0,1700000000000,'06b8afa310994186ac9ad65bb966ae71',7,0);
INSERT INTO "metrics" VALUES('score',0.9,1700000000000,'28a58d5b97c84b13bd947785e835e522',4,0);
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
INSERT INTO "model_versions" VALUES('blend',1,1796060225464,1796060226418,'version 0',NULL,'Production','somewhere/tea/0','28a58d5b97c84b13bd947785e835e522','READY',NULL,NULL,'somewhere/tea/0');
INSERT INTO "model_versions" VALUES('blend',2,1796060225535,1796060225535,'version 1',NULL,'None','somewhere/tea/1','28a58d5b97c84b13bd947785e835e522','READY',NULL,NULL,'somewhere/tea/1');
INSERT INTO "model_versions" VALUES('greeting',1,1796060227163,1796060227163,NULL,NULL,'None','dummy-source',NULL,'READY',NULL,NULL,'dummy-source');
CREATE TABLE "params" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000) NOT NULL,
	run_uuid VARCHAR(32) NOT NULL,
	CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid),
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "params" VALUES('rate','0.1','28a58d5b97c84b13bd947785e835e522');
INSERT INTO "params" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','28a58d5b97c84b13bd947785e835e522');
INSERT INTO "params" VALUES('nothing','','28a58d5b97c84b13bd947785e835e522');
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
INSERT INTO "registered_models" VALUES('blend',1796060225407,1796060226418,'what is drunk');
INSERT INTO "registered_models" VALUES('Blend-2',1796060227035,1796060227035,NULL);
INSERT INTO "registered_models" VALUES('greeting',1796060227065,1796060227163,NULL);
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
INSERT INTO "runs" VALUES('3ab26779063646e4948639a40d46b6ee','agreeable-fox-382','UNKNOWN','','','unknown','RUNNING',1700000000000,NULL,'','deleted','/tmp/w/up/mlruns/2/3ab26779063646e4948639a40d46b6ee/artifacts',2,1796060222303);
INSERT INTO "runs" VALUES('28a58d5b97c84b13bd947785e835e522','first','UNKNOWN','','','ada','FINISHED',1700000000000,1700000001000,'','active','/tmp/w/up/somewhere/tea/28a58d5b97c84b13bd947785e835e522/artifacts',1,NULL);
INSERT INTO "runs" VALUES('06b8afa310994186ac9ad65bb966ae71','second','UNKNOWN','','','unknown','FAILED',1700000000005,1700000002000,'','active','/tmp/w/up/somewhere/tea/06b8afa310994186ac9ad65bb966ae71/artifacts',1,NULL);
INSERT INTO "runs" VALUES('0de5255eac4b440f8d3476d7d14a351a','third','UNKNOWN','','','unknown','RUNNING',1700000000006,NULL,'','deleted','/tmp/w/up/somewhere/tea/0de5255eac4b440f8d3476d7d14a351a/artifacts',1,1796060225224);
INSERT INTO "runs" VALUES('b8211b7e3673403194e261ad8682842b','still running','UNKNOWN','','','unknown','RUNNING',1700000000007,NULL,'','active','/tmp/w/up/somewhere/tea/b8211b7e3673403194e261ad8682842b/artifacts',1,NULL);
CREATE TABLE scorer_versions (
	scorer_id VARCHAR(36) NOT NULL,
	scorer_version INTEGER NOT NULL,
	serialized_scorer TEXT NOT NULL,
	creation_time BIGINT,
	CONSTRAINT scorer_version_pk PRIMARY KEY (scorer_id, scorer_version),
	CONSTRAINT fk_scorer_versions_scorer_id FOREIGN KEY(scorer_id) REFERENCES scorers (scorer_id) ON DELETE CASCADE
);
INSERT INTO "scorer_versions" VALUES('0965a599-27e9-47a5-a7c5-1533176ca5f5',1,'{"name": "taster"}',1796060231555);
INSERT INTO "scorer_versions" VALUES('0965a599-27e9-47a5-a7c5-1533176ca5f5',2,'{"name": "taster", "better": true}',1796060231817);
CREATE TABLE scorers (
	experiment_id INTEGER NOT NULL,
	scorer_name VARCHAR(256) NOT NULL,
	scorer_id VARCHAR(36) NOT NULL,
	CONSTRAINT scorer_pk PRIMARY KEY (scorer_id),
	CONSTRAINT fk_scorers_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
INSERT INTO "scorers" VALUES(1,'taster','0965a599-27e9-47a5-a7c5-1533176ca5f5');
CREATE TABLE spans (
	trace_id VARCHAR(50) NOT NULL,
	experiment_id INTEGER NOT NULL,
	span_id VARCHAR(50) NOT NULL,
	parent_span_id VARCHAR(50),
	name TEXT,
	type VARCHAR(500),
	status VARCHAR(50) NOT NULL,
	start_time_unix_nano BIGINT NOT NULL,
	end_time_unix_nano BIGINT,
	duration_ns BIGINT GENERATED ALWAYS AS (end_time_unix_nano - start_time_unix_nano) STORED,
	content TEXT NOT NULL,
	CONSTRAINT spans_pk PRIMARY KEY (trace_id, span_id),
	CONSTRAINT fk_spans_trace_id FOREIGN KEY(trace_id) REFERENCES trace_info (request_id) ON DELETE CASCADE,
	CONSTRAINT fk_spans_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "spans" VALUES('tr-00000000000000000000000000000000',1,'0000000000000001',NULL,'span 1','CHAIN','UNSET',1700000000000000001,1700000000000001000,'{"trace_id": "AAAAAAAAAAAAAAAAAAAAAQ==", "span_id": "AAAAAAAAAAE=", "parent_span_id": null, "name": "span 1", "start_time_unix_nano": 1700000000000000001, "end_time_unix_nano": 1700000000000001000, "events": [], "status": {"code": "STATUS_CODE_UNSET", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-00000000000000000000000000000000\"", "mlflow.spanType": "\"CHAIN\""}}');
INSERT INTO "spans" VALUES('tr-00000000000000000000000000000000',1,'0000000000000002','0000000000000001','span 2','LLM','UNSET',1700000000000000002,1700000000000002000,'{"trace_id": "AAAAAAAAAAAAAAAAAAAAAQ==", "span_id": "AAAAAAAAAAI=", "parent_span_id": "AAAAAAAAAAE=", "name": "span 2", "start_time_unix_nano": 1700000000000000002, "end_time_unix_nano": 1700000000000002000, "events": [], "status": {"code": "STATUS_CODE_UNSET", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-00000000000000000000000000000000\"", "mlflow.spanType": "\"LLM\"", "mlflow.llm.model": "\"leaf-1\"", "mlflow.llm.provider": "\"garden\"", "mlflow.chat.tokenUsage": "{\"input_tokens\": 10, \"output_tokens\": 5, \"total_tokens\": 15}", "mlflow.llm.cost": "{\"input_cost\": 0.25, \"output_cost\": 0.5, \"total_cost\": 0.75}"}}');
INSERT INTO "spans" VALUES('tr-00000000000000000000000000000001',1,'0000000000000003',NULL,'span 3','LLM','UNSET',1700000000000000003,1700000000000003000,'{"trace_id": "AAAAAAAAAAAAAAAAAAAAAg==", "span_id": "AAAAAAAAAAM=", "parent_span_id": null, "name": "span 3", "start_time_unix_nano": 1700000000000000003, "end_time_unix_nano": 1700000000000003000, "events": [], "status": {"code": "STATUS_CODE_UNSET", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-00000000000000000000000000000001\"", "mlflow.spanType": "\"LLM\"", "mlflow.llm.model": "\"leaf-1\"", "mlflow.llm.provider": "\"garden\"", "mlflow.chat.tokenUsage": "{\"input_tokens\": 10, \"output_tokens\": 5, \"total_tokens\": 15}", "mlflow.llm.cost": "{\"input_cost\": 0.25, \"output_cost\": 0.5, \"total_cost\": 0.75}"}}');
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000),
	run_uuid VARCHAR(32) NOT NULL,
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid),
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('mlflow.runName','agreeable-fox-382','3ab26779063646e4948639a40d46b6ee');
INSERT INTO "tags" VALUES('ü','ö','28a58d5b97c84b13bd947785e835e522');
INSERT INTO "tags" VALUES('mlflow.user','ada','28a58d5b97c84b13bd947785e835e522');
INSERT INTO "tags" VALUES('mlflow.runName','first','28a58d5b97c84b13bd947785e835e522');
INSERT INTO "tags" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','28a58d5b97c84b13bd947785e835e522');
INSERT INTO "tags" VALUES('quote','''"`\','28a58d5b97c84b13bd947785e835e522');
INSERT INTO "tags" VALUES('mlflow.runName','second','06b8afa310994186ac9ad65bb966ae71');
INSERT INTO "tags" VALUES('mlflow.runName','third','0de5255eac4b440f8d3476d7d14a351a');
INSERT INTO "tags" VALUES('mlflow.runName','still running','b8211b7e3673403194e261ad8682842b');
CREATE TABLE trace_info (
	request_id VARCHAR(50) NOT NULL,
	experiment_id INTEGER NOT NULL,
	timestamp_ms BIGINT NOT NULL,
	execution_time_ms BIGINT,
	status VARCHAR(50) NOT NULL, client_request_id VARCHAR(50), request_preview VARCHAR(1000), response_preview VARCHAR(1000),
	CONSTRAINT trace_info_pk PRIMARY KEY (request_id),
	CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "trace_info" VALUES('tr-00000000000000000000000000000000',1,1700000000000,100,'OK','client-0','{"water": "hot"}','"tea"');
INSERT INTO "trace_info" VALUES('tr-00000000000000000000000000000001',1,1700000000000,101,'ERROR','client-1','{"water": "hot"}','"tea"');
INSERT INTO "trace_info" VALUES('tr-00000000000000000000000000000002',1,1700000000002,100,'OK','client-2','{"water": "hot"}','"tea"');
CREATE TABLE "trace_request_metadata" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000),
	request_id VARCHAR(50) NOT NULL,
	CONSTRAINT trace_request_metadata_pk PRIMARY KEY ("key", request_id),
	CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.session','session-1','tr-00000000000000000000000000000000');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 20, "output_tokens": 10, "total_tokens": 30, "cache_read_input_tokens": 2}','tr-00000000000000000000000000000000');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.cost','{"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}','tr-00000000000000000000000000000000');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.user','ada','tr-00000000000000000000000000000000');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 11.5, "output_tokens": "7"}','tr-00000000000000000000000000000001');
INSERT INTO "trace_request_metadata" VALUES('mlflow.gateway.endpointId','e','tr-00000000000000000000000000000001');
CREATE TABLE "trace_tags" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000),
	request_id VARCHAR(50) NOT NULL,
	CONSTRAINT trace_tag_pk PRIMARY KEY ("key", request_id),
	CONSTRAINT fk_trace_tags_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_tags" VALUES('mlflow.traceName','brew','tr-00000000000000000000000000000000');
INSERT INTO "trace_tags" VALUES('flavour','green','tr-00000000000000000000000000000000');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','/tmp/w/up/somewhere/tea/traces/tr-00000000000000000000000000000000/artifacts','tr-00000000000000000000000000000000');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-00000000000000000000000000000000');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','tr-00000000000000000000000000000001');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','/tmp/w/up/somewhere/tea/traces/tr-00000000000000000000000000000001/artifacts','tr-00000000000000000000000000000001');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-00000000000000000000000000000001');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','/tmp/w/up/somewhere/tea/traces/tr-00000000000000000000000000000002/artifacts','tr-00000000000000000000000000000002');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-00000000000000000000000000000002');
CREATE TABLE webhook_events (
	webhook_id VARCHAR(256) NOT NULL,
	entity VARCHAR(50) NOT NULL,
	action VARCHAR(50) NOT NULL,
	CONSTRAINT webhook_event_pk PRIMARY KEY (webhook_id, entity, action),
	FOREIGN KEY(webhook_id) REFERENCES webhooks (webhook_id) ON DELETE cascade
);
INSERT INTO "webhook_events" VALUES('c85a11a6-93a7-47fa-acf7-1fa56f379922','registered_model','created');
CREATE TABLE webhooks (
	webhook_id VARCHAR(256) NOT NULL,
	name VARCHAR(256) NOT NULL,
	description VARCHAR(1000),
	url VARCHAR(500) NOT NULL,
	status VARCHAR(20) DEFAULT 'ACTIVE' NOT NULL,
	secret VARCHAR(1000),
	creation_timestamp BIGINT,
	last_updated_timestamp BIGINT,
	deleted_timestamp BIGINT,
	CONSTRAINT webhook_pk PRIMARY KEY (webhook_id)
);
INSERT INTO "webhooks" VALUES('c85a11a6-93a7-47fa-acf7-1fa56f379922','bell','rings','https://1.1.1.1/bell','ACTIVE','gAAAAABrDbREHiUACWQ7jTBr0stg0UCnNprliZr1oOqTi5dv_pM6uMC-QkD8qNYDBZ_C5CSVhKjoWgCQJtIhNSNFMDrNbWzuXQ==',1796060228187,1796060228187,NULL);
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
CREATE INDEX index_logged_model_metrics_model_id ON logged_model_metrics (model_id);
CREATE INDEX index_assessments_trace_id_created_timestamp ON assessments (trace_id, created_timestamp);
CREATE INDEX index_assessments_run_id_created_timestamp ON assessments (run_id, created_timestamp);
CREATE INDEX index_assessments_last_updated_timestamp ON assessments (last_updated_timestamp);
CREATE INDEX index_assessments_assessment_type ON assessments (assessment_type);
CREATE INDEX index_spans_experiment_id ON spans (experiment_id);
CREATE INDEX index_spans_experiment_id_status_type ON spans (experiment_id, status, type);
CREATE INDEX index_spans_experiment_id_type_status ON spans (experiment_id, type, status);
CREATE INDEX index_spans_experiment_id_duration ON spans (experiment_id, duration_ns);
CREATE INDEX index_entity_associations_association_id ON entity_associations (association_id);
CREATE INDEX index_entity_associations_reverse_lookup ON entity_associations (destination_type, destination_id, source_type, source_id);
CREATE INDEX idx_webhooks_status ON webhooks (status);
CREATE INDEX idx_webhooks_name ON webhooks (name);
CREATE INDEX idx_webhook_events_entity ON webhook_events (entity);
CREATE INDEX idx_webhook_events_action ON webhook_events (action);
CREATE INDEX idx_webhook_events_entity_action ON webhook_events (entity, action);
CREATE UNIQUE INDEX index_scorers_experiment_id_scorer_name ON scorers (experiment_id, scorer_name);
CREATE INDEX index_scorer_versions_scorer_id ON scorer_versions (scorer_id);
CREATE INDEX index_evaluation_datasets_name ON evaluation_datasets (name);
CREATE INDEX index_evaluation_datasets_created_time ON evaluation_datasets (created_time);
CREATE INDEX index_evaluation_dataset_tags_dataset_id ON evaluation_dataset_tags (dataset_id);
CREATE INDEX index_evaluation_dataset_records_dataset_id ON evaluation_dataset_records (dataset_id);
CREATE INDEX index_jobs_function_status_creation_time ON jobs (function_fullname, status, creation_time);
COMMIT;
