"""Writes the field report: what a run found, beside the notes of those who looked at each finding.

    report.py RESULTS LIBRARIES.txt REPRODUCTIONS.txt > docs/field-report.md

RESULTS is a folder with what `check --json` wrote, LIBRARIES.txt has "LIBRARY VERSION" lines, and
REPRODUCTIONS.txt "FILE<tab>shows|does not show<tab>output" lines. Exit code 1: the run and the
notes differ, and standard error says in what.
"""

import fnmatch
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
TITLES = {
    "boost": "Boost.Iostreams",
    "zlib": "zlib, gzFile",
    "bzip2": "libbz2, BZFILE",
    "protobuf": "Protocol Buffers, gzip streams",
    "poco": "POCO, deflating, inflating and base64 streams",
    "python": "Python: gzip, bz2, lzma, zstandard, and a transform extension",
}
KEYS = ("title", "subjects", "signatures", "case", "reproduction", "documentation", "upstream",
        "debatable")


class Note:
    """One finding as somebody understood it: findings/NAME.md."""

    def __init__(self, path):
        self.path = path
        head, _, self.text = path.read_text().partition("\n\n")
        fields = dict(line.split(": ", 1) for line in head.splitlines())
        if sorted(fields) != sorted(KEYS):
            raise SystemExit(f"{path}: its first lines are to be {', '.join(KEYS)}")
        self.__dict__.update(fields)
        self.patterns = [pattern.strip() for pattern in self.signatures.split(";")]
        self.seen = set()

    def library(self):
        return self.subjects.split(".", 1)[0]

    def is_about(self, finding):
        return finding["subject"].removesuffix("/1") in self.subjects.split() and any(
            fnmatch.fnmatch(finding["signature"], pattern) for pattern in self.patterns)


def links(upstream):
    """repository#number becomes a link."""
    parts = []
    for name in upstream.split(", "):
        repository, mark, number = name.partition("#")
        parts.append(f"[{name}](https://github.com/{repository}/issues/{number})" if mark else name)
    return ", ".join(parts)


def case_text(name):
    lines = (FOLDER / "findings" / name).read_text().splitlines()
    return "\n".join("    " + line for line in lines if not line.startswith("#"))


def clauses(pairs, *statuses):
    return [pair["clause"] for pair in pairs if pair["status"] in statuses]


def section(library, version, results, notes, shown):
    pairs = [pair for pair in results["pairs"] if pair["subject"].startswith(library + ".")]
    subjects = [name for name in results["subjects"] if name.startswith(library + ".")]
    out = [f"## {TITLES[library]} {version}", "",
           "| | held | violated | not applicable |", "| --- | --- | --- | --- |"]
    for subject in subjects:
        own = [pair for pair in pairs if pair["subject"] == subject]
        broken = clauses(own, "violated")
        out.append(f"| `{subject}` | {len(clauses(own, 'held'))} | "
                   f"{', '.join(f'`{clause}`' for clause in broken) or 'none'} | "
                   f"{len(clauses(own, 'skipped', 'vacuous'))} |")
    out += ["", "Held by every stream above: " + ", ".join(
        f"`{clause}`" for clause in clauses([p for p in pairs if p["subject"] == subjects[0]], "held")
        if all(clause in clauses([p for p in pairs if p["subject"] == s], "held")
               for s in subjects)) + ".", ""]
    reasons = {}
    for pair in pairs:
        if pair["status"] == "skipped":
            reasons.setdefault(pair["reason"], {}).setdefault(pair["clause"], []).append(
                pair["subject"].removesuffix("/1"))
        elif pair["status"] == "vacuous":
            reasons.setdefault("nothing to see in any case", {}).setdefault(
                pair["clause"], []).append(pair["subject"].removesuffix("/1"))
    out.append("Not applicable:")
    for reason, by_clause in reasons.items():
        names = [f"`{clause}`" + (f" ({', '.join(who)})" if len(who) < len(subjects) else "")
                 for clause, who in by_clause.items()]
        out.append(f"- {reason}: {', '.join(names)}")
    out.append("")
    own = [note for note in notes if note.library() == library]
    if not own:
        out += ["Everything that applies is held.", ""]
    for note in sorted(own, key=lambda note: (not note.debatable.startswith("no"), note.path.name)):
        mark = "" if note.debatable == "no" else " (debatable)"
        seen = sorted({f"`{subject.removesuffix('/1')}` {signature.split(':')[0]}"
                       for subject, signature in note.seen})
        verdict, said = shown[note.reproduction]
        out += [f"### {note.title[0].upper()}{note.title[1:]}{mark}", "", note.text.strip(), ""]
        if note.debatable != "no":
            out += [f"Debatable: {note.debatable.removeprefix('yes: ')}.", ""]
        out += ["Smallest case, [" + note.case + "](../examples/field/findings/" + note.case + "):", "",
                case_text(note.case), "",
                f"Without Weir: [{note.reproduction}](../examples/field/reproductions/"
                f"{note.reproduction}) {verdict} it:", "",
                "\n".join("    " + line for line in said), "",
                f"Documentation: <{note.documentation}>. Upstream: {links(note.upstream)}.", "",
                f"Seen in this run by: {', '.join(seen)}.", ""]
    return out


