// Colours of the page for a canvas. Knows roles, no colour.

/** Roles of colour as a canvas takes them. Resolved by the style engine: a forced colour is a name that only it knows. */
export function paints(canvas: HTMLCanvasElement, roles: string[]): string[] {
  return roles.map((role) => {
    canvas.style.color = `var(${role})`;
    return getComputedStyle(canvas).color;
  });
}
