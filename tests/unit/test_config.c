#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "server/config_read.h"
#include "tests/unit/tap.h"

static struct config config;
static char error[512];

static bool parse(char *const *words)
{
    int count = 0;

    while (words[count] != NULL)
        count++;
    error[0] = '\0';
    return config_parse(&config, NULL, count, words, error, sizeof error);
}

#define PARSE(...)          parse((char *[]){"rollcalld", __VA_ARGS__, NULL})
#define REFUSES(words, ...) OK(!PARSE(__VA_ARGS__) && strstr(error, words) != NULL)

int main(void)
{
    char *many[2 * LIMIT_BINDS + 4] = {"rollcalld"};

    OK(parse((char *[]){"rollcalld", NULL}));
    OK(config.port == 8000 && config.max_clients == 3 && config.bind.count == 0);
    OK(config.share == NULL && strcmp(config.name, "main") == 0 &&
       strcmp(config.log, "stderr") == 0);
    OK(!config.daemon && !config.help && !config.version);

    OK(PARSE("--port=0", "--max-clients", "65536", "-b", "1.2.3.4", "--bind=::", "-dx", "-n", "r"));
    OK(config.port == 0 && config.max_clients == 65536 && config.bind.count == 2);
    OK(strcmp(config.bind.text[0], "1.2.3.4") == 0 && strcmp(config.bind.text[1], "::") == 0);
    OK(strcmp(config.share, "x") == 0 && strcmp(config.name, "r") == 0);
    OK(PARSE("-p", "1", "-p", "2") && config.port == 2);
    OK(PARSE("-Dd", "x") && config.daemon && strcmp(config.share, "x") == 0 &&
       strcmp(config.log, "syslog") == 0);
    OK(PARSE("-hV") && config.help && config.version);
    OK(PARSE("--share=a=b") && strcmp(config.share, "a=b") == 0);
    OK(PARSE("--share", "--port") && strcmp(config.share, "--port") == 0);

    OK(config.inbox == NULL && config.inbox_limits.file == LIMIT_INBOX_FILE);
    OK(PARSE("-i", "x", "--inbox-file", "512", "--inbox-client=3K", "--inbox-total", "2T",
             "--inbox-free=0", "--inbox-files", "7") &&
       strcmp(config.inbox, "x") == 0);
    OK(config.inbox_limits.file == 512 && config.inbox_limits.client == 3072 &&
       config.inbox_limits.total == UINT64_C(2) << 40 && config.inbox_limits.free == 0 &&
       config.inbox_limits.files == 7);
    OK(PARSE("--inbox-file", "8388607T") && config.inbox_limits.file == UINT64_C(8388607) << 40);
    REFUSES("number of bytes", "--inbox-file", "8388608T");
    REFUSES("number of bytes", "--inbox-file", "999999999T");
    REFUSES("number of bytes", "--inbox-file", "1k");
    REFUSES("number of bytes", "--inbox-file", "1KB");
    REFUSES("number of bytes", "--inbox-file", "K");
    REFUSES("number of bytes", "--inbox-file", "-1");
    REFUSES("number of bytes", "--inbox-file", "1000000000");

    OK(PARSE("--por", "1", "--") && config.port == 1);
    REFUSES("--ports: no such option", "--ports=1");
    REFUSES("-x: no such option", "-hx");
    REFUSES("unexpected argument '-'", "-");
    REFUSES("unexpected argument '-p'", "--", "-p");
    REFUSES("from 0 to 65535", "--port", "65536");
    REFUSES("from 0 to 65535", "--port", "1x");
    REFUSES("from 0 to 65535", "--port", " 1");
    REFUSES("from 0 to 65535", "--port", "+1");
    REFUSES("from 1 to 65536", "-m0");
    REFUSES("from 1 to 65536", "-m", "18446744073709551617");
    REFUSES("not nothing", "--share=");
    REFUSES("expected '--share DIR'", "-d");
    REFUSES("takes no value", "--help=1");
    REFUSES("numeric", "-b", "localhost");
    REFUSES("numeric", "-b", "10.0.0.0/8");
    REFUSES("numeric", "-b", "1.2.3.4%eth0");
    REFUSES("a user of this machine", "-u", "no such user");
    OK(PARSE("-b", "fe80::1%eth0", "-u", "root", "--runtime=/run") && config.bind.count == 1 &&
       strcmp(config.user, "root") == 0 && strcmp(config.runtime, "/run") == 0);
    REFUSES("letters", "--name", "a/b");
    REFUSES("letters", "--name", ".hidden");
    REFUSES("letters", "--name",
            "12345678901234567890123456789012345678901234567890123456789012345");

    for (int i = 1; i <= LIMIT_BINDS; i++)
        many[i] = "-b::1";
    OK(parse(many) && config.bind.count == LIMIT_BINDS);
    many[LIMIT_BINDS + 1] = "-b::1";
    OK(!parse(many) && strstr(error, "at most") != NULL);
    return tap_end();
}
