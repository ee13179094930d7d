"""Plots of tables, with matplotlib, as SVG files that are the same for the same figures.

They have a ground of their own, so that they can be read on a light page and on a dark one.
"""

import re

import matplotlib
from matplotlib import pyplot
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from harness.markdown import number
from harness.place import ROOT, note
from harness.table import median

IMAGES = ROOT / "docs" / "images"
GROUND, INK, FAINT = "#10151c", "#d6deeb", "#3b4252"
COLOURS = {"martlet": "#8fce7a", "peer": "#6fa8f5", "limit": "#e6c265"}
WORDS = {"martlet": "Martlet", "peer": "peers", "limit": "limit, in C"}
SHADES = {"martlet": ["#8fce7a", "#2fb5a0", "#d9f2a5", "#4f9a45"],
          "peer": ["#6fa8f5", "#c792ea", "#5fc7d4", "#ef6b73", "#f2a65e"], "limit": ["#e6c265", "#a8873a"]}

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.hashsalt": "martlet", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10,
    "figure.facecolor": GROUND, "axes.facecolor": GROUND, "savefig.facecolor": GROUND, "text.color": INK,
    "axes.labelcolor": INK, "axes.edgecolor": FAINT, "xtick.color": INK, "ytick.color": INK,
    "grid.color": FAINT, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "legend.frameon": False, "figure.constrained_layout.use": True})


def save(figure, name):
    figure.savefig(IMAGES / f"bench-{name}.svg", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    note(f"docs/images/bench-{name}.svg")


def panels(wanted, tables):
    """Those whose tables were measured, and have the column."""
    for panel in wanted:
        table = tables.get(panel.table)
        if table is None or (panel.column and panel.column not in table.columns):
            note(f"a plot has no {panel.table}{panel.column and ', ' + panel.column}: this panel is left out")
        else:
            yield panel, table


# Bars: a row for each contestant, a panel for each table and column

def bars(name, title, wanted, tables):
    """Whether there was anything to draw."""
    drawn = list(panels(wanted, tables))
    if not drawn:
        return False
    rows = {row: table.kinds[row] for _, table in drawn for row in table.rows}
    figure, axes = pyplot.subplots(1, len(drawn), sharey=True, squeeze=False,
                                   figsize=(3.0 + 2.6 * len(drawn), 1.3 + 0.3 * len(rows)))
    for axis, (panel, table) in zip(axes[0], drawn):
        _bar_panel(axis, panel, table, rows)
    axes[0][0].set_yticks(range(len(rows)), list(rows))
    axes[0][0].invert_yaxis()
    kinds = [kind for kind in COLOURS if kind in rows.values()]
    handles = [pyplot.Rectangle((0, 0), 1, 1, color=COLOURS[kind]) for kind in kinds]
    figure.legend(handles, [WORDS[kind] for kind in kinds], loc="upper right", ncol=len(kinds), fontsize=8)
    figure.suptitle(title, fontsize=11, x=0.01, horizontalalignment="left")
    save(figure, name)
    return True


def _bar_panel(axis, panel, table, rows):
    known = {row: table.rows[row][panel.column] for row in rows if table.rows.get(row, {}).get(panel.column)}
    for place, row in enumerate(rows):
        if row not in known:
            axis.text(0, place, " not measured", va="center", fontsize=7, color=INK, alpha=0.6)
            continue
        samples = known[row]
        figure = max(samples) if panel.is_worst else median(samples)
        axis.barh(place, figure, color=COLOURS[table.kinds[row]], height=0.7)
        axis.plot([min(samples), max(samples)], [place, place], color=INK, linewidth=0.8)
        axis.annotate(number(figure), (max(samples), place), xytext=(4, 0), textcoords="offset points",
                      va="center", fontsize=8)
    # Small bars beside one that is a thousand times as long can be told apart.
    if panel.is_logarithmic:
        axis.set_xscale("symlog", linthresh=1)
        axis.xaxis.set_minor_locator(NullLocator())
    # Room for the figure behind the longest bar.
    longest = max(max(samples) for samples in known.values())
    axis.set_xlim(0, longest * (6 if panel.is_logarithmic else 1.3) or 1)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_title(panel.title, fontsize=9)
    axis.tick_params(axis="x", labelsize=7)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="x", linewidth=0.5)


# Lines: a line for each contestant, over the numbers that the columns begin with

def place_of(column):
    found = re.match(r"[\d.]+", column)
    return float(found[0]) if found else None


def lines(name, title, wanted, tables):
    """Whether there was anything to draw."""
    drawn = list(panels(wanted, tables))
    if not drawn:
        return False
    across = min(2, len(drawn))
    down = -(-len(drawn) // across)
    figure, axes = pyplot.subplots(down, across, squeeze=False, figsize=(4.8 * across, 4.2 * down))
    for axis in list(axes.flat)[len(drawn):]:
        axis.set_visible(False)
    for axis, (panel, table) in zip(axes.flat, drawn):
        _line_panel(axis, panel, table)
    figure.suptitle(title, fontsize=11, x=0.01, horizontalalignment="left")
    save(figure, name)
    return True


def _line_panel(axis, panel, table):
    used = dict.fromkeys(SHADES, 0)
    places = set()
    for row, samples in table.rows.items():
        kind = table.kinds[row]
        shade = SHADES[kind][used[kind] % len(SHADES[kind])]
        style = ["-", "--", ":"][used[kind] // len(SHADES[kind]) % 3]
        used[kind] += 1
        points = sorted((place_of(column), figures) for column, figures in samples.items()
                        if place_of(column) is not None and figures)
        across = [place for place, _ in points]
        places |= set(across)
        axis.fill_between(across, [min(figures) for _, figures in points],
                          [max(figures) for _, figures in points], color=shade, alpha=0.15, linewidth=0)
        axis.plot(across, [median(figures) for _, figures in points], style, color=shade, marker="o",
                  markersize=3, linewidth=2 if kind == "martlet" else 1.2, label=row)
    axis.set_xscale("log")
    axis.set_xticks(sorted(places), [f"{place:,.0f}" for place in sorted(places)], rotation=45, fontsize=7)
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.xaxis.set_minor_locator(NullLocator())
    if panel.is_logarithmic:
        axis.set_yscale("log")
    else:
        axis.set_ylim(bottom=0)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.tick_params(axis="y", labelsize=7)
    axis.set_xlabel(panel.across, fontsize=8)
    axis.set_title(panel.title, fontsize=9)
    axis.grid(linewidth=0.5)
    # Below, where no line is.
    axis.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.25), ncol=2)
