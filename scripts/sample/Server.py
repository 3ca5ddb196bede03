"""What rollcalld does for one client at a time: python3 Server.py, then nc localhost 8001."""
import socket

with socket.create_server(("localhost", 8001)) as server:
    while True:
        connection, _ = server.accept()
        with connection, connection.makefile("rw", newline="\n") as stream:
            stream.write("220 Enter Client01\n")
            stream.flush()
            for line in stream:
                stream.write("200 " + line.rstrip() + " ACK\n")
                stream.flush()
