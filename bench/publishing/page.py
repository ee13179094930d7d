"""docs/performance.md: what stands between `<!-- bench:NAME -->` and `<!-- /bench -->` is made anew.

NAME is a table, `plot-` and a plot, or `machine`. What has not been measured stays as it was.
"""

import re

from harness import markdown
from harness.place import ROOT, fail, note

PAGE = ROOT / "docs" / "performance.md"
BLOCK = re.compile(r"<!-- bench:([a-z0-9.-]+) -->\n(.*?)<!-- /bench -->", re.DOTALL)


def machine(records):
    """What was measured where and when, and how to do it again."""
    yield "| subject | measured | martletd | command |"
    yield "|---|---|---|---|"
    for subject, record in records.items():
        command = f"bench/run {'--full ' if record['full'] else ''}{subject}"
        time = record["machine"]["time"].replace("T", " ")
        yield f"| {subject} | {time} | {record.get('martletd', 'unknown')} | `{command}` |"
    yield ""
    machines = {}
    for subject, record in records.items():
        about = record["machine"]
        sentence = (f"{about['processors']} processors ({about['processor']}), {about['memory_gib']} GiB, "
                    f"Linux {about['kernel']}, {about['system']}")
        machines.setdefault(sentence, []).append(subject)
    for sentence, subjects in machines.items():
        yield f"{sentence}." if len(machines) == 1 else f"{', '.join(subjects)}: {sentence}."


def blocks(records, tables, plots):
    """The text for each name that there is one for."""
    made = {name: markdown.rendered(table) for name, table in tables.items()}
    made |= {f"plot-{name}": f"![{title}](images/bench-{name}.svg)\n" for name, title in plots.items()}
    if records:
        made["machine"] = "\n".join(machine(records)) + "\n"
    return made


def write(records, tables, plots):
    made, text = blocks(records, tables, plots), PAGE.read_text(encoding="utf-8")
    names = [found[1] for found in BLOCK.finditer(text)]
    if text.count("<!-- bench:") != len(names) or text.count("<!-- /bench -->") != len(names):
        fail(f"{PAGE.name} has a block without its end, or an end without its block")
    for name in made:
        if name not in names:
            note(f"{PAGE.name} has no place for {name}")

    def filled(found):
        if found[1] not in made:
            note(f"{found[1]} was not measured: its place in {PAGE.name} stays as it was")
        return f"<!-- bench:{found[1]} -->\n{made.get(found[1], found[2])}<!-- /bench -->"
    PAGE.write_text(BLOCK.sub(filled, text), encoding="utf-8")
