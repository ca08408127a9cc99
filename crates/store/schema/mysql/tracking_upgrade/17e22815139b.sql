-- To 17e22815139b: longer tags of experiments.
ALTER TABLE experiment_tags MODIFY value MEDIUMTEXT;
