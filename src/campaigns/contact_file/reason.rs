//! Why a row of a contact file does not count.

/// Why a row does not count. [`key`](Reason::key) is for machines, [`words`](Reason::words) for people.
///
/// The cases and their keys follow libphonenumber (as the `phonenumbers` package for Python 9.0 judges a
/// cell dialled from the United States), refined by our own area code table. Ordered as a page shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The cell is empty or blank, or the row ends before its column.
    MissingCell,
    /// An earlier row of the file has the same number and counts.
    Duplicate,
    /// Seven digits after cleaning.
    LocalOnly,
    /// Fewer than ten digits, but not seven.
    TooShort,
    /// More than ten digits after the country code, or a trunk `0` before them.
    TooLong,
    /// Ten digits whose first three are no area code in service: unassigned, planned, or not `[2-9]NN`.
    AreaCode,
    /// A geographic code of the United States or Canada, but what follows cannot be a number there: an
    /// exchange starting with 0 or 1, or on a small island an exchange that does not exist.
    Exchange,
    /// A valid toll-free number.
    TollFree,
    /// A valid number of another country that shares the country code 1, such as Jamaica.
    OtherNanpCountry,
    /// An area code of such a country, but not a valid number there.
    OtherNanpCountryExchange,
    /// A valid number of a country with another country code.
    InternationalValid,
    /// Another country's code, but not a valid number there.
    InternationalInvalid,
    /// A valid number bound to a person rather than a place (5NN, 622, 633).
    PersonalNumber,
    /// A valid premium-rate number (900).
    PremiumRate,
    /// A valid number of a data or voice service (600).
    Voip,
    /// A company's seven-digit number in Canada (310-NNNN).
    Uan,
    /// A toll-free or other non-geographic code, but not a valid number of it.
    NongeographicExchange,
    /// No phone number can be read: words, several numbers, a number mangled by a spreadsheet.
    NotANumber,
    /// More digits or characters than any phone number has, as when two numbers share a cell.
    UnparseableTooLong,
    /// Nothing is left of the number after its prefixes.
    UnparseableTooShort,
    /// An international prefix with at most two digits after it.
    TooShortAfterPrefix,
    /// An international prefix with no known country code after it.
    InvalidCountryCode,
}

impl Reason {
    /// All reasons, in order.
    pub const ALL: [Reason; 22] = [
        Reason::MissingCell,
        Reason::Duplicate,
        Reason::LocalOnly,
        Reason::TooShort,
        Reason::TooLong,
        Reason::AreaCode,
        Reason::Exchange,
        Reason::TollFree,
        Reason::OtherNanpCountry,
        Reason::OtherNanpCountryExchange,
        Reason::InternationalValid,
        Reason::InternationalInvalid,
        Reason::PersonalNumber,
        Reason::PremiumRate,
        Reason::Voip,
        Reason::Uan,
        Reason::NongeographicExchange,
        Reason::NotANumber,
        Reason::UnparseableTooLong,
        Reason::UnparseableTooShort,
        Reason::TooShortAfterPrefix,
        Reason::InvalidCountryCode,
    ];

    /// The key in the JSON of `numberbank contacts check`; never changes.
    pub fn key(self) -> &'static str {
        match self {
            Reason::MissingCell => "missing_cell",
            Reason::Duplicate => "duplicate",
            Reason::LocalOnly => "invalid:IS_POSSIBLE_LOCAL_ONLY",
            Reason::TooShort => "invalid:TOO_SHORT",
            Reason::TooLong => "invalid:TOO_LONG",
            Reason::AreaCode => "invalid:area_code",
            Reason::Exchange => "invalid:exchange",
            Reason::TollFree => "toll_free",
            Reason::OtherNanpCountry => "other_nanp_country",
            Reason::OtherNanpCountryExchange => "invalid:other_nanp_country_exchange",
            Reason::InternationalValid => "international_valid",
            Reason::InternationalInvalid => "international_invalid",
            Reason::PersonalNumber => "nongeographic:PERSONAL_NUMBER",
            Reason::PremiumRate => "nongeographic:PREMIUM_RATE",
            Reason::Voip => "nongeographic:VOIP",
            Reason::Uan => "nongeographic:UAN",
            Reason::NongeographicExchange => "invalid:nongeographic_exchange",
            Reason::NotANumber => "unparseable:NOT_A_NUMBER",
            Reason::UnparseableTooLong => "unparseable:TOO_LONG",
            Reason::UnparseableTooShort => "unparseable:TOO_SHORT_NSN",
            Reason::TooShortAfterPrefix => "unparseable:TOO_SHORT_AFTER_IDD",
            Reason::InvalidCountryCode => "unparseable:INVALID_COUNTRY_CODE",
        }
    }

    /// One sentence for the page.
    pub fn words(self) -> &'static str {
        match self {
            Reason::MissingCell => "There is no phone number.",
            Reason::Duplicate => "The same number is already in an earlier row.",
            Reason::LocalOnly => "Seven digits only: the area code is missing.",
            Reason::TooShort => "Too few digits for a phone number.",
            Reason::TooLong => "Too many digits for a United States or Canadian number.",
            Reason::AreaCode => "The area code is not in service in the United States or Canada.",
            Reason::Exchange => "The area code exists, but no number there starts with the digits after it.",
            Reason::TollFree => "A toll-free number: nobody's phone, so nobody to text.",
            Reason::OtherNanpCountry => {
                "A number of a Caribbean or Atlantic country, not of the United States or Canada."
            }
            Reason::OtherNanpCountryExchange => {
                "An area code of a Caribbean or Atlantic country, with no valid number after it."
            }
            Reason::InternationalValid => "A number of another country.",
            Reason::InternationalInvalid => "Another country's code, with no valid number after it.",
            Reason::PersonalNumber => "A forwarding number bound to no place; it cannot be texted.",
            Reason::PremiumRate => "A premium-rate number (900).",
            Reason::Voip => "A number of a data or satellite service (600).",
            Reason::Uan => "A company's short number in Canada (310).",
            Reason::NongeographicExchange => "An area code bound to no place, with no valid number after it.",
            Reason::NotANumber => "No phone number can be read here.",
            Reason::UnparseableTooLong => "Far too long for one number: perhaps two numbers in one cell.",
            Reason::UnparseableTooShort => "Hardly any digits.",
            Reason::TooShortAfterPrefix => "An international prefix with hardly any digits after it.",
            Reason::InvalidCountryCode => "Starts like an international number, with no country's code.",
        }
    }
}
