// What a thread is doing in a plugin's code, in a file that outlives the process.
//
// A signal handler may touch this and nothing of Swift's runtime, which is why it is C.
#ifndef JSPG_BREADCRUMBS_H
#define JSPG_BREADCRUMBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How many threads can be in plugins at the same time; calls of further ones leave no trace.
#define BREADCRUMB_SLOTS 256
/// How many generations of tables a process can name.
#define BREADCRUMB_TABLES 4096

/// `signal` of a slot whose call ended the process by exit(3).
#define BREADCRUMB_EXIT (-1)
/// `signal` of a slot whose call did not return in time.
#define BREADCRUMB_HANG (-2)

/// `state` of a slot: no call is under way.
#define BREADCRUMB_IDLE 0
/// `state` of a slot: the thread is in the plugin's code.
#define BREADCRUMB_IN_PLUGIN 1
/// `state` of a slot: the call is under way, and the thread is in a function of the host that the plugin has called.
#define BREADCRUMB_IN_HOST 2

/// One thread's calls. 128 bytes, two cache lines of its own.
typedef struct breadcrumb {
    /// Which call it is, or was: each that begins raises it.
    uint64_t call;
    /// 0: nothing happened. Otherwise the signal that came during the call, BREADCRUMB_EXIT or BREADCRUMB_HANG.
    int32_t signal;
    /// Its thread, gettid(2); 0: the slot is free.
    int32_t thread;
    /// Index of the table's entry in the file.
    uint32_t table;
    /// Which function; the host's numbers.
    uint32_t function;
    /// When it was marked, CLOCK_REALTIME in milliseconds.
    int64_t marked_at;
    /// When the call began, CLOCK_MONOTONIC_COARSE in nanoseconds.
    int64_t began_at;
    /// UUID of the operation in network order, and SHA-256 of the request; zeros where there is none.
    uint8_t operation[16];
    uint8_t fingerprint[32];
    /// How often plugins have called the host, in all calls: another number is another callback.
    uint64_t callbacks;
    /// BREADCRUMB_IDLE, BREADCRUMB_IN_PLUGIN or BREADCRUMB_IN_HOST.
    int32_t state;
    uint8_t reserved[28];
} breadcrumb;

/// The file: a header, the slots, the tables.
typedef struct breadcrumb_file breadcrumb_file;

/// Makes the file, which must not exist, and maps it. Once for a process.
/// Returns 0 or an errno(3).
int breadcrumbs_open(const char *path);

/// Names a generation of a table. Returns its index, the same for the same texts; the last one is shared by all that find no
/// room. Any thread.
uint32_t breadcrumbs_add_table(const char *hash, const char *table, const char *file);

/// Begins a call of this thread. `operation` and `fingerprint`: 16 and 32 bytes, or NULL.
/// Returns the thread's slot; NULL where breadcrumbs are off or all slots are taken.
breadcrumb *breadcrumb_begin(uint32_t table, uint32_t function, const uint8_t *operation, const uint8_t *fingerprint);

/// The call goes on in host code, or comes back from it: what happens there is not the plugin's doing. It stays the same
/// call. NULL is passed over.
void breadcrumb_pause(breadcrumb *slot);
void breadcrumb_resume(breadcrumb *slot);

/// This thread's slot while a call is under way, paused or not; NULL otherwise, and where the call left no trace.
breadcrumb *breadcrumb_current(void);

/// Ends the call. Returns how long it took, in nanoseconds, as coarse as the scheduler's tick (4 ms at most).
int64_t breadcrumb_end(breadcrumb *slot);

/// The mapped file, for the thread that looks for hung calls; NULL before breadcrumbs_open.
breadcrumb_file *breadcrumbs_file(void);
/// Maps the file of another process, to read it; NULL where it is none. To be closed. What a process that has not ended
/// writes may show.
breadcrumb_file *breadcrumbs_read(const char *path);
void breadcrumbs_close(breadcrumb_file *file);
/// `index`: 0 to BREADCRUMB_SLOTS - 1.
breadcrumb *breadcrumb_at(breadcrumb_file *file, uint32_t index);

/// A text without a NUL at its end.
typedef struct breadcrumb_text {
    const char *start;
    size_t length;
} breadcrumb_text;

/// The texts of a table's entry, whatever wrote it; they live as long as the file is mapped.
breadcrumb_text breadcrumb_table_hash(const breadcrumb_file *file, uint32_t table);
breadcrumb_text breadcrumb_table_name(const breadcrumb_file *file, uint32_t table);
breadcrumb_text breadcrumb_table_file(const breadcrumb_file *file, uint32_t table);

/// The fields of those names. Any thread may look while another one is in a call.
uint64_t breadcrumb_call(const breadcrumb *slot);
int32_t breadcrumb_state(const breadcrumb *slot);
uint64_t breadcrumb_callbacks(const breadcrumb *slot);
int32_t breadcrumb_thread(const breadcrumb *slot);
/// Whether the slot is still in that call, paused or not.
bool breadcrumb_is_in(const breadcrumb *slot, uint64_t call);
/// Marks a slot by BREADCRUMB_HANG, if it is still in that call and not marked yet. Returns whether it did.
bool breadcrumb_mark_hung(breadcrumb *slot, uint64_t call);
/// Takes that mark back; any other one stays.
void breadcrumb_unmark_hung(breadcrumb *slot);
/// tgkill(2) in this process.
int breadcrumb_signal(int32_t thread, int signal);

#endif
