#define _POSIX_C_SOURCE 200809L

#include "server/system/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/system/confine.h"
#include "server/wire/descriptors.h"

/* ---- three processes: the witness, the daemon, a handler */

static int wait_for(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_FAILURE;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

/* Prints for the confined processes: standard output may be a file that is longer than they are
 * allowed to write. */
static bool print_all(int from)
{
    char text[1024];
    ssize_t got;

    while ((got = read(from, text, sizeof text)) != 0)
        if (got > 0)
            (void)fwrite(text, 1, (size_t)got, stdout);
        else if (errno != EINTR)
            return false;
    return fflush(stdout) == 0 && !ferror(stdout);
}

static void witness(const struct trial *trial, pid_t child, int from)
{
    bool printed;
    int status;

    (void)signal(SIGPIPE, SIG_IGN); /* a closed stdout is an error, and the bait is removed */
    printed = print_all(from);
    status = wait_for(child);
    (void)unlink(trial->bait);
    exit(printed ? status : EXIT_FAILURE);
}

/* A trial takes milliseconds: a signal that arrives meanwhile would only leave its files behind. */
static void hold_signals(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t held;

    sigemptyset(&held);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        sigaddset(&held, ends[i]);
    sigprocmask(SIG_BLOCK, &held, NULL);
}

int trial_begin(struct trial *trial)
{
    int output[2], fd;
    pid_t child;

    (void)snprintf(trial->room, sizeof trial->room, "check.%ld", (long)getpid());
    (void)snprintf(trial->bait, sizeof trial->bait, "/tmp/rollcall-bait.%ld", (long)getpid());
    hold_signals();
    if (pipe(output) != 0)
        return -1;
    fd = open(trial->bait, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    close(fd);
    child = fork();
    if (child < 0) {
        (void)unlink(trial->bait);
        return -1;
    }
    if (child > 0) {
        close(output[1]);
        witness(trial, child, output[0]);
    }
    close(output[0]);
    if (dup2(output[1], STDOUT_FILENO) < 0)
        return -1;
    close(output[1]);
    return 0;
}

/* ---- the attempts: each returns 0 if it succeeded, else errno is the reason of the failure */

static int try_file(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);

    if (fd < 0)
        return -1;
    close(fd);
    if (flags & O_CREAT)
        (void)unlink(path);
    return 0;
}

static int try_read(const struct trial *trial)
{
    (void)trial;
    return try_file("/etc/passwd", O_RDONLY);
}

static int try_write(const struct trial *trial)
{
    char path[64];

    (void)trial;
    (void)snprintf(path, sizeof path, "/tmp/rollcall-confinement.%ld", (long)getpid());
    return try_file(path, O_WRONLY | O_CREAT | O_EXCL);
}

static int try_socket(const struct trial *trial)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    (void)trial;
    if (fd < 0)
        return -1;
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/tmp/rollcall-socket.%ld",
                   (long)getpid());
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        descriptors_close(fd);
        return -1;
    }
    close(fd);
    (void)unlink(address.sun_path);
    return 0;
}

static int try_remove(const struct trial *trial)
{
    return unlink(trial->bait);
}

static int try_share(const struct trial *trial)
{
    int fd = openat(trial->share, ".rollcall-confinement", O_WRONLY | O_CREAT | O_EXCL, 0600);

    if (fd < 0)
        return -1;
    close(fd);
    (void)unlinkat(trial->share, ".rollcall-confinement", 0);
    return 0;
}

static int try_above(const struct trial *trial)
{
    int fd = openat(trial->share, "../", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

/* If this is possible, the started program reports that. */
static int try_exec(const struct trial *trial)
{
    (void)trial;
    (void)fflush(stdout);
    return execl("/bin/sh", "sh", "-c", "echo 'run a program: POSSIBLE'; exit 1", (char *)NULL);
}

/* As the parent can. If this is possible, the started program fails, because it has no such option.
 */
static int try_replace(const struct trial *trial)
{
    static char name[] = "rollcalld", option[] = "--POSSIBLE";
    char *const words[] = {name, option, NULL}, *const nothing[] = {NULL};
    int file = program_open(&trial->program);

    (void)fflush(stdout);
    if (file >= 0)
        program_execute(file, words, nothing, 0);
    return -1;
}

static int try_fork(const struct trial *trial)
{
    pid_t child = fork();

    (void)trial;
    if (child == 0)
        _exit(0);
    if (child < 0)
        return -1;
    (void)waitpid(child, NULL, 0);
    return 0;
}

static int try_network(const struct trial *trial)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)trial;
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int try_root(const struct trial *trial)
{
    (void)trial;
    return setuid(0);
}

static int try_all(const struct trial *trial)
{
    static const struct {
        const char *what;
        int (*attempt)(const struct trial *trial);
    } attempts[] = {
        {"become root", try_root},
        {"read /etc/passwd", try_read},
        {"write into /tmp", try_write},
        {"make a socket in /tmp", try_socket},
        {"remove a file in /tmp", try_remove},
        {"write into the shared directory", try_share},
        {"open the directory above the shared one", try_above},
        {"start a process", try_fork},
        {"open a network connection", try_network},
        {"replace the daemon as the parent can", try_replace},
        {"run a program", try_exec},
    };
    int possible = 0;

    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        bool done = attempts[i].attempt(trial) == 0;

        printf("%-45s %s%s\n", attempts[i].what,
               done ? "POSSIBLE" : "impossible: ", done ? "" : strerror(errno));
        possible += done;
    }
    return possible;
}

int trial_run(const struct trial *trial)
{
    pid_t child = fork();
    int possible;

    if (child < 0)
        return EXIT_FAILURE;
    if (child > 0)
        return wait_for(child);
    confine_handler();
    possible = try_all(trial);
    if (possible > 0)
        printf("%d possible: this system cannot prevent it, or rollcalld was built without a "
               "sandbox\n",
               possible);
    _exit(fflush(stdout) == 0 && possible == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
