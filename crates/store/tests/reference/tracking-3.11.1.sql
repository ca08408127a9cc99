BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('c3d6457b6d8a');
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
INSERT INTO "assessments" VALUES('a-9b76bffb49074930906617c209f2bf2f','tr-00000000000000000000000000000000','taste 0','feedback','true',NULL,1796059926723,1796059926723,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-5cc1b8a06c09482091bdcc3463005171','tr-00000000000000000000000000000000','taste 1','feedback','"yes"',NULL,1796059927154,1796059927154,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-e3083932c8d94d7f8899a91ed75f460f','tr-00000000000000000000000000000000','taste 2','feedback','"no"',NULL,1796059927407,1796059927407,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-c4e6ea1a5b2d4511a1de1fa04784a39c','tr-00000000000000000000000000000000','taste 3','feedback','0.75',NULL,1796059927609,1796059927609,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-60210e03dbbc4fa99c5de424ed690539','tr-00000000000000000000000000000000','taste 4','feedback','3',NULL,1796059927667,1796059927667,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-f95c7770a060435697d902eb37d0b61f','tr-00000000000000000000000000000000','taste 5','feedback','"good"',NULL,1796059927735,1796059927735,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-a94ef8a80b3a4bee9fb70df06400c606','tr-00000000000000000000000000000000','taste 6','feedback','{"a": 1}',NULL,1796059927975,1796059927975,'HUMAN','ada',NULL,NULL,'why',NULL,1,NULL);
INSERT INTO "assessments" VALUES('a-bfc7db741be946bcb01da835ff45bae9','tr-00000000000000000000000000000001','colour','expectation','"green"',NULL,1796059928214,1796059928214,'HUMAN','ada',NULL,NULL,NULL,NULL,1,NULL);
CREATE TABLE budget_policies (
	budget_policy_id VARCHAR(36) NOT NULL,
	budget_unit VARCHAR(32) NOT NULL,
	budget_amount FLOAT NOT NULL,
	duration_unit VARCHAR(32) NOT NULL,
	duration_value INTEGER NOT NULL,
	target_scope VARCHAR(32) NOT NULL,
	budget_action VARCHAR(32) NOT NULL,
	created_by VARCHAR(255),
	created_at BIGINT NOT NULL,
	last_updated_by VARCHAR(255),
	last_updated_at BIGINT NOT NULL,
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT budget_policies_pk PRIMARY KEY (budget_policy_id)
);
INSERT INTO "budget_policies" VALUES('budget_policy_id ü','budget_unit ü',0.5,'duration_unit ü',7,'target_scope ü','budget_action ü','created_by ü',7,'last_updated_by ü',7,'default');
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
INSERT INTO "datasets" VALUES('bf1bae1436854592b13b9344c9aa6e46',1,'leaves','abc123','local','{"uri": "leaves.csv"}','{"columns": []}','{"rows": 3}');
INSERT INTO "datasets" VALUES('bf0a753116d04bacb2687d29aec0e153',1,'water','def456','http','{"url": "http://x"}',NULL,NULL);
CREATE TABLE endpoint_bindings (
	endpoint_id VARCHAR(36) NOT NULL,
	resource_type VARCHAR(50) NOT NULL,
	resource_id VARCHAR(255) NOT NULL,
	created_at BIGINT NOT NULL,
	created_by VARCHAR(255),
	last_updated_at BIGINT NOT NULL,
	last_updated_by VARCHAR(255), display_name VARCHAR(255),
	CONSTRAINT endpoint_bindings_pk PRIMARY KEY (endpoint_id, resource_type, resource_id),
	CONSTRAINT fk_endpoint_bindings_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE
);
INSERT INTO "endpoint_bindings" VALUES('endpoint_id ü','resource_type ü','resource_id ü',7,'created_by ü',7,'last_updated_by ü','display_name ü');
CREATE TABLE endpoint_model_mappings (
	mapping_id VARCHAR(36) NOT NULL,
	endpoint_id VARCHAR(36) NOT NULL,
	model_definition_id VARCHAR(36) NOT NULL,
	weight FLOAT NOT NULL,
	created_by VARCHAR(255),
	created_at BIGINT NOT NULL, linkage_type VARCHAR(64) DEFAULT 'PRIMARY' NOT NULL, fallback_order INTEGER,
	CONSTRAINT endpoint_model_mappings_pk PRIMARY KEY (mapping_id),
	CONSTRAINT fk_endpoint_model_mappings_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE,
	CONSTRAINT fk_endpoint_model_mappings_model_definition_id FOREIGN KEY(model_definition_id) REFERENCES model_definitions (model_definition_id)
);
INSERT INTO "endpoint_model_mappings" VALUES('mapping_id ü','endpoint_id ü','model_definition_id ü',0.5,'created_by ü',7,'linkage_type ü',7);
CREATE TABLE endpoint_tags (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(5000),
	endpoint_id VARCHAR(36) NOT NULL,
	CONSTRAINT endpoint_tag_pk PRIMARY KEY ("key", endpoint_id),
	CONSTRAINT fk_endpoint_tags_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE
);
INSERT INTO "endpoint_tags" VALUES('key ü','value ü','endpoint_id ü');
CREATE TABLE "endpoints" (
	endpoint_id VARCHAR(36) NOT NULL,
	name VARCHAR(255),
	created_by VARCHAR(255),
	created_at BIGINT NOT NULL,
	last_updated_by VARCHAR(255),
	last_updated_at BIGINT NOT NULL,
	routing_strategy VARCHAR(64),
	fallback_config_json TEXT,
	experiment_id INTEGER,
	usage_tracking BOOLEAN DEFAULT '0' NOT NULL,
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT endpoints_pk PRIMARY KEY (endpoint_id),
	CONSTRAINT fk_endpoints_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE SET NULL,
	CONSTRAINT uq_endpoints_workspace_name UNIQUE (workspace, name)
);
INSERT INTO "endpoints" VALUES('endpoint_id ü','name ü','created_by ü',7,'last_updated_by ü',7,'routing_strategy ü','fallback_config_json ü',0,1,'default');
CREATE TABLE entity_associations (
	association_id VARCHAR(36) NOT NULL,
	source_type VARCHAR(36) NOT NULL,
	source_id VARCHAR(36) NOT NULL,
	destination_type VARCHAR(36) NOT NULL,
	destination_id VARCHAR(36) NOT NULL,
	created_time BIGINT,
	CONSTRAINT entity_associations_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "entity_associations" VALUES('d1333f73db534024b2172108fa237c1b','trace','tr-00000000000000000000000000000000','run','b12d25669d9847dc94f5c5e24cebb425',1796059928962);
INSERT INTO "entity_associations" VALUES('959fc76c97154e679537e2e8ac37370a','trace','tr-00000000000000000000000000000001','run','b12d25669d9847dc94f5c5e24cebb425',1796059928962);
INSERT INTO "entity_associations" VALUES('a-a21ca88b1e6643d39a19d4aaf6a86cba','evaluation_dataset','d-1fcf322426f14dd3b308c5271f681970','experiment','1',1796059929229);
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
INSERT INTO "evaluation_dataset_records" VALUES('dr-61ddc394b87e4edf988514cd95b27f84','d-1fcf322426f14dd3b308c5271f681970','{"water": "hot"}','{"colour": "green"}','{"n": "1"}','null',NULL,NULL,1796059929961,1796059929961,NULL,NULL,'aee18f7cc363f71aecdb22fbba37f82546138b90c419ab3e59b07cd1b4a25714','{"mlflow_wrapped": {}}');
INSERT INTO "evaluation_dataset_records" VALUES('dr-2ff6fea7923f41f2b0418f243ec8a2ff','d-1fcf322426f14dd3b308c5271f681970','{"water": "cold"}','null','{}','null',NULL,NULL,1796059929961,1796059929961,NULL,NULL,'c61ccf81309ed9b71f4f2709a7bac52b1386c7e65087fc342e6a78914441e910','{"mlflow_wrapped": {}}');
CREATE TABLE evaluation_dataset_tags (
	dataset_id VARCHAR(36) NOT NULL,
	"key" VARCHAR(255) NOT NULL,
	value VARCHAR(5000),
	CONSTRAINT evaluation_dataset_tags_pk PRIMARY KEY (dataset_id, "key"),
	CONSTRAINT fk_evaluation_dataset_tags_dataset_id FOREIGN KEY(dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE
);
INSERT INTO "evaluation_dataset_tags" VALUES('d-1fcf322426f14dd3b308c5271f681970','by','ada');
CREATE TABLE "evaluation_datasets" (
	dataset_id VARCHAR(36) NOT NULL,
	name VARCHAR(255) NOT NULL,
	schema TEXT,
	profile TEXT,
	digest VARCHAR(64),
	created_time BIGINT,
	last_update_time BIGINT,
	created_by VARCHAR(255),
	last_updated_by VARCHAR(255),
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT evaluation_datasets_pk PRIMARY KEY (dataset_id)
);
INSERT INTO "evaluation_datasets" VALUES('d-1fcf322426f14dd3b308c5271f681970','tasting','{"inputs": {"water": "string"}, "outputs": {}, "expectations": {"colour": "string"}, "version": "1.0"}','{"num_records": 2}','9680274f',1796059929229,1796059929961,NULL,NULL,'default');
CREATE TABLE experiment_tags (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(5000),
	experiment_id INTEGER NOT NULL,
	CONSTRAINT experiment_tag_pk PRIMARY KEY ("key", experiment_id),
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "experiment_tags" VALUES('kind','green',1);
INSERT INTO "experiment_tags" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ',1);
CREATE TABLE "experiments" (
	experiment_id INTEGER NOT NULL,
	name VARCHAR(256) NOT NULL,
	artifact_location VARCHAR(256),
	lifecycle_stage VARCHAR(32),
	creation_time BIGINT,
	last_update_time BIGINT,
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT experiment_pk PRIMARY KEY (experiment_id),
	CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')),
	CONSTRAINT uq_experiments_workspace_name UNIQUE (workspace, name)
);
INSERT INTO "experiments" VALUES(0,'Default','/tmp/w/up/mlruns/0','active',1796059885291,1796059885291,'default');
INSERT INTO "experiments" VALUES(1,'tea','/tmp/w/up/somewhere/tea','active',1796059888535,1796059888535,'default');
INSERT INTO "experiments" VALUES(2,'gone','/tmp/w/up/mlruns/2','deleted',1796059889560,1796059891169,'default');
CREATE TABLE input_tags (
	input_uuid VARCHAR(36) NOT NULL,
	name VARCHAR(255) NOT NULL,
	value VARCHAR(500) NOT NULL,
	CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name)
);
INSERT INTO "input_tags" VALUES('c4f62ad13df64fed8c241c0b2cb17f4d','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('cbb320fcc9b54c94b9ff2a831ed2be3c','for','tea');
CREATE TABLE inputs (
	input_uuid VARCHAR(36) NOT NULL,
	source_type VARCHAR(36) NOT NULL,
	source_id VARCHAR(36) NOT NULL,
	destination_type VARCHAR(36) NOT NULL,
	destination_id VARCHAR(36) NOT NULL, step BIGINT DEFAULT '0' NOT NULL,
	CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "inputs" VALUES('c4f62ad13df64fed8c241c0b2cb17f4d','DATASET','bf1bae1436854592b13b9344c9aa6e46','RUN','b12d25669d9847dc94f5c5e24cebb425',0);
INSERT INTO "inputs" VALUES('cbb320fcc9b54c94b9ff2a831ed2be3c','DATASET','bf0a753116d04bacb2687d29aec0e153','RUN','b12d25669d9847dc94f5c5e24cebb425',0);
INSERT INTO "inputs" VALUES('fa058dc4ad6246db8813bfe1ca18b60d','RUN_OUTPUT','b12d25669d9847dc94f5c5e24cebb425','MODEL_OUTPUT','m-7a6b8afe96254ef88bf5d3465193e55d',4);
CREATE TABLE issues (
	issue_id VARCHAR(36) NOT NULL,
	experiment_id INTEGER NOT NULL,
	name VARCHAR(250) NOT NULL,
	description TEXT NOT NULL,
	status VARCHAR(50) NOT NULL,
	severity VARCHAR(50),
	root_causes TEXT,
	source_run_id VARCHAR(32),
	categories TEXT,
	created_timestamp BIGINT NOT NULL,
	last_updated_timestamp BIGINT NOT NULL,
	created_by VARCHAR(255),
	CONSTRAINT issues_pk PRIMARY KEY (issue_id),
	CONSTRAINT fk_issues_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE,
	CONSTRAINT fk_issues_source_run_id FOREIGN KEY(source_run_id) REFERENCES runs (run_uuid) ON DELETE SET NULL
);
INSERT INTO "issues" VALUES('issue_id ü',0,'name ü','description ü','status ü','severity ü','root_causes ü','1aa33d5b6d6b48cd8cd2149af7382686','categories ü',7,7,'created_by ü');
CREATE TABLE "jobs" (
	id VARCHAR(36) NOT NULL,
	creation_time BIGINT NOT NULL,
	job_name VARCHAR(500) NOT NULL,
	params TEXT NOT NULL,
	timeout FLOAT,
	status INTEGER NOT NULL,
	result TEXT,
	retry_count INTEGER NOT NULL,
	last_update_time BIGINT NOT NULL,
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, status_details JSON,
	CONSTRAINT jobs_pk PRIMARY KEY (id)
);
INSERT INTO "jobs" VALUES('id ü',7,'job_name ü','params ü',0.5,7,'result ü',7,7,'default','{"made": "up"}');
INSERT INTO "jobs" VALUES('job 0',7,'job_name ü','params ü',0.5,0,'result ü',7,7,'default','{"made": "up"}');
INSERT INTO "jobs" VALUES('job 1',7,'job_name ü','params ü',0.5,1,'result ü',7,7,'default','{"made": "up"}');
INSERT INTO "jobs" VALUES('job 2',7,'job_name ü','params ü',0.5,2,'result ü',7,7,'default','{"made": "up"}');
INSERT INTO "jobs" VALUES('job 3',7,'job_name ü','params ü',0.5,3,'result ü',7,7,'default','{"made": "up"}');
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
INSERT INTO "latest_metrics" VALUES('loss',0.0,1700000000002,2,1,'b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "latest_metrics" VALUES('up',1.79769313486231562234e+308,1700000000000,-3,0,'b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "latest_metrics" VALUES('down',-1.79769313486231562234e+308,1700000000000,1099511627776,0,'b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "latest_metrics" VALUES('tiny',4.94065645841247e-324,1700000000000,0,0,'b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "latest_metrics" VALUES('great',1.79769313486231562234e+308,1700000000000,0,0,'b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "latest_metrics" VALUES('loss',2.0,1700000000000,7,0,'5695408513354e60bcc80b55c392ec39');
INSERT INTO "latest_metrics" VALUES('score',0.9,1700000000000,4,0,'b12d25669d9847dc94f5c5e24cebb425');
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
INSERT INTO "logged_model_metrics" VALUES('m-7a6b8afe96254ef88bf5d3465193e55d','score',1700000000000,4,0.9,1,'b12d25669d9847dc94f5c5e24cebb425',NULL,'leaves','abc123');
CREATE TABLE logged_model_params (
	model_id VARCHAR(36) NOT NULL,
	experiment_id INTEGER NOT NULL,
	param_key VARCHAR(255) NOT NULL,
	param_value TEXT NOT NULL,
	CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key),
	CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
	CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_params" VALUES('m-7a6b8afe96254ef88bf5d3465193e55d',1,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-7a6b8afe96254ef88bf5d3465193e55d',1,'long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ');
CREATE TABLE logged_model_tags (
	model_id VARCHAR(36) NOT NULL,
	experiment_id INTEGER NOT NULL,
	tag_key VARCHAR(255) NOT NULL,
	tag_value TEXT NOT NULL,
	CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key),
	CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
	CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_tags" VALUES('m-7a6b8afe96254ef88bf5d3465193e55d',1,'a','b');
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
INSERT INTO "logged_models" VALUES('m-7a6b8afe96254ef88bf5d3465193e55d',1,'leaf','/tmp/w/up/somewhere/tea/models/m-7a6b8afe96254ef88bf5d3465193e55d/artifacts',1796059921437,1796059922191,2,'active','tree','b12d25669d9847dc94f5c5e24cebb425',NULL);
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
INSERT INTO "metrics" VALUES('loss',0.5,1700000000000,'b12d25669d9847dc94f5c5e24cebb425',0,0);
INSERT INTO "metrics" VALUES('loss',0.25,1700000000001,'b12d25669d9847dc94f5c5e24cebb425',1,0);
INSERT INTO "metrics" VALUES('loss',0.0,1700000000002,'b12d25669d9847dc94f5c5e24cebb425',2,1);
INSERT INTO "metrics" VALUES('up',1.79769313486231562234e+308,1700000000000,'b12d25669d9847dc94f5c5e24cebb425',-3,0);
INSERT INTO "metrics" VALUES('down',-1.79769313486231562234e+308,1700000000000,'b12d25669d9847dc94f5c5e24cebb425',1099511627776,0);
INSERT INTO "metrics" VALUES('tiny',4.94065645841247e-324,1700000000000,'b12d25669d9847dc94f5c5e24cebb425',0,0);
INSERT INTO "metrics" VALUES('great',1.79769313486231562234e+308,1700000000000,'b12d25669d9847dc94f5c5e24cebb425',0,0);
INSERT INTO "metrics" VALUES('loss',2.0,1700000000000,'5695408513354e60bcc80b55c392ec39',7,0);
INSERT INTO "metrics" VALUES('score',0.9,1700000000000,'b12d25669d9847dc94f5c5e24cebb425',4,0);
CREATE TABLE "model_definitions" (
	model_definition_id VARCHAR(36) NOT NULL,
	name VARCHAR(255) NOT NULL,
	secret_id VARCHAR(36),
	provider VARCHAR(64) NOT NULL,
	model_name VARCHAR(256) NOT NULL,
	created_by VARCHAR(255),
	created_at BIGINT NOT NULL,
	last_updated_by VARCHAR(255),
	last_updated_at BIGINT NOT NULL,
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT model_definitions_pk PRIMARY KEY (model_definition_id),
	CONSTRAINT fk_model_definitions_secret_id FOREIGN KEY(secret_id) REFERENCES secrets (secret_id) ON DELETE SET NULL,
	CONSTRAINT uq_model_definitions_workspace_name UNIQUE (workspace, name)
);
INSERT INTO "model_definitions" VALUES('model_definition_id ü','name ü','secret_id ü','provider ü','model_name ü','created_by ü',7,'last_updated_by ü',7,'default');
CREATE TABLE "model_version_tags" (
	"key" VARCHAR(250) NOT NULL,
	value TEXT,
	name VARCHAR(256) NOT NULL,
	version INTEGER NOT NULL,
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT model_version_tag_pk PRIMARY KEY (workspace, "key", name, version),
	CONSTRAINT fk_model_version_tags_model_versions FOREIGN KEY(workspace, name, version) REFERENCES model_versions (workspace, name, version) ON UPDATE CASCADE
);
INSERT INTO "model_version_tags" VALUES('number','0','blend',1,'default');
INSERT INTO "model_version_tags" VALUES('number','1','blend',2,'default');
INSERT INTO "model_version_tags" VALUES('checked','yes','blend',1,'default');
INSERT INTO "model_version_tags" VALUES('mlflow.prompt.is_prompt','true','greeting',1,'default');
INSERT INTO "model_version_tags" VALUES('mlflow.prompt.text','Hello {{name}}','greeting',1,'default');
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
	run_link VARCHAR(500),
	storage_location VARCHAR(500),
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT model_version_pk PRIMARY KEY (workspace, name, version),
	CONSTRAINT fk_model_versions_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
INSERT INTO "model_versions" VALUES('blend',1,1796059904145,1796059917337,'version 0',NULL,'Production','somewhere/tea/0','b12d25669d9847dc94f5c5e24cebb425','READY',NULL,NULL,'somewhere/tea/0','default');
INSERT INTO "model_versions" VALUES('blend',2,1796059905113,1796059905113,'version 1',NULL,'None','somewhere/tea/1','b12d25669d9847dc94f5c5e24cebb425','READY',NULL,NULL,'somewhere/tea/1','default');
INSERT INTO "model_versions" VALUES('greeting',1,1796059919075,1796059919075,NULL,NULL,'None','dummy-source',NULL,'READY',NULL,NULL,'dummy-source','default');
CREATE TABLE online_scoring_configs (
	online_scoring_config_id VARCHAR(36) NOT NULL,
	scorer_id VARCHAR(36) NOT NULL,
	sample_rate FLOAT NOT NULL,
	experiment_id INTEGER NOT NULL,
	filter_string TEXT,
	CONSTRAINT online_scoring_config_pk PRIMARY KEY (online_scoring_config_id),
	CONSTRAINT fk_online_scoring_configs_scorer_id FOREIGN KEY(scorer_id) REFERENCES scorers (scorer_id) ON DELETE CASCADE,
	CONSTRAINT fk_online_scoring_configs_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "online_scoring_configs" VALUES('online_scoring_config_id ü','7dd14b54-cb4f-43f8-a146-7299f6f605d7',0.5,0,'filter_string ü');
CREATE TABLE "params" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000) NOT NULL,
	run_uuid VARCHAR(32) NOT NULL,
	CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid),
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "params" VALUES('rate','0.1','b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "params" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "params" VALUES('nothing','','b12d25669d9847dc94f5c5e24cebb425');
CREATE TABLE "registered_model_aliases" (
	alias VARCHAR(256) NOT NULL,
	version INTEGER NOT NULL,
	name VARCHAR(256) NOT NULL,
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT registered_model_alias_pk PRIMARY KEY (workspace, name, alias),
	CONSTRAINT fk_registered_model_aliases_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "registered_model_aliases" VALUES('champion',2,'blend','default');
INSERT INTO "registered_model_aliases" VALUES('Challenger',1,'blend','default');
CREATE TABLE "registered_model_tags" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(5000),
	name VARCHAR(256) NOT NULL,
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT registered_model_tag_pk PRIMARY KEY (workspace, "key", name),
	CONSTRAINT fk_registered_model_tags_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
INSERT INTO "registered_model_tags" VALUES('team','ada','blend','default');
INSERT INTO "registered_model_tags" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','blend','default');
INSERT INTO "registered_model_tags" VALUES('mlflow.prompt.is_prompt','true','greeting','default');
CREATE TABLE "registered_models" (
	name VARCHAR(256) NOT NULL,
	creation_time BIGINT,
	last_updated_time BIGINT,
	description VARCHAR(5000),
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT registered_model_pk PRIMARY KEY (workspace, name)
);
INSERT INTO "registered_models" VALUES('blend',1796059903243,1796059917337,'what is drunk','default');
INSERT INTO "registered_models" VALUES('Blend-2',1796059917849,1796059917849,NULL,'default');
INSERT INTO "registered_models" VALUES('greeting',1796059918308,1796059919075,NULL,'default');
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
INSERT INTO "runs" VALUES('1aa33d5b6d6b48cd8cd2149af7382686','dapper-penguin-788','UNKNOWN','','','unknown','RUNNING',1700000000000,NULL,'','deleted','/tmp/w/up/mlruns/2/1aa33d5b6d6b48cd8cd2149af7382686/artifacts',2,1796059891592);
INSERT INTO "runs" VALUES('b12d25669d9847dc94f5c5e24cebb425','first','UNKNOWN','','','ada','FINISHED',1700000000000,1700000001000,'','active','/tmp/w/up/somewhere/tea/b12d25669d9847dc94f5c5e24cebb425/artifacts',1,NULL);
INSERT INTO "runs" VALUES('5695408513354e60bcc80b55c392ec39','second','UNKNOWN','','','unknown','FAILED',1700000000005,1700000002000,'','active','/tmp/w/up/somewhere/tea/5695408513354e60bcc80b55c392ec39/artifacts',1,NULL);
INSERT INTO "runs" VALUES('d263eb8b361748ea9b0db26a04fb3a79','third','UNKNOWN','','','unknown','RUNNING',1700000000006,NULL,'','deleted','/tmp/w/up/somewhere/tea/d263eb8b361748ea9b0db26a04fb3a79/artifacts',1,1796059900998);
INSERT INTO "runs" VALUES('2fad99141cdd482e86801433b2e4dbc3','still running','UNKNOWN','','','unknown','RUNNING',1700000000007,NULL,'','active','/tmp/w/up/somewhere/tea/2fad99141cdd482e86801433b2e4dbc3/artifacts',1,NULL);
CREATE TABLE scorer_versions (
	scorer_id VARCHAR(36) NOT NULL,
	scorer_version INTEGER NOT NULL,
	serialized_scorer TEXT NOT NULL,
	creation_time BIGINT,
	CONSTRAINT scorer_version_pk PRIMARY KEY (scorer_id, scorer_version),
	CONSTRAINT fk_scorer_versions_scorer_id FOREIGN KEY(scorer_id) REFERENCES scorers (scorer_id) ON DELETE CASCADE
);
INSERT INTO "scorer_versions" VALUES('7dd14b54-cb4f-43f8-a146-7299f6f605d7',1,'{"name": "taster"}',1796059931259);
INSERT INTO "scorer_versions" VALUES('7dd14b54-cb4f-43f8-a146-7299f6f605d7',2,'{"name": "taster", "better": true}',1796059931654);
CREATE TABLE scorers (
	experiment_id INTEGER NOT NULL,
	scorer_name VARCHAR(256) NOT NULL,
	scorer_id VARCHAR(36) NOT NULL,
	CONSTRAINT scorer_pk PRIMARY KEY (scorer_id),
	CONSTRAINT fk_scorers_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
INSERT INTO "scorers" VALUES(1,'taster','7dd14b54-cb4f-43f8-a146-7299f6f605d7');
CREATE TABLE "secrets" (
	secret_id VARCHAR(36) NOT NULL,
	secret_name VARCHAR(255) NOT NULL,
	encrypted_value BLOB NOT NULL,
	wrapped_dek BLOB NOT NULL,
	kek_version INTEGER NOT NULL,
	masked_value VARCHAR(500) NOT NULL,
	provider VARCHAR(64),
	auth_config TEXT,
	description TEXT,
	created_by VARCHAR(255),
	created_at BIGINT NOT NULL,
	last_updated_by VARCHAR(255),
	last_updated_at BIGINT NOT NULL,
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT secrets_pk PRIMARY KEY (secret_id),
	CONSTRAINT uq_secrets_workspace_secret_name UNIQUE (workspace, secret_name)
);
INSERT INTO "secrets" VALUES('secret_id ü','secret_name ü',X'00016279746573',X'00016279746573',7,'masked_value ü','provider ü','auth_config ü','description ü','created_by ü',7,'last_updated_by ü',7,'default');
CREATE TABLE span_metrics (
	trace_id VARCHAR(50) NOT NULL,
	span_id VARCHAR(50) NOT NULL,
	"key" VARCHAR(250) NOT NULL,
	value FLOAT,
	CONSTRAINT span_metrics_pk PRIMARY KEY (trace_id, span_id, "key"),
	CONSTRAINT fk_span_metrics_span FOREIGN KEY(trace_id, span_id) REFERENCES spans (trace_id, span_id) ON DELETE CASCADE
);
INSERT INTO "span_metrics" VALUES('tr-00000000000000000000000000000000','0000000000000002','input_cost',0.25);
INSERT INTO "span_metrics" VALUES('tr-00000000000000000000000000000000','0000000000000002','output_cost',0.5);
INSERT INTO "span_metrics" VALUES('tr-00000000000000000000000000000000','0000000000000002','total_cost',0.75);
INSERT INTO "span_metrics" VALUES('tr-00000000000000000000000000000001','0000000000000003','input_cost',0.25);
INSERT INTO "span_metrics" VALUES('tr-00000000000000000000000000000001','0000000000000003','output_cost',0.5);
INSERT INTO "span_metrics" VALUES('tr-00000000000000000000000000000001','0000000000000003','total_cost',0.75);
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
	content TEXT NOT NULL, dimension_attributes JSON,
	CONSTRAINT spans_pk PRIMARY KEY (trace_id, span_id),
	CONSTRAINT fk_spans_trace_id FOREIGN KEY(trace_id) REFERENCES trace_info (request_id) ON DELETE CASCADE,
	CONSTRAINT fk_spans_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "spans" VALUES('tr-00000000000000000000000000000000',1,'0000000000000001',NULL,'span 1','CHAIN','UNSET',1700000000000000001,1700000000000001000,'{"trace_id": "AAAAAAAAAAAAAAAAAAAAAQ==", "span_id": "AAAAAAAAAAE=", "parent_span_id": null, "name": "span 1", "start_time_unix_nano": 1700000000000000001, "end_time_unix_nano": 1700000000000001000, "events": [], "status": {"code": "STATUS_CODE_UNSET", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-00000000000000000000000000000000\"", "mlflow.spanType": "\"CHAIN\""}}','null');
INSERT INTO "spans" VALUES('tr-00000000000000000000000000000000',1,'0000000000000002','0000000000000001','span 2','LLM','UNSET',1700000000000000002,1700000000000002000,'{"trace_id": "AAAAAAAAAAAAAAAAAAAAAQ==", "span_id": "AAAAAAAAAAI=", "parent_span_id": "AAAAAAAAAAE=", "name": "span 2", "start_time_unix_nano": 1700000000000000002, "end_time_unix_nano": 1700000000000002000, "events": [], "status": {"code": "STATUS_CODE_UNSET", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-00000000000000000000000000000000\"", "mlflow.spanType": "\"LLM\"", "mlflow.llm.model": "\"leaf-1\"", "mlflow.llm.provider": "\"garden\"", "mlflow.chat.tokenUsage": "{\"input_tokens\": 10, \"output_tokens\": 5, \"total_tokens\": 15}", "mlflow.llm.cost": "{\"input_cost\": 0.25, \"output_cost\": 0.5, \"total_cost\": 0.75}"}}','{"mlflow.llm.model": "leaf-1", "mlflow.llm.provider": "garden"}');
INSERT INTO "spans" VALUES('tr-00000000000000000000000000000001',1,'0000000000000003',NULL,'span 3','LLM','UNSET',1700000000000000003,1700000000000003000,'{"trace_id": "AAAAAAAAAAAAAAAAAAAAAg==", "span_id": "AAAAAAAAAAM=", "parent_span_id": null, "name": "span 3", "start_time_unix_nano": 1700000000000000003, "end_time_unix_nano": 1700000000000003000, "events": [], "status": {"code": "STATUS_CODE_UNSET", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-00000000000000000000000000000001\"", "mlflow.spanType": "\"LLM\"", "mlflow.llm.model": "\"leaf-1\"", "mlflow.llm.provider": "\"garden\"", "mlflow.chat.tokenUsage": "{\"input_tokens\": 10, \"output_tokens\": 5, \"total_tokens\": 15}", "mlflow.llm.cost": "{\"input_cost\": 0.25, \"output_cost\": 0.5, \"total_cost\": 0.75}"}}','{"mlflow.llm.model": "leaf-1", "mlflow.llm.provider": "garden"}');
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000),
	run_uuid VARCHAR(32) NOT NULL,
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid),
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('mlflow.runName','dapper-penguin-788','1aa33d5b6d6b48cd8cd2149af7382686');
INSERT INTO "tags" VALUES('ü','ö','b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "tags" VALUES('mlflow.user','ada','b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "tags" VALUES('mlflow.runName','first','b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "tags" VALUES('long','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "tags" VALUES('quote','''"`\','b12d25669d9847dc94f5c5e24cebb425');
INSERT INTO "tags" VALUES('mlflow.runName','second','5695408513354e60bcc80b55c392ec39');
INSERT INTO "tags" VALUES('mlflow.runName','third','d263eb8b361748ea9b0db26a04fb3a79');
INSERT INTO "tags" VALUES('mlflow.runName','still running','2fad99141cdd482e86801433b2e4dbc3');
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
CREATE TABLE trace_metrics (
	request_id VARCHAR(50) NOT NULL,
	"key" VARCHAR(250) NOT NULL,
	value FLOAT,
	CONSTRAINT trace_metrics_pk PRIMARY KEY (request_id, "key"),
	CONSTRAINT fk_trace_metrics_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_metrics" VALUES('tr-00000000000000000000000000000000','input_tokens',20.0);
INSERT INTO "trace_metrics" VALUES('tr-00000000000000000000000000000000','output_tokens',10.0);
INSERT INTO "trace_metrics" VALUES('tr-00000000000000000000000000000000','total_tokens',30.0);
INSERT INTO "trace_metrics" VALUES('tr-00000000000000000000000000000000','cache_read_input_tokens',2.0);
INSERT INTO "trace_metrics" VALUES('tr-00000000000000000000000000000001','input_tokens',11.5);
INSERT INTO "trace_metrics" VALUES('tr-00000000000000000000000000000001','output_tokens',7.0);
CREATE TABLE "trace_request_metadata" (
	"key" VARCHAR(250) NOT NULL,
	value VARCHAR(8000),
	request_id VARCHAR(50) NOT NULL,
	CONSTRAINT trace_request_metadata_pk PRIMARY KEY ("key", request_id),
	CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.session','session-1','tr-00000000000000000000000000000000');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 20, "output_tokens": 10, "total_tokens": 30, "cache_read_input_tokens": 2}','tr-00000000000000000000000000000000');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.cost','{"input_cost": 0.5, "output_cost": 1.0, "total_cost": 1.5}','tr-00000000000000000000000000000000');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.user','ada','tr-00000000000000000000000000000000');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 11.5, "output_tokens": "7"}','tr-00000000000000000000000000000001');
INSERT INTO "trace_request_metadata" VALUES('mlflow.gateway.endpointId','e','tr-00000000000000000000000000000001');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.cost','{"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}','tr-00000000000000000000000000000001');
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
INSERT INTO "trace_tags" VALUES('mlflow.traceName','a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ','tr-00000000000000000000000000000001');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','/tmp/w/up/somewhere/tea/traces/tr-00000000000000000000000000000001/artifacts','tr-00000000000000000000000000000001');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','/tmp/w/up/somewhere/tea/traces/tr-00000000000000000000000000000002/artifacts','tr-00000000000000000000000000000002');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-00000000000000000000000000000000');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-00000000000000000000000000000001');
CREATE TABLE webhook_events (
	webhook_id VARCHAR(256) NOT NULL,
	entity VARCHAR(50) NOT NULL,
	action VARCHAR(50) NOT NULL,
	CONSTRAINT webhook_event_pk PRIMARY KEY (webhook_id, entity, action),
	FOREIGN KEY(webhook_id) REFERENCES webhooks (webhook_id) ON DELETE cascade
);
INSERT INTO "webhook_events" VALUES('cc610dbe-550f-47c5-b734-e58bb6613121','registered_model','created');
CREATE TABLE "webhooks" (
	webhook_id VARCHAR(256) NOT NULL,
	name VARCHAR(256) NOT NULL,
	description VARCHAR(1000),
	url VARCHAR(500) NOT NULL,
	status VARCHAR(20) DEFAULT 'ACTIVE' NOT NULL,
	secret VARCHAR(1000),
	creation_timestamp BIGINT,
	last_updated_timestamp BIGINT,
	deleted_timestamp BIGINT,
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	CONSTRAINT webhook_pk PRIMARY KEY (webhook_id)
);
INSERT INTO "webhooks" VALUES('cc610dbe-550f-47c5-b734-e58bb6613121','bell','rings','https://1.1.1.1/bell','ACTIVE','gAAAAABrDbMUOXdnLF_znBS2C0gzDmwgC75C7Eh6Blufgd7YHXhd_wNbr8Hd_aZjknok9SYSEq2nji8_lZ4Z1QUT4XB388tCtA==',1796059924097,1796059924097,NULL,'default');
CREATE TABLE workspaces (
	name VARCHAR(63) NOT NULL,
	description TEXT,
	default_artifact_root TEXT,
	CONSTRAINT workspaces_pk PRIMARY KEY (name)
);
INSERT INTO "workspaces" VALUES('default','Default workspace for legacy resources',NULL);
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
CREATE INDEX idx_webhook_events_entity ON webhook_events (entity);
CREATE INDEX idx_webhook_events_action ON webhook_events (action);
CREATE INDEX idx_webhook_events_entity_action ON webhook_events (entity, action);
CREATE UNIQUE INDEX index_scorers_experiment_id_scorer_name ON scorers (experiment_id, scorer_name);
CREATE INDEX index_scorer_versions_scorer_id ON scorer_versions (scorer_id);
CREATE INDEX index_evaluation_dataset_tags_dataset_id ON evaluation_dataset_tags (dataset_id);
CREATE INDEX index_evaluation_dataset_records_dataset_id ON evaluation_dataset_records (dataset_id);
CREATE INDEX index_endpoint_model_mappings_endpoint_id ON endpoint_model_mappings (endpoint_id);
CREATE INDEX index_endpoint_model_mappings_model_definition_id ON endpoint_model_mappings (model_definition_id);
CREATE INDEX index_endpoint_tags_endpoint_id ON endpoint_tags (endpoint_id);
CREATE INDEX index_trace_metrics_request_id ON trace_metrics (request_id);
CREATE UNIQUE INDEX unique_endpoint_model_linkage_mapping ON endpoint_model_mappings (endpoint_id, model_definition_id, linkage_type);
CREATE INDEX index_span_metrics_trace_id_span_id ON span_metrics (trace_id, span_id);
CREATE INDEX index_evaluation_datasets_created_time ON evaluation_datasets (created_time);
CREATE INDEX index_evaluation_datasets_name ON evaluation_datasets (name);
CREATE INDEX idx_webhooks_status ON webhooks (status);
CREATE INDEX idx_webhooks_name ON webhooks (name);
CREATE TRIGGER prevent_secrets_aad_mutation
BEFORE UPDATE ON secrets
FOR EACH ROW
WHEN OLD.secret_id != NEW.secret_id OR OLD.secret_name != NEW.secret_name
BEGIN
    SELECT RAISE(ABORT, 'secret_id and secret_name are immutable (used as AAD in encryption)');
END;
CREATE INDEX index_model_definitions_secret_id ON model_definitions (secret_id);
CREATE INDEX index_model_definitions_provider ON model_definitions (provider);
CREATE INDEX index_jobs_name_status_creation_time ON jobs (job_name, workspace, status, creation_time);
CREATE INDEX idx_experiments_workspace ON experiments (workspace);
CREATE INDEX idx_registered_models_workspace ON registered_models (workspace);
CREATE INDEX idx_experiments_workspace_creation_time ON experiments (workspace, creation_time);
CREATE INDEX idx_evaluation_datasets_workspace ON evaluation_datasets (workspace);
CREATE INDEX idx_webhooks_workspace ON webhooks (workspace);
CREATE INDEX idx_secrets_workspace ON secrets (workspace);
CREATE INDEX idx_endpoints_workspace ON endpoints (workspace);
CREATE INDEX idx_model_definitions_workspace ON model_definitions (workspace);
CREATE INDEX idx_budget_policies_workspace ON budget_policies (workspace);
CREATE INDEX index_issues_experiment_id ON issues (experiment_id);
CREATE INDEX index_issues_source_run_id ON issues (source_run_id);
CREATE INDEX index_issues_status ON issues (status);
COMMIT;
