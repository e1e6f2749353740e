#!/usr/bin/env python3
"""The Bootstrap-Server: runs of clients of 1.0 and 1.1, packs, faults, security, what an operator
does and sees."""

import http.client
import json
import os
import re
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import senml
from bootstrap_client import BootstrapClient
from coap import POST, Endpoint, Message
from dtls import Dtls, HandshakeFailed, Psk
from interworking import InterworkingTest, main
from ipe_process import Ipe
from lwm2m_device import TLV, Resource
from ports import free_port

NAME = "urn:imei:990000862471854"
KEY = "c0ffee00112233445566778899aabbcc"

NOSEC = """
- endpoint: "urn:*"
  servers:
    - {uri: "coap://127.0.0.1:%d", short_server_id: 101, lifetime: 5m, pmin: 7}
"""
WHOLE_RUN = ["GET /", "DELETE /0", "DELETE /1", "PUT /0/1", "PUT /1/0", "POST /bs"]


class BootstrapTest(InterworkingTest):
    def start_bootstrap(self, accounts, credentials=None, **settings):
        """Starts the program with a file of accounts, where %d is its CoAP port."""
        self.ports = {name: free_port(socket.SOCK_DGRAM)
                      for name in ("bootstrap.coap", "bootstrap.coaps", "coaps")}
        scratch = Ipe("http://127.0.0.1:1")
        self.addCleanup(scratch._clean)
        self.directory = scratch.directory
        self.accounts = self.write("accounts.yaml", "")
        wanted = {"lwm2m.bootstrap.coap": "127.0.0.1:%d" % self.ports["bootstrap.coap"],
                  "lwm2m.bootstrap.accounts": self.accounts}
        if credentials is not None:
            wanted["lwm2m.credentials"] = self.write("credentials.yaml", credentials)
            wanted["lwm2m.bootstrap.coaps"] = "127.0.0.1:%d" % self.ports["bootstrap.coaps"]
            wanted["lwm2m.coaps"] = "127.0.0.1:%d" % self.ports["coaps"]
        wanted.update(settings)
        if "%d" not in accounts:
            self.write("accounts.yaml", accounts)
            return self.start(wanted)
        # The program's own port is in the accounts, and known only when it has been made.
        ipe = self.start(wanted)
        self.reload(accounts % ipe.coap[1])
        return ipe

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def reload(self, accounts):
        with self.ipe._log_changed:
            before = len(self.ipe.log)
        self.write("accounts.yaml", accounts)
        self.ipe.process.send_signal(signal.SIGHUP)
        self.ipe.wait_until(
            lambda: any("bootstrap-accounts-" in line for line in self.ipe.log[before:]),
            what="the accounts are read again")

    def client(self, name=NAME, port=None, **options):
        client = BootstrapClient(("127.0.0.1", port or self.ports["bootstrap.coap"]), name,
                                 **options)
        self.addCleanup(client.close)
        return client

    def run_of(self, name=NAME, state=None):
        """What GET /bootstrap says of one endpoint, once it is in that state."""
        def find():
            status, text = self.ipe.get("/bootstrap")
            self.assertEqual(status, 200)
            found = [run for run in json.loads(text) if run["ep"] == name]
            return found[0] if found and state in (None, found[0]["state"]) else None
        return self.ipe.wait_until(find, what="%s %s in /bootstrap" % (name, state))

    def trigger(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.ipe.admin_port, timeout=5)
        try:
            connection.request("POST", "/bootstrap/" + name.replace(":", "%3A"))
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


