/*
 * jspg_plugin.h: the contract between the jspg hosts and a plugin.
 *
 * A plugin is an ELF shared object that serves one or more tables. It shares with the
 * host this header and nothing else: no Swift type, closure, error or allocation crosses.
 *
 * Life cycle
 *   1. The host reads the note `.note.jspg` from the file's bytes (JSPG_PLUGIN_NOTE). No
 *      code of the plugin has run at that time. An ABI major other than the host's, or a
 *      minor above it, refuses the file.
 *   2. The host loads a private copy of the file (constructors run), first in a probe process.
 *      That one registers the tables, runs `self_test`, then tries `validate` and `prepare` with
 *      bodies that no host passes on: empty, no object, no JSON. Any answer will do but a crash,
 *      JSPG_REJECTED without an error, or an error without a code or a message.
 *   3. The host calls jspg_plugin_register() once for each generation. It may be called again
 *      in an image that is loaded already (A, B, then A again), so it must not rely on globals
 *      that only the first call sets.
 *   4. The host calls the tables' functions, from any thread, any number at once.
 *   5. The image stays mapped until the process ends. There is no unload.
 *
 * Ownership
 *   - Whatever the host passes in is borrowed until the call returns, unless said otherwise.
 *   - Whatever a plugin passes to a host's function is borrowed until that function returns:
 *     the host copies it. Nobody frees memory of the other side.
 *   - A table's `functions` and `table_context` must live as long as the process.
 *
 * Compatibility promise, within one JSPG_ABI_MAJOR
 *   - A struct only grows at its end, and starts with `struct_size`, which its maker sets to
 *     the size that it was compiled with. The reader takes a field only if it lies within.
 *   - No field changes meaning, no enumerator changes value.
 *   - New abilities come as capabilities, looked up by string id; an unknown one is NULL.
 *
 * Threads: each function says `[any thread]`, `[loader thread]` or `[processor worker]`.
 */
#ifndef JSPG_PLUGIN_H
#define JSPG_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JSPG_ABI_MAJOR 1
#define JSPG_ABI_MINOR 0

/* ---- Values ------------------------------------------------------------------------- */

/** Bytes that the maker of the call owns. `data` may be NULL only where `length` is 0. */
typedef struct jspg_bytes {
    const uint8_t *data;
    size_t length;
} jspg_bytes;

/** What a write does. The values are stable. */
typedef int32_t jspg_operation;
enum {
    JSPG_CREATE = 1, /* POST:   a new row */
    JSPG_UPDATE = 2, /* PATCH:  the fields given */
    JSPG_UPSERT = 3, /* PUT:    the whole row */
    JSPG_DELETE = 4  /* DELETE: body is empty */
};

/** What a plugin's function returns. Any other value counts as JSPG_FAILED. */
typedef int32_t jspg_result;
enum {
    JSPG_OK = 0,       /* done */
    JSPG_REJECTED = 1, /* the request is wrong; at least one error was reported */
    JSPG_FAILED = 2,   /* the plugin could not do its work; an error may say why */
    JSPG_NULL = 3      /* typed functions only: done, and the result is NULL */
};

/* ---- What the host passes in -------------------------------------------------------- */

/**
 * Takes errors, any number in one call.
 * `code`: snake_case ASCII, stable, for programs ("total_mismatch").
 * `message`: one UTF-8 sentence for the client; no secret, no SQL.
 * `pointer`: RFC 6901 JSON Pointer into the body ("/items/0/price"); empty: the whole body.
 */
typedef struct jspg_error_sink {
    size_t struct_size;
    void *context;
    void (*report)(void *context, jspg_bytes code, jspg_bytes message, jspg_bytes pointer);
} jspg_error_sink;

/** Takes bytes; calls append. */
typedef struct jspg_byte_sink {
    size_t struct_size;
    void *context;
    void (*append)(void *context, jspg_bytes bytes);
} jspg_byte_sink;

/**
 * The row under construction. The host has filled it from the body by the descriptor; the
 * plugin sets what it derives. `column` is the index in the descriptor's `columns`.
 * Both return JSPG_OK, or JSPG_FAILED where there is no such column, or it is the key or one
 * whose source is `database`. Text that is no UUID for a uuid column fails the operation.
 */
typedef struct jspg_row_sink {
    size_t struct_size;
    void *context;
    /** `text`: PostgreSQL's input text of the column's type, UTF-8, without NUL. */
    jspg_result (*set)(void *context, uint32_t column, jspg_bytes text);
    jspg_result (*set_null)(void *context, uint32_t column);
} jspg_row_sink;

