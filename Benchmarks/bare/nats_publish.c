// The limit of storing messages in JetStream: libnats and nothing else.
//
// nats_publish URL single SECONDS UNDER_WAY         asynchronous publishes, at most UNDER_WAY without an answer
// nats_publish URL batch  SECONDS SIZE [CONNECTIONS] atomic batches of SIZE, one after another on each connection
// nats_publish URL one    SECONDS                   one synchronous publish after another
//
// Makes the file stream BARE anew, with the settings of the stream of writes, and removes it at the end.
#include "bare.h"
#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { PAYLOAD = 300, PARTITIONS = 8 };

static const char stream_json[] =
    "{\"name\":\"BARE\",\"subjects\":[\"bare.>\"],\"storage\":\"file\",\"retention\":\"limits\",\"discard\":\"new\","
    "\"max_bytes\":1073741824,\"max_msgs\":-1,\"max_age\":0,\"num_replicas\":1,\"duplicate_window\":120000000000,"
    "\"allow_atomic\":true}";
static char payload[PAYLOAD];
static const char *url;
static atomic_long refused;
static atomic_long answered;

static void check(natsStatus status, const char *what) {
    if (status != NATS_OK) FAIL("%s: %s (%s)", what, natsStatus_GetText(status), nats_GetLastError(NULL));
}

static void api(natsConnection *connection, const char *subject, const char *body, bool may_fail) {
    natsMsg *reply = NULL;
    check(natsConnection_Request(&reply, connection, subject, body, (int)strlen(body), 30000), subject);
    if (!may_fail && strstr(natsMsg_GetData(reply), "\"error\"")) FAIL("%s: %s", subject, natsMsg_GetData(reply));
    natsMsg_Destroy(reply);
}

static natsMsg *message(uint64_t *random, const char *reply) {
    char subject[16], id[37];
    uint8_t uuid[16];
    random_uuid(random, uuid);
    uuid_text(uuid, id);
    snprintf(subject, sizeof subject, "bare.%u", uuid[0] % PARTITIONS);
    natsMsg *message = NULL;
    check(natsMsg_Create(&message, subject, reply, payload, PAYLOAD), "a message");
    check(natsMsgHeader_Set(message, "Nats-Msg-Id", id), "a header");
    return message;
}

static void acknowledged(jsCtx *js, natsMsg *message, jsPubAck *ack, jsPubAckErr *error, void *closure) {
    (void)js, (void)ack, (void)closure;
    if (error) atomic_fetch_add(&refused, 1);
    else atomic_fetch_add(&answered, 1);
    natsMsg_Destroy(message);
}

static long single(natsConnection *connection, double seconds, long under_way, double *took) {
    jsOptions options;
    jsOptions_Init(&options);
    options.PublishAsync.MaxPending = under_way;
    options.PublishAsync.StallWait = 30000;
    options.PublishAsync.AckHandler = acknowledged;
    jsCtx *js = NULL;
    check(natsConnection_JetStream(&js, connection, &options), "JetStream");
    uint64_t random = new_seed();
    double start = seconds_now();
    while (seconds_now() - start < seconds) {
        natsMsg *next = message(&random, NULL);
        check(js_PublishMsgAsync(js, &next, NULL), "a publish");
    }
    jsPubOptions wait;
    jsPubOptions_Init(&wait);
    wait.MaxWait = 60000;
    check(js_PublishAsyncComplete(js, &wait), "the last answers");
    *took = seconds_now() - start;
    jsCtx_Destroy(js);
    return atomic_load(&answered);
}

struct batch_job {
    double until;
    int size;
    long stored;
    long batches;
    uint64_t random;
};

