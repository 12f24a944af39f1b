//! SQLite's file format, read byte by byte: pages, cells, and where the rows of a table lie.
//!
//! Source: <https://sqlite.org/fileformat2.html>. Pages are read one at a time, so memory is that of one path through a
//! tree and of one place per row.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::layout::Layout;
use crate::source::SourceError;

const HEADER_BYTES: usize = 100;
const INTERIOR_INDEX: u8 = 0x02;
const INTERIOR_TABLE: u8 = 0x05;
const LEAF_INDEX: u8 = 0x0a;
const LEAF_TABLE: u8 = 0x0d;
/// Bytes that programs may choose (`user_version`, `application_id`) and ours does not, and those that are kept for later.
const IDLE: [std::ops::Range<usize>; 2] = [60..64, 68..92];
/// No tree of 2³² pages is deeper.
const MAX_DEPTH: u32 = 40;
/// A database file.
pub(crate) struct SqliteFile {
    file: File,
    pub(crate) page_bytes: usize,
    /// Bytes of a page that SQLite uses.
    pub(crate) usable: usize,
    pub(crate) pages: u32,
    pub(crate) first_free_page: u32,
    /// Bytes that are not zero where the format has nothing to say: in its header, and behind the last whole page.
    pub(crate) idle_bytes: u64,
}

/// A page of a tree.
pub(crate) struct TreePage {
    pub(crate) number: u32,
    pub(crate) bytes: Vec<u8>,
    /// Where its header begins: behind the file's own on the first page.
    pub(crate) start: usize,
    kind: u8,
    /// Where its cells are, in the order of their keys.
    pub(crate) cells: Vec<usize>,
}

/// The value of a cell.
pub(crate) struct Value<'a> {
    /// Its header and what of it is on the page.
    pub(crate) local: &'a [u8],
    /// The first page of the rest, and how many bytes that is.
    pub(crate) overflow: u32,
    pub(crate) rest: usize,
}

impl TreePage {
    fn is_interior(&self) -> bool {
        matches!(self.kind, INTERIOR_INDEX | INTERIOR_TABLE)
    }

    /// Where the pointers to its cells end.
    pub(crate) fn pointers_end(&self) -> usize {
        self.start + if self.is_interior() { 12 } else { 8 } + 2 * self.cells.len()
    }

    /// The pages below it.
    pub(crate) fn children(&self) -> Vec<u32> {
        if !self.is_interior() {
            return Vec::new();
        }
        let left = self.cells.iter().map(|cell| u32_at(&self.bytes, *cell));
        left.chain([u32_at(&self.bytes, self.start + 8)]).collect()
    }
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..at + 2).map_or(0, |two| usize::from(two[0]) << 8 | usize::from(two[1]))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| four.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

/// A variable-length integer, and how many bytes it takes.
fn varint(bytes: &[u8], at: usize) -> (u64, usize) {
    let mut number = 0_u64;
    for index in 0..9 {
        let byte = bytes.get(at + index).copied().unwrap_or(0);
        if index == 8 {
            return (number << 8 | u64::from(byte), 9);
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return (number, index + 1);
        }
    }
    (number, 9)
}

impl SqliteFile {
    pub(crate) fn open(path: &Path) -> Result<Self, SourceError> {
        let file_error = |source| SourceError::File { path: path.to_owned(), source };
        let file = File::open(path).map_err(file_error)?;
        let mut header = [0; HEADER_BYTES];
        file.read_exact_at(&mut header, 0).map_err(file_error)?;
        let page_bytes = match u16_at(&header, 16) {
            1 => 65_536,
            bytes => bytes,
        };
        let usable = page_bytes.saturating_sub(usize::from(header[20]));
        if !page_bytes.is_power_of_two() || page_bytes < 512 || usable < 480 {
            return Err(SourceError::Corrupt { page: 1, what: "taille de page" });
        }
        let length = file.metadata().map_err(file_error)?.len();
        let pages = u32::try_from(length / page_bytes as u64)
            .map_err(|_| SourceError::Corrupt { page: 1, what: "longueur du fichier" })?;
        let whole = u64::from(pages) * page_bytes as u64;
        let mut tail = vec![0; page_bytes.min(usize::try_from(length - whole).unwrap_or(page_bytes))];
        file.read_exact_at(&mut tail, whole).map_err(file_error)?;
        let idle = IDLE.iter().flat_map(|range| &header[range.clone()]).chain(&tail);
        let idle_bytes = idle.filter(|byte| **byte != 0).count() as u64;
        Ok(Self { file, page_bytes, usable, pages, first_free_page: u32_at(&header, 32), idle_bytes })
    }

    pub(crate) fn offset(&self, page: u32) -> u64 {
        u64::from(page - 1) * self.page_bytes as u64
    }

