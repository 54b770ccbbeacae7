"""A button that copies the page's address, which holds every setting."""

import streamlit as st

_HTML = '<button type="button" class="copy"></button>'
_CSS = """
.copy {
  width: 100%; min-height: 2.5rem; padding: 0.25rem 0.5rem; cursor: pointer;
  font: inherit; font-size: 0.875rem;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
.copy:hover, .copy:focus-visible {
  border-color: var(--st-primary-color); color: var(--st-primary-color);
}
@media (pointer: coarse) { .copy { min-height: 2.75rem; } }
"""
# On Community Cloud the app is in a frame at "/~/+/", which the address to share is without.
# Browsers offer the clipboard on https and localhost only; elsewhere a text field is copied.
_JS = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.label;
  button.onclick = async () => {
    const address = window.location.href.replace("/~/+/", "/");
    try {
      await navigator.clipboard.writeText(address);
    } catch {
      const field = document.createElement("textarea");
      field.value = address;
      document.body.appendChild(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    button.textContent = data.done;
    setTimeout(() => { button.textContent = data.label; }, 1500);
  };
}
"""


def copy_link_button(label: str, done: str) -> None:
    """Draw the button; for a moment after a click it reads ``done``."""
    component = st.components.v2.component("copy_link", html=_HTML, css=_CSS, js=_JS)
    component(data={"label": label, "done": done}, key="copy_link", height="content")
