// A plugin that is right, or wrong in the one way that a macro names. The tests compile it once for each.
#include "jspg_plugin.h"
#include <stdlib.h>
#include <string.h>

#ifdef OTHER_ABI
#undef JSPG_ABI_MAJOR
#define JSPG_ABI_MAJOR 2
#endif
#ifndef NO_NOTE
JSPG_PLUGIN_NOTE;
#endif

#ifndef TABLE
#define TABLE "things"
#endif
#ifndef VERSION
#define VERSION "1.0.0"
#endif

static const char descriptor[] =
#ifdef INVALID_DESCRIPTOR
    "{\"name\":\"Things\",\"plugin\":{\"name\":\"T\",\"version\":\"1\"},\"schemaVersion\":0,\"key\":\"id\",\"columns\":[]}";
#else
    "{\"name\":\"" TABLE "\",\"plugin\":{\"name\":\"Things\",\"version\":\"" VERSION "\"},\"schemaVersion\":1,\"key\":\"id\","
    "\"columns\":[{\"name\":\"id\",\"type\":\"uuid\"},{\"name\":\"name\",\"type\":\"text\",\"json\":\"name\",\"required\":true}],"
    "\"operations\":[\"create\"],\"migrations\":[{\"version\":1,\"name\":\"create\",\"sql\":"
    "\"CREATE TABLE " TABLE " (id uuid PRIMARY KEY, name text NOT NULL)\"}]"
#ifdef MISSING_FUNCTION
    ",\"checks\":[{\"check\":\"no_such_function\",\"signature\":\"bool(utf8)\",\"columns\":[\"name\"],\"message\":\"no\"}]"
#endif
    "}";
#endif

#ifdef LOOP_IN_CONSTRUCTOR
__attribute__((constructor)) static void loop(void) { for (volatile int i = 0;; i++) {} }
#endif

static jspg_bytes text(const char *string) { return (jspg_bytes){(const uint8_t *)string, strlen(string)}; }

static jspg_result validate(void *table, jspg_operation operation, jspg_bytes id, jspg_bytes body,
                            const jspg_error_sink *errors) {
    (void)table, (void)operation, (void)id;
    // The name "bad" is what it refuses.
    for (size_t i = 0; i + 5 <= body.length; i++) {
        if (memcmp(body.data + i, "\"bad\"", 5) == 0) {
            errors->report(errors->context, text("bad_name"), text("The name must not be bad."), text("/name"));
            return JSPG_REJECTED;
        }
    }
    return JSPG_OK;
}

#ifdef TRAP_IN_PREPARE
// The name "trap" is what kills the process, and no other: the probe does not find it.
static jspg_result prepare(void *table, jspg_operation operation, jspg_bytes id, jspg_bytes body, int64_t now,
                           const jspg_row_sink *row, const jspg_error_sink *errors) {
    (void)table, (void)operation, (void)id, (void)now, (void)row, (void)errors;
    for (size_t i = 0; i + 6 <= body.length; i++) {
        if (memcmp(body.data + i, "\"trap\"", 6) == 0) __builtin_trap();
    }
    return JSPG_OK;
}
#endif

static jspg_result self_test(void *table, const jspg_error_sink *errors) {
    (void)table, (void)errors;
#ifdef FAILING_SELF_TEST
    errors->report(errors->context, text("self_test"), text("two and two are five"), text(""));
    return JSPG_FAILED;
#else
    return JSPG_OK;
#endif
}

static const jspg_table_functions functions = {
    .struct_size = sizeof(jspg_table_functions), .validate = validate, .self_test = self_test,
#ifdef TRAP_IN_PREPARE
    .prepare = prepare,
#endif
};

#ifndef NO_ENTRY
JSPG_EXPORT jspg_result jspg_plugin_register(const jspg_registrar *registrar) {
#ifdef TRAP_IN_REGISTER
    __builtin_trap();
#endif
#ifdef EXIT_IN_REGISTER
    exit(0);
#endif
#ifdef ALLOCATE_IN_REGISTER
    volatile char *memory = malloc(2UL << 30);
    for (size_t i = 0; i < 2UL << 30; i += 4096) memory[i] = 1;
#endif
    return registrar->add_table(registrar->context, (jspg_bytes){(const uint8_t *)descriptor, sizeof descriptor - 1},
                                &functions, 0);
}
#endif

#ifdef EXTRA_EXPORT
JSPG_EXPORT int something_else(void) { return 1; }
#endif
