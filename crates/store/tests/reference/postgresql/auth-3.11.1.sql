CREATE TABLE alembic_version_auth (
    version_num character varying(32) NOT NULL
);
CREATE TABLE experiment_permissions (
    id integer NOT NULL,
    experiment_id character varying(255) NOT NULL,
    user_id integer NOT NULL,
    permission character varying(255)
);
CREATE SEQUENCE experiment_permissions_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE experiment_permissions_id_seq OWNED BY experiment_permissions.id;
CREATE TABLE gateway_endpoint_permissions (
    id integer NOT NULL,
    endpoint_id character varying(255) NOT NULL,
    user_id integer NOT NULL,
    permission character varying(255)
);
CREATE SEQUENCE gateway_endpoint_permissions_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE gateway_endpoint_permissions_id_seq OWNED BY gateway_endpoint_permissions.id;
CREATE TABLE gateway_model_definition_permissions (
    id integer NOT NULL,
    model_definition_id character varying(255) NOT NULL,
    user_id integer NOT NULL,
    permission character varying(255)
);
CREATE SEQUENCE gateway_model_definition_permissions_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE gateway_model_definition_permissions_id_seq OWNED BY gateway_model_definition_permissions.id;
CREATE TABLE gateway_secret_permissions (
    id integer NOT NULL,
    secret_id character varying(255) NOT NULL,
    user_id integer NOT NULL,
    permission character varying(255)
);
CREATE SEQUENCE gateway_secret_permissions_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE gateway_secret_permissions_id_seq OWNED BY gateway_secret_permissions.id;
CREATE TABLE registered_model_permissions (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    user_id integer NOT NULL,
    permission character varying(255),
    workspace character varying(63) DEFAULT 'default'::character varying NOT NULL
);
CREATE SEQUENCE registered_model_permissions_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE registered_model_permissions_id_seq OWNED BY registered_model_permissions.id;
CREATE TABLE scorer_permissions (
    id integer NOT NULL,
    experiment_id character varying(255) NOT NULL,
    scorer_name character varying(256) NOT NULL,
    user_id integer NOT NULL,
    permission character varying(255)
);
CREATE SEQUENCE scorer_permissions_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE scorer_permissions_id_seq OWNED BY scorer_permissions.id;
CREATE TABLE users (
    id integer NOT NULL,
    username character varying(255),
    password_hash character varying(255),
    is_admin boolean
);
CREATE SEQUENCE users_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE users_id_seq OWNED BY users.id;
CREATE TABLE workspace_permissions (
    workspace character varying(63) NOT NULL,
    user_id integer NOT NULL,
    permission character varying(32) NOT NULL
);
ALTER TABLE ONLY experiment_permissions ALTER COLUMN id SET DEFAULT nextval('experiment_permissions_id_seq'::regclass);
ALTER TABLE ONLY gateway_endpoint_permissions ALTER COLUMN id SET DEFAULT nextval('gateway_endpoint_permissions_id_seq'::regclass);
ALTER TABLE ONLY gateway_model_definition_permissions ALTER COLUMN id SET DEFAULT nextval('gateway_model_definition_permissions_id_seq'::regclass);
ALTER TABLE ONLY gateway_secret_permissions ALTER COLUMN id SET DEFAULT nextval('gateway_secret_permissions_id_seq'::regclass);
ALTER TABLE ONLY registered_model_permissions ALTER COLUMN id SET DEFAULT nextval('registered_model_permissions_id_seq'::regclass);
ALTER TABLE ONLY scorer_permissions ALTER COLUMN id SET DEFAULT nextval('scorer_permissions_id_seq'::regclass);
ALTER TABLE ONLY users ALTER COLUMN id SET DEFAULT nextval('users_id_seq'::regclass);
INSERT INTO alembic_version_auth VALUES ('2ed73881770d');
INSERT INTO experiment_permissions VALUES (1, '1', 2, 'MANAGE');
INSERT INTO experiment_permissions VALUES (2, '1', 3, 'READ');
INSERT INTO experiment_permissions VALUES (3, '1', 4, 'NO_PERMISSIONS');
INSERT INTO experiment_permissions VALUES (4, '1', 5, 'EDIT');
INSERT INTO experiment_permissions VALUES (5, '2', 3, 'MANAGE');
INSERT INTO gateway_endpoint_permissions VALUES (1, 'e-1', 2, 'EDIT');
INSERT INTO gateway_endpoint_permissions VALUES (2, 'e-1', 4, 'NO_PERMISSIONS');
INSERT INTO gateway_model_definition_permissions VALUES (1, 'd-1', 2, 'MANAGE');
INSERT INTO gateway_model_definition_permissions VALUES (2, 'd-1', 4, 'NO_PERMISSIONS');
INSERT INTO gateway_secret_permissions VALUES (1, 's-1', 2, 'USE');
INSERT INTO gateway_secret_permissions VALUES (2, 's-1', 4, 'NO_PERMISSIONS');
INSERT INTO registered_model_permissions VALUES (1, 'tea', 2, 'MANAGE', 'default');
INSERT INTO registered_model_permissions VALUES (2, 'tea', 3, 'NO_PERMISSIONS', 'default');
INSERT INTO registered_model_permissions VALUES (3, 'greeting', 3, 'MANAGE', 'default');
INSERT INTO registered_model_permissions VALUES (4, 'greeting', 4, 'NO_PERMISSIONS', 'default');
INSERT INTO scorer_permissions VALUES (1, '1', 'good/better ü~', 2, 'MANAGE');
INSERT INTO scorer_permissions VALUES (2, '1', 'good/better ü~', 4, 'NO_PERMISSIONS');
INSERT INTO users VALUES (1, 'admin', 'pbkdf2:sha256:1$salt$918541eb3eacbb9dc7724c8339e640f734783e934a172088f429348559a7293f', true);
INSERT INTO users VALUES (2, 'ada', 'pbkdf2:sha256:1$salt$19f9dbabc2d5a891a388ad9ee3611b0d806ff5aa4c7c31d88b82c6d148920bd8', false);
INSERT INTO users VALUES (3, 'bob', 'pbkdf2:sha256:1$salt$43916686b9cfc91661182fbac0a90aef7675ec59c2d2ce17ebb80be78ebcb76c', false);
INSERT INTO users VALUES (4, 'carol', 'pbkdf2:sha256:1$salt$a7e3cff10194e3ab9d4261078bfed958727ed2eea17f462d56988e695568a77e', false);
INSERT INTO users VALUES (5, 'dora', 'pbkdf2:sha256:1$salt$a2807e467d8845eb2a5b3c8fc2438a832fc6db96aadae816d59167e25edac9d9', false);
INSERT INTO users VALUES (6, 'erik', 'pbkdf2:sha256:1$salt$e1148124329c5357cce258b946152ef7618587fd5a6acb699c020b8d941ac388', false);
INSERT INTO workspace_permissions VALUES ('default', 2, 'READ');
INSERT INTO workspace_permissions VALUES ('default', 3, 'EDIT');
INSERT INTO workspace_permissions VALUES ('default', 4, 'NO_PERMISSIONS');
INSERT INTO workspace_permissions VALUES ('default', 5, 'MANAGE');
INSERT INTO workspace_permissions VALUES ('default', 6, 'USE');
SELECT pg_catalog.setval('experiment_permissions_id_seq', 5, true);
SELECT pg_catalog.setval('gateway_endpoint_permissions_id_seq', 2, true);
SELECT pg_catalog.setval('gateway_model_definition_permissions_id_seq', 2, true);
SELECT pg_catalog.setval('gateway_secret_permissions_id_seq', 2, true);
SELECT pg_catalog.setval('registered_model_permissions_id_seq', 4, true);
SELECT pg_catalog.setval('scorer_permissions_id_seq', 2, true);
SELECT pg_catalog.setval('users_id_seq', 6, true);
ALTER TABLE ONLY alembic_version_auth
    ADD CONSTRAINT alembic_version_auth_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY experiment_permissions
    ADD CONSTRAINT experiment_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY gateway_endpoint_permissions
    ADD CONSTRAINT gateway_endpoint_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY gateway_model_definition_permissions
    ADD CONSTRAINT gateway_model_definition_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY gateway_secret_permissions
    ADD CONSTRAINT gateway_secret_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY registered_model_permissions
    ADD CONSTRAINT registered_model_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY scorer_permissions
    ADD CONSTRAINT scorer_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY gateway_endpoint_permissions
    ADD CONSTRAINT unique_endpoint_user UNIQUE (endpoint_id, user_id);
