// Waiting rows dragged to another place in line. Pointer events, because the shell keeps native drags for files.
import type { TransferId } from '../host/bindings';
import type { App } from '../state/app.svelte';

const SLACK = 5;

/** Follows a pointer that went down on a row; a click stays a click until it has moved a little. */
export function dragFrom(app: App, id: TransferId, down: PointerEvent): void {
  const { queue, transfers, actions } = app;
  const status = transfers.get(id)?.row.status;
  const grid = (down.currentTarget as HTMLElement).closest<HTMLElement>('[role="treegrid"]');
  if (down.button !== 0 || !grid || (status !== 'waiting' && status !== 'paused')) return;
  const stop = new AbortController();
  const { signal } = stop;

  function over(event: PointerEvent): void {
    const y = event.clientY - (grid?.getBoundingClientRect().top ?? 0);
    const { layout } = queue;
    const line = layout.line(layout.at(y));
    if (line?.kind !== 'row' || line.group !== 'waiting') {
      queue.dropBefore = null;
      return;
    }
    const after = y > line.top + line.height / 2;
    const { ids } = layout.sections.find(({ group }) => group === 'waiting') ?? { ids: [] };
    const id = ids[line.position - (after ? 0 : 1)] ?? null;
    queue.dropBefore = { id, top: after ? line.top + line.height : line.top };
  }
  function move(event: PointerEvent): void {
    if (!queue.dragging && Math.abs(event.clientY - down.clientY) < SLACK) return;
    if (!queue.dragging && !queue.selected.has(id)) queue.select(id);
    queue.dragging = true;
    over(event);
  }
  function end(event: Event): void {
    const target = queue.dropBefore;
    const ids = queue.chosen.map((transfer) => transfer.id);
    if (queue.dragging && target && event.type === 'pointerup' && !ids.includes(target.id ?? '')) {
      actions.reorder(ids, target.id);
    }
    queue.dropBefore = null;
    queue.dragging = false;
    stop.abort();
  }
  addEventListener('pointermove', move, { signal });
  addEventListener('pointerup', end, { signal });
  addEventListener('pointercancel', end, { signal });
  addEventListener('keydown', (event) => event.key === 'Escape' && end(event), { signal });
}
