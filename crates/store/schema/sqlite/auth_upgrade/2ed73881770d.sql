-- To 2ed73881770d: workspaces.
CREATE TABLE workspace_permissions (
    workspace VARCHAR(63) NOT NULL,
    user_id INTEGER NOT NULL,
    permission VARCHAR(32) NOT NULL,
    CONSTRAINT workspace_permissions_pk PRIMARY KEY (workspace, user_id),
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX idx_workspace_permissions_user_id ON workspace_permissions (user_id);
CREATE INDEX idx_workspace_permissions_workspace ON workspace_permissions (workspace);

-- SQLite cannot change a constraint: the table is made anew.
CREATE TABLE registered_model_permissions_with_workspace (
    id INTEGER NOT NULL,
    name VARCHAR(255) NOT NULL,
    user_id INTEGER NOT NULL,
    permission VARCHAR(255),
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (id),
    CONSTRAINT fk_user_id FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT unique_workspace_name_user UNIQUE (workspace, name, user_id)
);
INSERT INTO registered_model_permissions_with_workspace (id, name, user_id, permission, workspace)
    SELECT id, name, user_id, permission, 'default' FROM registered_model_permissions;
DROP TABLE registered_model_permissions;
ALTER TABLE registered_model_permissions_with_workspace RENAME TO registered_model_permissions;
