//! SQLite's file format, read byte by byte: where the cells of a table lie, and what is left where nothing should be.
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
/// No tree of 2³² pages is deeper.
const MAX_DEPTH: u32 = 40;
/// SQLite never uses the page that holds this byte: locks are taken there.
const LOCK_BYTE: u64 = 1 << 30;
/// A run of bytes that are not zero, from which on it is content. Under `secure_delete` there are shorter ones: headers of
/// free blocks that were joined with others, of four bytes.
const CONTENT_RUN: usize = 8;

/// What lies where no row is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Leftovers {
    pub(crate) pages: u64,
    pub(crate) free_pages: u64,
    /// Bytes of content in free pages, in the free space of used pages, behind the end of long values, and in pages that
    /// belong to nothing.
    pub(crate) in_free_pages: u64,
    pub(crate) in_free_space: u64,
    pub(crate) behind_values: u64,
    pub(crate) in_lost_pages: u64,
}

/// A database file.
pub(crate) struct SqliteFile {
    file: File,
    page_bytes: usize,
    usable: usize,
    pages: u32,
    first_free_page: u32,
}

/// A page of a tree.
struct TreePage {
    number: u32,
    bytes: Vec<u8>,
    /// Where its header begins: behind the file's own on the first page.
    start: usize,
    kind: u8,
    cells: Vec<usize>,
}

