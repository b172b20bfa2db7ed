//! The rows of `sync_difference` and `sync_ignored`.

use diesel::prelude::*;

use crate::db::dialect::sum_big;
use crate::db::schema::{sync_difference as d, sync_ignored as ignored, sync_run as run};
use crate::db::{Conn, DbResult, MultiBackend, Tx};
use crate::kernel::ids::{DifferenceId, NumberId, OrganizationId, PersonId, SyncId};
use crate::kernel::{E164, Micros, Moment};
use crate::organizations::connection::Place;
use crate::sync::model::{Asked, Difference, Kind, Outcome, Seen, SyncRun};
use crate::{load_for_update, on_each};

/// SQLite takes 32,766 bound values a statement; a difference has eighteen.
const ROWS_AT_ONCE: usize = 1_000;

#[derive(Insertable)]
#[diesel(table_name = d, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: DifferenceId,
    run_id: SyncId,
    organization_id: OrganizationId,
    kind: Kind,
    remote_id: &'a str,
    phone_number: E164,
    number_id: Option<NumberId>,
    created_at: Moment,
    client_ref: Option<&'a str>,
    monthly_price: Option<Micros>,
    voice_url: Option<&'a str>,
    service_sid: Option<&'a str>,
    service_name: Option<&'a str>,
    sms: bool,
}

/// Writes down what differs; written before, it is kept once.
pub(in crate::sync) fn insert(tx: &mut Tx, of: &SyncRun, new: &[Difference]) -> DbResult<()> {
    let rows: Vec<NewRow> = new
        .iter()
        .map(|one| NewRow {
            id: one.id,
            run_id: of.id,
            organization_id: of.organization(),
            kind: one.kind,
            remote_id: &one.theirs.remote_id,
            phone_number: one.theirs.phone_number,
            number_id: one.number_id,
            created_at: one.theirs.created_at,
            client_ref: one.theirs.client_ref.as_deref(),
            monthly_price: one.theirs.monthly_price,
            voice_url: one.theirs.voice_url.as_deref(),
            service_sid: one.theirs.service_sid.as_deref(),
            service_name: one.service_name.as_deref(),
            sms: one.theirs.sms,
        })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        on_each!(**tx, conn => diesel::insert_into(d::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(conn))?;
    }
    Ok(())
}

type Columns = (
    (d::id, d::kind, d::number_id, d::service_name, d::asked, d::asked_by, d::problem),
    (
        d::remote_id,
        d::phone_number,
        d::client_ref,
        d::created_at,
        d::monthly_price,
        d::voice_url,
        d::service_sid,
        d::sms,
    ),
);
const COLUMNS: Columns = (
    (d::id, d::kind, d::number_id, d::service_name, d::asked, d::asked_by, d::problem),
    (
        d::remote_id,
        d::phone_number,
        d::client_ref,
        d::created_at,
        d::monthly_price,
        d::voice_url,
        d::service_sid,
        d::sms,
    ),
);

type Own =
    (DifferenceId, Kind, Option<NumberId>, Option<String>, Option<Asked>, Option<PersonId>, Option<String>);
type Theirs = (String, E164, Option<String>, Moment, Option<Micros>, Option<String>, Option<String>, bool);

fn differences(rows: Vec<(Own, Theirs)>) -> Vec<Difference> {
    rows.into_iter()
        .map(|((id, kind, number_id, service_name, asked, asked_by, problem), theirs)| {
            let (remote_id, phone_number, client_ref, created_at, monthly_price, voice_url, service_sid, sms) =
                theirs;
            Difference {
                id,
                kind,
                theirs: Seen {
                    remote_id,
                    phone_number,
                    client_ref,
                    created_at,
                    monthly_price,
                    voice_url,
                    service_sid,
                    sms,
                },
                service_name,
                number_id,
                asked: asked.zip(asked_by),
                problem,
            }
        })
        .collect()
}

/// Which differences are wanted, of those that the last complete comparison with an account left.
#[derive(Debug, Clone, Copy)]
pub(in crate::sync) struct Wanted<'a> {
    pub(in crate::sync) kind: Kind,
    /// Unknown numbers: those an owner wants to hear of, or those not.
    pub(in crate::sync) ignored: bool,
    /// After this one, in the order of numbers.
    pub(in crate::sync) after: Option<E164>,
    /// These; all when there are none.
    pub(in crate::sync) ids: Option<&'a [DifferenceId]>,
}

impl Wanted<'_> {
    pub(in crate::sync) fn of(kind: Kind) -> Wanted<'static> {
        Wanted { kind, ignored: false, after: None, ids: None }
    }
}

fn ignored_at(place: &Place) -> ignored::BoxedQuery<'static, MultiBackend> {
    ignored::table
        .filter(ignored::organization_id.eq(place.organization))
        .filter(ignored::service.eq(place.service.clone()))
        .filter(ignored::carrier_account.eq(place.account.clone()))
        .into_boxed::<MultiBackend>()
}

