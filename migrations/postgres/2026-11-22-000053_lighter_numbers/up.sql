-- Reserving a thousand numbers is held up by what is written beside each of them: checks of what cannot be wrong, and
-- indexes that another one stands in for.

-- A life is read by its number, so its index is as short as that: a thousand lives change fewer pages. Organizations,
-- people, campaigns and orders are never deleted, so what an event names stays there; that the number is there vouches
-- for its organization.
ALTER TABLE number_event DROP CONSTRAINT number_event_organization_id_fkey;
ALTER TABLE number_event DROP CONSTRAINT number_event_person_id_fkey;
ALTER TABLE number_event DROP CONSTRAINT number_event_campaign_id_fkey;
ALTER TABLE number_event DROP CONSTRAINT number_event_order_id_fkey;
DROP INDEX number_event_life;
CREATE INDEX number_event_life ON number_event (number_id);

-- Numbers are found by their digits through owned_phone_number_area: their area code is the first of them.
DROP INDEX owned_phone_number_search;
-- The carrier's id of a number that is there is in owned_phone_number_service_id; of the few lost ones, here.
DROP INDEX owned_phone_number_remote;
CREATE INDEX owned_phone_number_lost_remote ON owned_phone_number (service, service_id)
    WHERE lost_at IS NOT NULL AND released_at IS NULL;