static void *batches(void *argument) {
    struct batch_job *job = argument;
    natsConnection *connection = NULL;
    check(natsConnection_ConnectTo(&connection, url), "a connection");
    while (seconds_now() < job->until) {
        char id[37], number[16];
        uint8_t uuid[16];
        random_uuid(&job->random, uuid);
        uuid_text(uuid, id);
        for (int i = 1; i <= job->size; i++) {
            natsMsg *next = message(&job->random, NULL);
            snprintf(number, sizeof number, "%d", i);
            natsMsgHeader_Set(next, "Nats-Batch-Id", id);
            natsMsgHeader_Set(next, "Nats-Batch-Sequence", number);
            if (i < job->size) {
                check(natsConnection_PublishMsg(connection, next), "a message of a batch");
            } else {
                natsMsg *reply = NULL;
                natsMsgHeader_Set(next, "Nats-Batch-Commit", "1");
                check(natsConnection_RequestMsg(&reply, connection, next, 30000), "the end of a batch");
                if (strstr(natsMsg_GetData(reply), "\"error\"")) {
                    if (!atomic_fetch_add(&refused, job->size))
                        fprintf(stderr, "a batch: %s\n", natsMsg_GetData(reply));
                } else {
                    job->stored += job->size, job->batches++;
                }
                natsMsg_Destroy(reply);
            }
            natsMsg_Destroy(next);
        }
    }
    natsConnection_Destroy(connection);
    return NULL;
}

static long batch(double seconds, int size, int connections, double *took, long *count) {
    struct batch_job jobs[64];
    pthread_t threads[64];
    if (connections < 1 || connections > 64) FAIL("connections must be from 1 to 64");
    double start = seconds_now();
    for (int i = 0; i < connections; i++) {
        jobs[i] = (struct batch_job){start + seconds, size, 0, 0, new_seed() + (uint64_t)i * 0x9E3779B97F4A7C15ULL};
        if (pthread_create(&threads[i], NULL, batches, &jobs[i])) FAIL("a thread could not be made");
    }
    long stored = 0;
    for (int i = 0; i < connections; i++) {
        pthread_join(threads[i], NULL);
        stored += jobs[i].stored, *count += jobs[i].batches;
    }
    *took = seconds_now() - start;
    return stored;
}

int main(int argc, char **argv) {
    if (argc < 4) FAIL("usage: nats_publish URL single|batch|one SECONDS [UNDER_WAY|SIZE] [CONNECTIONS]");
    url = argv[1];
    const char *mode = argv[2];
    double seconds = atof(argv[3]), took = 0;
    long width = argc > 4 ? atol(argv[4]) : 1, connections = argc > 5 ? atol(argv[5]) : 1, stored = 0, count = 0;
    memset(payload, 'x', sizeof payload);

    natsConnection *connection = NULL;
    check(natsConnection_ConnectTo(&connection, url), "a connection");
    api(connection, "$JS.API.STREAM.DELETE.BARE", "", true);
    api(connection, "$JS.API.STREAM.CREATE.BARE", stream_json, false);
    // As the developer stack does for its own streams: batches are staged in memory.
    const char *staging = getenv("BARE_STAGING"), *folder = getenv("BARE_STREAM_FOLDER");
    if (staging && folder) {
        char link[4096];
        snprintf(link, sizeof link, "%s/batches", folder);
        if (symlink(staging, link)) FAIL("%s can't be linked", link);
    }
    double *values = NULL;
    if (!strcmp(mode, "single")) {
        stored = single(connection, seconds, width, &took);
    } else if (!strcmp(mode, "batch")) {
        stored = batch(seconds, (int)width, (int)connections, &took, &count);
    } else if (!strcmp(mode, "one")) {
        jsCtx *js = NULL;
        check(natsConnection_JetStream(&js, connection, NULL), "JetStream");
        size_t room = 1 << 16;
        values = malloc(room * sizeof *values);
        uint64_t random = new_seed();
        double start = seconds_now();
        while (seconds_now() - start < seconds) {
            natsMsg *next = message(&random, NULL);
            if ((size_t)stored == room) values = realloc(values, (room *= 2) * sizeof *values);
            double before = seconds_now();
            check(js_PublishMsg(NULL, js, next, NULL, NULL), "a publish");
            values[stored++] = seconds_now() - before;
            natsMsg_Destroy(next);
        }
        took = seconds_now() - start;
        jsCtx_Destroy(js);
    } else {
        FAIL("unknown mode %s", mode);
    }
    api(connection, "$JS.API.STREAM.DELETE.BARE", "", true);
    printf("{\"mode\":\"%s\",\"width\":%ld,\"connections\":%ld,\"stored\":%ld,\"batches\":%ld,\"refused\":%ld,"
           "\"seconds\":%.4f,\"rate\":%.1f,", mode, width, connections, stored, count, atomic_load(&refused), took,
           (double)stored / took);
    print_latency(values, values ? (size_t)stored : 0);
    printf("}\n");
    return 0;
}
