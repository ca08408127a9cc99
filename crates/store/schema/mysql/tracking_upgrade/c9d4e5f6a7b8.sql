-- To c9d4e5f6a7b8: what an index with the kind of linkage takes the place of.
--: if index endpoint_model_mappings.unique_endpoint_model_mapping
DROP INDEX unique_endpoint_model_mapping ON endpoint_model_mappings;
