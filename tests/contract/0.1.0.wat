;; A plugin that was made for mortise:integration@0.1.0, with every import and export of it. It is never changed: hosts that have a
;; later contract serve it as they served it then (tests/suite/compatibility.rs).
(component

  (import "mortise:integration/http@0.1.0" (instance
    (type $m' (enum "get" "post" "put" "patch" "delete" ))
    (export "method" (type $m (eq $m')))
    (type $pairs (list (tuple string string)))
    (type $r' (record
      (field "method" $m) (field "target" string) (field "query" $pairs) (field "headers" $pairs)
      (field "body" (option (list u8))) (field "primary" bool) ))
    (export "request" (type $r (eq $r')))
    (export "response" (type $response (sub resource)))
    (type $f' (record (field "kind" string) (field "message" string) (field "field" (option string))))
    (export "failure" (type $f (eq $f')))
    (export "send" (func (param "request" $r) (result (result (own $response) (error $f)))))))
  (import "mortise:integration/context@0.1.0" (instance
    (export "variable" (func (param "name" string) (result (option string))))
    (export "parameter" (func (param "name" string) (result (option string))))
    (export "wants-user" (func (result bool)))))
  (import "mortise:integration/log@0.1.0" (instance
    (export "emit" (func (param "level" string) (param "message" string)))))

  ;; A second memory and table, for attacks that spread over instances.
  (core module $spare
    (memory 0)
    (table 0 funcref)
    (func (export "grow-memory") (param $pages i32) (result i32) (memory.grow (local.get $pages)))
    (func (export "grow-table") (param $entries i32) (result i32) (table.grow (ref.null func) (local.get $entries))))
  (core instance $spare (instantiate $spare))
  (core module $guest 
  (import "spare" "grow-memory" (func $grow-spare-memory (param i32) (result i32)))
  (import "spare" "grow-table" (func $grow-spare-table (param i32) (result i32)))
  (memory $memory (export "memory") 1)
  (global $heap (mut i32) (i32.const 32768))
  (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $start i32)
    (local.set $start (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $start) (local.get $size)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $heap) (i32.mul (memory.size $memory) (i32.const 65536))))
      (drop (memory.grow $memory (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
    (local.get $start))
  (func (export "capabilities") (result i32) (i32.const 1576))
  (func (export "create-user") (param i32 i32 i32 i32) (result i32) (call $attack) (i32.const 1684))
  (func (export "update-user") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 1684))
  (data (memory $memory) (i32.const 1024) "\6d\61\64\65\2d\66\6f\72\2d\30\2d\31\2d\30\48\6f\73\74\69\6c\65\3a\20\6d\61\64\65\2d\66\6f\72\2d\30\2d\31\2d\30\68\74\74\70\73\3a\2f\2f\76\65\6e\64\6f\72\2e\65\78\61\6d\70\6c\65\2e\63\6f\6d\00\25\04\00\00\1a\00\00\00\61\70\69\5f\74\6f\6b\65\6e\78\2d\61\70\69\2d\74\6f\6b\65\6e\7b\61\70\69\5f\74\6f\6b\65\6e\7d\00\48\04\00\00\09\00\00\00\48\04\00\00\09\00\00\00\01\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\51\04\00\00\0b\00\00\00\5c\04\00\00\0b\00\00\00\68\65\61\64\65\72\00\00\98\04\00\00\06\00\00\00\88\04\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\74\69\63\6b\65\74\69\6e\67\63\72\65\61\74\65\2d\75\73\65\72\69\64\6e\61\6d\65\77\72\69\74\61\62\6c\65\00\00\26\05\00\00\04\00\00\00\2a\05\00\00\08\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\24\05\00\00\02\00\00\00\26\05\00\00\04\00\00\00\74\69\63\6b\65\74\69\6e\67\75\70\64\61\74\65\2d\75\73\65\72\69\64\6e\61\6d\65\77\72\69\74\61\62\6c\65\00\00\8a\05\00\00\04\00\00\00\8e\05\00\00\08\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\88\05\00\00\02\00\00\00\8a\05\00\00\04\00\00\00\10\05\00\00\09\00\00\00\19\05\00\00\0b\00\00\00\00\00\00\00\00\00\00\00\34\05\00\00\01\00\00\00\64\05\00\00\02\00\00\00\74\05\00\00\09\00\00\00\7d\05\00\00\0b\00\00\00\00\00\00\00\00\00\00\00\98\05\00\00\01\00\00\00\c8\05\00\00\02\00\00\00\00\04\00\00\0e\00\00\00\0e\04\00\00\17\00\00\00\40\04\00\00\01\00\00\00\00\00\00\00\00\00\00\00\68\04\00\00\01\00\00\00\a0\04\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\d8\05\00\00\02\00\00\00\7b\22\69\64\22\3a\22\68\6f\73\74\69\6c\65\22\2c\22\6e\61\6d\65\22\3a\22\73\75\72\76\69\76\65\64\22\7d\00\00\00\00\00\00\01\00\00\00\70\06\00\00\22\00\00\00")
(func $attack))
  (core instance $guest (instantiate $guest (with "spare" (instance $spare))))
  (alias core export $guest "memory" (core memory $memory))
  (alias core export $guest "cabi_realloc" (core func $realloc))

  (type $variable (record
    (field "name" string) (field "label" string) (field "required" bool) (field "secret" bool)
    (field "default" (option string))))
  (type $answer (record (field "name" string) (field "pointer" string) (field "secret" bool)))
  (type $lifetime (record (field "pointer" (option string)) (field "seconds" u32)))
  (type $limit (record (field "requests" u32) (field "seconds" u32)))
  (type $exchange (record
    (field "kind" string) (field "method" string) (field "url" string) (field "encoding" string)
    (field "fields" (list (tuple string string))) (field "basic" (option (tuple string string))) (field "plain-basic" bool)
    (field "headers" (list (tuple string string))) (field "answers" (list $answer)) (field "lifetime" $lifetime)))
  (type $auth (record
    (field "kind" string) (field "params" (list (tuple string string))) (field "exchange" (option $exchange))))
  (type $field (record
    (field "field" string) (field "level" string) (field "values" (list string))
    (field "json-type" (option string)) (field "note" (option string))))
  (type $operation (record
    (field "category" string) (field "operation" string) (field "query" (list $field))
    (field "request" (list $field)) (field "response" (list string))))
  (type $declaration (record
    (field "slug" string) (field "label" string) (field "origins" (list string)) (field "headers" (list string))
    (field "variables" (list $variable)) (field "auth" (list $auth)) (field "limits" (list $limit))
    (field "error-messages" (list string)) (field "operations" (list $operation))))
  (type $failure (record (field "kind" string) (field "message" string) (field "field" (option string))))

  (func $capabilities (result $declaration)
    (canon lift (core func $guest "capabilities") (memory $memory)))
  (func $create (param "category" string) (param "user" string) (result (result (option string) (error $failure)))
    (canon lift (core func $guest "create-user") (memory $memory) (realloc $realloc)))
  (func $update (param "category" string) (param "id" string) (param "user" string)
    (result (result (option string) (error $failure)))
    (canon lift (core func $guest "update-user") (memory $memory) (realloc $realloc)))

  ;; An interface is an instance whose functions speak of types that it exports too.
  (component $describe
    (type $variable' (record
      (field "name" string) (field "label" string) (field "required" bool) (field "secret" bool)
      (field "default" (option string))))
    (import "variable" (type $variable (eq $variable')))
    (type $answer' (record (field "name" string) (field "pointer" string) (field "secret" bool)))
    (import "exchange-answer" (type $answer (eq $answer')))
    (type $lifetime' (record (field "pointer" (option string)) (field "seconds" u32)))
    (import "exchange-lifetime" (type $lifetime (eq $lifetime')))
    (type $limit' (record (field "requests" u32) (field "seconds" u32)))
    (import "rate-limit" (type $limit (eq $limit')))
    (type $exchange' (record
      (field "kind" string) (field "method" string) (field "url" string) (field "encoding" string)
      (field "fields" (list (tuple string string))) (field "basic" (option (tuple string string))) (field "plain-basic" bool)
      (field "headers" (list (tuple string string))) (field "answers" (list $answer)) (field "lifetime" $lifetime)))
    (import "token-exchange" (type $exchange (eq $exchange')))
    (type $auth' (record
      (field "kind" string) (field "params" (list (tuple string string))) (field "exchange" (option $exchange))))
    (import "auth-scheme" (type $auth (eq $auth')))
    (type $field' (record
      (field "field" string) (field "level" string) (field "values" (list string))
      (field "json-type" (option string)) (field "note" (option string))))
    (import "field-support" (type $field (eq $field')))
    (type $operation' (record
      (field "category" string) (field "operation" string) (field "query" (list $field))
      (field "request" (list $field)) (field "response" (list string))))
    (import "operation-support" (type $operation (eq $operation')))
    (type $declaration' (record
      (field "slug" string) (field "label" string) (field "origins" (list string)) (field "headers" (list string))
      (field "variables" (list $variable)) (field "auth" (list $auth)) (field "limits" (list $limit))
      (field "error-messages" (list string)) (field "operations" (list $operation))))
    (import "declaration" (type $declaration (eq $declaration')))
    (import "capabilities" (func $capabilities (result $declaration)))
    (export $variable-out "variable" (type $variable'))
    (export $answer-out "exchange-answer" (type $answer'))
    (export $lifetime-out "exchange-lifetime" (type $lifetime'))
    (export $limit-out "rate-limit" (type $limit'))
    (type $exchange'' (record
      (field "kind" string) (field "method" string) (field "url" string) (field "encoding" string)
      (field "fields" (list (tuple string string))) (field "basic" (option (tuple string string))) (field "plain-basic" bool)
      (field "headers" (list (tuple string string))) (field "answers" (list $answer-out)) (field "lifetime" $lifetime-out)))
    (export $exchange-out "token-exchange" (type $exchange''))
    (type $auth'' (record
      (field "kind" string) (field "params" (list (tuple string string))) (field "exchange" (option $exchange-out))))
    (export $auth-out "auth-scheme" (type $auth''))
    (export $field-out "field-support" (type $field'))
    (type $operation'' (record
      (field "category" string) (field "operation" string) (field "query" (list $field-out))
      (field "request" (list $field-out)) (field "response" (list string))))
    (export $operation-out "operation-support" (type $operation''))
    (type $declaration'' (record
      (field "slug" string) (field "label" string) (field "origins" (list string)) (field "headers" (list string))
      (field "variables" (list $variable-out)) (field "auth" (list $auth-out)) (field "limits" (list $limit-out))
      (field "error-messages" (list string)) (field "operations" (list $operation-out))))
    (export $declaration-out "declaration" (type $declaration''))
    (export "capabilities" (func $capabilities) (func (result $declaration-out))))
  (instance $describe (instantiate $describe
    (with "variable" (type $variable)) (with "exchange-answer" (type $answer))
    (with "exchange-lifetime" (type $lifetime)) (with "rate-limit" (type $limit))
    (with "token-exchange" (type $exchange)) (with "auth-scheme" (type $auth)) (with "field-support" (type $field))
    (with "operation-support" (type $operation)) (with "declaration" (type $declaration))
    (with "capabilities" (func $capabilities))))
  (export "mortise:integration/describe@0.1.0" (instance $describe))

  (component $users
    (type $failure' (record (field "kind" string) (field "message" string) (field "field" (option string))))
    (import "failure" (type $failure (eq $failure')))
    (import "create-user" (func $create
      (param "category" string) (param "user" string) (result (result (option string) (error $failure)))))
    (import "update-user" (func $update
      (param "category" string) (param "id" string) (param "user" string)
      (result (result (option string) (error $failure)))))
    (export $failure-out "failure" (type $failure'))
    (export "create-user" (func $create) (func
      (param "category" string) (param "user" string) (result (result (option string) (error $failure-out)))))
    (export "update-user" (func $update) (func
      (param "category" string) (param "id" string) (param "user" string)
      (result (result (option string) (error $failure-out))))))
  (instance $users (instantiate $users
    (with "failure" (type $failure)) (with "create-user" (func $create)) (with "update-user" (func $update))))
  (export "mortise:integration/users@0.1.0" (instance $users)))
