//! Claims the slug of another component, `endless-loop`.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie};

lie!(|declared| Declaration { slug: "endless-loop".to_owned(), ..declared });
