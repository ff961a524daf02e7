/* The table `products`, in plain C: a descriptor and two typed functions. `make` builds products.so. */
#include "jspg_plugin.h"

#include <stdbool.h>

/* A bar code of 13 digits (GTIN-13) is right when its digits, weighted 1, 3, 1, 3, ..., add up to a multiple of ten. */
JSPG_EXPORT bool jspg_fn_gtin_ok(const char *digits, size_t length) {
    int sum = 0;
    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9') return false;
        sum += (digits[i] - '0') * (i % 2 ? 3 : 1);
    }
    return length == 13 && sum % 10 == 0;
}

/* GS1 gives each country the first three digits. */
JSPG_EXPORT int64_t jspg_fn_gtin_prefix(const char *digits, size_t length) {
    int64_t prefix = 0;
    for (size_t i = 0; i < length && i < 3; i++) prefix = prefix * 10 + (digits[i] - '0');
    return prefix;
}

#define JSON(...) #__VA_ARGS__
static const char descriptor[] = JSON({
    "name": "products", "plugin": {"name": "Products", "version": "1.0.0"}, "schemaVersion": 1, "key": "product_id",
    "columns": [{"name": "product_id", "type": "uuid"},
        {"name": "gtin", "type": "text", "json": "gtin", "required": true, "schema": {"pattern": "^[0-9]{13}$"}},
        {"name": "prefix", "type": "integer", "source": "derived"}],
    "operations": ["create", "update", "upsert", "delete"], "sort": ["gtin"], "defaultOrder": ["gtin"],
    "checks": [{"check": "jspg_fn_gtin_ok", "signature": "bool(utf8)", "columns": ["gtin"], "message": "Misread code."}],
    "derives": [{"derive": "prefix", "function": "jspg_fn_gtin_prefix", "from": ["gtin"], "signature": "i64(utf8)"}],
    "migrations": [{"version": 1, "name": "create products", "sql":
        "CREATE TABLE products (product_id uuid PRIMARY KEY, gtin text NOT NULL UNIQUE, prefix int NOT NULL)"}]});

JSPG_PLUGIN_NOTE;
jspg_result jspg_plugin_register(const jspg_registrar *host) {
    jspg_bytes json = {(const uint8_t *)descriptor, sizeof descriptor - 1};
    return host->add_table(host->context, json, NULL, NULL);
}
