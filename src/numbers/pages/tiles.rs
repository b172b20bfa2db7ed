//! The tile map of the states, and the table behind it.

use std::collections::BTreeMap;

use super::query::{View, Where};
use crate::kernel::Micros;
use crate::kernel::area_code::{self, Country};
use crate::kernel::tile_map::PLACES;
use crate::numbers::Count;
use crate::web::format::{money, number, plural};

/// A square of the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::numbers) struct Tile {
    pub(in crate::numbers) code: &'static str,
    pub(in crate::numbers) x: u16,
    pub(in crate::numbers) y: u16,
    pub(in crate::numbers) shade: usize,
    pub(in crate::numbers) title: String,
    /// Where it leads; empty where there is nothing to see.
    pub(in crate::numbers) href: String,
}

/// A line of the table behind the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::numbers) struct StateRow {
    pub(in crate::numbers) name: &'static str,
    pub(in crate::numbers) href: String,
    pub(in crate::numbers) numbers: i64,
    pub(in crate::numbers) cost: String,
    /// Whether it has no square on the map.
    pub(in crate::numbers) off_the_map: bool,
    /// Whether the table below shows this one alone.
    pub(in crate::numbers) chosen: bool,
}

/// The map, its legend and its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::numbers) struct Map {
    pub(in crate::numbers) tiles: Vec<Tile>,
    /// What each shade stands for, from the lightest.
    pub(in crate::numbers) legend: Vec<(usize, String)>,
    /// Where there are numbers, the most first.
    pub(in crate::numbers) rows: Vec<StateRow>,
}

/// The upper bounds of the shades but the darkest, wide enough for the fullest state.
fn bounds(most: i64) -> [i64; 4] {
    let mut factor = 1;
    while most > 600 * factor {
        factor *= 10;
    }
    [10, 25, 50, 150].map(|bound| bound * factor)
}

fn shade(numbers: i64, bounds: &[i64; 4]) -> usize {
    if numbers <= 0 { 0 } else { 1 + bounds.iter().filter(|bound| numbers > **bound).count() }
}

fn legend(bounds: &[i64; 4]) -> Vec<(usize, String)> {
    let mut legend = vec![(0, "none".to_owned())];
    let mut from = 1;
    for (index, bound) in bounds.iter().enumerate() {
        legend.push((index + 1, format!("{}–{}", number(from), number(*bound))));
        from = bound + 1;
    }
    legend.push((5, format!("more than {}", number(bounds[3]))));
    legend
}

/// Draws where the numbers of these counts are. A square leads to the table of its state alone, and back from it.
pub(in crate::numbers) fn map(counts: &[Count], view: &View, page: &str) -> Map {
    let mut places: BTreeMap<&str, (Where, i64, Micros)> = BTreeMap::new();
    let everywhere =
        area_code::regions().iter().map(|region| Where::Region(*region)).chain([Where::TollFree]);
    for place in everywhere {
        for count in counts.iter().filter(|count| place.holds(count.area_code.info())) {
            let entry = places.entry(place.key()).or_insert((place, 0, Micros::ZERO));
            entry.1 += count.total();
            entry.2 += count.monthly_cost;
        }
    }
    places.retain(|_, (_, numbers, _)| *numbers > 0);
    let href = |place: Where| {
        let chosen = view.place == Some(place);
        format!("{page}{}", view.at((!chosen).then_some(place)).query())
    };
    let on_map = |code: &str| PLACES.iter().any(|(state, ..)| *state == code);
    let most = places.iter().filter(|(code, _)| on_map(code)).map(|(_, (_, numbers, _))| *numbers).max();
    let bounds = bounds(most.unwrap_or(0));
    let tiles = PLACES
        .iter()
        .map(|&(code, x, y)| {
            let (x, y) = (x.into(), y.into());
            match places.get(code) {
                Some(&(place, numbers, _)) => Tile {
                    code,
                    x,
                    y,
                    shade: shade(numbers, &bounds),
                    title: format!(
                        "{}: {}",
                        place.name(),
                        plural(numbers.unsigned_abs(), "number", "numbers")
                    ),
                    href: href(place),
                },
                None => {
                    let region = area_code::regions().iter().find(|region| region.code == code);
                    let name = region.map_or(code, |region| region.name);
                    Tile { code, x, y, shade: 0, title: format!("{name}: no numbers"), href: String::new() }
                }
            }
        })
        .collect();
    let mut rows: Vec<StateRow> = places
        .values()
        .map(|&(place, numbers, cost)| StateRow {
            name: place.name(),
            href: href(place),
            numbers,
            cost: money(cost),
            off_the_map: !on_map(place.key()),
            chosen: view.place == Some(place),
        })
        .collect();
    rows.sort_by(|a, b| b.numbers.cmp(&a.numbers).then(a.name.cmp(b.name)));
    Map { tiles, legend: legend(&bounds), rows }
}

