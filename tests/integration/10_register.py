#!/usr/bin/env python3
"""Register: what appears in the CSE, and what the device is answered (TS-0014 §6.2, §6.3)."""

import calendar
import os
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from interworking import IPE, InterworkingTest, main
from mca_cse import ACP, AE, CNT, NOD, SUB, Cse

NAME = "imei-990000862471854"
ENDPOINT = "urn:imei:990000862471854"


class Tree(InterworkingTest):
    def test_becomes_an_ae_a_node_and_containers(self):
        self.start()
        device = self.device(ENDPOINT, lifetime=600)
        answer = device.register("</1/0>,</3/0>,</5>,</3303/0>")
        self.assert_code("2.01", answer)
        self.assertRegex(device.location, r"^/rd/[A-Za-z0-9_-]{15,}$")
        # AE and the containers of everything declared decide: they are there when the answer is.
        for path in ("1", "1/0", "3", "3/0", "5", "3303", "3303/0"):
            self.assertIsNotNone(self.cse.find(NAME + "/" + path), path)
        self.assertIsNone(self.cse.find(NAME + "/5/0"), "object 5 was declared without instance")
        self.cse.wait_resource(NAME + "/requests")
        self.cse.wait_resource(NAME + "/responses")

        ae = self.cse.find(NAME)
        node = self.cse.find(NAME + "-node")
        self.assertEqual(ae.attributes["aei"], "C" + NAME)
        self.assertEqual(ae.attributes["api"][0], "N")
        self.assertIs(ae.attributes["rr"], True)
        self.assertTrue(ae.attributes["poa"][0].startswith("http://127.0.0.1:"))
        self.assertEqual(ae.attributes["nl"], node.ri)
        self.assertEqual(node.attributes["ni"], ENDPOINT[4:])
        self.assertEqual(node.attributes["hael"], [ae.ri])
        for resource in (ae, node):
            self.assertEqual(sorted(resource.attributes["lbl"]), sorted([
                "LWM2M Client: 1.0", "LWM2M-Version:1.0", "Iwked-Technology:LWM2M",
                "Iwked-Entity-ID:" + ENDPOINT, "Iwked-IPE:Clwm2m-ipe"]))

    def test_containers_carry_both_families_of_labels_and_the_object_urn(self):
        self.start()
        device = self.device()
        self.assert_code("2.01", device.register(
            '</>;rt="oma.lwm2m";ct="11542 11543",</3/0>,</3303>;ver=1.1,</3303/0>'))
        labels = self.cse.find(NAME + "/3/0").attributes["lbl"]
        for wanted in ("LWM2MRT:urn:oma:lwm2m:oma:3", "LWM2MPTH:/", "LWM2MURI:/3/0",
                       "LMM2MCT:11542", "LMM2MCT:11543", "Iwked-Technology:LWM2M",
                       "Iwked-Entity-Type:urn:oma:lwm2m:oma:3", "Iwked-Entity-ID:/3/0",
                       "Iwked-Content-Type:11542", "Iwked-Content-Type:11543"):
            self.assertIn(wanted, labels)
        self.assertEqual(self.cse.find(NAME + "/3").attributes["or"], "urn:oma:lwm2m:oma:3")
        self.assertEqual(self.cse.find(NAME + "/3303").attributes["or"],
                         "urn:oma:lwm2m:ext:3303:1.1")

    def test_an_alternate_root_is_labelled_and_does_not_appear_in_addresses(self):
        self.start()
        device = self.device()
        self.assert_code("2.01", device.register(
            '</lwm2m>;rt="oma.lwm2m";ct=11543,</lwm2m/1/0>,</lwm2m/3/0>'))
        labels = self.cse.find(NAME + "/3/0").attributes["lbl"]
        self.assertIn("LWM2MPTH:/lwm2m", labels)
        self.assertIn("LWM2MURI:/3/0", labels)

    def test_expires_after_the_lifetime_and_a_day(self):
        self.start()
        self.registered(lifetime=600)
        for path in (NAME, NAME + "-node", NAME + "/3/0"):
            expires = calendar.timegm(time.strptime(self.cse.find(path).attributes["et"],
                                                    "%Y%m%dT%H%M%S"))
            self.assertAlmostEqual(expires - time.time(), 600 + 86400, delta=60, msg=path)

    def test_applications_find_it_and_read_it_but_write_only_where_they_may(self):
        self.start()
        self.registered()
        reader = self.application("Creader")
        reader.register("reader")
        self.assertEqual(reader.discover(lbl="LWM2MURI:/3/0"), ["cse-in/%s/3/0" % NAME])
        self.assertEqual(reader.retrieve(NAME + "/3/0")["rn"], "0")
        self.assertEqual(reader.request("POST", NAME + "/requests", {"m2m:cin": {"con": "{}"}},
                                        4)[0], 4103)
        self.assertEqual(self.app.write(NAME + "/requests", "{}")["ty"], 4)

    def test_tells_the_event(self):
        self.start()
        self.registered()
        event = self.wait_event("registered", ENDPOINT)
        self.assertEqual(event["ae"], NAME)
        self.assertEqual(event["node"], NAME + "-node")
        self.assertEqual((event["version"], event["lifetime"], event["binding"]), ("1.0", 300, "U"))
        self.assertEqual(event["objects"], ["/1/0", "/3/0", "/3303/0"])
        self.assertRegex(event["time"], r"^\d{8}T\d{6}")

    def test_names_that_collide_or_are_no_names_are_hashed(self):
        self.start()
        for name, pattern in (("urn:dev:1", r"^dev-1$"), ("dev:1", r"^dev-1-[0-9a-f]{8}$"),
                              ("!", r"[0-9a-f]{8}$"), (IPE, r"^lwm2m-ipe-[0-9a-f]{8}$"),
                              ("x" * 100, r"^x{47}-[0-9a-f]{8}$")):
            before = set(self.cse.base.children)
            device = self.device(name)
            self.assert_code("2.01", device.register())
            made = [n for n in set(self.cse.base.children) - before if not n.endswith("-node")]
            self.assertEqual(len(made), 1, (name, made))
            self.assertRegex(made[0], pattern)

    def test_a_repeated_register_keeps_the_tree_and_takes_the_new_object_list(self):
        self.start()
        device, _ = self.registered()
        first = self.cse.find(NAME).ri
        location = device.location
        self.assert_code("2.01", device.register("</3/0>,</3303/0>,</3303/1>"))
        self.assertNotEqual(device.location, location)
        self.assertEqual(self.cse.find(NAME).ri, first)
        self.assert_soon(lambda: self.cse.find(NAME + "/3303/1"), "the new instance")
        self.assert_soon(lambda: self.cse.find(NAME + "/1") is None, "object 1 has gone")

    def test_a_hundred_devices_at_once(self):
        self.start()
        devices = [self.device("urn:dev:%03d" % number) for number in range(100)]
        for device in devices:
            device.coap.send(self._prepared(device))
        self.assert_soon(lambda: len(self.cse.asked("POST", AE)) >= 102, "AEs", 60)
        for device in devices:
            found = device.wait_for(lambda d=device: [m for m in d.coap.received
                                                      if m.token == b"reg!"], 30)
            self.assertTrue(found)
            self.assert_code("2.01", found[0])

    @staticmethod
    def _prepared(device):
        message = device.registration()
        message.message_id, message.token = device.coap.message_id(), b"reg!"
        return message


