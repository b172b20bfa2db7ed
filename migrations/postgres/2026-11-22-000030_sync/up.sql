-- A comparison of what the carrier has with what is here: how far it is, and what came of it.
CREATE TABLE sync_run (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    -- Nobody, when it came by the clock.
    asked_by TEXT REFERENCES person (id),
    asked_at TIMESTAMP NOT NULL,
    step TEXT NOT NULL CHECK (step IN ('numbers', 'services', 'members', 'ours', 'theirs', 'missing', 'done')),
    -- Where the step goes on: the carrier's word for the next page, or the last row that was looked at.
    position TEXT,
    restarts BIGINT NOT NULL DEFAULT 0,
    -- How many numbers the carrier listed, and how many of ours were found again or lost.
    seen BIGINT NOT NULL DEFAULT 0,
    found BIGINT NOT NULL DEFAULT 0,
    lost BIGINT NOT NULL DEFAULT 0,
    status TEXT NOT NULL CHECK (status IN ('running', 'complete', 'unusable', 'failed')),
    words TEXT NOT NULL DEFAULT '',
    finished_at TIMESTAMP,
    CHECK ((status = 'running') = (finished_at IS NULL))
);
CREATE INDEX sync_run_organization ON sync_run (organization_id, asked_at);
CREATE UNIQUE INDEX sync_run_open ON sync_run (organization_id) WHERE status = 'running';

-- What a running comparison was told by the carrier; forgotten when it ends.
CREATE TABLE sync_seen (
    run_id TEXT NOT NULL REFERENCES sync_run (id),
    remote_id TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    client_ref TEXT,
    created_at TIMESTAMP NOT NULL,
    monthly_price BIGINT,
    voice_url TEXT,
    service_sid TEXT,
    sms BOOLEAN NOT NULL,
    PRIMARY KEY (run_id, remote_id)
);
CREATE TABLE sync_pool (
    run_id TEXT NOT NULL REFERENCES sync_run (id),
    service_sid TEXT NOT NULL,
    name TEXT NOT NULL,
    is_read BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (run_id, service_sid)
);

-- What differed when the last complete comparison ended, until somebody settles it.
CREATE TABLE sync_difference (
    id TEXT NOT NULL PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES sync_run (id),
    organization_id TEXT NOT NULL REFERENCES organization (id),
    kind TEXT NOT NULL CHECK (kind IN ('unknown', 'missing', 'voice', 'pool')),
    remote_id TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    -- Ours; none when it is unknown here.
    number_id TEXT REFERENCES owned_phone_number (id),
    -- What the carrier said of it.
    created_at TIMESTAMP NOT NULL,
    client_ref TEXT,
    monthly_price BIGINT,
    voice_url TEXT,
    service_sid TEXT,
    service_name TEXT,
    sms BOOLEAN NOT NULL,
    -- What a person asked to be done about it, and why it was not.
    asked TEXT CHECK (asked IN ('adopt', 'ours', 'theirs')),
    asked_by TEXT REFERENCES person (id),
    asked_at TIMESTAMP,
    problem TEXT,
    UNIQUE (run_id, kind, remote_id),
    CHECK ((kind = 'unknown') = (number_id IS NULL)),
    CHECK ((asked IS NULL) = (asked_by IS NULL)),
    CHECK ((asked IS NULL) = (asked_at IS NULL))
);
CREATE INDEX sync_difference_list ON sync_difference (organization_id, kind, phone_number);
CREATE INDEX sync_difference_asked ON sync_difference (organization_id) WHERE asked IS NOT NULL;

-- Numbers at the carrier that an owner does not want to hear of.
CREATE TABLE sync_ignored (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    ignored_by TEXT NOT NULL REFERENCES person (id),
    ignored_at TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, service, carrier_account, remote_id)
);

-- The messaging service that a number is taken out of before it is released, by the carrier's id, and when it was.
ALTER TABLE release_line ADD COLUMN service_sid TEXT;
ALTER TABLE release_line ADD COLUMN left_service_at TIMESTAMP;
CREATE INDEX owned_phone_number_remote ON owned_phone_number (service, carrier_account, service_id)
    WHERE released_at IS NULL;