ALTER TABLE ONLY experiment_permissions
    ADD CONSTRAINT unique_experiment_user UNIQUE (experiment_id, user_id);
ALTER TABLE ONLY gateway_model_definition_permissions
    ADD CONSTRAINT unique_model_def_user UNIQUE (model_definition_id, user_id);
ALTER TABLE ONLY scorer_permissions
    ADD CONSTRAINT unique_scorer_user UNIQUE (experiment_id, scorer_name, user_id);
ALTER TABLE ONLY gateway_secret_permissions
    ADD CONSTRAINT unique_secret_user UNIQUE (secret_id, user_id);
ALTER TABLE ONLY registered_model_permissions
    ADD CONSTRAINT unique_workspace_name_user UNIQUE (workspace, name, user_id);
ALTER TABLE ONLY users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY users
    ADD CONSTRAINT users_username_key UNIQUE (username);
ALTER TABLE ONLY workspace_permissions
    ADD CONSTRAINT workspace_permissions_pk PRIMARY KEY (workspace, user_id);
CREATE INDEX idx_workspace_permissions_user_id ON workspace_permissions USING btree (user_id);
CREATE INDEX idx_workspace_permissions_workspace ON workspace_permissions USING btree (workspace);
ALTER TABLE ONLY gateway_endpoint_permissions
    ADD CONSTRAINT fk_gateway_endpoint_perm_user_id FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE ONLY gateway_model_definition_permissions
    ADD CONSTRAINT fk_gateway_model_def_perm_user_id FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE ONLY gateway_secret_permissions
    ADD CONSTRAINT fk_gateway_secret_perm_user_id FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE ONLY scorer_permissions
    ADD CONSTRAINT fk_scorer_perm_user_id FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE ONLY experiment_permissions
    ADD CONSTRAINT fk_user_id FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE ONLY registered_model_permissions
    ADD CONSTRAINT fk_user_id FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE ONLY workspace_permissions
    ADD CONSTRAINT workspace_permissions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
