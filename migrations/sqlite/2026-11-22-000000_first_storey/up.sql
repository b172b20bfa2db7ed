-- Times are UTC, whole microseconds. Money is micros (millionths of the account's currency unit).
-- Ids are UUIDv7 text. What must never be is made impossible by a CHECK or a partial unique index.

CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    is_operator BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMP NOT NULL,
    disabled_at TIMESTAMP
);

CREATE TABLE organization (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- The provider's key: text on purpose, a new provider needs no migration.
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    contacts_per_number BIGINT NOT NULL DEFAULT 200 CHECK (contacts_per_number BETWEEN 1 AND 100000),
    room BIGINT NOT NULL DEFAULT 400 CHECK (room BETWEEN 1 AND 100000),
    reservation_hours BIGINT NOT NULL DEFAULT 168 CHECK (reservation_hours BETWEEN 1 AND 8784),
    rest_days BIGINT NOT NULL DEFAULT 7 CHECK (rest_days BETWEEN 0 AND 365),
    order_limit BIGINT NOT NULL DEFAULT 500 CHECK (order_limit BETWEEN 1 AND 10000),
    tolerated_load_percent BIGINT NOT NULL DEFAULT 150 CHECK (tolerated_load_percent BETWEEN 100 AND 1000),
    -- Whether a messaging service made for one campaign is deleted when its numbers are given back.
    delete_campaign_services BOOLEAN NOT NULL DEFAULT TRUE,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE membership (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'SPEND_VIEWER')),
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, person_id)
);
CREATE INDEX membership_person ON membership (person_id);

CREATE TABLE user_session (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    created_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP
);
CREATE INDEX user_session_person ON user_session (person_id);

CREATE TABLE activity (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    at TIMESTAMP NOT NULL,
    person_id TEXT REFERENCES person (id),
    verb TEXT NOT NULL,
    subject TEXT NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX activity_newest ON activity (organization_id, at);

CREATE TABLE job_request (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT REFERENCES organization (id),
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    -- Two jobs with the same key are never open at once.
    unique_key TEXT,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed')),
    attempts BIGINT NOT NULL DEFAULT 0,
    progress_done BIGINT NOT NULL DEFAULT 0,
    progress_total BIGINT NOT NULL DEFAULT 0,
    message TEXT,
    run_after TIMESTAMP NOT NULL,
    lease_owner TEXT,
    lease_until TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    CHECK ((status = 'running') = (lease_owner IS NOT NULL AND lease_until IS NOT NULL)),
    CHECK ((status IN ('done', 'failed')) = (finished_at IS NOT NULL))
);
CREATE UNIQUE INDEX job_request_open_key ON job_request (unique_key) WHERE status IN ('queued', 'running');
CREATE INDEX job_request_queue ON job_request (run_after) WHERE status = 'queued';
CREATE INDEX job_request_kind ON job_request (kind, created_at);
CREATE INDEX job_request_leases ON job_request (lease_until) WHERE status = 'running';

CREATE TABLE messaging_service (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    -- The provider's id; unknown until the provider has answered.
    service_sid TEXT,
    name TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('made', 'adopted')),
    -- Set when it was made for one campaign alone; the campaign's row names it in turn.
    campaign_id TEXT,
    room BIGINT NOT NULL CHECK (room > 0),
    -- Carrier registration (10DLC) in the provider's words; NULL when the provider has none.
    registration TEXT,
    created_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP
);
CREATE INDEX messaging_service_organization ON messaging_service (organization_id);
CREATE UNIQUE INDEX messaging_service_sid ON messaging_service (service, service_sid) WHERE deleted_at IS NULL AND service_sid IS NOT NULL;
CREATE UNIQUE INDEX messaging_service_campaign ON messaging_service (campaign_id) WHERE deleted_at IS NULL AND campaign_id IS NOT NULL;

CREATE TABLE campaign (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'starting', 'started', 'archived', 'closed')),
    contacts_per_number BIGINT NOT NULL CHECK (contacts_per_number BETWEEN 1 AND 100000),
    strategy TEXT NOT NULL,
    include_resting BOOLEAN NOT NULL DEFAULT FALSE,
    planned_start TIMESTAMP,
    -- Its reservation lapses then; NULL when it holds nothing as a draft.
    hold_until TIMESTAMP,
    messaging_service_id TEXT REFERENCES messaging_service (id),
    -- What its last contact file held; NULL before the first.
    file_name TEXT,
    file_read_at TIMESTAMP,
    contact_records BIGINT NOT NULL DEFAULT 0,
    contacts BIGINT NOT NULL DEFAULT 0,
    -- Why the last start failed, or what lapsed: shown on the page until the next success.
    notice TEXT,
    created_by TEXT NOT NULL REFERENCES person (id),
    created_at TIMESTAMP NOT NULL,
    started_at TIMESTAMP,
    archived_at TIMESTAMP,
    closed_at TIMESTAMP
);
CREATE INDEX campaign_organization ON campaign (organization_id, created_at);
CREATE INDEX campaign_holds ON campaign (hold_until) WHERE hold_until IS NOT NULL;