/// What is not wanted to be heard of.
fn ignored_ids(conn: &mut Conn, place: &Place) -> DbResult<Vec<String>> {
    Ok(ignored_at(place).select(ignored::remote_id).load(conn)?)
}

fn visible<'a>(place: &Place, wanted: &Wanted, ignored: &[String]) -> d::BoxedQuery<'a, MultiBackend> {
    let complete = run::table
        .filter(run::organization_id.eq(place.organization))
        .filter(run::service.eq(place.service.clone()))
        .filter(run::carrier_account.eq(place.account.clone()))
        .filter(run::status.eq(Outcome::Complete))
        .select(run::id);
    let mut query = d::table
        .filter(d::organization_id.eq(place.organization))
        .filter(d::kind.eq(wanted.kind))
        .filter(d::run_id.eq_any(complete))
        .into_boxed::<MultiBackend>();
    if wanted.kind == Kind::Unknown {
        let ids = ignored.to_vec();
        query = if wanted.ignored {
            query.filter(d::remote_id.eq_any(ids))
        } else {
            query.filter(d::remote_id.ne_all(ids))
        };
    }
    if let Some(after) = wanted.after {
        query = query.filter(d::phone_number.gt(after));
    }
    if let Some(ids) = wanted.ids {
        query = query.filter(d::id.eq_any(ids.to_vec()));
    }
    query
}

/// What differs, in the order of numbers: at most `limit`.
pub(in crate::sync) fn list(
    conn: &mut Conn,
    place: &Place,
    wanted: &Wanted,
    limit: i64,
) -> DbResult<Vec<Difference>> {
    let ignored = ignored_ids(conn, place)?;
    let rows: Vec<(Own, Theirs)> = visible(place, wanted, &ignored)
        .order((d::phone_number, d::id))
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    Ok(differences(rows))
}

/// How many there are.
pub(in crate::sync) fn count(conn: &mut Conn, place: &Place, wanted: &Wanted) -> DbResult<i64> {
    let ignored = ignored_ids(conn, place)?;
    Ok(visible(place, wanted, &ignored).count().get_result(conn)?)
}

/// What those wanted cost a month together; nothing where the price of one is not known.
pub(in crate::sync) fn cost(conn: &mut Conn, place: &Place, wanted: &Wanted) -> DbResult<Option<Micros>> {
    let ignored = ignored_ids(conn, place)?;
    let unpriced = visible(place, wanted, &ignored).filter(d::monthly_price.is_null()).count();
    if unpriced.get_result::<i64>(conn)? > 0 {
        return Ok(None);
    }
    let sum: i64 = visible(place, wanted, &ignored).select(sum_big("monthly_price")).get_result(conn)?;
    Ok(Some(Micros::new(sum)))
}

/// The ids of those wanted that nobody asked anything about yet.
pub(in crate::sync) fn idle(conn: &mut Conn, place: &Place, wanted: &Wanted) -> DbResult<Vec<DifferenceId>> {
    let ignored = ignored_ids(conn, place)?;
    Ok(visible(place, wanted, &ignored).filter(d::asked.is_null()).select(d::id).load(conn)?)
}

/// Those of a running comparison.
pub(in crate::sync) fn of_run(
    conn: &mut Conn,
    id: SyncId,
    kind: Kind,
    limit: i64,
) -> DbResult<Vec<Difference>> {
    let rows: Vec<(Own, Theirs)> = d::table
        .filter(d::run_id.eq(id))
        .filter(d::kind.eq(kind))
        .order(d::id)
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    Ok(differences(rows))
}

pub(in crate::sync) fn count_of_run(conn: &mut Conn, id: SyncId, kinds: &[Kind]) -> DbResult<i64> {
    let found = d::table.filter(d::run_id.eq(id)).filter(d::kind.eq_any(kinds.to_vec()));
    Ok(found.count().get_result(conn)?)
}

/// Asks for the same to be done about each; answers how many.
pub(in crate::sync) fn ask(
    tx: &mut Tx,
    ids: &[DifferenceId],
    asked: Asked,
    by: PersonId,
    now: Moment,
) -> DbResult<usize> {
    let mut done = 0;
    for ids in ids.chunks(ROWS_AT_ONCE) {
        done += diesel::update(d::table.filter(d::id.eq_any(ids.to_vec())).filter(d::asked.is_null()))
            .set((d::asked.eq(asked), d::asked_by.eq(by), d::asked_at.eq(now), d::problem.eq(None::<String>)))
            .execute(&mut **tx)?;
    }
    Ok(done)
}

