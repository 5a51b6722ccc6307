// What must hold of every drawn screen, whatever it shows: nothing to scroll sideways, no control cut off, no text on
// top of another; and what must hold under a language, colours or a wish for stillness of the person's own. Each runs
// inside the page, so it stands alone; each answers with complaints.

/** Places that would need sideways scrolling. */
export function sideways() {
  const found = document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [];
  for (const element of document.querySelectorAll('body *')) {
    if (element.scrollWidth <= element.clientWidth + 1 || !element.checkVisibility()) continue;
    if (!/auto|scroll/.test(getComputedStyle(element).overflowX)) continue;
    if (element.matches('input, textarea')) continue;
    found.push(`scrolls sideways: ${element.outerHTML.slice(0, 120)}`);
  }
  return found;
}

/** Controls that reach beyond what can be seen or scrolled to, or whose own words are cut. */
export function clipped() {
  const CONTROLS =
    'button, a[href], input, textarea, [role=tab], [role=switch], [role=checkbox], [role=radio], [role^=menuitem], [role=option], [role=combobox], [role=slider], [role=spinbutton]';
  const found = [];
  const say = (what, element) => found.push(`${what}: ${element.outerHTML.replace(/\s+/g, ' ').slice(0, 140)}`);
  for (const element of document.querySelectorAll(CONTROLS)) {
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest('[aria-hidden=true], [inert], .hidden')) continue;
    const own = getComputedStyle(element);
    const cuts = own.overflowX !== 'visible' && !element.matches('input, textarea');
    if (cuts && element.scrollWidth > element.clientWidth + 1) say('words cut', element);
    for (const inner of element.querySelectorAll('*')) {
      if (inner.scrollWidth <= inner.clientWidth + 1 || inner.clientWidth === 0) continue;
      // A file's own name may be as long as it likes; the interface's words may not.
      if (getComputedStyle(inner).overflowX !== 'visible' && !inner.closest('.cut, .hidden')) say('words cut', element);
    }
    let free = { x: true, y: true };
    let position = own.position;
    for (let above = element.parentElement; above && position !== 'fixed'; above = above.parentElement) {
      const style = getComputedStyle(above);
      if (position === 'absolute' && style.position === 'static' && style.transform === 'none') continue;
      position = style.position;
      const edge = above.getBoundingClientRect();
      const paints = /strict|content|paint/.test(style.contain);
      for (const [axis, low, high] of [
        ['x', 'left', 'right'],
        ['y', 'top', 'bottom'],
      ]) {
        if (!free[axis]) continue;
        const overflow = axis === 'x' ? style.overflowX : style.overflowY;
        if (/auto|scroll/.test(overflow)) free[axis] = false;
        else if (/hidden|clip/.test(overflow) || paints) {
          if (box[low] < edge[low] - 1 || box[high] > edge[high] + 1) say(`cut off (${axis})`, element);
        }
      }
    }
    if (free.x && (box.left < -1 || box.right > innerWidth + 1)) say('outside the window (x)', element);
    if (free.y && (box.top < -1 || box.bottom > innerHeight + 1)) say('outside the window (y)', element);
  }
  return [...new Set(found)];
}

/** Words drawn over other words. */
export function overlaps() {
  const clip = (box, element) => {
    const seen = { left: box.left, right: box.right, top: box.top, bottom: box.bottom };
    for (let above = element; above; above = above.parentElement) {
      const style = getComputedStyle(above);
      const edge = above.getBoundingClientRect();
      if (style.overflowX !== 'visible') {
        seen.left = Math.max(seen.left, edge.left);
        seen.right = Math.min(seen.right, edge.right);
      }
      if (style.overflowY !== 'visible') {
        seen.top = Math.max(seen.top, edge.top);
        seen.bottom = Math.min(seen.bottom, edge.bottom);
      }
    }
    return seen;
  };
  const pieces = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.closest('.hidden, script, style')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const line of range.getClientRects()) {
      const box = clip(line, element);
      if (box.right - box.left > 2 && box.bottom - box.top > 2)
        pieces.push({ ...box, element, text: node.data.trim() });
    }
  }
  // What lies under an overlay is not seen, so it does not count.
  const opaque = (element) => {
    const { backgroundColor, backgroundImage } = getComputedStyle(element);
    const [, alpha = '1'] = /rgba\(.*, ([\d.]+)\)$/.exec(backgroundColor) ?? [];
    return Number(alpha) > 0.5 || backgroundImage !== 'none';
  };
  const shows = ({ element }, x, y) => {
    const stack = document.elementsFromPoint(x, y);
    const place = stack.findIndex((one) => one === element || element.contains(one));
    return place >= 0 && stack.slice(0, place).every((above) => above.contains(element) || !opaque(above));
  };
  const found = [];
  for (const [i, a] of pieces.entries()) {
    for (const b of pieces.slice(i + 1)) {
      if (a.element === b.element) continue;
      const left = Math.max(a.left, b.left);
      const right = Math.min(a.right, b.right);
      const top = Math.max(a.top, b.top);
      const bottom = Math.min(a.bottom, b.bottom);
      const least = Math.min(a.bottom - a.top, b.bottom - b.top);
      if (right - left < 3 || bottom - top < least * 0.6) continue;
      const at = [(left + right) / 2, (top + bottom) / 2];
      if (shows(a, ...at) && shows(b, ...at)) found.push(`"${a.text.slice(0, 30)}" runs into "${b.text.slice(0, 30)}"`);
    }
  }
  return [...new Set(found)];
}

