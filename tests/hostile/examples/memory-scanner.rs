//! Looks for data that another guest left in its memory. The `name` `fill:<canary>` or `fill:<canary>:<MiB>` grows the
//! memory to this size (60 MiB without a number, just below the default cap), and fills the new memory and the free
//! stack with the canary. The `name` `scan` or `scan:<MiB>` grows likewise. It answers with
//! `{"dirty": bytes of new memory that are not zero, "canaries": [text, …]}` of its whole memory. The scan's request
//! must not contain a canary, because the scan would find it.
#![cfg(target_family = "wasm")]

use mortise_hostile::{attack, json, memory, report};

/// Grows linear memory to this many MiB, and returns the new part.
fn grow_to(mib: &str) -> &'static mut [u8] {
    let pages = mib.parse().unwrap_or(60) * 16;
    memory::grow(usize::saturating_sub(pages, memory::pages())).unwrap_or_default()
}

/// Writes the text again and again. Each copy doubles the written part.
fn fill(area: &mut [u8], text: &[u8]) {
    let mut done = text.len().min(area.len());
    area[..done].copy_from_slice(&text[..done]);
    while done > 0 && done < area.len() {
        let more = done.min(area.len() - done);
        area.copy_within(..more, done);
        done += more;
    }
}

attack!(|call| {
    let mut words = call.name.split(':');
    match (words.next(), words.next().unwrap_or_default(), words.next().unwrap_or_default()) {
        (Some("fill"), canary, mib) => {
            let (new, stack) = (grow_to(mib), memory::free_stack());
            let (grown, free) = (new.len(), stack.len());
            fill(new, canary.as_bytes());
            fill(stack, canary.as_bytes());
            report(format!("filled {grown} and {free}"))
        }
        (_, mib, _) => {
            // SAFETY: every bit pattern is a u64, and pages are aligned to it.
            let (_, words, _) = unsafe { grow_to(mib).align_to::<u64>() };
            let dirty = words.iter().filter(|word| **word != 0).count() * 8;
            report(json!({ "dirty": dirty, "canaries": memory::canaries() }).to_string())
        }
    }
});
