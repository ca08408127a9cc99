CREATE TABLE `alembic_version` (
  `version_num` varchar(32) NOT NULL,
  PRIMARY KEY (`version_num`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `alembic_version` (`version_num`) VALUES ('c3d6457b6d8a');
CREATE TABLE `assessments` (
  `assessment_id` varchar(50) NOT NULL,
  `trace_id` varchar(50) NOT NULL,
  `name` varchar(250) NOT NULL,
  `assessment_type` varchar(20) NOT NULL,
  `value` text NOT NULL,
  `error` text DEFAULT NULL,
  `created_timestamp` bigint(20) NOT NULL,
  `last_updated_timestamp` bigint(20) NOT NULL,
  `source_type` varchar(50) NOT NULL,
  `source_id` varchar(250) DEFAULT NULL,
  `run_id` varchar(32) DEFAULT NULL,
  `span_id` varchar(50) DEFAULT NULL,
  `rationale` text DEFAULT NULL,
  `overrides` varchar(50) DEFAULT NULL,
  `valid` tinyint(1) NOT NULL,
  `assessment_metadata` text DEFAULT NULL,
  PRIMARY KEY (`assessment_id`),
  KEY `index_assessments_trace_id_created_timestamp` (`trace_id`,`created_timestamp`),
  KEY `index_assessments_run_id_created_timestamp` (`run_id`,`created_timestamp`),
  KEY `index_assessments_last_updated_timestamp` (`last_updated_timestamp`),
  KEY `index_assessments_assessment_type` (`assessment_type`),
  CONSTRAINT `fk_assessments_trace_id` FOREIGN KEY (`trace_id`) REFERENCES `trace_info` (`request_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `assessments` (`assessment_id`, `trace_id`, `name`, `assessment_type`, `value`, `error`, `created_timestamp`, `last_updated_timestamp`, `source_type`, `source_id`, `run_id`, `span_id`, `rationale`, `overrides`, `valid`, `assessment_metadata`) VALUES ('a-007420b3afdf4438949862e5e3539176', 'tr-00000000000000000000000000000000', 'taste 4', 'feedback', '3', NULL, 1796060403367, 1796060403367, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, 1, NULL);
INSERT INTO `assessments` (`assessment_id`, `trace_id`, `name`, `assessment_type`, `value`, `error`, `created_timestamp`, `last_updated_timestamp`, `source_type`, `source_id`, `run_id`, `span_id`, `rationale`, `overrides`, `valid`, `assessment_metadata`) VALUES ('a-178baa76c7bf4ddb917334c69d6db2e8', 'tr-00000000000000000000000000000000', 'taste 1', 'feedback', '\"yes\"', NULL, 1796060403036, 1796060403036, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, 1, NULL);
INSERT INTO `assessments` (`assessment_id`, `trace_id`, `name`, `assessment_type`, `value`, `error`, `created_timestamp`, `last_updated_timestamp`, `source_type`, `source_id`, `run_id`, `span_id`, `rationale`, `overrides`, `valid`, `assessment_metadata`) VALUES ('a-1d38283afa2944a391d8c1c41e3ddfbf', 'tr-00000000000000000000000000000000', 'taste 0', 'feedback', 'true', NULL, 1796060402967, 1796060402967, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, 1, NULL);
INSERT INTO `assessments` (`assessment_id`, `trace_id`, `name`, `assessment_type`, `value`, `error`, `created_timestamp`, `last_updated_timestamp`, `source_type`, `source_id`, `run_id`, `span_id`, `rationale`, `overrides`, `valid`, `assessment_metadata`) VALUES ('a-31dd1b4885e64323890a441680a2573a', 'tr-00000000000000000000000000000000', 'taste 3', 'feedback', '0.75', NULL, 1796060403231, 1796060403231, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, 1, NULL);
INSERT INTO `assessments` (`assessment_id`, `trace_id`, `name`, `assessment_type`, `value`, `error`, `created_timestamp`, `last_updated_timestamp`, `source_type`, `source_id`, `run_id`, `span_id`, `rationale`, `overrides`, `valid`, `assessment_metadata`) VALUES ('a-69114dc9331b48c4ab6f29f83f893b5a', 'tr-00000000000000000000000000000000', 'taste 2', 'feedback', '\"no\"', NULL, 1796060403171, 1796060403171, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, 1, NULL);
INSERT INTO `assessments` (`assessment_id`, `trace_id`, `name`, `assessment_type`, `value`, `error`, `created_timestamp`, `last_updated_timestamp`, `source_type`, `source_id`, `run_id`, `span_id`, `rationale`, `overrides`, `valid`, `assessment_metadata`) VALUES ('a-70cfa4e2e5b2482fa700d33a60b8f2eb', 'tr-00000000000000000000000000000000', 'taste 5', 'feedback', '\"good\"', NULL, 1796060403405, 1796060403405, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, 1, NULL);
INSERT INTO `assessments` (`assessment_id`, `trace_id`, `name`, `assessment_type`, `value`, `error`, `created_timestamp`, `last_updated_timestamp`, `source_type`, `source_id`, `run_id`, `span_id`, `rationale`, `overrides`, `valid`, `assessment_metadata`) VALUES ('a-e1ab0606b406478fa51ac260c6611ad3', 'tr-00000000000000000000000000000000', 'taste 6', 'feedback', '{\"a\": 1}', NULL, 1796060403603, 1796060403603, 'HUMAN', 'ada', NULL, NULL, 'why', NULL, 1, NULL);
INSERT INTO `assessments` (`assessment_id`, `trace_id`, `name`, `assessment_type`, `value`, `error`, `created_timestamp`, `last_updated_timestamp`, `source_type`, `source_id`, `run_id`, `span_id`, `rationale`, `overrides`, `valid`, `assessment_metadata`) VALUES ('a-f1d92e0a2e184015a9d691417a08c9da', 'tr-00000000000000000000000000000001', 'colour', 'expectation', '\"green\"', NULL, 1796060403640, 1796060403640, 'HUMAN', 'ada', NULL, NULL, NULL, NULL, 1, NULL);
CREATE TABLE `budget_policies` (
  `budget_policy_id` varchar(36) NOT NULL,
  `budget_unit` varchar(32) NOT NULL,
  `budget_amount` float NOT NULL,
  `duration_unit` varchar(32) NOT NULL,
  `duration_value` int(11) NOT NULL,
  `target_scope` varchar(32) NOT NULL,
  `budget_action` varchar(32) NOT NULL,
  `created_by` varchar(255) DEFAULT NULL,
  `created_at` bigint(20) NOT NULL,
  `last_updated_by` varchar(255) DEFAULT NULL,
  `last_updated_at` bigint(20) NOT NULL,
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`budget_policy_id`),
  KEY `idx_budget_policies_workspace` (`workspace`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `budget_policies` (`budget_policy_id`, `budget_unit`, `budget_amount`, `duration_unit`, `duration_value`, `target_scope`, `budget_action`, `created_by`, `created_at`, `last_updated_by`, `last_updated_at`, `workspace`) VALUES ('budget_policy_id ü', 'budget_unit ü', 0.5e0, 'duration_unit ü', 7, 'target_scope ü', 'budget_action ü', 'created_by ü', 7, 'last_updated_by ü', 7, 'default');
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
  KEY `index_datasets_experiment_id_dataset_source_type` (`experiment_id`,`dataset_source_type`),
  KEY `index_datasets_dataset_uuid` (`dataset_uuid`),
  CONSTRAINT `fk_datasets_experiment_id_experiments` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `datasets` (`dataset_uuid`, `experiment_id`, `name`, `digest`, `dataset_source_type`, `dataset_source`, `dataset_schema`, `dataset_profile`) VALUES ('d45942a3395a41f3b847a5ee216ea7a8', 1, 'leaves', 'abc123', 'local', '{\"uri\": \"leaves.csv\"}', '{\"columns\": []}', '{\"rows\": 3}');
INSERT INTO `datasets` (`dataset_uuid`, `experiment_id`, `name`, `digest`, `dataset_source_type`, `dataset_source`, `dataset_schema`, `dataset_profile`) VALUES ('8ab5341457574e22849bf18be9f773bd', 1, 'water', 'def456', 'http', '{\"url\": \"http://x\"}', NULL, NULL);
CREATE TABLE `endpoint_bindings` (
  `endpoint_id` varchar(36) NOT NULL,
  `resource_type` varchar(50) NOT NULL,
  `resource_id` varchar(255) NOT NULL,
  `created_at` bigint(20) NOT NULL,
  `created_by` varchar(255) DEFAULT NULL,
  `last_updated_at` bigint(20) NOT NULL,
  `last_updated_by` varchar(255) DEFAULT NULL,
  `display_name` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`endpoint_id`,`resource_type`,`resource_id`),
  CONSTRAINT `fk_endpoint_bindings_endpoint_id` FOREIGN KEY (`endpoint_id`) REFERENCES `endpoints` (`endpoint_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `endpoint_bindings` (`endpoint_id`, `resource_type`, `resource_id`, `created_at`, `created_by`, `last_updated_at`, `last_updated_by`, `display_name`) VALUES ('endpoint_id ü', 'resource_type ü', 'resource_id ü', 7, 'created_by ü', 7, 'last_updated_by ü', 'display_name ü');
CREATE TABLE `endpoint_model_mappings` (
  `mapping_id` varchar(36) NOT NULL,
  `endpoint_id` varchar(36) NOT NULL,
  `model_definition_id` varchar(36) NOT NULL,
  `weight` float NOT NULL,
  `created_by` varchar(255) DEFAULT NULL,
  `created_at` bigint(20) NOT NULL,
  `linkage_type` varchar(64) NOT NULL DEFAULT 'PRIMARY',
  `fallback_order` int(11) DEFAULT NULL,
  PRIMARY KEY (`mapping_id`),
  UNIQUE KEY `unique_endpoint_model_linkage_mapping` (`endpoint_id`,`model_definition_id`,`linkage_type`),
  KEY `index_endpoint_model_mappings_endpoint_id` (`endpoint_id`),
  KEY `index_endpoint_model_mappings_model_definition_id` (`model_definition_id`),
  CONSTRAINT `fk_endpoint_model_mappings_endpoint_id` FOREIGN KEY (`endpoint_id`) REFERENCES `endpoints` (`endpoint_id`) ON DELETE CASCADE,
  CONSTRAINT `fk_endpoint_model_mappings_model_definition_id` FOREIGN KEY (`model_definition_id`) REFERENCES `model_definitions` (`model_definition_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `endpoint_model_mappings` (`mapping_id`, `endpoint_id`, `model_definition_id`, `weight`, `created_by`, `created_at`, `linkage_type`, `fallback_order`) VALUES ('mapping_id ü', 'endpoint_id ü', 'model_definition_id ü', 0.5e0, 'created_by ü', 7, 'linkage_type ü', 7);
CREATE TABLE `endpoint_tags` (
  `key` varchar(250) NOT NULL,
  `value` varchar(5000) DEFAULT NULL,
  `endpoint_id` varchar(36) NOT NULL,
  PRIMARY KEY (`key`,`endpoint_id`),
  KEY `index_endpoint_tags_endpoint_id` (`endpoint_id`),
  CONSTRAINT `fk_endpoint_tags_endpoint_id` FOREIGN KEY (`endpoint_id`) REFERENCES `endpoints` (`endpoint_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `endpoint_tags` (`key`, `value`, `endpoint_id`) VALUES ('key ü', 'value ü', 'endpoint_id ü');
CREATE TABLE `endpoints` (
  `endpoint_id` varchar(36) NOT NULL,
  `name` varchar(255) DEFAULT NULL,
  `created_by` varchar(255) DEFAULT NULL,
  `created_at` bigint(20) NOT NULL,
  `last_updated_by` varchar(255) DEFAULT NULL,
  `last_updated_at` bigint(20) NOT NULL,
  `routing_strategy` varchar(64) DEFAULT NULL,
  `fallback_config_json` text DEFAULT NULL,
  `experiment_id` int(11) DEFAULT NULL,
  `usage_tracking` tinyint(1) NOT NULL DEFAULT 0,
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`endpoint_id`),
  UNIQUE KEY `uq_endpoints_workspace_name` (`workspace`,`name`),
  KEY `idx_endpoints_workspace` (`workspace`),
  CONSTRAINT `fk_endpoints_experiment_id` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `endpoints` (`endpoint_id`, `name`, `created_by`, `created_at`, `last_updated_by`, `last_updated_at`, `routing_strategy`, `fallback_config_json`, `experiment_id`, `usage_tracking`, `workspace`) VALUES ('endpoint_id ü', 'name ü', 'created_by ü', 7, 'last_updated_by ü', 7, 'routing_strategy ü', 'fallback_config_json ü', 0, 7, 'default');
CREATE TABLE `entity_associations` (
  `association_id` varchar(36) NOT NULL,
  `source_type` varchar(36) NOT NULL,
  `source_id` varchar(36) NOT NULL,
  `destination_type` varchar(36) NOT NULL,
  `destination_id` varchar(36) NOT NULL,
  `created_time` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`source_type`,`source_id`,`destination_type`,`destination_id`),
  KEY `index_entity_associations_association_id` (`association_id`),
  KEY `index_entity_associations_reverse_lookup` (`destination_type`,`destination_id`,`source_type`,`source_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `entity_associations` (`association_id`, `source_type`, `source_id`, `destination_type`, `destination_id`, `created_time`) VALUES ('a-926aa0af85b441729c77bb18bda86172', 'evaluation_dataset', 'd-04378119d8c24e3982dab950fb52260f', 'experiment', '1', 1796060403883);
INSERT INTO `entity_associations` (`association_id`, `source_type`, `source_id`, `destination_type`, `destination_id`, `created_time`) VALUES ('fcebac96b8a642209de0b143d80ce520', 'trace', 'tr-00000000000000000000000000000000', 'run', '6e1c37add90c46b5896e90bcb558c0d4', 1796060403841);
INSERT INTO `entity_associations` (`association_id`, `source_type`, `source_id`, `destination_type`, `destination_id`, `created_time`) VALUES ('ae47a85634cc4231a6486a5aaa995223', 'trace', 'tr-00000000000000000000000000000001', 'run', '6e1c37add90c46b5896e90bcb558c0d4', 1796060403841);
CREATE TABLE `evaluation_dataset_records` (
  `dataset_record_id` varchar(36) NOT NULL,
  `dataset_id` varchar(36) NOT NULL,
  `inputs` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL CHECK (json_valid(`inputs`)),
  `expectations` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`expectations`)),
  `tags` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`tags`)),
  `source` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`source`)),
  `source_id` varchar(36) DEFAULT NULL,
  `source_type` varchar(255) DEFAULT NULL,
  `created_time` bigint(20) DEFAULT NULL,
  `last_update_time` bigint(20) DEFAULT NULL,
  `created_by` varchar(255) DEFAULT NULL,
  `last_updated_by` varchar(255) DEFAULT NULL,
  `input_hash` varchar(64) NOT NULL,
  `outputs` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`outputs`)),
  PRIMARY KEY (`dataset_record_id`),
  UNIQUE KEY `unique_dataset_input` (`dataset_id`,`input_hash`),
  KEY `index_evaluation_dataset_records_dataset_id` (`dataset_id`),
  CONSTRAINT `fk_evaluation_dataset_records_dataset_id` FOREIGN KEY (`dataset_id`) REFERENCES `evaluation_datasets` (`dataset_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `evaluation_dataset_records` (`dataset_record_id`, `dataset_id`, `inputs`, `expectations`, `tags`, `source`, `source_id`, `source_type`, `created_time`, `last_update_time`, `created_by`, `last_updated_by`, `input_hash`, `outputs`) VALUES ('dr-0e858af612df44cbadb0b9967477479b', 'd-04378119d8c24e3982dab950fb52260f', '{\"water\": \"hot\"}', '{\"colour\": \"green\"}', '{\"n\": \"1\"}', 'null', NULL, NULL, 1796060404298, 1796060404298, NULL, NULL, 'aee18f7cc363f71aecdb22fbba37f82546138b90c419ab3e59b07cd1b4a25714', '{\"mlflow_wrapped\": {}}');
INSERT INTO `evaluation_dataset_records` (`dataset_record_id`, `dataset_id`, `inputs`, `expectations`, `tags`, `source`, `source_id`, `source_type`, `created_time`, `last_update_time`, `created_by`, `last_updated_by`, `input_hash`, `outputs`) VALUES ('dr-c1e8d2629d7245518156ec2e6affb4f6', 'd-04378119d8c24e3982dab950fb52260f', '{\"water\": \"cold\"}', 'null', '{}', 'null', NULL, NULL, 1796060404298, 1796060404298, NULL, NULL, 'c61ccf81309ed9b71f4f2709a7bac52b1386c7e65087fc342e6a78914441e910', '{\"mlflow_wrapped\": {}}');
CREATE TABLE `evaluation_dataset_tags` (
  `dataset_id` varchar(36) NOT NULL,
  `key` varchar(255) NOT NULL,
  `value` varchar(5000) DEFAULT NULL,
  PRIMARY KEY (`dataset_id`,`key`),
  KEY `index_evaluation_dataset_tags_dataset_id` (`dataset_id`),
  CONSTRAINT `fk_evaluation_dataset_tags_dataset_id` FOREIGN KEY (`dataset_id`) REFERENCES `evaluation_datasets` (`dataset_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `evaluation_dataset_tags` (`dataset_id`, `key`, `value`) VALUES ('d-04378119d8c24e3982dab950fb52260f', 'by', 'ada');
CREATE TABLE `evaluation_datasets` (
  `dataset_id` varchar(36) NOT NULL,
  `name` varchar(255) NOT NULL,
  `schema` text DEFAULT NULL,
  `profile` text DEFAULT NULL,
  `digest` varchar(64) DEFAULT NULL,
  `created_time` bigint(20) DEFAULT NULL,
  `last_update_time` bigint(20) DEFAULT NULL,
  `created_by` varchar(255) DEFAULT NULL,
  `last_updated_by` varchar(255) DEFAULT NULL,
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`dataset_id`),
  KEY `index_evaluation_datasets_name` (`name`),
  KEY `index_evaluation_datasets_created_time` (`created_time`),
  KEY `idx_evaluation_datasets_workspace` (`workspace`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `evaluation_datasets` (`dataset_id`, `name`, `schema`, `profile`, `digest`, `created_time`, `last_update_time`, `created_by`, `last_updated_by`, `workspace`) VALUES ('d-04378119d8c24e3982dab950fb52260f', 'tasting', '{\"inputs\": {\"water\": \"string\"}, \"outputs\": {}, \"expectations\": {\"colour\": \"string\"}, \"version\": \"1.0\"}', '{\"num_records\": 2}', '34feef35', 1796060403883, 1796060404298, NULL, NULL, 'default');
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
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`experiment_id`),
  UNIQUE KEY `uq_experiments_workspace_name` (`workspace`,`name`),
  KEY `idx_experiments_workspace` (`workspace`),
  KEY `idx_experiments_workspace_creation_time` (`workspace`,`creation_time`),
  CONSTRAINT `experiments_lifecycle_stage` CHECK (`lifecycle_stage` in ('active','deleted'))
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `experiments` (`experiment_id`, `name`, `artifact_location`, `lifecycle_stage`, `creation_time`, `last_update_time`, `workspace`) VALUES (0, 'Default', '/tmp/w/up/mlruns/0', 'active', 1796060394439, 1796060394439, 'default');
INSERT INTO `experiments` (`experiment_id`, `name`, `artifact_location`, `lifecycle_stage`, `creation_time`, `last_update_time`, `workspace`) VALUES (1, 'tea', '/tmp/w/up/somewhere/tea', 'active', 1796060395663, 1796060395663, 'default');
INSERT INTO `experiments` (`experiment_id`, `name`, `artifact_location`, `lifecycle_stage`, `creation_time`, `last_update_time`, `workspace`) VALUES (2, 'gone', '/tmp/w/up/mlruns/2', 'deleted', 1796060395746, 1796060396139, 'default');
CREATE TABLE `input_tags` (
  `input_uuid` varchar(36) NOT NULL,
  `name` varchar(255) NOT NULL,
  `value` varchar(500) NOT NULL,
  PRIMARY KEY (`input_uuid`,`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `input_tags` (`input_uuid`, `name`, `value`) VALUES ('5b6c0f34ed4d42f3892d3d75365a335d', 'mlflow.data.context', 'training');
INSERT INTO `input_tags` (`input_uuid`, `name`, `value`) VALUES ('af11f29b4d8347058e9bb6e5182814fe', 'for', 'tea');
CREATE TABLE `inputs` (
  `input_uuid` varchar(36) NOT NULL,
  `source_type` varchar(36) NOT NULL,
  `source_id` varchar(36) NOT NULL,
  `destination_type` varchar(36) NOT NULL,
  `destination_id` varchar(36) NOT NULL,
  `step` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`source_type`,`source_id`,`destination_type`,`destination_id`),
  KEY `index_inputs_input_uuid` (`input_uuid`),
  KEY `index_inputs_destination_type_destination_id_source_type` (`destination_type`,`destination_id`,`source_type`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `inputs` (`input_uuid`, `source_type`, `source_id`, `destination_type`, `destination_id`, `step`) VALUES ('af11f29b4d8347058e9bb6e5182814fe', 'DATASET', '8ab5341457574e22849bf18be9f773bd', 'RUN', '6e1c37add90c46b5896e90bcb558c0d4', 0);
INSERT INTO `inputs` (`input_uuid`, `source_type`, `source_id`, `destination_type`, `destination_id`, `step`) VALUES ('5b6c0f34ed4d42f3892d3d75365a335d', 'DATASET', 'd45942a3395a41f3b847a5ee216ea7a8', 'RUN', '6e1c37add90c46b5896e90bcb558c0d4', 0);
INSERT INTO `inputs` (`input_uuid`, `source_type`, `source_id`, `destination_type`, `destination_id`, `step`) VALUES ('41d6fe310bd8437ba3fad0da3bc7e7d5', 'RUN_OUTPUT', '6e1c37add90c46b5896e90bcb558c0d4', 'MODEL_OUTPUT', 'm-dccefcb6d48347deb02ed8caaa5cc3b6', 4);
CREATE TABLE `issues` (
  `issue_id` varchar(36) NOT NULL,
  `experiment_id` int(11) NOT NULL,
  `name` varchar(250) NOT NULL,
  `description` text NOT NULL,
  `status` varchar(50) NOT NULL,
  `severity` varchar(50) DEFAULT NULL,
  `root_causes` text DEFAULT NULL,
  `source_run_id` varchar(32) DEFAULT NULL,
  `categories` text DEFAULT NULL,
  `created_timestamp` bigint(20) NOT NULL,
  `last_updated_timestamp` bigint(20) NOT NULL,
  `created_by` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`issue_id`),
  KEY `index_issues_experiment_id` (`experiment_id`),
  KEY `index_issues_source_run_id` (`source_run_id`),
  KEY `index_issues_status` (`status`),
  CONSTRAINT `fk_issues_experiment_id` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`) ON DELETE CASCADE,
  CONSTRAINT `fk_issues_source_run_id` FOREIGN KEY (`source_run_id`) REFERENCES `runs` (`run_uuid`) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `issues` (`issue_id`, `experiment_id`, `name`, `description`, `status`, `severity`, `root_causes`, `source_run_id`, `categories`, `created_timestamp`, `last_updated_timestamp`, `created_by`) VALUES ('issue_id ü', 0, 'name ü', 'description ü', 'status ü', 'severity ü', 'root_causes ü', '1b46030f6f654ae79a8c07d772e9e7be', 'categories ü', 7, 7, 'created_by ü');
CREATE TABLE `jobs` (
  `id` varchar(36) NOT NULL,
  `creation_time` bigint(20) NOT NULL,
  `job_name` varchar(500) DEFAULT NULL,
  `params` text NOT NULL,
  `timeout` double DEFAULT NULL,
  `status` int(11) NOT NULL,
  `result` text DEFAULT NULL,
  `retry_count` int(11) NOT NULL,
  `last_update_time` bigint(20) NOT NULL,
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  `status_details` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`status_details`)),
  PRIMARY KEY (`id`),
  KEY `index_jobs_name_status_creation_time` (`job_name`,`workspace`,`status`,`creation_time`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `jobs` (`id`, `creation_time`, `job_name`, `params`, `timeout`, `status`, `result`, `retry_count`, `last_update_time`, `workspace`, `status_details`) VALUES ('id ü', 7, 'job_name ü', 'params ü', 0.5e0, 7, 'result ü', 7, 7, 'default', '{\"made\": \"up\"}');
INSERT INTO `jobs` (`id`, `creation_time`, `job_name`, `params`, `timeout`, `status`, `result`, `retry_count`, `last_update_time`, `workspace`, `status_details`) VALUES ('job 0', 7, 'job_name ü', 'params ü', 0.5e0, 0, 'result ü', 7, 7, 'default', '{\"made\": \"up\"}');
INSERT INTO `jobs` (`id`, `creation_time`, `job_name`, `params`, `timeout`, `status`, `result`, `retry_count`, `last_update_time`, `workspace`, `status_details`) VALUES ('job 1', 7, 'job_name ü', 'params ü', 0.5e0, 1, 'result ü', 7, 7, 'default', '{\"made\": \"up\"}');
INSERT INTO `jobs` (`id`, `creation_time`, `job_name`, `params`, `timeout`, `status`, `result`, `retry_count`, `last_update_time`, `workspace`, `status_details`) VALUES ('job 2', 7, 'job_name ü', 'params ü', 0.5e0, 2, 'result ü', 7, 7, 'default', '{\"made\": \"up\"}');
INSERT INTO `jobs` (`id`, `creation_time`, `job_name`, `params`, `timeout`, `status`, `result`, `retry_count`, `last_update_time`, `workspace`, `status_details`) VALUES ('job 3', 7, 'job_name ü', 'params ü', 0.5e0, 3, 'result ü', 7, 7, 'default', '{\"made\": \"up\"}');
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
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('down', -1.7976931348623157e+308, 1700000000000, 1099511627776, 0, '6e1c37add90c46b5896e90bcb558c0d4');
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('great', 1.7976931348623157e+308, 1700000000000, 0, 0, '6e1c37add90c46b5896e90bcb558c0d4');
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('loss', 0.0e0, 1700000000002, 2, 1, '6e1c37add90c46b5896e90bcb558c0d4');
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('loss', 2.0e0, 1700000000000, 7, 0, 'c3314855c7094df2b0ca3be3573a400a');
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('score', 0.9e0, 1700000000000, 4, 0, '6e1c37add90c46b5896e90bcb558c0d4');
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('tiny', 5e-324, 1700000000000, 0, 0, '6e1c37add90c46b5896e90bcb558c0d4');
INSERT INTO `latest_metrics` (`key`, `value`, `timestamp`, `step`, `is_nan`, `run_uuid`) VALUES ('up', 1.7976931348623157e+308, 1700000000000, -3, 0, '6e1c37add90c46b5896e90bcb558c0d4');
CREATE TABLE `logged_model_metrics` (
  `model_id` varchar(36) NOT NULL,
  `metric_name` varchar(500) NOT NULL,
  `metric_timestamp_ms` bigint(20) NOT NULL,
  `metric_step` bigint(20) NOT NULL,
  `metric_value` double DEFAULT NULL,
  `experiment_id` int(11) NOT NULL,
  `run_id` varchar(32) NOT NULL,
  `dataset_uuid` varchar(36) DEFAULT NULL,
  `dataset_name` varchar(500) DEFAULT NULL,
  `dataset_digest` varchar(36) DEFAULT NULL,
  PRIMARY KEY (`model_id`,`metric_name`,`metric_timestamp_ms`,`metric_step`,`run_id`),
  KEY `index_logged_model_metrics_model_id` (`model_id`),
  CONSTRAINT `fk_logged_model_metrics_experiment_id` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`),
  CONSTRAINT `fk_logged_model_metrics_model_id` FOREIGN KEY (`model_id`) REFERENCES `logged_models` (`model_id`) ON DELETE CASCADE,
  CONSTRAINT `fk_logged_model_metrics_run_id` FOREIGN KEY (`run_id`) REFERENCES `runs` (`run_uuid`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `logged_model_metrics` (`model_id`, `metric_name`, `metric_timestamp_ms`, `metric_step`, `metric_value`, `experiment_id`, `run_id`, `dataset_uuid`, `dataset_name`, `dataset_digest`) VALUES ('m-dccefcb6d48347deb02ed8caaa5cc3b6', 'score', 1700000000000, 4, 0.9e0, 1, '6e1c37add90c46b5896e90bcb558c0d4', NULL, 'leaves', 'abc123');
CREATE TABLE `logged_model_params` (
  `model_id` varchar(36) NOT NULL,
  `experiment_id` int(11) NOT NULL,
  `param_key` varchar(255) NOT NULL,
  `param_value` text NOT NULL,
  PRIMARY KEY (`model_id`,`param_key`),
  CONSTRAINT `fk_logged_model_params_experiment_id` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`),
  CONSTRAINT `fk_logged_model_params_model_id` FOREIGN KEY (`model_id`) REFERENCES `logged_models` (`model_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `logged_model_params` (`model_id`, `experiment_id`, `param_key`, `param_value`) VALUES ('m-dccefcb6d48347deb02ed8caaa5cc3b6', 1, 'depth', '3');
INSERT INTO `logged_model_params` (`model_id`, `experiment_id`, `param_key`, `param_value`) VALUES ('m-dccefcb6d48347deb02ed8caaa5cc3b6', 1, 'long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ');
CREATE TABLE `logged_model_tags` (
  `model_id` varchar(36) NOT NULL,
  `experiment_id` int(11) NOT NULL,
  `tag_key` varchar(255) NOT NULL,
  `tag_value` text NOT NULL,
  PRIMARY KEY (`model_id`,`tag_key`),
  CONSTRAINT `fk_logged_model_tags_experiment_id` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`),
  CONSTRAINT `fk_logged_model_tags_model_id` FOREIGN KEY (`model_id`) REFERENCES `logged_models` (`model_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `logged_model_tags` (`model_id`, `experiment_id`, `tag_key`, `tag_value`) VALUES ('m-dccefcb6d48347deb02ed8caaa5cc3b6', 1, 'a', 'b');
CREATE TABLE `logged_models` (
  `model_id` varchar(36) NOT NULL,
  `experiment_id` int(11) NOT NULL,
  `name` varchar(500) NOT NULL,
  `artifact_location` varchar(1000) NOT NULL,
  `creation_timestamp_ms` bigint(20) NOT NULL,
  `last_updated_timestamp_ms` bigint(20) NOT NULL,
  `status` int(11) NOT NULL,
  `lifecycle_stage` varchar(32) DEFAULT NULL,
  `model_type` varchar(500) DEFAULT NULL,
  `source_run_id` varchar(32) DEFAULT NULL,
  `status_message` varchar(1000) DEFAULT NULL,
  PRIMARY KEY (`model_id`),
  CONSTRAINT `fk_logged_models_experiment_id` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`) ON DELETE CASCADE,
  CONSTRAINT `logged_models_lifecycle_stage_check` CHECK (`lifecycle_stage` in ('active','deleted'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `logged_models` (`model_id`, `experiment_id`, `name`, `artifact_location`, `creation_timestamp_ms`, `last_updated_timestamp_ms`, `status`, `lifecycle_stage`, `model_type`, `source_run_id`, `status_message`) VALUES ('m-dccefcb6d48347deb02ed8caaa5cc3b6', 1, 'leaf', '/tmp/w/up/somewhere/tea/models/m-dccefcb6d48347deb02ed8caaa5cc3b6/artifacts', 1796060400439, 1796060400960, 2, 'active', 'tree', '6e1c37add90c46b5896e90bcb558c0d4', NULL);
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
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('down', -1.7976931348623157e+308, 1700000000000, '6e1c37add90c46b5896e90bcb558c0d4', 1099511627776, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('great', 1.7976931348623157e+308, 1700000000000, '6e1c37add90c46b5896e90bcb558c0d4', 0, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('loss', 0.5e0, 1700000000000, '6e1c37add90c46b5896e90bcb558c0d4', 0, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('loss', 2.0e0, 1700000000000, 'c3314855c7094df2b0ca3be3573a400a', 7, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('loss', 0.25e0, 1700000000001, '6e1c37add90c46b5896e90bcb558c0d4', 1, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('loss', 0.0e0, 1700000000002, '6e1c37add90c46b5896e90bcb558c0d4', 2, 1);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('score', 0.9e0, 1700000000000, '6e1c37add90c46b5896e90bcb558c0d4', 4, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('tiny', 5e-324, 1700000000000, '6e1c37add90c46b5896e90bcb558c0d4', 0, 0);
INSERT INTO `metrics` (`key`, `value`, `timestamp`, `run_uuid`, `step`, `is_nan`) VALUES ('up', 1.7976931348623157e+308, 1700000000000, '6e1c37add90c46b5896e90bcb558c0d4', -3, 0);
CREATE TABLE `model_definitions` (
  `model_definition_id` varchar(36) NOT NULL,
  `name` varchar(255) NOT NULL,
  `secret_id` varchar(36) DEFAULT NULL,
  `provider` varchar(64) NOT NULL,
  `model_name` varchar(256) NOT NULL,
  `created_by` varchar(255) DEFAULT NULL,
  `created_at` bigint(20) NOT NULL,
  `last_updated_by` varchar(255) DEFAULT NULL,
  `last_updated_at` bigint(20) NOT NULL,
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`model_definition_id`),
  UNIQUE KEY `uq_model_definitions_workspace_name` (`workspace`,`name`),
  KEY `index_model_definitions_secret_id` (`secret_id`),
  KEY `index_model_definitions_provider` (`provider`),
  KEY `idx_model_definitions_workspace` (`workspace`),
  CONSTRAINT `fk_model_definitions_secret_id` FOREIGN KEY (`secret_id`) REFERENCES `secrets` (`secret_id`) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `model_definitions` (`model_definition_id`, `name`, `secret_id`, `provider`, `model_name`, `created_by`, `created_at`, `last_updated_by`, `last_updated_at`, `workspace`) VALUES ('model_definition_id ü', 'name ü', 'secret_id ü', 'provider ü', 'model_name ü', 'created_by ü', 7, 'last_updated_by ü', 7, 'default');
CREATE TABLE `model_version_tags` (
  `key` varchar(250) NOT NULL,
  `value` text DEFAULT NULL,
  `name` varchar(256) NOT NULL,
  `version` int(11) NOT NULL,
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`workspace`,`key`,`name`,`version`),
  KEY `name` (`name`,`version`),
  CONSTRAINT `fk_model_version_tags_model_versions` FOREIGN KEY (`workspace`, `name`, `version`) REFERENCES `model_versions` (`workspace`, `name`, `version`) ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `model_version_tags` (`key`, `value`, `name`, `version`, `workspace`) VALUES ('checked', 'yes', 'blend', 1, 'default');
INSERT INTO `model_version_tags` (`key`, `value`, `name`, `version`, `workspace`) VALUES ('mlflow.prompt.is_prompt', 'true', 'greeting', 1, 'default');
INSERT INTO `model_version_tags` (`key`, `value`, `name`, `version`, `workspace`) VALUES ('mlflow.prompt.text', 'Hello {{name}}', 'greeting', 1, 'default');
INSERT INTO `model_version_tags` (`key`, `value`, `name`, `version`, `workspace`) VALUES ('number', '0', 'blend', 1, 'default');
INSERT INTO `model_version_tags` (`key`, `value`, `name`, `version`, `workspace`) VALUES ('number', '1', 'blend', 2, 'default');
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
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`workspace`,`name`,`version`),
  CONSTRAINT `fk_model_versions_registered_models` FOREIGN KEY (`workspace`, `name`) REFERENCES `registered_models` (`workspace`, `name`) ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `model_versions` (`name`, `version`, `creation_time`, `last_updated_time`, `description`, `user_id`, `current_stage`, `source`, `run_id`, `status`, `status_message`, `run_link`, `storage_location`, `workspace`) VALUES ('blend', 1, 1796060397795, 1796060398951, 'version 0', NULL, 'Production', 'somewhere/tea/0', '6e1c37add90c46b5896e90bcb558c0d4', 'READY', NULL, NULL, 'somewhere/tea/0', 'default');
INSERT INTO `model_versions` (`name`, `version`, `creation_time`, `last_updated_time`, `description`, `user_id`, `current_stage`, `source`, `run_id`, `status`, `status_message`, `run_link`, `storage_location`, `workspace`) VALUES ('blend', 2, 1796060398043, 1796060398043, 'version 1', NULL, 'None', 'somewhere/tea/1', '6e1c37add90c46b5896e90bcb558c0d4', 'READY', NULL, NULL, 'somewhere/tea/1', 'default');
INSERT INTO `model_versions` (`name`, `version`, `creation_time`, `last_updated_time`, `description`, `user_id`, `current_stage`, `source`, `run_id`, `status`, `status_message`, `run_link`, `storage_location`, `workspace`) VALUES ('greeting', 1, 1796060399145, 1796060399145, NULL, NULL, 'None', 'dummy-source', NULL, 'READY', NULL, NULL, 'dummy-source', 'default');
CREATE TABLE `online_scoring_configs` (
  `online_scoring_config_id` varchar(36) NOT NULL,
  `scorer_id` varchar(36) NOT NULL,
  `sample_rate` double NOT NULL,
  `experiment_id` int(11) NOT NULL,
  `filter_string` text DEFAULT NULL,
  PRIMARY KEY (`online_scoring_config_id`),
  CONSTRAINT `fk_online_scoring_configs_experiment_id` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`),
  CONSTRAINT `fk_online_scoring_configs_scorer_id` FOREIGN KEY (`scorer_id`) REFERENCES `scorers` (`scorer_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `online_scoring_configs` (`online_scoring_config_id`, `scorer_id`, `sample_rate`, `experiment_id`, `filter_string`) VALUES ('online_scoring_config_id ü', 'ba5b892e-7f4b-4460-afc5-8dcb02481d71', 0.5e0, 0, 'filter_string ü');
CREATE TABLE `params` (
  `key` varchar(250) NOT NULL,
  `value` varchar(8000) NOT NULL,
  `run_uuid` varchar(32) NOT NULL,
  PRIMARY KEY (`key`,`run_uuid`),
  KEY `index_params_run_uuid` (`run_uuid`),
  CONSTRAINT `params_ibfk_1` FOREIGN KEY (`run_uuid`) REFERENCES `runs` (`run_uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `params` (`key`, `value`, `run_uuid`) VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', '6e1c37add90c46b5896e90bcb558c0d4');
INSERT INTO `params` (`key`, `value`, `run_uuid`) VALUES ('nothing', '', '6e1c37add90c46b5896e90bcb558c0d4');
INSERT INTO `params` (`key`, `value`, `run_uuid`) VALUES ('rate', '0.1', '6e1c37add90c46b5896e90bcb558c0d4');
CREATE TABLE `registered_model_aliases` (
  `alias` varchar(256) NOT NULL,
  `version` int(11) NOT NULL,
  `name` varchar(256) NOT NULL,
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`workspace`,`name`,`alias`),
  CONSTRAINT `fk_registered_model_aliases_registered_models` FOREIGN KEY (`workspace`, `name`) REFERENCES `registered_models` (`workspace`, `name`) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `registered_model_aliases` (`alias`, `version`, `name`, `workspace`) VALUES ('Challenger', 1, 'blend', 'default');
INSERT INTO `registered_model_aliases` (`alias`, `version`, `name`, `workspace`) VALUES ('champion', 2, 'blend', 'default');
CREATE TABLE `registered_model_tags` (
  `key` varchar(250) NOT NULL,
  `value` varchar(5000) DEFAULT NULL,
  `name` varchar(256) NOT NULL,
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`workspace`,`key`,`name`),
  KEY `name` (`name`),
  CONSTRAINT `fk_registered_model_tags_registered_models` FOREIGN KEY (`workspace`, `name`) REFERENCES `registered_models` (`workspace`, `name`) ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `registered_model_tags` (`key`, `value`, `name`, `workspace`) VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 'blend', 'default');
INSERT INTO `registered_model_tags` (`key`, `value`, `name`, `workspace`) VALUES ('mlflow.prompt.is_prompt', 'true', 'greeting', 'default');
INSERT INTO `registered_model_tags` (`key`, `value`, `name`, `workspace`) VALUES ('team', 'ada', 'blend', 'default');
CREATE TABLE `registered_models` (
  `name` varchar(256) NOT NULL,
  `creation_time` bigint(20) DEFAULT NULL,
  `last_updated_time` bigint(20) DEFAULT NULL,
  `description` varchar(5000) DEFAULT NULL,
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`workspace`,`name`),
  KEY `idx_registered_models_workspace` (`workspace`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `registered_models` (`name`, `creation_time`, `last_updated_time`, `description`, `workspace`) VALUES ('blend', 1796060397643, 1796060398951, 'what is drunk', 'default');
INSERT INTO `registered_models` (`name`, `creation_time`, `last_updated_time`, `description`, `workspace`) VALUES ('Blend-2', 1796060399047, 1796060399047, NULL, 'default');
INSERT INTO `registered_models` (`name`, `creation_time`, `last_updated_time`, `description`, `workspace`) VALUES ('greeting', 1796060399091, 1796060399145, NULL, 'default');
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
INSERT INTO `runs` (`run_uuid`, `name`, `source_type`, `source_name`, `entry_point_name`, `user_id`, `status`, `start_time`, `end_time`, `source_version`, `lifecycle_stage`, `artifact_uri`, `experiment_id`, `deleted_time`) VALUES ('0ed1e8bdf40b48a6b3dbc32c274ec394', 'bright-cat-583', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000000, NULL, '', 'deleted', '/tmp/w/up/mlruns/2/0ed1e8bdf40b48a6b3dbc32c274ec394/artifacts', 2, 1796060396239);
INSERT INTO `runs` (`run_uuid`, `name`, `source_type`, `source_name`, `entry_point_name`, `user_id`, `status`, `start_time`, `end_time`, `source_version`, `lifecycle_stage`, `artifact_uri`, `experiment_id`, `deleted_time`) VALUES ('1b46030f6f654ae79a8c07d772e9e7be', 'third', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000006, NULL, '', 'deleted', '/tmp/w/up/somewhere/tea/1b46030f6f654ae79a8c07d772e9e7be/artifacts', 1, 1796060397435);
INSERT INTO `runs` (`run_uuid`, `name`, `source_type`, `source_name`, `entry_point_name`, `user_id`, `status`, `start_time`, `end_time`, `source_version`, `lifecycle_stage`, `artifact_uri`, `experiment_id`, `deleted_time`) VALUES ('6e1c37add90c46b5896e90bcb558c0d4', 'first', 'UNKNOWN', '', '', 'ada', 'FINISHED', 1700000000000, 1700000001000, '', 'active', '/tmp/w/up/somewhere/tea/6e1c37add90c46b5896e90bcb558c0d4/artifacts', 1, NULL);
INSERT INTO `runs` (`run_uuid`, `name`, `source_type`, `source_name`, `entry_point_name`, `user_id`, `status`, `start_time`, `end_time`, `source_version`, `lifecycle_stage`, `artifact_uri`, `experiment_id`, `deleted_time`) VALUES ('aaf62325523c4713b257919df541d632', 'still running', 'UNKNOWN', '', '', 'unknown', 'RUNNING', 1700000000007, NULL, '', 'active', '/tmp/w/up/somewhere/tea/aaf62325523c4713b257919df541d632/artifacts', 1, NULL);
INSERT INTO `runs` (`run_uuid`, `name`, `source_type`, `source_name`, `entry_point_name`, `user_id`, `status`, `start_time`, `end_time`, `source_version`, `lifecycle_stage`, `artifact_uri`, `experiment_id`, `deleted_time`) VALUES ('c3314855c7094df2b0ca3be3573a400a', 'second', 'UNKNOWN', '', '', 'unknown', 'FAILED', 1700000000005, 1700000002000, '', 'active', '/tmp/w/up/somewhere/tea/c3314855c7094df2b0ca3be3573a400a/artifacts', 1, NULL);
CREATE TABLE `scorer_versions` (
  `scorer_id` varchar(36) NOT NULL,
  `scorer_version` int(11) NOT NULL,
  `serialized_scorer` text NOT NULL,
  `creation_time` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`scorer_id`,`scorer_version`),
  KEY `index_scorer_versions_scorer_id` (`scorer_id`),
  CONSTRAINT `fk_scorer_versions_scorer_id` FOREIGN KEY (`scorer_id`) REFERENCES `scorers` (`scorer_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `scorer_versions` (`scorer_id`, `scorer_version`, `serialized_scorer`, `creation_time`) VALUES ('ba5b892e-7f4b-4460-afc5-8dcb02481d71', 1, '{\"name\": \"taster\"}', 1796060405064);
INSERT INTO `scorer_versions` (`scorer_id`, `scorer_version`, `serialized_scorer`, `creation_time`) VALUES ('ba5b892e-7f4b-4460-afc5-8dcb02481d71', 2, '{\"name\": \"taster\", \"better\": true}', 1796060405456);
CREATE TABLE `scorers` (
  `experiment_id` int(11) NOT NULL,
  `scorer_name` varchar(256) NOT NULL,
  `scorer_id` varchar(36) NOT NULL,
  PRIMARY KEY (`scorer_id`),
  UNIQUE KEY `index_scorers_experiment_id_scorer_name` (`experiment_id`,`scorer_name`),
  CONSTRAINT `fk_scorers_experiment_id` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `scorers` (`experiment_id`, `scorer_name`, `scorer_id`) VALUES (1, 'taster', 'ba5b892e-7f4b-4460-afc5-8dcb02481d71');
CREATE TABLE `secrets` (
  `secret_id` varchar(36) NOT NULL,
  `secret_name` varchar(255) NOT NULL,
  `encrypted_value` blob NOT NULL,
  `wrapped_dek` blob NOT NULL,
  `kek_version` int(11) NOT NULL,
  `masked_value` varchar(500) NOT NULL,
  `provider` varchar(64) DEFAULT NULL,
  `auth_config` text DEFAULT NULL,
  `description` text DEFAULT NULL,
  `created_by` varchar(255) DEFAULT NULL,
  `created_at` bigint(20) NOT NULL,
  `last_updated_by` varchar(255) DEFAULT NULL,
  `last_updated_at` bigint(20) NOT NULL,
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`secret_id`),
  UNIQUE KEY `uq_secrets_workspace_secret_name` (`workspace`,`secret_name`),
  KEY `idx_secrets_workspace` (`workspace`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `secrets` (`secret_id`, `secret_name`, `encrypted_value`, `wrapped_dek`, `kek_version`, `masked_value`, `provider`, `auth_config`, `description`, `created_by`, `created_at`, `last_updated_by`, `last_updated_at`, `workspace`) VALUES ('secret_id ü', 'secret_name ü', X'00016279746573', X'00016279746573', 7, 'masked_value ü', 'provider ü', 'auth_config ü', 'description ü', 'created_by ü', 7, 'last_updated_by ü', 7, 'default');
CREATE TABLE `span_metrics` (
  `trace_id` varchar(50) NOT NULL,
  `span_id` varchar(50) NOT NULL,
  `key` varchar(250) NOT NULL,
  `value` double DEFAULT NULL,
  PRIMARY KEY (`trace_id`,`span_id`,`key`),
  KEY `index_span_metrics_trace_id_span_id` (`trace_id`,`span_id`),
  CONSTRAINT `fk_span_metrics_span` FOREIGN KEY (`trace_id`, `span_id`) REFERENCES `spans` (`trace_id`, `span_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `span_metrics` (`trace_id`, `span_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000000', '0000000000000002', 'input_cost', 0.25e0);
INSERT INTO `span_metrics` (`trace_id`, `span_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000000', '0000000000000002', 'output_cost', 0.5e0);
INSERT INTO `span_metrics` (`trace_id`, `span_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000000', '0000000000000002', 'total_cost', 0.75e0);
INSERT INTO `span_metrics` (`trace_id`, `span_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000001', '0000000000000003', 'input_cost', 0.25e0);
INSERT INTO `span_metrics` (`trace_id`, `span_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000001', '0000000000000003', 'output_cost', 0.5e0);
INSERT INTO `span_metrics` (`trace_id`, `span_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000001', '0000000000000003', 'total_cost', 0.75e0);
CREATE TABLE `spans` (
  `trace_id` varchar(50) NOT NULL,
  `experiment_id` int(11) NOT NULL,
  `span_id` varchar(50) NOT NULL,
  `parent_span_id` varchar(50) DEFAULT NULL,
  `name` text DEFAULT NULL,
  `type` varchar(500) DEFAULT NULL,
  `status` varchar(50) NOT NULL,
  `start_time_unix_nano` bigint(20) NOT NULL,
  `end_time_unix_nano` bigint(20) DEFAULT NULL,
  `duration_ns` bigint(20) GENERATED ALWAYS AS (`end_time_unix_nano` - `start_time_unix_nano`) STORED,
  `content` longtext NOT NULL,
  `dimension_attributes` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`dimension_attributes`)),
  PRIMARY KEY (`trace_id`,`span_id`),
  KEY `index_spans_experiment_id` (`experiment_id`),
  KEY `index_spans_experiment_id_status_type` (`experiment_id`,`status`,`type`),
  KEY `index_spans_experiment_id_type_status` (`experiment_id`,`type`,`status`),
  KEY `index_spans_experiment_id_duration` (`experiment_id`,`duration_ns`),
  CONSTRAINT `fk_spans_experiment_id` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`),
  CONSTRAINT `fk_spans_trace_id` FOREIGN KEY (`trace_id`) REFERENCES `trace_info` (`request_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `spans` (`trace_id`, `experiment_id`, `span_id`, `parent_span_id`, `name`, `type`, `status`, `start_time_unix_nano`, `end_time_unix_nano`, `content`, `dimension_attributes`) VALUES ('tr-00000000000000000000000000000000', 1, '0000000000000001', NULL, 'span 1', 'CHAIN', 'UNSET', 1700000000000000001, 1700000000000001000, '{\"trace_id\": \"AAAAAAAAAAAAAAAAAAAAAQ==\", \"span_id\": \"AAAAAAAAAAE=\", \"parent_span_id\": null, \"name\": \"span 1\", \"start_time_unix_nano\": 1700000000000000001, \"end_time_unix_nano\": 1700000000000001000, \"events\": [], \"status\": {\"code\": \"STATUS_CODE_UNSET\", \"message\": \"\"}, \"attributes\": {\"mlflow.traceRequestId\": \"\\\"tr-00000000000000000000000000000000\\\"\", \"mlflow.spanType\": \"\\\"CHAIN\\\"\"}}', 'null');
INSERT INTO `spans` (`trace_id`, `experiment_id`, `span_id`, `parent_span_id`, `name`, `type`, `status`, `start_time_unix_nano`, `end_time_unix_nano`, `content`, `dimension_attributes`) VALUES ('tr-00000000000000000000000000000000', 1, '0000000000000002', '0000000000000001', 'span 2', 'LLM', 'UNSET', 1700000000000000002, 1700000000000002000, '{\"trace_id\": \"AAAAAAAAAAAAAAAAAAAAAQ==\", \"span_id\": \"AAAAAAAAAAI=\", \"parent_span_id\": \"AAAAAAAAAAE=\", \"name\": \"span 2\", \"start_time_unix_nano\": 1700000000000000002, \"end_time_unix_nano\": 1700000000000002000, \"events\": [], \"status\": {\"code\": \"STATUS_CODE_UNSET\", \"message\": \"\"}, \"attributes\": {\"mlflow.traceRequestId\": \"\\\"tr-00000000000000000000000000000000\\\"\", \"mlflow.spanType\": \"\\\"LLM\\\"\", \"mlflow.llm.model\": \"\\\"leaf-1\\\"\", \"mlflow.llm.provider\": \"\\\"garden\\\"\", \"mlflow.chat.tokenUsage\": \"{\\\"input_tokens\\\": 10, \\\"output_tokens\\\": 5, \\\"total_tokens\\\": 15}\", \"mlflow.llm.cost\": \"{\\\"input_cost\\\": 0.25, \\\"output_cost\\\": 0.5, \\\"total_cost\\\": 0.75}\"}}', '{\"mlflow.llm.model\": \"leaf-1\", \"mlflow.llm.provider\": \"garden\"}');
INSERT INTO `spans` (`trace_id`, `experiment_id`, `span_id`, `parent_span_id`, `name`, `type`, `status`, `start_time_unix_nano`, `end_time_unix_nano`, `content`, `dimension_attributes`) VALUES ('tr-00000000000000000000000000000001', 1, '0000000000000003', NULL, 'span 3', 'LLM', 'UNSET', 1700000000000000003, 1700000000000003000, '{\"trace_id\": \"AAAAAAAAAAAAAAAAAAAAAg==\", \"span_id\": \"AAAAAAAAAAM=\", \"parent_span_id\": null, \"name\": \"span 3\", \"start_time_unix_nano\": 1700000000000000003, \"end_time_unix_nano\": 1700000000000003000, \"events\": [], \"status\": {\"code\": \"STATUS_CODE_UNSET\", \"message\": \"\"}, \"attributes\": {\"mlflow.traceRequestId\": \"\\\"tr-00000000000000000000000000000001\\\"\", \"mlflow.spanType\": \"\\\"LLM\\\"\", \"mlflow.llm.model\": \"\\\"leaf-1\\\"\", \"mlflow.llm.provider\": \"\\\"garden\\\"\", \"mlflow.chat.tokenUsage\": \"{\\\"input_tokens\\\": 10, \\\"output_tokens\\\": 5, \\\"total_tokens\\\": 15}\", \"mlflow.llm.cost\": \"{\\\"input_cost\\\": 0.25, \\\"output_cost\\\": 0.5, \\\"total_cost\\\": 0.75}\"}}', '{\"mlflow.llm.model\": \"leaf-1\", \"mlflow.llm.provider\": \"garden\"}');
CREATE TABLE `tags` (
  `key` varchar(250) NOT NULL,
  `value` varchar(8000) DEFAULT NULL,
  `run_uuid` varchar(32) NOT NULL,
  PRIMARY KEY (`key`,`run_uuid`),
  KEY `index_tags_run_uuid` (`run_uuid`),
  CONSTRAINT `tags_ibfk_1` FOREIGN KEY (`run_uuid`) REFERENCES `runs` (`run_uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('long', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', '6e1c37add90c46b5896e90bcb558c0d4');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.runName', 'bright-cat-583', '0ed1e8bdf40b48a6b3dbc32c274ec394');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.runName', 'third', '1b46030f6f654ae79a8c07d772e9e7be');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.runName', 'first', '6e1c37add90c46b5896e90bcb558c0d4');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.runName', 'still running', 'aaf62325523c4713b257919df541d632');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.runName', 'second', 'c3314855c7094df2b0ca3be3573a400a');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('mlflow.user', 'ada', '6e1c37add90c46b5896e90bcb558c0d4');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('quote', '\'\"`\\', '6e1c37add90c46b5896e90bcb558c0d4');
INSERT INTO `tags` (`key`, `value`, `run_uuid`) VALUES ('ü', 'ö', '6e1c37add90c46b5896e90bcb558c0d4');
CREATE TABLE `trace_info` (
  `request_id` varchar(50) NOT NULL,
  `experiment_id` int(11) NOT NULL,
  `timestamp_ms` bigint(20) NOT NULL,
  `execution_time_ms` bigint(20) DEFAULT NULL,
  `status` varchar(50) NOT NULL,
  `client_request_id` varchar(50) DEFAULT NULL,
  `request_preview` varchar(1000) DEFAULT NULL,
  `response_preview` varchar(1000) DEFAULT NULL,
  PRIMARY KEY (`request_id`),
  KEY `index_trace_info_experiment_id_timestamp_ms` (`experiment_id`,`timestamp_ms`),
  CONSTRAINT `fk_trace_info_experiment_id` FOREIGN KEY (`experiment_id`) REFERENCES `experiments` (`experiment_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `trace_info` (`request_id`, `experiment_id`, `timestamp_ms`, `execution_time_ms`, `status`, `client_request_id`, `request_preview`, `response_preview`) VALUES ('tr-00000000000000000000000000000000', 1, 1700000000000, 100, 'OK', 'client-0', '{\"water\": \"hot\"}', '\"tea\"');
INSERT INTO `trace_info` (`request_id`, `experiment_id`, `timestamp_ms`, `execution_time_ms`, `status`, `client_request_id`, `request_preview`, `response_preview`) VALUES ('tr-00000000000000000000000000000001', 1, 1700000000000, 100, 'ERROR', 'client-1', '{\"water\": \"hot\"}', '\"tea\"');
INSERT INTO `trace_info` (`request_id`, `experiment_id`, `timestamp_ms`, `execution_time_ms`, `status`, `client_request_id`, `request_preview`, `response_preview`) VALUES ('tr-00000000000000000000000000000002', 1, 1700000000002, 100, 'OK', 'client-2', '{\"water\": \"hot\"}', '\"tea\"');
CREATE TABLE `trace_metrics` (
  `request_id` varchar(50) NOT NULL,
  `key` varchar(250) NOT NULL,
  `value` double DEFAULT NULL,
  PRIMARY KEY (`request_id`,`key`),
  KEY `index_trace_metrics_request_id` (`request_id`),
  CONSTRAINT `fk_trace_metrics_request_id` FOREIGN KEY (`request_id`) REFERENCES `trace_info` (`request_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `trace_metrics` (`request_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000000', 'cache_read_input_tokens', 2.0e0);
INSERT INTO `trace_metrics` (`request_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000000', 'input_tokens', 20.0e0);
INSERT INTO `trace_metrics` (`request_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000000', 'output_tokens', 10.0e0);
INSERT INTO `trace_metrics` (`request_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000000', 'total_tokens', 30.0e0);
INSERT INTO `trace_metrics` (`request_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000001', 'input_tokens', 11.5e0);
INSERT INTO `trace_metrics` (`request_id`, `key`, `value`) VALUES ('tr-00000000000000000000000000000001', 'output_tokens', 7.0e0);
CREATE TABLE `trace_request_metadata` (
  `key` varchar(250) NOT NULL,
  `value` varchar(8000) DEFAULT NULL,
  `request_id` varchar(50) NOT NULL,
  PRIMARY KEY (`key`,`request_id`),
  KEY `index_trace_request_metadata_request_id` (`request_id`),
  CONSTRAINT `fk_trace_request_metadata_request_id` FOREIGN KEY (`request_id`) REFERENCES `trace_info` (`request_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.gateway.endpointId', 'e', 'tr-00000000000000000000000000000001');
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.cost', '{\"input_cost\": 0.5, \"output_cost\": 1.0, \"total_cost\": 1.5}', 'tr-00000000000000000000000000000000');
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.cost', '{\"input_cost\": 0.25, \"output_cost\": 0.5, \"total_cost\": 0.75}', 'tr-00000000000000000000000000000001');
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.session', 'session-1', 'tr-00000000000000000000000000000000');
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.tokenUsage', '{\"input_tokens\": 20, \"output_tokens\": 10, \"total_tokens\": 30, \"cache_read_input_tokens\": 2}', 'tr-00000000000000000000000000000000');
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.tokenUsage', '{\"input_tokens\": 11.5, \"output_tokens\": \"7\"}', 'tr-00000000000000000000000000000001');
INSERT INTO `trace_request_metadata` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.user', 'ada', 'tr-00000000000000000000000000000000');
CREATE TABLE `trace_tags` (
  `key` varchar(250) NOT NULL,
  `value` varchar(8000) DEFAULT NULL,
  `request_id` varchar(50) NOT NULL,
  PRIMARY KEY (`key`,`request_id`),
  KEY `index_trace_tags_request_id` (`request_id`),
  CONSTRAINT `fk_trace_tags_request_id` FOREIGN KEY (`request_id`) REFERENCES `trace_info` (`request_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('flavour', 'green', 'tr-00000000000000000000000000000000');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/tr-00000000000000000000000000000000/artifacts', 'tr-00000000000000000000000000000000');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/tr-00000000000000000000000000000001/artifacts', 'tr-00000000000000000000000000000001');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.artifactLocation', '/tmp/w/up/somewhere/tea/traces/tr-00000000000000000000000000000002/artifacts', 'tr-00000000000000000000000000000002');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.spansLocation', 'TRACKING_STORE', 'tr-00000000000000000000000000000000');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.trace.spansLocation', 'TRACKING_STORE', 'tr-00000000000000000000000000000001');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.traceName', 'brew', 'tr-00000000000000000000000000000000');
INSERT INTO `trace_tags` (`key`, `value`, `request_id`) VALUES ('mlflow.traceName', 'a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü a long text, ü ', 'tr-00000000000000000000000000000001');
CREATE TABLE `webhook_events` (
  `webhook_id` varchar(256) NOT NULL,
  `entity` varchar(50) NOT NULL,
  `action` varchar(50) NOT NULL,
  PRIMARY KEY (`webhook_id`,`entity`,`action`),
  KEY `idx_webhook_events_entity` (`entity`),
  KEY `idx_webhook_events_action` (`action`),
  KEY `idx_webhook_events_entity_action` (`entity`,`action`),
  CONSTRAINT `webhook_events_ibfk_1` FOREIGN KEY (`webhook_id`) REFERENCES `webhooks` (`webhook_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `webhook_events` (`webhook_id`, `entity`, `action`) VALUES ('bc59f16a-3093-4346-927d-d3696b25bf91', 'registered_model', 'created');
CREATE TABLE `webhooks` (
  `webhook_id` varchar(256) NOT NULL,
  `name` varchar(256) NOT NULL,
  `description` varchar(1000) DEFAULT NULL,
  `url` varchar(500) NOT NULL,
  `status` varchar(20) NOT NULL DEFAULT 'ACTIVE',
  `secret` varchar(1000) DEFAULT NULL,
  `creation_timestamp` bigint(20) DEFAULT NULL,
  `last_updated_timestamp` bigint(20) DEFAULT NULL,
  `deleted_timestamp` bigint(20) DEFAULT NULL,
  `workspace` varchar(63) NOT NULL DEFAULT 'default',
  PRIMARY KEY (`webhook_id`),
  KEY `idx_webhooks_status` (`status`),
  KEY `idx_webhooks_name` (`name`),
  KEY `idx_webhooks_workspace` (`workspace`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `webhooks` (`webhook_id`, `name`, `description`, `url`, `status`, `secret`, `creation_timestamp`, `last_updated_timestamp`, `deleted_timestamp`, `workspace`) VALUES ('bc59f16a-3093-4346-927d-d3696b25bf91', 'bell', 'rings', 'https://1.1.1.1/bell', 'ACTIVE', 'gAAAAABrDbTxV0iNRKtgy6AlK1CFWt0vLyHc0saQNnh-dm_GKK2qon3PSebrwOkRikoyv92WlmO6akdHM8MmuSy8I_e2qerDzg==', 1796060401595, 1796060401595, NULL, 'default');
CREATE TABLE `workspaces` (
  `name` varchar(63) NOT NULL,
  `description` text DEFAULT NULL,
  `default_artifact_root` text DEFAULT NULL,
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `workspaces` (`name`, `description`, `default_artifact_root`) VALUES ('default', 'Default workspace for legacy resources', NULL);
CREATE TRIGGER prevent_secrets_aad_mutation BEFORE UPDATE ON `secrets` FOR EACH ROW BEGIN
    IF OLD.secret_id != NEW.secret_id OR OLD.secret_name != NEW.secret_name THEN
        SIGNAL SQLSTATE '45000'
        SET MESSAGE_TEXT = 'secret_id and secret_name are immutable (used as AAD in encryption)';
    END IF;
END;
