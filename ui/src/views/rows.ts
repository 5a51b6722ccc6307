// Pointer events that every row of the list has, main or attached.
import type { TransferId } from '../host/bindings';
import type { App } from '../state/app.svelte';
import { dragFrom } from './drag';

/** Click selects, Ctrl toggles, Shift extends; a double click opens the inspector. */
export function rowEvents(app: App, id: () => TransferId) {
  const { queue, inspector } = app;
  return {
    onclick(event: MouseEvent) {
      const toggle = app.session.mac ? event.metaKey : event.ctrlKey;
      queue.select(id(), event.shiftKey ? 'extend' : toggle ? 'toggle' : 'only');
    },
    onpointerdown: (event: PointerEvent) => dragFrom(app, id(), event),
    ondblclick: () => inspector.toggle(true),
    onfocus: () => (queue.cursor = id()),
    oncontextmenu: () => {
      if (!queue.selected.has(id())) queue.select(id());
    },
  };
}
