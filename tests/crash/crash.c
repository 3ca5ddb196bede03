/* crash ROLLCALLD [EVERY]: kills a handler after each instruction of its life. It starts a real
 * daemon; for each client, it stops the handler after instruction k and kills it there, while other
 * clients wait at the lock. Within a second the others must then be answered, the dead handler's
 * client must be out of the table, its slot must be given again, and the table must be intact.
 * EVERY: only every so many instructions, from a random one on.
 *
 * The life of one handler is first stepped through and recorded. Stepping is a thousand times
 * slower than running, so the later handlers run: to the last system call before instruction k,
 * then to a breakpoint shortly before k, and only the rest of the way step by step. */
#define _GNU_SOURCE 1 /* ptrace's options */

#include <stdio.h>

#if !defined __linux__ || !defined __x86_64__

int main(void)
{
    puts("ok 1 - a handler killed # skip stepping needs Linux on x86-64\n1..1");
    return 0;
}

#else

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/wire/clock.h"
#include "server/wire/line.h"
#include "shm/ctl/check.h"
#include "shm/ctl/limits.h"
#include "shm/table/view.h"

#define OTHERS     4 /* clients that stay */
#define SECOND     1000000000LL
#define LATE       SECOND
#define LOST_AFTER (10 * SECOND)
#define HELD_MS    2   /* for the others to reach the lock */
#define SETTLED_MS 100 /* files as old as this are not read twice for their digest */

static pid_t daemon_pid;
static unsigned port;
static char room[64];
static struct table table;
static long tried, strayed, leaked, wrong;
static int64_t slowest;

struct client {
    int fd;
    struct line_reader reader;
};
static struct client others[OTHERS];

__attribute__((noreturn, format(printf, 1, 2))) static void bail(const char *format, ...)
{
    va_list arguments;

    printf("not ok - ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf(": %s\n", strerror(errno));
    if (daemon_pid > 0)
        kill(daemon_pid, SIGKILL);
    if (table.path[0] != '\0')
        shm_unlink(table.path);
    exit(1);
}

/* ---- clients */

static void client_connect(struct client *client)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof address) != 0)
        bail("cannot connect");
    line_reader_init(&client->reader, client->fd, PROTOCOL_REPLY_MAX);
}

static void client_say(struct client *client, const char *words)
{
    if (write(client->fd, words, strlen(words)) < 0)
        bail("cannot send");
}

/* The next line, or NULL at the end of the stream and at the time `until`. */
static char *client_hear(struct client *client, int64_t until)
{
    char *line;
    size_t length;

    while (line_next(&client->reader, &line, &length) != LINE_READY) {
        struct pollfd readable = {.fd = client->fd, .events = POLLIN};
        int64_t left = (until - clock_now()) / 1000000;

        if (left <= 0 || poll(&readable, 1, (int)left) <= 0 || line_fill(&client->reader) <= 0)
            return NULL;
    }
    return line;
}

/* Whether `status` is answered in time; *present: whether the answer lists this client. */
static bool client_status(struct client *client, const char *name, bool *present, int64_t until)
{
    char *line;

    *present = false;
    while ((line = client_hear(client, until)) != NULL) {
        if (strcmp(line, "211 End") == 0)
            return true;
        if (line[0] == ' ' && strncmp(line + 1, name, strlen(name)) == 0)
            *present = true;
    }
    return false;
}

static void client_leave(struct client *client)
{
    client_say(client, "exit\n");
    while (client_hear(client, clock_now() + LOST_AFTER) != NULL)
        ;
    close(client->fd);
}

/* ---- the daemon */

static char share[] = "/tmp/rollcall-crash.XXXXXX";

#define FILES 600 /* more than the daemon keeps digests of, so each handler computes a digest */

static void file_path(char to[sizeof share + 8], long i)
{
    (void)snprintf(to, sizeof share + 8, "%s/%03ld", share, i % FILES);
}

static void make_share(void)
{
    char path[sizeof share + 8];

    if (mkdtemp(share) == NULL || chmod(share, 0755) != 0)
        bail("cannot make a directory");
    for (long i = 0; i < FILES; i++) {
        FILE *out;

        file_path(path, i);
        out = fopen(path, "w");
        if (out == NULL || fputs("meow\n", out) < 0 || fclose(out) != 0)
            bail("cannot write a file");
    }
    poll(NULL, 0, SETTLED_MS);
}

