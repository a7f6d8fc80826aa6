//! The allocator of a component.
//!
//! An instance serves one call, and the host then drops it with its memory. So speed matters here, and tight packing
//! does not. The heap hands out memory in a row. A block that is given back joins the list of its size, and is the next
//! that the list hands out. The last block of the row returns to the row, and can grow and shrink in place. Each of
//! these takes a few instructions.

use std::alloc::Layout;
use std::ptr::{self, NonNull};

/// Every block has a size and an alignment that are multiples of this.
const UNIT: usize = 16;
/// Sizes up to this have one list for each multiple of [`UNIT`]. Larger sizes have one list for each power of two.
const SMALL: usize = 512;
const SMALL_LISTS: usize = SMALL / UNIT;
const LISTS: usize = SMALL_LISTS + usize::BITS as usize;

/// The source of more memory.
pub(crate) trait Source {
    /// Gives at least so many bytes more: their first address and their number. They may follow those that it gave
    /// before.
    fn grow(&mut self, bytes: usize) -> Option<(NonNull<u8>, usize)>;
}

/// A heap: it hands out memory in blocks.
pub(crate) struct Heap<S> {
    source: S,
    /// Where the row continues, and how many bytes are left there.
    next: *mut u8,
    left: usize,
    /// The free blocks by size. Each holds the address of the block that was freed before it.
    free: [*mut u8; LISTS],
}

/// The list and the size of a block for `size` bytes. `None` for a size beyond the address space.
fn class(size: usize) -> Option<(usize, usize)> {
    if size <= SMALL {
        let units = size.div_ceil(UNIT).max(1);
        return Some((units - 1, units * UNIT));
    }
    let bytes = size.checked_next_power_of_two()?;
    Some((SMALL_LISTS + bytes.trailing_zeros() as usize, bytes))
}

impl<S: Source> Heap<S> {
    pub(crate) const fn new(source: S) -> Self {
        Self { source, next: ptr::null_mut(), left: 0, free: [ptr::null_mut(); LISTS] }
    }

    /// Returns a block for this layout, or null if no memory is left.
    pub(crate) fn alloc(&mut self, layout: Layout) -> *mut u8 {
        let Some((list, bytes)) = class(layout.size()) else { return ptr::null_mut() };
        match self.free.get_mut(list) {
            Some(head) if !head.is_null() && head.addr().is_multiple_of(layout.align()) => {
                let block = *head;
                // SAFETY: a block in a list is at least a unit long, aligned for an address, and holds what `dealloc` wrote.
                *head = unsafe { block.cast::<*mut u8>().read() };
                block
            }
            _ if layout.align() > UNIT => self.take_aligned(bytes, layout.align()),
            _ => self.take(bytes),
        }
    }

    /// Returns a block with an alignment above a unit. These are so rare that they may leave a gap.
    #[cold]
    fn take_aligned(&mut self, bytes: usize, align: usize) -> *mut u8 {
        let Some(with_gap) = bytes.checked_add(align) else { return ptr::null_mut() };
        let block = self.take(with_gap.next_multiple_of(UNIT));
        let gap = block.align_offset(align);
        if block.is_null() { block } else { block.wrapping_add(gap) }
    }

    /// Returns the next bytes of the row. `size` is a multiple of a unit.
    fn take(&mut self, bytes: usize) -> *mut u8 {
        if bytes > self.left && !self.grow(bytes) {
            return ptr::null_mut();
        }
        let block = self.next;
        self.next = block.wrapping_add(bytes);
        self.left -= bytes;
        block
    }

