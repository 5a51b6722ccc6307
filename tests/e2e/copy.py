#!/usr/bin/python3
"""Holds files on the clipboard as a file browser does: as addresses, with what it means to do with them, and as text. Knows
nothing of who pastes them.

Prints "ready" once the clipboard is its own, and ends when somebody else takes it.
"""
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402

paths = sys.argv[1:]
uris = [GLib.filename_to_uri(path, None) for path in paths]
kinds = ["x-special/gnome-copied-files", "text/uri-list", "UTF8_STRING", "text/plain;charset=utf-8"]
window = Gtk.Window(type=Gtk.WindowType.POPUP)
window.realize()


def hand_over(_widget, selection, kind, _time):
    if kind == 0:
        selection.set(selection.get_target(), 8, "\n".join(["copy", *uris]).encode())
    elif kind == 1:
        selection.set_uris(uris)
    else:
        selection.set_text("\n".join(paths), -1)


window.connect("selection-get", hand_over)
window.connect("selection-clear-event", Gtk.main_quit)
for number, kind in enumerate(kinds):
    Gtk.selection_add_target(window, Gdk.SELECTION_CLIPBOARD, Gdk.Atom.intern(kind, False), number)
assert Gtk.selection_owner_set(window, Gdk.SELECTION_CLIPBOARD, Gdk.CURRENT_TIME)
print("ready", flush=True)
Gtk.main()
