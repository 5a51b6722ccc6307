// A minute of work in a browser, the same each time: files are sent, checked, transcoded and done, others start, a few stumble.
// Knows rows and how many quarters of a second have gone by.
import type { Row } from './bindings';
import { fault } from './fake-data';

const QUARTERS = 4;
/** Each second a row in so many goes one step further. */
const TURN = 5;
const LARGE = '2';

const NEXT: Partial<Record<Row['status'], Partial<Row>>> = {
  waiting: { status: 'preparing', phase: 'planned', place: null },
  preparing: { status: 'requesting' },
  requesting: { status: 'uploading', phase: 'opened', rateBytes: 18e6, leftMs: 20_000 },
  uploading: { status: 'verifying', phase: 'sent', rateBytes: 0, leftMs: null },
  refreshing: { status: 'uploading' },
  resting: { status: 'uploading' },
  verifying: { status: 'processing', phase: 'verified', vod: { status: 'UploadSucc', atMs: 0 } },
  processing: { status: 'done', phase: 'settled', mediaId: 'c5a2f0e84d1b47a9b6e39f02d7c80000' },
};

/** Does what some rows do next instead of going on well: one needs a new credential, one rests, one fails. */
function stumbles(row: Row, second: number): Partial<Row> | null {
  if (row.status !== 'uploading') return null;
  if (second % 13 === 7) return { status: 'refreshing' };
  if (second % 17 === 5) return { status: 'resting' };
  return second % 29 === 11 ? { status: 'failed', fault: fault('oss.denied') } : null;
}

/** The rows that are not as they were a quarter of a second ago. */
export function work(rows: Row[], quarter: number): Row[] {
  const second = quarter / QUARTERS;
  return rows.flatMap((row, i) => {
    // The large film goes on all the time: who inspects it sees a minute of uploading.
    if (row.id !== LARGE && !row.undecided && Number.isInteger(second) && i % TURN === second % TURN) {
      const next = stumbles(row, second) ?? NEXT[row.status];
      if (next) return { ...row, ...next };
    }
    if (row.status !== 'uploading') return [];
    const doneBytes = Math.min(row.sizeBytes, row.doneBytes + row.sizeBytes / 400);
    // Figures of every width: they stand in columns that are kept for them.
    const rateBytes = Math.round(10 ** (4 + ((quarter * 7 + i * 3) % 40) / 10));
    return { ...row, doneBytes, rateBytes, leftMs: ((quarter * 7919 + i * 104_729) % 90_000) + 500 };
  });
}
