//! The rows of `start_forecast`.

use diesel::prelude::*;

use super::Foreseen;
use crate::db::schema::start_forecast as forecast;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{CampaignId, OrganizationId};
use crate::kernel::{Micros, Moment};
use crate::on_each;

pub(super) fn write(
    tx: &mut Tx,
    organization: OrganizationId,
    campaign: CampaignId,
    foreseen: &Foreseen,
) -> DbResult<()> {
    let figures = (
        forecast::at.eq(foreseen.at),
        forecast::wanted.eq(foreseen.wanted),
        forecast::owned.eq(foreseen.owned),
        forecast::to_buy.eq(foreseen.to_buy),
        forecast::price.eq(foreseen.price),
    );
    let row = (forecast::campaign_id.eq(campaign), forecast::organization_id.eq(organization), figures);
    on_each!(**tx, conn => diesel::insert_into(forecast::table)
        .values(row)
        .on_conflict(forecast::campaign_id)
        .do_update()
        .set(figures)
        .execute(conn))?;
    Ok(())
}

pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Option<Foreseen>> {
    type Row = (Moment, i64, i64, i64, Option<Micros>);
    let row: Option<Row> = forecast::table
        .filter(forecast::organization_id.eq(organization))
        .filter(forecast::campaign_id.eq(campaign))
        .select((forecast::at, forecast::wanted, forecast::owned, forecast::to_buy, forecast::price))
        .first(conn)
        .optional()?;
    Ok(row.map(|(at, wanted, owned, to_buy, price)| Foreseen { at, wanted, owned, to_buy, price }))
}
