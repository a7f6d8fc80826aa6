;; The common part of every component in this directory: the world of `wit/integration.wit` around a core module, which
;; `tests/src/wat.rs` inserts for GUEST. It imports nothing.
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
    (field "default" (option string)) (field "help" (option string)) (field "values" (list string)) (field "shown" bool)))
  (type $answer (record (field "name" string) (field "pointer" string) (field "secret" bool)))
  (type $lifetime (record (field "pointer" (option string)) (field "seconds" u32)))
  (type $limit (record (field "requests" u32) (field "seconds" u32)))
  (type $evidence (record (field "kind" string) (field "checked" string)))
  (type $capture (record (field "variable" string) (field "source" string) (field "place" string)))
  (type $authorization (record
    (field "url" string) (field "scopes" (list string)) (field "separator" string)
    (field "params" (list (tuple string string))) (field "pkce" string) (field "captures" (list $capture))))
  (type $exchange (record
    (field "kind" string) (field "method" string) (field "url" string) (field "encoding" string)
    (field "fields" (list (tuple string string))) (field "basic" (option (tuple string string))) (field "plain-basic" bool)
    (field "headers" (list (tuple string string))) (field "answers" (list $answer)) (field "lifetime" $lifetime)
    (field "authorization" (option $authorization))))
  (type $auth (record
    (field "kind" string) (field "params" (list (tuple string string))) (field "exchange" (option $exchange))
    (field "origins" (list string))))
  (type $field (record
    (field "field" string) (field "level" string) (field "values" (list string))
    (field "json-type" (option string)) (field "note" (option string))))
  (type $listing (record
    (field "least" u32) (field "most" u32) (field "usual" u32) (field "end" string) (field "order" string)
    (field "cursor-seconds" (option u32)) (field "depth" (option u32)) (field "combines" bool)
    (field "partial" (list string)) (field "leaves-out" (list string))))
  (type $operation (record
    (field "category" string) (field "operation" string) (field "query" (list $field))
    (field "request" (list $field)) (field "response" (list string)) (field "listing" (option $listing))
    (field "effect" (option string))))
  (type $declaration (record
    (field "slug" string) (field "label" string) (field "origins" (list string)) (field "headers" (list string))
    (field "variables" (list $variable)) (field "variable-sets" (list (list string))) (field "auth" (list $auth)) (field "limits" (list $limit))
    (field "error-messages" (list string)) (field "operations" (list $operation))
    (field "evidence" (option $evidence)) (field "probe" (option string))))
  (type $failure (record (field "kind" string) (field "message" string) (field "field" (option string))))

  (type $filter (record (field "field" string) (field "operator" string) (field "value" string)))
  (type $sort (record (field "field" string) (field "descending" bool)))
  (type $page (record
    (field "size" u32) (field "cursor" (option string)) (field "filters" (list $filter)) (field "sort" (option $sort))))
  (type $row (record (field "user" string) (field "source" string)))
  (type $users-page (record (field "rows" (list $row)) (field "next" (option string)) (field "partial" bool)))

  (func $capabilities (result $declaration)
    (canon lift (core func $guest "capabilities") (memory $memory)))
  (func $create (param "category" string) (param "user" string) (result (result (option string) (error $failure)))
    (canon lift (core func $guest "create-user") (memory $memory) (realloc $realloc)))
  (func $update (param "category" string) (param "id" string) (param "user" string)
    (result (result (option string) (error $failure)))
    (canon lift (core func $guest "update-user") (memory $memory) (realloc $realloc)))
  (func $get (param "category" string) (param "id" string) (result (result (option string) (error $failure)))
    (canon lift (core func $guest "get-user") (memory $memory) (realloc $realloc)))
  (func $list (param "category" string) (param "page" $page) (result (result $users-page (error $failure)))
    (canon lift (core func $guest "list-users") (memory $memory) (realloc $realloc)))
  (func $delete (param "category" string) (param "id" string) (result (result (error $failure)))
    (canon lift (core func $guest "delete-user") (memory $memory) (realloc $realloc)))

  ;; An interface is an instance. Its functions use types that the instance must export, too.
  (component $describe
    (type $variable' (record
      (field "name" string) (field "label" string) (field "required" bool) (field "secret" bool)
      (field "default" (option string)) (field "help" (option string)) (field "values" (list string)) (field "shown" bool)))
    (import "variable" (type $variable (eq $variable')))
    (type $answer' (record (field "name" string) (field "pointer" string) (field "secret" bool)))
    (import "exchange-answer" (type $answer (eq $answer')))
    (type $lifetime' (record (field "pointer" (option string)) (field "seconds" u32)))
    (import "exchange-lifetime" (type $lifetime (eq $lifetime')))
    (type $limit' (record (field "requests" u32) (field "seconds" u32)))
    (import "rate-limit" (type $limit (eq $limit')))
    (type $evidence' (record (field "kind" string) (field "checked" string)))
    (import "evidence" (type $evidence (eq $evidence')))
    (type $capture' (record (field "variable" string) (field "source" string) (field "place" string)))
    (import "capture" (type $capture (eq $capture')))
    (type $authorization' (record
      (field "url" string) (field "scopes" (list string)) (field "separator" string)
      (field "params" (list (tuple string string))) (field "pkce" string) (field "captures" (list $capture))))
    (import "authorization" (type $authorization (eq $authorization')))
    (type $exchange' (record
      (field "kind" string) (field "method" string) (field "url" string) (field "encoding" string)
      (field "fields" (list (tuple string string))) (field "basic" (option (tuple string string))) (field "plain-basic" bool)
      (field "headers" (list (tuple string string))) (field "answers" (list $answer)) (field "lifetime" $lifetime)
      (field "authorization" (option $authorization))))
    (import "token-exchange" (type $exchange (eq $exchange')))
    (type $auth' (record
      (field "kind" string) (field "params" (list (tuple string string))) (field "exchange" (option $exchange))
      (field "origins" (list string))))
    (import "auth-scheme" (type $auth (eq $auth')))
    (type $field' (record
      (field "field" string) (field "level" string) (field "values" (list string))
      (field "json-type" (option string)) (field "note" (option string))))
    (import "field-support" (type $field (eq $field')))
    (type $listing' (record
      (field "least" u32) (field "most" u32) (field "usual" u32) (field "end" string) (field "order" string)
      (field "cursor-seconds" (option u32)) (field "depth" (option u32)) (field "combines" bool)
      (field "partial" (list string)) (field "leaves-out" (list string))))
    (import "listing" (type $listing (eq $listing')))
    (type $operation' (record
      (field "category" string) (field "operation" string) (field "query" (list $field))
      (field "request" (list $field)) (field "response" (list string)) (field "listing" (option $listing))
      (field "effect" (option string))))
    (import "operation-support" (type $operation (eq $operation')))
    (type $declaration' (record
      (field "slug" string) (field "label" string) (field "origins" (list string)) (field "headers" (list string))
      (field "variables" (list $variable)) (field "variable-sets" (list (list string))) (field "auth" (list $auth)) (field "limits" (list $limit))
      (field "error-messages" (list string)) (field "operations" (list $operation))
    (field "evidence" (option $evidence)) (field "probe" (option string))))
    (import "declaration" (type $declaration (eq $declaration')))
    (import "capabilities" (func $capabilities (result $declaration)))
    (export $variable-out "variable" (type $variable'))
    (export $answer-out "exchange-answer" (type $answer'))
    (export $lifetime-out "exchange-lifetime" (type $lifetime'))
    (export $limit-out "rate-limit" (type $limit'))
    (export $evidence-out "evidence" (type $evidence'))
    (export $capture-out "capture" (type $capture'))
    (type $authorization'' (record
      (field "url" string) (field "scopes" (list string)) (field "separator" string)
      (field "params" (list (tuple string string))) (field "pkce" string) (field "captures" (list $capture-out))))
    (export $authorization-out "authorization" (type $authorization''))
    (type $exchange'' (record
      (field "kind" string) (field "method" string) (field "url" string) (field "encoding" string)
      (field "fields" (list (tuple string string))) (field "basic" (option (tuple string string))) (field "plain-basic" bool)
      (field "headers" (list (tuple string string))) (field "answers" (list $answer-out)) (field "lifetime" $lifetime-out)
      (field "authorization" (option $authorization-out))))
    (export $exchange-out "token-exchange" (type $exchange''))
    (type $auth'' (record
      (field "kind" string) (field "params" (list (tuple string string))) (field "exchange" (option $exchange-out))
      (field "origins" (list string))))
    (export $auth-out "auth-scheme" (type $auth''))
    (export $field-out "field-support" (type $field'))
    (export $listing-out "listing" (type $listing'))
    (type $operation'' (record
      (field "category" string) (field "operation" string) (field "query" (list $field-out))
      (field "request" (list $field-out)) (field "response" (list string)) (field "listing" (option $listing-out))
      (field "effect" (option string))))
    (export $operation-out "operation-support" (type $operation''))
    (type $declaration'' (record
      (field "slug" string) (field "label" string) (field "origins" (list string)) (field "headers" (list string))
      (field "variables" (list $variable-out)) (field "variable-sets" (list (list string))) (field "auth" (list $auth-out)) (field "limits" (list $limit-out))
      (field "error-messages" (list string)) (field "operations" (list $operation-out))
      (field "evidence" (option $evidence-out)) (field "probe" (option string))))
    (export $declaration-out "declaration" (type $declaration''))
    (export "capabilities" (func $capabilities) (func (result $declaration-out))))
  (instance $describe (instantiate $describe
    (with "variable" (type $variable)) (with "exchange-answer" (type $answer))
    (with "exchange-lifetime" (type $lifetime)) (with "rate-limit" (type $limit)) (with "evidence" (type $evidence)) (with "capture" (type $capture))
    (with "authorization" (type $authorization))
    (with "token-exchange" (type $exchange)) (with "auth-scheme" (type $auth)) (with "field-support" (type $field))
    (with "listing" (type $listing)) (with "operation-support" (type $operation)) (with "declaration" (type $declaration))
    (with "capabilities" (func $capabilities))))
  (export "mortise:integration/describe@0.1.0" (instance $describe))

  (component $users
    (type $failure' (record (field "kind" string) (field "message" string) (field "field" (option string))))
    (import "failure" (type $failure (eq $failure')))
    (type $filter' (record (field "field" string) (field "operator" string) (field "value" string)))
    (import "filter" (type $filter (eq $filter')))
    (type $sort' (record (field "field" string) (field "descending" bool)))
    (import "sort" (type $sort (eq $sort')))
    (type $page' (record
      (field "size" u32) (field "cursor" (option string)) (field "filters" (list $filter)) (field "sort" (option $sort))))
    (import "page" (type $page (eq $page')))
    (type $row' (record (field "user" string) (field "source" string)))
    (import "row" (type $row (eq $row')))
    (type $users-page' (record (field "rows" (list $row)) (field "next" (option string)) (field "partial" bool)))
    (import "users-page" (type $users-page (eq $users-page')))
    (import "create-user" (func $create
      (param "category" string) (param "user" string) (result (result (option string) (error $failure)))))
    (import "update-user" (func $update
      (param "category" string) (param "id" string) (param "user" string)
      (result (result (option string) (error $failure)))))
    (import "get-user" (func $get
      (param "category" string) (param "id" string) (result (result (option string) (error $failure)))))
    (import "list-users" (func $list
      (param "category" string) (param "page" $page) (result (result $users-page (error $failure)))))
    (import "delete-user" (func $delete
      (param "category" string) (param "id" string) (result (result (error $failure)))))
    (export $failure-out "failure" (type $failure'))
    (export $filter-out "filter" (type $filter'))
    (export $sort-out "sort" (type $sort'))
    (type $page'' (record
      (field "size" u32) (field "cursor" (option string)) (field "filters" (list $filter-out)) (field "sort" (option $sort-out))))
    (export $page-out "page" (type $page''))
    (export $row-out "row" (type $row'))
    (type $users-page'' (record (field "rows" (list $row-out)) (field "next" (option string)) (field "partial" bool)))
    (export $users-page-out "users-page" (type $users-page''))
    (export "create-user" (func $create) (func
      (param "category" string) (param "user" string) (result (result (option string) (error $failure-out)))))
    (export "update-user" (func $update) (func
      (param "category" string) (param "id" string) (param "user" string)
      (result (result (option string) (error $failure-out)))))
    (export "get-user" (func $get) (func
      (param "category" string) (param "id" string) (result (result (option string) (error $failure-out)))))
    (export "list-users" (func $list) (func
      (param "category" string) (param "page" $page-out) (result (result $users-page-out (error $failure-out)))))
    (export "delete-user" (func $delete) (func
      (param "category" string) (param "id" string) (result (result (error $failure-out))))))
  (instance $users (instantiate $users
    (with "failure" (type $failure)) (with "filter" (type $filter)) (with "sort" (type $sort)) (with "page" (type $page))
    (with "row" (type $row)) (with "users-page" (type $users-page)) (with "create-user" (func $create))
    (with "update-user" (func $update)) (with "get-user" (func $get)) (with "list-users" (func $list))
    (with "delete-user" (func $delete))))
  (export "mortise:integration/users@0.1.0" (instance $users)))
