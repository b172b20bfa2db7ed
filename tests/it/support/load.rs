//! Fills `our-city` with as much as one likes, by a seed, with statements that make many rows at once: the same rows
//! on both databases.

use diesel::connection::SimpleConnection;
use numberbank::db::{DbError, Kind};
use numberbank::kernel::AreaCode;

use super::TestApp;

/// How much.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Phone numbers. A tenth of them is in the first area code.
    pub numbers: i64,
    /// Area codes.
    pub area_codes: usize,
    /// Started campaigns, each with a messaging service of its own; beside them a quarter as many archived ones.
    pub started: i64,
    /// Numbers each of them holds; the first draft reserved half as many.
    pub held: i64,
    /// Draft campaigns.
    pub drafts: i64,
    /// Orders that ended; one more is being worked on.
    pub orders: i64,
    /// Lines of each, and of the one release.
    pub lines: i64,
    /// Lines in the log.
    pub deeds: i64,
    /// Further members.
    pub people: i64,
    /// Decides what the numbers do.
    pub seed: i64,
}

impl Size {
    fn archived(&self) -> i64 {
        (self.started / 4).max(1)
    }
    fn running(&self) -> i64 {
        self.started + self.archived()
    }
    /// The id of a row of this kind.
    pub fn id(kind: &str, n: i64) -> String {
        format!("01990000-{kind}-7000-8000-{n:012x}")
    }
    /// A started campaign, an archived one, the draft that reserved, and a draft that did not.
    pub fn campaigns(&self) -> [String; 4] {
        [0, self.started, self.running(), self.running() + 1].map(|n| Size::id(CAMPAIGN, n))
    }
    /// The area code a tenth of the numbers is in.
    pub fn busiest(&self) -> AreaCode {
        codes(1)[0]
    }
    /// The first number; it is in use and in the busiest area code.
    pub fn number(&self) -> String {
        Size::id(NUMBER, 0)
    }
    /// The first order.
    pub fn order(&self) -> String {
        Size::id(ORDER, 0)
    }
    /// The release.
    pub fn release(&self) -> String {
        Size::id(RELEASE, 0)
    }
    /// An API token.
    pub fn api_token(&self) -> String {
        Size::id(API_TOKEN, 0)
    }
    /// A change of voice addresses.
    pub fn voice(&self) -> String {
        Size::id(VOICE, 0)
    }
    /// The first messaging service.
    pub fn service(&self) -> String {
        Size::id(SERVICE, 0)
    }
    /// An open request, of a draft that did not reserve.
    pub fn request(&self) -> String {
        Size::id(REQUEST, 0)
    }
    /// A campaign asks the one that reserved for numbers.
    pub fn ask(&self) -> String {
        Size::id(ASK, 0)
    }
    /// Archived campaigns that were to give back together.
    pub fn give_back(&self) -> String {
        Size::id(GIVE_BACK, 0)
    }
    /// The move of numbers.
    pub fn moved(&self) -> String {
        Size::id(MOVE, 0)
    }
}

const NUMBER: &str = "000a";
const CAMPAIGN: &str = "000c";
const SERVICE: &str = "000d";
const ORDER: &str = "000e";
const LINE: &str = "000f";
const RELEASE: &str = "0010";
const VOICE: &str = "0013";
const DEED: &str = "0011";
const PERSON: &str = "0012";
const MOVE: &str = "0016";
const REQUEST: &str = "0017";
const ASK: &str = "0018";
const GIVE_BACK: &str = "0019";
const TOUCHED: &str = "0041";
const API_TOKEN: &str = "0040";

fn codes(count: usize) -> Vec<AreaCode> {
    AreaCode::all().filter(|code| !code.is_toll_free()).take(count).collect()
}

/// What the two databases say differently.
struct Dialect(Kind);