class Runs(BootstrapTest):
    def test_a_client_of_1_0_gets_its_account_in_tlv_and_registers_with_it(self):
        self.start_bootstrap(NOSEC)
        client = self.client(version="1.0", formats=(TLV,), bootstrap_instance=1)
        self.assert_code("2.04", client.bootstrap())
        self.assertEqual(client.commands,
                         [text.replace("/0/1", "/0/0") for text in WHOLE_RUN])
        # BS-4: the answer came first.
        self.assertFalse(client.coap.received[0].is_request)
        security, server = client.accounts()[101]
        self.assertEqual(security[0], "coap://127.0.0.1:%d" % self.ipe.coap[1])
        self.assertEqual((security[1], security[2]), (False, 3))
        self.assertEqual((server[1], server[2], server[6], server[7]), (300, 7, True, "U"))
        self.assertTrue(client.objects[0][1][1], "the bootstrap account is as it was")
        run = self.run_of(state="finished")
        self.assertEqual((run["version"], run["commands"], run["refused"]), ("1.0", 6, []))
        device, _ = self.registered(NAME, lifetime=server[1])
        self.assert_code("2.02", device.deregister())

    def test_a_client_of_1_1_gets_the_format_that_it_prefers(self):
        self.start_bootstrap(NOSEC)
        client = self.client(pct=senml.SENML_CBOR)
        self.assert_code("2.04", client.bootstrap())
        self.assertEqual(client.commands, WHOLE_RUN)
        self.assertEqual(set(client.written_formats), {senml.SENML_CBOR})
        self.assertEqual(client.accounts()[101][1][1], 300)

    def test_another_format_after_4_15(self):
        self.start_bootstrap(NOSEC)
        client = self.client(formats=(senml.SENML_JSON,))
        self.assert_code("2.04", client.bootstrap())
        self.assertEqual(client.commands.count("PUT /0/1"), 3)
        self.assertEqual(client.commands.count("PUT /1/0"), 1)

    def test_a_client_without_discover(self):
        self.start_bootstrap(NOSEC)
        client = self.client(version="1.0", discover=False)
        self.assert_code("2.04", client.bootstrap())
        self.assertEqual(client.commands, WHOLE_RUN)
        self.assertEqual(self.run_of(state="finished")["refused"], ["discover /: 4.05"])

    def test_access_control_other_objects_and_reads(self):
        self.start_bootstrap(NOSEC + """
  acl:
    - {object: 3, instance: 0, owner: 101, rights: {101: 15}}
  objects:
    /3/0/14: "+03:00"
  read: [/1]
""")
        client = self.client()
        client.objects[2][5] = {0: 9}
        self.assert_code("2.04", client.bootstrap())
        self.assertEqual(client.objects[2], {0: {0: 3, 1: 0, 2: {101: 15}, 3: 101}})
        self.assertEqual(client.objects[3][0], {14: "+03:00"})
        self.assertEqual(self.run_of(state="finished")["values"]["/1/0/1"], "300")

    def test_a_refused_finish_is_repaired_once(self):
        self.start_bootstrap(NOSEC)
        client = self.client()
        client.override["POST /bs"] = ["4.06"]
        self.assert_code("2.04", client.bootstrap())
        self.assertEqual(client.commands, WHOLE_RUN * 2)
        self.assertTrue(self.run_of(state="finished")["repaired"])
        client.override["POST /bs"] = ["4.06", "4.06"]
        self.assert_code("2.04", client.request())
        self.assertEqual(self.run_of(state="failed")["detail"], "finish: 4.06")
        self.ipe.wait_log("event=bootstrap-failed")

    def test_a_refused_account_ends_the_run(self):
        self.start_bootstrap(NOSEC)
        client = self.client()
        client.override["PUT /1/0"] = "4.00"
        self.assert_code("2.04", client.request())
        self.assertEqual(self.run_of(state="failed")["detail"], "write /1/0: 4.00")
        # In every format.
        self.assertEqual(client.commands, WHOLE_RUN[:5] + ["PUT /1/0"] * 3)

    def test_a_new_request_replaces_the_run(self):
        self.start_bootstrap(NOSEC)
        silent = self.client()
        silent.coap.on_request = lambda request: None
        self.assert_code("2.04", silent.request())
        self.assertEqual(self.run_of(state="running")["detail"], "discover /")
        self.assert_code("2.04", self.client().bootstrap())
        self.run_of(state="finished")
        self.assertEqual(self.ipe.metric("ipe_bootstrap_events", '"replaced"'), 1)