/// What is to be done, the longest asked first; `tried` are left for later.
pub(in crate::sync) fn next_asked(
    conn: &mut Conn,
    organization: OrganizationId,
    tried: &[DifferenceId],
) -> DbResult<Option<Difference>> {
    let rows: Vec<(Own, Theirs)> = d::table
        .filter(d::organization_id.eq(organization))
        .filter(d::asked.is_not_null())
        .filter(d::id.ne_all(tried.to_vec()))
        .order((d::asked_at, d::phone_number, d::id))
        .limit(1)
        .select(COLUMNS)
        .load(conn)?;
    Ok(differences(rows).pop())
}

pub(in crate::sync) fn count_asked(conn: &mut Conn, organization: OrganizationId) -> DbResult<i64> {
    let found = d::table.filter(d::organization_id.eq(organization)).filter(d::asked.is_not_null());
    Ok(found.count().get_result(conn)?)
}

/// Nothing is to be done about it any more, and why it was not.
pub(in crate::sync) fn refuse(tx: &mut Tx, id: DifferenceId, problem: &str) -> DbResult<()> {
    diesel::update(d::table.find(id))
        .set((
            d::asked.eq(None::<Asked>),
            d::asked_by.eq(None::<PersonId>),
            d::asked_at.eq(None::<Moment>),
            d::problem.eq(problem),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// It is settled. Answers whether it was there.
pub(in crate::sync) fn settle(tx: &mut Tx, id: DifferenceId) -> DbResult<bool> {
    Ok(diesel::delete(d::table.find(id)).execute(&mut **tx)? == 1)
}

/// A number is known now: whoever was told that it is not is told so no more.
pub(in crate::sync) fn settle_unknown(tx: &mut Tx, place: &Place, remote_id: &str) -> DbResult<()> {
    let runs = run::table
        .filter(run::service.eq(place.service.clone()))
        .filter(run::carrier_account.eq(place.account.clone()))
        .select(run::id);
    diesel::delete(
        d::table
            .filter(d::kind.eq(Kind::Unknown))
            .filter(d::remote_id.eq(remote_id))
            .filter(d::run_id.eq_any(runs)),
    )
    .execute(&mut **tx)?;
    Ok(())
}

/// A comparison is complete: what it found takes the place of what was found before, but for that about which
/// something is being done.
pub(in crate::sync) fn replace_by(tx: &mut Tx, new: &SyncRun) -> DbResult<()> {
    // Whoever asks about one of them just now is waited for.
    let _: Vec<DifferenceId> = load_for_update!(
        **tx,
        d::table
            .filter(d::organization_id.eq(new.organization()))
            .filter(d::run_id.ne(new.id))
            .order(d::id)
            .select(d::id)
    )?;
    let busy: Vec<(DifferenceId, Kind, String)> = d::table
        .filter(d::organization_id.eq(new.organization()))
        .filter(d::run_id.ne(new.id))
        .filter(d::asked.is_not_null())
        .select((d::id, d::kind, d::remote_id))
        .load(&mut **tx)?;
    for (id, kind, remote_id) in busy {
        let same =
            d::table.filter(d::run_id.eq(new.id)).filter(d::kind.eq(kind)).filter(d::remote_id.eq(remote_id));
        diesel::delete(same).execute(&mut **tx)?;
        diesel::update(d::table.find(id)).set(d::run_id.eq(new.id)).execute(&mut **tx)?;
    }
    diesel::delete(d::table.filter(d::organization_id.eq(new.organization())).filter(d::run_id.ne(new.id)))
        .execute(&mut **tx)?;
    Ok(())
}

/// A comparison came to nothing: what it had found until then is forgotten.
pub(in crate::sync) fn forget_of(tx: &mut Tx, id: SyncId) -> DbResult<()> {
    diesel::delete(d::table.filter(d::run_id.eq(id))).execute(&mut **tx)?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = ignored, treat_none_as_default_value = false)]
struct NewIgnored<'a> {
    organization_id: OrganizationId,
    service: &'a str,
    carrier_account: &'a str,
    remote_id: &'a str,
    ignored_by: PersonId,
    ignored_at: Moment,
}

pub(in crate::sync) fn ignore(
    tx: &mut Tx,
    place: &Place,
    remote_ids: &[String],
    by: PersonId,
    now: Moment,
) -> DbResult<()> {
    let rows: Vec<NewIgnored> = remote_ids
        .iter()
        .map(|remote_id| NewIgnored {
            organization_id: place.organization,
            service: &place.service,
            carrier_account: &place.account,
            remote_id,
            ignored_by: by,
            ignored_at: now,
        })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        on_each!(**tx, conn => diesel::insert_into(ignored::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(conn))?;
    }
    Ok(())
}

pub(in crate::sync) fn unignore(tx: &mut Tx, place: &Place, remote_ids: &[String]) -> DbResult<usize> {
    let these = ignored::table
        .filter(ignored::organization_id.eq(place.organization))
        .filter(ignored::service.eq(&place.service))
        .filter(ignored::carrier_account.eq(&place.account))
        .filter(ignored::remote_id.eq_any(remote_ids.to_vec()));
    Ok(diesel::delete(these).execute(&mut **tx)?)
}
