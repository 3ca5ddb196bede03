/* --check-confinement: the daemon goes through its own steps in a room of the trial's, without a
 * port, and then forks a handler that attacks instead of serving. So what is tried is the
 * confinement of a daemon that is started with the same options. */
#ifndef SERVER_SYSTEM_TRIAL_H
#define SERVER_SYSTEM_TRIAL_H

struct trial {
    char room[32];
    char bait[64]; /* a file in /tmp that only confinement keeps this user from removing */
    int share;     /* descriptor of the shared directory; the caller's to set */
};

/* Names the room, makes the bait, and forks. Only the child returns, to become the daemon; the
 * other process stays unconfined, prints what the child prints, removes the bait, and exits with
 * the child's status. 0, or -1 with errno. */
int trial_begin(struct trial *trial);

/* In the confined parent: forks a handler that tries what must be impossible, and prints how each
 * attempt ended. Returns the status to exit with: 0 where all of them failed. */
int trial_run(const struct trial *trial);

#endif
