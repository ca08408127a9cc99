-- To d3e4f5a6b7c8: a name to display of bindings.
ALTER TABLE endpoint_bindings ADD COLUMN display_name VARCHAR(255);
