#define _GNU_SOURCE
#include "breadcrumbs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// Texts end with a NUL.
typedef struct table_entry {
    char hash[72];
    char table[72];
    char file[112];
} table_entry;

struct breadcrumb_file {
    char magic[8];
    uint32_t table_count;
    uint32_t reserved[29];
    breadcrumb slots[BREADCRUMB_SLOTS];
    table_entry tables[BREADCRUMB_TABLES];
};

/// Another one for each layout: what a host of another version has left is passed over.
static const char magic[8] = "JSPGCRM2";

_Static_assert(sizeof(breadcrumb) == 128, "a slot is two cache lines");

static breadcrumb_file *file;
static __thread breadcrumb *current;
static __thread bool has_looked;
static pthread_key_t thread_end;

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
static struct sigaction before[NSIG];

/// Deep enough for a backtrace, made by the handler that ours calls.
static const size_t stack_size = 64 * 1024;

typedef struct thread_state {
    breadcrumb *slot;
    void *stack;
} thread_state;

// ---- Signals ------------------------------------------------------------------------------

/// Whatever comes first counts: what follows from it, such as SIGABRT for a hung call, changes nothing.
static bool mark(breadcrumb *slot, int32_t signal) {
    if (__atomic_load_n(&slot->signal, __ATOMIC_ACQUIRE)) return false;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int32_t none = 0;
    slot->marked_at = now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
    return __atomic_compare_exchange_n(&slot->signal, &none, signal, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/// What happens in a callback is the host's doing.
static void mark_current(int signal) {
    breadcrumb *slot = current;
    if (slot && breadcrumb_state(slot) == BREADCRUMB_IN_PLUGIN) mark(slot, signal);
}

static void on_fatal_signal(int signal, siginfo_t *info, void *context) {
    mark_current(signal);
    // Swift's backtracer, where it is on. It returns.
    const struct sigaction *previous = &before[signal];
    if (previous->sa_flags & SA_SIGINFO) previous->sa_sigaction(signal, info, context);
    else if (previous->sa_handler != SIG_DFL && previous->sa_handler != SIG_IGN) previous->sa_handler(signal);
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(signal, &standard, NULL);
    // A fault happens again when the handler returns, with its own status and core. What was sent, and a trap, whose
    // instruction is behind us, would not.
    if (info->si_code <= 0 || signal == SIGTRAP) syscall(SYS_tgkill, getpid(), gettid(), signal);
}

static void on_exit_call(void) { mark_current(BREADCRUMB_EXIT); }

static void install_handlers(void) {
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        struct sigaction action = {.sa_sigaction = on_fatal_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        sigemptyset(&action.sa_mask);
        sigaction(fatal[i], &action, &before[fatal[i]]);
    }
    atexit(on_exit_call);
}

// ---- Threads ------------------------------------------------------------------------------

static void on_thread_end(void *value) {
    thread_state *state = value;
    if (state->stack) {
        stack_t off = {.ss_flags = SS_DISABLE};
        sigaltstack(&off, NULL);
        munmap(state->stack, stack_size);
    }
    if (state->slot) __atomic_store_n(&state->slot->thread, 0, __ATOMIC_RELEASE);
    current = NULL;
    free(state);
}

/// Gives this thread a slot, and a stack for the handler: a thread that ran out of its own has none to handle that on.
static breadcrumb *take_slot(void) {
    if (has_looked || !file) return NULL;
    has_looked = true;
    thread_state *state = calloc(1, sizeof *state);
    if (!state) return NULL;
    for (int i = 0; i < BREADCRUMB_SLOTS && !state->slot; i++) {
        int32_t none = 0;
        breadcrumb *slot = &file->slots[i];
        if (__atomic_compare_exchange_n(&slot->thread, &none, gettid(), false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            state->slot = slot;
        }
    }
    stack_t present;
    if (sigaltstack(NULL, &present) == 0 && present.ss_flags & SS_DISABLE) {
        void *memory = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED) {
            stack_t stack = {.ss_sp = memory, .ss_size = stack_size};
            if (sigaltstack(&stack, NULL) == 0) state->stack = memory;
            else munmap(memory, stack_size);
        }
    }
    // The threads of Swift's pool block what is sent; a hung call could not be ended.
    sigset_t abort_signal;
    sigemptyset(&abort_signal);
    sigaddset(&abort_signal, SIGABRT);
    pthread_sigmask(SIG_UNBLOCK, &abort_signal, NULL);
    pthread_setspecific(thread_end, state);
    return current = state->slot;
}

// ---- The file -----------------------------------------------------------------------------

int breadcrumbs_open(const char *path) {
    if (file) return EALREADY;
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return errno;
    void *memory = MAP_FAILED;
    if (ftruncate(descriptor, sizeof(breadcrumb_file)) == 0) {
        memory = mmap(NULL, sizeof(breadcrumb_file), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    }
    int error = errno;
    close(descriptor);
    if (memory == MAP_FAILED) {
        unlink(path);
        return error;
    }
    if ((error = pthread_key_create(&thread_end, on_thread_end))) return error;
    breadcrumb_file *mapped = memory;
    memcpy(mapped->magic, magic, sizeof magic);
    file = mapped;
    install_handlers();
    return 0;
}

breadcrumb_file *breadcrumbs_file(void) { return file; }

breadcrumb_file *breadcrumbs_read(const char *path) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) return NULL;
    struct stat status;
    breadcrumb_file *read = NULL;
    if (fstat(descriptor, &status) == 0 && status.st_size == sizeof(breadcrumb_file)) {
        void *memory = mmap(NULL, sizeof(breadcrumb_file), PROT_READ, MAP_SHARED, descriptor, 0);
        if (memory != MAP_FAILED) read = memory;
    }
    close(descriptor);
    if (read && memcmp(read->magic, magic, sizeof magic)) {
        munmap(read, sizeof *read);
        read = NULL;
    }
    return read;
}

void breadcrumbs_close(breadcrumb_file *read) { munmap(read, sizeof *read); }

breadcrumb *breadcrumb_at(breadcrumb_file *from, uint32_t index) { return &from->slots[index % BREADCRUMB_SLOTS]; }

static breadcrumb_text text_of(const char *start, size_t size) {
    return (breadcrumb_text){start, strnlen(start, size)};
}

breadcrumb_text breadcrumb_table_hash(const breadcrumb_file *from, uint32_t table) {
    const table_entry *entry = &from->tables[table % BREADCRUMB_TABLES];
    return text_of(entry->hash, sizeof entry->hash);
}

breadcrumb_text breadcrumb_table_name(const breadcrumb_file *from, uint32_t table) {
    const table_entry *entry = &from->tables[table % BREADCRUMB_TABLES];
    return text_of(entry->table, sizeof entry->table);
}

breadcrumb_text breadcrumb_table_file(const breadcrumb_file *from, uint32_t table) {
    const table_entry *entry = &from->tables[table % BREADCRUMB_TABLES];
    return text_of(entry->file, sizeof entry->file);
}

static void copy_text(char *to, size_t size, const char *from) {
    size_t length = strnlen(from, size - 1);
    memcpy(to, from, length);
    to[length] = 0;
}

/// Whether `copy_text` would make it of that text.
static bool is_copy(const char *copy, size_t size, const char *from) { return strncmp(copy, from, size - 1) == 0; }

static bool names(const table_entry *entry, const char *hash, const char *table, const char *path) {
    return is_copy(entry->hash, sizeof entry->hash, hash) && is_copy(entry->table, sizeof entry->table, table) &&
           is_copy(entry->file, sizeof entry->file, path);
}

uint32_t breadcrumbs_add_table(const char *hash, const char *table, const char *path) {
    if (!file) return 0;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    uint32_t index = 0;
    while (index < file->table_count && !names(&file->tables[index], hash, table, path)) index++;
    if (index == file->table_count) {
        if (index < BREADCRUMB_TABLES) file->table_count++;
        else index = BREADCRUMB_TABLES - 1;
        table_entry *entry = &file->tables[index];
        copy_text(entry->hash, sizeof entry->hash, hash);
        copy_text(entry->table, sizeof entry->table, table);
        copy_text(entry->file, sizeof entry->file, path);
    }
    pthread_mutex_unlock(&lock);
    return index;
}

// ---- Calls --------------------------------------------------------------------------------

static int64_t coarse_time(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

breadcrumb *breadcrumb_begin(uint32_t table, uint32_t function, const uint8_t *operation, const uint8_t *fingerprint) {
    breadcrumb *slot = current;
    if (!slot && !(slot = take_slot())) return NULL;
    slot->table = table;
    slot->function = function;
    slot->signal = 0;
    slot->began_at = coarse_time();
    if (operation) memcpy(slot->operation, operation, sizeof slot->operation);
    else memset(slot->operation, 0, sizeof slot->operation);
    if (fingerprint) memcpy(slot->fingerprint, fingerprint, sizeof slot->fingerprint);
    else memset(slot->fingerprint, 0, sizeof slot->fingerprint);
    __atomic_store_n(&slot->call, slot->call + 1, __ATOMIC_RELAXED);
    // After all that is about the call, for whoever sees it under way.
    __atomic_store_n(&slot->state, BREADCRUMB_IN_PLUGIN, __ATOMIC_RELEASE);
    return slot;
}

void breadcrumb_pause(breadcrumb *slot) {
    if (!slot) return;
    __atomic_store_n(&slot->callbacks, slot->callbacks + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->state, BREADCRUMB_IN_HOST, __ATOMIC_RELEASE);
}

void breadcrumb_resume(breadcrumb *slot) {
    if (slot) __atomic_store_n(&slot->state, BREADCRUMB_IN_PLUGIN, __ATOMIC_RELEASE);
}

breadcrumb *breadcrumb_current(void) {
    breadcrumb *slot = current;
    return slot && breadcrumb_state(slot) != BREADCRUMB_IDLE ? slot : NULL;
}

int64_t breadcrumb_end(breadcrumb *slot) {
    if (!slot) return 0;
    __atomic_store_n(&slot->state, BREADCRUMB_IDLE, __ATOMIC_RELEASE);
    return coarse_time() - slot->began_at;
}

// ---- Hung calls ---------------------------------------------------------------------------

uint64_t breadcrumb_call(const breadcrumb *slot) { return __atomic_load_n(&slot->call, __ATOMIC_ACQUIRE); }

int32_t breadcrumb_state(const breadcrumb *slot) { return __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE); }

uint64_t breadcrumb_callbacks(const breadcrumb *slot) { return __atomic_load_n(&slot->callbacks, __ATOMIC_ACQUIRE); }

int32_t breadcrumb_thread(const breadcrumb *slot) { return __atomic_load_n(&slot->thread, __ATOMIC_ACQUIRE); }

bool breadcrumb_is_in(const breadcrumb *slot, uint64_t call) {
    return breadcrumb_state(slot) != BREADCRUMB_IDLE && breadcrumb_call(slot) == call;
}

bool breadcrumb_mark_hung(breadcrumb *slot, uint64_t call) {
    return breadcrumb_is_in(slot, call) && mark(slot, BREADCRUMB_HANG);
}

void breadcrumb_unmark_hung(breadcrumb *slot) {
    int32_t hung = BREADCRUMB_HANG;
    __atomic_compare_exchange_n(&slot->signal, &hung, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

int breadcrumb_signal(int32_t thread, int signal) { return (int)syscall(SYS_tgkill, getpid(), thread, signal); }