    pub(crate) fn read(&self, page: u32) -> Result<Vec<u8>, SourceError> {
        if page == 0 || page > self.pages {
            return Err(SourceError::Corrupt { page, what: "page hors du fichier" });
        }
        let mut bytes = vec![0; self.page_bytes];
        self.file
            .read_exact_at(&mut bytes, self.offset(page))
            .map_err(|_| SourceError::Corrupt { page, what: "page illisible" })?;
        Ok(bytes)
    }

    pub(crate) fn tree_page(&self, number: u32) -> Result<TreePage, SourceError> {
        let bytes = self.read(number)?;
        let start = if number == 1 { HEADER_BYTES } else { 0 };
        let kind = bytes[start];
        let header_bytes = match kind {
            INTERIOR_INDEX | INTERIOR_TABLE => 12,
            LEAF_INDEX | LEAF_TABLE => 8,
            _ => return Err(SourceError::Corrupt { page: number, what: "genre de page" }),
        };
        let pointers = start + header_bytes;
        let cells: Vec<usize> =
            (0..u16_at(&bytes, start + 3)).map(|index| u16_at(&bytes, pointers + 2 * index)).collect();
        if cells.iter().any(|cell| *cell < pointers || *cell >= self.usable) {
            return Err(SourceError::Corrupt { page: number, what: "cellule hors de la page" });
        }
        Ok(TreePage { number, bytes, start, kind, cells })
    }

    /// Where the rows of a `WITHOUT ROWID` table lie, in the order of their keys.
    pub(crate) fn layout(&self, root: u32) -> Result<Layout, SourceError> {
        let mut layout = Layout::default();
        let mut last_leaf = 0;
        self.lay(root, 0, &mut last_leaf, &mut layout)?;
        Ok(layout)
    }

    fn lay(&self, number: u32, depth: u32, last_leaf: &mut u32, layout: &mut Layout) -> Result<(), SourceError> {
        if depth > MAX_DEPTH {
            return Err(SourceError::Corrupt { page: number, what: "arbre trop profond" });
        }
        let page = self.tree_page(number)?;
        let steps_up = page.cells.windows(2).filter(|pair| pair[1] > pair[0]).count() as u64;
        layout.steps_up += steps_up;
        layout.excess += steps_up.saturating_sub(1);
        // Pages are filled from their end: what is written first lies last.
        let place = |cell: usize| self.offset(number) + (self.page_bytes - cell) as u64;
        match page.kind {
            INTERIOR_INDEX => {
                for cell in &page.cells {
                    self.lay(u32_at(&page.bytes, *cell), depth + 1, last_leaf, layout)?;
                    layout.places.push(place(*cell));
                }
                self.lay(u32_at(&page.bytes, page.start + 8), depth + 1, last_leaf, layout)
            }
            LEAF_INDEX => {
                layout.leaf_pages += 1;
                layout.pages_back += u64::from(number < *last_leaf);
                *last_leaf = number;
                layout.places.extend(page.cells.iter().map(|cell| place(*cell)));
                Ok(())
            }
            _ => Err(SourceError::Corrupt { page: number, what: "la table a des numéros de ligne" }),
        }
    }

    /// The value of a cell: its bytes on the page, and where it goes on when it is long.
    pub(crate) fn value<'a>(&self, page: &'a TreePage, cell: usize) -> Result<Value<'a>, SourceError> {
        let corrupt = |what| SourceError::Corrupt { page: page.number, what };
        let mut at = if page.is_interior() { cell + 4 } else { cell };
        if page.kind == INTERIOR_TABLE {
            return Ok(Value { local: &[], overflow: 0, rest: 0 });
        }
        let (payload, taken) = varint(&page.bytes, at);
        at += taken;
        if page.kind == LEAF_TABLE {
            at += varint(&page.bytes, at).1;
        }
        let payload = usize::try_from(payload).map_err(|_| corrupt("longueur d’une valeur"))?;
        let most = if page.kind == LEAF_TABLE { self.usable - 35 } else { (self.usable - 12) * 64 / 255 - 23 };
        let mut local = payload;
        if payload > most {
            let least = (self.usable - 12) * 32 / 255 - 23;
            let split = least + (payload - least) % (self.usable - 4);
            local = if split <= most { split } else { least };
        }
        let overflow = if local < payload { u32_at(&page.bytes, at + local) } else { 0 };
        let local_bytes = page.bytes.get(cell..at + local).ok_or_else(|| corrupt("valeur hors de la page"))?;
        Ok(Value { local: local_bytes, overflow, rest: payload - local })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_length_integers_are_read_as_the_format_says() {
        assert_eq!(varint(&[0x7f], 0), (127, 1));
        assert_eq!(varint(&[0x81, 0x00], 0), (128, 2));
        assert_eq!(varint(&[0xff; 9], 0), (u64::MAX, 9));
    }
}
