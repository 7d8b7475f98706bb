"""The parts of a built program as a CycloneDX document (JSON): sbom.py PROGRAM BUILD OUT [FILE...]

    PROGRAM  the built frontrow
    BUILD    its build folder
    FILE     the packages that the document describes, with their checksums
Reads Debian's own data: the package of each library that the program is linked with (ldd), and of each header that was
compiled into it (ninja's record). The packages of npm are those of the lock file. SOURCE_DATE_EPOCH is the document's
time. The document has one version of each part, that of this machine; Debian's updates replace linked libraries later.
"""
import collections
import hashlib
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import time
import urllib.parse
import uuid

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGES = TOP / "net/pages"


def run(*command, may_fail=False):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0 and not may_fail:
        sys.exit(f"sbom.py: {' '.join(command[:3])} failed: {result.stderr.strip()}")
    return result.stdout


def quoted(text):
    return urllib.parse.quote(text, safe=":~")


def packages_of(files):
    """The Debian packages of files. /lib and /usr/lib are one folder, and dpkg knows either name."""
    names = set()
    for file in files:
        names |= {file, file.removeprefix("/usr"), "/usr" + file}
    found, owners = set(), set()
    for start in range(0, len(names), 500):
        for line in run("dpkg-query", "-S", *sorted(names)[start : start + 500], may_fail=True).splitlines():
            packages, _, file = line.rpartition(": ")
            if not line.startswith("diversion by"):
                owners |= set(packages.split(", "))
                found |= {file, "/usr" + file, file.removeprefix("/usr")}
    missing = sorted(set(files) - found)
    if missing:
        sys.exit(f"sbom.py: no Debian package has {missing[0]} ({len(missing)} such files)")
    return owners


def linked_libraries(program):
    paths = re.findall(r"(?:=> )?(/\S+) \(0x", run("ldd", program))
    if not paths:
        sys.exit(f"sbom.py: ldd names no library of {program}")
    return {os.path.normpath(path) for path in paths}


def used_headers(build):
    files = set(re.findall(r"^    (/usr/\S+)$", run("ninja", "-C", build, "-t", "deps"), re.M))
    if not files:
        sys.exit(f"sbom.py: ninja has no record of headers in {build}; build the program there first")
    return {os.path.normpath(file) for file in files}


def debian_components(uses):
    with open("/etc/os-release", encoding="utf-8") as file:
        system = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
    distribution = f"{system['ID']}-{system.get('VERSION_ID', '').strip(chr(34))}"
    form = "${binary:Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n"
    for line in sorted(run("dpkg-query", "-W", "-f", form, *sorted(uses)).splitlines()):
        name, version, architecture, source, source_version = line.split("\t")
        name = name.split(":")[0]
        use = next(kinds for package, kinds in uses.items() if package.split(":")[0] == name)
        purl = f"pkg:deb/debian/{quoted(name)}@{quoted(version)}?arch={architecture}&distro={distribution}"
        yield {
            "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
            "properties": [{"name": "frontrow:use", "value": kind} for kind in sorted(use)]
            + [{"name": "frontrow:source", "value": f"{source} {source_version}"}],
        }


def npm_components():
    """Packages that the pages import are in the program; the others of the lock file only make or test it."""
    folders = ("fan", "board", "shared", "client/src")
    sources = "".join(file.read_text(encoding="utf-8") for folder in folders for file in sorted((PAGES / folder).rglob("*.ts*")))
    lock = json.loads((PAGES / "package-lock.json").read_text(encoding="utf-8"))
    for path, entry in sorted(lock["packages"].items()):
        name = path.rpartition("node_modules/")[2]
        if not name or entry.get("link") or not re.search(rf"""from ["']{re.escape(name)}(/[\w/-]+)?["']""", sources):
            continue
        purl = f"pkg:npm/{name}@{entry['version']}"
        component = {"type": "library", "bom-ref": purl, "name": name, "version": entry["version"], "purl": purl,
                     "properties": [{"name": "frontrow:use", "value": "bundled into the pages"}]}
        if "license" in entry:
            component["licenses"] = [{"license": {"id": entry["license"]}}]
        yield component


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, build, out, files = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    version = run(program, "--version").split()[1]
    uses = collections.defaultdict(set)
    for package in packages_of(linked_libraries(program)):
        uses[package].add("linked")
    for package in packages_of(used_headers(build)):
        uses[package].add("headers compiled in")
    components = [*debian_components(uses), *npm_components()]
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    purl = f"pkg:generic/frontrow@{version}?arch={platform.machine()}"
    hashes = [hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest() for file in files]
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "serialNumber": "",
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment)),
            "component": {
                "type": "application", "bom-ref": purl, "name": "frontrow", "version": version, "purl": purl,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "components": [
                    {"type": "file", "name": os.path.basename(file), "hashes": [{"alg": "SHA-256", "content": value}]}
                    for file, value in zip(files, hashes)],
            },
        },
        "components": components,
        "dependencies": [{"ref": purl, "dependsOn": [component["bom-ref"] for component in components]}],
    }
    # The same parts have the same number.
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document))}"
    pathlib.Path(out).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


main()
