-- A campaign asks another one to let it have some of the numbers it holds.
CREATE TABLE release_ask (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    -- Who holds them, and who would have them.
    from_campaign TEXT NOT NULL REFERENCES campaign (id),
    to_campaign TEXT NOT NULL REFERENCES campaign (id),
    area_code TEXT NOT NULL,
    numbers BIGINT NOT NULL CHECK (numbers > 0),
    note TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'given', 'kept', 'withdrawn')),
    asked_by TEXT NOT NULL REFERENCES person (id),
    asked_at TIMESTAMP NOT NULL,
    decided_by TEXT REFERENCES person (id),
    decided_at TIMESTAMP,
    -- Why they are kept.
    answer TEXT,
    CHECK (from_campaign <> to_campaign),
    CHECK ((status = 'open') = (decided_at IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK ((status = 'kept') = (answer IS NOT NULL))
);
CREATE UNIQUE INDEX release_ask_open ON release_ask (from_campaign, to_campaign, area_code) WHERE status = 'open';
CREATE INDEX release_ask_organization ON release_ask (organization_id, status, id);
CREATE INDEX release_ask_from ON release_ask (from_campaign, id);
CREATE INDEX release_ask_to ON release_ask (to_campaign, id);

-- Archived campaigns that give back what they hold, all at once: what became of each.
CREATE TABLE give_back (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    asked_by TEXT NOT NULL REFERENCES person (id),
    asked_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE INDEX give_back_organization ON give_back (organization_id, id);
CREATE TABLE give_back_line (
    give_back_id TEXT NOT NULL REFERENCES give_back (id),
    campaign_id TEXT NOT NULL REFERENCES campaign (id),
    -- How many numbers it held when that was confirmed, and how many it gave back.
    held BIGINT NOT NULL CHECK (held >= 0),
    status TEXT NOT NULL CHECK (status IN ('asked', 'done', 'refused')),
    given BIGINT,
    reason TEXT,
    PRIMARY KEY (give_back_id, campaign_id),
    CHECK ((status = 'done') = (given IS NOT NULL)),
    CHECK ((status = 'refused') = (reason IS NOT NULL))
);