/** Words that came from no catalogue and from no host: in the disguise of `pseudo` no letter of ours is a plain one. */
export function hardCoded(typed) {
  const said = [...globalThis.said, ...typed].sort((a, b) => b.length - a.length);
  // A word of lower-case letters may as well be one of the host's own codes: it counts as data only where it stands alone.
  const data = said.filter((text) => text.length > 2 && !/^[a-z-]+$/.test(text));
  const NAMES = [
    /\{[a-z]+(?::\d+)?\}/g, // the pattern of a title
    /\((?:Ctrl\+\w|Shift\+F10|Space)\)/g, // the key a tooltip names
    /\b(?:[KMGT]?B(?:\/s)?|ms|CSV|MOV|MP4|WAV)\b/g,
    // Intl has no disguise.
    /\b(?:kilo|mega|giga|tera)?bytes?\b|\b(?:Chinese|English)\b/g,
    /\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g,
  ];
  const ours = (text) => {
    if (said.includes(text.trim())) return false;
    // A name cut in its middle is two pieces of one.
    let rest = text.replace(/[\w.-]{2,}…[\w.-]+/g, (cut) =>
      cut.split('…').every((half) => said.some((whole) => whole.includes(half))) ? ' ' : cut,
    );
    for (const piece of data) rest = rest.replaceAll(piece, ' ');
    for (const name of NAMES) rest = rest.replace(name, ' ');
    return /[A-Za-z]{2,}/.test(rest);
  };
  const found = [];
  for (const element of document.querySelectorAll('body, body *')) {
    if (element.closest('kbd, .keys, script, style') || !element.checkVisibility()) continue;
    for (const name of ['aria-label', 'aria-roledescription', 'aria-valuetext', 'title', 'placeholder', 'alt']) {
      const text = element.getAttribute(name) ?? '';
      if (ours(text)) found.push(`not translated: ${name}="${text.slice(0, 60)}"`);
    }
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && ours(node.data))
        found.push(`not translated: "${node.data.trim().slice(0, 60)}"`);
    }
  }
  return [...new Set(found)];
}

/** With stillness wished for, nothing may move or turn: only opacity may change. */
export function moving() {
  const found = [];
  for (const animation of document.getAnimations()) {
    const moved = animation.effect.getKeyframes().flatMap((frame) => Object.keys(frame));
    const odd = moved.filter((name) => /transform|translate|rotate|scale|width|height|top|left/.test(name));
    if (odd.length > 0) found.push(`moves (${odd[0]}): ${animation.effect.target?.outerHTML.slice(0, 100)}`);
  }
  for (const element of document.querySelectorAll('*')) {
    const { transitionProperty, transitionDuration, animationName } = getComputedStyle(element);
    const late = transitionDuration.split(',').some((time) => parseFloat(time) > 0);
    if (late && !/^(opacity|none)$/.test(transitionProperty))
      found.push(`would move: ${element.outerHTML.slice(0, 100)}`);
    if (!/^(none|appear)(, appear)*$/.test(animationName)) found.push(`turns: ${element.outerHTML.slice(0, 100)}`);
  }
  return [...new Set(found)];
}

/** With forced colours each colour is one of the person's, and what is chosen, on or full still shows. */
export function unforced() {
  const probe = document.body.appendChild(document.createElement('i'));
  const palette = new Set(['rgba(0, 0, 0, 0)']);
  for (const name of ['Canvas', 'CanvasText', 'Highlight', 'HighlightText', 'GrayText', 'LinkText', 'ButtonText']) {
    probe.style.cssText = `forced-color-adjust: none; color: ${name}`;
    palette.add(getComputedStyle(probe).color);
  }
  probe.style.color = 'Highlight';
  const highlight = getComputedStyle(probe).color;
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    if (!element.checkVisibility() || element.matches('canvas, img, option') || element.closest('[aria-hidden=true]'))
      continue;
    const style = getComputedStyle(element);
    for (const [name, colour] of [
      ['colour', style.color],
      ['ground', style.backgroundColor],
    ]) {
      if (!palette.has(colour)) found.push(`${name} ${colour} is not the person's: ${element.outerHTML.slice(0, 110)}`);
    }
    const chosen = element.matches(
      '[role=row][aria-selected=true], [aria-current=page], [role=tab][aria-selected=true]',
    );
    const lined =
      style.outlineStyle !== 'none' || style.borderTopWidth !== '0px' || style.backgroundColor === highlight;
    if (chosen && !lined) found.push(`chosen, but does not look so: ${element.outerHTML.slice(0, 110)}`);
  }
  probe.style.color = 'Canvas';
  const canvas = getComputedStyle(probe).color;
  for (const bar of document.querySelectorAll('[role=progressbar] .done, [role=progressbar] .bar > span, .steps i')) {
    const full = getComputedStyle(bar).backgroundColor;
    if (bar.checkVisibility() && (full === canvas || full === 'rgba(0, 0, 0, 0)'))
      found.push('a bar cannot be told from its ground');
  }
  probe.remove();
  return [...new Set(found)];
}

/** With more contrast wished for, fine lines are as strong as the outline of a control, and faint words as strong as others. */
export function faint() {
  const probe = document.body.appendChild(document.createElement('i'));
  const role = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const pairs = [
    ['--line', '--line-control'],
    ['--text-3', '--text-2'],
  ];
  const found = pairs
    .filter(([weak, strong]) => role(weak) !== role(strong))
    .map(([weak, strong]) => `${weak} is not ${strong}`);
  probe.remove();
  return found;
}