def main():
    results = {"subjects": [], "pairs": [], "findings": [], "errors": []}
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        for key, part in json.loads(path.read_text()).items():
            if key in results:
                results[key] += part
    versions = dict(line.split(" ", 1) for line in
                    pathlib.Path(sys.argv[2]).read_text().splitlines() if line)
    shown = {}
    for line in pathlib.Path(sys.argv[3]).read_text().splitlines():
        name, verdict, said = line.split("\t", 2)
        shown[name] = (verdict, said.split("\t"))
    notes = [Note(path) for path in sorted((FOLDER / "findings").glob("*.md"))]
    notes = [note for note in notes if note.library() in versions]

    problems = list(results["errors"])
    for finding in results["findings"]:
        about = [note for note in notes if note.is_about(finding)]
        if not about:
            problems.append(f"{finding['subject']} breaks {finding['signature']}: no note is about "
                            f"that; look at it ({finding['path']}) and write one")
        for note in about:
            note.seen.add((finding["subject"], finding["signature"]))
    for note in notes:
        if not note.seen:
            problems.append(f"{note.path.name}: this run found nothing of the kind")
        if shown[note.reproduction][0] != "shows":
            problems.append(f"{note.reproduction} does not show what {note.path.name} claims")

    out = ["# Field report", "",
           "<!-- Made by tools/field from examples/field; change the notes in "
           "examples/field/findings instead. -->", "",
           "Stream libraries that people use, from Debian 12's packages, under Weir's contract. The glue in "
           "[examples/field](../examples/field) passes", "their streams through and adds nothing; a limitation "
           "that a library documents is a trait that is not claimed, with the reason at the top of",
           "the glue, and no violation. What was found was looked at by hand, beside the documentation that it "
           "links to; what is a matter of opinion is marked", "*debatable*. Each finding has a program of a few "
           "lines in the library's own terms, without Weir, which tools/field compiles and runs.", "",
           "    tools/field     # a thousand random cases for each clause and stream (Python: 300), seed 1", "",
           "| library | version | clauses held, of those that apply | findings | of which debatable |",
           "| --- | --- | --- | --- | --- |"]
    for library, version in versions.items():
        pairs = [pair for pair in results["pairs"] if pair["subject"].startswith(library + ".")]
        own = [note for note in notes if note.library() == library]
        held = len(clauses(pairs, "held"))
        debatable = sum(note.debatable != "no" for note in own)
        out.append(f"| {TITLES[library]} | {version} | {held} of {held + len(clauses(pairs, 'violated'))} | "
                   f"{len(own)} | {debatable} |")
    out.append("")
    for library, version in versions.items():
        out += section(library, version, results, notes, shown)
    print("\n".join(out).rstrip())
    for problem in problems:
        print(f"weir: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
