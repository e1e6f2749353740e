"""What the process-level tests share: a CSE, the program and devices, started as a test wants them.

Import it first: scripts of tests/integration put this folder on the module path and then

    from interworking import InterworkingTest, main
"""

import json
import time
import unittest

from coap import code
from ipe_process import Ipe, main, program  # noqa: F401 (for the scripts)
from lwm2m_device import Device
from mca import Application
from mca_cse import Cse

IPE = "lwm2m-ipe"  # resource name of the program's own AE


class InterworkingTest(unittest.TestCase):
    """Each test has its own CSE and program; both end with it."""

    def start(self, settings=None, cse=None, ready=True, yaml=None):
        self.cse = cse or Cse()
        if ready:
            self.cse.start()
        self.addCleanup(self.cse.stop)
        self.ipe = Ipe(self.cse.url, settings, yaml)
        self.addCleanup(self._end)
        self.ipe.start(ready)
        if ready:
            self.app = self.application()
            self.app.register()
        return self.ipe

    def _end(self):
        failed = self._failed()
        self.ipe.__exit__(AssertionError if failed else None)

    def _failed(self):
        """Has this test failed so far? (Before and after Python 3.11.)"""
        outcome = self._outcome
        result = outcome.result
        if hasattr(outcome, "errors"):
            return any(error for _, error in outcome.errors)
        return any(test is self for test, _ in result.failures + result.errors)

    def application(self, originator="Capp"):
        return Application(self.cse.url, self.cse.base_name, originator)

    def device(self, name="urn:imei:990000862471854", **options):
        device = Device(self.ipe.coap, name, **options)
        self.addCleanup(device.close)
        return device

    def registered(self, name="urn:imei:990000862471854", **options):
        """A device whose tree is complete, and the resource name of its AE."""
        device = self.device(name, **options)
        self.assert_code("2.01", device.register())
        ae = name[4:].replace(":", "-") if name.startswith("urn:") else name
        self.cse.wait_resource(ae + "/responses")
        return device, ae

    def assert_code(self, wanted, message):
        from coap import code_text
        self.assertEqual(code_text(message.code), wanted, message)

    def assert_soon(self, predicate, message, timeout=30.0):
        """The predicate looks at the CSE; it is asked after each request there."""
        self.assertTrue(self.cse.wait(predicate, timeout), message() if callable(message) else message)

    def assert_stays(self, predicate, seconds, message):
        """For what must not happen: true now and for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.assertTrue(predicate(), message)
            self.cse.wait(lambda: not predicate(), max(0.0, until - time.monotonic()))
        self.assertTrue(predicate(), message)

    # ---- Commands ----

    def command(self, container, command, app=None):
        """Puts a command, a dict or text, into a `requests` container; returns the contentInstance."""
        content = command if isinstance(command, str) else json.dumps(command)
        return (app or self.app).write(container + "/requests", content)

    def outcome(self, container, request, status=None, timeout=30.0):
        """The outcome in `responses` that names the contentInstance `request`."""
        def find():
            for text in self.cse.contents(container + "/responses"):
                outcome = json.loads(text)
                if outcome.get("request") == request["rn"] and status in (None, outcome["status"]):
                    return outcome
            return None
        outcome = self.cse.wait(find, timeout)
        self.assertIsNotNone(outcome, "no outcome of %s in %s; there are %s" % (
            request["con"], container, self.cse.contents(container + "/responses")))
        return outcome

    def run_command(self, container, command, **options):
        return self.outcome(container, self.command(container, command), **options)

    def events(self):
        """The lifecycle events in the IPE's `endpoints`, oldest first."""
        return [json.loads(text) for text in self.cse.contents(IPE + "/endpoints")]

    def wait_event(self, event, endpoint, timeout=30.0):
        self.assert_soon(
            lambda: any(e["event"] == event and e["ep"] == endpoint for e in self.events()),
            lambda: "no event %s of %s in %s" % (event, endpoint, self.events()), timeout)
        return [e for e in self.events() if e["event"] == event and e["ep"] == endpoint][-1]


class SharedInterworkingTest(InterworkingTest):
    """One CSE and one program, with `settings`, for all tests of a class; each has devices of its own."""

    settings = {}
    failed = False

    @classmethod
    def setUpClass(cls):
        cls.cse = Cse()
        cls.cse.start()
        cls.addClassCleanup(cls.cse.stop)
        cls.ipe = Ipe(cls.cse.url, cls.settings)
        cls.addClassCleanup(lambda: cls.ipe.__exit__(AssertionError if cls.failed else None))
        cls.ipe.start()
        cls.app = Application(cls.cse.url, cls.cse.base_name, "Capp")
        cls.app.register()

    def tearDown(self):
        type(self).failed = self.failed or self._failed()


def encoded(text):
    """The CoAP code as its octet, for tests that build messages."""
    return code(text)
