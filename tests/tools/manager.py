#!/usr/bin/env python3
"""A service manager as far as its descriptor store goes (FileDescriptorStoreMax=): MANAGER SOCKET NOTES.

Starts the command of each line of its standard input, with what it keeps as $LISTEN_FDS; one after the
other, as `systemctl restart` does. NOTES gets what the service says, followed each time by what is
kept by then, and when it has started and ended. At the end of its input it ends.
"""
import array
import os
import select
import shlex
import socket
import sys

FIRST = 3  # SD_LISTEN_FDS_START

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
notes = open(sys.argv[2], "a", buffering=1)
store = []  # (name, descriptor)


def hear():
    space = socket.CMSG_SPACE(64 * array.array("i").itemsize)
    text, passed, _, _ = receiver.recvmsg(4096, space)
    descriptors = array.array("i")
    for level, kind, data in passed:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(data)
    said = dict(line.partition("=")[::2] for line in text.decode().split("\n"))
    if said.get("FDSTOREREMOVE") == "1":
        for one in [one for one in store if one[0] == said["FDNAME"]]:
            store.remove(one)
            os.close(one[1])
    if said.get("FDSTORE") == "1":
        store.extend((said["FDNAME"], descriptor) for descriptor in descriptors)
    else:
        for descriptor in descriptors:
            os.close(descriptor)
    print(text.decode(), "kept " + " ".join(name for name, _ in store), sep="\n", file=notes)


def start(command):
    child = os.fork()
    if child:
        print(f"started {child}", file=notes)
        return
    # above all descriptors that they are to become
    high = [os.dup2(one, 100 + i) for i, (_, one) in enumerate(store)]
    for i, one in enumerate(high):
        os.dup2(one, FIRST + i)
    os.closerange(FIRST + len(high), 200)
    environment = dict(os.environ, NOTIFY_SOCKET=os.path.abspath(sys.argv[1]))
    if store:
        environment |= {
            "LISTEN_PID": str(os.getpid()),
            "LISTEN_FDS": str(len(store)),
            "LISTEN_FDNAMES": ":".join(name for name, _ in store),
        }
    os.execvpe(command[0], command, environment)


def reap():
    try:
        child, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return
    if child:
        print(f"ended {child} {os.waitstatus_to_exitcode(status)}", file=notes)


while True:
    ready, _, _ = select.select([receiver, sys.stdin], [], [], 0.05)
    reap()
    if receiver in ready:
        hear()
    elif ready:
        line = os.read(0, 4096)
        if not line:
            break
        start(shlex.split(line.decode()))
