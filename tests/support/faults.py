"""What networks do to datagrams, as filters for coap.Endpoint: `endpoint.outgoing = Loss(…)`."""


def double(message):
    """Every datagram arrives twice."""
    return 2


class Loss:
    """Loses the first `times` messages that match; `lost` are those."""

    def __init__(self, matches, times=1):
        self.matches, self.times, self.lost = matches, times, []

    def __call__(self, message):
        if not self.matches(message) or len(self.lost) >= self.times:
            return True
        self.lost.append(message)
        return False


class Echo:
    """Sends each message that matches again, after the next one: a duplicate that took its time."""

    def __init__(self, endpoint, matches=lambda message: True):
        self.endpoint, self.matches = endpoint, matches
        self.previous = None
        self.echoed = []

    def __call__(self, message):
        late, self.previous = self.previous, message.encode() if self.matches(message) else None
        self.endpoint.send_octets(message.encode())
        if late is not None:
            self.echoed.append(late)
            self.endpoint.send_octets(late)
        return False


class Delay:
    """Keeps the messages that match until release(), which gives them in the order wanted."""

    def __init__(self, endpoint, matches):
        self.endpoint, self.matches, self.kept = endpoint, matches, []

    def __call__(self, message):
        if not self.matches(message):
            return True
        self.kept.append(message.encode())
        self.endpoint.changed()
        return False

    def release(self, backwards=False):
        kept, self.kept = self.kept, []
        for octets in reversed(kept) if backwards else kept:
            self.endpoint.send_octets(octets)
