CREATE TABLE `alembic_version` (
  `version_num` varchar(32) NOT NULL,
  PRIMARY KEY (`version_num`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `alembic_version` (`version_num`) VALUES ('0584bdc529eb');
CREATE TABLE `datasets` (
  `dataset_uuid` varchar(36) NOT NULL,
  `experiment_id` int(11) NOT NULL,
  `name` varchar(500) NOT NULL,
  `digest` varchar(36) NOT NULL,
  `dataset_source_type` varchar(36) NOT NULL,
  `dataset_source` text NOT NULL,
  `dataset_schema` mediumtext DEFAULT NULL,
  `dataset_profile` mediumtext DEFAULT NULL,
  PRIMARY KEY (`experiment_id`,`name`,`digest`),
  KEY `index_datasets_dataset_uuid` (`dataset_uuid`),
  KEY `index_datasets_experiment_id_dataset_source_type` (`experiment_id`,`dataset_source_type`),
  CONSTRAINT `fk_datasets_experiment_id_experiments` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `datasets` (`dataset_uuid`, `experiment_id`, `name`, `digest`, `dataset_source_type`, `dataset_source`, `dataset_schema`, `dataset_profile`) VALUES ('461599f2f1ea4ca3ae801d1e4b855f47', 1, 'leaves', 'abc123', 'local', '{\"uri\": \"leaves.csv\"}', '{\"columns\": []}', '{\"rows\": 3}');
INSERT INTO `datasets` (`dataset_uuid`, `experiment_id`, `name`, `digest`, `dataset_source_type`, `dataset_source`, `dataset_schema`, `dataset_profile`) VALUES ('14ae17e9181a4f9bb06dae50f5bd42d0', 1, 'water', 'def456', 'http', '{\"url\": \"http://x\"}', NULL, NULL);
CREATE TABLE `experiment_tags` (
  `key` varchar(250) NOT NULL,
  `value` varchar(5000) DEFAULT NULL,
  `experiment_id` int(11) NOT NULL,
  PRIMARY KEY (`key`,`experiment_id`),
  KEY `experiment_id` (`experiment_id`),
  CONSTRAINT `experiment_tags_ibfk_1` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `experiment_tags` (`key`, `value`, `experiment_id`) VALUES ('kind', 'green', 1);
INSERT INTO `experiment_tags` (`key`, `value`, `experiment_id`) VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 1);
CREATE TABLE `experiments` (
  `experiment_id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(256) NOT NULL,
  `artifact_location` varchar(256) DEFAULT NULL,
  `lifecycle_stage` varchar(32) DEFAULT NULL,
  `creation_time` bigint(20) DEFAULT NULL,
  `last_update_time` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`experiment_id`),
  UNIQUE KEY `name` (`name`),
  CONSTRAINT `experiments_lifecycle_stage` CHECK (`lifecycle_stage` in ('active','deleted'))
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `experiments` (`experiment_id`, `name`, `artifact_location`, `lifecycle_stage`, `creation_time`, `last_update_time`) VALUES (0, 'Default', '/tmp/w/up/mlruns/0', 'active', 1796060359053, 1796060359053);
INSERT INTO `experiments` (`experiment_id`, `name`, `artifact_location`, `lifecycle_stage`, `creation_time`, `last_update_time`) VALUES (1, 'tea', '/tmp/w/up/somewhere/tea', 'active', 1796060361600, 1796060361600);
INSERT INTO `experiments` (`experiment_id`, `name`, `artifact_location`, `lifecycle_stage`, `creation_time`, `last_update_time`) VALUES (2, 'gone', '/tmp/w/up/mlruns/2', 'deleted', 1796060361628, 1796060362649);
CREATE TABLE `input_tags` (
  `input_uuid` varchar(36) NOT NULL,
  `name` varchar(255) NOT NULL,
  `value` varchar(500) NOT NULL,
  PRIMARY KEY (`input_uuid`,`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `input_tags` (`input_uuid`, `name`, `value`) VALUES ('5170761c3f68408e94633928382a4b66', 'for', 'tea');
INSERT INTO `input_tags` (`input_uuid`, `name`, `value`) VALUES ('ba6e83b7414a45eb8754fc84f51be0ce', 'mlflow.data.context', 'training');
CREATE TABLE `inputs` (
  `input_uuid` varchar(36) NOT NULL,
  `source_type` varchar(36) NOT NULL,
  `source_id` varchar(36) NOT NULL,
  `destination_type` varchar(36) NOT NULL,
  `destination_id` varchar(36) NOT NULL,
  PRIMARY KEY (`source_type`,`source_id`,`destination_type`,`destination_id`),
  KEY `index_inputs_input_uuid` (`input_uuid`),
  KEY `index_inputs_destination_type_destination_id_source_type` (`destination_type`,`destination_id`,`source_type`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `inputs` (`input_uuid`, `source_type`, `source_id`, `destination_type`, `destination_id`) VALUES ('5170761c3f68408e94633928382a4b66', 'DATASET', '14ae17e9181a4f9bb06dae50f5bd42d0', 'RUN', '906ddcd016754908a4f7506a94969d97');
INSERT INTO `inputs` (`input_uuid`, `source_type`, `source_id`, `destination_type`, `destination_id`) VALUES ('ba6e83b7414a45eb8754fc84f51be0ce', 'DATASET', '461599f2f1ea4ca3ae801d1e4b855f47', 'RUN', '906ddcd016754908a4f7506a94969d97');
CREATE TABLE `latest_metrics` (
  `key` varchar(250) NOT NULL,
  `value` double NOT NULL,
  `timestamp` bigint(20) DEFAULT NULL,
  `step` bigint(20) NOT NULL,
  `is_nan` tinyint(1) NOT NULL,
  `run_uuid` varchar(32) NOT NULL,
  PRIMARY KEY (`key`,`run_uuid`),
  KEY `index_latest_metrics_run_uuid` (`run_uuid`),
  CONSTRAINT `latest_metrics_ibfk_1` FOREIGN KEY (`run_uuid`) REFERENCES `runs` (`run_uuid`),
  CONSTRAINT `CONSTRAINT_1` CHECK (`is_nan` in (0,1))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('down', -1.7976931348623157e+308, 1700000000000, 1099511627776, 0, '906ddcd016754908a4f7506a94969d97');
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('great', 1.7976931348623157e+308, 1700000000000, 0, 0, '906ddcd016754908a4f7506a94969d97');
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('loss', 0.0e0, 1700000000002, 2, 1, '906ddcd016754908a4f7506a94969d97');
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('loss', 2.0e0, 1700000000000, 7, 0, 'ec3f876ca62f44d2baa4b2b718f6de3c');
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('tiny', 5e-324, 1700000000000, 0, 0, '906ddcd016754908a4f7506a94969d97');
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('up', 1.7976931348623157e+308, 1700000000000, -3, 0, '906ddcd016754908a4f7506a94969d97');
CREATE TABLE `metrics` (
  `key` varchar(250) NOT NULL,
  `value` double NOT NULL,
  `timestamp` bigint(20) NOT NULL,
  `run_uuid` varchar(32) NOT NULL,
  `step` bigint(20) NOT NULL DEFAULT 0,
  `is_nan` tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (`key`,`timestamp`,`step`,`run_uuid`,`value`,`is_nan`),
  KEY `index_metrics_run_uuid` (`run_uuid`),
  CONSTRAINT `metrics_ibfk_1` FOREIGN KEY (`run_uuid`) REFERENCES `runs` (`run_uuid`),
  CONSTRAINT `CONSTRAINT_1` CHECK (`is_nan` in (0,1)),
  CONSTRAINT `CONSTRAINT_2` CHECK (`is_nan` in (0,1))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('down', -1.7976931348623157e+308, 1700000000000, '906ddcd016754908a4f7506a94969d97', 1099511627776, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('great', 1.7976931348623157e+308, 1700000000000, '906ddcd016754908a4f7506a94969d97', 0, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('loss', 0.5e0, 1700000000000, '906ddcd016754908a4f7506a94969d97', 0, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('loss', 2.0e0, 1700000000000, 'ec3f876ca62f44d2baa4b2b718f6de3c', 7, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('loss', 0.25e0, 1700000000001, '906ddcd016754908a4f7506a94969d97', 1, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('loss', 0.0e0, 1700000000002, '906ddcd016754908a4f7506a94969d97', 2, 1);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('tiny', 5e-324, 1700000000000, '906ddcd016754908a4f7506a94969d97', 0, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('up', 1.7976931348623157e+308, 1700000000000, '906ddcd016754908a4f7506a94969d97', -3, 0);
CREATE TABLE `model_version_tags` (
  `key` varchar(250) NOT NULL,
  `value` varchar(5000) DEFAULT NULL,
  `name` varchar(256) NOT NULL,
  `version` int(11) NOT NULL,
  PRIMARY KEY (`key`,`name`,`version`),
  KEY `name` (`name`,`version`),
  CONSTRAINT `model_version_tags_ibfk_1` FOREIGN KEY (`name`, `version`) REFERENCES `model_versions` (`name`, `version`) ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `model_version_tags` (`key`, `value`, `name`, `version`) VALUES ('checked', 'yes', 'blend', 1);
INSERT INTO `model_version_tags` (`key`, `value`, `name`, `version`) VALUES ('mlflow.prompt.is_prompt', 'true', 'greeting', 1);
INSERT INTO `model_version_tags` (`key`, `value`, `name`, `version`) VALUES ('mlflow.prompt.text', 'Hello {{name}}', 'greeting', 1);
INSERT INTO `model_version_tags` (`key`, `value`, `name`, `version`) VALUES ('number', '0', 'blend', 1);
INSERT INTO `model_version_tags` (`key`, `value`, `name`, `version`) VALUES ('number', '1', 'blend', 2);
CREATE TABLE `model_versions` (
  `name` varchar(256) NOT NULL,
  `version` int(11) NOT NULL,
  `creation_time` bigint(20) DEFAULT NULL,
  `last_updated_time` bigint(20) DEFAULT NULL,
  `description` varchar(5000) DEFAULT NULL,
  `user_id` varchar(256) DEFAULT NULL,
  `current_stage` varchar(20) DEFAULT NULL,
  `source` varchar(500) DEFAULT NULL,
  `run_id` varchar(32) DEFAULT NULL,
  `status` varchar(20) DEFAULT NULL,
  `status_message` varchar(500) DEFAULT NULL,
  `run_link` varchar(500) DEFAULT NULL,
  `storage_location` varchar(500) DEFAULT NULL,
  PRIMARY KEY (`name`,`version`),
  CONSTRAINT `model_versions_ibfk_1` FOREIGN KEY (`name`) REFERENCES `registered_models` (`name`) ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `model_versions` (`name`, `version`, `creation_time`, `last_updated_time`, `description`, `user_id`, `current_stage`, `source`, `run_id`, `status`, `status_message`, `run_link`, `storage_location`) VALUES ('blend', 1, 1796060366012, 1796060366516, 'version 0', NULL, 'Production', 'somewhere/tea/0', '906ddcd016754908a4f7506a94969d97', 'READY', NULL, NULL, 'somewhere/tea/0');
INSERT INTO `model_versions` (`name`, `version`, `creation_time`, `last_updated_time`, `description`, `user_id`, `current_stage`, `source`, `run_id`, `status`, `status_message`, `run_link`, `storage_location`) VALUES ('blend', 2, 1796060366235, 1796060366235, 'version 1', NULL, 'None', 'somewhere/tea/1', '906ddcd016754908a4f7506a94969d97', 'READY', NULL, NULL, 'somewhere/tea/1');
INSERT INTO `model_versions` (`name`, `version`, `creation_time`, `last_updated_time`, `description`, `user_id`, `current_stage`, `source`, `run_id`, `status`, `status_message`, `run_link`, `storage_location`) VALUES ('greeting', 1, 1796060367537, 1796060367537, NULL, NULL, 'None', 'dummy-source', NULL, 'READY', NULL, NULL, 'dummy-source');
CREATE TABLE `params` (
  `key` varchar(250) NOT NULL,
  `value` varchar(8000) NOT NULL,
  `run_uuid` varchar(32) NOT NULL,
  PRIMARY KEY (`key`,`run_uuid`),
  KEY `index_params_run_uuid` (`run_uuid`),
  CONSTRAINT `params_ibfk_1` FOREIGN KEY (`run_uuid`) REFERENCES `runs` (`run_uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `params` (`key`, `value`, `run_uuid`) VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', '906ddcd016754908a4f7506a94969d97');
INSERT INTO `params` (`key`, `value`, `run_uuid`) VALUES ('nothing', '', '906ddcd016754908a4f7506a94969d97');
INSERT INTO `params` (`key`, `value`, `run_uuid`) VALUES ('rate', '0.1', '906ddcd016754908a4f7506a94969d97');
CREATE TABLE `registered_model_aliases` (
  `alias` varchar(256) NOT NULL,
  `version` int(11) NOT NULL,
  `name` varchar(256) NOT NULL,
  PRIMARY KEY (`name`,`alias`),
  CONSTRAINT `registered_model_alias_name_fkey` FOREIGN KEY (`name`) REFERENCES `registered_models` (`name`) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `registered_model_aliases` (`alias`, `version`, `name`) VALUES ('Challenger', 1, 'blend');
INSERT INTO `registered_model_aliases` (`alias`, `version`, `name`) VALUES ('champion', 2, 'blend');
CREATE TABLE `registered_model_tags` (
  `key` varchar(250) NOT NULL,
  `value` varchar(5000) DEFAULT NULL,
  `name` varchar(256) NOT NULL,
  PRIMARY KEY (`key`,`name`),
  KEY `name` (`name`),
  CONSTRAINT `registered_model_tags_ibfk_1` FOREIGN KEY (`name`) REFERENCES `registered_models` (`name`) ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `registered_model_tags` (`key`, `value`, `name`) VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 'blend');
INSERT INTO `registered_model_tags` (`key`, `value`, `name`) VALUES ('mlflow.prompt.is_prompt', 'true', 'greeting');
INSERT INTO `registered_model_tags` (`key`, `value`, `name`) VALUES ('team', 'ada', 'blend');
CREATE TABLE `registered_models` (
  `name` varchar(256) NOT NULL,
  `creation_time` bigint(20) DEFAULT NULL,
  `last_updated_time` bigint(20) DEFAULT NULL,
  `description` varchar(5000) DEFAULT NULL,
  PRIMARY KEY (`name`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `registered_models` (`name`, `creation_time`, `last_updated_time`, `description`) VALUES ('blend', 1796060365802, 1796060366516, 'what is drunk');
INSERT INTO `registered_models` (`name`, `creation_time`, `last_updated_time`, `description`) VALUES ('Blend-2', 1796060366925, 1796060366925, NULL);
INSERT INTO `registered_models` (`name`, `creation_time`, `last_updated_time`, `description`) VALUES ('greeting', 1796060367124, 1796060367537, NULL);
CREATE TABLE `runs` (
  `run_uuid` varchar(32) NOT NULL,
  `name` varchar(250) DEFAULT NULL,
  `source_type` varchar(20) DEFAULT NULL,
  `source_name` varchar(500) DEFAULT NULL,
  `entry_point_name` varchar(50) DEFAULT NULL,
  `user_id` varchar(256) DEFAULT NULL,
  `status` varchar(9) DEFAULT NULL,
  `start_time` bigint(20) DEFAULT NULL,
  `end_time` bigint(20) DEFAULT NULL,
  `source_version` varchar(50) DEFAULT NULL,
  `lifecycle_stage` varchar(20) DEFAULT NULL,
  `artifact_uri` varchar(200) DEFAULT NULL,
  `experiment_id` int(11) DEFAULT NULL,
  `deleted_time` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`run_uuid`),
  KEY `experiment_id` (`experiment_id`),
  CONSTRAINT `runs_ibfk_1` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`),
  CONSTRAINT `source_type` CHECK (`source_type` in ('NOTEBOOK','JOB','LOCAL','UNKNOWN','PROJECT')),
  CONSTRAINT `runs_lifecycle_stage` CHECK (`lifecycle_stage` in ('active','deleted')),
  CONSTRAINT `CONSTRAINT_1` CHECK (`status` in ('SCHEDULED','FAILED','FINISHED','RUNNING','KILLED'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `runs` (`run_uuid`, `name`, `source_type`, `source_name`, `entry_point_name`, `user_id`, `status`, `start_time`, `end_time`, `source_version`, `lifecycle_stage`, `artifact_uri`, `experiment_id`, `deleted_time`) VALUES ('0d0c5bd57ac94da5ac544739372645b3', 'third', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000006, NULL, '', 'deleted', '/tmp/w/up/somewhere/tea/0d0c5bd57ac94da5ac544739372645b3/artifacts', 1, 1796060365701);
INSERT INTO `runs` (`run_uuid`, `name`, `source_type`, `source_name`, `entry_point_name`, `user_id`, `status`, `start_time`, `end_time`, `source_version`, `lifecycle_stage`, `artifact_uri`, `experiment_id`, `deleted_time`) VALUES ('48e323077d6c48ffb64f404a3f96ba0a', 'casual-fly-613', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000000, NULL, '', 'deleted', '/tmp/w/up/mlruns/2/48e323077d6c48ffb64f404a3f96ba0a/artifacts', 2, 1796060362878);
INSERT INTO `runs` (`run_uuid`, `name`, `source_type`, `source_name`, `entry_point_name`, `user_id`, `status`, `start_time`, `end_time`, `source_version`, `lifecycle_stage`, `artifact_uri`, `experiment_id`, `deleted_time`) VALUES ('65b733a94a644f8fabfcc0ddaba4c5ff', 'still running', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000007, NULL, '', 'active', '/tmp/w/up/somewhere/tea/65b733a94a644f8fabfcc0ddaba4c5ff/artifacts', 1, NULL);
INSERT INTO `runs` (`run_uuid`, `name`, `source_type`, `source_name`, `entry_point_name`, `user_id`, `status`, `start_time`, `end_time`, `source_version`, `lifecycle_stage`, `artifact_uri`, `experiment_id`, `deleted_time`) VALUES ('906ddcd016754908a4f7506a94969d97', 'first', 'UNKNOWN', '', '', 'ada', 'FINISHED', 1700000000000, 1700000001000, '', 'active', '/tmp/w/up/somewhere/tea/906ddcd016754908a4f7506a94969d97/artifacts', 1, NULL);
INSERT INTO `runs` (`run_uuid`, `name`, `source_type`, `source_name`, `entry_point_name`, `user_id`, `status`, `start_time`, `end_time`, `source_version`, `lifecycle_stage`, `artifact_uri`, `experiment_id`, `deleted_time`) VALUES ('ec3f876ca62f44d2baa4b2b718f6de3c', 'second', 'UNKNOWN', '', '', 'unknown', 'FAILED', 1700000000005, 1700000002000, '', 'active', '/tmp/w/up/somewhere/tea/ec3f876ca62f44d2baa4b2b718f6de3c/artifacts', 1, NULL);
CREATE TABLE `tags` (
  `key` varchar(250) NOT NULL,
  `value` varchar(8000) DEFAULT NULL,
  `run_uuid` varchar(32) NOT NULL,
  PRIMARY KEY (`key`,`run_uuid`),
  KEY `index_tags_run_uuid` (`run_uuid`),
  CONSTRAINT `tags_ibfk_1` FOREIGN KEY (`run_uuid`) REFERENCES `runs` (`run_uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', '906ddcd016754908a4f7506a94969d97');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.runName', 'third', '0d0c5bd57ac94da5ac544739372645b3');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.runName', 'casual-fly-613', '48e323077d6c48ffb64f404a3f96ba0a');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.runName', 'still running', '65b733a94a644f8fabfcc0ddaba4c5ff');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.runName', 'first', '906ddcd016754908a4f7506a94969d97');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.runName', 'second', 'ec3f876ca62f44d2baa4b2b718f6de3c');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.user', 'ada', '906ddcd016754908a4f7506a94969d97');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('quote', '\'\"`\\', '906ddcd016754908a4f7506a94969d97');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('ü', 'ö', '906ddcd016754908a4f7506a94969d97');
CREATE TABLE `trace_info` (
  `request_id` varchar(50) NOT NULL,
  `experiment_id` int(11) NOT NULL,
  `timestamp_ms` bigint(20) NOT NULL,
  `execution_time_ms` bigint(20) DEFAULT NULL,
  `status` varchar(50) NOT NULL,
  PRIMARY KEY (`request_id`),
  KEY `index_trace_info_experiment_id_timestamp_ms` (`experiment_id`,`timestamp_ms`),
  CONSTRAINT `fk_trace_info_experiment_id` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `trace_info` (`request_id`, `experiment_id`, `timestamp_ms`, `execution_time_ms`, `status`) VALUES ('045f4eba78634f268a77314a371f76de', 1, 1700000000002, 100, 'OK');
INSERT INTO `trace_info` (`request_id`, `experiment_id`, `timestamp_ms`, `execution_time_ms`, `status`) VALUES ('a499d8a46c8840f5963fd50631e9fa96', 1, 1700000000001, 100, 'ERROR');
INSERT INTO `trace_info` (`request_id`, `experiment_id`, `timestamp_ms`, `execution_time_ms`, `status`) VALUES ('a85fea1236c84120af0708ee02958881', 1, 1700000000000, 100, 'OK');
CREATE TABLE `trace_request_metadata` (
  `key` varchar(250) NOT NULL,
  `value` varchar(8000) DEFAULT NULL,
  `request_id` varchar(50) NOT NULL,
  PRIMARY KEY (`key`,`request_id`),
  KEY `index_trace_request_metadata_request_id` (`request_id`),
  CONSTRAINT `fk_trace_request_metadata_request_id` FOREIGN KEY (`request_id`) REFERENCES `trace_info` (`request_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.gateway.endpointId', 'e', 'a499d8a46c8840f5963fd50631e9fa96');
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.cost', '{\"input_cost\": 0.25, \"output_cost\": 0.5, \"total_cost\": 0.75}', 'a85fea1236c84120af0708ee02958881');
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.session', 'session-1', 'a85fea1236c84120af0708ee02958881');
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.tokenUsage', '{\"input_tokens\": 1.5, \"output_tokens\": \"7\"}', 'a499d8a46c8840f5963fd50631e9fa96');
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.tokenUsage', '{\"input_tokens\": 10, \"output_tokens\": 5, \"total_tokens\": 15, \"cache_read_input_tokens\": 2}', 'a85fea1236c84120af0708ee02958881');
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.user', 'ada', 'a85fea1236c84120af0708ee02958881');
CREATE TABLE `trace_tags` (
  `key` varchar(250) NOT NULL,
  `value` varchar(8000) DEFAULT NULL,
  `request_id` varchar(50) NOT NULL,
  PRIMARY KEY (`key`,`request_id`),
  KEY `index_trace_tags_request_id` (`request_id`),
  CONSTRAINT `fk_trace_tags_request_id` FOREIGN KEY (`request_id`) REFERENCES `trace_info` (`request_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('flavour', 'green', 'a85fea1236c84120af0708ee02958881');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/045f4eba78634f268a77314a371f76de/artifacts', '045f4eba78634f268a77314a371f76de');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/a499d8a46c8840f5963fd50631e9fa96/artifacts', 'a499d8a46c8840f5963fd50631e9fa96');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/a85fea1236c84120af0708ee02958881/artifacts', 'a85fea1236c84120af0708ee02958881');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.traceName', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 'a499d8a46c8840f5963fd50631e9fa96');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.traceName', 'brew', 'a85fea1236c84120af0708ee02958881');
