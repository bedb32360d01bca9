"""The card that travels with a team's own model."""

from collections.abc import Sequence

from models.evaluate import MethodResult
from models.sentiment import Sentiment

_CARD = """# {name}

A head of a team's own on the encoder of {base}: logistic regression on the encoder's pooled output and logits
(strength C = {strength:g}, temperature {temperature:.3f}, both set out of fold). Frustration, languages and limits
are those of that model; its card holds here too.

Learnt from {learnt:,} labelled comments (file hash `{labelled}`); {rows:,} comments of other respondents judged it:

| Model | Macro F1 (95 %) | Negative recall (95 %) | Negative precision | ECE | Brier |
|---|---|---|---|---|---|
{scores}

Macro F1 gained: {low:+.3f} to {high:+.3f} (95 %, whole respondents drawn together). {verdict}

`manifest.json` lists the hashes of the files that decide an answer. An operating point (`nanni model operating-point`)
belongs to one model: pick it anew for this one. Comments are read by the encoder alone, without the cheaper tiers, so
this model is slower than the shipped one.
"""


def own_card(
    name: str,
    base: str,
    results: Sequence[MethodResult],
    gain: tuple[float, float],
    *,
    learnt: int,
    strength: float,
    temperature: float,
    labelled: str,
) -> str:
    """The card; `results` are of the held-out comments, the own model first."""
    verdict = "All of it is above zero." if gain[0] > 0 else "That does not show that it is better: kept on purpose."
    return _CARD.format(
        name=name,
        base=base,
        strength=strength,
        temperature=temperature,
        learnt=learnt,
        labelled=labelled[:12],
        rows=results[0].report.rows,
        scores="\n".join(_row(result) for result in results),
        low=gain[0],
        high=gain[1],
        verdict=verdict,
    )


def _row(result: MethodResult) -> str:
    report, negative = result.report, result.report.classes[Sentiment.NEGATIVE]
    low, high = result.macro_f1_interval
    least, most = result.negative_recall_interval
    recall = f"{negative.recall:.3f} ({least:.3f}-{most:.3f})"
    return (
        f"| {result.method} | {report.macro_f1:.3f} ({low:.3f}-{high:.3f}) | {recall} "
        f"| {negative.precision:.3f} | {report.ece or 0:.3f} | {report.brier or 0:.3f} |"
    )
