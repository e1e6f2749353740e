#!/usr/bin/env python3
"""ipe credentials: add, list, remove on the state directory, the file of credentials, and that no
key is ever shown."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import Endpoint
from dtls import Dtls, Psk
from interworking import InterworkingTest, main
from ipe_process import Ipe
from lwm2m_device import Device
from ports import free_port
from secured_datagrams import HandshakeFailed

KEY = "c0ffee00112233445566778899aabbcc"
PUBLIC_KEY = ("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEH+7USWa6n2oVUbTaobEMYtRpDBkV"
              "0he/0PxX6QT4Rq0MxREQVJWNwCgFsMpkxVIjV/8qoaNZQ6iymFYiU8MR5A==")
FINGERPRINT = "f782f540a64627d85309c5fe92ba7b5bdb805313a3555d7d7866fba0e9484822"


class CredentialsTest(InterworkingTest):
    """Commands on a configuration, with or without a service that runs on it."""

    def setUp(self):
        super().setUp()
        self.here = Ipe("http://127.0.0.1:1")
        self.addCleanup(self.here._clean)

    def command(self, *arguments, stdin="", ipe=None):
        """(status, standard output, standard error)"""
        ipe = ipe or self.here
        done = subprocess.run(ipe.command("credentials", *arguments), env=ipe.environment(),
                              input=stdin.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def listed(self, ipe=None):
        """Rows of the list without its head: [mode, identity, endpoint, source]."""
        status, text, _ = self.command("list", ipe=ipe)
        self.assertEqual(status, 0)
        return [re.split(r"\s{2,}", line) for line in text.splitlines()[1:]]

    def write(self, name, text, mode=0o600):
        path = os.path.join(self.here.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path


class Store(CredentialsTest):
    def test_add_list_remove(self):
        self.assertEqual(self.listed(), [])
        self.assertEqual(self.command("add", "sensor-1", stdin=KEY + "\n")[0], 0)
        self.assertEqual(self.command("add", "meter-1", "--public-key", PUBLIC_KEY)[0], 0)
        self.assertEqual(self.command("add", "m-*", "--certificate-name", "gw.example")[0], 0)
        self.assertEqual(self.listed(), [["psk", "sensor-1", "sensor-1", "store"],
                                         ["rpk", FINGERPRINT, "meter-1", "store"],
                                         ["x509", "gw.example", "m-*", "store"]])
        self.assertEqual(self.command("remove", "sensor-1")[0], 0)
        self.assertEqual(self.command("remove", FINGERPRINT)[0], 0)
        self.assertEqual(self.listed(), [["x509", "gw.example", "m-*", "store"]])
        status, _, error = self.command("remove", "sensor-1")
        self.assertEqual(status, 1)
        self.assertIn("sensor-1", error)

    def test_beside_a_running_service(self):
        self.start()
        self.assertEqual(self.command("add", "sensor-1", stdin=KEY, ipe=self.ipe)[0], 0)
        self.assertEqual(self.listed(self.ipe), [["psk", "sensor-1", "sensor-1", "store"]])
        self.registered()
        self.assertEqual(self.command("remove", "sensor-1", ipe=self.ipe)[0], 0)
        self.assertEqual(self.ipe.get("/readyz")[0], 200)

    def test_a_generated_key_is_printed_once_and_alone(self):
        status, key, error = self.command("add", "sensor-1", "--generate")
        self.assertEqual(status, 0)
        self.assertRegex(key, r"\A[0-9a-f]{32}\n\Z")
        self.assertNotIn(key.strip(), error)
        self.assertNotIn(key.strip(), str(self.command("list")))

    def test_no_key_is_shown(self):
        shown = ""
        for arguments, stdin in ((("add", "a"), KEY), (("add", "a"), KEY),
                                 (("add", "a", "--replace"), KEY), (("add", "b"), KEY + "f"),
                                 (("add", "c"), KEY * 5), (("list",), ""), (("remove", "a"), "")):
            shown += str(self.command(*arguments, stdin=stdin))
        self.assertNotIn(KEY[:8], shown)

    def test_a_key_from_a_file(self):
        path = self.write("key.hex", "0x" + KEY.upper() + "\n")
        self.assertEqual(self.command("add", "a", "--key-file", path)[0], 0)
        status, _, error = self.command("add", "b", "--key-file", path + ".missing")
        self.assertEqual(status, 2)
        self.assertIn("key.hex.missing", error)

    def test_an_identity_is_changed_only_with_replace(self):
        self.assertEqual(self.command("add", "a", "--identity", "id", stdin=KEY)[0], 0)
        status, _, error = self.command("add", "b", "--identity", "id", stdin=KEY)
        self.assertEqual(status, 1)
        self.assertIn("--replace", error)
        self.assertEqual(self.listed(), [["psk", "id", "a", "store"]])
        self.assertEqual(
            self.command("add", "b", "--identity", "id", "--replace", stdin=KEY)[0], 0)
        self.assertEqual(self.listed(), [["psk", "id", "b", "store"]])

    def test_an_identity_of_two_modes_is_removed_with_its_mode(self):
        self.command("add", "a", "--identity", "id", stdin=KEY)
        self.command("add", "b", "--certificate-name", "id")
        status, _, error = self.command("remove", "id")
        self.assertEqual(status, 2)
        self.assertIn("--mode", error)
        self.assertEqual(self.command("remove", "id", "--mode", "psk")[0], 0)
        self.assertEqual(self.listed(), [["x509", "id", "b", "store"]])

    def test_wrong_usage(self):
        for arguments, expected in (
                (("add", "a*b"), "'*'"),
                (("add", "a*"), "--identity"),
                (("add", "i" * 129), "128"),
                (("add", "a"), "hex digits"),
                (("add", "a", "--generate", "--public-key", PUBLIC_KEY), "excludes"),
                (("add", "a", "--public-key", "nothing.pem"), "neither"),
                (("remove",), "identity"), ((), "subcommand")):
            status, _, error = self.command(*arguments)
            self.assertEqual(status, 2, (arguments, error))
            self.assertIn(expected, error)
        self.assertEqual(self.listed(), [])

    def test_a_state_in_memory_has_no_credentials(self):
        self.here.settings["state.directory"] = "memory"
        for arguments in (("list",), ("add", "a", "--generate"), ("remove", "a")):
            status, text, error = self.command(*arguments)
            self.assertEqual(status, 2)
            self.assertIn("state.directory", error)
            self.assertEqual(text, "")

    def test_only_the_owner_may_read_the_state(self):
        self.command("add", "a", stdin=KEY)
        state = self.here.settings["state.directory"]
        self.assertEqual(stat.S_IMODE(os.stat(state).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(state, "ipe.db")).st_mode), 0o600)

    def test_listing_makes_no_state(self):
        self.assertEqual(self.listed(), [])
        self.assertFalse(os.path.exists(self.here.settings["state.directory"]))


class File(CredentialsTest):
    def use(self, text, mode=0o600):
        path = self.write("credentials.yaml", text, mode)
        self.here.settings["lwm2m.credentials"] = path
        return path

    def test_is_listed_with_its_lines(self):
        path = self.use("- endpoint: a\n  psk: {key: %s}\n"
                        "- endpoint: b\n  x509: {name: cn}\n" % KEY)
        self.command("add", "c", stdin=KEY)
        self.assertEqual(self.listed(), [["psk", "a", "a", path + ":1"],
                                         ["x509", "cn", "b", path + ":3"],
                                         ["psk", "c", "c", "store"]])

    def test_wins_over_the_store(self):
        self.command("add", "a", stdin=KEY)
        path = self.use("- endpoint: a\n  psk: {key: %s}\n" % KEY)
        status, _, error = self.command("add", "a", "--replace", stdin=KEY)
        self.assertEqual(status, 1)
        self.assertIn(path + ":1", error)
        self.assertEqual([row[3] for row in self.listed()],
                         [path + ":1", "store, unused: the file wins"])
        self.assertEqual(self.command("remove", "a")[0], 0)
        status, _, error = self.command("remove", "a")
        self.assertEqual(status, 1)
        self.assertIn(path + ":1", error)

    def test_is_checked_by_check_config(self):
        path = self.use("- endpoint: a\n  psk: {key: %sf}\n" % KEY)
        status, text = self.here.run("check-config")
        self.assertEqual(status, 2)
        self.assertIn(path + ":2: psk.key", text)
        self.assertNotIn(KEY[:8], text)
        self.use("- endpoint: a\n  psk: {key: %s}\n" % KEY)
        status, text = self.here.run("check-config")
        self.assertEqual(status, 0, text)
        self.assertNotIn(KEY[:8], text)
        self.assertNotIn("may read it", text)

    def test_that_everybody_may_read_is_a_warning(self):
        path = self.use("[]\n", 0o644)
        status, text = self.here.run("check-config")
        self.assertEqual(status, 0, text)
        self.assertIn(path + ": everybody on this machine may read it", text)


class Reload(CredentialsTest):
    """SIGHUP."""

    def hang_up(self):
        os.kill(self.ipe.process.pid, signal.SIGHUP)

    def test_takes_the_file_as_it_is_now(self):
        path = self.write("credentials.yaml", "- {endpoint: a, psk: {key: %s}}\n"
                          "- {endpoint: b, psk: {key: %sbb}}\n" % (KEY, KEY))
        self.start({"lwm2m.credentials": path})
        self.ipe.wait_log("credentials-loaded.* credentials=2")
        self.write("credentials.yaml", "- {endpoint: a, psk: {key: %sff}}\n"
                   "- {endpoint: c, x509: {name: cn}}\n" % KEY)
        self.hang_up()
        self.ipe.wait_log("credentials-reloaded.* credentials=2 added=1 changed=1 removed=1")
        self.assertNotIn(KEY[:8], self.ipe.log_text(1000))

    def test_decides_who_connects(self):
        port = ("127.0.0.1", free_port(socket.SOCK_DGRAM))
        line = "- {endpoint: 'device-*', psk: {identity: %s, key: %s}}\n"
        path = self.write("credentials.yaml", line % ("old", KEY))
        self.start({"lwm2m.credentials": path, "lwm2m.coaps": "%s:%d" % port})

        def registers(identity):
            """Has the handshake succeeded, and the Register after it?"""
            try:
                datagrams = Dtls(port, Psk(identity, bytes.fromhex(KEY)), patience=1.5)
            except HandshakeFailed:
                return False
            device = Device(port, "device-" + identity,
                            coap=Endpoint(port, datagrams=datagrams))
            self.addCleanup(device.close)
            self.assert_code("2.01", device.register())
            return True

        self.assertFalse(registers("new"))
        self.assertTrue(registers("old"))
        self.write("credentials.yaml", line % ("new", KEY))
        self.hang_up()
        self.ipe.wait_log("credentials-reloaded.* added=1 changed=0 removed=1")
        self.assertTrue(registers("new"))
        self.assertFalse(registers("old"))

    def test_keeps_the_old_one_when_the_new_one_is_wrong(self):
        path = self.write("credentials.yaml", "- {endpoint: a, psk: {key: %s}}\n" % KEY)
        self.start({"lwm2m.credentials": path})
        self.write("credentials.yaml", "- {endpoint: a, psk: {key: %sx}}\n" % KEY)
        self.hang_up()
        line = self.ipe.wait_log("credentials-not-reloaded")
        self.assertIn(path + ":1", line)
        self.write("credentials.yaml", "- {endpoint: a, psk: {key: %s}}\n" % KEY)
        self.hang_up()
        self.ipe.wait_log("credentials-reloaded.* credentials=1 added=0 changed=0 removed=0")
        self.assertNotIn(KEY[:8], self.ipe.log_text(1000))
        self.assertEqual(self.ipe.get("/readyz")[0], 200)

    def test_without_a_file_it_changes_nothing(self):
        self.start()
        self.hang_up()
        self.ipe.wait_log("configuration-reloaded changed=\\S*$")
        self.assertEqual(self.ipe.get("/readyz")[0], 200)

    def test_a_service_does_not_start_with_a_wrong_file(self):
        self.here.settings["lwm2m.credentials"] = self.write(
            "credentials.yaml", "- {endpoint: a, psk: {key: %sx}}\n" % KEY)
        status, text = self.here.run("serve")
        self.assertEqual(status, 1)
        self.assertIn("credentials.yaml:1: psk.key", text)
        self.assertNotIn(KEY[:8], text)


if __name__ == "__main__":
    main()
