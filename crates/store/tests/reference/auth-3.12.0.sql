BEGIN TRANSACTION;
CREATE TABLE alembic_version_auth (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_auth_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version_auth" VALUES('c3d4e5f6a7b8');
CREATE TABLE experiment_permissions (
	id INTEGER NOT NULL,
	experiment_id VARCHAR(255) NOT NULL,
	user_id INTEGER NOT NULL,
	permission VARCHAR(255),
	PRIMARY KEY (id),
	CONSTRAINT fk_user_id FOREIGN KEY(user_id) REFERENCES users (id),
	CONSTRAINT unique_experiment_user UNIQUE (experiment_id, user_id)
);
INSERT INTO "experiment_permissions" VALUES(1,'1',2,'MANAGE');
INSERT INTO "experiment_permissions" VALUES(2,'1',3,'READ');
INSERT INTO "experiment_permissions" VALUES(3,'1',4,'NO_PERMISSIONS');
INSERT INTO "experiment_permissions" VALUES(4,'1',5,'EDIT');
INSERT INTO "experiment_permissions" VALUES(5,'2',3,'MANAGE');
CREATE TABLE gateway_endpoint_permissions (
	id INTEGER NOT NULL,
	endpoint_id VARCHAR(255) NOT NULL,
	user_id INTEGER NOT NULL,
	permission VARCHAR(255),
	PRIMARY KEY (id),
	CONSTRAINT fk_gateway_endpoint_perm_user_id FOREIGN KEY(user_id) REFERENCES users (id),
	CONSTRAINT unique_endpoint_user UNIQUE (endpoint_id, user_id)
);
INSERT INTO "gateway_endpoint_permissions" VALUES(1,'e-1',2,'EDIT');
INSERT INTO "gateway_endpoint_permissions" VALUES(2,'e-1',4,'NO_PERMISSIONS');
CREATE TABLE gateway_model_definition_permissions (
	id INTEGER NOT NULL,
	model_definition_id VARCHAR(255) NOT NULL,
	user_id INTEGER NOT NULL,
	permission VARCHAR(255),
	PRIMARY KEY (id),
	CONSTRAINT fk_gateway_model_def_perm_user_id FOREIGN KEY(user_id) REFERENCES users (id),
	CONSTRAINT unique_model_def_user UNIQUE (model_definition_id, user_id)
);
INSERT INTO "gateway_model_definition_permissions" VALUES(1,'d-1',2,'MANAGE');
INSERT INTO "gateway_model_definition_permissions" VALUES(2,'d-1',4,'NO_PERMISSIONS');
CREATE TABLE gateway_secret_permissions (
	id INTEGER NOT NULL,
	secret_id VARCHAR(255) NOT NULL,
	user_id INTEGER NOT NULL,
	permission VARCHAR(255),
	PRIMARY KEY (id),
	CONSTRAINT fk_gateway_secret_perm_user_id FOREIGN KEY(user_id) REFERENCES users (id),
	CONSTRAINT unique_secret_user UNIQUE (secret_id, user_id)
);
INSERT INTO "gateway_secret_permissions" VALUES(1,'s-1',2,'USE');
INSERT INTO "gateway_secret_permissions" VALUES(2,'s-1',4,'NO_PERMISSIONS');
CREATE TABLE "registered_model_permissions" (
	id INTEGER NOT NULL,
	name VARCHAR(255) NOT NULL,
	user_id INTEGER NOT NULL,
	permission VARCHAR(255),
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT fk_user_id FOREIGN KEY(user_id) REFERENCES users (id),
	CONSTRAINT unique_workspace_name_user UNIQUE (workspace, name, user_id)
);
INSERT INTO "registered_model_permissions" VALUES(1,'tea',2,'MANAGE','default');
INSERT INTO "registered_model_permissions" VALUES(2,'tea',3,'NO_PERMISSIONS','default');
INSERT INTO "registered_model_permissions" VALUES(3,'greeting',3,'MANAGE','default');
INSERT INTO "registered_model_permissions" VALUES(4,'greeting',4,'NO_PERMISSIONS','default');
CREATE TABLE role_permissions (
	id INTEGER NOT NULL,
	role_id INTEGER NOT NULL,
	resource_type VARCHAR(64) NOT NULL,
	resource_pattern VARCHAR(255) NOT NULL,
	permission VARCHAR(255) NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT unique_role_resource_perm UNIQUE (role_id, resource_type, resource_pattern),
	FOREIGN KEY(role_id) REFERENCES roles (id)
);
INSERT INTO "role_permissions" VALUES(1,1,'experiment','1','EDIT');
INSERT INTO "role_permissions" VALUES(2,1,'registered_model','greeting','READ');
INSERT INTO "role_permissions" VALUES(3,1,'registered_model','*','READ');
CREATE TABLE roles (
	id INTEGER NOT NULL,
	name VARCHAR(255) NOT NULL,
	workspace VARCHAR(63) NOT NULL,
	description VARCHAR(1024),
	PRIMARY KEY (id),
	CONSTRAINT unique_workspace_role_name UNIQUE (workspace, name)
);
INSERT INTO "roles" VALUES(1,'team','default',NULL);
CREATE TABLE scorer_permissions (
	id INTEGER NOT NULL,
	experiment_id VARCHAR(255) NOT NULL,
	scorer_name VARCHAR(256) NOT NULL,
	user_id INTEGER NOT NULL,
	permission VARCHAR(255),
	PRIMARY KEY (id),
	CONSTRAINT fk_scorer_perm_user_id FOREIGN KEY(user_id) REFERENCES users (id),
	CONSTRAINT unique_scorer_user UNIQUE (experiment_id, scorer_name, user_id)
);
INSERT INTO "scorer_permissions" VALUES(1,'1','good/better ü~',2,'MANAGE');
INSERT INTO "scorer_permissions" VALUES(2,'1','good/better ü~',4,'NO_PERMISSIONS');
CREATE TABLE user_role_assignments (
	id INTEGER NOT NULL,
	user_id INTEGER NOT NULL,
	role_id INTEGER NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT unique_user_role UNIQUE (user_id, role_id),
	FOREIGN KEY(user_id) REFERENCES users (id),
	FOREIGN KEY(role_id) REFERENCES roles (id)
);
INSERT INTO "user_role_assignments" VALUES(1,2,1);
INSERT INTO "user_role_assignments" VALUES(2,3,1);
CREATE TABLE users (
	id INTEGER NOT NULL,
	username VARCHAR(255),
	password_hash VARCHAR(255),
	is_admin BOOLEAN,
	PRIMARY KEY (id),
	UNIQUE (username)
);
INSERT INTO "users" VALUES(1,'admin','pbkdf2:sha256:1$salt$918541eb3eacbb9dc7724c8339e640f734783e934a172088f429348559a7293f',1);
INSERT INTO "users" VALUES(2,'ada','pbkdf2:sha256:1$salt$19f9dbabc2d5a891a388ad9ee3611b0d806ff5aa4c7c31d88b82c6d148920bd8',0);
INSERT INTO "users" VALUES(3,'bob','pbkdf2:sha256:1$salt$43916686b9cfc91661182fbac0a90aef7675ec59c2d2ce17ebb80be78ebcb76c',0);
INSERT INTO "users" VALUES(4,'carol','pbkdf2:sha256:1$salt$a7e3cff10194e3ab9d4261078bfed958727ed2eea17f462d56988e695568a77e',0);
INSERT INTO "users" VALUES(5,'dora','pbkdf2:sha256:1$salt$a2807e467d8845eb2a5b3c8fc2438a832fc6db96aadae816d59167e25edac9d9',0);
INSERT INTO "users" VALUES(6,'erik','pbkdf2:sha256:1$salt$e1148124329c5357cce258b946152ef7618587fd5a6acb699c020b8d941ac388',0);
CREATE TABLE workspace_permissions (
	workspace VARCHAR(63) NOT NULL,
	user_id INTEGER NOT NULL,
	permission VARCHAR(32) NOT NULL,
	CONSTRAINT workspace_permissions_pk PRIMARY KEY (workspace, user_id),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "workspace_permissions" VALUES('default',2,'READ');
INSERT INTO "workspace_permissions" VALUES('default',3,'EDIT');
INSERT INTO "workspace_permissions" VALUES('default',4,'NO_PERMISSIONS');
INSERT INTO "workspace_permissions" VALUES('default',5,'MANAGE');
INSERT INTO "workspace_permissions" VALUES('default',6,'USE');
CREATE INDEX idx_workspace_permissions_user_id ON workspace_permissions (user_id);
CREATE INDEX idx_workspace_permissions_workspace ON workspace_permissions (workspace);
CREATE INDEX idx_roles_workspace ON roles (workspace);
CREATE INDEX idx_role_permissions_role_id ON role_permissions (role_id);
CREATE INDEX idx_user_role_assignments_user_id ON user_role_assignments (user_id);
CREATE INDEX idx_user_role_assignments_role_id ON user_role_assignments (role_id);
COMMIT;
