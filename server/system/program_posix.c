/* Any system: POSIX.1-2008 has no way to hand the memory of one program to the next. */
#include "server/system/program.h"

#include <errno.h>

int program_find(struct program *program)
{
    *program = (struct program){.directory = -1};
    errno = ENOSYS;
    return -1;
}

int program_open(const struct program *program)
{
    (void)program;
    errno = ENOSYS;
    return -1;
}

int program_choose_word(unsigned long *word)
{
    *word = 0;
    errno = ENOSYS;
    return -1;
}

void program_execute(int file, char *const *words, char *const *environment, unsigned long word)
{
    (void)file;
    (void)words;
    (void)environment;
    (void)word;
    errno = ENOSYS;
}

void program_begin(const struct program *program, bool guarded)
{
    (void)program;
    (void)guarded;
}

void program_keep_descriptors(int last, bool keep)
{
    (void)last;
    (void)keep;
}

int program_memory(size_t size)
{
    (void)size;
    errno = ENOSYS;
    return -1;
}

void program_memory_clear(int memory, size_t size)
{
    (void)memory;
    (void)size;
}
