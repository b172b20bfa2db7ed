//! The rows of `activity`.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::model::{Activity, Filter, From, Slice};
use crate::db::schema::activity as a;
use crate::db::{Conn, DbResult, MultiBackend, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{ActivityId, OrganizationId, PersonId};

pub(super) fn insert(tx: &mut Tx, organization: OrganizationId, line: &Activity) -> DbResult<()> {
    diesel::insert_into(a::table)
        .values((
            a::id.eq(line.id),
            a::organization_id.eq(organization),
            a::at.eq(line.at),
            a::person_id.eq(line.person_id),
            a::verb.eq(&line.verb),
            a::subject.eq(&line.subject),
            a::words.eq(&line.words),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

fn filtered<'a>(organization: OrganizationId, filter: &Filter) -> a::BoxedQuery<'a, MultiBackend> {
    let mut query = a::table.filter(a::organization_id.eq(organization)).into_boxed::<MultiBackend>();
    if let Some(person) = filter.person {
        query = query.filter(a::person_id.eq(person));
    }
    if let Some(verb) = &filter.verb {
        query = query.filter(a::verb.eq(verb.clone()));
    }
    query
}

type Row = (ActivityId, Moment, Option<PersonId>, String, String, String);

pub(super) fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    filter: &Filter,
    from: From,
    limit: usize,
) -> DbResult<Slice> {
    let mut moment_of = |id: ActivityId| -> DbResult<Moment> {
        Ok(a::table
            .filter(a::organization_id.eq(organization))
            .filter(a::id.eq(id))
            .select(a::at)
            .first(conn)?)
    };
    let mut query = filtered(organization, filter);
    query = match from {
        From::Newest => query,
        From::OlderThan(id) => {
            let at = moment_of(id)?;
            query.filter(a::at.lt(at).or(a::at.eq(at).and(a::id.lt(id))))
        }
        From::NewerThan(id) => {
            let at = moment_of(id)?;
            query.filter(a::at.gt(at).or(a::at.eq(at).and(a::id.gt(id))))
        }
    };
    let upwards = matches!(from, From::NewerThan(_));
    query = if upwards {
        query.order((a::at.asc(), a::id.asc()))
    } else {
        query.order((a::at.desc(), a::id.desc()))
    };
    // One more than asked for tells whether there are more.
    let rows: Vec<Row> = query
        .select((a::id, a::at, a::person_id, a::verb, a::subject, a::words))
        .limit(i64::try_from(limit + 1).unwrap_or(i64::MAX))
        .load(conn)?;
    let more = rows.len() > limit;
    let mut lines: Vec<Activity> = rows
        .into_iter()
        .take(limit)
        .map(|(id, at, person_id, verb, subject, words)| Activity { id, at, person_id, verb, subject, words })
        .collect();
    if upwards {
        lines.reverse();
    }
    let (newer, older) = match from {
        From::Newest => (false, more),
        From::OlderThan(_) => (true, more),
        From::NewerThan(_) => (more, true),
    };
    Ok(Slice { lines, newer, older })
}

pub(super) fn how_many(conn: &mut Conn, organization: OrganizationId, filter: &Filter) -> DbResult<i64> {
    Ok(filtered(organization, filter).count().get_result(conn)?)
}

pub(super) fn choices(
    conn: &mut Conn,
    organization: OrganizationId,
) -> DbResult<(BTreeSet<PersonId>, BTreeSet<String>)> {
    let pairs: Vec<(Option<PersonId>, String)> = a::table
        .filter(a::organization_id.eq(organization))
        .select((a::person_id, a::verb))
        .distinct()
        .load(conn)?;
    Ok((
        pairs.iter().filter_map(|(person, _)| *person).collect(),
        pairs.into_iter().map(|pair| pair.1).collect(),
    ))
}
