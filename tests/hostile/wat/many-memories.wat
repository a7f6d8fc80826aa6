;; Has three memories in one module, of the multi-memory proposal, and grows each to 30 MiB.
(memory $second 0)
(memory $third 0)
(func $attack
  (drop (memory.grow $memory (i32.const 480)))
  (drop (memory.grow $second (i32.const 480)))
  (if (i32.eq (memory.grow $third (i32.const 480)) (i32.const -1)) (then unreachable)))
