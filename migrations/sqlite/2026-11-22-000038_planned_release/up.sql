-- A number that shall be released on the day before it renews, if it is still idle then.
CREATE TABLE planned_release (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    number_id TEXT NOT NULL REFERENCES owned_phone_number (id),
    release_on DATE NOT NULL,
    renews_on DATE NOT NULL,
    -- The messaging service it sat in when this was asked, by our id and the carrier's: it may be taken out of that one.
    messaging_service_id TEXT REFERENCES messaging_service (id),
    service_sid TEXT,
    asked_by TEXT NOT NULL REFERENCES person (id),
    asked_at TIMESTAMP NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('planned', 'asked', 'skipped', 'taken_back')),
    -- Why it was skipped.
    words TEXT,
    release_id TEXT REFERENCES release_request (id),
    settled_by TEXT REFERENCES person (id),
    settled_at TIMESTAMP,
    CHECK ((status = 'planned') = (settled_at IS NULL)),
    CHECK ((status = 'asked') = (release_id IS NOT NULL)),
    CHECK (release_on < renews_on)
);
CREATE UNIQUE INDEX planned_release_number ON planned_release (number_id) WHERE status = 'planned';
CREATE INDEX planned_release_due ON planned_release (release_on) WHERE status = 'planned';
CREATE INDEX planned_release_organization ON planned_release (organization_id, status, release_on);
