// Stands between a program and a disk (or a clock) that fails; loaded with LD_PRELOAD.
// FAULT_DIR: only what changes files below it counts. FAULT_AT: at which change, counted from 1, the process is killed
// (FAULT_ERRNO 0) or from which on every change fails with that error. FAULT_COUNT: where the changes are counted at exit.
// FAULT_CLOCK: every look at the wall clock finds it an hour earlier. Processes that this one starts are left alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *folder, *counted;
static long at, seen;
static int failure, clock_runs_back;
static pid_t self;

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

__attribute__((constructor)) static void begin(void) {
    folder = setting("FAULT_DIR");
    counted = setting("FAULT_COUNT");
    at = atol(setting("FAULT_AT"));
    failure = atoi(setting("FAULT_ERRNO"));
    clock_runs_back = *setting("FAULT_CLOCK");
    self = getpid();
    unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void) {
    if (!*counted || getpid() != self) return;
    FILE *out = fopen(counted, "w");
    if (out) {
        fprintf(out, "%ld\n", seen);
        fclose(out);
    }
}

static int below(const char *path) {
    char whole[PATH_MAX];
    if (!*folder || getpid() != self) return 0;
    if (path[0] != '/') {
        if (!getcwd(whole, sizeof whole)) return 0;
        return strncmp(whole, folder, strlen(folder)) == 0;
    }
    return strncmp(path, folder, strlen(folder)) == 0;
}

static int open_below(int fd) {
    char link[64], path[PATH_MAX];
    if (!*folder || getpid() != self) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    return path[0] == '/' && below(path);
}

// Whether this change is the one that fails, or comes after it.
static int fails(void) {
    seen++;
    return at && seen >= at;
}

static int refuse(void) {
    if (!failure) kill(getpid(), SIGKILL);
    errno = failure;
    return -1;
}

ssize_t write(int fd, const void *data, size_t size) {
    if (open_below(fd) && fails()) {
        // A write that is cut off leaves its first half.
        if (seen == at && size > 1) syscall(SYS_write, fd, data, size / 2);
        return refuse();
    }
    return syscall(SYS_write, fd, data, size);
}

int rename(const char *from, const char *to) {
    if (below(to) && fails()) return refuse();
    return syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

int unlink(const char *path) {
    if (below(path) && fails()) return refuse();
    return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int fsync(int fd) {
    if (open_below(fd) && fails()) return refuse();
    return syscall(SYS_fsync, fd);
}

int ftruncate64(int fd, off64_t size) {
    if (open_below(fd) && fails()) return refuse();
    return syscall(SYS_ftruncate, fd, size);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if ((flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR)) && below(path) && fails()) return refuse();
    return syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int clock_gettime(clockid_t which, struct timespec *now) {
    static long hours;
    int result = syscall(SYS_clock_gettime, which, now);
    if (clock_runs_back && which == CLOCK_REALTIME) now->tv_sec -= 3600 * (++hours % 400000);
    return result;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
