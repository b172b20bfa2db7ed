DROP INDEX owned_phone_number_lost_remote;
CREATE INDEX owned_phone_number_remote ON owned_phone_number (service, carrier_account, service_id) WHERE released_at IS NULL;
CREATE INDEX owned_phone_number_search ON owned_phone_number (organization_id, phone_number) WHERE released_at IS NULL;
DROP INDEX number_event_life;
CREATE INDEX number_event_life ON number_event (number_id, at);
ALTER TABLE number_event ADD FOREIGN KEY (organization_id) REFERENCES organization (id);
ALTER TABLE number_event ADD FOREIGN KEY (person_id) REFERENCES person (id);
ALTER TABLE number_event ADD FOREIGN KEY (campaign_id) REFERENCES campaign (id);
ALTER TABLE number_event ADD FOREIGN KEY (order_id) REFERENCES purchase_order (id);
