#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "client/lines.h"
#include "tests/unit/tap.h"

static struct lines_typed typed;

static enum lines_kind chat(const char *line)
{
    lines_parse(&typed, line, true);
    return typed.kind;
}

static enum lines_kind plain(const char *line)
{
    lines_parse(&typed, line, false);
    return typed.kind;
}

static bool sends(const char *request, const char *said)
{
    return strcmp(typed.request, request) == 0 && strcmp(typed.said, said) == 0;
}

static void test_messages(void)
{
    OK(chat("hello there") == LINES_REQUEST && sends("hello there", "hello there"));
    OK(chat("//slash") == LINES_REQUEST && sends("msg:/slash", "/slash"));
    OK(chat(" //slash") == LINES_REQUEST && sends("msg:/slash", "/slash"));
    OK(chat("msg:status") == LINES_REQUEST && sends("msg:status", "status"));
    OK(chat("/me waves") == LINES_REQUEST && sends("msg:/me waves", "/me waves"));
    OK(chat(" file:x") == LINES_REQUEST && sends(" file:x", " file:x"));
    OK(chat("exit now") == LINES_REQUEST && chat("joint") == LINES_REQUEST);
    OK(plain("/exit") == LINES_REQUEST && sends("/exit", "/exit"));
    OK(plain("//x") == LINES_REQUEST && sends("//x", "//x"));
    lines_say(&typed, "file:x");
    OK(typed.kind == LINES_REQUEST && sends("msg:file:x", "file:x"));
}

static void test_requests(void)
{
    OK(chat("file:meow.txt") == LINES_GET && strcmp(typed.text, "meow.txt") == 0);
    OK(plain("file:meow.txt") == LINES_GET && plain("put:a b") == LINES_PUT);
    OK(strcmp(typed.text, "a b") == 0);
    /* without a name it is the server's to refuse */
    OK(chat("file:") == LINES_REQUEST && sends("file:", "file:"));
    OK(chat("nick:anna secret") == LINES_NICK && strcmp(typed.text, "anna secret") == 0);
    OK(typed.word[0] == '\0');
    OK(chat("tell:anna how are you") == LINES_TELL && strcmp(typed.name, "anna") == 0);
    OK(strcmp(typed.text, "how are you") == 0);
    OK(chat("tell:anna") == LINES_REQUEST && sends("tell:anna", "tell:anna"));
    OK(plain("join") == LINES_JOIN && plain("leave") == LINES_LEAVE && sends("leave", "leave"));
    OK(plain("hand") == LINES_HAND && chat("hand:help") == LINES_HAND &&
       sends("hand:help", "hand:help"));
    OK(plain("hands") == LINES_REQUEST && plain("unhand") == LINES_UNHAND);
    OK(plain("help") == LINES_REQUEST && sends("help", "help"));
    OK(chat("exit") == LINES_EXIT && plain("exit") == LINES_EXIT);
    OK(chat("pieces:1.2.3") == LINES_REFUSED && chat("pieces:") == LINES_REFUSED);
    OK(chat("rest:5") == LINES_REFUSED && plain("rest:") == LINES_REFUSED);
}

/* In a conversation a word alone may be an answer to somebody. */
static void test_words(void)
{
    static const char *const said[] = {"leave",      "join",        "hand",    "unhand",   "hands",
                                       "hands-long", "status-long", "history", "list-long"};
    size_t good = 0;

    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        char request[64];

        (void)snprintf(request, sizeof request, "msg:%s", said[i]);
        good += chat(said[i]) == LINES_REQUEST && sends(request, said[i]) && typed.row == NULL;
    }
    OK(good == sizeof said / sizeof said[0]);
    OK(chat("status") == LINES_REQUEST && sends("status", "status"));
    OK(chat("list") == LINES_REQUEST && sends("list", "list"));
    OK(chat("help") == LINES_HELP && chat("exit") == LINES_EXIT);
    OK(chat("/leave") == LINES_LEAVE && sends("leave", "leave") && chat("/join") == LINES_JOIN);
}