/** A parameter or a result value: PostgreSQL's text form, or NULL. */
typedef struct jspg_value {
    int32_t is_null; /* 0 or 1; where 1, `text` is ignored */
    jspg_bytes text;
} jspg_value;

/**
 * The batch's transaction, for tables with SQL of their own. Values go in as parameters
 * ($1, $2, ...), never as text in the statement. The plugin must not commit or roll back. The
 * host refuses statements that would, and COPY, SET (but for SET CONSTRAINTS), RESET, DISCARD
 * and DEALLOCATE: others use the connection. SQL and values are UTF-8 without NUL; others are
 * refused, too, and the operation fails.
 */
typedef struct jspg_transaction {
    size_t struct_size;
    void *context;
    /** Queues a statement in libpq's pipeline. A failure shows when the batch is sent. */
    jspg_result (*execute)(void *context, jspg_bytes sql, const jspg_value *parameters, size_t count);
    /**
     * Runs a statement and waits. `row` is called for each row with its values, which are
     * borrowed until it returns; anything but JSPG_OK from it ends the query.
     */
    jspg_result (*query)(void *context, jspg_bytes sql, const jspg_value *parameters, size_t count,
                         jspg_result (*row)(void *row_context, const jspg_value *values, size_t count),
                         void *row_context);
} jspg_transaction;

/* ---- What a table brings ------------------------------------------------------------ */

/** Each may be NULL: the descriptor alone then says what the table does. */
typedef struct jspg_table_functions {
    size_t struct_size;

    /**
     * [any thread] What the descriptor can't say ("the total equals the sum of the items").
     * Called after the host found `body` valid by the descriptor; not for JSPG_DELETE.
     * `entity_id`: the row's key as text. `body`: UTF-8 JSON object; in the probe process any
     * bytes or none, and a UUID as the key whatever its type: look before you use a member,
     * and reject what you can't use.
     */
    jspg_result (*validate)(void *table_context, jspg_operation operation, jspg_bytes entity_id, jspg_bytes body,
                            const jspg_error_sink *errors);

    /**
     * [any thread] Sets derived columns of the row to write; not for JSPG_DELETE. `body` and
     * `entity_id` as for validate, in the probe process too.
     * `now`: microseconds since 1970-01-01 00:00:00 UTC, one value for the whole batch.
     */
    jspg_result (*prepare)(void *table_context, jspg_operation operation, jspg_bytes entity_id, jspg_bytes body,
                           int64_t now, const jspg_row_sink *row, const jspg_error_sink *errors);

    /** [processor worker] Own SQL in the place of the generated statement. */
    jspg_result (*write)(void *table_context, jspg_operation operation, jspg_bytes entity_id, jspg_bytes body,
                         int64_t now, const jspg_transaction *transaction, const jspg_error_sink *errors);

    /**
     * [any thread] Turns the body of a message that schema version `from_version` (below the
     * descriptor's) queued into one of the descriptor's version; not for JSPG_DELETE. The
     * schema version goes up whenever the set of accepted bodies changes, a new member
     * included: a processor that has the file before would fail what it does not know. NULL:
     * older bodies are taken as they are.
     */
    jspg_result (*upgrade)(void *table_context, uint32_t from_version, jspg_operation operation, jspg_bytes body,
                           const jspg_byte_sink *upgraded, const jspg_error_sink *errors);

    /** [loader thread, probe process] The author's own check, before any host loads the file. */
    jspg_result (*self_test)(void *table_context, const jspg_error_sink *errors);
} jspg_table_functions;

/** What jspg_plugin_register gets. Borrowed until that call returns, capabilities excepted. */
typedef struct jspg_registrar {
    size_t struct_size;
    uint32_t abi_major;
    uint32_t abi_minor;
    void *context;
    /**
     * Adds a table. `descriptor`: UTF-8 JSON, see docs/descriptor.schema.json. `functions` may
     * be NULL. Returns JSPG_OK, or JSPG_REJECTED where the descriptor is wrong (the host has
     * noted why, and the plugin should return JSPG_REJECTED from register).
     */
    jspg_result (*add_table)(void *context, jspg_bytes descriptor, const jspg_table_functions *functions,
                             void *table_context);
    /** An ability by id, such as "jspg.log/1"; NULL where the host has none of that name. */
    const void *(*capability)(void *context, const char *id);
    /** Why registering fails; shown by the host beside the plugin's name. */
    const jspg_error_sink *errors;
} jspg_registrar;

