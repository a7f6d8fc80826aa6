"""Compares what the plugins declare with a list of the fields that the unified API's reference pages name for them.

Usage: conformance.py support.json

For every integration of `plugins/` and every operation that the list has for it: the declared required fields and query
parameters are exactly the listed ones, every listed field is declared (as ignored where the vendor cannot write it), and
every listed field of the answer can be answered.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

COMPONENTS = "target/plugins/components"
OPERATIONS = ("create-user", "update-user")


def declared(slug, scratch):
    """The operations that the plugin declares, by category and operation."""
    command = ["cargo", "run", "--quiet", "--", "grant", slug, "--json", "--yes"]
    command += ["--plugins-dir", COMPONENTS, "--data-dir", f"{scratch}/data", "--lock-file", f"{scratch}/mortise.lock"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return {(o["category"], o["operation"]): o for o in json.loads(answer.stdout)["operations"]}


def listed(fields, slug):
    """The fields listed for the integration: all of them, and the required ones."""
    found = {name: field["integrations"][slug] for name, field in fields.items() if slug in field.get("integrations", {})}
    return set(found), {name for name, support in found.items() if support.get("support") == "required"}


def compare(slug, operation, reference):
    """Every deviation of one operation, as text."""
    for part in ("query", "request"):
        fields, required = listed(reference.get(part, {}), slug)
        has = {f["field"]: f["level"] for f in operation[part]}
        # Part of a field, such as roles[].name, is declared with the field.
        missing = {name for name in fields if name not in has and name.split("[")[0] not in has}
        if missing:
            yield f"{part}: not declared: {', '.join(sorted(missing))}"
        insists = {name for name, level in has.items() if level == "required"}
        if insists != required:
            yield f"{part}: required are {sorted(insists)}, listed as required are {sorted(required)}"
    fields, _ = listed(reference.get("response", {}), slug)
    missing = fields - set(operation["response"]) - {"remote_data"}
    if missing:
        yield f"response: not declared: {', '.join(sorted(missing))}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        reference = json.load(file)
    slugs = sorted(folder.parent.name for folder in pathlib.Path("plugins").glob("*/Cargo.toml"))
    deviations = compared = 0
    with tempfile.TemporaryDirectory() as scratch:
        for slug in slugs:
            operations = declared(slug, scratch)
            for category in ("ticketing", "user-directory", "crm"):
                for name in OPERATIONS:
                    entry = reference.get(category, {}).get(name)
                    if entry is None:
                        continue
                    entry = entry.get("inferred", entry)
                    if slug not in entry.get("integrations", []):
                        continue
                    compared += 1
                    operation = operations.get((category, name))
                    found = compare(slug, operation, entry) if operation else ["not offered"]
                    for deviation in found:
                        deviations += 1
                        print(f"{slug}: {category} {name}: {deviation}")
    print(f"{compared} operations of {len(slugs)} integrations compared, {deviations} deviations")
    sys.exit(1 if deviations or not compared else 0)


if __name__ == "__main__":
    main()
