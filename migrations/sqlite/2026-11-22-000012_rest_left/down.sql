ALTER TABLE owned_phone_number DROP COLUMN rest_left;
