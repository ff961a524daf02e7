// A plugin that is right, or wrong in the one way that a macro names. The tests compile it once for each.
#include "jspg_plugin.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef OTHER_ABI
#undef JSPG_ABI_MAJOR
#define JSPG_ABI_MAJOR 2
#endif
#ifndef NO_NOTE
JSPG_PLUGIN_NOTE;
#endif

#ifdef LOOP_IN_WRITE
#define OWN_SQL
#endif
#ifndef TABLE
#define TABLE "things"
#endif
#ifndef SCHEMA_VERSION
#define SCHEMA_VERSION "1"
#endif
#ifndef VERSION
#define VERSION "1.0.0"
#endif

static const char descriptor[] =
#ifdef INVALID_DESCRIPTOR
    "{\"name\":\"Things\",\"plugin\":{\"name\":\"T\",\"version\":\"1\"},\"schemaVersion\":0,\"key\":\"id\",\"columns\":[]}";
#else
    "{\"name\":\"" TABLE "\",\"plugin\":{\"name\":\"Things\",\"version\":\"" VERSION "\"},\"schemaVersion\":" SCHEMA_VERSION ",\"key\":\"id\","
    "\"columns\":[{\"name\":\"id\",\"type\":\"uuid\"},{\"name\":\"name\",\"type\":\"text\",\"json\":\"name\",\"required\":true}"
#if defined STAMP_VERSION || defined DERIVED_BY_NOBODY
    ",{\"name\":\"version\",\"type\":\"text\",\"source\":\"derived\"}"
#endif
#ifdef COLUMN_WITHOUT_MIGRATION
    ",{\"name\":\"nick\",\"type\":\"text\",\"json\":\"nick\"}"
#endif
    "],"
#ifdef ALL_OPERATIONS
    "\"operations\":[\"create\",\"update\",\"upsert\",\"delete\"],"
#else
    "\"operations\":[\"create\",\"delete\"],"
#endif
    "\"migrations\":[{\"version\":1,\"name\":\"create\",\"sql\":"
#ifdef BROKEN_MIGRATION
    "\"CREATE TABEL " TABLE " ()\"}"
#else
    "\"CREATE TABLE " TABLE " (id uuid PRIMARY KEY, name text NOT NULL, version text)\"}"
#endif
#ifdef SECOND_MIGRATION
    ",{\"version\":2,\"name\":\"index\",\"sql\":\"CREATE INDEX ON " TABLE " (name)\"}"
#endif
    "]"
#ifdef MISSING_FUNCTION
    ",\"checks\":[{\"check\":\"no_such_function\",\"signature\":\"bool(utf8)\",\"columns\":[\"name\"],\"message\":\"no\"}]"
#endif
    "}";
#endif

#ifdef LOOP_IN_CONSTRUCTOR
__attribute__((constructor)) static void loop(void) { for (volatile int i = 0;; i++) {} }
#endif

#ifdef SLEEP_IN_ANOTHER_GROUP
// Not for ever: a host that waits for it goes on one day.
__attribute__((constructor)) static void leave(void) {
    setpgid(0, getpgid(getppid()));
    sleep(60);
}
#endif

#ifdef TRAP_IN_HOST
// The probe's environment is empty, a host's is not.
__attribute__((constructor)) static void trap_in_host(void) { if (getenv("PATH")) __builtin_trap(); }
#endif

static jspg_bytes text(const char *string) { return (jspg_bytes){(const uint8_t *)string, strlen(string)}; }

// Whether the body has this text, quotes included.
static int has(jspg_bytes body, const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i + length <= body.length; i++) {
        if (memcmp(body.data + i, name, length) == 0) return 1;
    }
    return 0;
}

#ifdef LOGS
static const jspg_log *host_log;
#endif

static jspg_result validate(void *table, jspg_operation operation, jspg_bytes id, jspg_bytes body,
                            const jspg_error_sink *errors) {
    (void)table, (void)operation, (void)id;
#ifdef LOGS
    host_log->write(host_log->context, 2, text("validating"));
#endif
    // The name "bad" is what it refuses.
    if (has(body, "\"bad\"")) {
        errors->report(errors->context, text("bad_name"), text("The name must not be bad."), text("/name"));
        return JSPG_REJECTED;
    }
#ifdef REJECT_IN_SILENCE
    if (!body.length) return JSPG_REJECTED;
#endif
#ifdef TRAP_IN_VALIDATE
    if (has(body, "\"trap")) __builtin_trap();
#endif
#ifdef LOOP_IN_VALIDATE
    if (has(body, "\"loop\"")) for (volatile int i = 0;; i++) {}
#endif
    return JSPG_OK;
}

#if defined TRAP_IN_PREPARE || defined KILL_IN_PREPARE || defined LOOP_IN_PREPARE
// The name "trap" is what kills the process, and no other: the probe does not find it.
static jspg_result prepare(void *table, jspg_operation operation, jspg_bytes id, jspg_bytes body, int64_t now,
                           const jspg_row_sink *row, const jspg_error_sink *errors) {
    (void)table, (void)operation, (void)id, (void)now, (void)row, (void)errors;
#ifdef KILL_IN_PREPARE
    // As where memory is short: no handler sees it.
    if (has(body, "\"trap\"")) kill(getpid(), SIGKILL);
#elif defined LOOP_IN_PREPARE
    if (has(body, "\"trap\"")) for (volatile int i = 0;; i++) {}
#else
    if (has(body, "\"trap\"")) __builtin_trap();
#endif
    return JSPG_OK;
}
#endif

