-- What the carrier says an account used and was billed, a row a day and category, as it said it last. Categories
-- overlap: parents contain their children.
CREATE TABLE usage_record (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    day DATE NOT NULL,
    category TEXT NOT NULL,
    -- Charges, messages or whatever the category counts.
    count BIGINT NOT NULL,
    -- Micros.
    amount BIGINT NOT NULL,
    read_at TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, service, carrier_account, day, category)
);

-- How far an account's usage was read. Days from the first to the last are known, where nothing is recorded as zero.
CREATE TABLE usage_reading (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    first_day DATE,
    last_day DATE,
    read_at TIMESTAMP,
    -- Why it could not be read the last time.
    refused_at TIMESTAMP,
    refused_words TEXT,
    PRIMARY KEY (organization_id, service, carrier_account),
    CHECK ((first_day IS NULL) = (last_day IS NULL) AND (first_day IS NULL) = (read_at IS NULL)),
    CHECK ((refused_at IS NULL) = (refused_words IS NULL))
);
