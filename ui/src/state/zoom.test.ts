import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Zoom } from './zoom';

const press = (zoom: Zoom, keys: string) => [...keys].map((key) => zoom.key(key));

beforeEach(() => localStorage.clear());

describe('zoom', () => {
  it('goes from 80 to 200 percent, back to 100, and no further', async () => {
    const setZoom = vi.fn().mockResolvedValue(undefined);
    const zoom = new Zoom({ setZoom });
    press(zoom, '++++++++++');
    expect(setZoom.mock.calls.flat()).toEqual([1.1, 1.25, 1.5, 1.75, 2]);
    press(zoom, '0');
    expect(zoom.factor).toBe(1);
    press(zoom, '----');
    expect(setZoom.mock.calls.flat().slice(5)).toEqual([1, 0.9, 0.8]);
    expect(zoom.key('x')).toBe(false);
  });

  it('is the same after a restart', async () => {
    const setZoom = vi.fn().mockResolvedValue(undefined);
    press(new Zoom({ setZoom }), '=');
    await vi.waitFor(() => expect(localStorage.getItem('zoom')).toBe('1.1'));
    const next = new Zoom({ setZoom });
    next.restore();
    expect(setZoom).toHaveBeenLastCalledWith(1.1);
  });

  it('is not what the shell refused', async () => {
    const zoom = new Zoom({ setZoom: () => Promise.reject(new Error('no')) });
    zoom.key('+');
    await vi.waitFor(() => expect(zoom.factor).toBe(1));
    expect(localStorage.getItem('zoom')).toBeNull();
  });
});
