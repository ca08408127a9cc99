-- To bda7b8c39065: longer tags of model versions.
ALTER TABLE model_version_tags ALTER COLUMN value TYPE TEXT;
