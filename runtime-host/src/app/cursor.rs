//! Pages of lists: which part comes next, in a text that clients hand back.

use merkato_commerce::{Invalid, time::Timestamp};
use merkato_contract::List;
use uuid::Uuid;

use super::Error;
use crate::store::staff::Place;

/// A page of at most `limit` of `records`, of which one more was asked for: whether it came says whether there is a next
/// page, without counting.
pub(super) fn page<Record, Entry>(
    mut records: Vec<Record>,
    limit: u32,
    cursor_of: impl Fn(&Record) -> String,
    shown: impl Fn(Record) -> Entry,
) -> List<Entry> {
    let more = records.len() > limit as usize;
    records.truncate(limit as usize);
    let next = records.last().filter(|_| more).map(cursor_of);
    List { items: records.into_iter().map(shown).collect(), next }
}

/// The cursor of a place.
pub(super) fn of_place(at: Timestamp, id: Uuid) -> String {
    format!("{}.{id}", at.0)
}

/// The place that a cursor stands for.
pub(super) fn place_of(cursor: &str) -> Result<Place, Error> {
    let place = cursor
        .split_once('.')
        .and_then(|(at, id)| Some(Place { at: Timestamp(at.parse().ok()?), id: Uuid::parse_str(id).ok()? }));
    place.ok_or_else(|| Invalid::new("after", "must be the `next` of an earlier page").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_the_way_to_the_client_and_back() {
        let id = Uuid::from_u128(7);
        let place = place_of(&of_place(Timestamp(12), id)).expect("a place");
        assert_eq!(place, Place { at: Timestamp(12), id });
        for cursor in ["", ".", "12", "12.", "12.7", "x.00000000-0000-0000-0000-000000000007"] {
            assert!(place_of(cursor).is_err(), "{cursor:?}");
        }
    }

    #[test]
    fn a_page_has_a_next_only_if_one_more_came() {
        let page_of = |records: &[u32]| page(records.to_vec(), 2, ToString::to_string, |record| record);
        assert_eq!(page_of(&[1, 2]), List { items: vec![1, 2], next: None });
        assert_eq!(page_of(&[1, 2, 3]), List { items: vec![1, 2], next: Some("2".to_owned()) });
        assert_eq!(page_of(&[]), List { items: Vec::new(), next: None });
    }
}
