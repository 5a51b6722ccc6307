// How something goes: as it came, in seven tenths of the time. What came without movement goes at once.
import type { TransitionConfig } from 'svelte/transition';

const SHARE = 0.7;
const WAYS = {
  sink: (u: number) => `translate: 0 ${4 * u}px`,
  shrink: (u: number) => `scale: ${1 - 0.02 * u}`,
  fade: () => '',
};

export function leave(element: Element, { how = 'sink' }: { how?: keyof typeof WAYS } = {}): TransitionConfig {
  const { animationName, animationDuration } = getComputedStyle(element);
  const came = !animationName || animationName === 'none' ? 0 : parseFloat(animationDuration) * 1000;
  return { duration: came * SHARE, css: (t, u) => `opacity: ${t}; ${WAYS[how](u)}` };
}
