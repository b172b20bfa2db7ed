//! What the two databases say differently, and the aggregate that diesel types differently from what we want.

use diesel::expression::SqlLiteral;
use diesel::sql_types::BigInt;

diesel::define_sql_function! {
    /// Lower case, of ASCII letters at least: the case-insensitive comparison both databases have.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Runs the same diesel statement on whichever database it is: the body is checked once for each, so it may use
/// what the shared backend does not offer (`on_conflict`, inserting several rows, ...). Takes the connection itself:
/// `on_each!(**tx, conn => ..)` or `on_each!(*conn, conn => ..)`.
#[macro_export]
macro_rules! on_each {
    ($conn:expr, $c:ident => $body:expr) => {
        match &mut $conn {
            $crate::db::Conn::Postgres($c) => $body,
            $crate::db::Conn::Sqlite($c) => $body,
        }
    };
}

/// Loads rows and locks them until the transaction ends. On SQLite the transaction itself is the lock.
#[macro_export]
macro_rules! load_for_update {
    ($conn:expr, $query:expr) => {
        match &mut $conn {
            $crate::db::Conn::Postgres(conn) => {
                diesel::RunQueryDsl::load(diesel::QueryDsl::for_update($query), conn)
            }
            $crate::db::Conn::Sqlite(conn) => diesel::RunQueryDsl::load($query, conn),
        }
    };
}

/// `SUM` of a BIGINT column as a BIGINT: PostgreSQL makes it NUMERIC, which fits no `i64`. Zero without rows.
/// `column` is written into the statement, so it is a name from the schema and never input.
pub fn sum_big(column: &'static str) -> SqlLiteral<BigInt> {
    diesel::dsl::sql::<BigInt>(&format!("CAST(COALESCE(SUM({column}), 0) AS BIGINT)"))
}