static void remove_share(void)
{
    char path[sizeof share + 8];

    for (long i = 0; i < FILES; i++) {
        file_path(path, i);
        (void)unlink(path);
    }
    (void)rmdir(share);
}

static void start_daemon(const char *path)
{
    char line[256], *found;
    int words[2];
    FILE *log;

    (void)snprintf(room, sizeof room, "crash.%ld", (long)getpid());
    if (pipe2(words, O_CLOEXEC) != 0)
        bail("cannot make a pipe");
    daemon_pid = fork();
    if (daemon_pid == 0) {
        dup2(words[1], STDERR_FILENO);
        setenv("LD_BIND_NOW", "1", 1); /* else most instructions are the dynamic linker's */
        execl(path, path, "--port=0", "--bind=127.0.0.1", "--name", room, "--max-clients=16",
              "--share", share, (char *)NULL);
        _exit(127);
    }
    close(words[1]);
    log = fdopen(words[0], "r");
    while (port == 0 && log != NULL && fgets(line, sizeof line, log) != NULL)
        if ((found = strstr(line, " port ")) != NULL)
            port = (unsigned)strtoul(found + 6, NULL, 10);
    if (port == 0)
        bail("%s does not start", path);
    if (fork() == 0) { /* drains the log, which nobody needs here */
        while (fgets(line, sizeof line, log) != NULL)
            ;
        _exit(0);
    }
    fclose(log);
}

/* ---- the handler that is to die */

static void stop_at_fork(void)
{
    if (ptrace(PTRACE_SEIZE, daemon_pid, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE) != 0) {
        printf("ok 1 - a handler killed # skip ptrace is not allowed here\n1..1\n");
        kill(daemon_pid, SIGTERM);
        exit(0);
    }
}

/* Waits until the parent forks, and returns the handler, stopped at its first instruction; the
 * parent runs on. */
static pid_t catch_handler(void)
{
    unsigned long child = 0;
    int status;

    for (;;) {
        if (waitpid(daemon_pid, &status, __WALL) != daemon_pid || !WIFSTOPPED(status))
            bail("the parent has ended");
        if (status >> 16 == PTRACE_EVENT_FORK || status >> 16 == PTRACE_EVENT_CLONE)
            break;
        /* the parent stopped for a signal of its own: pass that on */
        ptrace(PTRACE_CONT, daemon_pid, 0, status >> 16 != 0 ? 0 : WSTOPSIG(status));
    }
    ptrace(PTRACE_GETEVENTMSG, daemon_pid, 0, &child);
    if (waitpid((pid_t)child, &status, __WALL) != (pid_t)child)
        bail("no handler");
    if (ptrace(PTRACE_DETACH, daemon_pid, 0, 0) != 0)
        bail("cannot let the parent go");
    return (pid_t)child;
}

/* Continues the handler. Returns false if it has ended. */
static bool go_on(pid_t handler, enum __ptrace_request how)
{
    int status;

    if (ptrace(how, handler, 0, 0) != 0)
        bail("cannot go on");
    if (waitpid(handler, &status, __WALL) != handler)
        bail("no handler to wait for");
    return WIFSTOPPED(status);
}

static unsigned long here(pid_t handler)
{
    struct user_regs_struct registers;

    if (ptrace(PTRACE_GETREGS, handler, 0, &registers) != 0)
        bail("cannot read the registers");
    return registers.rip;
}

static void go_back(pid_t handler, unsigned long address)
{
    struct user_regs_struct registers;

    ptrace(PTRACE_GETREGS, handler, 0, &registers);
    registers.rip = address;
    if (ptrace(PTRACE_SETREGS, handler, 0, &registers) != 0)
        bail("cannot set the registers");
}

static long word_at(pid_t handler, unsigned long address)
{
    return ptrace(PTRACE_PEEKTEXT, handler, address, 0);
}

static bool is_call(long word)
{
    return (word & 0xffff) == 0x050f; /* syscall */
}

/* ---- a handler's life, instruction for instruction */

static struct moment {
    unsigned long address;
    bool call;     /* the instruction is a system call */
    int32_t calls; /* how many system calls came before */
    long since;    /* index of the first moment after the last of these */
    long turn;     /* counts the times since then at this address, from 1 */
} * life;
static long length;

