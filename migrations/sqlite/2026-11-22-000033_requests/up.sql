-- Whether what an order buys is reserved for its campaign as it arrives.
ALTER TABLE purchase_order ADD COLUMN reserves BOOLEAN NOT NULL DEFAULT FALSE CHECK (NOT reserves OR campaign_id IS NOT NULL);

-- Numbers that somebody asks the owners for, for a campaign that lacks them.
CREATE TABLE number_request (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    campaign_id TEXT NOT NULL REFERENCES campaign (id),
    status TEXT NOT NULL CHECK (status IN ('open', 'approved', 'declined', 'withdrawn')),
    asked_by TEXT NOT NULL REFERENCES person (id),
    asked_at TIMESTAMP NOT NULL,
    needed_by TIMESTAMP,
    note TEXT NOT NULL,
    -- Where the order may turn when an area code is sold out.
    fallback TEXT NOT NULL CHECK (fallback IN ('none', 'overlay', 'state', 'anywhere')),
    -- A month, of all its lines; of an approved one what was approved.
    monthly_cost BIGINT NOT NULL CHECK (monthly_cost >= 0),
    decided_by TEXT REFERENCES person (id),
    decided_at TIMESTAMP,
    -- Why it was declined.
    answer TEXT,
    order_id TEXT REFERENCES purchase_order (id),
    -- The limit a month under which it was approved without a person looking at it; decided_by set that limit.
    within_limit BIGINT CHECK (within_limit > 0),
    -- Why it was not approved within the limit, when there is one.
    not_automatic TEXT,
    CHECK ((status = 'open') = (decided_at IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK ((status = 'approved') = (order_id IS NOT NULL)),
    CHECK (status = 'approved' OR within_limit IS NULL),
    CHECK ((status = 'declined') = (answer IS NOT NULL))
);
CREATE UNIQUE INDEX number_request_open ON number_request (campaign_id) WHERE status = 'open';
CREATE UNIQUE INDEX number_request_order ON number_request (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX number_request_organization ON number_request (organization_id, status, id);
CREATE INDEX number_request_campaign ON number_request (campaign_id, id);
CREATE TABLE number_request_line (
    request_id TEXT NOT NULL REFERENCES number_request (id),
    area_code TEXT NOT NULL,
    numbers BIGINT NOT NULL CHECK (numbers > 0),
    -- What one cost a month when it was asked for.
    price BIGINT NOT NULL CHECK (price >= 0),
    PRIMARY KEY (request_id, area_code)
);

-- Up to how much a month requests are approved without a person looking at them; none without a row.
CREATE TABLE approval_limit (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organization (id),
    monthly BIGINT NOT NULL CHECK (monthly >= 0),
    set_by TEXT NOT NULL REFERENCES person (id),
    set_at TIMESTAMP NOT NULL
);
