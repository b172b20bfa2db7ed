-- The most that numbers and fees may cost an organization in a month (UTC), in micros; none until an owner sets it.
ALTER TABLE organization ADD COLUMN monthly_budget BIGINT CHECK (monthly_budget > 0);
-- Whether owners and spend viewers are written to: when the budget is nearly used up and orders fail, and every week.
ALTER TABLE organization ADD COLUMN money_letters BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE organization ADD COLUMN weekly_letters BOOLEAN NOT NULL DEFAULT FALSE;

-- What is told once, such as that 80 percent of a month's budget are used: whoever comes second says nothing.
CREATE TABLE said_once (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    about TEXT NOT NULL,
    said_at TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, about)
);

-- Who wants no letters about an organization's money.
CREATE TABLE letter_refusal (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    refused_at TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, person_id)
);

-- What an owner entered by hand: registrations with the carriers and the like. Never deleted: voided with a reason.
CREATE TABLE fee (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    day DATE NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('registration', 'vetting', 'monthly', 'one_off', 'credit')),
    -- Micros; below zero for a credit only.
    amount BIGINT NOT NULL CHECK (amount <> 0 AND (amount < 0) = (kind = 'credit')),
    note TEXT NOT NULL CHECK (note <> ''),
    entered_by TEXT NOT NULL REFERENCES person (id),
    entered_at TIMESTAMP NOT NULL,
    voided_by TEXT REFERENCES person (id),
    voided_at TIMESTAMP,
    void_note TEXT,
    CHECK ((voided_at IS NULL) = (voided_by IS NULL) AND (voided_at IS NULL) = (void_note IS NULL))
);
CREATE INDEX fee_organization ON fee (organization_id, day);
