//! Cuts a sheet of products into portions, so that a large one is imported piece by piece and each piece keeps what it
//! has done.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord};

/// Most rows of a portion: a second or two of work for the catalog.
const ROWS_MAX: usize = 300;
/// The row of a sheet that comes after its head, as spreadsheets count.
const FIRST_ROW: u64 = 2;
/// The column that says which rows are about one product, in small letters.
const HANDLE: &str = "handle";

/// A part of a sheet that is a sheet by itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Portion {
    /// The part, with the head of the whole.
    pub sheet: Vec<u8>,
    /// The number in the whole sheet of each row in the part.
    pub rows: Vec<u64>,
}

impl Portion {
    /// The number in the whole sheet of what is row `row` of the part.
    pub fn row_in_whole(&self, row: u64) -> u64 {
        let place = usize::try_from(row.saturating_sub(FIRST_ROW)).unwrap_or(usize::MAX);
        self.rows.get(place).copied().unwrap_or(row)
    }
}

/// Cuts `sheet`. All rows of a product stay together, wherever they stand; what cannot be read as rows stays whole, so
/// that the catalog says what is wrong with it.
pub fn portions(sheet: &[u8]) -> Vec<Portion> {
    let whole = || vec![Portion { sheet: sheet.to_vec(), rows: Vec::new() }];
    cut(sheet).unwrap_or_else(whole)
}

/// None where something cannot be read.
fn cut(sheet: &[u8]) -> Option<Vec<Portion>> {
    // A byte order mark, as spreadsheets write one.
    let text = sheet.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sheet);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text);
    let head = reader.headers().ok()?.clone();
    let handle = head.iter().position(|column| column.trim().eq_ignore_ascii_case(HANDLE))?;
    let mut products = Vec::<Vec<(u64, StringRecord)>>::new();
    let mut places = BTreeMap::new();
    for (row, record) in (FIRST_ROW..).zip(reader.into_records()) {
        let record = record.ok()?;
        let name = record.get(handle).unwrap_or_default().trim().to_owned();
        let place = *places.entry(name).or_insert(products.len());
        match products.get_mut(place) {
            Some(product) => product.push((row, record)),
            None => products.push(vec![(row, record)]),
        }
    }
    let mut portions = Vec::new();
    let mut rows = Vec::new();
    for product in products {
        if !rows.is_empty() && rows.len() + product.len() > ROWS_MAX {
            portions.push(written(&head, &std::mem::take(&mut rows))?);
        }
        rows.extend(product);
    }
    portions.push(written(&head, &rows)?);
    Some(portions)
}

fn written(head: &StringRecord, rows: &[(u64, StringRecord)]) -> Option<Portion> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(head).ok()?;
    for (_, record) in rows {
        writer.write_record(record).ok()?;
    }
    Some(Portion { sheet: writer.into_inner().ok()?, rows: rows.iter().map(|(row, _)| *row).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_a_product_stay_together_and_keep_their_numbers() {
        let rows = (0..ROWS_MAX).map(|row| format!("product-{row},\"A, {row}\""));
        // The last row is the first product's, far behind it.
        let rows = rows.chain(["product-0,".to_owned()]).collect::<Vec<_>>();
        let portions = portions(format!("\u{feff}Handle,Title\n{}\n", rows.join("\n")).as_bytes());
        assert_eq!(portions.len(), 2);
        let text = String::from_utf8(portions[0].sheet.clone()).expect("text");
        assert!(text.starts_with("Handle,Title\nproduct-0,\"A, 0\"\nproduct-0,\nproduct-1,"), "{text}");
        let last = u64::try_from(ROWS_MAX).expect("a number") + FIRST_ROW;
        assert_eq!((portions[0].row_in_whole(2), portions[0].row_in_whole(3)), (2, last));
        assert_eq!(portions[1].row_in_whole(2), last - 1);
        let rows = portions.iter().map(|portion| portion.rows.len()).sum::<usize>();
        assert_eq!(rows, ROWS_MAX + 1);
    }

    #[test]
    fn what_is_no_sheet_is_left_to_the_catalog_to_refuse() {
        for sheet in [b"".as_slice(), b"Title\nx\n", b"Handle\n\xff\xfe\n"] {
            assert_eq!(portions(sheet), [Portion { sheet: sheet.to_vec(), rows: Vec::new() }]);
        }
        assert_eq!(portions(b"Handle\n").len(), 1);
    }
}
