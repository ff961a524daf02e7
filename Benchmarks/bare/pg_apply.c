// The limit of applying writes to PostgreSQL: libpq and nothing else.
//
// pg_apply URL one        COUNT [BATCH] [CONNECTIONS]  one statement a batch: record, write rows, move the partition
// pg_apply URL statements COUNT [BATCH] [CONNECTIONS]  the processor's statements in a transaction, sent in one go
// pg_apply URL commit     COUNT                        one operation a transaction, one after another
//
// Tables of its own, bare_*, with the columns and indexes of the processor's; made anew and removed at the end.
#include "bare.h"
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <pthread.h>

static const char *url;
static const char tables[] =
    "DROP TABLE IF EXISTS bare_operations, bare_partitions, bare_users;"
    "CREATE TABLE bare_operations (operation_id uuid PRIMARY KEY, table_name text NOT NULL, entity_id text NOT NULL,"
    " kind text NOT NULL CHECK (kind IN ('create', 'update', 'upsert', 'delete')),"
    " status text NOT NULL CHECK (status IN ('completed', 'failed')), error jsonb, fingerprint bytea,"
    " attempts integer NOT NULL DEFAULT 1, stream_sequence bigint NOT NULL, queued_at timestamptz NOT NULL,"
    " ended_at timestamptz NOT NULL);"
    "CREATE INDEX ON bare_operations USING brin (ended_at);"
    "CREATE TABLE bare_partitions (table_name text NOT NULL, partition integer NOT NULL, last bigint NOT NULL DEFAULT 0,"
    " stuck_at bigint, attempts integer NOT NULL DEFAULT 0, PRIMARY KEY (table_name, partition)) WITH (fillfactor = 50);"
    "INSERT INTO bare_partitions SELECT 'users', n FROM generate_series(0, 63) AS n;"
    "CREATE TABLE bare_users (user_id uuid PRIMARY KEY, name text NOT NULL CHECK (name <> ''),"
    " email text NOT NULL UNIQUE, created_at timestamptz NOT NULL DEFAULT now());"
    "CREATE INDEX ON bare_users (created_at, user_id);";

#define RECORD(source) \
    "INSERT INTO bare_operations (operation_id, table_name, entity_id, kind, status, error, fingerprint, attempts," \
    " stream_sequence, queued_at, ended_at)" \
    " SELECT batch.operation_id, 'users', batch.entity_id, batch.kind," \
    " CASE WHEN batch.error IS NULL THEN 'completed' ELSE 'failed' END, batch.error::jsonb, batch.fingerprint, 1," \
    " batch.stream_sequence, batch.queued_at, now() FROM " source

// $1 partition, $2 its last; arrays: $3 operation_id, $4 entity_id, $5 kind, $6 error, $7 fingerprint,
// $8 stream_sequence, $9 queued_at; $10 user_id, $11 name, $12 email.
static const char one_sql[] =
    "WITH batch AS MATERIALIZED (SELECT * FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[],"
    " $8::bigint[], $9::timestamptz[], $10::uuid[], $11::text[], $12::text[]) AS batch (operation_id, entity_id, kind,"
    " error, fingerprint, stream_sequence, queued_at, user_id, name, email)),"
    " recorded AS (" RECORD("batch")
    " WHERE batch.stream_sequence > (SELECT last FROM bare_partitions WHERE table_name = 'users' AND partition = $1)"
    " ON CONFLICT (operation_id) DO NOTHING RETURNING operation_id),"
    " moved AS (UPDATE bare_partitions SET last = greatest(last, $2), stuck_at = NULL, attempts = 0"
    " WHERE table_name = 'users' AND partition = $1),"
    " written AS (INSERT INTO bare_users (user_id, name, email)"
    " SELECT user_id, name, email FROM batch JOIN recorded USING (operation_id))"
    " SELECT count(*) FROM recorded";
static const char record_sql[] =
    RECORD("unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bigint[], $7::timestamptz[])"
           " AS batch (operation_id, entity_id, kind, error, fingerprint, stream_sequence, queued_at)");
static const char write_sql[] =
    "INSERT INTO bare_users (user_id, name, email) SELECT user_id, name, email"
    " FROM unnest($1::uuid[], $2::text[], $3::text[]) AS batch (user_id, name, email)";
static const char move_sql[] =
    "WITH done AS (UPDATE bare_partitions SET last = $2, stuck_at = NULL, attempts = 0"
    " WHERE table_name = 'users' AND partition = $1 AND last < $2 RETURNING partition)"
    " SELECT (CASE WHEN count(*) = 1 THEN '1' ELSE 'decided already' END)::int, pg_current_xact_id()::text FROM done";

