-- What was forecast for a campaign at the moment it was started, to be compared with what it costs. A start that
-- failed is forecast anew when it is tried again.
CREATE TABLE start_forecast (
    campaign_id TEXT PRIMARY KEY NOT NULL REFERENCES campaign (id),
    organization_id TEXT NOT NULL REFERENCES organization (id),
    at TIMESTAMP NOT NULL,
    -- How many numbers its contacts wanted, within the room.
    wanted BIGINT NOT NULL,
    -- How many of them the organization owned and it could take.
    owned BIGINT NOT NULL,
    -- How many would have had to be bought.
    to_buy BIGINT NOT NULL,
    -- Micros a month of one; NULL when nobody said.
    price BIGINT,
    CHECK (wanted >= 0 AND owned >= 0 AND to_buy >= 0)
);
