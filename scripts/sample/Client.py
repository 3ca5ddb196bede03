"""The smallest client: python3 Client.py, then type; an empty line ends it."""
import socket

with socket.create_connection(("localhost", 8000)) as connection:
    stream = connection.makefile("rw", newline="\n")
    print(stream.readline().rstrip())
    while text := input("> "):
        stream.write("msg:" + text + "\n")
        stream.flush()
        print(stream.readline().rstrip())
