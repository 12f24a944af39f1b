"""Our paper questionnaires against PDF/UA-1, as `page-validation` reads it. Run by `make peers`.

Every questionnaire of the repository is printed in each language and size, and each of the validator's rules must hold. The same
file without its language must not pass, so that a validator which says yes to everything is found out. What no program can tell
(whether the reading order makes sense) stays with whoever looks at the pages.
"""

import itertools
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import page

SURVEYS = ("mauges-2026", "laval-2026", "bauge-2026")
LANGUAGES = ("fr", "fr-FALC")


def report(pdf):
    return page.validate_pdf(str(pdf), profile=page.ValidationProfile.PDF_UA_1)


def main(isoloir):
    with tempfile.TemporaryDirectory() as folder:
        for survey, lang, large in itertools.product(SURVEYS, LANGUAGES, (False, True)):
            pdf = Path(folder) / f"{survey}-{lang}-{large}.pdf"
            command = [isoloir, "survey", "print", survey, "--lang", lang, "--pdf", pdf] + ["--large"] * large
            subprocess.run(command, check=True, capture_output=True)
            found = report(pdf)
            assert found.is_compliant, f"{pdf.name}: {found.failures}"
            print(f"{pdf.name}: {found.rules.passed} rules of PDF/UA-1 hold")
        nameless = Path(folder) / "nameless.pdf"
        # As many bytes, so that every offset in the file still holds.
        nameless.write_bytes(re.sub(rb"/Lang\b", b"/Gnal", pdf.read_bytes()))
        assert not report(nameless).is_compliant, "a document without a language was taken"


if __name__ == "__main__":
    main(sys.argv[1])
