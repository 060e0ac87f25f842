"""A form of the platform as a page: shown, checked, sent, and shown again with its mistakes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from web.answers import answers_of, unasked
from web.problems import mistakes_of
from workflows import errors
from workflows.forms import FieldView

Fields = Callable[[Mapping[str, Any] | None], Sequence[FieldView]]


@dataclass(frozen=True, slots=True)
class FormPage:
    """Where a form stands: its address, its title, the page it came from, and what to read beside it."""

    action: str
    title: str
    back: str
    back_text: str
    fields: Fields
    notes: Sequence[str] = field(default=())
    done: str = "已登记。"

    def show(self, given: Mapping[str, Any] | None = None, mistakes: Sequence[Mapping[str, Any]] = ()) -> str:
        """Return the page."""
        return render_template(
            "construction/form.html", page=self, fields=self.fields(given), errors=mistakes,
        )  # fmt: skip

    def submit(self, send: Callable[[Mapping[str, Any]], str]) -> ResponseReturnValue:
        """Send the answers and go where *send* says, or show what is wrong."""
        given = answers_of(self.fields(None), request.form)
        if request.form.get("act") == "conditions":
            return jsonify({"hidden": unasked(self.fields(given))})
        try:
            target = send(given)
        except errors.FormInvalid as exc:
            return self.show(given, mistakes_of(exc)), 422
        flash(self.done)
        return redirect(target)


def asked(fields: Fields, title: str, back: tuple[str, str]) -> str:
    """Show a form at the address that was asked for; *back* is the address and the name of the page before it."""
    return FormPage(request.path, title, *back, fields).show()


def sent(
    fields: Fields, title: str, back: tuple[str, str], send: Callable[[Mapping[str, Any]], str], said: str = "已登记。"
) -> ResponseReturnValue:
    """Send a form from the address it was shown at."""
    return FormPage(request.path, title, *back, fields, done=said).submit(send)