fn u16_at(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..at + 2).map_or(0, |two| usize::from(two[0]) << 8 | usize::from(two[1]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
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

/// How many bytes look like something that was written: runs of at least eight bytes that are not zero, unless they are
/// old pointers to cells, which stay behind in the free space and are numbers below the size of a page.
fn content(bytes: &[u8]) -> u64 {
    const LARGEST_POINTER: usize = 8192;
    let mut found = 0;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == 0 {
            at += 1;
            continue;
        }
        let end = bytes[at..].iter().position(|byte| *byte == 0).map_or(bytes.len(), |length| at + length);
        let are_pointers = (at / 2 * 2..end).step_by(2).all(|place| u16_at(bytes, place) < LARGEST_POINTER);
        if end - at >= CONTENT_RUN && !are_pointers {
            found += (end - at) as u64;
        }
        at = end;
    }
    found
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
        Ok(Self { file, page_bytes, usable, pages, first_free_page: u32_at(&header, 32) })
    }

    fn offset(&self, page: u32) -> u64 {
        u64::from(page - 1) * self.page_bytes as u64
    }

    fn read(&self, page: u32) -> Result<Vec<u8>, SourceError> {
        if page == 0 || page > self.pages {
            return Err(SourceError::Corrupt { page, what: "page hors du fichier" });
        }
        let mut bytes = vec![0; self.page_bytes];
        self.file
            .read_exact_at(&mut bytes, self.offset(page))
            .map_err(|_| SourceError::Corrupt { page, what: "page illisible" })?;
        Ok(bytes)
    }

    fn tree_page(&self, number: u32) -> Result<TreePage, SourceError> {
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
        let place = |cell: usize| self.offset(number) + cell as u64;
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

    /// Looks at every byte that holds no row, given the first page of every tree.
    pub(crate) fn leftovers(&self, roots: &[u32]) -> Result<Leftovers, SourceError> {
        let mut left = Leftovers { pages: u64::from(self.pages), ..Leftovers::default() };
        let mut seen = vec![false; self.pages as usize + 1];
        self.free_pages(&mut seen, &mut left)?;
        let mut waiting = roots.to_vec();
        while let Some(number) = waiting.pop() {
            self.see(number, &mut seen)?;
            let page = self.tree_page(number)?;
            left.in_free_space += self.in_free_space(&page)?;
            if matches!(page.kind, INTERIOR_INDEX | INTERIOR_TABLE) {
                waiting.extend(page.cells.iter().map(|cell| u32_at(&page.bytes, *cell)));
                waiting.push(u32_at(&page.bytes, page.start + 8));
            }
            for cell in &page.cells {
                left.behind_values += self.behind_value(&page, *cell, &mut seen)?;
            }
        }
        for number in 1..=self.pages {
            let holds_locks = (self.offset(number)..self.offset(number) + self.page_bytes as u64).contains(&LOCK_BYTE);
            if !seen[number as usize] && !holds_locks {
                left.in_lost_pages += content(&self.read(number)?);
            }
        }
        Ok(left)
    }

    /// Each page has one use; a second one means a circle.
    fn see(&self, number: u32, seen: &mut [bool]) -> Result<(), SourceError> {
        match seen.get_mut(number as usize) {
            Some(seen) if !*seen && number > 0 => {
                *seen = true;
                Ok(())
            }
            _ => Err(SourceError::Corrupt { page: number, what: "page utilisée deux fois" }),
        }
    }

    /// The list of free pages: trunks that name leaves. A leaf must be empty, a trunk too behind its list.
    fn free_pages(&self, seen: &mut [bool], left: &mut Leftovers) -> Result<(), SourceError> {
        let mut trunk = self.first_free_page;
        while trunk != 0 {
            self.see(trunk, seen)?;
            let bytes = self.read(trunk)?;
            let leaves = (u32_at(&bytes, 4) as usize).min(self.usable / 4 - 2);
            left.free_pages += 1 + leaves as u64;
            left.in_free_pages += content(&bytes[8 + 4 * leaves..]);
            for index in 0..leaves {
                let leaf = u32_at(&bytes, 8 + 4 * index);
                self.see(leaf, seen)?;
                left.in_free_pages += content(&self.read(leaf)?);
            }
            trunk = u32_at(&bytes, 0);
        }
        Ok(())
    }

    /// Content between the pointers and the cells of a page, and in its free blocks.
    fn in_free_space(&self, page: &TreePage) -> Result<u64, SourceError> {
        let header_bytes = if matches!(page.kind, INTERIOR_INDEX | INTERIOR_TABLE) { 12 } else { 8 };
        let pointers_end = page.start + header_bytes + 2 * page.cells.len();
        let cells_start = match u16_at(&page.bytes, page.start + 5) {
            0 => 65_536,
            start => start,
        };
        let corrupt = || SourceError::Corrupt { page: page.number, what: "espace libre" };
        let mut found = content(page.bytes.get(pointers_end..cells_start).ok_or_else(corrupt)?);
        let mut block = u16_at(&page.bytes, page.start + 1);
        while block != 0 {
            let (next, length) = (u16_at(&page.bytes, block), u16_at(&page.bytes, block + 2));
            found += content(page.bytes.get(block + 4..block + length).ok_or_else(corrupt)?);
            if next != 0 && next <= block {
                return Err(corrupt());
            }
            block = next;
        }
        Ok(found)
    }

    /// Follows a long value through its overflow pages, and looks behind its end in the last one.
    fn behind_value(&self, page: &TreePage, cell: usize, seen: &mut [bool]) -> Result<u64, SourceError> {
        let mut at = if page.kind == INTERIOR_INDEX { cell + 4 } else { cell };
        if page.kind == INTERIOR_TABLE {
            return Ok(0);
        }
        let (payload, taken) = varint(&page.bytes, at);
        at += taken;
        if page.kind == LEAF_TABLE {
            at += varint(&page.bytes, at).1;
        }
        let payload = usize::try_from(payload)
            .map_err(|_| SourceError::Corrupt { page: page.number, what: "longueur d’une valeur" })?;
        let most = if page.kind == LEAF_TABLE { self.usable - 35 } else { (self.usable - 12) * 64 / 255 - 23 };
        if payload <= most {
            return Ok(0);
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let split = least + (payload - least) % (self.usable - 4);
        let local = if split <= most { split } else { least };
        let mut rest = payload - local;
        let mut next = u32_at(&page.bytes, at + local);
        loop {
            self.see(next, seen)?;
            let bytes = self.read(next)?;
            next = u32_at(&bytes, 0);
            if rest <= self.usable - 4 {
                return Ok(content(&bytes[4 + rest..]));
            }
            rest -= self.usable - 4;
        }
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

    #[test]
    fn content_is_told_from_old_pointers_and_headers() {
        assert_eq!(content(&[0; 64]), 0);
        assert_eq!(content(b"\0\0{\"renonce\":\"oui\"}\0\0"), 17);
        // Pointers into a page of 4,096 bytes, and the header of a joined free block.
        assert_eq!(content(&[0x0a, 0xa8, 0x0a, 0x6f, 0x0a, 0x36, 0x0f, 0xfd, 0x0f, 0xc4, 0, 0, 0, 2, 117, 3, 44]), 0);
        assert_eq!(content(&[0xc3; 16]), 16);
    }
}