enum { OPERATION, ENTITY, KIND, ERROR, FINGERPRINT, SEQUENCE, QUEUED, USER, NAME, EMAIL, ARRAYS };
static const Oid elements[ARRAYS] = {2950, 25, 25, 25, 17, 20, 1184, 2950, 25, 25};
static const Oid array_types[ARRAYS] = {2951, 1009, 1009, 1009, 1001, 1016, 1185, 2951, 1009, 1009};

/// A parameter in PostgreSQL's binary form.
struct buffer {
    char *bytes;
    size_t size;
};

static void put(struct buffer *buffer, const void *bytes, size_t size) {
    memcpy(buffer->bytes + buffer->size, bytes, size), buffer->size += size;
}
static void put32(struct buffer *buffer, uint32_t value) { value = htonl(value), put(buffer, &value, 4); }
static void put_element(struct buffer *buffer, const void *bytes, size_t size) {
    put32(buffer, (uint32_t)size), put(buffer, bytes, size);
}
static void put64(struct buffer *buffer, int64_t value) {
    uint64_t big = htobe64((uint64_t)value);
    put_element(buffer, &big, 8);
}

struct job {
    int number;
    long count;
    long batch;
    bool is_one;
    bool is_timed;
    double *values;
    long transactions;
};

static void fill(struct buffer arrays[ARRAYS], long count, long *sequence, uint64_t *random) {
    for (int i = 0; i < ARRAYS; i++) {
        arrays[i].size = 0;
        put32(&arrays[i], 1), put32(&arrays[i], i == ERROR), put32(&arrays[i], elements[i]);
        put32(&arrays[i], (uint32_t)count), put32(&arrays[i], 1);
    }
    int64_t microseconds = ((int64_t)time(NULL) - 946684800) * 1000000;
    for (long n = 0; n < count; n++) {
        uint8_t operation[16], user[16], fingerprint[32];
        char id[37], email[64];
        random_uuid(random, operation), random_uuid(random, user);
        random_uuid(random, fingerprint), random_uuid(random, fingerprint + 16);
        uuid_text(user, id);
        int length = snprintf(email, sizeof email, "%s@example.com", id);
        put_element(&arrays[OPERATION], operation, 16), put_element(&arrays[ENTITY], id, 36);
        put_element(&arrays[KIND], "create", 6), put32(&arrays[ERROR], UINT32_MAX);
        put_element(&arrays[FINGERPRINT], fingerprint, 32), put64(&arrays[SEQUENCE], ++*sequence);
        put64(&arrays[QUEUED], microseconds), put_element(&arrays[USER], user, 16);
        put_element(&arrays[NAME], "Ada Lovelace", 12), put_element(&arrays[EMAIL], email, (size_t)length);
    }
}

static PGconn *connect_to(void) {
    PGconn *connection = PQconnectdb(url);
    if (PQstatus(connection) != CONNECTION_OK) FAIL("PostgreSQL: %s", PQerrorMessage(connection));
    PQclear(PQexec(connection, "SET client_min_messages = warning"));
    return connection;
}

static void run_sql(PGconn *connection, const char *sql) {
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) FAIL("PostgreSQL: %s", PQerrorMessage(connection));
    PQclear(result);
}

static void prepare(PGconn *connection, const char *name, const char *sql, int count, const Oid *types) {
    PGresult *result = PQprepare(connection, name, sql, count, types);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) FAIL("%s: %s", name, PQerrorMessage(connection));
    PQclear(result);
}

/// Sends a prepared statement with a partition, its `last`, or both, and arrays, all in binary form.
static void call(PGconn *connection, const char *name, const void *partition, const void *last,
                 const struct buffer *arrays, int count) {
    static const int formats[2 + ARRAYS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const char *values[2 + ARRAYS];
    int lengths[2 + ARRAYS], n = 0;
    if (partition) values[n] = partition, lengths[n++] = 4;
    if (last) values[n] = last, lengths[n++] = 8;
    for (int i = 0; i < count; i++) values[n] = arrays[i].bytes, lengths[n++] = (int)arrays[i].size;
    if (!PQsendQueryPrepared(connection, name, n, values, lengths, formats, 0))
        FAIL("%s: %s", name, PQerrorMessage(connection));
}

static void await_results(PGconn *connection, int statements) {
    for (int i = 0; i < statements; i++) {
        PGresult *result;
        while ((result = PQgetResult(connection))) {
            ExecStatusType status = PQresultStatus(result);
            if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_SYNC)
                FAIL("PostgreSQL: %s", PQerrorMessage(connection));
            PQclear(result);
            if (status == PGRES_PIPELINE_SYNC) break;
        }
    }
}

