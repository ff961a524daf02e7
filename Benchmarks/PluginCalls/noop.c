/* A table whose functions do nothing: what a call costs beyond its own work. */
#include "jspg_plugin.h"
#include <stdbool.h>

JSPG_EXPORT bool jspg_fn_yes(const char *text, size_t length) { return text != 0 || length == 0; }

#define JSON(...) #__VA_ARGS__
static const char descriptor[] = JSON({
    "name": "noops", "plugin": {"name": "Noops", "version": "1.0.0"}, "schemaVersion": 1, "key": "id",
    "columns": [{"name": "id", "type": "uuid"}, {"name": "name", "type": "text", "json": "name", "required": true}],
    "operations": ["create"],
    "checks": [{"check": "jspg_fn_yes", "signature": "bool(utf8)", "columns": ["name"], "message": "no"}],
    "migrations": []});

static jspg_result validate(void *table, jspg_operation operation, jspg_bytes id, jspg_bytes body,
                            const jspg_error_sink *errors) {
    (void)table, (void)operation, (void)id, (void)body, (void)errors;
    return JSPG_OK;
}

static const jspg_table_functions functions = {.struct_size = sizeof functions, .validate = validate};

JSPG_PLUGIN_NOTE;
jspg_result jspg_plugin_register(const jspg_registrar *host) {
    jspg_bytes json = {(const uint8_t *)descriptor, sizeof descriptor - 1};
    return host->add_table(host->context, json, &functions, NULL);
}
