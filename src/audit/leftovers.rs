//! What is left in a SQLite file where no row is: in free pages, in the free space of used ones, behind long values.

use crate::fragments::Fragments;
use crate::source::SourceError;
use crate::sqlite_file::{SqliteFile, TreePage, u16_at, u32_at};

/// SQLite never uses the page that holds this byte: locks are taken there.
const LOCK_BYTE: u64 = 1 << 30;
/// A run of bytes that are not zero, from which on it is content. Under `secure_delete` there are shorter ones: headers of
/// free blocks that were joined with others, of four bytes.
const CONTENT_RUN: usize = 8;
/// Pointers to cells are smaller, with the pages of 4,096 bytes that the program makes.
const LARGEST_POINTER: usize = 8192;

/// Pages with old pointers in their free space, at most: measured, one in fifty after `VACUUM`, and the twentieth that a
/// running server may have added has few more. Rows inserted one by one leave some in one page of three.
const FEW_UNCLEAN: u64 = 12;
const UNCLEAN_PART: u64 = 8;

/// What lies where no row is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Leftovers {
    pub(crate) pages: u64,
    pub(crate) free_pages: u64,
    /// Bytes of content in free pages.
    pub(crate) in_free_pages: u64,
    /// Bytes of rows that are not there, in the free space of used pages.
    pub(crate) in_free_space: u64,
    /// Bytes of content behind the end of long values.
    pub(crate) behind_values: u64,
    /// Bytes in pages that belong to nothing.
    pub(crate) in_lost_pages: u64,
    /// Bytes that the format leaves to whoever wants them: in the header, behind the last page, at the end of each page.
    pub(crate) idle: u64,
    /// Pages of trees, and those in whose free space anything is, also what looks like old pointers.
    pub(crate) tree_pages: u64,
    pub(crate) unclean_pages: u64,
}

impl Leftovers {
    /// What SQLite leaves of old pointers is in few pages, mostly two bytes in one; in many, it is a text in disguise.
    pub(crate) fn has_disguise(&self) -> bool {
        self.unclean_pages > FEW_UNCLEAN.max(self.tree_pages / UNCLEAN_PART)
    }
}

/// Runs of at least eight bytes that are not zero, unless they are old pointers to cells, which stay behind in the free
/// space and are small numbers of two bytes.
fn runs(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            if bytes[at] == 0 {
                at += 1;
                continue;
            }
            let start = at;
            at += bytes[start..].iter().position(|byte| *byte == 0).unwrap_or(bytes.len() - start);
            let are_pointers = (start / 2 * 2..at).step_by(2).all(|place| u16_at(bytes, place) < LARGEST_POINTER);
            if at - start >= CONTENT_RUN && !are_pointers {
                return Some(&bytes[start..at]);
            }
        }
        None
    })
}

fn content(bytes: &[u8]) -> u64 {
    runs(bytes).map(|run| run.len() as u64).sum()
}

fn other_than_zero(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte != 0).count() as u64
}

/// Looks at every byte of a file that holds no row, given the first page of every tree.
pub(crate) fn leftovers(file: &SqliteFile, roots: &[u32]) -> Result<Leftovers, SourceError> {
    let mut left = Leftovers { pages: u64::from(file.pages), idle: file.idle_bytes, ..Leftovers::default() };
    let mut seen = vec![false; file.pages as usize + 1];
    free_pages(file, &mut seen, &mut left)?;
    let mut fragments = Fragments::default();
    each_page(file, roots, |page| {
        see(page.number, &mut seen)?;
        left.tree_pages += 1;
        left.unclean_pages += u64::from(in_free_space(page, &mut fragments)?);
        left.idle += other_than_zero(&page.bytes[file.usable..]);
        for cell in &page.cells {
            let value = file.value(page, *cell)?;
            left.behind_values += follow(file, value.overflow, value.rest, |number, _, behind| {
                see(number, &mut seen)?;
                Ok(content(behind))
            })?;
        }
        Ok(())
    })?;
    if !fragments.is_empty() {
        each_page(file, roots, |page| {
            for cell in &page.cells {
                let value = file.value(page, *cell)?;
                fragments.meet(value.local);
                follow(file, value.overflow, value.rest, |_, rest, _| {
                    fragments.meet(rest);
                    Ok(0)
                })?;
            }
            Ok(())
        })?;
    }
    left.in_free_space = fragments.unknown_bytes();
    for number in 1..=file.pages {
        let holds_locks = (file.offset(number)..file.offset(number) + file.page_bytes as u64).contains(&LOCK_BYTE);
        if !seen[number as usize] && !holds_locks {
            left.in_lost_pages += other_than_zero(&file.read(number)?);
        }
    }
    Ok(left)
}

