-- What numbers of an account cost, where the carrier's price list said something else than before: dated by the first
-- day whose charges are at the new price.
CREATE TABLE price_change (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('local', 'toll_free')),
    first_day DATE NOT NULL,
    -- Micros, a month.
    price_before BIGINT NOT NULL,
    price_after BIGINT NOT NULL CHECK (price_after > 0),
    -- So many numbers cost another price from then on.
    numbers BIGINT NOT NULL,
    -- So many charges of the first day and later had been written at the price before, and were corrected.
    corrected BIGINT NOT NULL,
    seen_at TIMESTAMP NOT NULL
);
CREATE INDEX price_change_day ON price_change (organization_id, first_day);

-- When an account's price list was last compared with what its numbers are charged.
CREATE TABLE price_check (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    -- The last list that was used, in micros a month, and the day of it.
    currency TEXT,
    checked_on DATE,
    local_price BIGINT,
    toll_free_price BIGINT,
    -- Why the list could not be used the last time.
    refused_at TIMESTAMP,
    refused_words TEXT,
    PRIMARY KEY (organization_id, service, carrier_account),
    CHECK ((currency IS NULL) = (checked_on IS NULL)),
    CHECK ((currency IS NULL) = (local_price IS NULL) AND (currency IS NULL) = (toll_free_price IS NULL)),
    CHECK ((refused_at IS NULL) = (refused_words IS NULL))
);
