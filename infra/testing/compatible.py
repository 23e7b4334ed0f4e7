"""A compatible client in another language: commands on stdin, received events on stdout, one JSON line each.
With a name as its argument it reconnects by itself, as python3-socketio does by default, but sooner than after 1 to 5 s, and signs in
under that name after each connect, as such programs do: the library gives up a connection whose answer takes more than a second.

{"do": "connect", "url": ..., "transports": [...], "auth": {...}} | {"do": "emit", "event": ..., "payload": ...} | {"do": "close"}
"""
import json
import sys
import threading

import socketio

name = sys.argv[1] if len(sys.argv) > 1 else None
client = socketio.Client(reconnection=name is not None, reconnection_delay=0.25, reconnection_delay_max=2)
# Each event is handled in a thread of its own, and their lines must not interleave.
printing = threading.Lock()


def report(event, payload=None):
    with printing:
        print(json.dumps({"event": event, "payload": payload}), flush=True)


@client.event
def connect():
    report("(connect)", {"transport": client.transport(), "session": client.eio.sid})
    if name:
        client.emit("add-user", name)
        # It speaks the course protocol too, and so receives its messages.
        client.emit("deleteMessage", {"messageId": "none"})


@client.event
def disconnect():
    report("(disconnect)")


@client.on("*")
def received(event, payload=None, *more):
    report(event, payload)
    if event == "login":
        report("(login)", {"session": client.eio.sid})


for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "connect":
        # The first one is not tried again.
        client.connect(command["url"], transports=command.get("transports"), auth=command.get("auth"), wait_timeout=10)
    elif command["do"] == "emit":
        try:
            # None is an event without an argument, and JSON's null an argument.
            if "payload" in command:
                client.emit(command["event"], command["payload"])
            else:
                client.emit(command["event"])
        except socketio.exceptions.BadNamespaceError:
            report("(not connected)", command["event"])
    elif command["do"] == "close":
        client.disconnect()
        break
