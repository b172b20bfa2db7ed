-- A messaging service may be shared by campaigns, adopted, and be the one that the organization's campaigns use.
ALTER TABLE messaging_service ADD COLUMN registered BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE messaging_service ADD COLUMN is_default BOOLEAN NOT NULL DEFAULT FALSE;
-- Numbers that the carrier has in it and that are not the organization's here, when it was last looked at.
ALTER TABLE messaging_service ADD COLUMN strangers BIGINT NOT NULL DEFAULT 0 CHECK (strangers >= 0);
UPDATE messaging_service SET registered = TRUE WHERE registration IN ('registered', 'VERIFIED');
CREATE UNIQUE INDEX messaging_service_default ON messaging_service (organization_id) WHERE is_default AND deleted_at IS NULL;

-- Whether it gets a messaging service of its own where it could share one.
ALTER TABLE campaign ADD COLUMN own_service BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX campaign_messaging_service ON campaign (messaging_service_id) WHERE messaging_service_id IS NOT NULL;

-- What the carrier was seen to have: when, and each messaging service with what is in it.
CREATE TABLE service_look (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    finished_at TIMESTAMP,
    -- Why the last look did not come to its end.
    problem TEXT,
    PRIMARY KEY (organization_id, service, carrier_account)
);
CREATE TABLE seen_service (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    service_sid TEXT NOT NULL,
    name TEXT NOT NULL,
    registered BOOLEAN NOT NULL,
    registration TEXT,
    loses_replies BOOLEAN NOT NULL,
    geomatch BOOLEAN NOT NULL,
    members BIGINT NOT NULL CHECK (members >= 0),
    -- Of these, not the organization's here.
    strangers BIGINT NOT NULL CHECK (strangers BETWEEN 0 AND members),
    created_at TIMESTAMP NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, service, carrier_account, service_sid)
);
CREATE TABLE seen_member (
    organization_id TEXT NOT NULL,
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    service_sid TEXT NOT NULL,
    number_sid TEXT NOT NULL,
    PRIMARY KEY (organization_id, service, carrier_account, service_sid, number_sid),
    FOREIGN KEY (organization_id, service, carrier_account, service_sid)
        REFERENCES seen_service (organization_id, service, carrier_account, service_sid)
);

-- Numbers that a person or an order lets be put into a messaging service, or taken out (then it names none).
CREATE TABLE service_move (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    messaging_service_id TEXT REFERENCES messaging_service (id),
    order_id TEXT REFERENCES purchase_order (id),
    asked_by TEXT NOT NULL REFERENCES person (id),
    asked_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE INDEX service_move_organization ON service_move (organization_id, asked_at);
CREATE UNIQUE INDEX service_move_order ON service_move (order_id) WHERE order_id IS NOT NULL;
CREATE TABLE service_move_line (
    move_id TEXT NOT NULL REFERENCES service_move (id),
    number_id TEXT NOT NULL REFERENCES owned_phone_number (id),
    -- The messaging service it sat in when that was asked.
    from_service_id TEXT REFERENCES messaging_service (id),
    status TEXT NOT NULL CHECK (status IN ('asked', 'done', 'refused')),
    -- Why it was not done, in our words; the carrier's code beside it.
    reason TEXT,
    provider_code TEXT,
    finished_at TIMESTAMP,
    PRIMARY KEY (move_id, number_id),
    CHECK ((status = 'asked') = (finished_at IS NULL))
);
-- A number moves once at a time.
CREATE UNIQUE INDEX service_move_line_open ON service_move_line (number_id) WHERE status = 'asked';
CREATE INDEX service_move_line_number ON service_move_line (number_id);
