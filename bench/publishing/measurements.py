"""The raw figures that the documentation rests on: docs/measurements/SUBJECT.json, a line for each row."""

import json

from harness.place import OUTPUT, ROOT, fail, note
from harness.table import from_record

KEPT = ROOT / "docs" / "measurements"


def rounded(value):
    """To five digits: the sixth is never of this program's doing."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, list) else value


def lines(record):
    """JSON in which a row is a line, so that two measurements can be compared."""
    head = {key: part for key, part in record.items() if key != "tables"}
    yield json.dumps(head)[:-1] + ', "tables": ['
    for number, table in enumerate(record["tables"]):
        head = {key: part for key, part in table.items() if key != "rows"}
        yield ("" if number == 0 else ", ") + json.dumps(head)[:-1] + ', "rows": {'
        rows = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in table["rows"].items()]
        yield ",\n".join(rows)
        yield "}}"
    yield "]}"


def keep(is_quick_enough=False):
    """Takes over what full runs have left in build/bench."""
    KEPT.mkdir(exist_ok=True)
    for path in sorted(OUTPUT.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if not record["full"] and not is_quick_enough:
            note(f"{path.stem}: that was no full run, and is left out")
            continue
        text = "\n".join(lines(rounded(record))) + "\n"
        (KEPT / path.name).write_text(text, encoding="utf-8")


def kept(subjects):
    """The records of the subjects, in this order, and their tables by name."""
    records, tables = {}, {}
    for subject in subjects:
        path = KEPT / f"{subject}.json"
        if not path.exists():
            note(f"{subject} has not been measured: its tables and plots are left as they are")
            continue
        records[subject] = json.loads(path.read_text(encoding="utf-8"))
        for record in records[subject]["tables"]:
            table = from_record(record)
            if table.name in tables:
                fail(f"there are two tables {table.name}")
            tables[table.name] = table
    return records, tables
