import type { SourceRequest } from '../../engine/module.ts';

/** Under which keys a request is remembered as read: one a domain, one for every other source. */
export function requestKeys({ source, uri, names }: SourceRequest): string[] {
  const base = uri === undefined ? source : `${source} ${uri}`;
  return source === 'domains' ? (names ?? []).map((name) => `${base} ${name}`) : [base];
}

/** Requests with what is known left out, one for each source and connection. */
export function mergeRequests(
  requests: readonly SourceRequest[],
  known: (key: string) => boolean,
): readonly SourceRequest[] {
  const merged = new Map<string, SourceRequest>();
  for (const request of requests) {
    const { source, uri } = request;
    const id = `${source} ${uri ?? ''}`;
    if (source !== 'domains') {
      if (!requestKeys(request).every(known)) merged.set(id, request);
      continue;
    }
    const names = (request.names ?? []).filter(
      (name) => !requestKeys({ ...request, names: [name] }).every(known),
    );
    if (names.length === 0) continue;
    const all = new Set([...(merged.get(id)?.names ?? []), ...names]);
    merged.set(id, { ...request, names: [...all] });
  }
  return [...merged.values()];
}