-- What the planner last said, as JSON, with the moment: shown beside the reservation it led to.
CREATE TABLE campaign_plan (
    campaign_id TEXT NOT NULL PRIMARY KEY REFERENCES campaign (id),
    made_at TIMESTAMP NOT NULL,
    plan TEXT NOT NULL
);

CREATE TABLE campaign_need (
    campaign_id TEXT NOT NULL REFERENCES campaign (id),
    area_code TEXT NOT NULL,
    contacts BIGINT NOT NULL CHECK (contacts > 0),
    PRIMARY KEY (campaign_id, area_code)
);

CREATE TABLE campaign_reject (
    campaign_id TEXT NOT NULL REFERENCES campaign (id),
    reason TEXT NOT NULL,
    rows_count BIGINT NOT NULL CHECK (rows_count > 0),
    PRIMARY KEY (campaign_id, reason)
);

CREATE TABLE purchase_order (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('working', 'complete', 'partial', 'stopped', 'failed')),
    -- The most this order may cost at once.
    ceiling BIGINT NOT NULL CHECK (ceiling >= 0),
    placed_by TEXT NOT NULL REFERENCES person (id),
    placed_at TIMESTAMP NOT NULL,
    -- The order whose remainder this one buys.
    continues TEXT REFERENCES purchase_order (id),
    stop_asked_at TIMESTAMP,
    finished_at TIMESTAMP,
    -- A sentence when the order ended otherwise than by buying or failing every line, or waits for a person.
    notice TEXT,
    -- A job to enqueue when the order ends: {"kind": .., "payload": ..}.
    follow_up TEXT,
    CHECK ((status = 'working') = (finished_at IS NULL))
);
CREATE INDEX purchase_order_organization ON purchase_order (organization_id, placed_at);
CREATE INDEX purchase_order_working ON purchase_order (organization_id) WHERE status = 'working';

CREATE TABLE order_line (
    id TEXT NOT NULL PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES purchase_order (id),
    position BIGINT NOT NULL,
    area_code TEXT NOT NULL,
    quoted_price BIGINT NOT NULL CHECK (quoted_price >= 0),
    status TEXT NOT NULL CHECK (status IN ('open', 'bought', 'not_bought', 'unknown')),
    -- Why not, in our words; the provider's code and words beside it.
    reason TEXT,
    provider_code TEXT,
    number_id TEXT,
    finished_at TIMESTAMP,
    UNIQUE (order_id, position),
    CHECK ((status = 'bought') = (number_id IS NOT NULL))
);

CREATE TABLE order_candidate (
    id TEXT NOT NULL PRIMARY KEY,
    line_id TEXT NOT NULL REFERENCES order_line (id),
    order_id TEXT NOT NULL REFERENCES purchase_order (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    monthly_price BIGINT NOT NULL CHECK (monthly_price >= 0),
    status TEXT NOT NULL CHECK (status IN ('planned', 'asking', 'bought', 'refused', 'unknown')),
    reason TEXT,
    provider_code TEXT,
    planned_at TIMESTAMP NOT NULL,
    asked_at TIMESTAMP,
    settled_at TIMESTAMP,
    -- How often the carrier was asked to sell it, and how often in a row it could not say whether it did.
    times_asked BIGINT NOT NULL DEFAULT 0,
    times_checked BIGINT NOT NULL DEFAULT 0,
    -- What to ask for the outcome with, at carriers that complete a purchase later.
    handle TEXT
);
CREATE INDEX order_candidate_line ON order_candidate (line_id);
CREATE INDEX order_candidate_order ON order_candidate (order_id, status);
CREATE UNIQUE INDEX order_candidate_open ON order_candidate (service, carrier_account, phone_number)
    WHERE status IN ('planned', 'asking', 'unknown');
-- A line tries one number at a time.
CREATE UNIQUE INDEX order_candidate_one ON order_candidate (line_id) WHERE status IN ('planned', 'asking', 'unknown', 'bought');

CREATE TABLE owned_phone_number (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    carrier_account TEXT NOT NULL,
    service_id TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    area_code TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('local', 'toll_free')),
    label TEXT NOT NULL DEFAULT '',
    monthly_price BIGINT NOT NULL CHECK (monthly_price >= 0),
    bought_at TIMESTAMP NOT NULL,
    -- The next monthly charge falls on this day (UTC).
    renews_on DATE NOT NULL,
    order_id TEXT REFERENCES purchase_order (id),
    -- The facts from which the status follows (numbers::model::status).
    campaign_id TEXT REFERENCES campaign (id),
    hold TEXT CHECK (hold IN ('reserved', 'in_use')),
    messaging_service_id TEXT REFERENCES messaging_service (id),
    resting_until TIMESTAMP,
    cordoned_at TIMESTAMP,
    leaving_at TIMESTAMP,
    lost_at TIMESTAMP,
    released_at TIMESTAMP,
    CHECK ((campaign_id IS NULL) = (hold IS NULL)),
    -- A number rests after a campaign, never during one.
    CHECK (resting_until IS NULL OR campaign_id IS NULL)
);
CREATE UNIQUE INDEX owned_phone_number_once ON owned_phone_number (service, carrier_account, phone_number)
    WHERE released_at IS NULL AND lost_at IS NULL;
