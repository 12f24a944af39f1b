/* Faults of a disk, for tests and measurements: loaded with LD_PRELOAD into a program that knows nothing of it, so that the
 * program under test is the one that is shipped. `tests/faults.rs` compiles it.
 *
 * Steered by the environment, read once when the program starts:
 *   FAULT_UNDER=text         only files whose path contains this text; all regular files when it is not set
 *   FAULT_SYNC_DELAY_US=n    sleep n microseconds before each fsync and fdatasync: a slower disk
 *   FAULT_KILL_AT=n          SIGKILL the process just before its nth step. Steps are fsync, fdatasync, ftruncate, pwrite, write
 *                            and unlink, counted from 1 in each process (a forked child goes on from its parent's count)
 *   FAULT_FULL=path          while a file of this name exists, writes, growth by ftruncate and fallocate fail with ENOSPC
 *
 * Any number of threads may call; the counter is atomic and nothing else changes after the start. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static long delay_us;
static long kill_at;
static const char *full;
static const char *under;
static atomic_long steps;

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_fallocate)(int, int, off_t, off_t);
static int (*real_posix_fallocate)(int, off_t, off_t);
static int (*real_unlink)(const char *);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);

static long number(const char *name) {
    const char *value = getenv(name);
    return value ? atol(value) : 0;
}

/* Before main, while there is one thread; and again on demand, since other libraries may start before this one. */
__attribute__((constructor)) static void start(void) {
    if (real_write) {
        return;
    }
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    real_fallocate = dlsym(RTLD_NEXT, "fallocate");
    real_posix_fallocate = dlsym(RTLD_NEXT, "posix_fallocate");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    delay_us = number("FAULT_SYNC_DELAY_US");
    kill_at = number("FAULT_KILL_AT");
    full = getenv("FAULT_FULL");
    under = getenv("FAULT_UNDER");
    real_write = dlsym(RTLD_NEXT, "write");
}

/* Whether the descriptor is a regular file that the faults are for. Sockets and pipes never are. */
static int concerns(int fd) {
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return 0;
    }
    if (!under) {
        return 1;
    }
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) {
        return 0;
    }
    path[length] = 0;
    return strstr(path, under) != NULL;
}

static void step(void) {
    if (kill_at && atomic_fetch_add(&steps, 1) + 1 == kill_at) {
        kill(getpid(), SIGKILL);
        for (;;) {
            pause(); /* The signal may reach another thread first; this one must go no further. */
        }
    }
}

static int is_full(void) {
    return full && access(full, F_OK) == 0;
}

static void delay(void) {
    struct timespec left = {delay_us / 1000000, delay_us % 1000000 * 1000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static void before_sync(int fd) {
    start();
    if ((delay_us || kill_at) && concerns(fd)) {
        step();
        if (delay_us) {
            delay();
        }
    }
}

/* Says -1, with ENOSPC, when a write must fail. A disk that copies on write refuses to overwrite, too. */
static int before_write(int fd) {
    start();
    if ((kill_at || full) && concerns(fd)) {
        step();
        if (is_full()) {
            errno = ENOSPC;
            return -1;
        }
    }
    return 0;
}

int fsync(int fd) {
    before_sync(fd);
    return real_fsync(fd);
}

int fdatasync(int fd) {
    before_sync(fd);
    return real_fdatasync(fd);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    return before_write(fd) ? -1 : real_write(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    return before_write(fd) ? -1 : real_pwrite(fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
    return pwrite(fd, bytes, count, offset);
}

int ftruncate(int fd, off_t length) {
    start();
    if ((kill_at || full) && concerns(fd)) {
        step();
        struct stat status;
        if (is_full() && fstat(fd, &status) == 0 && length > status.st_size) {
            errno = ENOSPC;
            return -1;
        }
    }
    return real_ftruncate(fd, length);
}

int ftruncate64(int fd, off_t length) {
    return ftruncate(fd, length);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
    start();
    if (is_full() && concerns(fd)) {
        errno = ENOSPC;
        return -1;
    }
    return real_fallocate(fd, mode, offset, length);
}

int fallocate64(int fd, int mode, off_t offset, off_t length) {
    return fallocate(fd, mode, offset, length);
}

/* This one returns its error instead of setting errno. */
int posix_fallocate(int fd, off_t offset, off_t length) {
    start();
    return is_full() && concerns(fd) ? ENOSPC : real_posix_fallocate(fd, offset, length);
}

int posix_fallocate64(int fd, off_t offset, off_t length) {
    return posix_fallocate(fd, offset, length);
}

int unlink(const char *path) {
    start();
    char resolved[PATH_MAX];
    if (kill_at && (!under || (realpath(path, resolved) && strstr(resolved, under)))) {
        step();
    }
    return real_unlink(path);
}
