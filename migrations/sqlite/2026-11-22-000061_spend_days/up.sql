-- What is kept of spend is thrown away, and added up again with what each day is worth. A row of a sum names its month
-- alone, and the month its organization: a second key to the organization was another look for each of the tens of
-- thousands of rows in which a month of a large organization is kept.
DROP TABLE spend_cell;
DROP TABLE spend_part;
DELETE FROM spend_outlook;
DELETE FROM spend_month;
DELETE FROM month_touched;
INSERT INTO month_touched (id, organization_id, first_month) SELECT id, id, '2000-01-01' FROM organization;

-- What a month cost, seen from one side: as a whole, by whom, where, at which carrier, by kind.
CREATE TABLE spend_part (
    organization_id TEXT NOT NULL,
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

-- The same crossed: what each campaign cost in each area code.
CREATE TABLE spend_cell (
    organization_id TEXT NOT NULL,
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

-- The same by day, for a time that is no whole month: what each day of the month's charges is worth from that side, from
-- the month's first day on. In one row, because a month of one row a day would be sixty times as many.
CREATE TABLE spend_days (
    organization_id TEXT NOT NULL,
    month DATE NOT NULL,
    face TEXT NOT NULL CHECK (face IN ('all', 'holder', 'area', 'provider', 'kind')),
    value TEXT NOT NULL,
    -- A day is quoted, billed, estimated, idle, time, charges that begin and charges that end, nothing where it is
    -- zero; commas between, semicolons between days.
    days TEXT NOT NULL,
    -- Days in a charge on which it was somebody else's, before and after which it was this one's: from the day, to the
    -- day (counted from the month's first), how many charges.
    gaps TEXT NOT NULL,
    PRIMARY KEY (organization_id, month, face, value),
    FOREIGN KEY (organization_id, month) REFERENCES spend_month (organization_id, month)
);

-- Charges are listed by phone number, and released numbers have theirs too.
CREATE INDEX owned_phone_number_released ON owned_phone_number (organization_id, area_code, phone_number)
    WHERE released_at IS NOT NULL;