CREATE UNIQUE INDEX owned_phone_number_service_id ON owned_phone_number (service, service_id)
    WHERE released_at IS NULL AND lost_at IS NULL;
-- Reserving takes from this one, in its order.
CREATE INDEX owned_phone_number_available ON owned_phone_number (organization_id, service, area_code, phone_number)
    WHERE campaign_id IS NULL AND messaging_service_id IS NULL AND resting_until IS NULL AND cordoned_at IS NULL
        AND leaving_at IS NULL AND lost_at IS NULL AND released_at IS NULL;
CREATE INDEX owned_phone_number_campaign ON owned_phone_number (campaign_id, area_code, phone_number) WHERE campaign_id IS NOT NULL;
CREATE INDEX owned_phone_number_area ON owned_phone_number (organization_id, area_code, phone_number) WHERE released_at IS NULL;
CREATE INDEX owned_phone_number_search ON owned_phone_number (organization_id, phone_number) WHERE released_at IS NULL;
CREATE INDEX owned_phone_number_resting ON owned_phone_number (resting_until) WHERE resting_until IS NOT NULL;
CREATE INDEX owned_phone_number_pool ON owned_phone_number (messaging_service_id) WHERE messaging_service_id IS NOT NULL;
CREATE INDEX owned_phone_number_renewals ON owned_phone_number (renews_on) WHERE released_at IS NULL AND lost_at IS NULL;
CREATE INDEX owned_phone_number_order ON owned_phone_number (order_id) WHERE order_id IS NOT NULL;

-- Changed in the same transaction as the numbers; a check compares it with a full count.
CREATE TABLE number_count (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    service TEXT NOT NULL,
    area_code TEXT NOT NULL,
    available BIGINT NOT NULL DEFAULT 0 CHECK (available >= 0),
    -- Of the available ones, those cordoned: no planner takes them.
    cordoned BIGINT NOT NULL DEFAULT 0 CHECK (cordoned >= 0 AND cordoned <= available),
    reserved BIGINT NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    in_use BIGINT NOT NULL DEFAULT 0 CHECK (in_use >= 0),
    attached BIGINT NOT NULL DEFAULT 0 CHECK (attached >= 0),
    resting BIGINT NOT NULL DEFAULT 0 CHECK (resting >= 0),
    leaving BIGINT NOT NULL DEFAULT 0 CHECK (leaving >= 0),
    lost BIGINT NOT NULL DEFAULT 0 CHECK (lost >= 0),
    -- The monthly price of all that are charged: every status but lost.
    monthly_cost BIGINT NOT NULL DEFAULT 0 CHECK (monthly_cost >= 0),
    PRIMARY KEY (organization_id, service, area_code)
);

CREATE TABLE number_event (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    number_id TEXT NOT NULL REFERENCES owned_phone_number (id),
    at TIMESTAMP NOT NULL,
    kind TEXT NOT NULL,
    person_id TEXT REFERENCES person (id),
    campaign_id TEXT REFERENCES campaign (id),
    order_id TEXT REFERENCES purchase_order (id),
    why TEXT NOT NULL DEFAULT '',
    before TEXT NOT NULL DEFAULT '',
    after TEXT NOT NULL DEFAULT ''
);
CREATE INDEX number_event_life ON number_event (number_id, at);

CREATE TABLE charge (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    number_id TEXT NOT NULL REFERENCES owned_phone_number (id),
    period_start DATE NOT NULL,
    period_end DATE NOT NULL,
    amount BIGINT NOT NULL,
    basis TEXT NOT NULL CHECK (basis IN ('quoted', 'billed', 'estimated')),
    UNIQUE (number_id, period_start),
    CHECK (period_end > period_start)
);
-- A month of many numbers is added up from this alone.
CREATE INDEX charge_month ON charge (organization_id, period_start, period_end, amount, basis, number_id);

CREATE TABLE assignment (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    number_id TEXT NOT NULL REFERENCES owned_phone_number (id),
    campaign_id TEXT NOT NULL REFERENCES campaign (id),
    started_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    CHECK (ended_at IS NULL OR ended_at >= started_at)
);
CREATE UNIQUE INDEX assignment_open ON assignment (number_id) WHERE ended_at IS NULL;
CREATE INDEX assignment_number ON assignment (number_id, started_at);
CREATE INDEX assignment_campaign ON assignment (campaign_id);
CREATE INDEX assignment_organization ON assignment (organization_id, started_at);
