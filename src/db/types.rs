//! How our own types are bound and read: text for ids, codes and enums, BIGINT for money.
//! The two derives of diesel that would do this belong on the types, but the kernel knows no diesel.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;

use crate::kernel::ids::*;
use crate::kernel::{AreaCode, E164, Micros};

/// Makes a type usable wherever diesel expects this SQL type, nullable or not.
#[macro_export]
#[doc(hidden)]
macro_rules! db_expression {
    ($type:ty, $sql:ty) => {
        const _: () = {
            use diesel::expression::AsExpression;
            use diesel::internal::derives::as_expression::Bound;
            use diesel::sql_types::Nullable;
            impl AsExpression<$sql> for $type {
                type Expression = Bound<$sql, Self>;
                fn as_expression(self) -> Self::Expression {
                    Bound::new(self)
                }
            }
            impl<'expr> AsExpression<$sql> for &'expr $type {
                type Expression = Bound<$sql, Self>;
                fn as_expression(self) -> Self::Expression {
                    Bound::new(self)
                }
            }
            impl AsExpression<Nullable<$sql>> for $type {
                type Expression = Bound<Nullable<$sql>, Self>;
                fn as_expression(self) -> Self::Expression {
                    Bound::new(self)
                }
            }
            impl<'expr> AsExpression<Nullable<$sql>> for &'expr $type {
                type Expression = Bound<Nullable<$sql>, Self>;
                fn as_expression(self) -> Self::Expression {
                    Bound::new(self)
                }
            }
            impl<DB> diesel::serialize::ToSql<Nullable<$sql>, DB> for $type
            where
                DB: diesel::backend::Backend,
                Self: diesel::serialize::ToSql<$sql, DB>,
            {
                fn to_sql<'b>(
                    &'b self,
                    out: &mut diesel::serialize::Output<'b, '_, DB>,
                ) -> diesel::serialize::Result {
                    diesel::serialize::ToSql::<$sql, DB>::to_sql(self, out)
                }
            }
            impl<DB, ST> diesel::deserialize::Queryable<ST, DB> for $type
            where
                DB: diesel::backend::Backend,
                ST: diesel::sql_types::SingleValue,
                Self: diesel::deserialize::FromSql<ST, DB>,
            {
                type Row = Self;
                fn build(row: Self) -> diesel::deserialize::Result<Self> {
                    Ok(row)
                }
            }
        };
    };
}

/// Stores a type as text: `db_text!(Type, |value| &str, |text| Option<Type>)`.
#[macro_export]
macro_rules! db_text {
    ($type:ty, |$value:ident| $to:expr, |$text:ident| $from:expr) => {
        const _: () = {
            use diesel::sql_types::Text;
            impl<DB> diesel::serialize::ToSql<Text, DB> for $type
            where
                DB: diesel::backend::Backend,
                str: diesel::serialize::ToSql<Text, DB>,
            {
                fn to_sql<'b>(
                    &'b self,
                    out: &mut diesel::serialize::Output<'b, '_, DB>,
                ) -> diesel::serialize::Result {
                    let $value = self;
                    <str as diesel::serialize::ToSql<Text, DB>>::to_sql($to, out)
                }
            }
            impl<DB> diesel::deserialize::FromSql<Text, DB> for $type
            where
                DB: diesel::backend::Backend,
                String: diesel::deserialize::FromSql<Text, DB>,
            {
                fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                    let stored = <String as diesel::deserialize::FromSql<Text, DB>>::from_sql(bytes)?;
                    let $text = stored.as_str();
                    $from.ok_or_else(|| format!("{stored:?} is not a {}", stringify!($type)).into())
                }
            }
        };
        $crate::db_expression!($type, diesel::sql_types::Text);
    };
}

/// A [`text_enum!`](crate::text_enum) that the database stores.
#[macro_export]
macro_rules! stored_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($body:tt)* }) => {
        $crate::text_enum! { $(#[$meta])* pub enum $name { $($body)* } }
        $crate::db_text!(
            $name,
            |value| $crate::kernel::text_enum::TextEnum::as_str(*value),
            |text| <$name as $crate::kernel::text_enum::TextEnum>::parse(text)
        );
    };
}

macro_rules! stored_ids {
    ($($name:ident),+ $(,)?) => {
        $(db_text!($name, |value| value.as_str(), |text| $name::parse(text).ok());)+
    };
}

stored_ids!(
    PersonId,
    SessionId,
    InvitationId,
    ApiTokenId,
    ResetId,
    OrganizationId,
    NumberId,
    EventId,
    OrderId,
    LineId,
    CandidateId,
    ChargeId,
    AssignmentId,
    ServiceId,
    CampaignId,
    JobId,
    ActivityId,
    ReleaseId,
    SyncId,
    DifferenceId,
    VoiceId,
    MoveId,
    MailId,
    RequestId,
    AskId,
    GiveBackId,
    TouchId,
    FeeId,
    PlanId,
    PriceChangeId,
);
db_text!(E164, |value| value.as_str(), |text| E164::parse(text).ok());
db_text!(AreaCode, |value| value.as_str(), |text| AreaCode::parse(text).ok());

impl<DB> ToSql<BigInt, DB> for Micros
where
    DB: Backend,
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <i64 as ToSql<BigInt, DB>>::to_sql(self.as_ref(), out)
    }
}
impl<DB> FromSql<BigInt, DB> for Micros
where
    DB: Backend,
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, DB>>::from_sql(bytes).map(Micros::new)
    }
}
db_expression!(Micros, diesel::sql_types::BigInt);
