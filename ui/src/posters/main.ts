// The page of the hidden window: draws the films it is told of, nothing else.
import { Channel, convertFileSrc, invoke } from '@tauri-apps/api/core';

import type { TransferId } from '../host/bindings';
import { poster } from './film';

const told = new Channel<TransferId>();
told.onmessage = async (id) => {
  const picture = await poster(convertFileSrc(id, 'still')).catch(() => null);
  await invoke('drawn', { id, picture });
};
await invoke('draw', { channel: told });
