DROP INDEX owned_phone_number_remote;
ALTER TABLE release_line DROP COLUMN left_service_at;
ALTER TABLE release_line DROP COLUMN service_sid;
DROP TABLE sync_ignored;
DROP TABLE sync_difference;
DROP TABLE sync_pool;
DROP TABLE sync_seen;
DROP TABLE sync_run;
