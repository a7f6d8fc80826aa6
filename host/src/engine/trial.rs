//! A trial of everything that a host needs of its machine to run components.

use anyhow::{Result, ensure};
use wasmtime::Store;
use wasmtime::component::Linker;

use super::AddressSpace;
use super::compile::{Compiler, Compiling};
use super::pool::Reserved;
use crate::config::Limits;

/// A component with one function and no imports:
///
/// ```text
/// (component
///   (core module $m (func (export "answer") (result i32) (i32.const 42)))
///   (core instance $i (instantiate $m))
///   (func (export "answer") (result u32) (canon lift (core func $i "answer"))))
/// ```
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0\
    \x01\x27\0asm\x01\0\0\0\
        \x01\x05\x01\x60\0\x01\x7f\
        \x03\x02\x01\0\
        \x07\x0a\x01\x06answer\0\0\
        \x0a\x06\x01\x04\0\x41\x2a\x0b\
    \x02\x04\x01\0\0\0\
    \x07\x05\x01\x40\0\0\x79\
    \x06\x0c\x01\0\0\x01\0\x06answer\
    \x08\x06\x01\0\0\0\0\0\
    \x0b\x0c\x01\0\x06answer\x01\0\0";

/// Its function, and what that returns.
const ANSWER: (&str, u32) = ("answer", 42);

/// Reserves the pools as a host does, compiles a component in a child process, loads its code and calls it. Nothing of it stays, and no
/// compile cache is made. Returns how much address space there is: with [`AddressSpace::Scarce`] the pools could not be reserved.
///
/// # Errors
/// What this machine does not allow: memory for one call ([`NoRoom`](super::NoRoom)), the child process, or executable memory.
pub async fn trial(limits: &Limits, compiling: impl Into<Compiling>) -> Result<AddressSpace> {
    let Compiling { executable, effort } = compiling.into();
    let Reserved { target, pools: [ordinary, _interpreter], .. } = Reserved::for_host(limits, effort)?;
    let artefact = Compiler::new(executable, target).compile(COMPONENT.to_vec(), &ordinary.bounds).await?;
    let component = ordinary.deserialize(artefact).await?;
    let mut store = Store::new(&ordinary.inner, ());
    // There is no clock that would reach it.
    store.set_epoch_deadline(1);
    let (name, expected) = ANSWER;
    let linker = Linker::new(&ordinary.inner);
    let run = async {
        let instance = linker.instantiate_async(&mut store, &component).await?;
        let function = instance.get_typed_func::<(), (u32,)>(&mut store, name)?;
        function.call_async(&mut store, ()).await
    };
    let (answer,) = run.await.map_err(anyhow::Error::from)?;
    ensure!(answer == expected, "a component returned {answer} in place of {expected}");
    Ok(target.space)
}
