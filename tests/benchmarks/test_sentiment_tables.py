from io import StringIO

from rich.console import Console

from benchmarks.sentiment_tables import MOST_COLUMNS, number, print_tables


def printed(figures: dict[str, object]) -> list[list[str]]:
    """The words of each line of the tables."""
    sheet = StringIO()
    print_tables(figures, Console(file=sheet, width=200, highlight=False))
    return [line.split() for line in sheet.getvalue().splitlines() if line.strip()]


def test_a_domain_says_in_what_it_is_behind_its_peer() -> None:
    domains = {
        "tweets": {
            "rows": 400.0,
            "encoder": {"macro_recall": 0.5, "negative_auc": 0.9},
            "vader": {"macro_recall": 0.6, "negative_auc": 0.8},
        },
        "films": {
            "rows": 90.0,
            "encoder": {"macro_recall": 0.61, "negative_auc": 0.9},
            "vader": {"macro_recall": 0.6, "negative_auc": 0.8},
        },
    }
    lines = printed({"left_out": {"survey": domains}})
    assert ["tweets", "400", "0.500", "0.600", "0.900", "0.800", "macro", "recall"] in lines
    assert ["films", "90", "0.610", "0.600", "0.900", "0.800", "nothing"] in lines


def test_an_interval_stands_behind_its_figure() -> None:
    lines = printed({"five_fold": {"encoder": {"macro_f1": 0.75, "macro_f1_low": 0.73, "macro_f1_high": 0.77}}})
    assert ["encoder", "0.750", "(0.730-0.770)"] in lines


def test_many_measures_go_down_the_page() -> None:
    measures = {f"m{i}": float(i) for i in range(MOST_COLUMNS + 1)}
    lines = printed({"process": {"ours": measures, "peer": {"m0": 3.5}}})
    assert ["ours", "peer"] in lines
    assert ["m0", "0", "3.500"] in lines


def test_a_figure_has_as_many_digits_as_it_deserves() -> None:
    assert [number(value) for value in (None, 3.0, 0.25, 2146.3)] == ["-", "3", "0.250", "2,146"]
