/* The options of a command line. A program, or a command of a program, has one const table of them,
 * from which its words are read, its errors are worded, and its --help is printed. The conventions
 * are those of POSIX (XBD 12.2) and of getopt_long(3): -abc, -nVALUE, -n VALUE, --name=VALUE,
 * --name VALUE, and a long name may be cut short as long as it means one option. */
#ifndef SERVER_WIRE_OPTIONS_H
#define SERVER_WIRE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the value of an option becomes, and the type of its field. */
enum option_kind {
    OPTION_IS_FLAG,    /* bool: takes no value */
    OPTION_IS_TEXT,    /* const char *: the word itself, which is not copied */
    OPTION_IS_NUMBER,  /* unsigned long, from `least` to `most` */
    OPTION_IS_SECONDS, /* the same */
    OPTION_IS_PERHAPS, /* the same, or `most` without a value, which only --name=VALUE gives */
    OPTION_IS_BYTES,   /* uint64_t: a number, and K, M, G or T for powers of 1024 */
    OPTION_IS_SPECIAL, /* `set` checks and stores it; in a const char *, if a file may set it */
    OPTION_IS_LIST,    /* a structure that begins with a size_t, the number of values: `set` checks
                          and appends one, and `show` writes one */
};

/* Stores a value in the field, each time that the option is given. False: the value is wrong, and
 * `expected` says what would have been right, as "a network, as 192.168.1.0/24". */
typedef bool option_set(void *field, const char *value, char *expected, size_t size);

/* Writes a value of a list, from 0, as `set` would take it. */
typedef void option_show(const void *field, size_t number, char *text, size_t size);

struct option {
    const char *name;     /* the long one */
    char letter;          /* the short one, or 0 */
    const char *argument; /* what --help calls the value; NULL for a flag */
    const char *help;
    enum option_kind kind;
    size_t field; /* its offset in the settings */
    uint64_t least, most;
    option_set *set;
    option_show *show;
    bool words_only; /* it is for a command line, and for no file (server/wire/settings.h) */
    bool live;       /* it can change while the program runs */
};

/* The end of a row of a table: the kind, and where the value is stored. The field's type is checked
 * by the compiler. */
#define OPTION_FIELD(type, settings, field)                                                        \
    _Generic(((settings *)0)->field, type : offsetof(settings, field))
#define OPTION_PLAIN(is, type, settings, name, from, to)                                           \
    .kind = (is), .field = OPTION_FIELD(type, settings, name), .least = (from), .most = (to)
#define OPTION_FLAG(settings, field) OPTION_PLAIN(OPTION_IS_FLAG, bool, settings, field, 0, 0)
#define OPTION_TEXT(settings, field)                                                               \
    OPTION_PLAIN(OPTION_IS_TEXT, const char *, settings, field, 0, 0)
#define OPTION_NUMBER(settings, field, least, most)                                                \
    OPTION_PLAIN(OPTION_IS_NUMBER, unsigned long, settings, field, least, most)
#define OPTION_SECONDS(settings, field, least, most)                                               \
    OPTION_PLAIN(OPTION_IS_SECONDS, unsigned long, settings, field, least, most)
#define OPTION_PERHAPS(settings, field, least, most)                                               \
    OPTION_PLAIN(OPTION_IS_PERHAPS, unsigned long, settings, field, least, most)
#define OPTION_BYTES(settings, field) OPTION_PLAIN(OPTION_IS_BYTES, uint64_t, settings, field, 0, 0)
#define OPTION_SPECIAL(settings, name, sets)                                                       \
    .kind = OPTION_IS_SPECIAL, .field = offsetof(settings, name), .set = (sets)
#define OPTION_LIST(settings, name, sets, shows)                                                   \
    .kind = OPTION_IS_LIST, .field = offsetof(settings, name), .set = (sets), .show = (shows)

struct option_table {
    const char *program; /* "rollcall put": errors begin with it, and name its --help */
    const struct option *rows;
    size_t count;
};

enum options_read {
    OPTIONS_WRONG,   /* *error is one line */
    OPTIONS_OPERAND, /* *words is at an operand, which options may follow, or at the end */
    OPTIONS_ENDED,   /* "--" was read: all words that are left are operands */
};

/* Reads the options at *words (argv without the program's name), stores their values in *settings,
 * and moves *words to the first word that it did not read. "-" is an operand. Values point into the
 * words. A caller that allows options after operands takes the operand and calls again. */
enum options_read options_read(const struct option_table *table, void *settings,
                               char *const **words, char *error, size_t size);

/* For a command whose words are text and may begin with '-': skips a "--" in front of them. True:
 * the only word is --help, so show the help. */
bool options_read_text(char *const **words);

/* Sets one option; a flag is "yes" or "no". False: the value is wrong, and *expected says what
 * would be right. */
bool options_set(const struct option *option, void *settings, const char *value, char *expected,
                 size_t size);

/* Sets one option from an environment variable, if that is there and not empty. False: the value is
 * wrong, and *error is one line. */
bool options_from_environment(const struct option_table *table, void *settings, const char *name,
                              const char *variable, char *error, size_t size);

/* Says what is wrong with the words, as one line that can be shown: "PROGRAM: ...". A wrong use
 * ends in "; see 'PROGRAM --help'". Both return false. */
bool options_wrong(const struct option_table *table, char *error, size_t size, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));
bool options_misused(const struct option_table *table, char *error, size_t size, const char *format,
                     ...) __attribute__((format(printf, 4, 5)));

/* The same for a word that is no command; nearest: the command that it may mean, or NULL. */
bool options_no_command(const struct option_table *table, char *error, size_t size,
                        const char *word, const char *nearest);

/* Prints the options with their help to stdout, in rows of at most 80 columns. */
void options_help(const struct option_table *table);

/* Prints a row of such a list: `left`, and from column `width` on the help. */
void options_help_row(const char *left, size_t width, const char *help);

#endif
