"""Picks integrations that show each shape of declaration at least once.

    python3 .ci/shapes.py <folder> [<slug> ...]

The folder holds each integration's OpenAPI document as <slug>.json. A shape is an operation of a category, or the schema of a parameter
or of a member of a request's body without its name, its words and its numbers. Prints the given slugs first, whatever they show, and then
those that show most of what is missing still, until nothing is.
"""

import json
import sys
from pathlib import Path

# What a schema says for people, or names.
WORDS = {"title", "description", "example", "examples", "default", "properties"}
# Of these it counts that they are there.
VALUES = {"const", "enum", "maxItems", "maxLength", "minItems", "minLength", "pattern", "required"}


def resolve(document, node):
    while isinstance(node, dict) and "$ref" in node:
        path, node = node["$ref"].removeprefix("#/").split("/"), document
        for name in path:
            node = node[name]
    return node


def shape(document, node):
    """The schema without words, values and the shapes of its members."""
    node = resolve(document, node)
    if isinstance(node, list):
        return [shape(document, part) for part in node]
    if isinstance(node, dict):
        kept = {key: part for key, part in node.items() if key not in WORDS and not key.startswith("x-")}
        return {key: key in VALUES or shape(document, part) for key, part in kept.items()}
    return node


def members(document, node):
    """The shapes of all members of this schema, however deep."""
    node = resolve(document, node)
    if isinstance(node, list):
        for part in node:
            yield from members(document, part)
    if isinstance(node, dict):
        for name, member in node.get("properties", {}).items():
            yield name in node.get("required", []), json.dumps(shape(document, member), sort_keys=True)
            yield from members(document, member)
        for key, part in node.items():
            if key != "properties":
                yield from members(document, part)


def shapes(document):
    found = set()
    for path, operations in document["paths"].items():
        if not path.startswith(("/unified/", "/integrated-account")):
            continue
        for method, operation in operations.items():
            found.add((method, path))
            for parameter in operation.get("parameters", []):
                parameter = resolve(document, parameter)
                found.add((parameter["in"], json.dumps(shape(document, parameter["schema"]), sort_keys=True)))
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            found.update(members(document, body.get("schema")))
    return found


def main(folder, first):
    shown = {file.stem: shapes(json.loads(file.read_text())) for file in sorted(Path(folder).glob("*.json"))}
    missing = set().union(*shown.values())
    picked = []

    def pick(slug):
        picked.append(slug)
        missing.difference_update(shown[slug])

    for slug in first:
        pick(slug)
    while missing:
        pick(max(shown, key=lambda slug: len(shown[slug] & missing)))
    print(*picked)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
