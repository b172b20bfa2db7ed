DROP TABLE voice_line;
DROP TABLE voice_request;
ALTER TABLE owned_phone_number DROP COLUMN voice_url;
