#define _GNU_SOURCE /* O_PATH, AT_EMPTY_PATH, memfd_create, fallocate */

#include "server/system/program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/wire/descriptors.h"

/* Whether the directory holds a file of this name and nothing else. */
static bool is_alone(const char *path, const char *name)
{
    DIR *all = opendir(path);
    const struct dirent *entry;
    bool alone = all != NULL;

    while (alone && (entry = readdir(all)) != NULL)
        alone = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                strcmp(entry->d_name, name) == 0;
    if (all != NULL)
        closedir(all);
    return alone;
}

int program_find(struct program *program)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    struct stat named, running;
    char *slash;

    *program = (struct program){.directory = -1};
    if (length < 0)
        return -1;
    path[length] = '\0';
    /* if somebody replaced the file meanwhile, the link says so in words */
    if (stat(path, &named) != 0 || stat("/proc/self/exe", &running) != 0)
        return -1;
    slash = strrchr(path, '/');
    if (slash == NULL || strlen(slash + 1) >= sizeof program->name ||
        named.st_dev != running.st_dev || named.st_ino != running.st_ino) {
        errno = ENOENT;
        return -1;
    }
    (void)snprintf(program->name, sizeof program->name, "%s", slash + 1);
    (void)snprintf(program->path, sizeof program->path, "%.*s", PROGRAM_NAME - 1, path);
    slash[slash == path] = '\0';
    program->alone = is_alone(path, program->name);
    program->directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return program->directory < 0 ? -1 : 0;
}

/* O_PATH, because the confinement lets nobody read the file but to execute it. */
int program_open(const struct program *program)
{
    struct stat st;
    int fd = openat(program->directory, program->name, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0) {
        if (S_ISREG(st.st_mode))
            return fd;
        errno = EACCES;
    }
    descriptors_close(fd);
    return -1;
}

int program_choose_word(unsigned long *word)
{
    do
        if (getrandom(word, sizeof *word, 0) != (ssize_t)sizeof *word)
            return -1;
    while (*word == 0);
    return 0;
}

void program_execute(int file, char *const *words, char *const *environment, unsigned long word)
{
    (void)syscall(SYS_execveat, file, "", words, environment, AT_EMPTY_PATH, word);
}

/* Older kernels name the process after the descriptor, and an execution ends the protection that a
 * process has which has changed its user (PR_SET_DUMPABLE). */
void program_begin(const struct program *program, bool guarded)
{
    (void)prctl(PR_SET_NAME, program->name);
    if (guarded)
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void program_keep_descriptors(int last, bool keep)
{
    for (int fd = STDERR_FILENO + 1; fd <= last; fd++)
        (void)fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

/* The size is set here, because the limit of a file's size may be 0 later (confine_parent). */
int program_memory(size_t size)
{
    int fd = memfd_create("rollcall", MFD_CLOEXEC);

    if (fd < 0 || ftruncate(fd, (off_t)size) == 0)
        return fd;
    descriptors_close(fd);
    return -1;
}

void program_memory_clear(int memory, size_t size)
{
    (void)fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size);
}
