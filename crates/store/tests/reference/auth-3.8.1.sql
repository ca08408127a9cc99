BEGIN TRANSACTION;
CREATE TABLE alembic_version_auth (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_auth_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version_auth" VALUES('0965eb92f5f0');
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
CREATE TABLE registered_model_permissions (
	id INTEGER NOT NULL,
	name VARCHAR(255) NOT NULL,
	user_id INTEGER NOT NULL,
	permission VARCHAR(255),
	PRIMARY KEY (id),
	CONSTRAINT fk_user_id FOREIGN KEY(user_id) REFERENCES users (id),
	CONSTRAINT unique_name_user UNIQUE (name, user_id)
);
INSERT INTO "registered_model_permissions" VALUES(1,'tea',2,'MANAGE');
INSERT INTO "registered_model_permissions" VALUES(2,'tea',3,'NO_PERMISSIONS');
INSERT INTO "registered_model_permissions" VALUES(3,'greeting',3,'MANAGE');
INSERT INTO "registered_model_permissions" VALUES(4,'greeting',4,'NO_PERMISSIONS');
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
COMMIT;
