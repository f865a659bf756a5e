import type { SourceRequest } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';

/** Under which keys a request is remembered as read: one a domain, one for all domains, one for every other source. */
export function requestKeys({ source, uri, names }: SourceRequest): string[] {
  const base = uri === undefined ? source : `${source} ${uri}`;
  if (source !== 'domains') return [base];
  return names ? names.map((name) => `${base} ${name}`) : [`${base} (all)`];
}

/** Under which keys a request that was read into a state is remembered: one for all domains has read each of them. */
export function keysRead(request: SourceRequest, { libvirt }: HostState): string[] {
  const { source, uri = '', names } = request;
  if (source !== 'domains' || names) return requestKeys(request);
  const all = Object.keys(own(libvirt, uri)?.domains ?? {});
  return [...requestKeys(request), ...requestKeys({ ...request, names: all })];
}

/** The keys that are still so when these are read anew; all domains are not known when one is not. */
export function keysKept(keys: readonly string[], requests: readonly SourceRequest[]): string[] {
  const domains = requests.filter(({ source }) => source === 'domains');
  const gone = new Set(
    [...requests, ...domains.map(({ source, uri }) => ({ source, uri }))].flatMap(requestKeys),
  );
  const whole = domains.flatMap(({ source, uri = '', names }) => (names ? [] : [`${source} ${uri} `]));
  return keys.filter((key) => !gone.has(key) && !whole.some((prefix) => key.startsWith(prefix)));
}

/** Requests with what is known left out, one for each source and connection. */
export function mergeRequests(
  requests: readonly SourceRequest[],
  known: (key: string) => boolean,
): readonly SourceRequest[] {
  const merged = new Map<string, SourceRequest>();
  for (const request of requests) {
    const { source, uri = '', names: asked } = request;
    if (source !== 'domains' || asked === undefined) {
      if (!requestKeys(request).every(known)) merged.set(`${source} ${uri}`, request);
      continue;
    }
    const id = `some ${source} ${uri}`;
    const names = asked.filter((name) => !requestKeys({ ...request, names: [name] }).every(known));
    if (names.length === 0) continue;
    const all = new Set([...(merged.get(id)?.names ?? []), ...names]);
    merged.set(id, { ...request, names: [...all] });
  }
  return [...merged.values()];
}
