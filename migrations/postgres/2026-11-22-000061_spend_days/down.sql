DROP INDEX owned_phone_number_released;
DROP TABLE spend_days;
DROP TABLE spend_cell;
DROP TABLE spend_part;
DELETE FROM spend_outlook;
DELETE FROM spend_month;
DELETE FROM month_touched;
INSERT INTO month_touched (id, organization_id, first_month) SELECT id, id, DATE '2000-01-01' FROM organization;
CREATE TABLE spend_part (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    month DATE NOT NULL,
    face TEXT NOT NULL CHECK (face IN ('all', 'holder', 'area', 'provider', 'kind')),
    -- A campaign's id, idle, reserved or resting; an area code; a provider; a kind.
    value TEXT NOT NULL,
    quoted BIGINT NOT NULL,
    billed BIGINT NOT NULL,
    estimated BIGINT NOT NULL,
    idle BIGINT NOT NULL,
    number_time BIGINT NOT NULL,
    charges BIGINT NOT NULL,
    PRIMARY KEY (organization_id, face, month, value),
    FOREIGN KEY (organization_id, month) REFERENCES spend_month (organization_id, month)
);
CREATE INDEX spend_part_over_time ON spend_part (organization_id, face, value, month);
CREATE TABLE spend_cell (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    month DATE NOT NULL,
    position BIGINT NOT NULL,
    holder TEXT NOT NULL CHECK (holder IN ('campaign', 'idle', 'reserved', 'resting')),
    campaign_id TEXT REFERENCES campaign (id),
    area_code TEXT NOT NULL,
    service TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('local', 'toll_free')),
    quoted BIGINT NOT NULL,
    billed BIGINT NOT NULL,
    estimated BIGINT NOT NULL,
    number_time BIGINT NOT NULL,
    charges BIGINT NOT NULL,
    PRIMARY KEY (organization_id, month, position),
    FOREIGN KEY (organization_id, month) REFERENCES spend_month (organization_id, month),
    CHECK ((holder = 'campaign') = (campaign_id IS NOT NULL))
);
CREATE INDEX spend_cell_campaign ON spend_cell (campaign_id, month) WHERE campaign_id IS NOT NULL;
