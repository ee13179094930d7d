"""A table of figures: for each contestant and column the samples of all rounds."""

import dataclasses
import statistics


def median(samples):
    return statistics.median(samples)


def paired_ratio(ones, others):
    """The median of the rounds' own ratios: what disturbs a round disturbs both."""
    return median([one / other for one, other in zip(ones, others, strict=True)])


@dataclasses.dataclass
class Goal:
    """A figure that is wanted to be at most so much."""
    what: str
    figure: float
    at_most: float

    @property
    def is_met(self):
        return self.figure <= self.at_most


@dataclasses.dataclass
class Table:
    name: str     # a file name: "dispatch-closed"
    title: str    # one sentence: what was measured, how long or often, and where the figure is from
    unit: str     # "us", "ms", "MiB", "" for counts
    command: str  # what repeats it
    rows: dict = dataclasses.field(default_factory=dict)   # contestant: {column: [a sample each round]}
    kinds: dict = dataclasses.field(default_factory=dict)  # contestant: "martlet", "peer" or "limit"
    goals: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)  # what a reader has to know, a sentence each

    def add(self, contestant, kind, column, sample):
        self.kinds[contestant] = kind
        self.rows.setdefault(contestant, {}).setdefault(column, []).append(sample)

    def samples(self, contestant, column):
        return self.rows[contestant][column]

    def ratio(self, one, other, column):
        return paired_ratio(self.samples(one, column), self.samples(other, column))

    def want(self, what, figure, at_most):
        self.goals.append(Goal(what, figure, at_most))

    @property
    def columns(self):
        seen = {}
        for row in self.rows.values():
            seen.update(dict.fromkeys(row))
        return list(seen)

    def record(self):
        """As it is kept in JSON."""
        return dataclasses.asdict(self)


def from_record(record):
    goals = [Goal(**goal) for goal in record["goals"]]
    return Table(**{**record, "goals": goals})
