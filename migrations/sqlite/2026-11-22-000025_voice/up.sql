-- What answers voice calls to a number, as last known.
ALTER TABLE owned_phone_number ADD COLUMN voice_url TEXT;

-- Giving numbers a voice address: which one, by whom, and what became of each number.
CREATE TABLE voice_request (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    -- NULL takes the address away.
    voice_url TEXT,
    asked_by TEXT NOT NULL REFERENCES person (id),
    asked_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE INDEX voice_request_organization ON voice_request (organization_id, asked_at);

CREATE TABLE voice_line (
    voice_id TEXT NOT NULL REFERENCES voice_request (id),
    number_id TEXT NOT NULL REFERENCES owned_phone_number (id),
    status TEXT NOT NULL CHECK (status IN ('asked', 'done', 'failed')),
    -- Why it failed, in our words; the carrier's code beside it.
    reason TEXT,
    provider_code TEXT,
    finished_at TIMESTAMP,
    PRIMARY KEY (voice_id, number_id),
    CHECK ((status = 'asked') = (finished_at IS NULL))
);
-- A number is given one address at a time.
CREATE UNIQUE INDEX voice_line_open ON voice_line (number_id) WHERE status = 'asked';