impl Dialect {
    fn padded(&self, number: &str, digits: usize) -> String {
        match self.0 {
            Kind::Sqlite => format!("printf('%0{digits}d', {number})"),
            Kind::Postgres => format!("lpad(CAST({number} AS TEXT), {digits}, '0')"),
        }
    }
    fn id(&self, kind: &str, number: &str) -> String {
        match self.0 {
            Kind::Sqlite => format!("printf('01990000-{kind}-7000-8000-%012x', {number})"),
            Kind::Postgres => {
                format!("'01990000-{kind}-7000-8000-' || lpad(to_hex(CAST({number} AS BIGINT)), 12, '0')")
            }
        }
    }
    fn timestamp(&self, text: &str) -> String {
        match self.0 {
            Kind::Sqlite => text.to_owned(),
            Kind::Postgres => format!("CAST({text} AS TIMESTAMP)"),
        }
    }
    fn date(&self, text: &str) -> String {
        match self.0 {
            Kind::Sqlite => text.to_owned(),
            Kind::Postgres => format!("CAST({text} AS DATE)"),
        }
    }
    fn month_before(&self, date: &str) -> String {
        match self.0 {
            Kind::Sqlite => format!("date({date}, '-1 month')"),
            Kind::Postgres => format!("CAST({date} - INTERVAL '1 month' AS DATE)"),
        }
    }
}

/// `i` from 0 to below `count`.
fn counting(count: i64) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})")
}

fn our(column: &str) -> String {
    format!("(SELECT {column} FROM organization WHERE slug = 'our-city')")
}

const OWNER: &str = "(SELECT id FROM person WHERE email = 'owner@example.org')";

/// Fills the application's database.
pub async fn fill(app: &TestApp, size: Size) {
    let day_of_its_own = "(CASE WHEN d > 22 THEN '2026-11-' ELSE '2026-12-' END) || ";
    let day = Dialect(app.app().db.kind()).padded("d", 2);
    fill_renewing(app, size, &format!("{day_of_its_own}{day}")).await;
}

/// The same, all numbers due on one day.
pub async fn fill_due(app: &TestApp, size: Size, day: &str) {
    fill_renewing(app, size, &format!("'{day}'")).await;
}

async fn fill_renewing(app: &TestApp, size: Size, renews_on: &str) {
    let statements = statements(&Dialect(app.app().db.kind()), size, renews_on);
    app.write(move |tx| {
        for statement in &statements {
            tx.batch_execute(statement)
                .map_err(|error| numberbank::error::AppError::Internal(format!("{error} in {statement}")))?;
        }
        Ok(())
    })
    .await;
    // What a server does by itself after a while: statistics for the planner, and pages marked as all visible.
    let after = match app.app().db.kind() {
        // As the program itself does.
        Kind::Sqlite => "PRAGMA optimize = 0x10002",
        Kind::Postgres => "VACUUM ANALYZE",
    };
    let done: Result<(), DbError> =
        app.app().db.read(move |conn| conn.batch_execute(after).map_err(DbError::from)).await;
    done.unwrap();
}

