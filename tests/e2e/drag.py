#!/usr/bin/python3
"""A small window that files can be dragged out of with the real pointer. Knows nothing of who receives them.

Prints "ready" when it can be dragged from and "done" when the drag has ended.
"""
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402

uris = [GLib.filename_to_uri(path, None) for path in sys.argv[1:]]
window = Gtk.Window(type=Gtk.WindowType.POPUP)
window.set_default_size(40, 40)
window.move(4, 4)
box = Gtk.EventBox()
box.add(Gtk.Label(label="drag"))
window.add(box)
box.drag_source_set(
    Gdk.ModifierType.BUTTON1_MASK, [Gtk.TargetEntry.new("text/uri-list", 0, 0)], Gdk.DragAction.COPY
)
box.connect("drag-data-get", lambda _w, _c, selection, _i, _t: selection.set_uris(uris))


def ended(*_):
    print("done", flush=True)
    GLib.timeout_add(300, Gtk.main_quit)


box.connect("drag-end", ended)
window.show_all()
# Once the loop is idle the window has been drawn.
GLib.timeout_add(100, lambda: print("ready", flush=True))
Gtk.main()
