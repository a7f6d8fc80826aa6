;; Grows the memories of two instances by 40 MiB each. Each is below the default cap, and together they are above it.
;; Traps if the host refuses the second growth, and answers if it allows both.
(func $attack
  (if (i32.eq (memory.grow $memory (i32.const 640)) (i32.const -1)) (then (return)))
  (if (i32.eq (call $grow-spare-memory (i32.const 640)) (i32.const -1)) (then unreachable)))
