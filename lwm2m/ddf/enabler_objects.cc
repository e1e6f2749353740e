// Objects 0 to 7 of the LwM2M enabler 1.2.  (LwM2M Core 1.2 Appendix E)
#include "lwm2m/ddf/object_facts.h"

namespace lwm2m {

namespace {

using enum Type;

constexpr ResourceFact kSecurity[] = {
    {0, "LWM2M Server URI", "", "SM", kString, "0..255"},
    {1, "Bootstrap-Server", "", "SM", kBoolean},
    {2, "Security Mode", "", "SM", kInteger, "0..4"},
    {3, "Public Key or Identity", "", "SM", kOpaque},
    {4, "Server Public Key", "", "SM", kOpaque},
    {5, "Secret Key", "", "SM", kOpaque},
    {6, "SMS Security Mode", "", "SO", kInteger, "0..255"},
    {7, "SMS Binding Key Parameters", "", "SO", kOpaque, "6"},
    {8, "SMS Binding Secret Key(s)", "", "SO", kOpaque, "16,32,48"},
    {9, "LwM2M Server SMS Number", "", "SO", kString},
    {10, "Short Server ID", "", "SO", kInteger, "1..65534"},
    {11, "Client Hold Off Time", "", "SO", kInteger, "", "s"},
    {12, "Bootstrap-Server Account Timeout", "", "SO", kInteger, "", "s"},
    {13, "Matching Type", "", "SO", kUnsignedInteger, "0..3"},
    {14, "SNI", "", "SO", kString},
    {15, "Certificate Usage", "", "SO", kUnsignedInteger, "0..3"},
    {16, "DTLS/TLS Ciphersuite", "", "MO", kUnsignedInteger},
    {17, "OSCORE Security Mode", "", "SO", kObjectLink},
    {18, "Groups To Use by Client", "", "MO", kUnsignedInteger, "0..65535"},
    {19, "Signature Algorithms Supported by Server", "", "MO", kUnsignedInteger, "0..65535"},
    {20, "Signature Algorithms To Use by Client", "", "MO", kUnsignedInteger, "0..65535"},
    {21, "Signature Algorithm Certs Supported by Server", "", "MO", kUnsignedInteger, "0..65535"},
    {22, "TLS 1.3 Features To Use by Client", "", "SO", kUnsignedInteger, "0..65535"},
    {23, "TLS Extensions Supported by Server", "", "SO", kUnsignedInteger, "0..65535"},
    {24, "TLS Extensions To Use by Client", "", "SO", kUnsignedInteger, "0..65535"},
    {25, "Secondary LwM2M Server URI", "", "MO", kString, "0..255"},
    {26, "MQTT Server", "", "SO", kObjectLink},
    {27, "LwM2M COSE Security", "", "MO", kObjectLink},
    {28, "RDS Destination Port", "", "SO", kInteger, "0..15"},
    {29, "RDS Source Port", "", "SO", kInteger, "0..15"},
    {30, "RDS Application ID", "", "SO", kString},
};

constexpr ResourceFact kServer[] = {
    {0, "Short Server ID", "R", "SM", kInteger, "1..65534"},
    {1, "Lifetime", "RW", "SM", kInteger, "", "s"},
    {2, "Default Minimum Period", "RW", "SO", kInteger, "", "s"},
    {3, "Default Maximum Period", "RW", "SO", kInteger, "", "s"},
    {4, "Disable", "E", "SO", kNone},
    {5, "Disable Timeout", "RW", "SO", kInteger, "", "s"},
    {6, "Notification Storing When Disabled or Offline", "RW", "SM", kBoolean},
    {7, "Binding", "RW", "SM", kString},
    {8, "Registration Update Trigger", "E", "SM", kNone},
    {9, "Bootstrap-Request Trigger", "E", "SO", kNone},
    {10, "APN Link", "RW", "SO", kObjectLink},
    {11, "TLS-DTLS Alert Code", "R", "SO", kUnsignedInteger, "0..255"},
    {12, "Last Bootstrapped", "R", "SO", kTime},
    {13, "Registration Priority Order", "R", "SO", kUnsignedInteger},
    {14, "Initial Registration Delay Timer", "RW", "SO", kUnsignedInteger, "", "s"},
    {15, "Registration Failure Block", "R", "SO", kBoolean},
    {16, "Bootstrap on Registration Failure", "R", "SO", kBoolean},
    {17, "Communication Retry Count", "RW", "SO", kUnsignedInteger},
    {18, "Communication Retry Timer", "RW", "SO", kUnsignedInteger, "", "s"},
    {19, "Communication Sequence Delay Timer", "RW", "SO", kUnsignedInteger, "", "s"},
    {20, "Communication Sequence Retry Count", "RW", "SO", kUnsignedInteger},
    {21, "Trigger", "RW", "SO", kBoolean},
    {22, "Preferred Transport", "RW", "SO", kString},
    {23, "Mute Send", "RW", "SO", kBoolean},
    {24, "Alternate APN Links", "RW", "MO", kObjectLink},
    {25, "Supported Server Versions", "RW", "MO", kString},
    {26, "Default Notification Mode", "RW", "SO", kInteger, "0..1"},
    {27, "Profile ID Hash Algorithm", "RW", "SO", kUnsignedInteger, "0..255"},
};

constexpr ResourceFact kAccessControl[] = {
    {0, "Object ID", "R", "SM", kInteger, "1..65534"},
    {1, "Object Instance ID", "R", "SM", kInteger, "0..65535"},
    {2, "ACL", "RW", "MO", kInteger, "0..31"},
    {3, "Access Control Owner", "RW", "SM", kInteger, "0..65535"},
};

constexpr ResourceFact kDevice[] = {
    {0, "Manufacturer", "R", "SO", kString},
    {1, "Model Number", "R", "SO", kString},
    {2, "Serial Number", "R", "SO", kString},
    {3, "Firmware Version", "R", "SO", kString},
    {4, "Reboot", "E", "SM", kNone},
    {5, "Factory Reset", "E", "SO", kNone},
    {6, "Available Power Sources", "R", "MO", kInteger, "0..7"},
    {7, "Power Source Voltage", "R", "MO", kInteger},
    {8, "Power Source Current", "R", "MO", kInteger},
    {9, "Battery Level", "R", "SO", kInteger, "0..100", "/100"},
    {10, "Memory Free", "R", "SO", kInteger},
    {11, "Error Code", "R", "MM", kInteger, "0..32"},
    {12, "Reset Error Code", "E", "SO", kNone},
    {13, "Current Time", "RW", "SO", kTime},
    {14, "UTC Offset", "RW", "SO", kString},
    {15, "Timezone", "RW", "SO", kString},
    {16, "Supported Binding and Modes", "R", "SM", kString},
    {17, "Device Type", "R", "SO", kString},
    {18, "Hardware Version", "R", "SO", kString},
    {19, "Software Version", "R", "SO", kString},
    {20, "Battery Status", "R", "SO", kInteger, "0..6"},
    {21, "Memory Total", "R", "SO", kInteger},
    {22, "ExtDevInfo", "R", "MO", kObjectLink},
};

constexpr ResourceFact kConnectivityMonitoring[] = {
    {0, "Network Bearer", "R", "SM", kInteger, "0..50"},
    {1, "Available Network Bearer", "R", "MM", kInteger, "0..50"},
    {2, "Radio Signal Strength", "R", "SM", kInteger, "", "dBm"},
    {3, "Link Quality", "R", "SO", kInteger},
    {4, "IP Addresses", "R", "MM", kString},
    {5, "Router IP Addresses", "R", "MO", kString},
    {6, "Link Utilization", "R", "SO", kInteger, "0..100", "/100"},
    {7, "APN", "R", "MO", kString},
    {8, "Cell ID", "R", "SO", kInteger},
    {9, "SMNC", "R", "SO", kInteger, "0..999"},
    {10, "SMCC", "R", "SO", kInteger, "0..999"},
    {11, "SignalSNR", "R", "SO", kInteger, "", "dB"},
    {12, "LAC", "R", "SO", kInteger},
    {13, "Coverage Enhancement Level", "R", "SO", kInteger, "0..4"},
};

constexpr ResourceFact kFirmwareUpdate[] = {
    {0, "Package", "W", "SM", kOpaque},
    {1, "Package URI", "RW", "SM", kString, "0..255"},
    {2, "Update", "E", "SM", kNone},
    {3, "State", "R", "SM", kInteger, "0..3"},
    {5, "Update Result", "R", "SM", kInteger, "0..11"},
    {6, "PkgName", "R", "SO", kString, "0..255"},
    {7, "PkgVersion", "R", "SO", kString, "0..255"},
    {8, "Firmware Update Protocol Support", "R", "MO", kInteger, "0..5"},
    {9, "Firmware Update Delivery Method", "R", "SM", kInteger, "0..2"},
    {10, "Cancel", "E", "SO", kNone},
    {11, "Severity", "RW", "SO", kInteger, "0..2"},
    {12, "Last State Change Time", "R", "SO", kTime},
    {13, "Maximum Defer Period", "RW", "SO", kUnsignedInteger, "", "s"},
    {14, "Automatic Upgrade at Download", "RW", "SO", kBoolean},
};

constexpr ResourceFact kLocation[] = {
    {0, "Latitude", "R", "SM", kFloat, "", "lat"}, {1, "Longitude", "R", "SM", kFloat, "", "lon"},
    {2, "Altitude", "R", "SO", kFloat, "", "m"},   {3, "Radius", "R", "SO", kFloat, "", "m"},
    {4, "Velocity", "R", "SO", kOpaque},           {5, "Timestamp", "R", "SM", kTime},
    {6, "Speed", "R", "SO", kFloat, "", "m/s"},
};

constexpr ResourceFact kConnectivityStatistics[] = {
    {0, "SMS Tx Counter", "R", "SO", kInteger},
    {1, "SMS Rx Counter", "R", "SO", kInteger},
    {2, "Tx Data", "R", "SO", kInteger},
    {3, "Rx Data", "R", "SO", kInteger},
    {4, "Max Message Size", "R", "SO", kInteger, "", "B"},
    {5, "Average Message Size", "R", "SO", kInteger, "", "B"},
    {6, "Start", "E", "SM", kNone},
    {7, "Stop", "E", "SM", kNone},
    {8, "Collection Period", "RW", "SO", kInteger, "", "s"},
};

constexpr ObjectFact kObjects[] = {
    {0, "LWM2M Security", "1.2", "MM", kSecurity},
    {1, "LwM2M Server", "1.2", "MM", kServer},
    {2, "LwM2M Access Control", "1.1", "MO", kAccessControl},
    {3, "Device", "1.2", "SM", kDevice},
    {4, "Connectivity Monitoring", "1.3", "SO", kConnectivityMonitoring},
    {5, "Firmware Update", "1.2", "SO", kFirmwareUpdate},
    {6, "Location", "1.0", "SO", kLocation},
    {7, "Connectivity Statistics", "1.0", "SO", kConnectivityStatistics},
};

}  // namespace

std::span<const ObjectFact> EnablerObjects() { return kObjects; }

}  // namespace lwm2m
