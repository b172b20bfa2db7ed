//! What open orders may still cost.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::db::dialect::sum_big;
use crate::db::schema::{order_candidate as candidate, order_line as line, purchase_order as purchase};
use crate::db::{Conn, DbResult};
use crate::kernel::Micros;
use crate::kernel::ids::{LineId, OrganizationId};
use crate::purchasing::model::{CandidateStatus, LineStatus, OrderStatus};

/// Asked for, and not known to be refused: it may be charged at its own price.
const ASKED: [CandidateStatus; 2] = [CandidateStatus::Asking, CandidateStatus::Unknown];
/// A number may still become ours.
const OPEN: [LineStatus; 2] = [LineStatus::Open, LineStatus::Unknown];

/// What the lines that are not decided may cost: those whose number is asked for at its price, the others as quoted.
pub(super) fn open_orders(conn: &mut Conn, organization: OrganizationId) -> DbResult<Micros> {
    let asked: i64 = candidate::table
        .inner_join(line::table.inner_join(purchase::table))
        .filter(purchase::organization_id.eq(organization))
        .filter(purchase::status.eq(OrderStatus::Working))
        .filter(line::status.eq_any(OPEN))
        .filter(candidate::status.eq_any(ASKED))
        .select(sum_big("order_candidate.monthly_price"))
        .get_result(conn)?;
    let in_doubt =
        candidate::table.filter(candidate::line_id.eq(line::id)).filter(candidate::status.eq_any(ASKED));
    let waiting: i64 = line::table
        .inner_join(purchase::table)
        .filter(purchase::organization_id.eq(organization))
        .filter(purchase::status.eq(OrderStatus::Working))
        .filter(line::status.eq_any(OPEN))
        .filter(not(exists(in_doubt)))
        .select(sum_big("order_line.quoted_price"))
        .get_result(conn)?;
    Ok(Micros::new(asked + waiting))
}

/// What was promised for a line whose number is not asked for yet.
pub(super) fn promised(conn: &mut Conn, id: LineId) -> DbResult<Micros> {
    Ok(line::table.find(id).select(line::quoted_price).first(conn)?)
}
