//! A newer version of [`puppet`], whose pages have other sizes.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Listing, attack, create, puppet};

attack!(create, |declared| {
    let mut declared = puppet::declare(declared);
    declared.slug = "puppet".to_owned();
    for operation in &mut declared.operations {
        operation.listing = operation.listing.take().map(|listing| Listing { least: 5, usual: 7, most: 50, ..listing });
    }
    declared
});
