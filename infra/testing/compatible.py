"""A borrowed client in another language: commands on stdin, one JSON line each, what is heard on stdout.
With the argument "comes-back" it connects again by itself, as python3-socketio does unless it is told not to, though sooner than after its 1 to 5 s.

{"do": "connect", "url": ..., "transports": [...], "auth": {...}} | {"do": "emit", "word": ..., "said": ...} | {"do": "close"}
"""
import json
import sys
import threading

import socketio

client = socketio.Client(reconnection="comes-back" in sys.argv, reconnection_delay=0.25, reconnection_delay_max=2)
# Each word is heard in a thread of its own, and their lines must not run into each other.
telling = threading.Lock()


def tell(word, said=None):
    with telling:
        print(json.dumps({"word": word, "said": said}), flush=True)


@client.event
def connect():
    tell("(connect)", {"transport": client.transport(), "session": client.eio.sid})


@client.event
def disconnect():
    tell("(disconnect)")


@client.on("*")
def heard(word, said=None, *more):
    tell(word, said)


for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "connect":
        client.connect(command["url"], transports=command.get("transports"), auth=command.get("auth"))
    elif command["do"] == "emit":
        try:
            # None is a word without an argument, and JSON's null an argument.
            if "said" in command:
                client.emit(command["word"], command["said"])
            else:
                client.emit(command["word"])
        except socketio.exceptions.BadNamespaceError:
            tell("(not connected)", command["word"])
    elif command["do"] == "close":
        client.disconnect()
        break
