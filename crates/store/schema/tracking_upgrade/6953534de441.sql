-- To 6953534de441: the step at which a run read or made something.
ALTER TABLE inputs ADD COLUMN step BIGINT NOT NULL DEFAULT '0';
