;; Declares a table with at least 100 million entries.
(table $table 100000000 funcref)
(func $attack (drop (table.size $table)))
