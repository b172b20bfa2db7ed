-- How people come, come back and stay safe. Links are kept as hashes: who reads the database can open none.
ALTER TABLE person ADD COLUMN password_changed_at TIMESTAMP;
-- A sign-in whose password was right and whose code was not asked yet opens no page.
ALTER TABLE user_session ADD COLUMN waits_for_code BOOLEAN NOT NULL DEFAULT FALSE;
-- Whether owners must sign in in two steps.
ALTER TABLE organization ADD COLUMN owners_in_two_steps BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE invitation (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    email TEXT NOT NULL CHECK (email = lower(email)),
    role TEXT NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'SPEND_VIEWER')),
    token_hash TEXT NOT NULL UNIQUE,
    invited_by TEXT NOT NULL REFERENCES person (id),
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    accepted_at TIMESTAMP,
    accepted_by TEXT REFERENCES person (id),
    withdrawn_at TIMESTAMP,
    CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
    CHECK (accepted_at IS NULL OR withdrawn_at IS NULL)
);
-- Inviting again replaces the link.
CREATE UNIQUE INDEX invitation_open ON invitation (organization_id, email) WHERE accepted_at IS NULL AND withdrawn_at IS NULL;

CREATE TABLE password_reset (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    token_hash TEXT NOT NULL UNIQUE,
    -- NULL when the console made it.
    made_by TEXT REFERENCES person (id),
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP,
    withdrawn_at TIMESTAMP,
    CHECK (used_at IS NULL OR withdrawn_at IS NULL)
);
CREATE UNIQUE INDEX password_reset_open ON password_reset (person_id) WHERE used_at IS NULL AND withdrawn_at IS NULL;

CREATE TABLE second_step (
    person_id TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    -- Sealed with the instance's key.
    secret TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    -- NULL until the first code was right: before that it is not asked for.
    confirmed_at TIMESTAMP,
    -- The time step of the last code that was taken: neither it nor an earlier one is taken again.
    last_step BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE recovery_code (
    person_id TEXT NOT NULL REFERENCES second_step (person_id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    used_at TIMESTAMP,
    PRIMARY KEY (person_id, code_hash)
);

-- What opens /setup while there is no organization. Emptied by the first one.
CREATE TABLE setup_token (
    token_hash TEXT NOT NULL PRIMARY KEY,
    created_at TIMESTAMP NOT NULL
);