class Requests(BootstrapTest):
    def test_what_is_refused(self):
        self.start_bootstrap(NOSEC)
        client = self.client()
        self.assert_code("4.00", client.request(["ep=stranger"]))
        self.assert_code("4.00", client.request([]))
        self.assert_code("4.00", client.request(["ep=" + NAME, "ep=" + NAME]))
        self.assert_code("4.15", client.request(["ep=" + NAME, "pct=60"]))
        self.assert_code("4.04", client.coap.request(Message(POST, path="/rd",
                                                             query=["ep=" + NAME])))
        self.assertEqual(client.commands, [])
        registration = Endpoint(self.ipe.coap)
        self.addCleanup(registration.close)
        self.assert_code("4.04", registration.request(Message(POST, path="/bs",
                                                              query=["ep=" + NAME])))

    def test_packs(self):
        self.start_bootstrap(NOSEC)
        client = self.client(version="1.2")
        for accept, expected in ((senml.SENML_CBOR, senml.SENML_CBOR),
                                 (senml.SENML_JSON, senml.SENML_JSON), (None, senml.SENML_CBOR)):
            answer, values = client.pack(accept)
            self.assert_code("2.05", answer)
            self.assertEqual(answer.content_format, expected)
            self.assertEqual(values["/0/1/10"], values["/1/0/0"])
            self.assertEqual(values["/1/0/1"], 300)
        self.assert_code("4.06", client.pack(TLV)[0])
        self.assert_code("4.04", self.client("stranger").pack()[0])
        self.assertEqual(self.run_of(state="finished")["detail"], "pack")
        self.assertEqual(client.commands, [])

    def test_every_datagram_twice(self):
        self.start_bootstrap(NOSEC)
        client = self.client()
        client.coap.outgoing = client.coap.incoming = lambda message: 2
        self.assert_code("2.04", client.bootstrap())
        self.assertEqual(client.commands, WHOLE_RUN)
        self.run_of(state="finished")
        self.assertEqual(self.ipe.metric("ipe_bootstrap_events", '"requests"'), 1)
        self.assertEqual(self.ipe.metric("ipe_bootstrap_events", '"duplicates"'), 1)

    def test_every_first_answer_is_lost(self):
        self.start_bootstrap(NOSEC)
        client = self.client()
        seen = set()

        def lose_the_first(message):
            if message.is_request or message.message_id in seen:
                return True
            seen.add(message.message_id)
            return message.code == 0
        client.coap.outgoing = lose_the_first
        self.assert_code("2.04", client.bootstrap())
        self.run_of(state="finished")
        self.assertEqual(client.commands, WHOLE_RUN, "retransmissions are not new commands")


class Security(BootstrapTest):
    ACCOUNTS = """
- endpoint: "urn:*"
  servers:
    - {uri: "coaps://127.0.0.1:%d", short_server_id: 101, security: psk, credential: generate}
"""
    CREDENTIALS = "- endpoint: %s\n  psk: {identity: bs-client, key: %s}\n" % (NAME, KEY)

    def secured(self, identity="bs-client", key=KEY, port="bootstrap.coaps"):
        return Endpoint(datagrams=Dtls(("127.0.0.1", self.ports[port]),
                                       Psk(identity, bytes.fromhex(key))),
                        peer=("127.0.0.1", self.ports[port]))

    def test_a_key_is_made_given_over_dtls_and_good_for_registering(self):
        self.start_bootstrap(self.ACCOUNTS, self.CREDENTIALS)
        client = self.client(coap=self.secured())
        self.assert_code("2.04", client.bootstrap())
        security, _ = client.accounts()[101]
        identity, key = security[3].decode(), security[5].hex()
        self.assertEqual((security[2], identity, len(key)), (0, NAME, 32))
        device = self.device(NAME, coap=self.secured(identity, key, "coaps"))
        self.assert_code("2.01", device.register())
        # It is kept, and no longer made.
        again = self.client(coap=self.secured())
        self.assert_code("2.04", again.bootstrap())
        self.assertEqual(again.accounts()[101][0][5].hex(), key)
        self.assertIn(NAME, self.ipe.run("credentials", "list")[1])
        self.assertNotIn(key, self.ipe.log_text(100000))
        self.assertNotIn(key, self.ipe.get("/bootstrap")[1])

    def test_an_identity_bootstraps_its_own_endpoint_only(self):
        self.start_bootstrap(self.ACCOUNTS, self.CREDENTIALS)
        client = self.client(coap=self.secured())
        self.assert_code("4.00", client.request(["ep=urn:imei:1"]))
        self.assert_code("4.01", self.client("urn:imei:1", coap=self.secured()).pack()[0])
        with self.assertRaises(HandshakeFailed):
            self.secured(key="00" * 16)
        with self.assertRaises(HandshakeFailed):
            self.secured(identity="stranger")

    def test_keys_are_not_given_without_security(self):
        self.start_bootstrap(self.ACCOUNTS, self.CREDENTIALS)
        client = self.client()
        self.assert_code("4.00", client.request())
        self.assert_code("4.01", client.pack()[0])
        self.assertEqual(client.commands, [])
        self.ipe.wait_log("bootstrap-refused.*keys_in_clear")
        self.assertNotIn("urn:", self.ipe.run("credentials", "list")[1].replace(NAME, ""))


