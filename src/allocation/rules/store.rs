//! The rows of `campaign_rule`.

use diesel::prelude::*;

use super::super::places::{Place, Places};
use crate::db::schema::campaign_rule;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{CampaignId, OrganizationId};
use crate::on_each;
use crate::stored_enum;

stored_enum! {
    /// What a row says of its place.
    pub enum Kind {
        /// It must be used.
        Must = "must",
        /// It must not be used.
        MustNot = "must_not",
        /// It is among those that alone may be used.
        Only = "only",
    }
}

pub(super) fn of(conn: &mut Conn, organization: OrganizationId, id: CampaignId) -> DbResult<Places> {
    let rows: Vec<(Kind, String)> = campaign_rule::table
        .filter(campaign_rule::organization_id.eq(organization))
        .filter(campaign_rule::campaign_id.eq(id))
        .order((campaign_rule::kind, campaign_rule::position))
        .select((campaign_rule::kind, campaign_rule::place))
        .load(conn)?;
    let mut places = Places::default();
    for (kind, key) in rows {
        // An area code that this version does not know is in nobody's stock either.
        let Ok(place) = Place::parse(&key) else { continue };
        match kind {
            Kind::Must => places.must.push(place),
            Kind::MustNot => places.must_not.push(place),
            Kind::Only => places.only.push(place),
        }
    }
    Ok(places)
}

#[derive(Insertable)]
#[diesel(table_name = campaign_rule)]
struct NewRule {
    campaign_id: CampaignId,
    kind: Kind,
    place: String,
    organization_id: OrganizationId,
    position: i64,
}

/// The campaign's row is locked before.
pub(super) fn replace(
    tx: &mut Tx,
    organization: OrganizationId,
    id: CampaignId,
    places: &Places,
) -> DbResult<()> {
    diesel::delete(
        campaign_rule::table
            .filter(campaign_rule::organization_id.eq(organization))
            .filter(campaign_rule::campaign_id.eq(id)),
    )
    .execute(&mut **tx)?;
    let kinds = [(Kind::Must, &places.must), (Kind::MustNot, &places.must_not), (Kind::Only, &places.only)];
    let rows: Vec<NewRule> = kinds
        .into_iter()
        .flat_map(|(kind, places)| (0..).zip(places).map(move |(position, place)| (kind, position, place)))
        .map(|(kind, position, place)| NewRule {
            campaign_id: id,
            kind,
            place: place.key().to_owned(),
            organization_id: organization,
            position,
        })
        .collect();
    if !rows.is_empty() {
        on_each!(**tx, conn => diesel::insert_into(campaign_rule::table).values(&rows).execute(conn))?;
    }
    Ok(())
}