static int by_address(const void *a, const void *b)
{
    const struct moment *one = *(struct moment *const *)a, *other = *(struct moment *const *)b;

    if (one->address != other->address)
        return one->address < other->address ? -1 : 1;
    return one < other ? -1 : one > other;
}

/* Fills in `since` and `turn` of the moments from one system call to the next. */
static void count_turns(long from, long to)
{
    size_t count = (size_t)(to - from);
    struct moment **sorted = calloc(count, sizeof *sorted);

    if (sorted == NULL)
        bail("no memory");
    for (size_t i = 0; i < count; i++)
        sorted[i] = &life[from + (long)i];
    qsort(sorted, count, sizeof *sorted, by_address);
    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && sorted[i - 1]->address == sorted[i]->address;

        sorted[i]->turn = again ? sorted[i - 1]->turn + 1 : 1;
        sorted[i]->since = from;
    }
    free(sorted);
}

static void write_life_down(pid_t handler)
{
    long room_for = 0, since = 0;
    int32_t calls = 0;

    do {
        if (length == room_for) {
            room_for = room_for ? 2 * room_for : 1 << 16;
            life = realloc(life, (size_t)room_for * sizeof *life);
            if (life == NULL)
                bail("no memory");
        }
        life[length] = (struct moment){.address = here(handler), .calls = calls};
        life[length].call = is_call(word_at(handler, life[length].address));
        if (life[length++].call) {
            count_turns(since, length);
            since = length;
            calls++;
        }
    } while (go_on(handler, PTRACE_SINGLESTEP));
    if (since < length)
        count_turns(since, length);
}

#define TURN_COST 3 /* of passing a breakpoint once, in single steps */

/* The moment from which to step to k: near k, and with a breakpoint that is passed few times before
 * it. */
static long best_anchor(long k)
{
    long best = k, cost = life[k].turn * TURN_COST;

    for (long i = k; i >= life[k].since && k - i < cost; i--)
        if (life[i].turn * TURN_COST + k - i < cost) {
            cost = life[i].turn * TURN_COST + k - i;
            best = i;
        }
    return k - life[k].since < cost ? life[k].since : best;
}

/* Runs the handler to a moment. Returns false if something else came first, at the latest a system
 * call. */
static bool run_to(pid_t handler, const struct moment *moment)
{
    long word = word_at(handler, moment->address);

    for (long turn = here(handler) == moment->address; turn < moment->turn; turn++) {
        if (here(handler) == moment->address && !go_on(handler, PTRACE_SINGLESTEP))
            return false;
        ptrace(PTRACE_POKETEXT, handler, moment->address, (word & ~0xffL) | 0xcc); /* int3 */
        if (!go_on(handler, PTRACE_SYSCALL))
            return false;
        ptrace(PTRACE_POKETEXT, handler, moment->address, word);
        if (here(handler) != moment->address + 1)
            return false;
        go_back(handler, moment->address);
    }
    return true;
}

/* Brings the handler to instruction k of its life. Returns false if it took another way, because of
 * what the others did at the lock. */
static bool bring_to(pid_t handler, long k)
{
    long anchor = best_anchor(k);

    for (int32_t i = 0; i < 2 * life[k].calls;
         i++) /* it stops at the begin and at the end of each system call */
        if (!go_on(handler, PTRACE_SYSCALL))
            return false;
    if (anchor > life[k].since && !run_to(handler, &life[anchor]))
        return false;
    for (long i = anchor; i < k; i++)
        if (!go_on(handler, PTRACE_SINGLESTEP))
            return false;
    return here(handler) == life[k].address;
}

static void end_handler(pid_t handler)
{
    int status;

    kill(handler, SIGKILL);
    while (waitpid(handler, &status, __WALL) == handler && WIFSTOPPED(status))
        ptrace(PTRACE_CONT, handler, 0, 0);
}

/* ---- one death */

static void say_problem(void *context, const char *problem)
{
    const long *k = context;

    printf("# killed after instruction %ld: %s\n", *k, problem);
}

