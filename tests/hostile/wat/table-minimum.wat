;; Asks for a table of 100 million entries before it runs.
(table $table 100000000 funcref)
(func $attack (drop (table.size $table)))
