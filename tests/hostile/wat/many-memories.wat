;; Grows three memories to 30 MiB each: every one is below the default cap, together they are above it. Traps where the
;; last growth is refused and answers where the host lets it have them all.
(memory $second 0)
(memory $third 0)
(func $attack
  (drop (memory.grow $memory (i32.const 480)))
  (drop (memory.grow $second (i32.const 480)))
  (if (i32.ne (memory.grow $third (i32.const 480)) (i32.const -1))
    (then (memory.fill $third (i32.const 0) (i32.const 1) (i32.const 31457280)))
    (else unreachable)))
