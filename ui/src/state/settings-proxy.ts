// The proxy as the page edits it: an address stays when the kind of proxy changes. Pure.
import type { Proxy } from '../host/bindings';

type Named = Extract<Proxy, { address: string }>;

function named(proxy: Proxy): Named | null {
  return proxy.mode === 'http' || proxy.mode === 'socks5' ? proxy : null;
}

export function withMode(proxy: Proxy, mode: Proxy['mode']): Proxy {
  if (mode === 'system' || mode === 'none') return { mode };
  const { address = '', user = null } = named(proxy) ?? {};
  return { mode, address, user };
}

export function withAddress(proxy: Proxy, address: string): Proxy {
  const old = named(proxy);
  return old ? { ...old, address: address.trim() } : proxy;
}

export function withUser(proxy: Proxy, user: string): Proxy {
  const old = named(proxy);
  return old ? { ...old, user: user.trim() || null } : proxy;
}

/** As the core takes it: no scheme, no name, no path. */
export function isHostAndPort(text: string): boolean {
  const port = /^[^\s/@]+:(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) <= 65535;
}
