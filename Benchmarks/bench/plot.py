"""A horizontal bar plot in plain SVG: how much of the limit ours and the peers reach."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from .report import number, ratio
from .results import Results
from .rounds import ASGI, BARE_PEER, OURS

SHOWN = (OURS, BARE_PEER, ASGI)
CLASSES = {OURS: "ours", BARE_PEER: "bare", ASGI: "asgi"}
LEGEND = {OURS: "jspg", BARE_PEER: "peer in Python, bare asyncio", ASGI: "peer in Python, uvicorn"}

WIDTH, LABEL, RIGHT = 960, 330, 170
BAR, GAP, GROUP, TOP, SECTION = 13, 3, 12, 76, 34

STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-size: 17px; font-weight: 600 } .section { font-weight: 600 } .small, .value { font-size: 11.5px }
.value { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round }
.small { fill: #59636e } .background { fill: #ffffff } .grid { stroke: #d1d9e0 } .limit { stroke: #1f2328 }
.ours { fill: #2563c9 } .bare { fill: #d9822b } .asgi { fill: #8a94a0 } .failed { fill: #c62f3a }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 } .background { fill: #0d1117 } .value { stroke: #0d1117 } .grid { stroke: #30363d }
  .limit { stroke: #e6edf3 } .ours { fill: #5b9bff } .bare { fill: #f0a356 } .asgi { fill: #8b949e }
  .failed { fill: #ff7b72 }
}
"""


@dataclass
class Bar:
    contender: str
    value: float | None
    text: str


def svg(results: Results, subtitle: str) -> str:
    """The plot; measures without a limit, or of which none of ours was measured, are left to the table."""
    groups: list[tuple[str, str, list[Bar]]] = []
    for key, measure in results.measures.items():
        if not measure.limits:
            continue
        bars = []
        for summary in results.summaries(key):
            if summary.contender not in SHOWN:
                continue
            if summary.of_limit is None:
                text = "failed" if summary.median is None else f"{number(summary.median)} {measure.unit}, no limit measured"
            else:
                text = f"{ratio(summary.of_limit)} · {number(summary.median)} {measure.unit}"
            bars.append(Bar(summary.contender, summary.of_limit, text))
        if bars:
            bars.sort(key=lambda bar: SHOWN.index(bar.contender))
            groups.append((measure.section, measure.name, bars))

    most = max([1.0] + [bar.value for _, _, bars in groups for bar in bars if bar.value])
    # A reach far beyond the limit is cut, and its value is in the text.
    axis = min(most * 1.02, 1.6)
    scale = (WIDTH - LABEL - RIGHT) / axis

    body: list[str] = []
    y = TOP
    section = ""
    for group, name, bars in groups:
        if group != section:
            section = group
            y += SECTION
            body.append(f'<text class="section" x="16" y="{y - 10}">{escape(section)}</text>')
        height = len(bars) * (BAR + GAP) - GAP
        body.append(
            f'<text x="{LABEL - 10}" y="{y + height / 2 + 4.5:.1f}" text-anchor="end">{escape(_short(name))}</text>')
        for bar in bars:
            width = min(bar.value or 0, axis) * scale
            if bar.value is not None:
                body.append(
                    f'<rect class="{CLASSES[bar.contender]}" x="{LABEL}" y="{y}" width="{max(width, 1):.1f}" '
                    f'height="{BAR}" rx="1.5"/>')
            if bar.value is not None and bar.value > axis:
                bar.text = f"→ {bar.text}"
            style = "value" if bar.value is not None or bar.text != "failed" else "value failed"
            body.append(
                f'<text class="{style}" x="{LABEL + width + 6:.1f}" y="{y + BAR - 2.5:.1f}">{escape(bar.text)}</text>')
            y += BAR + GAP
        y += GROUP
    height = y + 44

    grid: list[str] = []
    step = 0.2 if axis <= 1.25 else 0.25
    for index in range(int(axis / step) + 1):
        value = index * step
        x = LABEL + value * scale
        style = "limit" if abs(value - 1) < 1e-9 else "grid"
        dash = ' stroke-dasharray="5 3"' if style == "limit" else ""
        grid.append(f'<line class="{style}"{dash} x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{y}"/>')
        label = "1 = limit" if style == "limit" else f"{value:g}"
        grid.append(f'<text class="small" x="{x:.1f}" y="{y + 16}" text-anchor="middle">{label}</text>')

    legend: list[str] = []
    x = LABEL
    shown = [each for each in SHOWN if any(bar.contender == each for _, _, bars in groups for bar in bars)]
    for contender in shown:
        legend.append(f'<rect class="{CLASSES[contender]}" x="{x}" y="55" width="12" height="12" rx="2"/>')
        legend.append(f'<text class="small" x="{x + 18}" y="65">{escape(LEGEND[contender])}</text>')
        x += 40 + round(len(LEGEND[contender]) * 6.4)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="Share of the limit that each system reaches">\n<style>{STYLE}</style>\n'
        f'<rect class="background" width="100%" height="100%"/>\n'
        '<text class="title" x="16" y="28">How much of the limit is reached (longer is better)</text>\n'
        f'<text class="small" x="16" y="46">{escape(subtitle)}</text>\n'
        + "\n".join(grid + legend + body) + "\n</svg>\n")


def _short(name: str) -> str:
    return name if len(name) <= 46 else name[:45] + "…"
