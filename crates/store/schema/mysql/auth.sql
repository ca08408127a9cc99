-- The authentication database of MLflow 3.17.2 on MySQL and MariaDB, without any user.
--
-- To be executed statement by statement, as text: MySQL does not prepare CREATE TRIGGER. A statement ends where a
-- line ends with `;`, and nowhere else: no comment ends with one.
--
-- MySQL commits each CREATE by itself. So that a creation that was cut off can be taken up again, every statement may
-- be repeated, whatever belongs to a table is in its statement, and the revision is written last.
--
-- {collation} is the server's collation of utf8mb4 that compares bytes and does not pad: ids and names differ in case
-- and in spaces at their end. In MLflow's databases it is the database's own, which knows neither.
--
-- MLflow itself cannot make this database: it gives the name fk_user_id to foreign keys of two tables, and a database
-- takes it once. The one of registered_model_permissions is fk_registered_model_permissions_user_id here. The rest is
-- as MLflow would make it, and a constraint that has no name here gets the one from MariaDB that it would have there.

-- The schema's revision, which is written last
CREATE TABLE IF NOT EXISTS alembic_version_auth (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

-- Users
CREATE TABLE IF NOT EXISTS users (
    id INTEGER NOT NULL AUTO_INCREMENT,
    username VARCHAR(255),
    password_hash VARCHAR(255),
    is_admin BOOLEAN,
    PRIMARY KEY (id),
    UNIQUE KEY username (username)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

-- Roles
CREATE TABLE IF NOT EXISTS roles (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(255) NOT NULL,
    workspace VARCHAR(63) NOT NULL,
    description VARCHAR(1024),
    PRIMARY KEY (id),
    UNIQUE KEY unique_workspace_role_name (workspace, name),
    KEY idx_roles_workspace (workspace)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

CREATE TABLE IF NOT EXISTS role_permissions (
    id INTEGER NOT NULL AUTO_INCREMENT,
    role_id INTEGER NOT NULL,
    resource_type VARCHAR(64) NOT NULL,
    resource_pattern VARCHAR(255) NOT NULL,
    permission VARCHAR(255) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY unique_role_resource_perm (role_id, resource_type, resource_pattern),
    KEY idx_role_permissions_role_id (role_id),
    FOREIGN KEY (role_id) REFERENCES roles (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

CREATE TABLE IF NOT EXISTS user_role_assignments (
    id INTEGER NOT NULL AUTO_INCREMENT,
    user_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY unique_user_role (user_id, role_id),
    KEY idx_user_role_assignments_user_id (user_id),
    KEY idx_user_role_assignments_role_id (role_id),
    FOREIGN KEY (user_id) REFERENCES users (id),
    FOREIGN KEY (role_id) REFERENCES roles (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

-- Permissions of one user on one resource, as they were before roles
CREATE TABLE IF NOT EXISTS experiment_permissions (
    id INTEGER NOT NULL AUTO_INCREMENT,
    experiment_id VARCHAR(255) NOT NULL,
    user_id INTEGER NOT NULL,
    permission VARCHAR(255),
    PRIMARY KEY (id),
    UNIQUE KEY unique_experiment_user (experiment_id, user_id),
    KEY fk_user_id (user_id),
    CONSTRAINT fk_user_id FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

CREATE TABLE IF NOT EXISTS registered_model_permissions (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(255) NOT NULL,
    user_id INTEGER NOT NULL,
    permission VARCHAR(255),
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (id),
    UNIQUE KEY unique_workspace_name_user (workspace, name, user_id),
    KEY fk_registered_model_permissions_user_id (user_id),
    CONSTRAINT fk_registered_model_permissions_user_id FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

CREATE TABLE IF NOT EXISTS scorer_permissions (
    id INTEGER NOT NULL AUTO_INCREMENT,
    experiment_id VARCHAR(255) NOT NULL,
    scorer_name VARCHAR(256) NOT NULL,
    user_id INTEGER NOT NULL,
    permission VARCHAR(255),
    PRIMARY KEY (id),
    UNIQUE KEY unique_scorer_user (experiment_id, scorer_name, user_id),
    KEY fk_scorer_perm_user_id (user_id),
    CONSTRAINT fk_scorer_perm_user_id FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

CREATE TABLE IF NOT EXISTS gateway_endpoint_permissions (
    id INTEGER NOT NULL AUTO_INCREMENT,
    endpoint_id VARCHAR(255) NOT NULL,
    user_id INTEGER NOT NULL,
    permission VARCHAR(255),
    PRIMARY KEY (id),
    UNIQUE KEY unique_endpoint_user (endpoint_id, user_id),
    KEY fk_gateway_endpoint_perm_user_id (user_id),
    CONSTRAINT fk_gateway_endpoint_perm_user_id FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

CREATE TABLE IF NOT EXISTS gateway_model_definition_permissions (
    id INTEGER NOT NULL AUTO_INCREMENT,
    model_definition_id VARCHAR(255) NOT NULL,
    user_id INTEGER NOT NULL,
    permission VARCHAR(255),
    PRIMARY KEY (id),
    UNIQUE KEY unique_model_def_user (model_definition_id, user_id),
    KEY fk_gateway_model_def_perm_user_id (user_id),
    CONSTRAINT fk_gateway_model_def_perm_user_id FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

CREATE TABLE IF NOT EXISTS gateway_secret_permissions (
    id INTEGER NOT NULL AUTO_INCREMENT,
    secret_id VARCHAR(255) NOT NULL,
    user_id INTEGER NOT NULL,
    permission VARCHAR(255),
    PRIMARY KEY (id),
    UNIQUE KEY unique_secret_user (secret_id, user_id),
    KEY fk_gateway_secret_perm_user_id (user_id),
    CONSTRAINT fk_gateway_secret_perm_user_id FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

CREATE TABLE IF NOT EXISTS workspace_permissions (
    workspace VARCHAR(63) NOT NULL,
    user_id INTEGER NOT NULL,
    permission VARCHAR(32) NOT NULL,
    PRIMARY KEY (workspace, user_id),
    KEY idx_workspace_permissions_user_id (user_id),
    KEY idx_workspace_permissions_workspace (workspace),
    FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

-- The schema is whole.
INSERT IGNORE INTO alembic_version_auth (version_num) VALUES ('f1a2b3c4d5e6');
