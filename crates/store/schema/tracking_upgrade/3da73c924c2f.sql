-- To 3da73c924c2f: outputs of evaluation datasets.
ALTER TABLE evaluation_dataset_records ADD COLUMN outputs JSON;
