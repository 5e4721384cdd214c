"""Checks a SARIF log as far as its readers rely on it.

usage: check_sarif.py FILE [FOLDER]
FOLDER is where the log was made: files that it names are there.

Where WEIR_SARIF_SCHEMA names a copy of the 2.1.0 schema (OASIS, sarif-schema-2.1.0.json) and the
package jsonschema is there, the log is validated against it as well. Without them what is checked
is what stands below: structure, and that references lead somewhere.
"""
import json
import os
import re
import sys
import urllib.parse


def fail(text):
    sys.exit(f"{sys.argv[1]}: {text}")


def expect(condition, text):
    if not condition:
        fail(text)


def check_keys(value, where, required, allowed):
    expect(isinstance(value, dict), f"{where} is no object")
    for key in required:
        expect(key in value, f"{where} lacks {key}")
    for key in value:
        expect(key in allowed, f"{where} has {key}, which SARIF does not know")


def check_message(value, where):
    check_keys(value, where, ["text"], ["text", "markdown"])
    expect(isinstance(value["text"], str) and value["text"], f"{where} is empty")


def check_location(value, where, bases, folder):
    check_keys(value, where, ["artifactLocation"], ["artifactLocation", "region"])
    check_artifact(value["artifactLocation"], where, bases, folder)
    if "region" in value:
        region = value["region"]
        check_keys(region, where, ["startLine"], ["startLine", "startColumn"])
        expect(region["startLine"] >= 1, f"{where}: lines begin at 1")


def check_artifact(value, where, bases, folder):
    check_keys(value, where, ["uri"], ["uri", "uriBaseId"])
    uri = value["uri"]
    expect(re.fullmatch(r"[A-Za-z0-9._~:/%+-]+", uri), f"{where}: {uri!r} is no URI")
    if "uriBaseId" in value:
        expect(value["uriBaseId"] in bases, f"{where}: unknown base {value['uriBaseId']}")
        expect(not uri.startswith("/"), f"{where}: {uri} is to be relative")
    path = urllib.parse.unquote(uri)
    path = path[len("file://"):] if path.startswith("file://") else os.path.join(folder, path)
    expect(os.path.isfile(path), f"{where}: there is no file {path}")


def check_run(run, folder):
    check_keys(run, "the run", ["tool", "results"],
               ["tool", "results", "invocations", "automationDetails", "columnKind",
                "originalUriBaseIds", "artifacts", "properties"])
    driver = run["tool"]["driver"]
    check_keys(driver, "the driver", ["name", "version", "rules"], ["name", "version", "rules"])
    rules = driver["rules"]
    ids = [rule["id"] for rule in rules]
    expect(rules and len(set(ids)) == len(ids), "rules are missing or double")
    for rule in rules:
        check_message(rule["shortDescription"], "a rule's shortDescription")
        check_message(rule["fullDescription"], "a rule's fullDescription")
        check_message(rule["help"], "a rule's help")
    bases = run["originalUriBaseIds"]
    for name, base in bases.items():
        expect(base["uri"].startswith("file:///") and base["uri"].endswith("/"), f"base {name}")
    for invocation in run["invocations"]:
        check_keys(invocation, "the invocation", ["executionSuccessful"],
                   ["executionSuccessful", "exitCode", "startTimeUtc", "endTimeUtc",
                    "toolExecutionNotifications"])
        for key in ("startTimeUtc", "endTimeUtc"):
            expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", invocation[key]), key)
        for each in invocation.get("toolExecutionNotifications", []):
            check_message(each["message"], "a notification")
    for artifact in run["artifacts"]:
        check_keys(artifact, "an artifact", ["location"], ["location", "roles", "contents"])
        check_artifact(artifact["location"], "an artifact", bases, folder)
        expect("weir-case 1" in artifact["contents"]["text"], "an artifact without its case")
    attached = [artifact["location"]["uri"] for artifact in run["artifacts"]]
    for result in run["results"]:
        check_keys(result, "a result", ["ruleId", "message", "locations"],
                   ["ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations",
                    "attachments", "partialFingerprints", "baselineState", "suppressions",
                    "properties"])
        expect(ids[result["ruleIndex"]] == result["ruleId"], "ruleIndex and ruleId differ")
        expect(result["level"] in ("none", "note", "warning", "error"), "level")
        if "baselineState" in result:
            expect(result["baselineState"] in ("new", "unchanged", "updated", "absent"), "baseline")
        check_message(result["message"], "a message")
        for location in result["locations"] + result.get("relatedLocations", []):
            check_location(location["physicalLocation"], "a location", bases, folder)
        for attachment in result.get("attachments", []):
            check_artifact(attachment["artifactLocation"], "an attachment", bases, folder)
            expect(attachment["artifactLocation"]["uri"] in attached, "an attachment not kept")
        for value in result["partialFingerprints"].values():
            expect(isinstance(value, str), "a fingerprint that is no text")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        log = json.load(file)
    folder = sys.argv[2] if len(sys.argv) > 2 else "."
    check_keys(log, "the log", ["version", "runs"], ["$schema", "version", "runs"])
    expect(log["version"] == "2.1.0", "another version")
    expect(len(log["runs"]) == 1, "not one run")
    check_run(log["runs"][0], folder)
    schema = os.environ.get("WEIR_SARIF_SCHEMA")
    if schema:
        import jsonschema
        with open(schema, encoding="utf-8") as file:
            jsonschema.validate(log, json.load(file))
        print("valid against the schema")


main()
