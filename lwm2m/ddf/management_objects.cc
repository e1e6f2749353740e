// Device management objects of OMA beside the enabler, in the latest registered versions.
#include "lwm2m/ddf/object_facts.h"

namespace lwm2m {

namespace {

using enum Type;

constexpr ResourceFact kSoftwareManagement[] = {
    {0, "PkgName", "R", "SM", kString, "0..255 bytes"},
    {1, "PkgVersion", "R", "SM", kString, "0..255 bytes"},
    {2, "Package", "W", "SO", kOpaque},
    {3, "Package URI", "W", "SO", kString, "0..255 bytes"},
    {4, "Install", "E", "SM", kNone},
    {5, "Checkpoint", "R", "SO", kObjectLink},
    {6, "Uninstall", "E", "SM", kNone},
    {7, "Update State", "R", "SM", kInteger, "0..4"},
    {8, "Update Supported Objects", "RW", "SO", kBoolean},
    {9, "Update Result", "R", "SM", kInteger, "0..200"},
    {10, "Activate", "E", "SM", kNone},
    {11, "Deactivate", "E", "SM", kNone},
    {12, "Activation State", "R", "SM", kBoolean},
    {13, "Package Settings", "RW", "SO", kObjectLink},
    {14, "User Name", "W", "SO", kString, "0..255 bytes"},
    {15, "Password", "W", "SO", kString, "0..255 bytes"},
    {16, "Status Reason", "R", "SO", kString},
    {17, "Software Component Link", "R", "MO", kObjectLink},
    {18, "Software Component tree length", "R", "SO", kInteger, "0..255"},
};

constexpr ResourceFact kCellularConnectivity[] = {
    {0, "SMSC address", "RW", "SO", kString},
    {1, "Disable radio period", "RW", "SO", kInteger, "0..65535"},
    {2, "Module activation code", "RW", "SO", kString},
    {3, "Vendor specific extensions", "R", "SO", kObjectLink},
    {4, "PSM Timer", "RW", "SO", kInteger, "", "s"},
    {5, "Active Timer", "RW", "SO", kInteger, "", "s"},
    {7, "eDRX parameters for Iu mode", "RW", "SO", kOpaque, "0..255"},
    {8, "eDRX parameters for WB-S1 mode", "RW", "SO", kOpaque, "0..255"},
    {9, "eDRX parameters for NB-S1 mode", "RW", "SO", kOpaque, "0..255"},
    {10, "eDRX parameters for A/Gb mode", "RW", "SO", kOpaque, "0..255"},
    {11, "Activated Profile Names", "R", "MM", kObjectLink},
    {12, "Supported Power Saving Modes", "R", "SO", kUnsignedInteger, "0..255"},
    {13, "Active Power Saving Modes", "RW", "SO", kUnsignedInteger, "0..255"},
    {14, "Release Assistance Indication Usage", "RW", "SO", kUnsignedInteger, "0..255"},
};

constexpr ResourceFact kApnConnectionProfile[] = {
    {0, "Profile name", "RW", "SM", kString},
    {1, "APN", "RW", "SO", kString},
    {2, "Auto select APN by device", "RW", "SO", kBoolean},
    {3, "Enable status", "RW", "SO", kBoolean},
    {4, "Authentication Type", "RW", "SM", kInteger},
    {5, "User Name", "RW", "SO", kString},
    {6, "Secret", "RW", "SO", kString},
    {7, "Reconnect Schedule", "RW", "SO", kString},
    {8, "Validity (MCC, MNC)", "RW", "MO", kString},
    {9, "Connection establishment time (1)", "R", "MO", kTime},
    {10, "Connection establishment result (1)", "R", "MO", kInteger},
    {11, "Connection establishment reject cause (1)", "R", "MO", kInteger, "0..111"},
    {12, "Connection end time (1)", "R", "MO", kTime},
    {13, "TotalBytesSent", "R", "SO", kInteger},
    {14, "TotalBytesReceived", "R", "SO", kInteger},
    {15, "IP address (2)", "RW", "MO", kString},
    {16, "Prefix length(2)", "RW", "MO", kString},
    {17, "Subnet mask (2)", "RW", "MO", kString},
    {18, "Gateway (2)", "RW", "MO", kString},
    {19, "Primary DNS address (2)", "RW", "MO", kString},
    {20, "Secondary DNS address (2)", "RW", "MO", kString},
    {21, "QCI (3)", "R", "SO", kInteger, "1..9"},
    {22, "Vendor specific extensions", "R", "SO", kObjectLink},
    {23, "TotalPacketsSent", "R", "SO", kInteger},
    {24, "PDN Type", "RW", "SO", kInteger},
    {25, "APN Rate Control", "R", "SO", kInteger},
    {26, "Serving PLMN Rate control", "RW", "SO", kUnsignedInteger},
    {27, "Uplink Time Unit", "RW", "SO", kUnsignedInteger, "0..4"},
    {28, "APN Rate Control for Exception Data", "R", "SO", kInteger},
    {29, "APN Exception Data Uplink Time Unit", "RW", "SO", kUnsignedInteger, "0..4"},
    {30, "Supported RAT Types", "RW", "MO", kUnsignedInteger},
    {31, "RDS Application ID", "RW", "MO", kString},
    {32, "RDS Destination Port", "RW", "MO", kInteger, "0..15"},
    {33, "RDS Source Port", "RW", "MO", kInteger, "0..15"},
};

constexpr ResourceFact kDeviceCapabilities[] = {
    {0, "Property", "R", "SM", kString},    {1, "Group", "R", "SM", kInteger, "0..15"},
    {2, "Description", "R", "SO", kString}, {3, "Attached", "R", "SO", kBoolean},
    {4, "Enabled", "R", "SM", kBoolean},    {5, "opEnable", "E", "SM", kNone},
    {6, "opDisable", "E", "SM", kNone},     {7, "NotifyEn", "RW", "SO", kBoolean},
};

constexpr ResourceFact kPortfolio[] = {
    {0, "Identity", "RW", "MM", kString},
    {1, "GetAuthData", "E", "SO", kNone},
    {2, "AuthData", "R", "MO", kOpaque},
    {3, "AuthStatus", "R", "SO", kInteger, "0..2"},
};

constexpr ResourceFact kBinaryAppDataContainer[] = {
    {0, "Data", "RW", "MM", kOpaque},
    {1, "Data Priority", "RW", "SO", kInteger, "1 bytes"},
    {2, "Data Creation Time", "RW", "SO", kTime},
    {3, "Data Description", "RW", "SO", kString, "32 bytes"},
    {4, "Data Format", "RW", "SO", kString, "32 bytes"},
    {5, "App ID", "RW", "SO", kInteger, "2 bytes"},
};

constexpr ResourceFact kEventLog[] = {
    {4010, "LogClass", "RW", "SO", kInteger, "255"},
    {4011, "LogStart", "E", "SO", kNone},
    {4012, "LogStop", "E", "SO", kNone},
    {4013, "LogStatus", "R", "SO", kInteger, "8-Bits"},
    {4014, "LogData", "R", "SM", kOpaque},
    {4015, "LogDataFormat", "RW", "SO", kInteger, "255"},
    {4016, "LogDataIncremental", "", "SO", kOpaque},
    {4017, "LogDataIncrementalMinimumSendInterval", "RW", "SO", kUnsignedInteger},
};

constexpr ObjectFact kObjects[] = {
    {9, "LWM2M Software Management", "1.0", "MO", kSoftwareManagement},
    {10, "LWM2M Cellular Connectivity", "1.1", "SO", kCellularConnectivity},
    {11, "LWM2M APN Connection Profile", "1.1", "MO", kApnConnectionProfile},
    {15, "DevCapMgmt", "2.0", "MO", kDeviceCapabilities},
    {16, "Portfolio", "1.0", "MO", kPortfolio},
    {19, "BinaryAppDataContainer", "1.0", "MO", kBinaryAppDataContainer},
    {20, "Event Log", "2.1", "MO", kEventLog},
};

}  // namespace

std::span<const ObjectFact> ManagementObjects() { return kObjects; }

}  // namespace lwm2m
