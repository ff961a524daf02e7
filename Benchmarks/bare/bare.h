// What the bare clients share: a clock, random ids, quantiles.
#pragma once
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/// xorshift64*: ids must differ, no more.
static inline uint64_t next_random(uint64_t *state) {
    *state ^= *state >> 12, *state ^= *state << 25, *state ^= *state >> 27;
    return *state * 2685821657736338717ULL;
}

static inline uint64_t new_seed(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec) | 1;
}

static inline void random_uuid(uint64_t *state, uint8_t uuid[16]) {
    uint64_t high = next_random(state), low = next_random(state);
    memcpy(uuid, &high, 8), memcpy(uuid + 8, &low, 8);
    uuid[6] = (uuid[6] & 0x0F) | 0x40, uuid[8] = (uuid[8] & 0x3F) | 0x80;
}

static inline void uuid_text(const uint8_t u[16], char text[37]) {
    snprintf(text, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3],
             u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}

static int compare_doubles(const void *left, const void *right) {
    double l = *(const double *)left, r = *(const double *)right;
    return (l > r) - (l < r);
}

/// `"latency":{...}` in milliseconds of `count` seconds, which it sorts.
static inline void print_latency(double *values, size_t count) {
    if (!count) {
        printf("\"latency\":null");
        return;
    }
    qsort(values, count, sizeof *values, compare_doubles);
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += values[i];
#define QUANTILE(q) (values[(size_t)((double)(count - 1) * (q))] * 1e3)
    printf("\"latency\":{\"mean\":%.4f,\"p50\":%.4f,\"p90\":%.4f,\"p99\":%.4f,\"p99.9\":%.4f,\"max\":%.4f}",
           sum / (double)count * 1e3, QUANTILE(.5), QUANTILE(.9), QUANTILE(.99), QUANTILE(.999), QUANTILE(1.0));
#undef QUANTILE
}

/// Ends the program with a sentence on standard error.
#define FAIL(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))
