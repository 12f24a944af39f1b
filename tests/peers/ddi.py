"""The questionnaires in DDI against the schema ddi:codebook:2_5 of the DDI Alliance.

Usage: ddi.py ISOLOIR [ADDRESS]

The schema is LGPL and is not part of this repository: it is downloaded, with what it imports, from ADDRESS.
"""

import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"


def download(address, folder):
    """Fetches a schema and all that it imports by a relative name; returns the first file's path."""
    waiting, known = [address.rsplit("/", 1)[1]], set()
    while waiting:
        name = waiting.pop()
        if name in known:
            continue
        known.add(name)
        try:
            with urllib.request.urlopen(urljoin(address, name), timeout=60) as reply:
                content = reply.read()
        except urllib.error.HTTPError as error:
            # Examples inside the schemas name files that never were; a real one that is missing fails below.
            print(f"{name}: {error}", file=sys.stderr)
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        imported = re.findall(rb'schemaLocation\s*=\s*"([^":]+)"', content)
        waiting += [urljoin(name, other.decode()) for other in imported]
    return folder / address.rsplit("/", 1)[1]


def main(isoloir, address):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        schema = etree.XMLSchema(etree.parse(str(download(address, folder))))
        for survey in ["mauges-2026", "laval-2026", "bauge-2026"]:
            responses, out = folder / f"{survey}.csv", folder / survey
            run = [str(isoloir), "simulate", survey, "--responses", "300", "--csv", str(responses)]
            subprocess.run(run, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            run = [str(isoloir), "analyse", str(responses), "--survey", f"surveys/{survey}.yaml", "--out", str(out)]
            subprocess.run(run, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            schema.assertValid(etree.parse(str(out / "questionnaire-ddi.xml")))
            print(f"{survey}: valid")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2] if len(sys.argv) > 2 else SCHEMA)
