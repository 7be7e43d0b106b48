"""Texts in several languages, in the admin's clothes."""

from typing import Any

from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminTextInputWidget

from audiences.fields import TextsWidget


class TextsAdminWidget(TextsWidget):
    """One input per language."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        # A conditional form ties each widget to one variable: our languages would share a text.
        self.attrs.pop("x-model.fill", None)
        return super().get_context(name, value, attrs)


def texts_widget(*, single_line: bool) -> TextsAdminWidget:
    return TextsAdminWidget(
        UnfoldAdminTextInputWidget if single_line else UnfoldAdminExpandableTextareaWidget
    )