class Answers(InterworkingTest):
    """Tables 6.2.2.2-4 and its twin of 6.3.2.2: the answer of the CSE decides that of the device."""

    def refuse(self, matches, rsc):
        self.start()
        self.cse.fault(matches, rsc=rsc)
        device = self.device()
        return device.register()

    def test_a_conflict_is_forbidden(self):
        self.assert_code("4.03", self.refuse(lambda r: r.ty == AE, 4105))

    def test_an_originator_that_has_registered_is_forbidden(self):
        self.assert_code("4.03", self.refuse(lambda r: r.ty == AE, 4117))

    def test_missing_privilege_for_the_ae_is_a_bad_request(self):
        self.assert_code("4.00", self.refuse(lambda r: r.ty == AE, 4103))

    def test_a_bad_request_for_the_ae_is_a_bad_request(self):
        self.assert_code("4.00", self.refuse(lambda r: r.ty == AE, 4000))

    def test_a_refused_container_fails_the_register_and_leaves_nothing_behind(self):
        answer = self.refuse(lambda r: r.ty == CNT and '"3303"' in r.body.decode(), 4103)
        self.assert_code("4.00", answer)
        self.assert_soon(lambda: self.cse.find(NAME) is None, "the AE is deleted again")
        self.assert_soon(lambda: self.cse.find(NAME + "-node") is None, "so is the node")
        self.cse.clear_faults()
        self.assert_code("2.01", self.device().register())

    def test_a_refused_node_does_not_fail_the_register(self):
        self.assert_code("2.01", self.refuse(lambda r: r.ty == NOD, 4103))
        self.assertIsNotNone(self.cse.find(NAME + "/3303/0"))
        self.assertNotIn("nl", self.cse.find(NAME).attributes)

    def test_a_cse_without_node_is_asked_once(self):
        self.start(cse=Cse(known_types=(ACP, AE, CNT, 4, 5, SUB)))
        for number in range(3):
            self.assert_code("2.01", self.device("urn:dev:%d" % number).register())
        self.assertEqual(len(self.cse.asked("POST", NOD)), 1)
        self.ipe.wait_log("event=cse-without-node")

    def test_a_refused_subscription_does_not_fail_the_register(self):
        self.assert_code("2.01", self.refuse(lambda r: r.ty == SUB, 4103))

    def test_attributes_that_the_cse_does_not_know_are_left_out(self):
        cse = Cse()
        cse.unknown_attributes = {AE: ["nl"], CNT: ["or"]}
        self.start(cse=cse)
        self.registered()
        self.registered("urn:dev:2")
        self.assertNotIn("or", self.cse.find(NAME + "/3").attributes)
        refused = [r for r in self.cse.asked("POST", CNT) if r.rsc == 4000]
        self.assertLessEqual(len(refused), 3, "learned after the first")

    def test_a_cse_that_fails_does_not_refuse_a_device(self):
        self.start({"registration.patience": "1s"})
        fault = self.cse.fault(lambda r: r.ty == AE, rsc=5000)
        self.assert_code("2.01", self.device().register())
        fault.times = 0
        self.cse.wait_resource(NAME + "/3303/0", 30)

    def test_a_slow_cse_is_waited_for_without_a_second_register(self):
        self.start()
        self.cse.fault(lambda r: r.ty == AE, action="delay", delay=4, times=1)
        device = self.device()
        self.assert_code("2.01", device.register())
        self.assertEqual(len(self.cse.asked("POST", AE, "")) - 2, 1, "one AE Create")
        self.assertTrue(any(m.type == 2 and m.code == 0 for m in device.coap.received),
                        "an empty acknowledgement, then a separate response")


class Adoption(InterworkingTest):
    def test_a_tree_left_over_is_adopted(self):
        self.start()
        self.registered()
        first = self.cse.find(NAME).ri
        made = self.cse.find(NAME).attributes["ct"]
        self.ipe.kill()
        shutil.rmtree(self.ipe.settings["state.directory"])
        self.ipe.start()
        self.registered()
        self.assertEqual((self.cse.find(NAME).ri, self.cse.find(NAME).attributes["ct"]),
                         (first, made))

    def test_a_name_of_somebody_else_is_left_alone(self):
        self.start()
        other = self.application("Cother")
        other.register(NAME)
        device = self.device()
        self.assert_code("2.01", device.register())
        self.assertEqual(self.cse.find(NAME).ri, "Cother")
        hashed = [n for n in self.cse.base.children if re.match(NAME + "-[0-9a-f]{8}$", n)]
        self.assertEqual(len(hashed), 1, self.cse.tree())


if __name__ == "__main__":
    main()