#ifdef STAMP_VERSION
// Each row says which build of the plugin prepared it.
static jspg_result prepare(void *table, jspg_operation operation, jspg_bytes id, jspg_bytes body, int64_t now,
                           const jspg_row_sink *row, const jspg_error_sink *errors) {
    (void)table, (void)id, (void)body, (void)now, (void)errors;
    // What the header promises never to happen.
    if (operation == JSPG_DELETE) __builtin_trap();
    return row->set(row->context, 2, text(VERSION));
}
#endif

#ifdef OWN_SQL
static jspg_result count_rows(void *context, const jspg_value *values, size_t count) {
    (void)values, (void)count;
    ++*(int *)context;
    return JSPG_OK;
}

// Each name makes it do something else; without one of these it writes a row and a note about it.
static jspg_result write_row(void *table, jspg_operation operation, jspg_bytes id, jspg_bytes body, int64_t now,
                             const jspg_transaction *transaction, const jspg_error_sink *errors) {
    (void)table, (void)now;
    jspg_value key = {0, id};
    if (operation == JSPG_DELETE) {
        int rows = 0;
        transaction->query(transaction->context, text("DELETE FROM " TABLE " WHERE id = $1 RETURNING id"), &key, 1,
                           count_rows, &rows);
        if (rows) return JSPG_OK;
        errors->report(errors->context, text("no_such_thing"), text("There is no such thing."), text(""));
        return JSPG_REJECTED;
    }
#ifdef LOOP_IN_WRITE
    // What it waits for never comes. Each round takes longer in here than in the host, so that most ticks find it here.
    while (has(body, "\"loop\"")) {
        int rows = 0;
        transaction->query(transaction->context, text("SELECT 1 WHERE false"), 0, 0, count_rows, &rows);
        for (volatile int i = 0; i < 10000000; i++) {}
    }
#endif
    jspg_value values[] = {key, {0, body}};
    transaction->execute(transaction->context,
                         text("INSERT INTO " TABLE " (id, name) VALUES ($1, $2::jsonb ->> 'name')"), values, 2);
    if (has(body, "\"asks\"")) {
        int rows = 0;
        if (transaction->query(transaction->context, text("SELECT id FROM " TABLE " WHERE id = $1"), &key, 1, count_rows,
                               &rows) || rows != 1) return JSPG_FAILED;
    }
    if (has(body, "\"asks and rejects\"")) {
        int rows = 0;
        transaction->query(transaction->context, text("SELECT id FROM " TABLE " WHERE id = $1"), &key, 1, count_rows, &rows);
    }
    if (has(body, "rejects\"")) {
        errors->report(errors->context, text("not_today"), text("Not today."), text("/name"));
        return JSPG_REJECTED;
    }
    if (has(body, "\"twice\"")) {
        transaction->execute(transaction->context, text("INSERT INTO " TABLE " (id, name) VALUES ($1, 'twice')"), &key, 1);
    }
    if (has(body, "\"commits\"")) transaction->execute(transaction->context, text("COMMIT"), 0, 0);
    if (has(body, "\"misspelt\"")) transaction->execute(transaction->context, text("INSRET INTO nothing"), 0, 0);
    return JSPG_OK;
}
#endif

static jspg_result self_test(void *table, const jspg_error_sink *errors) {
    (void)table, (void)errors;
#ifdef COUNT_SELF_TESTS
    FILE *file = fopen(COUNT_SELF_TESTS, "a");
    if (file) {
        fputc('.', file);
        fclose(file);
    }
#endif
#ifdef FAILING_SELF_TEST
    errors->report(errors->context, text("self_test"), text("two and two are five"), text(""));
    return JSPG_FAILED;
#else
    return JSPG_OK;
#endif
}

static const jspg_table_functions functions = {
#ifdef SHORT_FUNCTIONS
    // As if the header had ended before self_test: what lies beyond must not be taken for a function.
    .struct_size = offsetof(jspg_table_functions, self_test),
#else
    .struct_size = sizeof(jspg_table_functions),
#endif
    .validate = validate, .self_test = self_test,
#if defined TRAP_IN_PREPARE || defined KILL_IN_PREPARE || defined LOOP_IN_PREPARE || defined STAMP_VERSION
    .prepare = prepare,
#endif
#ifdef OWN_SQL
    .write = write_row,
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
#ifdef LOGS
    host_log = registrar->capability(registrar->context, "jspg.log/1");
    host_log->write(host_log->context, 1, text("registering"));
#endif
    return registrar->add_table(registrar->context, (jspg_bytes){(const uint8_t *)descriptor, sizeof descriptor - 1},
                                &functions, 0);
}
#endif

#ifdef EXTRA_EXPORT
JSPG_EXPORT int something_else(void) { return 1; }
#endif