fn statements(sql: &Dialect, size: Size, renews_on: &str) -> Vec<String> {
    let (org, now) = (our("id"), sql.timestamp("'2026-11-01 12:00:00'"));
    let (running, started, held) = (size.running(), size.started, size.held);
    let campaigns = running + size.drafts;
    let list: Vec<String> =
        codes(size.area_codes).iter().enumerate().map(|(n, code)| format!("({n}, '{code}')")).collect();
    let list = list.join(", ");
    let others = size.area_codes - 1;
    let (id_person, id_service) = (sql.id(PERSON, "i"), sql.id(SERVICE, "i"));
    let (id_campaign, id_order, id_line) = (sql.id(CAMPAIGN, "i"), sql.id(ORDER, "i"), sql.id(LINE, "i"));
    let (id_deed, id_number) = (sql.id(DEED, "i"), sql.id(NUMBER, "i"));
    let order_of_line = sql.id(ORDER, &format!("(i / {})", size.lines));
    let first_campaign = sql.id(CAMPAIGN, "i");
    let mut all = vec![
        format!(
            "{} INSERT INTO person (id, email, name, password_hash, created_at) SELECT {id_person}, \
             'person' || i || '@example.org', 'Person ' || i, '-', {now} FROM n",
            counting(size.people)
        ),
        format!(
            "INSERT INTO membership (organization_id, person_id, role, created_at) SELECT {org}, id, 'SPEND_VIEWER', \
             {now} FROM person WHERE email LIKE 'person%'"
        ),
        format!(
            "{} INSERT INTO messaging_service (id, organization_id, service, carrier_account, service_sid, name, \
             origin, campaign_id, room, created_at) SELECT {id_service}, {org}, 'fakeservice', 'our-city', 'MG' || i, \
             'Campaign ' || i, 'made', {first_campaign}, 400, {now} FROM n",
            counting(running)
        ),
        format!(
            "{} INSERT INTO campaign (id, organization_id, name, state, contacts_per_number, strategy, hold_until, \
             messaging_service_id, file_name, file_read_at, contact_records, contacts, created_by, created_at, \
             started_at, archived_at) SELECT {id_campaign}, {org}, 'Campaign ' || i, \
             CASE WHEN i < {started} THEN 'started' WHEN i < {running} THEN 'archived' ELSE 'draft' END, 200, 'best', \
             CASE WHEN i = {running} THEN {} END, CASE WHEN i < {running} THEN {id_service} END, 'contacts.csv', {now}, \
             {contacts}, {contacts}, {OWNER}, {now}, CASE WHEN i < {running} THEN {now} END, \
             CASE WHEN i >= {started} AND i < {running} THEN {now} END FROM n",
            counting(campaigns),
            sql.timestamp("'2026-11-25 12:00:00'"),
            contacts = size.area_codes * 900,
        ),
        format!(
            "INSERT INTO campaign_need (campaign_id, area_code, contacts) WITH codes(c, code) AS (VALUES {list}) \
             SELECT campaign.id, code, 900 FROM campaign CROSS JOIN codes"
        ),
    ];
    // Of each number its place i; c, its area code; k, its place there; d and m, when it was bought; r, a draw.
    let (exchange, line) = (sql.padded("200 + k / 10000", 3), sql.padded("k % 10000", 4));
    let (month, day) = (sql.padded("m", 2), sql.padded("d", 2));
    let campaign_of = sql.id(CAMPAIGN, &format!("(i / {held})"));
    let service_of = sql.id(SERVICE, &format!("(i / {held})"));
    let (in_use, reserved) = (running * held, running * held + held / 2);
    all.push(format!(
        "{}, spread AS (SELECT i, CASE WHEN i % 10 = 0 THEN 0 ELSE 1 + (i - i / 10 - 1) % {others} END AS c, \
         CASE WHEN i % 10 = 0 THEN i / 10 ELSE (i - i / 10 - 1) / {others} END AS k, 5 + i % 6 AS m, \
         1 + (i / 6) % 28 AS d, (CAST(i AS BIGINT) * 7919 + {seed} * 104729) % 1000 AS r FROM n), \
         codes(c, code) AS (VALUES {list}) \
         INSERT INTO owned_phone_number (id, organization_id, service, carrier_account, service_id, phone_number, \
         area_code, kind, label, monthly_price, bought_at, renews_on, campaign_id, hold, messaging_service_id, \
         resting_until, cordoned_at) SELECT {id_number}, {org}, 'fakeservice', 'our-city', 'PN' || i, \
         '+1' || code || {exchange} || {line}, code, 'local', \
         CASE WHEN i % 5 = 0 THEN 'Pool ' || (i % 700) ELSE '' END, 1150000, {bought}, {renews}, \
         CASE WHEN i < {reserved} THEN {campaign_of} END, \
         CASE WHEN i < {in_use} THEN 'in_use' WHEN i < {reserved} THEN 'reserved' END, \
         CASE WHEN i < {in_use} THEN {service_of} WHEN i >= {reserved} AND r BETWEEN 40 AND 59 THEN '{first_service}' END, \
         CASE WHEN i >= {reserved} AND r < 30 THEN {rests} END, \
         CASE WHEN i >= {reserved} AND r BETWEEN 30 AND 39 THEN {now} END FROM spread JOIN codes ON codes.c = spread.c",
        counting(size.numbers),
        seed = size.seed,
        bought = sql.timestamp(&format!("'2026-' || {month} || '-' || {day} || ' 12:00:00'")),
        renews = sql.date(renews_on),
        rests = sql.timestamp("'2026-11-25 12:00:00'"),
        first_service = Size::id(SERVICE, 0),
    ));
    all.extend(beside_numbers(sql, &org, &now));
    let order_lines = size.orders * size.lines;
    all.extend([
        format!(
            "{} INSERT INTO purchase_order (id, organization_id, service, carrier_account, status, ceiling, placed_by, \
             placed_at, finished_at) SELECT {id_order}, {org}, 'fakeservice', 'our-city', \
             CASE WHEN i = {orders} THEN 'working' ELSE 'partial' END, 100000000, {OWNER}, {now}, \
             CASE WHEN i < {orders} THEN {now} END FROM n",
            counting(size.orders + 1),
            orders = size.orders,
        ),
        format!(
            "{} INSERT INTO order_line (id, order_id, position, area_code, quoted_price, status, reason, number_id, \
             finished_at) SELECT {id_line}, {order_of_line}, i % {lines}, '{code}', 1150000, \
             CASE WHEN i >= {order_lines} THEN 'open' WHEN i % 2 = 0 THEN 'bought' ELSE 'not_bought' END, \
             CASE WHEN i < {order_lines} AND i % 2 = 1 THEN 'None were left.' END, \
             CASE WHEN i < {order_lines} AND i % 2 = 0 THEN {number} END, CASE WHEN i < {order_lines} THEN {now} END FROM n",
            counting(order_lines + size.lines),
            lines = size.lines,
            code = size.busiest(),
            number = sql.id(NUMBER, &format!("(i % {})", size.numbers)),
        ),
        format!(
            "INSERT INTO release_request (id, organization_id, asked_by, asked_at, finished_at) \
             SELECT '{}', {org}, {OWNER}, {now}, {now}",
            size.release()
        ),
        format!(
            "{} INSERT INTO release_line (release_id, number_id, status, reason, finished_at) SELECT '{}', {id_number}, \
             'kept', 'It is in use.', {now} FROM n",
            counting(size.lines),
            size.release()
        ),
        format!(
            "INSERT INTO api_token (id, organization_id, name, scope, token_hash, hint, made_by, made_at) \
             SELECT '{}', {org}, 'Texting platform', 'senders', 'a hash', 'nb_abcd', {OWNER}, {now}",
            size.api_token()
        ),
        format!(
            "INSERT INTO voice_request (id, organization_id, voice_url, asked_by, asked_at, finished_at) \
             SELECT '{}', {org}, 'https://voice.example.org/', {OWNER}, {now}, {now}",
            size.voice()
        ),
        format!(
            "{} INSERT INTO voice_line (voice_id, number_id, status, finished_at) SELECT '{}', {id_number}, 'done', \
             {now} FROM n",
            counting(size.lines),
            size.voice()
        ),
        format!(
            "INSERT INTO service_move (id, organization_id, messaging_service_id, asked_by, asked_at, finished_at) \
             SELECT '{}', {org}, '{}', {OWNER}, {now}, {now}",
            size.moved(),
            size.service()
        ),
        format!(
            "{} INSERT INTO service_move_line (move_id, number_id, status, reason, finished_at) SELECT '{}', \
             {id_number}, 'refused', 'It is in use.', {now} FROM n",
            counting(size.lines),
            size.moved()
        ),
        format!(
            "{} INSERT INTO number_request (id, organization_id, campaign_id, status, asked_by, asked_at, note, fallback, \
             monthly_cost, decided_by, decided_at, order_id) SELECT {}, {org}, CASE WHEN i = 0 THEN '{}' ELSE '{}' END, \
             CASE WHEN i = 0 THEN 'open' WHEN i = {last} THEN 'approved' ELSE 'withdrawn' END, {OWNER}, {now}, '', 'none', \
             1150000, CASE WHEN i > 0 THEN {OWNER} END, CASE WHEN i > 0 THEN {now} END, CASE WHEN i = {last} THEN '{}' END \
             FROM n",
            counting(size.orders + 2),
            sql.id(REQUEST, "i"),
            size.campaigns()[3],
            size.campaigns()[2],
            size.order(),
            last = size.orders + 1,
        ),
        format!(
            "INSERT INTO number_request_line (request_id, area_code, numbers, price) SELECT id, '{}', 1, 1150000 FROM \
             number_request",
            size.busiest()
        ),
        format!(
            "{} INSERT INTO release_ask (id, organization_id, from_campaign, to_campaign, area_code, numbers, note, \
             status, asked_by, asked_at) SELECT {}, {org}, '{}', {}, '{}', 1, '', 'open', {OWNER}, {now} FROM n",
            counting(size.drafts - 1),
            sql.id(ASK, "i"),
            size.campaigns()[2],
            sql.id(CAMPAIGN, &format!("(i + {})", running + 1)),
            size.busiest(),
        ),
        format!(
            "INSERT INTO give_back (id, organization_id, asked_by, asked_at, finished_at) SELECT '{}', {org}, {OWNER}, \
             {now}, {now}",
            size.give_back()
        ),
        format!(
            "{} INSERT INTO give_back_line (give_back_id, campaign_id, held, status, reason) SELECT '{}', {}, 1, \
             'refused', 'It is started.' FROM n",
            counting(running),
            size.give_back(),
            sql.id(CAMPAIGN, "i"),
        ),
        format!(
            "{} INSERT INTO seen_service (organization_id, service, carrier_account, service_sid, name, registered, \
             loses_replies, geomatch, members, strangers, created_at, seen_at) SELECT {org}, 'fakeservice', \
             'our-city', 'MG' || i, 'Campaign ' || i, {no}, {no}, {yes}, 5, 1, {now}, {now} FROM n",
            counting(running + size.drafts),
            no = "(1 = 0)",
            yes = "(1 = 1)",
        ),
        format!(
            "{} INSERT INTO activity (id, organization_id, at, person_id, verb, subject, words) SELECT {id_deed}, \
             {org}, {now}, CASE WHEN i % 2 = 0 THEN {OWNER} ELSE {somebody} END, 'label', '', 'Labelled a number' FROM n",
            counting(size.deeds),
            somebody = sql.id(PERSON, &format!("(i % {})", size.people)),
        ),
    ]);
    all
}

