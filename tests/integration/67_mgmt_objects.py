#!/usr/bin/env python3
"""<mgmtObj> mode: values below <node>, a firmware update through <firmware>, reboot, and a CSE without <mgmtObj>."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import POST
from firmware_device import UPDATING, FirmwareDevice
from interworking import InterworkingTest, main
from mca_cse import MGO, Cse

NODE = "imei-990000862471854-node"
AE = "imei-990000862471854"
IMAGE = bytes(i * i // 251 % 256 for i in range(5000))


class ManagementObjects(InterworkingTest):
    def begin(self, cse=None, modes="mgmtobj"):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        with open(os.path.join(directory.name, "new.bin"), "wb") as file:
            file.write(IMAGE)
        self.start({"firmware.directory": directory.name, "interworking.modes": modes}, cse)
        self.phone = FirmwareDevice(self.ipe.coap, "urn:imei:990000862471854")
        self.addCleanup(self.phone.close)
        self.assert_code("2.01", self.phone.register())
        self.cse.wait_resource(AE + "/responses")

    def attributes(self, name):
        found = self.cse.find(NODE + "/" + name)
        return found.attributes if found is not None else {}

    def wait_attributes(self, name, **wanted):
        self.assert_soon(
            lambda: all(self.attributes(name).get(k) == v for k, v in wanted.items()),
            lambda: "%s is %s" % (name, self.attributes(name)))

    def write(self, name, root, **attributes):
        rsc, answer = self.app.request("PUT", NODE + "/" + name, {root: attributes})
        self.assertEqual(rsc, 2004, answer)

    def wait_commanded(self, name):
        """The subscription of the program is there: what is written now is seen."""
        place = "%s/%s/lwm2m-ipe-" % (NODE, name)
        self.assert_soon(lambda: self.cse.find(place + "actions") or self.cse.find(place + "updates"),
                         lambda: "%s has no subscription in\n%s" % (name, "\n".join(self.cse.tree())))

    def test_values_and_who_may_write(self):
        self.begin()
        self.wait_attributes("deviceInfo", man="Test Works", mod="Model T", dlb="SN-1", fwv="1.0",
                             obis=["urn:oma:lwm2m:oma:3"], obps=["/3/0"], mgd=1007)
        self.wait_attributes("battery", btl=95, bts=7)
        self.wait_attributes("temperature-0", sensorValue=21.5, sensorUnits="Cel", mgd=0)
        self.phone.set("/3/0/9", 80)
        self.phone.notify("/3/0")
        self.wait_attributes("battery", btl=80)
        self.assertEqual(self.app.request("PUT", NODE + "/battery", {"m2m:bat": {"btl": 1}})[0], 4103)
        stranger = self.application("Cstranger")
        stranger.register("stranger")
        self.wait_commanded("reboot")
        self.assertEqual(
            stranger.request("PUT", NODE + "/reboot", {"m2m:rbo": {"rbo": True}})[0], 4103)
        self.assert_stays(lambda: not self.phone.requests(POST, "/3/0/4"), 1.0, "it was rebooted")

    def test_firmware_driven_by_an_application(self):
        self.begin()
        self.wait_commanded("firmware")
        self.write("firmware", "m2m:fwr", url="new.bin", ud=True)
        self.assertTrue(self.phone.wait_for(lambda: self.phone.state == UPDATING, 60))
        self.wait_attributes("firmware", ud=True, uds={"acn": "ud", "sus": 3}, vr="1.0")
        self.ipe.kill()
        self.ipe.start()
        self.assert_code("2.01", self.phone.reboot("2.0"))
        self.wait_attributes("firmware", ud=False, uds={"acn": "ud", "sus": 1}, vr="2.0")
        self.assertEqual(self.phone.packages, [IMAGE])
        self.assertEqual(len(self.phone.requests(POST, "/5/0/2")), 1)

    def test_reboot_once(self):
        self.begin()
        self.wait_commanded("reboot")
        self.write("reboot", "m2m:rbo", rbo=True)
        self.assertTrue(self.phone.wait_for(lambda: self.phone.requests(POST, "/3/0/4")))
        self.wait_attributes("reboot", rbo=False)
        self.ipe.kill()
        self.ipe.start()
        self.assert_stays(lambda: len(self.phone.requests(POST, "/3/0/4")) == 1, 2.0, "once more")

    def test_a_cse_without_mgmt_objects(self):
        self.begin(Cse(without=(MGO,)), "semantic,mgmtobj")
        self.assert_soon(lambda: self.cse.contents(AE + "/3/0/9") == ["95"], "no value of /3/0/9")
        self.assert_soon(lambda: "event=cse-lacks" in self.ipe.log_text(500), "no word of it")
        self.assertFalse(any(NODE + "/" in r for r in self.cse.tree()))
        self.assertEqual(self.ipe.log_text(2000).count("event=cse-lacks"), 1)


if __name__ == "__main__":
    main()
