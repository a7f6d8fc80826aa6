;; Grows the tables of two instances by 9,000 entries each. Each is below the default cap, and together they are above
;; it. Traps if the host refuses the second growth, and answers if it allows both.
(table $table 0 funcref)
(func $attack
  (if (i32.eq (table.grow $table (ref.null func) (i32.const 9000)) (i32.const -1)) (then (return)))
  (if (i32.eq (call $grow-spare-table (i32.const 9000)) (i32.const -1)) (then unreachable)))