    #[cold]
    fn grow(&mut self, bytes: usize) -> bool {
        let Some((more, length)) = self.source.grow(bytes - self.left) else { return false };
        if more.as_ptr() == self.next.wrapping_add(self.left) {
            self.left += length;
            return true;
        }
        // Memory that does not follow the row starts a new row, which may be too short for the block.
        let row = if length < bytes { self.source.grow(bytes) } else { Some((more, length)) };
        let Some((more, length)) = row else { return false };
        (self.next, self.left) = (more.as_ptr(), length);
        true
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// It was made by this heap for this layout, and nobody uses it.
    pub(crate) unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        let Some((list, bytes)) = class(layout.size()) else { return };
        if block.wrapping_add(bytes) == self.next {
            self.next = block;
            self.left += bytes;
        } else if let Some(head) = self.free.get_mut(list) {
            // SAFETY: the block is the heap's again, at least a unit long and aligned for an address.
            unsafe { block.cast::<*mut u8>().write(*head) };
            *head = block;
        }
    }

    /// Makes a block longer or shorter, in place if possible.
    ///
    /// # Safety
    /// As [`dealloc`](Self::dealloc).
    pub(crate) unsafe fn realloc(&mut self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let (Some((_, bytes)), Some((_, wanted))) = (class(layout.size()), class(size)) else { return ptr::null_mut() };
        if bytes == wanted {
            return block;
        }
        if block.wrapping_add(bytes) == self.next && wanted <= bytes + self.left {
            self.next = block.wrapping_add(wanted);
            self.left = bytes + self.left - wanted;
            return block;
        }
        // SAFETY: an alignment that was one before, and a size that has a class.
        let moved = self.alloc(unsafe { Layout::from_size_align_unchecked(size, layout.align()) });
        if !moved.is_null() {
            // SAFETY: both blocks are that long, and they are two, as one of them is still in use.
            unsafe {
                ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        moved
    }
}

#[cfg(target_family = "wasm")]
mod component {
    use std::alloc::{GlobalAlloc, Layout};
    use std::cell::UnsafeCell;
    use std::ptr::NonNull;

    use super::{Heap, Source};

    /// Bytes of a page of WebAssembly.
    const PAGE: usize = 64 << 10;
    /// The memory that a usual call needs. With the stack and the data in front of it, it makes a memory of 192 KiB in
    /// most components, and the host keeps all of that for the next call. It lies beside the component's data, so that
    /// no call has to ask for pages.
    const FIRST: usize = 64 << 10;

    #[repr(align(16))]
    struct First(UnsafeCell<[u8; FIRST]>);

    struct Global(UnsafeCell<Heap<Pages>>);

    /// Gives the first bytes, then pages.
    struct Pages {
        begun: bool,
    }

    // SAFETY: a component has one thread.
    unsafe impl Sync for First {}
    // SAFETY: a component has one thread.
    unsafe impl Sync for Global {}

    static FIRST_BYTES: First = First(UnsafeCell::new([0; FIRST]));

    #[global_allocator]
    static GLOBAL: Global = Global(UnsafeCell::new(Heap::new(Pages { begun: false })));

    impl Source for Pages {
        fn grow(&mut self, bytes: usize) -> Option<(NonNull<u8>, usize)> {
            if !self.begun {
                self.begun = true;
                if bytes <= FIRST {
                    return Some((NonNull::new(FIRST_BYTES.0.get().cast())?, FIRST));
                }
            }
            let pages = bytes.div_ceil(PAGE);
            let before = core::arch::wasm32::memory_grow(0, pages);
            let first = (before != usize::MAX).then(|| NonNull::new((before * PAGE) as *mut u8)).flatten()?;
            Some((first, pages * PAGE))
        }
    }

    // SAFETY: the heap's blocks are as long and as aligned as their layout says, and no two of them overlap.
    unsafe impl GlobalAlloc for Global {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: a component has one thread, and the heap calls nothing that allocates.
            unsafe { &mut *self.0.get() }.alloc(layout)
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: as above, and the caller's promise.
            unsafe { (*self.0.get()).dealloc(block, layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            // SAFETY: as above, and the caller's promise.
            unsafe { (*self.0.get()).realloc(block, layout, size) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts of one block of memory. Some of them follow each other.
    struct Piece {
        memory: Vec<u128>,
        given: usize,
        gap: bool,
    }

    impl Source for Piece {
        fn grow(&mut self, bytes: usize) -> Option<(NonNull<u8>, usize)> {
            self.gap = !self.gap;
            let from = self.given + if self.gap { 4 * UNIT } else { 0 };
            let length = bytes.next_multiple_of(1 << 10);
            if from + length > self.memory.len() * UNIT {
                return None;
            }
            self.given = from + length;
            let first: *mut u8 = self.memory.as_mut_ptr().cast();
            Some((NonNull::new(first.wrapping_add(from))?, length))
        }
    }

    fn heap() -> Heap<Piece> {
        Heap::new(Piece { memory: vec![0; 1 << 18], given: 0, gap: false })
    }

    /// A block in use, filled with its number.
    struct Block {
        at: *mut u8,
        layout: Layout,
        mark: u8,
    }

    impl Block {
        fn fill(&self) {
            // SAFETY: a block of the heap that is in use.
            unsafe { ptr::write_bytes(self.at, self.mark, self.layout.size()) };
        }

        fn holds(&self, bytes: usize) -> bool {
            // SAFETY: a block of the heap that is in use. All of its bytes were filled.
            unsafe { std::slice::from_raw_parts(self.at, bytes) }.iter().all(|byte| *byte == self.mark)
        }
    }

    #[test]
    fn blocks_are_aligned_and_never_overlap_whatever_is_asked_for_in_which_order() {
        let mut heap = heap();
        let mut blocks: Vec<Block> = Vec::new();
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random % below as u64).unwrap()
        };
        for step in 0..20_000_usize {
            let most = [40, 300, 3_000][next(3)];
            let size = 1 + next(most);
            match next(3) {
                0 if !blocks.is_empty() => {
                    let block = blocks.swap_remove(next(blocks.len()));
                    assert!(block.holds(block.layout.size()));
                    // SAFETY: the block came from this heap, and the test does not use it again.
                    unsafe { heap.dealloc(block.at, block.layout) };
                }
                1 if !blocks.is_empty() => {
                    let index = next(blocks.len());
                    let block = &mut blocks[index];
                    // SAFETY: the block came from this heap, and the test does not use its old address again.
                    block.at = unsafe { heap.realloc(block.at, block.layout, size) };
                    assert!(block.holds(size.min(block.layout.size())));
                    block.layout = Layout::from_size_align(size, block.layout.align()).unwrap();
                    block.fill();
                }
                _ if blocks.len() < 100 => {
                    // Few blocks have a larger alignment than a unit, because each may leave a gap.
                    let align = if step.is_multiple_of(50) { 64 } else { 1 << next(5) };
                    let layout = Layout::from_size_align(size, align).unwrap();
                    let at = heap.alloc(layout);
                    assert!(!at.is_null() && at.addr().is_multiple_of(align), "{layout:?}");
                    blocks.push(Block { at, layout, mark: (step % 251) as u8 });
                    blocks.last().unwrap().fill();
                }
                _ => {}
            }
        }
        assert!(blocks.iter().all(|block| block.holds(block.layout.size())));
    }

    #[test]
    fn what_is_given_back_is_handed_out_again() {
        let mut heap = heap();
        let layout = Layout::from_size_align(5_000, 8).unwrap();
        for _ in 0..10_000 {
            let (one, other) = (heap.alloc(layout), heap.alloc(layout));
            assert!(!one.is_null() && !other.is_null());
            // SAFETY: both blocks came from this heap, and the test does not use them again.
            unsafe {
                heap.dealloc(one, layout);
                heap.dealloc(other, layout);
            }
        }
    }

    #[test]
    fn more_than_there_is_is_null_and_the_heap_goes_on() {
        let mut heap = heap();
        assert!(heap.alloc(Layout::from_size_align(8 << 20, 8).unwrap()).is_null());
        assert!(heap.alloc(Layout::from_size_align(isize::MAX.unsigned_abs(), 1).unwrap()).is_null());
        assert!(!heap.alloc(Layout::from_size_align(64, 8).unwrap()).is_null());
    }
}
