// Tables for the tests here.
import JSON
import Operations
import Tables

/// A table with a column of every type and a keyword of every kind.
let itemsJSON = #"""
    {"name":"items","plugin":{"name":"Items","version":"1.0.0"},"schemaVersion":2,"key":"item_id",
     "columns":[
      {"name":"item_id","type":"uuid"},
      {"name":"owner_id","type":"uuid","json":"ownerId","required":true,
       "references":{"table":"owners","column":"owner_id"}},
      {"name":"title","type":"text","json":"title","required":true,"schema":{"minLength":2,"maxLength":5}},
      {"name":"price","type":"numeric(10,2)","json":"price","required":true,"schema":{"exclusiveMinimum":0}},
      {"name":"amount","type":"numeric","json":"amount","schema":{"minimum":-1.5,"maximum":1e3,"multipleOf":0.25}},
      {"name":"small","type":"smallint","json":"small"},
      {"name":"number","type":"integer","json":"number","schema":{"exclusiveMaximum":100}},
      {"name":"big","type":"bigint","json":"big"},
      {"name":"ratio","type":"real","json":"ratio"},
      {"name":"weight","type":"double precision","json":"weight"},
      {"name":"is_new","type":"boolean","json":"isNew","nullable":false,"default":true},
      {"name":"day","type":"date","json":"day"},
      {"name":"due_at","type":"timestamptz","json":"dueAt"},
      {"name":"kind","type":"text","json":"kind","default":"plain","schema":{"enum":["plain","rare"]}},
      {"name":"code","type":"text","json":"code","schema":{"pattern":"^[A-Z]{2}-[0-9]+$"}},
      {"name":"mail","type":"text","json":"mail","schema":{"format":"email"}},
      {"name":"link","type":"text","json":"link","schema":{"format":"uri"}},
      {"name":"tags","type":"jsonb","json":"tags","schema":{"type":"array","minItems":1,"maxItems":3,"items":
       {"type":"object","required":["a"],"properties":{"a":{"type":"string"},"n":{"type":"integer","minimum":1},
       "any":{}},"additionalProperties":false}}},
      {"name":"slug","type":"text","source":"derived"},
      {"name":"created_at","type":"timestamptz","source":"database","nullable":false}],
     "operations":["create","update","upsert","delete"],
     "filters":[{"parameter":"ownerId","column":"owner_id","operators":["eq","in"]},
      {"parameter":"title","column":"title","operators":["eq","like","in"]},
      {"parameter":"price","column":"price","operators":["eq","gt","gte","lt","lte"]},
      {"parameter":"number","column":"number"},
      {"parameter":"isNew","column":"is_new"},
      {"parameter":"day","column":"day","operators":["gte"]},
      {"parameter":"dueAt","column":"due_at","operators":["lt"]},
      {"parameter":"ratio","column":"ratio","operators":["gt"]},
      {"parameter":"weight","column":"weight","operators":["gt"]}],
     "sort":["created_at","title","price","due_at","is_new","number","day"],"defaultOrder":["-created_at"],
     "migrations":[{"version":1,"name":"create items","sql":"CREATE TABLE items (item_id uuid PRIMARY KEY)"}],
     "invalidates":{"delete":["reviews"]},
     "checks":[{"check":"jspg_fn_ok","signature":"bool(utf8)","columns":["title"],"message":"No."}],
     "derives":[{"derive":"slug","function":"jspg_fn_slug","from":["title"],"signature":"utf8(utf8)"}]}
    """#

/// The least that a table can be; members can be added or replaced by later ones of the same name.
func tableJSON(_ changes: [(name: String, json: String)] = []) -> String {
    var members: [(name: String, json: String)] = [
        ("name", #""things""#), ("plugin", #"{"name":"Things","version":"1.0.0"}"#), ("schemaVersion", "1"),
        ("key", #""id""#), ("columns", #"[{"name":"id","type":"uuid"},{"name":"note","type":"text","json":"note"}]"#),
        ("operations", #"["create","update"]"#),
    ]
    for change in changes {
        members.removeAll { $0.name == change.name }
        if !change.json.isEmpty { members.append(change) }
    }
    return "{\(members.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ","))}"
}

/// A table whose columns besides the key `id` are these.
func table(columns: String..., operations: String = #"["create","update","upsert","delete"]"#) throws -> TableDescriptor
{
    let all = ([#"{"name":"id","type":"uuid"}"#] + columns).joined(separator: ",")
    return try TableDescriptor(
        parsing: Array(tableJSON([("columns", "[\(all)]"), ("operations", operations)]).utf8))
}

func items() throws -> TableDescriptor {
    try TableDescriptor(parsing: Array(itemsJSON.utf8))
}

let entity = "0a53dfa0-8c2f-4f0e-9d0c-5d3c4b1f6a10"
