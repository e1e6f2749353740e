"""Ports for servers that a test starts, stops and starts again."""

import random
import socket

# Sockets that say "taken" to other scripts, each bound to its port on an address nothing else uses. TCP,
# also for UDP ports: the program binds those to every address when it makes a downlink socket.
_guards = []


def _ports():
    """Ports that the kernel never gives to a socket that asked for none, in random order."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        low, high = map(int, file.read().split())
    ports = [*range(10000, min(low, 65536)), *range(high + 1, 65536)]
    return random.sample(ports, len(ports)) if ports else [0] * 100


def free_port(kind=socket.SOCK_STREAM):
    """A port of 127.0.0.1 that stays this script's until it ends, also while its program is down."""
    for port in _ports():
        guard = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            guard.bind(("127.0.0.3", port))
            port = guard.getsockname()[1]
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            guard.close()
            continue
        _guards.append(guard)
        return port
    raise AssertionError("no free port")
