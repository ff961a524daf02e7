"""The results as Markdown tables."""

from .results import Results


def number(value: float | None) -> str:
    """Three digits that count; thousands with a comma."""
    if value is None:
        return ""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"


def ratio(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def markdown(results: Results, header: list[str]) -> str:
    """One table a section; one row a measure and contender."""
    lines = ["# Benchmark", "", *[f"- {line}" for line in header], ""]
    sections = list(dict.fromkeys(measure.section for measure in results.measures.values()))
    for section in sections:
        lines += [
            f"## {section}", "", "| measure | contender | median | range | of the limit | of the bare peer |",
            "|---|---|--:|--:|--:|--:|"]
        for key, measure in results.measures.items():
            if measure.section != section:
                continue
            title = f"{measure.name} ({measure.unit})"
            for summary in results.summaries(key):
                limit = " *" if summary.contender in measure.limits else ""
                if summary.median is None:
                    reason = " ".join((summary.failure or "").replace("|", "/").split())
                    cells = [reason if reason == "not measured" else f"failed: {reason}", "", "", ""]
                else:
                    span = f"{number(summary.low)} to {number(summary.high)}" if summary.rounds > 1 else ""
                    cells = [number(summary.median), span, ratio(summary.of_limit), ratio(summary.of_peer)]
                    if summary.failure:
                        cells[1] += f" (failed in other rounds: {' '.join(summary.failure.replace('|', '/').split())})"
                lines.append(f"| {title} | {summary.contender}{limit} | {' | '.join(cells)} |")
                title = ""
        lines.append("")
    lines += [
        "A ratio is the median of the ratios within each round; 1 is the limit (marked *), or the peer, and more is "
        "better, also where less of the measure is better. Where several contenders are marked, the best of them in a "
        "round is its limit.", ""]
    lines += [f"- {note}" for note in results.notes]
    return "\n".join(lines).rstrip() + "\n"
