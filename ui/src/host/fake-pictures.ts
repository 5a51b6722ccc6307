// Small drawings in place of people's films, for the imitation of a host: each motif of the reference pictures, painted
// from a few shapes. Knows names only.
import { HEIGHT, WIDTH } from '../state/stills-draw';

type Pen = CanvasRenderingContext2D;
type Motif = (pen: Pen) => void;

const fill = (pen: Pen, colour: string, x: number, y: number, w: number, h: number) => {
  pen.fillStyle = colour;
  pen.fillRect(x, y, w, h);
};
const disc = (pen: Pen, colour: string, x: number, y: number, r: number) => {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, r, 0, Math.PI * 2);
  pen.fill();
};
const shape = (pen: Pen, colour: string, points: [number, number][]) => {
  pen.fillStyle = colour;
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.fill();
};
const sky = (pen: Pen, top: string, bottom: string) => {
  const light = pen.createLinearGradient(0, 0, 0, HEIGHT);
  light.addColorStop(0, top);
  light.addColorStop(1, bottom);
  pen.fillStyle = light;
  pen.fillRect(0, 0, WIDTH, HEIGHT);
};
/** The same numbers for the same place, without chance. */
const vary = (i: number, of: number) => (i * 7919 + 104729) % of;

const motifs: [RegExp, Motif][] = [
  [
    /night-market/,
    (pen) => {
      sky(pen, '#1b1024', '#2a1420');
      for (let i = 0; i < 16; i++)
        disc(pen, i % 3 ? '#e08a3c99' : '#d4436b88', vary(i, 128), 8 + vary(i, 28), 3 + (i % 4));
      for (let i = 0; i < 4; i++) {
        fill(pen, i % 2 ? '#b8404a' : '#c96a3a', 6 + i * 31, 34, 25, 8);
        fill(pen, '#f4d9a0', 8 + i * 31, 42, 21, 8);
      }
      fill(pen, '#120a14', 0, 54, 128, 18);
    },
  ],
  [
    /kyoto/,
    (pen) => {
      sky(pen, '#0f2b33', '#1d4a4f');
      shape(pen, '#0a1d22', [
        [0, 0],
        [44, 18],
        [44, 60],
        [0, 72],
      ]);
      shape(pen, '#0a1d22', [
        [128, 0],
        [84, 18],
        [84, 60],
        [128, 72],
      ]);
      shape(pen, '#2d6468', [
        [50, 50],
        [78, 50],
        [110, 72],
        [18, 72],
      ]);
      for (let i = 0; i < 3; i++)
        for (const x of [12 + i * 13, 116 - i * 13]) disc(pen, '#f0a640', x, 22 + i * 5, 5 - i);
      shape(pen, '#b3393f', [
        [54, 46],
        [64, 38],
        [74, 46],
      ]);
      fill(pen, '#1a1115', 61, 46, 6, 12);
    },
  ],
  [
    /studio-tour/,
    (pen) => {
      sky(pen, '#4a3626', '#2c2018');
      fill(pen, '#f6e3b4', 14, 10, 26, 26);
      fill(pen, '#3a2a1e', 26, 36, 3, 24);
      fill(pen, '#14212b', 66, 24, 48, 28);
      shape(pen, '#3f8fb0', [
        [70, 48],
        [86, 32],
        [96, 40],
        [110, 28],
        [110, 48],
      ]);
      fill(pen, '#1b130e', 0, 60, 128, 12);
    },
  ],
  [
    /interview|lin-wei/,
    (pen) => {
      sky(pen, '#151a2c', '#1c1524');
      disc(pen, '#3b5fae88', 30, 20, 30);
      disc(pen, '#b2474a88', 100, 22, 30);
      for (const x of [42, 88]) {
        disc(pen, '#0b0c14', x, 32, 11);
        shape(pen, '#0b0c14', [
          [x - 22, 72],
          [x - 12, 46],
          [x + 12, 46],
          [x + 22, 72],
        ]);
      }
    },
  ],
  [
    /coastline/,
    (pen) => {
      fill(pen, '#1d8c9c', 0, 0, 128, 72);
      shape(pen, '#5fc0c2', [
        [62, 0],
        [76, 0],
        [66, 40],
        [84, 72],
        [70, 72],
        [54, 40],
      ]);
      shape(pen, '#f4f1e6', [
        [74, 0],
        [80, 0],
        [72, 40],
        [90, 72],
        [82, 72],
        [66, 40],
      ]);
      shape(pen, '#dcc596', [
        [80, 0],
        [128, 0],
        [128, 72],
        [90, 72],
        [72, 40],
      ]);
      disc(pen, '#c8553d', 104, 24, 3);
      disc(pen, '#f4f1e6', 28, 26, 3);
    },
  ],
  [
    /forest/,
    (pen) => {
      sky(pen, '#dfeeb0', '#4f8f4a');
      for (let i = 0; i < 11; i++) fill(pen, i % 2 ? '#1f4a2c' : '#2f6a3a', 3 + i * 12, 0, 4 + vary(i, 4), 72);
      fill(pen, '#1d3d24', 0, 58, 128, 14);
    },
  ],
  [
    /dune/,
    (pen) => {
      sky(pen, '#bcd7e2', '#f0dcb4');
      shape(pen, '#d9a05c', [
        [0, 48],
        [40, 32],
        [86, 50],
        [128, 36],
        [128, 72],
        [0, 72],
      ]);
      shape(pen, '#b97c3e', [
        [0, 60],
        [60, 44],
        [128, 66],
        [128, 72],
        [0, 72],
      ]);
      fill(pen, '#4b2f1a', 92, 34, 2, 6);
    },
  ],
  [
    /four-mornings/,
    (pen) => {
      sky(pen, '#5a4a86', '#f0a58a');
      disc(pen, '#ffd9a0', 84, 34, 9);
      shape(pen, '#4a3b6e', [
        [0, 56],
        [32, 30],
        [58, 52],
        [88, 28],
        [128, 56],
        [128, 72],
        [0, 72],
      ]);
    },
  ],
  [
    /keyboard/,
    (pen) => {
      fill(pen, '#d8d6cf', 0, 0, 128, 72);
      for (let y = 0; y < 5; y++)
        for (let x = 0; x < 10; x++)
          fill(
            pen,
            (x + y * 3) % 7 === 0 ? '#e2674a' : (x * y) % 5 === 3 ? '#4b6a9b' : '#f7f6f2',
            x * 14 - (y % 3) * 4,
            y * 15,
            12,
            13,
          );
    },
  ],
  [
    /city-blue|city-at/,
    (pen) => {
      sky(pen, '#2b2a63', '#7f5c9e');
      disc(pen, '#f3e9d2', 26, 16, 5);
      for (let i = 0; i < 10; i++) {
        const high = 26 + vary(i, 28);
        fill(pen, '#15173a', i * 13, 72 - high, 12, high);
        for (let w = 0; w < 4; w++) fill(pen, '#f1c970', i * 13 + 3 + (w % 2) * 4, 76 - high + w * 6, 2, 2);
      }
    },
  ],
  [
    /coffee/,
    (pen) => {
      fill(pen, '#cbb9a2', 0, 0, 128, 72);
      fill(pen, '#33302f', 104, 10, 24, 52);
      disc(pen, '#f7f3ec', 58, 36, 26);
      disc(pen, '#7a4526', 58, 36, 18);
      disc(pen, '#e9cfa8', 58, 36, 8);
    },
  ],
  [
    /mountain-road/,
    (pen) => {
      sky(pen, '#6f9f5a', '#3a6a3c');
      shape(pen, '#4d4f52', [
        [0, 56],
        [40, 48],
        [70, 24],
        [128, 12],
        [128, 22],
        [80, 32],
        [50, 58],
        [0, 68],
      ]);
      shape(pen, '#2c5430', [
        [78, 72],
        [100, 40],
        [128, 34],
        [128, 72],
      ]);
    },
  ],
  [
    /snow/,
    (pen) => {
      sky(pen, '#6d9fd6', '#dfeaf5');
      shape(pen, '#5a7398', [
        [14, 56],
        [52, 18],
        [74, 40],
        [86, 30],
        [118, 56],
      ]);
      shape(pen, '#ffffff', [
        [40, 30],
        [52, 18],
        [64, 30],
        [54, 36],
      ]);
      fill(pen, '#f6f9fc', 0, 54, 128, 18);
    },
  ],
  [
    /warehouse/,
    (pen) => {
      sky(pen, '#1c0f33', '#120a20');
      for (const [x, colour] of [
        [30, '#8a3fd188'],
        [64, '#d13f9a88'],
        [98, '#3f6ad188'],
      ] as const)
        shape(pen, colour, [
          [x, 0],
          [x - 22, 60],
          [x + 22, 60],
        ]);
      fill(pen, '#08050f', 0, 58, 128, 14);
      disc(pen, '#08050f', 64, 46, 5);
    },
  ],
];

/** The drawing for a file of this name; plain hills where it is of no known film. */
export async function draw(name: string): Promise<CanvasImageSource> {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('no canvas');
  const motif = motifs.find(([of]) => of.test(name))?.[1];
  if (motif) motif(pen);
  else {
    const hue = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 360;
    sky(pen, `hsl(${hue} 45% 38%)`, `hsl(${hue + 50} 60% 72%)`);
    shape(pen, `hsl(${hue + 20} 40% 28%)`, [
      [0, 56],
      [40, 36],
      [80, 56],
      [128, 40],
      [128, 72],
      [0, 72],
    ]);
  }
  return canvas;
}