/// What follows from the numbers: their counts, their purchases, their last charges, and who held them.
fn beside_numbers(sql: &Dialect, org: &str, now: &str) -> Vec<String> {
    let count = |condition: &str| format!("COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0)");
    let free = "hold IS NULL AND messaging_service_id IS NULL AND resting_until IS NULL";
    vec![
        format!(
            "INSERT INTO number_count (organization_id, service, area_code, available, cordoned, reserved, in_use, \
             attached, resting, monthly_cost) SELECT {org}, 'fakeservice', area_code, {}, {}, {}, {}, {}, {}, \
             SUM(monthly_price) FROM owned_phone_number GROUP BY area_code",
            count(free),
            count(&format!("cordoned_at IS NOT NULL AND {free}")),
            count("hold = 'reserved'"),
            count("hold = 'in_use'"),
            count("hold IS NULL AND messaging_service_id IS NOT NULL"),
            count("hold IS NULL AND messaging_service_id IS NULL AND resting_until IS NOT NULL"),
        ),
        "INSERT INTO number_digits (number_id, organization_id, ends, local) SELECT id, organization_id, \
         substr(phone_number, 9), substr(phone_number, 6) FROM owned_phone_number"
            .into(),
        format!(
            "INSERT INTO number_event (id, organization_id, number_id, at, kind, person_id) SELECT \
             '01990000-0013' || substr(id, 14), organization_id, id, bought_at, 'bought', {OWNER} FROM owned_phone_number"
        ),
        format!(
            "INSERT INTO charge (id, organization_id, number_id, period_start, period_end, amount, basis) SELECT \
             '01990000-0014' || substr(id, 14), organization_id, id, {}, renews_on, monthly_price, 'quoted' \
             FROM owned_phone_number",
            sql.month_before("renews_on")
        ),
        format!(
            "INSERT INTO month_touched (id, organization_id, first_month) SELECT '{}', {org}, {}",
            Size::id(TOUCHED, 0),
            sql.date("'2026-01-01'")
        ),
        format!(
            "INSERT INTO assignment (id, organization_id, number_id, campaign_id, started_at) SELECT \
             '01990000-0015' || substr(id, 14), organization_id, id, campaign_id, {now} FROM owned_phone_number \
             WHERE hold = 'in_use'"
        ),
    ]
}
