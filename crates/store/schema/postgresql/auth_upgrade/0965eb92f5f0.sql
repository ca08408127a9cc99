-- To 0965eb92f5f0: permissions on scorers.
CREATE TABLE scorer_permissions (
    id SERIAL NOT NULL,
    experiment_id VARCHAR(255) NOT NULL,
    scorer_name VARCHAR(256) NOT NULL,
    user_id INTEGER NOT NULL,
    permission VARCHAR(255),
    PRIMARY KEY (id),
    CONSTRAINT fk_scorer_perm_user_id FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT unique_scorer_user UNIQUE (experiment_id, scorer_name, user_id)
);
