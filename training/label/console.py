"""Questions in, keys of a person at a terminal out: the loop of ``stance annotate``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from classifier.errors import StanceError
from classifier.model import labels as scheme
from classifier.model.explanation import Explanation
from classifier.model.probabilities import softmax
from classifier.model.regression import Model
from classifier.report.terminal import marked, plain
from classifier.wording import count_of
from training.label.annotate import Answers, Question
from training.label.learner import Learner

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples


class Command(Enum):
    """What a key can mean besides a label; the value is the key."""

    UNDO = "u"
    SKIP = "s"
    QUIT = "q"


def check_terminal() -> None:
    """See that there is a person to ask.

    Raises
    ------
    StanceError
        When standard input or output is no terminal, or the extra is missing.
    """
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise StanceError("stance annotate asks at a terminal; run it in one, with neither input nor output redirected")
    try:
        import prompt_toolkit  # noqa: F401
    except ImportError:
        raise StanceError("stance annotate needs the extra: pip install 'diplomatic-stance[annotate]'") from None


def keys_of(labels: Sequence[str]) -> dict[str, str]:
    """A key for each of `labels`: its first letter that is still free, else a digit.

    Raises
    ------
    StanceError
        When there are more labels than keys.
    """
    keys: dict[str, str] = {}
    taken = {command.value for command in Command}
    for label in labels:
        letters = [letter for letter in label.lower() if len(letter) == 1 and letter.isalpha()]
        free = [key for key in [*letters, *"123456789"] if key not in taken]
        if not free:
            raise StanceError(f"no key is left for the label {label!r}; annotate with fewer labels")
        keys[free[0]] = label
        taken.add(free[0])
    return keys


def ask_all(questions: Iterator[Question], total: int, answers: Answers, labels: Sequence[str], learner: Learner) -> None:
    """Ask until a person quits or nothing is left; what the `learner` guesses is shown for all but test questions."""
    keys = keys_of(labels)
    console = Console(highlight=False, markup=False, emoji=False)
    passed: list[tuple[Question, bool]] = []
    again: list[Question] = []
    while question := again.pop() if again else next(questions, None):
        left = total - len(passed)
        opinion = learner.opinion
        console.print(Rule(_state(answers, left), style="dim", align="left"))
        if opinion.progress:
            console.print(Text(f"  {opinion.progress}", style="dim"), soft_wrap=True)
        _show(console, question, opinion.model)
        answer = _ask(keys)
        if answer is Command.QUIT:
            break
        if answer is Command.UNDO:
            again.append(question)
            if passed:
                before, saved = passed.pop()
                if saved:
                    learner.untell(before.test)
                again.append(answers.undo() or before if saved else before)
            continue
        if isinstance(answer, str):
            answers.add(question, answer)
            learner.tell(question.text, answer, question.test)
        console.print(Text(f"  {plain(answer)}" if isinstance(answer, str) else "  skipped", style="bold"))
        passed.append((question, isinstance(answer, str)))
    else:
        console.print("Nothing is left to ask.")


def _state(answers: Answers, left: int) -> str:
    return f"{count_of(answers.train, 'answer')}, {answers.test:,} more for the test · {left:,} left "


def _show(console: Console, question: Question, model: Model | None) -> None:
    """The sentence between its neighbours, and what the model thinks of it."""
    guess = model.explain(question.text) if model and not question.test else None
    lines = [Text(plain(question.before), style="dim")] if question.before else []
    style = scheme.describe(guess.label).terminal if guess else ""
    lines.append(marked(question.text, guess.words if guess else (), style, underline=True, base="bold"))
    lines += [Text(plain(question.after), style="dim")] if question.after else []
    for line in lines:
        console.print(Padding(line, (0, 0, 0, 2)))
    console.print(_opinion(guess) if guess else Text("a test sentence: no guess is shown" if question.test else "", style="dim"))


def _opinion(guess: Explanation) -> Text:
    probability = float(softmax(np.array([guess.logits])).max())
    style = scheme.describe(guess.label).terminal
    return Text.assemble(("the model says ", "dim"), (plain(guess.label), style), (f", {probability:.0%}", "dim"))


def _ask(keys: dict[str, str]) -> str | Command:
    """The label or command whose key is pressed; the end of the input quits.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C.
    """
    from prompt_toolkit.application import Application
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.layout import FormattedTextControl, Layout, Window

    bindings = KeyBindings()

    def bind(key: str, meaning: str | Command) -> None:
        @bindings.add(key)
        def _(event: KeyPressEvent) -> None:
            event.app.exit(result=meaning)

    meanings: dict[str, str | Command] = {**keys, **{command.value: command for command in Command}}
    for key, meaning in meanings.items():
        for variant in {key, key.upper()} if len(key.upper()) == 1 else {key}:
            bind(variant, meaning)
    bind("c-d", Command.QUIT)

    @bindings.add("c-c")
    @bindings.add("<sigint>")
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt)

    help_line = Window(FormattedTextControl(_help(keys)), dont_extend_height=True, wrap_lines=True)
    application: Application[str | Command] = Application(Layout(help_line), key_bindings=bindings, erase_when_done=True)
    try:
        return application.run()
    except EOFError:
        return Command.QUIT


def _help(keys: dict[str, str]) -> StyleAndTextTuples:
    shown = [(key, plain(label)) for key, label in keys.items()]
    shown += [(command.value, command.name.lower()) for command in Command]
    return [part for key, name in shown for part in (("bold reverse", f" {key} "), ("", f" {name}  "))]
