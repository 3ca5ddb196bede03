#define _POSIX_C_SOURCE 200809L

#include "server/web/condition.h"

#include <string.h>

#include "server/web/date.h"
#include "server/wire/protocol.h"

static const char *skip_weak(const char *etag)
{
    return etag[0] == 'W' && etag[1] == '/' ? etag + 2 : etag;
}

/* strong: tags that are marked as weak are not the same as any. */
static bool listed(const char *list, const char *etag, bool strong)
{
    if (strcmp(list, "*") == 0)
        return true;
    while (*list != '\0') {
        const char *opaque, *end;

        list += strspn(list, ", \t");
        opaque = skip_weak(list);
        end = *opaque == '"' ? strchr(opaque + 1, '"') : NULL;
        if (end == NULL)
            return false;
        if (strlen(skip_weak(etag)) == (size_t)(end + 1 - opaque) &&
            strncmp(opaque, skip_weak(etag), (size_t)(end + 1 - opaque)) == 0 &&
            !(strong && (opaque != list || skip_weak(etag) != etag)))
            return true;
        list = end + 1;
    }
    return false;
}

bool condition_lists(const char *list, const char *etag)
{
    return listed(list, etag, false);
}

/* "FROM-TO", "FROM-" or "-COUNT", of a content with so many bytes. Several ranges, or what is none,
 * are answered with all of it: HTTP_OK. */
static enum http_status take_range(const char *text, uint64_t size, uint64_t *from, uint64_t *to)
{
    static const char unit[] = "bytes=";
    const char *dash;
    char number[24];
    uint64_t last;
    size_t length;

    if (strncmp(text, unit, sizeof unit - 1) != 0)
        return HTTP_OK;
    text += sizeof unit - 1;
    dash = strchr(text, '-');
    length = dash ? (size_t)(dash - text) : sizeof number;
    if (length >= sizeof number || (dash[1] != '\0' && !protocol_parse_number(dash + 1, &last)))
        return HTTP_OK;
    memcpy(number, text, length);
    number[length] = '\0';
    *to = size;
    if (length == 0 && dash[1] != '\0')
        *from = last < size ? size - last : 0;
    else if (!protocol_parse_number(number, from) || (dash[1] != '\0' && last < *from))
        return HTTP_OK;
    else if (dash[1] != '\0' && last < size)
        *to = last + 1;
    return *from < size ? HTTP_PARTIAL : HTTP_PAST_END;
}

/* Whether the part that the client has is of this version: told by an entity tag, or by a time. */
static bool is_same(const char *condition, const struct version *version)
{
    time_t when;

    if (condition[0] == '"' || condition[0] == 'W')
        return listed(condition, version->etag, true);
    return version->etag[0] != 'W' && date_parse(condition, &when) && when == version->modified;
}

/* In the order of RFC 9110, section 13.2.2. */
enum http_status condition_check(const struct http_request *request, const struct version *version,
                                 uint64_t *from, uint64_t *to)
{
    const char *match = http_value(request, "if-match");
    const char *unmodified = http_value(request, "if-unmodified-since");
    const char *none_match = http_value(request, "if-none-match");
    const char *modified = http_value(request, "if-modified-since");
    const char *range = http_value(request, "range"), *part = http_value(request, "if-range");
    time_t when;

    *from = 0;
    *to = version->size;
    if (match != NULL
            ? !listed(match, version->etag, true)
            : unmodified != NULL && date_parse(unmodified, &when) && version->modified > when)
        return HTTP_FAILED;
    if (none_match != NULL
            ? listed(none_match, version->etag, false)
            : modified != NULL && date_parse(modified, &when) && version->modified <= when)
        return HTTP_NOT_MODIFIED;
    if (range == NULL || request->head_only || (part != NULL && !is_same(part, version)))
        return HTTP_OK;
    return take_range(range, version->size, from, to);
}
