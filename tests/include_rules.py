#!/usr/bin/env python3
"""Fails on an #include that the layers do not allow.

    include_rules.py <repository root>    checks the tree, after the self-test below has passed

The layers are those of docs/architecture.md. Each source folder belongs to one layer; a layer may
include the layers named for it and no other. Some third-party headers belong to some folders only.
"""
import pathlib
import re
import sys

# Layer of a file, by the longest folder that it lies in.
LAYERS = {
    "lwm2m": "lwm2m core",
    "lwm2m/coap": "lwm2m adapters",
    "lwm2m/ddf": "lwm2m adapters",
    "lwm2m/simulator": "lwm2m adapters",
    "onem2m": "onem2m core",
    "onem2m/http": "onem2m adapters",
    "onem2m/cse": "onem2m adapters",
    "mapping": "mapping",
    "ipe": "ipe",
}

MAY_INCLUDE = {
    "lwm2m core": {"lwm2m core"},
    "lwm2m adapters": {"lwm2m core", "lwm2m adapters"},
    "onem2m core": {"onem2m core"},
    "onem2m adapters": {"onem2m core", "onem2m adapters"},
    "mapping": {"lwm2m core", "onem2m core", "mapping"},
    "ipe": {"lwm2m core", "lwm2m adapters", "onem2m core", "onem2m adapters", "mapping", "ipe"},
}

# Third-party headers: pattern of the include, where it may stand, and the same in words.
THIRD_PARTY = [
    (r"coap3?/|coap\.h$", r"lwm2m/coap/", "lwm2m/coap"),
    (r"Poco/", r"(onem2m/http|onem2m/cse|lwm2m/ddf|ipe/admin)/",
     "onem2m/http, onem2m/cse, lwm2m/ddf, ipe/admin"),
    (r"sqlite3\.h$", r"ipe/store[^/]*\.(cc|h)$", "ipe/store"),
    (r"rapidjson/", r".*\.cc$", ".cc files"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def layer_of(path):
    """Layer of a path relative to the root, or None outside of them."""
    folder = path.rpartition("/")[0]
    while folder:
        if folder in LAYERS:
            return LAYERS[folder]
        folder = folder.rpartition("/")[0]
    return None


def broken_rule(path, included):
    """What is wrong with one include line, or None."""
    for pattern, allowed, words in THIRD_PARTY:
        if re.match(pattern, included) and not re.match(allowed, path):
            return f"<{included}> belongs into {words} only"
    target = layer_of(included)
    if target is None:
        return None
    own = layer_of(path)
    if target not in MAY_INCLUDE[own]:
        return f"{own} may not include {target} ({included})"
    return None


def check_text(path, text):
    findings = []
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        rule = broken_rule(path, match.group(1)) if match else None
        if rule:
            findings.append(f"{path}:{number}: {rule}")
    return findings


def check_tree(root):
    findings = []
    files = 0
    for top in ("lwm2m", "onem2m", "mapping", "ipe"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cc"):
                continue
            files += 1
            path = file.relative_to(root).as_posix()
            findings += check_text(path, file.read_text(encoding="utf-8"))
    return files, findings


# (file, include line, whether it is allowed): shows that each rule bites, and only where it should.
SELF_TEST = [
    ("lwm2m/server.cc", '#include "lwm2m/path.h"', True),
    ("lwm2m/server.cc", '#include "onem2m/types.h"', False),
    ("lwm2m/server.cc", '#include "lwm2m/coap/endpoint.h"', False),
    ("lwm2m/server.cc", "#include <coap3/coap.h>", False),
    ("lwm2m/codec/tlv.cc", '#include "mapping/profile.h"', False),
    ("lwm2m/codec/oma_json.cc", '#include "rapidjson/document.h"', True),
    ("lwm2m/codec/oma_json.h", "#include <rapidjson/document.h>", False),
    ("lwm2m/coap/endpoint.cc", "  # include <coap3/coap.h>", True),
    ("lwm2m/coap/endpoint.cc", '#include "lwm2m/server.h"', True),
    ("lwm2m/coap/endpoint.cc", "#include <Poco/URI.h>", False),
    ("lwm2m/ddf/ddf_reader.cc", "#include <Poco/DOM/DOMParser.h>", True),
    ("onem2m/types.cc", '#include "lwm2m/path.h"', False),
    ("onem2m/types.cc", '#include "onem2m/http/http_cse_client.h"', False),
    ("onem2m/http/http_cse_client.cc", '#include "onem2m/types.h"', True),
    ("onem2m/http/http_cse_client.cc", "#include <Poco/Net/HTTPRequest.h>", True),
    ("mapping/profile.cc", '#include "lwm2m/path.h"', True),
    ("mapping/profile.cc", '#include "onem2m/codec/json.h"', True),
    ("mapping/profile.cc", '#include "lwm2m/ddf/ddf_reader.h"', False),
    ("mapping/profile.cc", '#include "ipe/config.h"', False),
    ("ipe/bridge.cc", '#include "lwm2m/coap/endpoint.h"', True),
    ("ipe/bridge.cc", "#include <sqlite3.h>", False),
    ("ipe/store.cc", "#include <sqlite3.h>", True),
    ("ipe/store_schema.cc", "#include <sqlite3.h>", True),
    ("ipe/config.cc", "#include <Poco/URI.h>", False),
    ("ipe/admin/console.cc", "#include <Poco/Net/HTTPServer.h>", True),
    ("ipe/bridge.cc", '// #include "sqlite3.h"', True),
]


def self_test():
    failures = [f"self-test: {path}: {line}" for path, line, allowed in SELF_TEST
                if (not check_text(path, line)) != allowed]
    numbered = check_text("onem2m/types.cc", '\n\n#include "lwm2m/path.h"')
    if len(numbered) != 1 or not numbered[0].startswith("onem2m/types.cc:3: "):
        failures.append("self-test: a finding names file and line")
    return failures


def main(arguments):
    if len(arguments) != 2:
        print(__doc__)
        return 2
    files, findings = check_tree(pathlib.Path(arguments[1]))
    findings = self_test() + findings
    for finding in findings:
        print(finding)
    print(f"{files} files checked, {len(SELF_TEST)} rules tried, {len(findings)} findings")
    if files == 0:
        print("no source file found")
        return 1
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
