;; What is the same in every component of this directory: the world of `wit/integration.wit` around a core module, which
;; `tests/src/wat.rs` puts into the place of GUEST. It imports nothing.
(component
  ;; A second memory and table, for attacks that spread over instances.
  (core module $spare
    (memory 0)
    (table 0 funcref)
    (func (export "grow-memory") (param $pages i32) (result i32) (memory.grow (local.get $pages)))
    (func (export "grow-table") (param $entries i32) (result i32) (table.grow (ref.null func) (local.get $entries))))
  (core instance $spare (instantiate $spare))
  (core module $guest GUEST)
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
