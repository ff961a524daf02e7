// The limit of change data capture: libpq receives what pgoutput sends, counts it, and drops it.
//
// replication_count URL COUNT
//
// Inserts COUNT rows into a table of its own by one statement on a second connection. The rate counts from the start of
// that statement, as for jspg-cdc; `streamRate` from the first change.
#include "bare.h"
#include <libpq-fe.h>
#include <pthread.h>

static const char *url;
static long count;
static double insert_seconds;

static PGconn *connect_to(const char *replication) {
    const char *names[] = {"dbname", "replication", NULL}, *values[] = {url, replication, NULL};
    PGconn *connection = PQconnectdbParams(names, values, 1);
    if (PQstatus(connection) != CONNECTION_OK) FAIL("PostgreSQL: %s", PQerrorMessage(connection));
    return connection;
}

static void run_sql(PGconn *connection, const char *sql) {
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_BOTH)
        FAIL("%s: %s", sql, PQerrorMessage(connection));
    PQclear(result);
}

static void *insert(void *connection) {
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO bare_changes (user_id, name, email) SELECT gen_random_uuid(), 'Ada Lovelace',"
             " gen_random_uuid() || '@example.com' FROM generate_series(1, %ld)", count);
    double start = seconds_now();
    run_sql(connection, sql);
    insert_seconds = seconds_now() - start;
    return NULL;
}

int main(int argc, char **argv) {
    if (argc < 3) FAIL("usage: replication_count URL COUNT");
    url = argv[1], count = atol(argv[2]);
    PGconn *connection = connect_to("false"), *replication = connect_to("database");
    run_sql(connection, "SET client_min_messages = warning");
    run_sql(connection,
            "DROP PUBLICATION IF EXISTS bare_changes; DROP TABLE IF EXISTS bare_changes;"
            "CREATE TABLE bare_changes (user_id uuid PRIMARY KEY, name text NOT NULL CHECK (name <> ''),"
            " email text NOT NULL UNIQUE, created_at timestamptz NOT NULL DEFAULT now());"
            "CREATE INDEX ON bare_changes (created_at, user_id);"
            "CREATE PUBLICATION bare_changes FOR TABLE bare_changes");
    char slot[64], sql[256];
    snprintf(slot, sizeof slot, "bare_%llu", (unsigned long long)(new_seed() % 1000000007));
    snprintf(sql, sizeof sql, "CREATE_REPLICATION_SLOT %s TEMPORARY LOGICAL pgoutput", slot);
    run_sql(replication, sql);
    snprintf(sql, sizeof sql,
             "START_REPLICATION SLOT %s LOGICAL 0/0 (proto_version '1', publication_names 'bare_changes')", slot);
    run_sql(replication, sql);

    pthread_t thread;
    double start = seconds_now(), first = 0;
    if (pthread_create(&thread, NULL, insert, connection)) FAIL("a thread could not be made");
    long changes = 0;
    long long bytes = 0;
    while (changes < count) {
        char *frame = NULL;
        int size = PQgetCopyData(replication, &frame, 0);
        if (size < 0) FAIL("the replication ended: %s", PQerrorMessage(replication));
        // XLogData: 'w', three times 8 bytes, then the plugin's message; 'I' is an insert.
        if (size > 25 && frame[0] == 'w') {
            bytes += size;
            if (frame[25] == 'I') {
                if (!changes++) first = seconds_now();
            }
        }
        PQfreemem(frame);
    }
    double end = seconds_now();
    pthread_join(thread, NULL);
    PQfinish(replication);
    run_sql(connection, "DROP PUBLICATION bare_changes; DROP TABLE bare_changes");
    PQfinish(connection);
    printf("{\"changes\":%ld,\"bytes\":%lld,\"seconds\":%.4f,\"rate\":%.1f,\"insertSeconds\":%.4f,\"streamRate\":%.1f}\n",
           changes, bytes, end - start, (double)changes / (end - start), insert_seconds,
           (double)changes / (end - first));
    return 0;
}
