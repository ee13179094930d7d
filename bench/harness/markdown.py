"""Tables as people read them: median (range) of the rounds, then goals and notes."""

from .table import median


def number(value):
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def cell(samples):
    if not samples:
        return "-"
    low, high = number(min(samples)), number(max(samples))
    middle = number(median(samples))
    return middle if low == high else f"{middle} ({low}-{high})"


def grid(table):
    yield "| | " + " | ".join(table.columns) + " |"
    yield "|---" * (len(table.columns) + 1) + "|"
    for contestant, row in table.rows.items():
        name = f"**{contestant}**" if table.kinds[contestant] == "martlet" else contestant
        yield f"| {name} | " + " | ".join(cell(row.get(column, [])) for column in table.columns) + " |"


def goals(table):
    yield "| wanted | at most | measured | |"
    yield "|---|---|---|---|"
    for goal in table.goals:
        verdict = "met" if goal.is_met else "**missed**"
        yield f"| {goal.what} | {goal.at_most:g} | {goal.figure:.3g} | {verdict} |"


def rendered(table):
    unit = f", in {table.unit}" if table.unit else ""
    lines = [f"{table.title}{unit} (`{table.command}`):", "", *grid(table)]
    if table.goals:
        lines += ["", *goals(table)]
    for sentence in table.notes:
        lines += ["", sentence]
    return "\n".join(lines) + "\n"
