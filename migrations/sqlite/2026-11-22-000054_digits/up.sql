-- The digits a number is found by never change. Among the columns that do, PostgreSQL wrote their indexes whenever a number
-- did anything: a sixth of what changing a thousand numbers takes.
CREATE TABLE number_digits (
    number_id TEXT NOT NULL PRIMARY KEY REFERENCES owned_phone_number (id),
    organization_id TEXT NOT NULL REFERENCES organization (id),
    -- The last four digits, and the seven after the area code.
    ends TEXT NOT NULL,
    local TEXT NOT NULL
);
INSERT INTO number_digits (number_id, organization_id, ends, local)
    SELECT id, organization_id, substr(phone_number, 9), substr(phone_number, 6) FROM owned_phone_number;
CREATE INDEX number_digits_ends ON number_digits (organization_id, ends, number_id);
CREATE INDEX number_digits_local ON number_digits (organization_id, local, number_id);
DROP INDEX owned_phone_number_ends;
DROP INDEX owned_phone_number_local;
