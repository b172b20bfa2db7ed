DROP INDEX owned_phone_number_lost_remote;
CREATE INDEX owned_phone_number_remote ON owned_phone_number (service, carrier_account, service_id) WHERE released_at IS NULL;
CREATE INDEX owned_phone_number_search ON owned_phone_number (organization_id, phone_number) WHERE released_at IS NULL;
CREATE TABLE number_event_by_id (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    number_id TEXT NOT NULL REFERENCES owned_phone_number (id),
    at TIMESTAMP NOT NULL,
    kind TEXT NOT NULL,
    person_id TEXT REFERENCES person (id),
    campaign_id TEXT REFERENCES campaign (id),
    order_id TEXT REFERENCES purchase_order (id),
    why TEXT NOT NULL DEFAULT '',
    before TEXT NOT NULL DEFAULT '',
    after TEXT NOT NULL DEFAULT ''
);
INSERT INTO number_event_by_id (id, organization_id, number_id, at, kind, person_id, campaign_id, order_id, why, before, after)
    SELECT id, organization_id, number_id, at, kind, person_id, campaign_id, order_id, why, before, after FROM number_event;
DROP TABLE number_event;
ALTER TABLE number_event_by_id RENAME TO number_event;
CREATE INDEX number_event_life ON number_event (number_id, at);
