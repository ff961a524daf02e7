// Linux calls that Swift can't import: they take variable arguments, or glibc shows them to _GNU_SOURCE alone.
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>

/// prctl(2), PR_SET_PDEATHSIG: this process is killed when the thread that started it ends.
static inline int die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL); }

/// prctl(2), PR_SET_DUMPABLE: no core file.
static inline int disable_core_files(void) { return prctl(PR_SET_DUMPABLE, 0); }

/// pipe(2)
extern int pipe2(int descriptors[2], int flags);

/// posix_spawn_file_actions_addclosefrom_np(3), glibc 2.34
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
