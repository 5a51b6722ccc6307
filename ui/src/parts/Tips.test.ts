// One tooltip for whatever asks for it, by pointer or by focus.
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import Tips from './Tips.svelte';

let button: HTMLButtonElement;
const tip = () => screen.queryByRole('tooltip');
const over = (element: Element) => fireEvent.pointerOver(element);

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  document.body.innerHTML = '<button aria-describedby="why" data-tip="Pause" data-keys="Ctrl P">x</button><p>other</p>';
  button = document.querySelector('button') as HTMLButtonElement;
  render(Tips);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  document.body.innerHTML = '';
});

describe('the tooltip of the window', () => {
  it('waits half a second for the pointer, and goes when it leaves', async () => {
    await over(button);
    vi.advanceTimersByTime(450);
    expect(tip()).toBeNull();
    vi.advanceTimersByTime(60);
    await waitFor(() => expect(tip()?.textContent).toMatch(/Pause\s*Ctrl\s*P/));
    await over(document.querySelector('p') as Element);
    vi.advanceTimersByTime(200);
    await waitFor(() => expect(tip()).toBeNull());
  });

  it('stays while the pointer is over itself', async () => {
    await over(button);
    vi.advanceTimersByTime(510);
    await waitFor(() => expect(tip()).not.toBeNull());
    await over(document.querySelector('p') as Element);
    await over(tip() as Element);
    vi.advanceTimersByTime(400);
    expect(tip()).not.toBeNull();
  });

  it('shows at once on focus, describes its control beside what did, and Escape goes no further', async () => {
    const heard = vi.fn();
    window.addEventListener('keydown', heard);
    button.focus();
    await waitFor(() => expect(tip()).not.toBeNull());
    expect(button.getAttribute('aria-describedby')).toBe(`why ${tip()?.id}`);
    await fireEvent.keyDown(button, { key: 'Escape' });
    await waitFor(() => expect(tip()).toBeNull());
    expect(button.getAttribute('aria-describedby')).toBe('why');
    await fireEvent.keyDown(button, { key: 'Escape' });
    window.removeEventListener('keydown', heard);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it('follows what its control is called', async () => {
    await over(button);
    vi.advanceTimersByTime(510);
    await waitFor(() => expect(tip()?.textContent).toContain('Pause'));
    button.dataset.tip = 'Resume';
    await waitFor(() => expect(tip()?.textContent).toContain('Resume'));
    delete button.dataset.tip;
    await waitFor(() => expect(tip()).toBeNull());
  });
});
