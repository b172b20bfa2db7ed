-- Which months of an organization are to be added up again: a row written in the transaction that changes what they
-- are made of, never updated, so that no writer waits for another. Gone when they have been.
CREATE TABLE month_touched (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    first_month DATE NOT NULL,
    -- NULL: and every month after it.
    last_month DATE
);
CREATE INDEX month_touched_organization ON month_touched (organization_id, first_month, last_month);
-- What was charged before has never been added up.
INSERT INTO month_touched (id, organization_id, first_month) SELECT id, id, '2000-01-01' FROM organization;

-- A month that was added up, from its charges, assignments and rests. It can be thrown away and made again, the same
-- to the byte; only the moment and the turn tell one from the other.
CREATE TABLE spend_month (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    month DATE NOT NULL,
    -- How often it was added up: whoever began before another finished notices.
    turn BIGINT NOT NULL CHECK (turn > 0),
    added_up_at TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, month)
);

-- What a month cost, seen from one side: as a whole, by whom, where, at which carrier, by kind.
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

-- The same crossed: what each campaign cost in each area code.
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

-- What the numbers of today will cost: the rest of this month, and the next.
CREATE TABLE spend_outlook (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    face TEXT NOT NULL CHECK (face IN ('all', 'holder', 'area', 'provider', 'kind')),
    value TEXT NOT NULL,
    -- The month whose rest is meant.
    month DATE NOT NULL,
    to_come BIGINT NOT NULL,
    next_month BIGINT NOT NULL,
    numbers BIGINT NOT NULL,
    PRIMARY KEY (organization_id, face, value)
);

-- The next numbers to be charged, in the order in which they are taken: without the id each step would sort a day.
DROP INDEX owned_phone_number_renewals;
CREATE INDEX owned_phone_number_renewals ON owned_phone_number (renews_on, id) WHERE released_at IS NULL AND lost_at IS NULL;
