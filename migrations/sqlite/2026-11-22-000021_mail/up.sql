-- E-mails on their way, and what became of them. What they say may hold a one-time link, so it is sealed with the
-- instance's key, and erased when it is sent or given up.
CREATE TABLE mail_message (
    id TEXT NOT NULL PRIMARY KEY,
    -- NULL for what concerns a person rather than an organization.
    organization_id TEXT REFERENCES organization (id),
    -- The thing whose page says what became of it, such as invitation/0199…
    about TEXT NOT NULL,
    recipient TEXT NOT NULL,
    sealed TEXT,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'sent', 'failed', 'dropped')),
    -- Why it was not sent (yet).
    words TEXT,
    created_at TIMESTAMP NOT NULL,
    -- After that it is of no use any more.
    useful_until TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    CHECK ((status = 'waiting') = (sealed IS NOT NULL)),
    CHECK ((status = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX mail_message_about ON mail_message (about);
CREATE INDEX mail_message_ended ON mail_message (ended_at) WHERE ended_at IS NOT NULL;

-- How often an account was tried and failed, shared by all instances: the moment until which past failures count.
-- The key is a hash: what is typed in the place of an address is kept nowhere.
CREATE TABLE sign_in_limit (
    key_hash TEXT NOT NULL PRIMARY KEY,
    counts_until TIMESTAMP NOT NULL
);
