// A table whose derived columns come from typed functions, one for each type and way of passing it.
#include "jspg_plugin.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

JSPG_PLUGIN_NOTE;

JSPG_EXPORT bool jspg_fn_not(bool value) { return !value; }
JSPG_EXPORT int64_t jspg_fn_double(int64_t value) { return (int64_t)((uint64_t)value * 2); }
JSPG_EXPORT double jspg_fn_half(double value) { return value / 2; }
JSPG_EXPORT int64_t jspg_fn_next_second(int64_t value) { return value + 1000000; }
JSPG_EXPORT int64_t jspg_fn_or_seven(const int64_t *value) { return value ? *value : 7; }

static jspg_bytes text(const void *data, size_t length) { return (jspg_bytes){data, length}; }

JSPG_EXPORT jspg_result jspg_fn_same(const char *data, size_t length, const jspg_byte_sink *result,
                                     const jspg_error_sink *errors) {
    if (length == 4 && memcmp(data, "oops", 4) == 0) {
        errors->report(errors->context, text("oops", 4), text("It was oops.", 12), text("/label", 6));
        return JSPG_REJECTED;
    }
    if (length == 4 && memcmp(data, "none", 4) == 0) return JSPG_NULL;
    if (length == 5 && memcmp(data, "fault", 5) == 0) return JSPG_FAILED;
    result->append(result->context, text(data, length));
    return JSPG_OK;
}

/* A UUID in another form than the hosts write, or none. */
JSPG_EXPORT jspg_result jspg_fn_token(const char *data, size_t length, const jspg_byte_sink *result,
                                      const jspg_error_sink *errors) {
    (void)errors;
    if (length == 8 && memcmp(data, "no token", 8) == 0) result->append(result->context, text("none", 4));
    else result->append(result->context, text("{0A0000000000-40008000-0000000000FF}", 36));
    return JSPG_OK;
}

/* Answers as PostgreSQL writes bools, or with something else, or not at all. */
JSPG_EXPORT jspg_result jspg_fn_agrees(const char *data, size_t length, const jspg_byte_sink *result,
                                       const jspg_error_sink *errors) {
    (void)errors;
    if (length == 7 && memcmp(data, "refused", 7) == 0) result->append(result->context, text("f", 1));
    else if (length == 7 && memcmp(data, "perhaps", 7) == 0) result->append(result->context, text("perhaps", 7));
    else if (length == 4 && memcmp(data, "none", 4) == 0) return JSPG_NULL;
    else result->append(result->context, text("t", 1));
    return JSPG_OK;
}

/* Everything at once, more arguments than registers: what libffi has to get right. */
JSPG_EXPORT jspg_result jspg_fn_all(bool flag, int64_t count, double ratio, const char *label, size_t label_length,
                                    const char *document, size_t document_length, const char *price,
                                    size_t price_length, const uint8_t *uuid, int64_t moment, const jspg_byte_sink *result,
                                    const jspg_error_sink *errors) {
    (void)errors;
    char line[512];
    int length = snprintf(line, sizeof line, "%d %lld %g %.*s %.*s %.*s %02x%02x %lld", flag, (long long)count, ratio,
                          (int)label_length, label, (int)document_length, document, (int)price_length, price, uuid[0],
                          uuid[15], (long long)moment);
    result->append(result->context, text(line, (size_t)(length < 511 ? length : 511)));
    return JSPG_OK;
}

#define JSON(...) #__VA_ARGS__
static const char descriptor[] = JSON({
    "name": "typed", "plugin": {"name": "Typed", "version": "1.0.0"}, "schemaVersion": 1, "key": "id",
    "columns": [{"name": "id", "type": "uuid"},
        {"name": "flag", "type": "boolean", "json": "flag"}, {"name": "count", "type": "bigint", "json": "count"},
        {"name": "ratio", "type": "double precision", "json": "ratio"}, {"name": "label", "type": "text", "json": "label"},
        {"name": "document", "type": "jsonb", "json": "document"}, {"name": "price", "type": "numeric(10,2)", "json": "price"},
        {"name": "other", "type": "uuid", "json": "other"}, {"name": "moment", "type": "timestamptz", "json": "moment"},
        {"name": "not_flag", "type": "boolean", "source": "derived"}, {"name": "twice", "type": "bigint", "source": "derived"},
        {"name": "half", "type": "double precision", "source": "derived"},
        {"name": "later", "type": "timestamptz", "source": "derived"},
        {"name": "or_seven", "type": "bigint", "source": "derived"}, {"name": "same", "type": "text", "source": "derived"},
        {"name": "everything", "type": "text", "source": "derived"}, {"name": "token", "type": "uuid", "source": "derived"}],
    "operations": ["create", "update"],
    "checks": [{"check": "jspg_fn_not", "signature": "bool(bool)", "columns": ["flag"], "message": "Flag must be false."},
        {"check": "jspg_fn_agrees", "signature": "bool?(utf8)", "columns": ["label"], "message": "Label must agree."}],
    "derives": [{"derive": "not_flag", "function": "jspg_fn_not", "from": ["flag"], "signature": "bool(bool)"},
        {"derive": "twice", "function": "jspg_fn_double", "from": ["count"], "signature": "i64(i64)"},
        {"derive": "half", "function": "jspg_fn_half", "from": ["ratio"], "signature": "f64(f64)"},
        {"derive": "later", "function": "jspg_fn_next_second", "from": ["moment"], "signature": "timestamp(timestamp)"},
        {"derive": "or_seven", "function": "jspg_fn_or_seven", "from": ["count"], "signature": "i64(i64?)"},
        {"derive": "same", "function": "jspg_fn_same", "from": ["label"], "signature": "utf8?(utf8)"},
        {"derive": "token", "function": "jspg_fn_token", "from": ["label"], "signature": "uuid(utf8)"},
        {"derive": "everything", "function": "jspg_fn_all",
         "from": ["flag", "count", "ratio", "label", "document", "price", "other", "moment"],
         "signature": "utf8(bool, i64, f64, utf8, json, decimal, uuid, timestamp)"}]});

JSPG_EXPORT jspg_result jspg_plugin_register(const jspg_registrar *host) {
    return host->add_table(host->context, text(descriptor, sizeof descriptor - 1), NULL, NULL);
}