static void *apply(void *argument) {
    struct job *job = argument;
    PGconn *connection = connect_to();
    Oid types[2 + ARRAYS] = {23, 20};
    memcpy(types + 2, array_types, sizeof array_types);
    if (job->is_one) {
        prepare(connection, "one", one_sql, 2 + ARRAYS, types);
    } else {
        prepare(connection, "begin", "BEGIN", 0, NULL), prepare(connection, "commit", "COMMIT", 0, NULL);
        prepare(connection, "move", move_sql, 2, types), prepare(connection, "record", record_sql, 7, array_types);
        prepare(connection, "write", write_sql, 3, array_types + USER);
        if (!PQenterPipelineMode(connection)) FAIL("no pipeline mode: %s", PQerrorMessage(connection));
    }
    struct buffer arrays[ARRAYS];
    for (int i = 0; i < ARRAYS; i++) arrays[i].bytes = malloc((size_t)job->batch * 64 + 64);
    uint64_t random = new_seed() + (uint64_t)job->number * 0x9E3779B97F4A7C15ULL;
    uint32_t partition = htonl((uint32_t)job->number);
    long sequence = 0;
    for (long done = 0; done < job->count;) {
        long size = job->count - done < job->batch ? job->count - done : job->batch;
        fill(arrays, size, &sequence, &random);
        uint64_t last = htobe64((uint64_t)sequence);
        double before = seconds_now();
        if (job->is_one) {
            call(connection, "one", &partition, &last, arrays, ARRAYS);
            await_results(connection, 1);
        } else {
            call(connection, "begin", NULL, NULL, NULL, 0);
            call(connection, "move", &partition, &last, NULL, 0);
            call(connection, "record", NULL, NULL, arrays, 7);
            call(connection, "write", NULL, NULL, arrays + USER, 3);
            call(connection, "commit", NULL, NULL, NULL, 0);
            if (!PQpipelineSync(connection)) FAIL("PostgreSQL: %s", PQerrorMessage(connection));
            await_results(connection, 6);
        }
        if (job->is_timed) job->values[job->transactions] = seconds_now() - before;
        job->transactions++, done += size;
    }
    PQfinish(connection);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc < 4) FAIL("usage: pg_apply URL one|statements|commit COUNT [BATCH] [CONNECTIONS]");
    url = argv[1];
    const char *mode = argv[2];
    bool is_commit = !strcmp(mode, "commit"), is_one = is_commit || !strcmp(mode, "one");
    if (!is_one && strcmp(mode, "statements")) FAIL("unknown mode %s", mode);
    long count = atol(argv[3]), batch = is_commit ? 1 : argc > 4 ? atol(argv[4]) : 1000;
    long connections = argc > 5 ? atol(argv[5]) : 1;
    if (count < 1 || batch < 1 || connections < 1 || connections > 64) FAIL("a number is out of range");

    PGconn *connection = connect_to();
    run_sql(connection, tables);
    struct job jobs[64];
    pthread_t threads[64];
    double *values = is_commit ? malloc((size_t)count * sizeof *values) : NULL;
    double start = seconds_now();
    for (long i = 0; i < connections; i++) {
        long share = count / connections + (i < count % connections);
        jobs[i] = (struct job){(int)i, share, batch, is_one, is_commit && i == 0, values, 0};
        if (pthread_create(&threads[i], NULL, apply, &jobs[i])) FAIL("a thread could not be made");
    }
    long transactions = 0;
    for (long i = 0; i < connections; i++) pthread_join(threads[i], NULL), transactions += jobs[i].transactions;
    double took = seconds_now() - start;

    PGresult *result = PQexec(connection, "SELECT count(*) FROM bare_users");
    long written = PQntuples(result) ? atol(PQgetvalue(result, 0, 0)) : 0;
    PQclear(result);
    if (written != count) FAIL("%ld rows were to be written, and there are %ld", count, written);
    run_sql(connection, "DROP TABLE bare_operations, bare_partitions, bare_users");
    PQfinish(connection);
    printf("{\"mode\":\"%s\",\"batch\":%ld,\"connections\":%ld,\"operations\":%ld,\"transactions\":%ld,"
           "\"seconds\":%.4f,\"rate\":%.1f,", mode, batch, connections, count, transactions, took, (double)count / took);
    print_latency(values, values ? (size_t)count : 0);
    printf("}\n");
    return 0;
}
