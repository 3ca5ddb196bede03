/* Every bound of the client, with its unit and the reason for its value. */
#ifndef CLIENT_LIMITS_H
#define CLIENT_LIMITS_H

/* ---- the connection: milliseconds without a byte from the server */

#define REMOTE_CONNECT_MS 10000 /* for each address and for the greeting, which come at once */
#define REMOTE_ANSWER_MS  60000 /* in the middle of an answer: the server may compute a digest */
#define REMOTE_LATE_MS    1000  /* then the user is told that the server is waited for */
#define REMOTE_GOODBYE_MS 5000  /* at the end, when no answer matters any more */

#define REMOTE_PING      30 /* s without a request, by default: proxies forget who is silent for 50 */
#define REMOTE_PING_MOST 3600 /* in a setting; who wants none says 0 */

/* ---- waiting for a place in a full room (--wait) */

#define TARGET_WAIT_MOST 604800 /* s; a week is "until there is one" */
#define PLACE_SILENT_MS  90000  /* ms without a word of the queue, which comes each 30 s */
#define TARGET_MS_FIRST  2000   /* ms until the second try; each wait is half as long again, */
#define TARGET_MS_MOST   15000  /* ms at most, give or take a quarter: not all at once */

/* ---- connecting again after a loss, with a file under way */

#define AGAIN_SECONDS_MOST     8     /* s between two tries; the wait begins with 1 s and doubles */
#define AGAIN_BYTES_LEAST      65536 /* bytes; a connection that brings fewer is a failed try */
#define AGAIN_CONNECTIONS_MOST 1000  /* for one file: a server could break each of them */

/* ---- files */

#define FILE_CHUNK         65536   /* bytes read at once; more is not faster */
#define PUT_ASK_LEAST      1048576 /* bytes; a shorter file is read before an answer would come */
#define DOWNLOAD_CUTS_MOST 5 /* transfers that the server ends, of a file that keeps changing */
#define LIST_NAMES_MOST    1000000 /* in all lists of one get: a server must not fill the memory */
#define LIST_FOLDERS_MOST  64      /* folders in folders; nobody hands out a deeper tree */

/* ---- what is typed */

#define TYPING_KEYS   4096      /* bytes read from the terminal and not decoded yet */
#define TYPING_KEY_MS 50        /* ms: the rest of a key's escape sequence comes within these */
#define PASTE_MAX     (1 << 16) /* bytes pasted at once: some hundred lines of a program */
#define PASTE_END_MS  1000 /* ms without a byte: the paste's end was lost, a link is not so slow */
#define PASTE_SHOWN   10   /* lines of a paste that are shown before the user confirms it */
#define TYPING_QUEUE  256  /* lines that wait to be sent, of a paste or typed meanwhile */

#define EDITOR_HISTORY 1000 /* lines that Up and Ctrl-R find */
#define EDITOR_SEARCH  128  /* bytes that Ctrl-R searches for */
#define HISTORY_LINES  2000 /* in the file; then it is replaced by those that Up finds */

#define LINES_WORD      64  /* bytes of a command's word: it is repeated when it is unknown */
#define COMPLETE_LISTED 512 /* completions of a word: more do not fit on a screen */

/* ---- what is shown */

#define SCREEN_STATUS    512       /* bytes of the status line, and of a prompt */
#define SCREEN_OUT       (1 << 16) /* bytes drawn at once: the longest line and the lower part */
#define WINDOW_RESIZE_MS 60        /* ms without another change of the size before it is redrawn */
#define TABLE_LINES      65536     /* lines of an answer: more than a listing has */

#define TERMINAL_COLUMNS_LEAST 10  /* fewer are taken to be this many */
#define TERMINAL_COLUMNS_MOST  500 /* more are not used */

/* ---- the room */

#define ROOM_NAME       128   /* bytes of the room's name, with its NUL */
#define ROOM_OWN        16    /* lines of its own that are not shown again after a loss */
#define ROOM_RUN        64    /* bytes of the word for a run of the room, with its NUL */
#define HELD_MOST       32    /* private messages that wait for clients to come back */
#define HELD_MS         45000 /* ms after a reconnect: JOIN_RETRY_MOST, and what a start may take */
#define HELD_AGAIN_MS   1000  /* ms between two tries */
#define EXPECTED_MOST   256   /* answers that have not come; then the connection is given up */
#define LATE_MOST       64    /* stopped requests whose answers still come; each is a Ctrl-C */
#define ROOM_NAMES_LINE 400   /* bytes of a line of /names */
#define ARRIVAL_MS      1000  /* ms in which a client that came takes its name, or goes again */
#define ARRIVALS_MOST   64    /* clients in that time: a class that comes at once */
#define JOIN_RETRY_MOST 30    /* s between two tries to connect again, after 1, 2, 4, ... */

/* ---- waiting */

#define KEYBOARD_WAIT_MOST 60000 /* ms in one wait, so that any time fits into an int */

#endif
