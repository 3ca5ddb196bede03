#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/files/part.h"
#include "tests/unit/tap.h"

static const char mark[] = "\nrollcall part 887fcea6a80333c6 00000000000000000005\n"; /* of "x y" */

static off_t size_of(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 ? st.st_size : -1;
}

static void make(const char *path, const char *text, const char *more)
{
    FILE *file = fopen(path, "w");

    if (file == NULL || fputs(text, file) < 0 || fputs(more, file) < 0 || fclose(file) != 0)
        BAIL("cannot write here");
}

static const char *content(const char *path)
{
    static char text[200];
    FILE *file = fopen(path, "r");

    text[0] = '\0';
    if (file == NULL)
        return "(none)";
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* A part is left behind as it is, opened again, and continued. */
static void test_continue(void)
{
    struct part part;
    uint64_t have = 99;

    OK(part_open(&part, "x y", &have) == 0 && have == 0);
    OK(strcmp(part.path, "x y.part") == 0);
    OK(part_add(&part, 0, "hel", 3) == 0);
    OK(part_add(&part, 3, "lo", 2) == 0);
    OK(strncmp(content("x y.part"), "hello", 5) == 0);
    OK(strcmp(content("x y.part") + 5, mark) == 0);
    part_close(&part, true);
    OK(part_open(&part, "x y", &have) == 0 && have == 5);
    OK(part_empty(&part) == 0 && size_of("x y.part") == (off_t)strlen(mark));
    OK(part_add(&part, 0, "moo", 3) == 0);
    OK(part_complete(&part, 3) == 0 && strcmp(content("x y.part"), "moo") == 0);
    OK(part_place(&part, "x y", false) == 0 && strcmp(content("x y"), "moo") == 0);
    OK(size_of("x y.part") == -1);
    part_close(&part, false);
    OK(strcmp(content("x y"), "moo") == 0);
}

/* What a process leaves that is killed between the three writes of part_add. */
static void test_torn(void)
{
    struct part part;
    uint64_t have = 0;

    make("x y.part", "helloXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", mark);
    OK(part_open(&part, "x y", &have) == 0 && have == 5);
    OK(part_add(&part, 5, "!", 1) == 0);
    part_close(&part, true);
    OK(part_open(&part, "x y", &have) == 0 && have == 6);
    part_close(&part, false);
    OK(size_of("x y.part") == -1);
}

static void test_not_ours(void)
{
    static const char *const others[] = {
        "", "mine\n", "\nrollcall part 887fcea6a80333c6 00000000000000000001\n",
        "hello\nrollcall part 0000000000000000 00000000000000000005\n",
        "hello\nrollcall part 887fcea6a80333c6 0000000000000000000x\n"};
    struct part part;
    uint64_t have;

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        make("x y.part", others[i], "");
        OK(part_open(&part, "x y", &have) == 0 && have == 0);
        OK(strcmp(part.path, "rollcall-887fcea6a80333c6.part") == 0);
        part_close(&part, false);
        OK(strcmp(content("x y.part"), others[i]) == 0);
    }
    make("rollcall-887fcea6a80333c6.part", "mine", "");
    OK(part_open(&part, "x y", &have) == -1 && errno == EEXIST);
    OK(part.fd == -1 && strcmp(content("rollcall-887fcea6a80333c6.part"), "mine") == 0);
    unlink("rollcall-887fcea6a80333c6.part");
    unlink("x y.part");
    if (symlink("elsewhere", "x y.part") != 0)
        BAIL("no links here");
    OK(part_open(&part, "x y", &have) == 0);
    OK(strncmp(part.path, "rollcall-", 9) == 0 && size_of("elsewhere") == -1);
    part_close(&part, false);
    unlink("x y.part");
}

/* Names of all lengths that a file can have; paths in which only the file itself fits. */
static void test_names(void)
{
    char name[256], path[PATH_MAX];
    struct part part;
    uint64_t have;

    for (size_t length = 249; length <= 255; length++) {
        memset(name, 'n', length);
        name[length] = '\0';
        OK(part_open(&part, name, &have) == 0);
        OK(part_complete(&part, 0) == 0 && part_place(&part, name, false) == 0);
        part_close(&part, false);
        OK(size_of(name) == 0 && unlink(name) == 0);
    }
    memset(path, '/', sizeof path);
    path[0] = '.';
    memcpy(path + sizeof path - 4, "xyz", 4);
    OK(part_open(&part, path, &have) == -1 && errno == ENAMETOOLONG);
    OK(part_open(&part, "nowhere/x", &have) == -1 && errno == ENOENT);
}

/* A file that took the part's name is not moved, and not removed. */
static void test_replaced(void)
{
    struct part part;
    uint64_t have;

    OK(part_open(&part, "z", &have) == 0);
    unlink("z.part");
    make("z.part", "mine", "");
    OK(part_complete(&part, 0) == 0);
    OK(part_place(&part, "z", true) == -1 && errno == ENOENT);
    part_close(&part, false);
    OK(strcmp(content("z.part"), "mine") == 0 && size_of("z") == -1);
}

static void test_locked(void)
{
    struct part part, other;
    uint64_t have;
    int status = 0;
    pid_t child;

    OK(part_open(&part, "w", &have) == 0);
    child = fork(); /* a process's own locks do not keep itself out */
    if (child == 0)
        _exit(part_open(&other, "w", &have) == -1 && errno == EBUSY ? 0 : 1);
    OK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    make("w", "there", "");
    OK(part_complete(&part, 0) == 0);
    OK(part_place(&part, "w", false) == -1 && errno == EEXIST);
    OK(part_place(&part, "w", true) == 0 && size_of("w") == 0);
    part_close(&part, false);
}

int main(void)
{
    char directory[] = "/tmp/rollcall-test-part.XXXXXX";

    if (mkdtemp(directory) == NULL || chdir(directory) != 0)
        BAIL("no directory to try in");
    test_continue();
    test_torn();
    test_not_ours();
    test_names();
    test_replaced();
    test_locked();
    if (unlink("x y") != 0 || unlink("z.part") != 0 || unlink("w") != 0 || chdir("/") != 0 ||
        rmdir(directory) != 0)
        BAIL("something is left over");
    return tap_end();
}
