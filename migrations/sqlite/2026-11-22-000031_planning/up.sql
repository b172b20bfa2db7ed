-- How the numbers of new campaigns are chosen. The key is text: a new strategy needs no migration.
ALTER TABLE organization ADD COLUMN default_strategy TEXT NOT NULL DEFAULT 'best';

-- `best` replaced it.
UPDATE campaign SET strategy = 'best' WHERE strategy = 'simple';

-- Where a campaign's numbers must, must not and may only be: an area code (301) or a state (MD).
CREATE TABLE campaign_rule (
    campaign_id TEXT NOT NULL REFERENCES campaign (id),
    kind TEXT NOT NULL CHECK (kind IN ('must', 'must_not', 'only')),
    place TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    position BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, kind, place)
);