/** Capability "jspg.log/1": lines in the host's log. Lives as long as the process. */
typedef struct jspg_log {
    size_t struct_size;
    void *context;
    /** [any thread] `level`: 0 debug, 1 info, 2 warning, 3 error. `message`: UTF-8. */
    void (*write)(void *context, int32_t level, jspg_bytes message);
} jspg_log;

/* ---- Typed functions ---------------------------------------------------------------- */

/*
 * A descriptor may name exported functions by symbol, with a signature such as
 * "bool(utf8)" or "utf8(utf8, i64?)": `checks` must answer true, `derives` give a column's
 * value. [any thread] The host resolves the symbols at load; one that is missing, or a type
 * that is not in this table, refuses the file. Names start with `jspg_fn_`, which jspg.map
 * exports beside the entry.
 *
 *   type       parameter                               written T?: may be NULL
 *   bool       _Bool                                   const _Bool *
 *   i64        int64_t                                 const int64_t *
 *   f64        double                                  const double *
 *   timestamp  int64_t, microseconds since             const int64_t *
 *              1970-01-01 00:00:00 UTC
 *   uuid       const uint8_t *, 16 bytes               the same, NULL
 *   utf8       const char *data, size_t length         the same, data is NULL
 *   json       the same: one value's text              the same
 *   decimal    the same: the number's exact text       the same
 *
 * Text is not terminated by NUL. Arguments are borrowed until the function returns. Where an
 * argument whose type has no `?` is NULL, the function is not called: a check passes, a
 * derived column becomes NULL. Where an update leaves out one of the columns, the function is
 * not called either: a check passes, and a derived column keeps its value.
 *
 * Results bool, i64, f64 and timestamp are returned by value. For utf8, json, decimal and
 * uuid (and for any T? as result) the function returns a jspg_result and has two more
 * parameters, the last: `const jspg_byte_sink *result`, to which it appends PostgreSQL's
 * input text of the value, and `const jspg_error_sink *errors`. JSPG_OK: the text appended
 * is the value. JSPG_NULL: the value is NULL. JSPG_REJECTED and JSPG_FAILED: as above.
 *
 *   "bool(utf8)"           _Bool       jspg_fn_email_ok(const char *data, size_t length);
 *   "decimal(json, i64?)"  jspg_result jspg_fn_total(const char *items, size_t items_length,
 *                                          const int64_t *discount,
 *                                          const jspg_byte_sink *result,
 *                                          const jspg_error_sink *errors);
 */

/** Before the definition of what a plugin in C exports, so that -fvisibility=hidden keeps the rest in. */
#define JSPG_EXPORT __attribute__((visibility("default")))

/**
 * [loader thread] The one function that a plugin must export. Returns JSPG_OK when all its
 * tables were added; otherwise none of them is taken.
 */
JSPG_EXPORT jspg_result jspg_plugin_register(const jspg_registrar *registrar);

/* ---- The note ----------------------------------------------------------------------- */

/** Descriptor of the ELF note of type 1, owner "JSPG", in section `.note.jspg`. */
typedef struct jspg_plugin_info {
    uint32_t length;      /* sizeof(jspg_plugin_info) when it was built */
    uint32_t abi_major;   /* JSPG_ABI_MAJOR when it was built */
    uint32_t abi_minor;   /* JSPG_ABI_MINOR when it was built */
    uint32_t sdk_version; /* of PluginAPI: major * 1,000,000 + minor * 1,000 + patch; 0 in C */
    uint32_t swift_major; /* of the Swift compiler; 0 for other languages */
    uint32_t swift_minor;
    uint32_t swift_patch;
} jspg_plugin_info;

#define JSPG_NOTE_TYPE 1
#define JSPG_NOTE_OWNER "JSPG"

typedef struct jspg_plugin_note {
    uint32_t name_size;
    uint32_t info_size;
    uint32_t type;
    char name[8]; /* "JSPG", a NUL, padding */
    jspg_plugin_info info;
} jspg_plugin_note;

/** For authors in C: put it once, at file scope. */
#define JSPG_PLUGIN_NOTE                                                                          \
    __attribute__((section(".note.jspg"), used, aligned(4)))                                       \
    static const jspg_plugin_note jspg_note = {                                                   \
        5, sizeof(jspg_plugin_info), JSPG_NOTE_TYPE, "JSPG",                                      \
        {sizeof(jspg_plugin_info), JSPG_ABI_MAJOR, JSPG_ABI_MINOR, 0, 0, 0, 0}}

#ifdef __cplusplus
}
#endif
#endif
