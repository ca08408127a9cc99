-- To 1971f2d9a75b: an index for traces to archive.
CREATE INDEX index_trace_info_timestamp_ms_request_id ON trace_info (timestamp_ms, request_id);
