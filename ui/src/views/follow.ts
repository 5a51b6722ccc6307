// After a regrouping a row glides from where it stood to where it stands, so that the eye can follow.
import type { Line } from '../state/layout';
import type { Queue } from '../state/queue.svelte';

export function follow(queue: Queue, line: Line) {
  return (element: HTMLElement) => {
    const from = queue.movedFrom.get(line.key);
    if (from === undefined || from === line.top || !element.animate) return;
    const move = getComputedStyle(element).getPropertyValue('--d-move').trim();
    const frames = [{ translate: `0 ${from - line.top}px` }, { translate: '0 0' }];
    element.animate(frames, { duration: parseFloat(move) || 0, easing: 'cubic-bezier(.4,0,.1,1)' });
  };
}
