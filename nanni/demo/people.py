"""The demo company's customers: who they are, where they shop, how they write."""

from dataclasses import dataclass

from nanni.demo.dice import Dice
from nanni.demo.styles import STYLES

STORES = {
    "Ambleford": "North", "Castlewick": "North", "Harrowgate Quay": "North", "Stannerby": "North",
    "Millbourne": "Midlands", "Tamsworth": "Midlands", "Ludgrove": "Midlands",
    "Penmarsh": "Wales and West", "Avonleigh": "Wales and West", "Saltcombe": "Wales and West",
    "Kingsmere": "South", "Oxbridge Park": "South", "Downley": "South", "Wharfside": "South",
}  # fmt: skip
"""Stores of the fictional company by region."""

TIERS = {"basic": 0.68, "silver": 0.22, "gold": 0.10}
LANGUAGES = {"en": 0.885, "de": 0.05, "fr": 0.03, "es": 0.02, "ar": 0.015}

_FIRST = {
    "en": (
        "Alice Amir Anita Beatrice Ben Bronwen Cara Chidi Claire Daniel Deepa Dylan Eilidh Emma Ethan Farah Fiona "
        "George Grace Hamza Harriet Imogen Isaac Jade James Joan Kasia Keith Leila Liam Lucy Malik Margaret Mei "
        "Nadia Niamh Olivia Oscar Pauline Peter Rahul Rosa Ruth Sean Shanice Sophie Stephen Tariq Tom Uma "
        "Victor Wendy Yusuf Zoe"
    ),
    "de": "Anke Bernd Claudia Dieter Elke Florian Greta Holger Jutta Katrin Lukas Monika Nils Petra Sabine Uwe",
    "fr": "Aline Bastien Camille Denis Elodie Fabrice Hugo Isabelle Julien Lucie Margot Nicolas Pascale Yves",
    "es": "Alba Bruno Carmen Diego Elena Javier Lucia Marta Nuria Pablo Rocio Sergio Teresa",
    "ar": "Amal Bassam Dalia Fadi Hanan Jamal Karim Layla Mona Nabil Rania Samir Yasmin",
}  # fmt: skip
_LAST = (
    "Abara Ainsley Barrow Bevan Calder Chowdhury Corrin Dacre Ellwood Fairley Farooq Gorrie Hale Hartnell Ibbotson "
    "Iqbal Jessop Kendrick Lacey Lindqvist Marlow Mbeki Merrick Nolan Okafor Orme Pemberton Pryce Quayle Rahman "
    "Rowntree Sadler Sandhu Silva Tanner Thorne Unwin Vance Wadsworth Whitlock Yardley Zielinski"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Customer:
    """One invented customer; `style` is how they type."""

    id: str
    first: str
    last: str
    email: str
    store: str
    region: str
    tier: str
    language: str
    style: str


def make_customers(count: int, dice: Dice) -> list[Customer]:
    """The company's customers, most eager to answer first."""
    return [_customer(number, dice) for number in range(count)]


def _customer(number: int, dice: Dice) -> Customer:
    language = dice.weighted(LANGUAGES)
    first, last = dice.pick(_FIRST[language].split()), dice.pick(_LAST.split())
    store = dice.pick(tuple(STORES))
    host = dice.pick(("example.org", "example.com", "example.net"))
    return Customer(
        id=f"C{10_000 + number * 7 % 90_000}",
        first=first,
        last=last,
        email=f"{first}.{last}{number}@{host}".lower(),
        store=store,
        region=STORES[store],
        tier=dice.weighted(TIERS),
        language=language,
        style=dice.weighted(STYLES),
    )
