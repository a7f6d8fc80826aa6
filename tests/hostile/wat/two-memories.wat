;; Grows the memories of two instances by 40 MiB each: either is below the default cap, together they are above it. Traps
;; where the second growth is refused and answers where the host lets it have both.
(func $attack
  (if (i32.eq (memory.grow $memory (i32.const 640)) (i32.const -1)) (then (return)))
  (if (i32.eq (call $grow-spare-memory (i32.const 640)) (i32.const -1)) (then unreachable)))
