ALTER TABLE messaging_service DROP COLUMN addresses_problem;
ALTER TABLE messaging_service DROP COLUMN addresses_at;
ALTER TABLE organization DROP COLUMN connection_broken_words;
ALTER TABLE organization DROP COLUMN connection_broken_kind;
ALTER TABLE organization DROP COLUMN connection_broken_at;
DROP TABLE carrier_connection;
