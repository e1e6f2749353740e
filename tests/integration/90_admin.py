#!/usr/bin/env python3
"""The operator's side: health, readiness, metrics, configuration errors, the end."""

import http.client
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from interworking import InterworkingTest, main
from ipe_process import Ipe, program

NAME = "imei-990000862471854"


class Admin(InterworkingTest):
    def test_health_readiness_and_metrics(self):
        self.start()
        self.assertEqual(self.ipe.get("/healthz"), (200, "ok\n"))
        self.assertEqual(self.ipe.get("/readyz")[0], 200)
        device, _ = self.registered()
        device.wait_observed("/3303/0")
        self.cse.wait_contents(NAME + "/3303/0/5700", 1)
        self.ipe.wait_metric("ipe_registrations", 1)
        self.ipe.wait_metric("ipe_observations", 2)
        self.ipe.wait_metric("ipe_deliveries_total", 1)
        self.ipe.wait_metric("ipe_cse_up", 1)
        text = self.ipe.get("/metrics")[1]
        self.assertIn("# TYPE ipe_registrations gauge", text)
        self.assertIn("# TYPE ipe_deliveries_total counter", text)

    def test_other_paths_and_methods(self):
        self.start()
        status, text = self.ipe.get("/nothing")
        self.assertEqual(status, 404)
        self.assertIn("/metrics", text)
        connection = http.client.HTTPConnection("127.0.0.1", self.ipe.admin_port, timeout=5)
        connection.request("POST", "/metrics", "x")
        self.assertEqual(connection.getresponse().status, 405)
        connection.close()

    def test_sigterm_ends_it_with_status_0_and_says_so(self):
        self.start()
        self.registered()
        self.assertEqual(self.ipe.stop(), 0)
        self.ipe.wait_log("event=stopping")
        self.assertIsNotNone(self.cse.find(NAME), "registrations are kept")

    def test_sigint_ends_it_too(self):
        self.start()
        self.ipe.process.send_signal(signal.SIGINT)
        self.assertEqual(self.ipe.process.wait(60), 0)

    def test_health_command(self):
        self.start()
        address = "127.0.0.1:%d" % self.ipe.admin_port
        status, _ = self.ipe.run("health")
        self.assertEqual(status, 0, address)
        self.ipe.stop()
        status, _ = self.ipe.run("health")
        self.assertEqual(status, 2)

    def test_a_second_program_on_the_same_port_says_which(self):
        self.start()
        second = Ipe(self.cse.url, {"admin.bind": self.ipe.settings["admin.bind"]})
        self.addCleanup(second._clean)
        second.start(ready=False)
        self.assertNotEqual(second.process.wait(60), 0)
        second.wait_log("admin.bind.*%d" % self.ipe.admin_port)

    def test_logs_as_json(self):
        self.start({"log.format": "json"})
        line = self.ipe.wait_log("cse-ready")
        self.assertEqual(json.loads(line)["event"], "cse-ready")


class Configuration(InterworkingTest):
    def check(self, yaml=None, **environment):
        ipe = Ipe("http://127.0.0.1:1", yaml=yaml)
        self.addCleanup(ipe._clean)
        ipe.settings.update(environment)
        return ipe.run("check-config")

    def test_a_good_one(self):
        status, text = self.check("registration:\n  patience: 5s\n")
        self.assertEqual(status, 0, text)
        self.assertIn("patience: 5s", text)

    def test_file_line_key_found_and_expected(self):
        status, text = self.check("cse:\n  timeout: soon\n")
        self.assertNotEqual(status, 0)
        for part in ("ipe.yaml:2", "cse.timeout", "soon", "a duration"):
            self.assertIn(part, text)

    def test_an_unknown_key_is_named_with_the_closest_one(self):
        status, text = self.check("cse:\n  timout: 5s\n")
        self.assertNotEqual(status, 0)
        for part in ("ipe.yaml:2", "timout", "cse.timeout"):
            self.assertIn(part, text)

    def test_a_wrong_variable(self):
        status, text = self.check(**{"cse.connections": "many"})
        self.assertNotEqual(status, 0)
        for part in ("IPE_CSE_CONNECTIONS", "cse.connections", "many", "a number from 1 to 64"):
            self.assertIn(part, text)

    def test_a_file_that_is_not_there(self):
        done = subprocess.run([program(), "check-config", "--config", "/nowhere/ipe.yaml"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20,
                              check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"/nowhere/ipe.yaml", done.stdout)

    def test_serve_refuses_to_start_with_a_wrong_one(self):
        ipe = Ipe("http://127.0.0.1:1", {"registration.policy": "lenient"})
        self.addCleanup(ipe._clean)
        status, text = ipe.run("serve")
        self.assertNotEqual(status, 0)
        self.assertIn("registration.policy", text)

    def test_secrets_are_not_shown(self):
        status, text = self.check(**{"cse.credential": "bearer:very-secret"})
        self.assertEqual(status, 0, text)
        self.assertNotIn("very-secret", text)

    def test_version(self):
        done = subprocess.run([program(), "--version"], stdout=subprocess.PIPE, timeout=20,
                              check=False)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout.decode(), r"\d+\.\d+\.\d+")


if __name__ == "__main__":
    main()
