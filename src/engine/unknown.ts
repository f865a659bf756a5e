/**
 * A value that only the host can know (a kernel default, a DHCP address, the number of a tap device),
 * in a predicted state. Shown as `(known after apply)`, never guessed.
 */
export class Unknown {
  toString(): string {
    return '(known after apply)';
  }

  toJSON(): string {
    return '(known after apply)';
  }
}

/** The only instance. */
export const UNKNOWN = new Unknown();

export const isUnknown = (value: unknown): value is Unknown => value instanceof Unknown;

/** Whether a value is Unknown, or has an Unknown anywhere inside. */
export function containsUnknown(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (isUnknown(value)) return true;
  return Object.values(value).some(containsUnknown);
}
