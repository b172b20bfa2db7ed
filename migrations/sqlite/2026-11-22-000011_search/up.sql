-- Searching reads what it finds, however many numbers there are: the end of a number, the number after its area code,
-- labels one after another.
CREATE INDEX owned_phone_number_ends ON owned_phone_number (organization_id, substr(phone_number, 9)) WHERE released_at IS NULL;
CREATE INDEX owned_phone_number_local ON owned_phone_number (organization_id, substr(phone_number, 6)) WHERE released_at IS NULL;
CREATE INDEX owned_phone_number_label ON owned_phone_number (organization_id, label, area_code, phone_number)
    WHERE label > '' AND released_at IS NULL;
-- So does listing what is rare within an area code that has many.
CREATE INDEX owned_phone_number_held ON owned_phone_number (organization_id, area_code, hold, phone_number)
    WHERE hold IS NOT NULL AND released_at IS NULL;
CREATE INDEX owned_phone_number_attached ON owned_phone_number (organization_id, area_code, phone_number)
    WHERE messaging_service_id IS NOT NULL AND campaign_id IS NULL AND released_at IS NULL;
CREATE INDEX owned_phone_number_rests ON owned_phone_number (organization_id, area_code, phone_number)
    WHERE resting_until IS NOT NULL AND released_at IS NULL;
CREATE INDEX owned_phone_number_cordoned ON owned_phone_number (organization_id, area_code, phone_number)
    WHERE cordoned_at IS NOT NULL AND released_at IS NULL;
CREATE INDEX owned_phone_number_leaving ON owned_phone_number (organization_id, area_code, phone_number)
    WHERE leaving_at IS NOT NULL AND released_at IS NULL;
CREATE INDEX owned_phone_number_lost ON owned_phone_number (organization_id, area_code, phone_number)
    WHERE lost_at IS NOT NULL AND released_at IS NULL;
