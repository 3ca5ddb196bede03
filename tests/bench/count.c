/* count SESSIONS COMMAND...: runs a server that says its port ("port N" in a line), has so many
 * clients come one after the other, each connecting, reading a greeting, saying a line, reading the
 * answer and closing, and prints what one session costs it: "PARENT_FAULTS HANDLER_FAULTS
 * PARENT_CALLS HANDLER_CALLS", page faults and system calls, as averages. A session has ended when
 * its process is gone and the parent sleeps again; so the numbers are the same in each run,
 * whatever else the machine does. Linux alone: ptrace(2). */
#define _GNU_SOURCE 1

#ifdef __linux__

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WARM_UP 20 /* sessions before those that count: what happens only once has happened */

#define OPTIONS                                                                                    \
    (PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |        \
     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)

static struct {
    unsigned long parent_faults, handler_faults, parent_calls, handler_calls;
} counted;
static pid_t server;
static unsigned long handlers; /* that live */
static bool counting, ending;

__attribute__((noreturn)) static void die(const char *what)
{
    fprintf(stderr, "count: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* proc_pid_stat(5): the state is the third field, minor and major faults are the tenth and the
 * twelfth. */
static char process_stat(pid_t pid, unsigned long *faults)
{
    char path[64], text[1024], *from, state = '?';
    unsigned long minor = 0, major = 0;
    ssize_t got;
    int fd;

    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || (got = read(fd, text, sizeof text - 1)) <= 0)
        die(path);
    close(fd);
    text[got] = '\0';
    from = strrchr(text, ')');
    if (from == NULL ||
        sscanf(from + 1, " %c %*d %*d %*d %*d %*d %*u %lu %*u %lu", &state, &minor, &major) != 3)
        die("an unreadable /proc/PID/stat");
    *faults = minor + major;
    return state;
}

static void go_on(pid_t pid, int signal)
{
    if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal) != 0 && errno != ESRCH)
        die("ptrace");
}

static void count_call(pid_t pid)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0)
        die("PTRACE_GET_SYSCALL_INFO");
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !counting)
        return;
    if (pid == server)
        counted.parent_calls++;
    else
        counted.handler_calls++;
}

/* One event of server or handlers; false: there is none now. */
static bool follow(int flags)
{
    int status, signal;
    pid_t pid = waitpid(-1, &status, __WALL | flags);
    unsigned long faults;

    if (pid == 0)
        return false;
    if (pid < 0)
        die("waitpid");
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        if (pid == server && ending)
            exit(0);
        if (pid == server) {
            fprintf(stderr, "count: the server ended\n");
            exit(1);
        }
        handlers--;
        return true;
    }
    signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) {
        count_call(pid);
        signal = 0;
    } else if (status >> 16 == PTRACE_EVENT_EXIT) {
        (void)process_stat(pid, &faults);
        if (counting)
            counted.handler_faults += faults;
        signal = 0;
    } else if (status >> 16 != 0) {
        if (status >> 16 != PTRACE_EVENT_EXEC)
            handlers++; /* it stops for us in its own time */
        signal = 0;
    } else if (signal == SIGSTOP) {
        signal = 0;
    }
    go_on(pid, signal);
    return true;
}

static void start(char **command, int output[2])
{
    server = fork();
    if (server < 0)
        die("fork");
    if (server == 0) {
        dup2(output[1], STDOUT_FILENO);
        dup2(output[1], STDERR_FILENO);
        close(output[0]);
        close(output[1]);
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
            _exit(126);
        execvp(command[0], command);
        _exit(127);
    }
    close(output[1]);
    if (waitpid(server, NULL, __WALL) != server ||
        ptrace(PTRACE_SETOPTIONS, server, NULL, (void *)OPTIONS) != 0)
        die("ptrace");
    go_on(server, 0);
}

/* The server runs until it has said its port. */
static unsigned port_of(int output)
{
    static char said[65536];
    size_t used = 0;

    for (;;) {
        struct pollfd some = {.fd = output, .events = POLLIN};
        const char *port;

        while (follow(WNOHANG))
            ;
        if (poll(&some, 1, 1) <= 0)
            continue;
        ssize_t got = read(output, said + used, sizeof said - 1 - used);
        if (got <= 0)
            die("no port");
        used += (size_t)got;
        said[used] = '\0';
        port = strstr(said, "port ");
        if (port != NULL && strchr(port, '\n') != NULL)
            return (unsigned)strtoul(port + strlen("port "), NULL, 10);
    }
}

/* ---- the clients: a process that is told by a byte to be the next one, and answers with a byte */

static void hear(int fd)
{
    char text[4096];

    if (read(fd, text, sizeof text) <= 0)
        die("a session");
}

static void be_clients(unsigned port, int orders, int done)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((in_port_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char byte;

    while (read(orders, &byte, 1) == 1) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
            die("connect");
        hear(fd);
        if (write(fd, "hello\n", 6) != 6)
            die("a session");
        hear(fd);
        close(fd);
        if (write(done, "", 1) != 1)
            break;
    }
    _exit(0);
}

/* One session, from the connection until the parent sleeps again. */
static void session(int orders, int done, int output)
{
    char sink[65536];
    unsigned long faults;
    bool over = false;

    if (write(orders, "", 1) != 1)
        die("write");
    for (;;) {
        struct pollfd client = {.fd = done, .events = POLLIN};

        while (follow(WNOHANG))
            ;
        while (read(output, sink, sizeof sink) > 0) /* its log */
            ;
        if (!over && poll(&client, 1, 0) > 0) {
            if (read(done, sink, 1) != 1)
                die("the clients ended");
            over = true;
        }
        if (over && handlers == 0 && process_stat(server, &faults) == 'S' && !follow(WNOHANG))
            return;
    }
}

int main(int argc, char **argv)
{
    unsigned long sessions = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, before, after;
    int output[2], orders[2], done[2];
    unsigned port;

    if (sessions == 0) {
        fprintf(stderr, "usage: count SESSIONS COMMAND...\n");
        return 2;
    }
    if (pipe(output) != 0 || pipe2(orders, O_CLOEXEC) != 0 || pipe2(done, O_CLOEXEC) != 0)
        die("pipe");
    start(argv + 2, output);
    port = port_of(output[0]);
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    if (fork() == 0) {
        close(orders[1]);
        be_clients(port, orders[0], done[1]);
    }
    close(done[1]);
    for (int i = 0; i < WARM_UP; i++)
        session(orders[1], done[0], output[0]);
    (void)process_stat(server, &before);
    counting = true;
    for (unsigned long i = 0; i < sessions; i++)
        session(orders[1], done[0], output[0]);
    (void)process_stat(server, &after);
    counted.parent_faults = after - before;
    printf("%.2f %.2f %.2f %.2f\n", (double)counted.parent_faults / (double)sessions,
           (double)counted.handler_faults / (double)sessions,
           (double)counted.parent_calls / (double)sessions,
           (double)counted.handler_calls / (double)sessions);
    ending =
        true; /* by itself, so that it removes what it made; if we die it is killed: EXITKILL */
    kill(server, SIGTERM);
    for (;;)
        (void)follow(0);
}

#else

#include <stdio.h>

int main(void)
{
    fputs("count: only Linux can count them\n", stderr);
    return 2;
}

#endif
