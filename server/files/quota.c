#define _POSIX_C_SOURCE 200809L

#include "server/files/quota.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "server/files/handin_part.h"
#include "server/limits.h"

struct use {
    uint64_t bytes, files;
};

/* A part that nobody writes to. */
struct idle {
    char name[HANDIN_PART_NAME_SIZE];
    int64_t modified;
    uint64_t bytes;
    bool of_client;
};

struct count {
    struct use client, all; /* stored and arriving */
    struct use client_idle, idle_all;
    size_t idle_count;
    struct idle idle[LIMIT_INBOX_PARTS];
};

/* ---- counting */

static void add(struct use *use, uint64_t bytes)
{
    use->bytes += bytes;
    use->files++;
}

/* The regular files in one directory. Returns 0, or -1 with errno. */
static int add_directory(struct use *use, int directory)
{
    DIR *listing = inbox_list(directory);
    const struct dirent *entry;
    struct stat st;

    if (listing == NULL)
        return -1;
    while ((entry = readdir(listing)) != NULL)
        if (fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            add(use, (uint64_t)st.st_size);
    closedir(listing);
    return 0;
}

/* What lies in the inbox itself: files, and what others are sending. Returns whether it is a part
 * that nobody writes to. */
static bool add_idle(struct count *count, const struct quota *quota, const char *name)
{
    struct idle *idle = &count->idle[count->idle_count];
    struct stat st;

    if (count->idle_count == LIMIT_INBOX_PARTS || strcmp(name, quota->part) == 0 ||
        !handin_part_is_idle(quota->inbox->fd, name, &st))
        return false;
    memcpy(idle->name, name, sizeof idle->name);
    idle->modified = st.st_mtim.tv_sec;
    idle->bytes = (uint64_t)st.st_size;
    idle->of_client = handin_part_is_of_client(name, quota->part);
    count->idle_count++;
    add(&count->idle_all, idle->bytes);
    if (idle->of_client)
        add(&count->client_idle, idle->bytes);
    return true;
}

/* One name in the inbox: a file, or a client's directory. Returns 0, or -1 with errno. */
static int add_entry(struct count *count, const struct quota *quota, const char *name)
{
    int inbox = quota->inbox->fd, directory, failed;
    struct stat st;

    if (add_idle(count, quota, name) || fstatat(inbox, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    if (S_ISREG(st.st_mode))
        add(&count->all, (uint64_t)st.st_size);
    if (!S_ISDIR(st.st_mode) || name[0] == '.')
        return 0;
    directory = openat(inbox, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (directory < 0)
        return 0;
    failed = add_directory(&count->all, directory);
    close(directory);
    return failed;
}

/* Returns 0, or -1 with errno. */
static int count_all(struct count *count, const struct quota *quota)
{
    const struct dirent *entry;
    DIR *listing;
    int failed = 0;

    memset(count, 0, offsetof(struct count, idle));
    if (quota->directory >= 0 && add_directory(&count->client, quota->directory) != 0)
        return -1;
    listing = inbox_list(quota->inbox->fd);
    if (listing == NULL)
        return -1;
    while (failed == 0 && (entry = readdir(listing)) != NULL)
        failed = add_entry(count, quota, entry->d_name);
    closedir(listing);
    return failed;
}

/* ---- the limits */

static bool client_fits(const struct count *count, const struct quota *quota, struct use idle)
{
    return count->client.bytes + idle.bytes + quota->length <= quota->inbox->limits.client &&
           count->client.files + idle.files < quota->inbox->limits.files;
}

/* freed: bytes on the disk that would become free. Returns whether all fits, or -1 with errno. */
static int all_fits(const struct count *count, const struct quota *quota, uint64_t more,
                    uint64_t idle, uint64_t freed)
{
    const struct inbox_limits *limits = &quota->inbox->limits;
    struct statvfs disk;

    if (fstatvfs(quota->inbox->fd, &disk) != 0)
        return -1;
    return count->all.bytes + idle + more <= limits->total &&
           (uint64_t)disk.f_bavail * disk.f_frsize + freed >= limits->free + more;
}

/* Whether the limits hold without the idle parts. Returns 0, or an errno. */
static int check(const struct count *count, const struct quota *quota, uint64_t more)
{
    const struct use none = {0};
    int fits = all_fits(count, quota, more, 0, count->idle_all.bytes);

    if (fits < 0)
        return errno;
    if (count->client.files >= quota->inbox->limits.files)
        return EMFILE;
    if (!client_fits(count, quota, none))
        return EDQUOT;
    return fits ? 0 : ENOSPC;
}

/* ---- making room */

static int compare_age(const void *one, const void *other)
{
    const struct idle *a = one, *b = other;

    return (a->modified > b->modified) - (a->modified < b->modified);
}

/* Removes a part, unless somebody has begun to go on with it, and counts it no more. */
static void give_up(struct count *count, const struct quota *quota, struct idle *idle)
{
    if (idle->name[0] == '\0')
        return;
    if (handin_part_remove(quota->inbox->fd, idle->name) != 0)
        add(&count->all, idle->bytes);
    count->idle_all.bytes -= idle->bytes;
    count->idle_all.files--;
    if (idle->of_client) {
        count->client_idle.bytes -= idle->bytes;
        count->client_idle.files--;
    }
    idle->name[0] = '\0';
}

/* The counted part of it: static, because it is larger than a handler's stack should become, and
 * not touched where nothing is handed in. */
static struct count counted;

int quota_check(const struct quota *quota, uint64_t more)
{
    return count_all(&counted, quota) == 0 ? check(&counted, quota, more) : errno;
}

int quota_make_room(const struct quota *quota, uint64_t more)
{
    struct count *count = &counted;
    int failed = quota_check(quota, more);

    if (failed != 0)
        return failed;
    qsort(count->idle, count->idle_count, sizeof count->idle[0], compare_age);
    for (size_t i = 0; i < count->idle_count && !client_fits(count, quota, count->client_idle); i++)
        if (count->idle[i].of_client)
            give_up(count, quota, &count->idle[i]);
    for (size_t i = 0; i < count->idle_count; i++) {
        if (count->idle_all.files < LIMIT_INBOX_PARTS &&
            all_fits(count, quota, more, count->idle_all.bytes, 0) > 0)
            return 0;
        give_up(count, quota, &count->idle[i]);
    }
    return all_fits(count, quota, more, count->idle_all.bytes, 0) > 0 ? 0 : ENOSPC;
}
