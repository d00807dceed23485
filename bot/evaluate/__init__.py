"""How well questions are answered: figures for whoever changes content or engine.

`questions` reads, `ask` asks them all, `measure` turns what came of it into
figures, `compare` tells two such rounds apart, and `report` is for human eyes.
"""

from bot.evaluate.asking import Asked, ask
from bot.evaluate.figures import Figures, measure
from bot.evaluate.noise import NOISES, noisy
from bot.evaluate.reading import Half, Question, known_misses, questions

__all__ = [
    "NOISES",
    "Asked",
    "Figures",
    "Half",
    "Question",
    "ask",
    "known_misses",
    "measure",
    "noisy",
    "questions",
]
