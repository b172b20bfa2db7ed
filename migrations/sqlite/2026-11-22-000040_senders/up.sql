-- Who picks the number for each contact of a campaign: the messaging service's geomatch, or Numberbank, asked for each.
ALTER TABLE campaign ADD COLUMN picker TEXT NOT NULL DEFAULT 'twilio' CHECK (picker IN ('twilio', 'numberbank'));

-- With which a program asks in an organization's name. Only the hash of the token is kept.
CREATE TABLE api_token (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    -- What it may be used for.
    scope TEXT NOT NULL CHECK (scope IN ('senders')),
    token_hash TEXT NOT NULL UNIQUE,
    -- Its first characters, by which people know it again.
    hint TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES person (id),
    made_at TIMESTAMP NOT NULL,
    -- To the minute.
    used_at TIMESTAMP,
    revoked_at TIMESTAMP
);
CREATE INDEX api_token_organization ON api_token (organization_id, made_at);