/* Whether the next client gets the slot of that name. */
static bool gets_slot(const char *name)
{
    struct client next;
    char *line;
    bool gets;

    client_connect(&next);
    line = client_hear(&next, clock_now() + LOST_AFTER);
    gets = line != NULL && strncmp(line, "220 Enter ", 10) == 0 &&
           strncmp(line + 10, name, strlen(name) - 1) == 0;
    client_leave(&next);
    return gets;
}

static void look_after(long k, int waiting, int64_t died)
{
    char name[NAME_SIZE];
    bool present;

    (void)snprintf(name, sizeof name, "Client%02d ", OTHERS + 1);
    /* those who waited are answered, and then nobody sees the dead handler's client */
    for (int i = 0; i < waiting; i++)
        if (!client_status(&others[i], name, &present, died + LOST_AFTER)) {
            say_problem(&k, "somebody is not answered");
            bail("a deadlock");
        }
    do {
        client_say(&others[0], "status\n");
        if (!client_status(&others[0], name, &present, died + LOST_AFTER))
            bail("a deadlock");
    } while (present && clock_now() < died + LOST_AFTER);
    if (clock_now() - died > slowest)
        slowest = clock_now() - died;
    if (clock_now() - died > LATE) {
        say_problem(&k, "that took over a second");
        wrong++;
    }
    /* if it was not in the table yet, only its slot shows when the parent has reaped it */
    while (!gets_slot(name) && clock_now() < died + LOST_AFTER)
        ;
    if (clock_now() - died > LATE) {
        say_problem(&k, "its slot was not given to the next client within a second");
        leaked++;
    }
    if (check_table(&table, CHECK_PATIENCE_MS, say_problem, &k) != 0)
        wrong++;
}

/* A client connects and sends all its requests at once. */
static pid_t begin_life(struct client *victim)
{
    static long lives;
    char requests[64];
    long file = ++lives % FILES;

    (void)snprintf(requests, sizeof requests, "moo\nstatus\nsum:%03ld\nfile:%03ld\nexit\n", file,
                   file);
    stop_at_fork();
    client_connect(victim);
    client_say(victim, requests);
    shutdown(victim->fd, SHUT_WR);
    return catch_handler();
}

static void kill_at(long k)
{
    int waiting = 1 + (int)(tried % (OTHERS - 1));
    struct client victim;
    pid_t handler = begin_life(&victim);

    if (!bring_to(handler, k))
        strayed++; /* it is killed where it is */
    for (int i = 0; i < waiting; i++)
        client_say(&others[i], "status\n");
    poll(NULL, 0, HELD_MS);
    end_handler(handler);
    close(victim.fd);
    look_after(k, waiting, clock_now());
    tried++;
}

int main(int argc, char **argv)
{
    long every = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    struct client first;
    cpu_set_t one;
    int status;

    if (argc < 2 || every < 1)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    sched_getaffinity(0, sizeof one, &one); /* one processor, because waking another one is slow */
    for (size_t i = 0, kept = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &one) && kept++ > 0)
            CPU_CLR(i, &one);
    sched_setaffinity(0, sizeof one, &one);
    make_share();
    atexit(remove_share);
    start_daemon(argv[1]);
    for (int i = 0; i < OTHERS; i++) {
        client_connect(&others[i]);
        if (client_hear(&others[i], clock_now() + LOST_AFTER) == NULL)
            bail("no greeting");
    }
    if (view_open(&table, room) != 0)
        bail("no table");
    srandom((unsigned)(getpid() ^ time(NULL)));
    write_life_down(begin_life(&first));
    close(first.fd);
    for (long k = every > 1 ? random() % every : 0; k < length; k += every)
        kill_at(k);
    printf("# killed after %ld of %ld instructions between %d system calls (%ld went another way): "
           "no deadlock, %ld leaked slots, %ld wrong records; slowest recovery %.1f ms; the lock "
           "recovered %" PRIu64 " times\n",
           tried, length, life[length - 1].calls, strayed, leaked, wrong, (double)slowest / 1e6,
           view_counters(&table).recovered);
    kill(daemon_pid, SIGTERM);
    if (waitpid(daemon_pid, &status, 0) != daemon_pid || status != 0)
        wrong++;
    printf("%sok 1 - a handler killed after one in %ld instructions of its life\n1..1\n",
           leaked + wrong > 0 ? "not " : "", every);
    return leaked + wrong > 0;
}

#endif
