CREATE INDEX owned_phone_number_ends ON owned_phone_number (organization_id, substr(phone_number, 9)) WHERE released_at IS NULL;
CREATE INDEX owned_phone_number_local ON owned_phone_number (organization_id, substr(phone_number, 6)) WHERE released_at IS NULL;
DROP TABLE number_digits;
