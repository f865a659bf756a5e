/** Mappings in one, later ones over earlier ones. Any key, `__proto__` too, is plain data; not so in Object.assign. */
export const merge = (maps: readonly object[]): Record<string, unknown> =>
  Object.fromEntries(maps.flatMap((map) => Object.entries(map)));
