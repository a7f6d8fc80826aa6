;; Grows three tables to 9,000 entries each: every one is below the default cap, together they are above it. Traps where
;; the last growth is refused and answers where the host lets it have them all.
(table $first 0 funcref)
(table $second 0 funcref)
(table $third 0 funcref)
(func $attack
  (drop (table.grow $first (ref.null func) (i32.const 9000)))
  (drop (table.grow $second (ref.null func) (i32.const 9000)))
  (if (i32.eq (table.grow $third (ref.null func) (i32.const 9000)) (i32.const -1))
    (then unreachable)))
