/* limit [FILE]: the bare system calls that a server of one process for each client cannot do
 * without: accept, fork, greet, then echo lines, or send FILE for any line "file:NAME", until the
 * client closes. No table, no log, no names, no checks. Prints its port. */
#ifdef __linux__
#include <sys/sendfile.h>
#endif

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void send_file(int fd, const char *path)
{
    int file = open(path, O_RDONLY);
    struct stat st;
    char head[64];
    off_t at = 0;

    if (file < 0 || fstat(file, &st) != 0)
        return;
    if (write(fd, head,
              (size_t)snprintf(head, sizeof head, "150 %lld 0 x\n", (long long)st.st_size)) < 0)
        return;
#ifdef __linux__
    while (at < st.st_size && sendfile(fd, file, &at, (size_t)(st.st_size - at)) > 0)
        ;
#else
    for (char piece[65536]; at < st.st_size;) {
        ssize_t got = pread(file, piece, sizeof piece, at);

        if (got <= 0 || write(fd, piece, (size_t)got) != got)
            return;
        at += got;
    }
#endif
    close(file);
}

static void serve(int fd, const char *path)
{
    static const char greeting[] = "220 Enter Client01\n";
    char line[4096 + 8] = "200 ";
    ssize_t got;

    if (write(fd, greeting, sizeof greeting - 1) < 0)
        return;
    while ((got = read(fd, line + 4, 4096)) > 0)
        if (path != NULL && strncmp(line + 4, "file:", 5) == 0)
            send_file(fd, path);
        else if (write(fd, line, (size_t)got + 4) < 0)
            return;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 4096) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        perror("limit");
        return 1;
    }
    printf("port %u\n", ntohs(address.sin_port));
    fflush(stdout);
    signal(SIGCHLD, SIG_IGN); /* nobody to wait for */
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            continue;
        if (fork() == 0) {
            close(listener);
            serve(fd, argc > 1 ? argv[1] : NULL);
            _exit(0);
        }
        close(fd);
    }
}
