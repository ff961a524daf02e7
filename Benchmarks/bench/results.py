"""What was measured: values by measure, contender and round, beside their limits."""

import statistics
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Measure:
    """One thing that is measured of several contenders."""

    section: str
    name: str
    unit: str
    better: Literal["more", "less"] = "more"
    #: The contenders whose best value in a round is the limit; none where there is no limit.
    limits: tuple[str, ...] = ()
    #: The contender that peers' ratio is taken to.
    peer: str = "peer, bare"


@dataclass
class Summary:
    """A contender's values of one measure, over all rounds."""

    contender: str
    median: float | None = None
    low: float | None = None
    high: float | None = None
    #: Median of the ratios within each round: how much of the limit is reached; 1 is the limit itself.
    of_limit: float | None = None
    of_peer: float | None = None
    failure: str | None = None
    rounds: int = 0


@dataclass
class Results:
    """Collects values and failures; nothing that failed is left out."""

    measures: dict[tuple[str, str], Measure] = field(default_factory=dict)
    values: dict[tuple[str, str], dict[str, dict[int, float]]] = field(default_factory=dict)
    failures: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def declare(self, measure: Measure, contenders: list[str]) -> None:
        """Makes a row for each contender, in this order."""
        key = (measure.section, measure.name)
        self.measures[key] = measure
        rows = self.values.setdefault(key, {})
        for contender in contenders:
            rows.setdefault(contender, {})

    def add(self, section: str, name: str, contender: str, round_number: int, value: float) -> None:
        self.values[(section, name)].setdefault(contender, {})[round_number] = value

    def fail(self, section: str, name: str, contender: str, reason: str) -> None:
        self.values[(section, name)].setdefault(contender, {})
        self.failures.setdefault((section, name), {})[contender] = reason

    def has(self, section: str, name: str, contender: str, round_number: int) -> bool:
        return round_number in self.values[(section, name)].get(contender, {})

    def summaries(self, key: tuple[str, str]) -> list[Summary]:
        """One for each contender of a measure."""
        measure, rows = self.measures[key], self.values[key]
        best = max if measure.better == "more" else min
        limit: dict[int, float] = {}
        for name in measure.limits:
            for number, value in rows.get(name, {}).items():
                limit[number] = best(limit.get(number, value), value)
        found = []
        for contender, values in rows.items():
            summary = Summary(
                contender, failure=self.failures.get(key, {}).get(contender), rounds=len(values))
            if values:
                numbers = list(values.values())
                summary.median, summary.low, summary.high = statistics.median(numbers), min(numbers), max(numbers)
                summary.of_limit = self._ratio(values, limit, measure)
                summary.of_peer = self._ratio(values, rows.get(measure.peer, {}), measure)
            elif summary.failure is None:
                summary.failure = "not measured"
            found.append(summary)
        return found

    @staticmethod
    def _ratio(values: dict[int, float], others: dict[int, float], measure: Measure) -> float | None:
        ratios = []
        for number in values.keys() & others.keys():
            above, below = values[number], others[number]
            if measure.better == "less":
                above, below = below, above
            if below > 0:
                ratios.append(above / below)
        return statistics.median(ratios) if ratios else None

    def raw(self) -> list[dict[str, Any]]:
        """Everything, for the JSON file."""
        return [
            {
                "section": measure.section, "measure": measure.name, "unit": measure.unit, "better": measure.better,
                "limits": list(measure.limits),
                "contenders": [
                    {**vars(summary), "values": {str(n): v for n, v in self.values[key][summary.contender].items()}}
                    for summary in self.summaries(key)],
            }
            for key, measure in self.measures.items()]
