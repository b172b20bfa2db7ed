//! Finds the columns by their headers.

/// Names of the column with phone numbers, best first: letters and digits only, lower case.
const CELL: &[&str] = &[
    "cell",
    "cellphone",
    "cellphonenumber",
    "cellnumber",
    "mobile",
    "mobilephone",
    "mobilephonenumber",
    "mobilenumber",
    "phone",
    "phonenumber",
    "telephone",
    "telephonenumber",
];
const FIRST_NAME: &[&str] = &["firstname", "first", "givenname", "name", "fullname"];
const LAST_NAME: &[&str] = &["lastname", "last", "surname", "familyname"];

/// Positions of the columns that matter.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub cell: usize,
    first_name: Option<usize>,
    last_name: Option<usize>,
}

impl Columns {
    /// Finds them whatever their case, spaces, underscores and punctuation; `None` without a phone column.
    pub(super) fn find(headers: &[String]) -> Option<Columns> {
        let plain: Vec<String> = headers
            .iter()
            .map(|header| {
                header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
            })
            .collect();
        let position =
            |names: &[&str]| names.iter().find_map(|name| plain.iter().position(|header| header == name));
        Some(Columns {
            cell: position(CELL)?,
            first_name: position(FIRST_NAME),
            last_name: position(LAST_NAME),
        })
    }

    /// First and last name of a row whose fields `field` gives.
    pub(super) fn name(&self, field: impl Fn(usize) -> String) -> String {
        let parts = [self.first_name, self.last_name].into_iter().flatten().map(field);
        parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// At most `most` characters of a text, with an ellipsis when cut.
pub(super) fn shown(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(line: &str) -> Option<usize> {
        let headers: Vec<_> = line.split(',').map(str::to_owned).collect();
        Columns::find(&headers).map(|columns| columns.cell)
    }

    #[test]
    fn the_phone_column_goes_by_many_names_and_cell_comes_first() {
        assert_eq!(find("firstName,lastName,cell,zip,external_id"), Some(2));
        assert_eq!(find("phone_type,Phone Number"), Some(1));
        assert_eq!(find("phone,Cell_Phone"), Some(1));
        assert_eq!(find("phone, CELL "), Some(1));
        assert_eq!(find("cell,cell"), Some(0));
        assert_eq!(find("\u{feff}Mobile-Phone"), Some(0));
        assert_eq!(find("home_phone,phone_type,cells"), None);
    }
}
