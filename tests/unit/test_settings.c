#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "server/config_read.h"
#include "server/wire/nearest.h"
#include "server/wire/settings.h"
#include "tests/unit/tap.h"

static struct config config;
static char error[512], text[20000];

static bool read_bytes(const char *bytes, size_t length, char *const *argv)
{
    int argc = 0;

    while (argv[argc] != NULL)
        argc++;
    memcpy(text, bytes, length);
    text[length] = '\0';
    error[0] = '\0';
    return config_parse_text(&config, "FILE", text, length, argc, argv, error, sizeof error);
}

static bool read_text(const char *words)
{
    return read_bytes(words, strlen(words), (char *[]){"rollcalld", NULL});
}

#define REFUSES(said, words) OK(!read_text(words) && strcmp(error, "rollcalld: FILE:" said) == 0)

static void test_lines(void)
{
    OK(read_text("") && config.port == 8000 && !config.port_named && config.max_clients == 3);
    OK(read_text("port 1\nmax-clients=2\n \tearlier = 3 # x\n\n#y\nidle-limit =4"));
    OK(config.port == 1 && config.port_named && config.max_clients == 2 && config.earlier == 3 &&
       config.session.idle_s == 4);
    OK(read_text("\xef\xbb\xbfport 1\r\nname a\r\n") && config.port == 1 &&
       strcmp(config.name, "a") == 0);
    OK(read_text("share \"a b\"\ninbox 'c\"\\d' # e") && strcmp(config.share, "a b") == 0 &&
       strcmp(config.inbox, "c\"\\d") == 0);
    OK(read_text("share \"a\\\"b\\\\c\\d\"") && strcmp(config.share, "a\"b\\c\\d") == 0);
    OK(read_text("share a#b") && strcmp(config.share, "a#b") == 0);
    OK(read_text("share \"#b\"") && strcmp(config.share, "#b") == 0);
    OK(read_text("share ==") && strcmp(config.share, "=") == 0);
    OK(read_text("daemon no") && !config.daemon);
    OK(read_text("daemon yes\nshare /x") && config.daemon && strcmp(config.log, "syslog") == 0);
}

static void test_faults(void)
{
    REFUSES("2: prot: no such setting; did you mean 'port'?", "\nprot 1");
    REFUSES("1: --port: no such setting; did you mean 'port'?", "--port 1");
    REFUSES("1: max_clients: no such setting; did you mean 'max-clients'?", "max_clients 1");
    REFUSES("1: xyzzy: no such setting; expected a long option without '--'", "xyzzy 1");
    REFUSES("3: port '65536': expected a number from 0 to 65535", "#\n#\nport 65536");
    REFUSES("1: port: expected PORT, not nothing", "port");
    REFUSES("1: port: expected PORT, not nothing", "port = # 1");
    REFUSES("1: share: expected DIR, not nothing", "share \"\"");
    REFUSES("2: port: set in line 1 already", "port 1\nport 1");
    REFUSES("1: help: expected on the command line alone, as --help", "help yes");
    REFUSES("1: config: expected on the command line alone, as --config", "config x");
    REFUSES("1: daemon 'on': expected yes or no", "daemon on");
    REFUSES("1: share: expected a quote at the end of the value", "share 'a");
    REFUSES("1: share: expected a quote at the end of the value", "share \"a\\\"");
    REFUSES("1: share: expected nothing right behind the quote, not 'b'", "share 'a'b");
    REFUSES("1: share: expected one value, and not 'b c' behind it; a value with spaces needs "
            "quotes",
            "share a b c");
    REFUSES("1: expected 'NAME VALUE', not '= 1'", "= 1");
    REFUSES("1: expected UTF-8 text without control characters, not 'name \\x01'", "name \001");
    REFUSES("1: expected UTF-8 text without control characters, not 'name \\xFF'", "name \xff");
    REFUSES("1: expected UTF-8 text without control characters, not 'port\\x0D1'", "port\r1");
    OK(!read_bytes("port\0 1", 7, (char *[]){"rollcalld", NULL}) &&
       strcmp(error, "rollcalld: FILE:1: expected text, not the byte 0") == 0);
}

