-- Giving numbers back to the carrier: what was asked, by whom, and what became of each number.
CREATE TABLE release_request (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    asked_by TEXT NOT NULL REFERENCES person (id),
    asked_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE INDEX release_request_organization ON release_request (organization_id, asked_at);

CREATE TABLE release_line (
    release_id TEXT NOT NULL REFERENCES release_request (id),
    number_id TEXT NOT NULL REFERENCES owned_phone_number (id),
    status TEXT NOT NULL CHECK (status IN ('asked', 'released', 'kept')),
    -- Why it was kept, in our words; the carrier's code beside it.
    reason TEXT,
    provider_code TEXT,
    finished_at TIMESTAMP,
    PRIMARY KEY (release_id, number_id),
    CHECK ((status = 'asked') = (finished_at IS NULL))
);
-- A number leaves once at a time.
CREATE UNIQUE INDEX release_line_open ON release_line (number_id) WHERE status = 'asked';
