-- To 8606fa83a998 from the tables of MLflow 2.5 to 3.5, which did not keep their revision here.
CREATE TABLE alembic_version_auth (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_auth_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version_auth (version_num) VALUES ('8606fa83a998');