class Operator(BootstrapTest):
    def test_a_registered_client_of_1_1_is_told_to_ask(self):
        self.start_bootstrap(NOSEC)
        device = self.device(NAME, version="1.1")
        device.objects[1][0][9] = Resource(None, "E")
        self.assert_code("2.01", device.register())
        status, text = self.trigger(NAME)
        self.assertEqual(status, 202, text)
        self.assertTrue(device.wait_for(lambda: ("/1/0/9", "") in device.executed))
        self.ipe.wait_log("bootstrap-triggered.*2.04")

    def test_a_client_of_1_0_is_sent_the_commands(self):
        self.start_bootstrap(NOSEC)
        self.assertEqual(self.trigger(NAME)[0], 404)
        client = self.client(version="1.0")
        self.assert_code("2.04", client.bootstrap())
        self.run_of(state="finished")
        self.assertEqual(self.trigger(NAME)[0], 202)
        client.wait_finished(2)
        self.assertEqual(client.commands, WHOLE_RUN * 2)

    def test_accounts_are_read_again(self):
        self.start_bootstrap(NOSEC)
        self.reload("- endpoint: a\n  servers: []\n")
        self.ipe.wait_log("bootstrap-accounts-not-reloaded.*accounts.yaml:2")
        self.assert_code("2.04", self.client().bootstrap())
        self.reload("")
        self.assert_code("4.00", self.client().request())

    def test_the_example_of_the_documents_is_valid(self):
        ipe = Ipe("http://127.0.0.1:1")
        self.addCleanup(ipe._clean)
        self.directory = ipe.directory
        document = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/bootstrap.md")
        with open(document, encoding="utf-8") as file:
            blocks = re.findall(r"^```yaml\n(.*?)^```$", file.read(), re.M | re.S)
        ipe.yaml, credentials, accounts = blocks
        for name in ("accounts.yaml", "credentials.yaml"):
            ipe.yaml = ipe.yaml.replace(name, os.path.join(self.directory, name))
        ipe.settings = {}
        self.write("partner.hex", KEY)
        self.write("credentials.yaml", credentials)
        self.write("accounts.yaml", accounts)
        status, text = ipe.run("check-config")
        self.assertEqual(status, 0, text)
        self.assertNotIn("warning", text)

    def test_wrong_accounts_are_found_before_anything_starts(self):
        ipe = Ipe("http://127.0.0.1:1")
        self.addCleanup(ipe._clean)
        self.directory = ipe.directory
        ipe.settings["lwm2m.bootstrap.accounts"] = self.write(
            "accounts.yaml", "- endpoint: a\n  servers:\n  - uri: coaps://h\n"
            "    short_server_id: 65535\n    security: psk\n    key: %s\n" % KEY)
        for subcommand in ("check-config", "serve"):
            status, text = ipe.run(subcommand)
            self.assertNotEqual(status, 0)
            self.assertIn("accounts.yaml:4: servers[0].short_server_id", text)
            self.assertNotIn(KEY, text)
        ipe.settings["lwm2m.bootstrap.accounts"] = ""
        ipe.settings["lwm2m.bootstrap.coap"] = "127.0.0.1:5783"
        status, text = ipe.run("check-config")
        self.assertEqual(status, 2)
        self.assertIn("lwm2m.bootstrap.accounts", text)


if __name__ == "__main__":
    main()
