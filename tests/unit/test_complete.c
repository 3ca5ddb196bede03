#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "client/chat/complete.h"
#include "tests/unit/tap.h"

static struct complete complete;
static struct editor editor;
static struct room room;

/* Tab after this text; the server has these files in the directory that is asked for. */
static bool tab(const char *text, const char *const *files)
{
    editor_clear(&editor);
    (void)editor_insert(&editor, text, strlen(text));
    if (complete_begin(&complete, &editor))
        for (; files != NULL && *files != NULL; files++)
            table_add(&complete.files, *files);
    return complete_word(&complete, &editor, &room);
}

static bool becomes(const char *text, const char *to)
{
    return !tab(text, NULL) && strcmp(editor.text, to) == 0;
}

/* What was typed stays, and there are so many ways to go on. */
static bool stays(const char *text, size_t matches)
{
    bool shown = tab(text, NULL) && strcmp(editor.text, text) == 0;

    return shown && complete.matches.count == matches;
}

int main(void)
{
    static const char *const files[] = {"week1.txt", "week2.txt", "notes", "\x1b[2J", NULL};

    room_call(&room, "anna");
    room_take_member(&room, "anna x", false);
    room_take_member(&room, "Barbara x", false);
    OK(becomes("stat", "status") && becomes("zzz", "zzz") && becomes("", ""));
    OK(becomes("ba", "Barbara: ") && becomes("hello ba", "hello Barbara "));
    OK(becomes("@ba", "@Barbara ") && becomes("hello @B", "hello @Barbara "));
    OK(becomes("/whois ba", "/whois Barbara ") && becomes("/msg @ba", "/msg @Barbara "));
    OK(becomes("an", "an")); /* nobody writes to herself */
    OK(becomes("/msg ba", "/msg Barbara ") && becomes("tell:ba", "tell:Barbara "));
    OK(becomes("tell:bob ba", "tell:bob Barbara "));
    OK(becomes("/tim", "/timestamp ") && becomes("/TIM", "/timestamp "));
    OK(becomes("/ha", "/hand") && stays("/hand", 2));
    OK(becomes("pie", "pie") && becomes("res", "res")); /* the client's own requests */
    OK(becomes("lea", "lea") && becomes("/lea", "/leave "));
    editor_clear(&editor);
    (void)editor_insert(&editor, "status", 6);
    OK(!complete_asks(&editor) && !complete_begin(&complete, &editor));
    OK(!tab("/get lessons/w", files) && strcmp(editor.text, "/get lessons/week") == 0);
    OK(strcmp(complete.directory, "lessons/") == 0);
    OK(tab("/get lessons/week", files) && complete.matches.count == 2);
    /* while a request is under way the server cannot be asked: what is known is used */
    editor_clear(&editor);
    (void)editor_insert(&editor, "/get lessons/n", 14);
    OK(complete_asks(&editor) && !complete_word(&complete, &editor, &room));
    OK(strcmp(editor.text, "/get lessons/notes") == 0);
    OK(!tab("file:no", files) && strcmp(editor.text, "file:notes") == 0);
    OK(complete.directory[0] == '\0');
    OK(tab("sum:", files) && complete.matches.count == 3); /* without the one that is no text */
    /* before the cursor: what stands after it stays */
    editor_clear(&editor);
    (void)editor_insert(&editor, "stat more", 9);
    editor.cursor = 4;
    OK(!complete_word(&complete, &editor, &room) && strcmp(editor.text, "status more") == 0);
    complete_free(&complete);
    room_free(&room);
    editor_free(&editor);
    return tap_end();
}
