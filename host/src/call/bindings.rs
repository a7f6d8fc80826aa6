//! The contract, as wasmtime sees it.

#![allow(missing_docs, reason = "generated; the documentation is in wit/integration.wit")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "integration",
    imports: {
        "mortise:integration/http.send": async | trappable,
        "mortise:integration/http.[method]response.body": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: { "mortise:integration/http.response": crate::egress::Answer },
    additional_derives: [Clone],
});
