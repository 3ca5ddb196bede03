/* transcript FILE HOST PORT: plays a session with a running daemon, as the file tells it.
 *
 * An empty line, one that begins with #, and the one that says how the daemon was started
 * ("rollcalld OPTION...") do nothing here. NAME is any word that names a client; TEXT and PATTERN
 * are explained in pattern.h.
 *
 *     NAME connect [HOST] [from ADDRESS]
 *     NAME> TEXT             says a line              NAME>> TEXT   says it without its end
 *     NAME< PATTERN          the next line matches    NAME<< TEXT   exactly these bytes come
 *     NAME<... PATTERN       lines are passed over until one matches
 *     NAME asks TEXT until PATTERN    asks again until a line of the answer matches
 *     NAME sends FILE        NAME receives FILE       the bytes of a file
 *     NAME receives COUNT bytes                       whatever they are
 *     NAME ends              nothing more comes: the server has closed the connection
 *     NAME closes, NAME shuts (its own half), NAME resets
 *     NAME dribbles          sends a byte each 100 ms from now on
 *     NAME handler STOP, CONT or KILL                 a signal to the process of its session
 *     log has PATTERN        waits until a line of the daemon's log ($log) contains it
 *     $ COMMAND              the shell's, where $NAME is a variable too; must succeed
 *     until $ COMMAND        again and again until it succeeds
 *     for NAME in 01..50     ... end: with $NAME as 01, 02 and so on
 *
 * Whatever is waited for may take a minute ($PATIENCE seconds). Exit status: 0 as told, 1 with an
 * account of what came instead, 2 where the file cannot be understood.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/transcript/act.h"
#include "tests/tools/transcript/client.h"
#include "tests/tools/transcript/complaint.h"

#define LOOK_MS 10 /* between two looks at a condition */

struct script {
    const char *file, *host, *port;
    char **lines;
    size_t count;
};

static void *or_die(void *memory)
{
    if (memory != NULL)
        return memory;
    perror("transcript");
    exit(1);
}

static void read_script(struct script *script)
{
    FILE *file = fopen(script->file, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    if (file == NULL) {
        perror(script->file);
        exit(2);
    }
    while ((length = getline(&line, &size, file)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        script->lines = or_die(realloc(script->lines, (script->count + 1) * sizeof *script->lines));
        script->lines[script->count++] = or_die(strdup(line));
    }
    free(line);
    (void)fclose(file);
}

/* ---- lines that are no client's */

static bool log_has(const char *pattern)
{
    const char *path = getenv("log");
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    bool found = false;

    if (file == NULL)
        misunderstood("$log names no log");
    while (!found && (length = getline(&line, &size, file)) > 0)
        found = must_match(pattern, line, (size_t)length);
    free(line);
    (void)fclose(file);
    return found;
}

static void await_log(const char *wanted)
{
    size_t size = strlen(wanted) + sizeof "**";
    char *pattern = or_die(malloc(size));

    (void)snprintf(pattern, size, "*%s*", wanted);
    client_begin_wait();
    while (!log_has(pattern)) {
        if (!client_wait(LOOK_MS))
            complain("No line of the log contains that");
    }
    free(pattern);
}

static void run(const char *command)
{
    int status = system(command);

    if (status != 0)
        complain("The command failed: status %#x", (unsigned)status);
}

static void run_until(const char *command)
{
    client_begin_wait();
    while (system(command) != 0) {
        if (!client_wait(LOOK_MS))
            complain("The command has not succeeded in time");
    }
}

/* ---- the script */

static const char *after(const char *line, const char *word)
{
    size_t length = strlen(word);

    return strncmp(line, word, length) == 0 ? line + length : NULL;
}

static void play_line(const struct script *script, const char *line)
{
    const char *rest;
    char *copy;

    if (*line == '\0' || *line == '#' || after(line, "rollcalld") != NULL)
        return;
    if ((rest = after(line, "log has ")) != NULL) {
        await_log(rest);
    } else if ((rest = after(line, "$ ")) != NULL) {
        run(rest);
    } else if ((rest = after(line, "until $ ")) != NULL) {
        run_until(rest);
    } else {
        copy = or_die(strdup(line));
        act(copy, script->host, script->port);
        free(copy);
    }
}

static size_t find_end(const struct script *script, size_t first, size_t last)
{
    size_t depth = 1;

    for (size_t i = first; i < last; i++) {
        const char *line = script->lines[i] + strspn(script->lines[i], " ");

        depth += after(line, "for ") != NULL;
        depth -= strcmp(line, "end") == 0;
        if (depth == 0)
            return i;
    }
    misunderstood("it has no end");
}

static void play(const struct script *script, size_t first, size_t last);

/* Plays the lines first to last - 1 for each number of "NAME in 01..50", with as many digits. */
static void play_loop(const struct script *script, const char *head, size_t first, size_t last)
{
    char name[32], low[16], value[16];
    unsigned long high = 0;
    size_t length;
    char *bounds = must_understand(head, &length);

    if (sscanf(bounds, "%31[A-Za-z_] in %15[0-9]..%lu", name, low, &high) != 3)
        misunderstood("expected for NAME in FIRST..LAST");
    free(bounds);
    for (unsigned long n = strtoul(low, NULL, 10); n <= high; n++) {
        (void)snprintf(value, sizeof value, "%0*lu", (int)strlen(low), n);
        if (setenv(name, value, 1) != 0)
            misunderstood("no memory");
        play(script, first, last);
    }
}

static void play(const struct script *script, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++) {
        const char *line = script->lines[i] + strspn(script->lines[i], " ");
        const char *loop = after(line, "for ");

        complaint_at(script->file, i + 1, line);
        if (loop != NULL) {
            size_t end = find_end(script, i + 1, last);

            play_loop(script, loop, i + 1, end);
            i = end;
        } else {
            play_line(script, line);
        }
    }
}

int main(int argc, char **argv)
{
    const char *patience = getenv("PATIENCE");
    struct script script = {0};

    if (argc != 4) {
        (void)fputs("usage: transcript FILE HOST PORT\n", stderr);
        return 2;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (patience != NULL)
        client_set_patience(atoi(patience));
    script.file = argv[1];
    script.host = argv[2];
    script.port = argv[3];
    read_script(&script);
    play(&script, 0, script.count);
    for (size_t i = 0; i < script.count; i++)
        free(script.lines[i]);
    free(script.lines);
    return 0;
}
