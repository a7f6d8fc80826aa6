//! The closed sets of words in the contract that authors write or read, with the meaning of each word.

use mortise_model::{
    AuthKind, Category, Effect, End, EvidenceKind, ExchangeEncoding, ExchangeKind, FailureKind, JsonType, Operation,
    Operator, Order, Pkce, QueryParameter,
};
use schemars::{JsonSchema, schema_for};
use serde_json::Value;

use crate::types::described;

/// One closed set.
pub(crate) struct Words {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) words: Vec<Word>,
}

/// One word.
pub(crate) struct Word {
    pub(crate) word: String,
    pub(crate) meaning: String,
}

/// All sets.
pub(crate) fn read() -> Vec<Words> {
    vec![
        set::<Category>(),
        set::<Operation>(),
        set::<JsonType>(),
        set::<FailureKind>(),
        set::<EvidenceKind>(),
        set::<AuthKind>(),
        set::<ExchangeKind>(),
        set::<ExchangeEncoding>(),
        set::<Pkce>(),
        set::<End>(),
        set::<Order>(),
        set::<Effect>(),
        set::<Operator>(),
        set::<QueryParameter>(),
    ]
}

fn set<T: JsonSchema>() -> Words {
    let schema = schema_for!(T).to_value();
    let words = schema["oneOf"].as_array().expect("every word is described");
    Words {
        name: T::schema_name().into_owned(),
        description: described(&schema),
        words: words.iter().map(word).collect(),
    }
}

fn word(schema: &Value) -> Word {
    Word { word: schema["const"].as_str().expect("a word").to_owned(), meaning: described(schema) }
}