fn each_page(
    file: &SqliteFile,
    roots: &[u32],
    mut visit: impl FnMut(&TreePage) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let mut waiting = roots.to_vec();
    let mut visited = 0;
    while let Some(number) = waiting.pop() {
        visited += 1;
        if visited > file.pages {
            return Err(SourceError::Corrupt { page: number, what: "page utilisée deux fois" });
        }
        let page = file.tree_page(number)?;
        visit(&page)?;
        waiting.extend(page.children());
    }
    Ok(())
}

/// Each page has one use; a second one means a circle.
fn see(number: u32, seen: &mut [bool]) -> Result<(), SourceError> {
    match seen.get_mut(number as usize) {
        Some(seen) if !*seen && number > 0 => {
            *seen = true;
            Ok(())
        }
        _ => Err(SourceError::Corrupt { page: number, what: "page utilisée deux fois" }),
    }
}

/// The list of free pages: trunks that name leaves. A leaf must be empty, a trunk too behind its list.
fn free_pages(file: &SqliteFile, seen: &mut [bool], left: &mut Leftovers) -> Result<(), SourceError> {
    let mut trunk = file.first_free_page;
    while trunk != 0 {
        see(trunk, seen)?;
        let bytes = file.read(trunk)?;
        let leaves = (u32_at(&bytes, 4) as usize).min(file.usable / 4 - 2);
        left.free_pages += 1 + leaves as u64;
        left.in_free_pages += content(&bytes[8 + 4 * leaves..]);
        for index in 0..leaves {
            let leaf = u32_at(&bytes, 8 + 4 * index);
            see(leaf, seen)?;
            left.in_free_pages += other_than_zero(&file.read(leaf)?);
        }
        trunk = u32_at(&bytes, 0);
    }
    Ok(())
}

/// Takes what lies between the pointers and the cells of a page, and in its free blocks. Whether anything lies there at all.
fn in_free_space(page: &TreePage, fragments: &mut Fragments) -> Result<bool, SourceError> {
    let corrupt = || SourceError::Corrupt { page: page.number, what: "espace libre" };
    let cells_start = match u16_at(&page.bytes, page.start + 5) {
        0 => 65_536,
        start => start,
    };
    let between = page.bytes.get(page.pointers_end()..cells_start).ok_or_else(corrupt)?;
    runs(between).for_each(|run| fragments.add(run));
    let mut is_unclean = other_than_zero(between) > 0;
    let mut block = u16_at(&page.bytes, page.start + 1);
    while block != 0 {
        let (next, length) = (u16_at(&page.bytes, block), u16_at(&page.bytes, block + 2));
        let free = page.bytes.get(block + 4..block + length).ok_or_else(corrupt)?;
        runs(free).for_each(|run| fragments.add(run));
        is_unclean |= other_than_zero(free) > 0;
        if next != 0 && next <= block {
            return Err(corrupt());
        }
        block = next;
    }
    Ok(is_unclean)
}

/// Follows a long value through its pages: what each holds of it, and what lies behind its end in the last. Returns the
/// sum of what `visit` counts.
fn follow(
    file: &SqliteFile,
    first: u32,
    rest: usize,
    mut visit: impl FnMut(u32, &[u8], &[u8]) -> Result<u64, SourceError>,
) -> Result<u64, SourceError> {
    let (mut number, mut rest, mut found) = (first, rest, 0);
    while rest > 0 {
        let bytes = file.read(number)?;
        let here = rest.min(file.usable - 4);
        let (value, behind) = bytes[4..file.usable].split_at(here);
        found += visit(number, value, behind)?;
        rest -= here;
        number = u32_at(&bytes, 0);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_told_from_old_pointers_and_headers() {
        assert_eq!(content(&[0; 64]), 0);
        assert_eq!(content(b"\0\0{\"renonce\":\"oui\"}\0\0"), 17);
        // Pointers into a page of 4,096 bytes, and the header of a joined free block.
        assert_eq!(content(&[0x0a, 0xa8, 0x0a, 0x6f, 0x0a, 0x36, 0x0f, 0xfd, 0x0f, 0xc4, 0, 0, 0, 2, 117, 3, 44]), 0);
        assert_eq!(content(&[0xc3; 16]), 16);
    }
}