static void test_commands(void)
{
    OK(chat("/get meow.txt") == LINES_GET && strcmp(typed.text, "meow.txt") == 0);
    OK(chat("  /GET   meow.txt  ") == LINES_GET && strcmp(typed.text, "meow.txt") == 0);
    OK(chat("/get \"a b\"") == LINES_GET && strcmp(typed.text, "a b") == 0);
    OK(chat("/put '/tmp/a \"b\"' ") == LINES_PUT && strcmp(typed.text, "/tmp/a \"b\"") == 0);
    OK(chat("/list 'a b'") == LINES_REQUEST && sends("list-long:a b", "list-long:a b"));
    OK(chat("/get \"a\" \"b\"") == LINES_GET && strcmp(typed.text, "\"a\" \"b\"") == 0);
    OK(chat("/get \"a") == LINES_GET && strcmp(typed.text, "\"a") == 0);
    OK(chat("/get \"\"") == LINES_INCOMPLETE);
    OK(chat("/me \"waves\"") == LINES_REQUEST && sends("msg:/me \"waves\"", "/me \"waves\""));
    OK(chat("file:\"a b\"") == LINES_GET && strcmp(typed.text, "\"a b\"") == 0);
    OK(chat("/list") == LINES_REQUEST && sends("list-long", "list-long"));
    OK(chat("/list a/b") == LINES_REQUEST && sends("list-long:a/b", "list-long:a/b"));
    OK(chat("/hand") == LINES_HAND && sends("hand", "hand"));
    OK(chat("/hand my mouse") == LINES_HAND && sends("hand:my mouse", "hand:my mouse"));
    OK(chat("/nick anna") == LINES_NICK && strcmp(typed.word, "nick") == 0);
    OK(chat("/msg bob not for all") == LINES_TELL && strcmp(typed.text, "not for all") == 0);
    OK(chat("/away") == LINES_AWAY && chat("/quit") == LINES_EXIT);
    OK(chat("/msg @bob hi") == LINES_TELL && strcmp(typed.name, "bob") == 0);
    OK(chat("tell:@bob hi") == LINES_TELL && strcmp(typed.name, "bob") == 0);
    OK(chat("/whois @bob") == LINES_WHOIS && strcmp(typed.text, "bob") == 0);
    OK(chat("/ignore @bob ") == LINES_IGNORE && strcmp(typed.text, "bob") == 0);
    OK(chat("/get @bob") == LINES_GET && strcmp(typed.text, "@bob") == 0);
    OK(chat("/whois") == LINES_INCOMPLETE && chat("/q") == LINES_EXIT);
    OK(chat("/log a file") == LINES_LOG && strcmp(typed.text, "a file") == 0);
    OK(chat("/log") == LINES_LOG && chat("/clear") == LINES_CLEAR && chat("/help") == LINES_HELP);
    OK(chat("/help msg") == LINES_HELP && strcmp(typed.text, "msg") == 0);
    OK(lines_command("MSG") == lines_command("/msg") && lines_command("msg") != NULL);
    OK(lines_command("status") == lines_command("/status") && lines_command("file:") == NULL);
    OK(chat("/msg bob") == LINES_INCOMPLETE && chat("/get") == LINES_INCOMPLETE);
    OK(chat("/quiet now") == LINES_EXCESS);
    OK(chat("/xyzzy") == LINES_UNKNOWN && typed.row == NULL && chat("/") == LINES_UNKNOWN);
    OK(strcmp(lines_nearest("stauts")->word, "/status") == 0);
    OK(strcmp(lines_nearest("nik")->word, "/nick") == 0);
    OK(lines_nearest("xyzzy") == NULL && lines_nearest("") == NULL);
}

/* The longest line that can be typed. */
static void test_longest(void)
{
    static char line[PROTOCOL_REQUEST_MAX + 1];

    memset(line, 'x', PROTOCOL_REQUEST_MAX);
    OK(chat(line) == LINES_REQUEST && strlen(typed.request) == PROTOCOL_REQUEST_MAX);
    line[0] = line[1] = '/';
    OK(chat(line) == LINES_REQUEST && strlen(typed.request) == PROTOCOL_REQUEST_MAX + 3);
    memcpy(line, "/list ", 6);
    OK(chat(line) == LINES_REQUEST && strlen(typed.request) > PROTOCOL_REQUEST_MAX);
    line[1] = 'y';
    line[5] = 'y';
    OK(chat(line) == LINES_UNKNOWN && strlen(typed.word) == LINES_WORD - 1);
    OK(lines_nearest(typed.word) == NULL);
}

/* What the rows must keep to. */
static void test_rows(void)
{
    const struct lines_row *row;
    size_t rows = 0, bad = 0;
    bool requests = false;

    for (; (row = lines_row(rows)) != NULL; rows++) {
        requests |= row->word[0] != '/';
        bad += (row->word[0] == '/') == requests; /* all commands come first */
        bad += (row->help != NULL) == requests;
        for (size_t i = 0; i < rows; i++)
            bad += strcmp(lines_row(i)->word, row->word) == 0;
    }
    OK(rows > 30 && bad == 0);
}

int main(void)
{
    test_messages();
    test_requests();
    test_words();
    test_commands();
    test_longest();
    test_rows();
    return tap_end();
}