static void test_bounds(void)
{
    static char line[SETTINGS_LINE + 3], many[64 * (LIMIT_NETWORKS + 1)];
    size_t used = 0;

    memset(line, '#', SETTINGS_LINE);
    OK(read_text(line));
    line[SETTINGS_LINE] = '#';
    REFUSES("1: expected a line of at most 8192 bytes", line);
    for (int i = 0; i < LIMIT_NETWORKS; i++)
        used += (size_t)snprintf(many + used, sizeof many - used, "allow 10.0.%d.0/24\n", i);
    OK(read_text(many) && config.admission.allow.count == LIMIT_NETWORKS);
    (void)snprintf(many + used, sizeof many - used, "allow 10.1.0.0/16\n");
    REFUSES("65: allow '10.1.0.0/16': expected at most 64 of them", many);
}

/* The command line wins: it replaces a value, and a list as a whole. */
static void test_words(void)
{
    static const char file[] = "port 1\nearlier 5\nallow 10.0.0.0/8\nallow ::1\ndeny 10.1.0.0/16\n";

    OK(read_bytes(file, strlen(file),
                  (char *[]){"rollcalld", "--port=2", "--allow", "10.2.0.0/16", NULL}));
    OK(config.port == 2 && config.earlier == 5 && config.admission.deny.count == 1);
    OK(config.admission.allow.count == 1 && config.admission.allow.network[0].bits == 16);
    OK(!read_bytes(file, strlen(file), (char *[]){"rollcalld", "--port=x", NULL}) &&
       strncmp(error, "rollcalld: --port", 17) == 0);
}

/* What is printed is read again as the same, and printed the same. */
static void test_round_trip(void)
{
    static char first[10000], second[10000];
    FILE *out = fmemopen(first, sizeof first, "w");

    OK(read_text("port 0\nbind ::1\nbind 1.2.3.4\nshare '\"a\\'\ninbox-file 1536K\ninbox-total "
                 "8388607T\ninbox-free 0\ndeny fd00::/8\nname r\nmax-clients 7\n"));
    settings_print(&config_table, &config, out);
    (void)fclose(out);
    OK(read_text(first));
    out = fmemopen(second, sizeof second, "w");
    settings_print(&config_table, &config, out);
    (void)fclose(out);
    OK(strcmp(first, second) == 0);
    OK(strstr(first, "share \"\\\"a\\\\\"\n") != NULL && strstr(first, "inbox-file 1536K\n"));
    OK(strstr(first, "\nbind ::1\nbind 1.2.3.4\n") && strstr(first, "# inbox is not set\n"));
}

/* A value that differs from the default, for a row. */
static void set_other(const struct option *option, struct config *other)
{
    static const char *const values[] = {"1",  "7",   "2K",   "10.9.0.0/16", "10.9.0.1",
                                         "/x", "yes", "root", "syslog"};
    char expected[256];

    *other = config_defaults;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (options_set(option, other, values[i], expected, sizeof expected) &&
            !settings_same(option, &config_defaults, other))
            return;
}

/* Each row is taken over by a reload, or named as one that needs a restart. */
static void test_take(void)
{
    for (size_t i = 0; i < config_table.count; i++) {
        const struct option *option = &config_table.rows[i];
        struct config running = config_defaults, fresh;
        char others[256];

        if (option->words_only)
            continue;
        set_other(option, &fresh);
        OK(!settings_same(option, &running, &fresh));
        config_take(&running, &fresh, others, sizeof others);
        OK(option->live ? others[0] == '\0' && settings_same(option, &running, &fresh)
                        : strcmp(others, option->name) == 0);
    }
}

static void test_nearest(void)
{
    struct nearest search = nearest_begin("stauts");

    OK(!nearest_try(&search, "names") && nearest_try(&search, "status") &&
       !nearest_try(&search, "statue"));
    search = nearest_begin("");
    OK(!nearest_try(&search, "a"));
}

int main(void)
{
    test_lines();
    test_faults();
    test_bounds();
    test_words();
    test_round_trip();
    test_take();
    test_nearest();
    return tap_end();
}
