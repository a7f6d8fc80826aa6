;; Grows a table until the host refuses, and then goes on asking.
(table $table 1 funcref)
(func $attack
  (loop $again
    (drop (table.grow $table (ref.null func) (i32.const 10000)))
    (br $again)))
