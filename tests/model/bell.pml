/* Wake-ups, as server/bell.h describes them: writers add lines to the table and then ring; each
 * reader takes the edge, looks at the table, reads what is there, and sleeps until the next edge. A
 * writer does not ring if somebody has rung for its line (talk_wake, shm/table/talk.c); it may wait
 * before it rings, so that one ring is for many lines. A writer may die between adding a line and
 * ringing, or having noted it; the parent rings when it reaps the writer.
 * Checked by spin (`make model`): when nothing moves any more, every reader has read every line.
 *
 * With -DWRONG a reader looks first and takes the edge afterwards, and with -DEARLY a writer counts the
 * lines that it has rung for after it rang. Then spin finds a line that nobody is woken for, which shows
 * that this model can tell. */
#ifndef WRITERS
#define WRITERS 2
#endif
#define READERS 2
#define LINES   2 /* of each writer */

byte added, rung;   /* lines in the table; of them, lines that somebody has rung for */
byte dead, reaped;  /* writers */
bool edge[READERS]; /* the bell was rung after the reader took its last edge */
byte heard[READERS];

inline ring()
{
    atomic { edge[0] = true; edge[1] = true }
}

active [WRITERS] proctype writer()
{
    byte said, counted;

    do
    :: said < LINES ->
        atomic { added++; said++ } /* under the lock */
        if
        :: counted = added;
            if
            :: rung == counted
            :: rung != counted ->
#ifdef EARLY
                if :: ring() :: dead++; break fi;
                rung = added
#else
                rung = counted;
                if :: ring() :: dead++; break fi
#endif
            fi
        :: said < LINES /* it says more first: one ring for both */
        :: dead++; break
        fi
    :: said == LINES -> break
    od
}

active proctype parent()
{
end:
    do
    :: dead > reaped -> reaped++; ring()
    od
}

active [READERS] proctype reader()
{
    byte me = _pid - WRITERS - 1, seen;

end:
    do
    :: edge[me] ->
#ifdef WRONG
        seen = added;
        edge[me] = false;
#else
        edge[me] = false;
        seen = added;
#endif
        heard[me] = seen /* line by line, while others add more */
    od
}

active proctype silence()
{
    timeout -> assert(heard[0] == added && heard[1] == added)
}
