/* Faults of a disk, a clock or a connection, for tests and measurements: loaded with LD_PRELOAD into a program that knows nothing of it, so that the
 * program under test is the one that is shipped. `tests/faults.rs` compiles it.
 *
 * Steered by the environment, read once when the program starts:
 *   FAULT_UNDER=text         only files whose path contains this text; all regular files when it is not set
 *   FAULT_SYNC_DELAY_US=n    sleep n microseconds before each fsync and fdatasync: a slower disk
 *   FAULT_SYNC=path          while a file of this name exists, fsync and fdatasync fail with EIO
 *   FAULT_KILL_AT=n          SIGKILL the process just before its nth step. Steps are fsync, fdatasync, ftruncate, pwrite, write,
 *                            unlink and rename, counted from 1 in each process (a forked child goes on from its parent's count)
 *   FAULT_FROM=path          steps are counted only while a file of this name exists
 *   FAULT_PORT=n             steps are, instead, what is sent to or received from a server at this port
 *   FAULT_CLOCK=path         while a file of this name exists, the time of day is shifted by the seconds that it holds
 *   FAULT_FULL=path          while a file of this name exists, writes, growth by ftruncate and fallocate fail with ENOSPC
 *
 * Any number of threads may call; the counter is atomic and nothing else changes after the start. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static long delay_us;
static long kill_at;
static const char *shift;
static const char *full;
static const char *bad_sync;
static const char *from;
static long port;
static const char *under;
static atomic_long steps;

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_fallocate)(int, int, off_t, off_t);
static int (*real_posix_fallocate)(int, off_t, off_t);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);
static ssize_t (*real_send)(int, const void *, size_t, int);
static ssize_t (*real_recv)(int, void *, size_t, int);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static int (*real_clock_gettime)(clockid_t, struct timespec *);
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
    real_rename = dlsym(RTLD_NEXT, "rename");
    real_send = dlsym(RTLD_NEXT, "send");
    real_recv = dlsym(RTLD_NEXT, "recv");
    real_writev = dlsym(RTLD_NEXT, "writev");
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    delay_us = number("FAULT_SYNC_DELAY_US");
    kill_at = number("FAULT_KILL_AT");
    shift = getenv("FAULT_CLOCK");
    full = getenv("FAULT_FULL");
    bad_sync = getenv("FAULT_SYNC");
    from = getenv("FAULT_FROM");
    port = number("FAULT_PORT");
    under = getenv("FAULT_UNDER");
    real_write = dlsym(RTLD_NEXT, "write");
}

/* Whether the descriptor is a regular file that the faults are for. Pipes never are, sockets only as said below. */
static int concerns(int fd) {
    struct stat status;
    if (port || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
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

static int exists(const char *path) {
    return path && access(path, F_OK) == 0;
}

static void step(void) {
    if (kill_at && (!from || exists(from)) && atomic_fetch_add(&steps, 1) + 1 == kill_at) {
        kill(getpid(), SIGKILL);
        for (;;) {
            pause(); /* The signal may reach another thread first; this one must go no further. */
        }
    }
}

static int is_full(void) {
    return exists(full);
}

static void delay(void) {
    struct timespec left = {delay_us / 1000000, delay_us % 1000000 * 1000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* Says -1, with EIO, when the disk does not take what was written. */
static int before_sync(int fd) {
    start();
    if ((delay_us || kill_at || bad_sync) && concerns(fd)) {
        step();
        if (delay_us) {
            delay();
        }
        if (exists(bad_sync)) {
            errno = EIO;
            return -1;
        }
    }
    return 0;
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
    return before_sync(fd) ? -1 : real_fsync(fd);
}

int fdatasync(int fd) {
    return before_sync(fd) ? -1 : real_fdatasync(fd);
}

/* A message to or from the server at FAULT_PORT. */
static void before_message(int fd) {
    start();
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    if (port && kill_at && getpeername(fd, (struct sockaddr *)&peer, &length) == 0 && peer.sin_family == AF_INET &&
        ntohs(peer.sin_port) == port) {
        step();
    }
}

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
    before_message(fd);
    return real_send(fd, bytes, count, flags);
}

ssize_t recv(int fd, void *bytes, size_t count, int flags) {
    before_message(fd);
    return real_recv(fd, bytes, count, flags);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    before_message(fd);
    return real_writev(fd, parts, count);
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

static void before_renaming(const char *path) {
    start();
    char resolved[PATH_MAX];
    if (kill_at && !port && (!under || (realpath(path, resolved) && strstr(resolved, under)))) {
        step();
    }
}

int unlink(const char *path) {
    before_renaming(path);
    return real_unlink(path);
}

int rename(const char *path, const char *name) {
    before_renaming(path);
    return real_rename(path, name);
}

/* The time of day, shifted while somebody asks for it; durations are measured by another clock and stay true. */
int clock_gettime(clockid_t clock, struct timespec *time) {
    start();
    int result = real_clock_gettime(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME && shift) {
        FILE *file = fopen(shift, "r");
        long seconds;
        if (file) {
            if (fscanf(file, "%ld", &seconds) == 1) {
                time->tv_sec += seconds;
            }
            fclose(file);
        }
    }
    return result;
}
