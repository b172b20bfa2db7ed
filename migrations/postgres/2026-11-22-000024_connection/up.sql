-- How an organization is connected to its account at a carrier. Its secret is sealed with the instance's key.
CREATE TABLE carrier_connection (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    -- What the account signs in with: the account itself or an API key, and the sealed secret of it.
    credential_user TEXT,
    sealed_secret TEXT,
    -- Where the texting platform hears of messages, and when that was last changed.
    inbound_url TEXT,
    status_url TEXT,
    addresses_changed_at TIMESTAMP,
    -- What answers voice calls to its numbers.
    voice_url TEXT,
    -- The last test: what it found in words, the carrier's own code and words, what to do.
    checked_at TIMESTAMP,
    check_works BOOLEAN,
    check_words TEXT,
    check_carrier_code TEXT,
    check_carrier_words TEXT,
    check_next_step TEXT,
    -- The first test that went well.
    worked_at TIMESTAMP,
    balance BIGINT,
    balance_currency TEXT,
    balance_at TIMESTAMP,
    PRIMARY KEY (organization_id, service, carrier_account),
    CHECK ((credential_user IS NULL) = (sealed_secret IS NULL)),
    CHECK ((checked_at IS NULL) = (check_works IS NULL)),
    CHECK ((balance IS NULL) = (balance_at IS NULL)),
    CHECK ((balance IS NULL) = (balance_currency IS NULL))
);
CREATE INDEX carrier_connection_account ON carrier_connection (service, carrier_account);

-- A connection that does not work until a person mends it: read with every request, for the banner.
ALTER TABLE organization ADD COLUMN connection_broken_at TIMESTAMP;
ALTER TABLE organization ADD COLUMN connection_broken_kind TEXT
    CHECK (connection_broken_kind IN ('refused', 'suspended', 'trial', 'unreadable', 'unconnected'));
ALTER TABLE organization ADD COLUMN connection_broken_words TEXT;

-- Which addresses a messaging service of ours was last given, by when they were changed; and why it was not given newer ones.
ALTER TABLE messaging_service ADD COLUMN addresses_at TIMESTAMP;
ALTER TABLE messaging_service ADD COLUMN addresses_problem TEXT;