/// What the state filter offers: where there are numbers, by name, the United States first.
pub(super) fn choices(counts: &[Count]) -> Vec<Where> {
    let has = |place: &Where| counts.iter().any(|count| place.holds(count.area_code.info()));
    let mut regions: Vec<_> = area_code::regions().to_vec();
    regions.sort_by_key(|region| (region.country != Country::UnitedStates, region.name));
    regions.into_iter().map(Where::Region).chain([Where::TollFree]).filter(has).collect()
}

#[cfg(test)]
mod tests {
    use super::super::query::Raw;
    use super::*;
    use crate::kernel::AreaCode;

    fn count(code: &str, available: i64) -> Count {
        let monthly_cost = Micros::from_cents(115) * available;
        Count { available, monthly_cost, ..Count::none(AreaCode::parse(code).unwrap()) }
    }

    fn view(query: &str) -> View {
        View::parse(&serde_html_form::from_str::<Raw>(query).unwrap(), &[]).0
    }

    #[test]
    fn every_state_has_its_own_square() {
        let mut squares: Vec<_> = PLACES.iter().map(|(_, x, y)| (x, y)).collect();
        squares.sort_unstable();
        squares.dedup();
        assert_eq!(squares.len(), 52);
        let states = area_code::regions().iter().filter(|region| region.country == Country::UnitedStates);
        let missing: Vec<_> = states
            .map(|state| state.code)
            .filter(|code| !PLACES.iter().any(|(one, ..)| one == code))
            .collect();
        assert_eq!(missing.len(), 4, "the territories but Puerto Rico: {missing:?}");
    }

    #[test]
    fn shades_follow_the_numbers_and_links_choose_a_state() {
        let counts = [
            count("313", 150),
            count("248", 1),
            count("212", 10),
            count("416", 3),
            count("800", 2),
            count("906", 0),
        ];
        let map = map(&counts, &view("q=x&state=NY"), "/p");
        let tile = |code: &str| map.tiles.iter().find(|tile| tile.code == code).unwrap();
        assert_eq!((tile("MI").shade, tile("MI").title.as_str()), (5, "Michigan: 151 numbers"));
        assert_eq!(tile("MI").href, "/p?q=x&state=MI");
        assert_eq!((tile("NY").shade, tile("NY").href.as_str()), (1, "/p?q=x"), "the chosen one leads back");
        assert_eq!(
            (tile("OH").shade, tile("OH").href.as_str(), tile("OH").title.as_str()),
            (0, "", "Ohio: no numbers")
        );
        let rows: Vec<_> =
            map.rows.iter().map(|row| (row.name, row.numbers, row.off_the_map, row.chosen)).collect();
        assert_eq!(
            rows,
            [
                ("Michigan", 151, false, false),
                ("New York", 10, false, true),
                ("Ontario", 3, true, false),
                ("Toll-free", 2, true, false)
            ]
        );
        assert_eq!(map.rows[0].cost, "$173.65");
        assert_eq!(map.legend.len(), 6);
        assert_eq!(map.legend[2], (2, "11–25".to_owned()));
    }

    #[test]
    fn large_inventories_get_wider_shades() {
        assert_eq!(bounds(600), [10, 25, 50, 150]);
        assert_eq!(bounds(601), [100, 250, 500, 1500]);
        assert_eq!(bounds(60_000), [1_000, 2_500, 5_000, 15_000]);
        let wide = bounds(6_000);
        assert_eq!([0, 1, 100, 101, 1_501].map(|n| shade(n, &wide)), [0, 1, 1, 2, 5]);
    }

    #[test]
    fn the_filter_offers_where_numbers_are() {
        let offered = choices(&[count("416", 1), count("800", 1), count("313", 1), count("212", 1)]);
        let names: Vec<_> = offered.into_iter().map(Where::name).collect();
        assert_eq!(names, ["Michigan", "New York", "Ontario", "Toll-free"]);
    }
}
