/**
 * What a record has under a name from outside. Every object also has `constructor`, `toString` and the like, and
 * `__proto__`: `record[name]` would find those too.
 */
export const own = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
