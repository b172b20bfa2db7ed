DROP TABLE api_token;
ALTER TABLE campaign DROP COLUMN picker;
