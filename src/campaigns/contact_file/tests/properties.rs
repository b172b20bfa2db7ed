use std::io::{self, Read};

use proptest::prelude::*;

use super::super::classify::classify;
use super::super::count;
use super::gzip;

/// Gives at most a few bytes at a time.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(buffer.len());
        self.0.read(&mut buffer[..most])
    }
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    let cell = prop_oneof![
        "[+]?1?[ (-]?[2-9][0-9]{2}[) -]?[0-9]{3}[-. ]?[0-9]{4}( x[0-9]{1,4})?",
        "[-+0-9 x#;,.ext()/A-C]{0,20}",
        "\\PC{0,12}",
    ];
    let row = ("[a-zé\"]{0,6}", cell).prop_map(|(name, cell)| format!("{name},{cell}\n").into_bytes());
    let bytes = proptest::collection::vec(any::<u8>(), 0..40);
    let rows = proptest::collection::vec(prop_oneof![9 => row, 1 => bytes], 0..40);
    (any::<bool>(), rows).prop_map(|(pack, rows)| {
        let file = [b"firstName,cell\n".to_vec(), rows.concat()].concat();
        if pack { gzip(&file) } else { file }
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = count(&bytes[..], |_| {});
        let with_header = [b"cell\n", &bytes[..]].concat();
        if let Ok(counts) = count(&with_header[..], |_| {}) {
            prop_assert_eq!(counts.records, counts.valid_unique + counts.rejected);
        }
    }

    #[test]
    fn counts_add_up_and_do_not_depend_on_how_bytes_arrive(file in file(), chunk in 1_usize..9) {
        let whole = count(&file[..], |_| {});
        let dribbled = count(Dribble(&file, chunk), |_| {});
        prop_assert_eq!(whole.as_ref().map_err(ToString::to_string), dribbled.as_ref().map_err(ToString::to_string));
        if let Ok(counts) = whole {
            prop_assert_eq!(counts.records, counts.valid_unique + counts.rejected);
            prop_assert_eq!(counts.rejected, counts.rejects.values().map(|group| group.count).sum::<u64>());
            prop_assert_eq!(counts.valid_unique, counts.by_area_code.values().sum::<u64>());
            prop_assert!(counts.rejects.values().all(|group| group.samples.len() as u64 == group.count.min(5)));
        }
    }

    #[test]
    fn any_cell_is_judged_without_a_panic(cell in "\\PC{0,40}|[-+0-9x#;,. extn=/]{0,300}") {
        let _ = classify(&cell);
    }
}
