import { isDeepStrictEqual } from 'node:util';
import { EngineError } from '../errors.ts';
import type { FieldDiff } from '../module.ts';
import { isUnknown } from '../unknown.ts';

/** What a host did not take over, field by field. */
export function notConverged(mismatches: readonly FieldDiff[]): EngineError {
  return new EngineError('VERIFY', `did not converge: ${mismatches.map(describe).join('; ')}`, {
    hint: 'something else on the host may have changed it back, or the kernel or libvirt did not take it',
  });
}

/** What is live counts first; where that is as wanted, it is what is stored that is not. */
function describe({ object, field, want, live, stored }: FieldDiff): string {
  const onlyStored = live !== undefined && isDeepStrictEqual(live, want);
  const [what, have] = onlyStored ? [`stored ${field}`, stored] : [field, live ?? stored];
  return `${object}: ${what} is ${show(have)}, wanted ${show(want)}`;
}

const show = (value: unknown): string => {
  if (value === undefined) return 'not set';
  return isUnknown(value) || typeof value === 'string' ? String(value) : JSON.stringify(value);
};
