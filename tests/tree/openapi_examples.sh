#!/usr/bin/env bash
# Every status of every route of net/pages/openapi.json has an example for each media type of its response, and every example
# fits its schema, so that a mock server made from the document (tools/mock) sends valid responses. Exit code 77 where
# Debian's python3-jsonschema is not installed.
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"
python=/usr/bin/python3
"$python" -c 'import jsonschema' 2>/dev/null || exit 77

"$python" - net/pages/openapi.json <<'SCRIPT' | finish "examples of net/pages/openapi.json"
import json, sys
import jsonschema

document = json.load(open(sys.argv[1]))
resolver = jsonschema.RefResolver.from_schema(document)
formats = jsonschema.FormatChecker()
checked = 0

def resolve(node):
    while "$ref" in node:
        _, node = resolver.resolve(node["$ref"])
    return node

def check(where, schema, example):
    global checked
    checked += 1
    validator = jsonschema.Draft202012Validator(schema, resolver=resolver, format_checker=formats)
    for error in validator.iter_errors(example):
        print(f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message}")

def unknown_members(where, schema, example):
    """Members that the schema does not describe: the example is of something else, or they are missing in the document."""
    names, plain = set(), isinstance(example, dict)
    stack = [schema]
    while stack:
        part = resolve(stack.pop())
        names |= set(part.get("properties", {}))
        stack += part.get("allOf", [])
    if plain and names:
        for name in set(example) - names:
            print(f"{where}: {name} is not described")

for path, item in document["paths"].items():
    for method, operation in item.items():
        for status, response in operation["responses"].items():
            response = resolve(response)
            where = f"{method.upper()} {path} {status}"
            content = response.get("content", {})
            if not content and status not in ("204", "304"):
                print(f"{where}: neither content nor example")
            for media, body in content.items():
                examples = [e["value"] for e in body.get("examples", {}).values()]
                examples += [body["example"]] if "example" in body else []
                if not examples:
                    print(f"{where} {media}: no example")
                for example in examples:
                    check(where, body["schema"], example)
                    unknown_members(where, body["schema"], example)
                    if media == "application/problem+json" and status != "default" and example.get("status") != int(status):
                        print(f"{where}: its example is of {example.get('status')}")
        for media, body in operation.get("requestBody", {}).get("content", {}).items():
            for example in [body["example"]] if "example" in body else []:
                check(f"{method.upper()} {path} request", body["schema"], example)
for name, schema in document["components"]["schemas"].items():
    for example in schema.get("examples", []):
        check(f"schema {name}", schema, example)
print(f"{checked} examples", file=sys.stderr)
if checked < 200:
    print(f"only {checked} examples were looked at")
SCRIPT
