CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);
-- A customer of this world: the weather it meets (JSON; none: the usual) and how many calls it has made.
CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY NOT NULL,
    weather TEXT,
    calls BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS call_count (
    account TEXT NOT NULL,
    verb TEXT NOT NULL,
    calls BIGINT NOT NULL,
    PRIMARY KEY (account, verb)
);
-- How many of an area code's numbers exist, where that was changed, and which of them are kept off the market.
CREATE TABLE IF NOT EXISTS shelf (area_code TEXT PRIMARY KEY NOT NULL, size BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS withheld (phone_number TEXT PRIMARY KEY NOT NULL, area_code TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS withheld_area ON withheld (area_code);
-- What a carrier's API keeps with a number, a service or an account, by its id; the world does not read it.
CREATE TABLE IF NOT EXISTS note (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);
-- What the price of a kind of numbers became, and when: it counts from the next charge.
CREATE TABLE IF NOT EXISTS price_change (
    seq INTEGER PRIMARY KEY NOT NULL,
    category TEXT NOT NULL,
    amount BIGINT NOT NULL,
    changed_at TIMESTAMP NOT NULL
);
-- What else an account was charged: messages, say.
CREATE TABLE IF NOT EXISTS other_use (
    seq INTEGER PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    day DATE NOT NULL,
    category TEXT NOT NULL,
    count BIGINT NOT NULL,
    amount BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS other_use_account ON other_use (account, day);
CREATE TABLE IF NOT EXISTS service (
    seq INTEGER PRIMARY KEY NOT NULL,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    client_ref TEXT,
    -- The state of the registration with the mobile carriers, in their words, and whether it counts.
    registration TEXT,
    geomatch BOOLEAN NOT NULL,
    sticky BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    registered BOOLEAN NOT NULL DEFAULT FALSE,
    inbound_url TEXT,
    status_url TEXT,
    inbound_at_number BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX IF NOT EXISTS service_account ON service (account, seq);
-- Numbers sold, now or once. What an account was charged follows from bought_at and released_at.
CREATE TABLE IF NOT EXISTS holding (
    seq INTEGER PRIMARY KEY NOT NULL,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    area_code TEXT NOT NULL,
    client_ref TEXT,
    monthly_price BIGINT NOT NULL,
    bought_at TIMESTAMP NOT NULL,
    released_at TIMESTAMP,
    service TEXT REFERENCES service (id),
    voice_url TEXT,
    CHECK (released_at IS NULL OR service IS NULL)
);
CREATE UNIQUE INDEX IF NOT EXISTS holding_once ON holding (phone_number) WHERE released_at IS NULL;
CREATE INDEX IF NOT EXISTS holding_number ON holding (phone_number);
CREATE INDEX IF NOT EXISTS holding_area ON holding (area_code);
CREATE INDEX IF NOT EXISTS holding_account ON holding (account, seq);
CREATE INDEX IF NOT EXISTS holding_service ON holding (service) WHERE service IS NOT NULL;
