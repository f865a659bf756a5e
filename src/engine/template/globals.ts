/** Functions that expressions call by their bare name. */
import { fail } from './failure.ts';
import { flag, text, whole } from './filters/argument.ts';
import { DateTime } from './datetime.ts';
import { Namespace } from './frame.ts';
import { isUnknown, UNKNOWN } from '../unknown.ts';
import { runLookup } from './lookups/index.ts';
import { bind, type CallContext, defineAll, type NamedArguments } from './signature.ts';
import { Callable, holdsUnknown, isMapping, iterate, mapping, OMIT, Undefined } from './value.ts';

const MAX_RANGE = 1_000_000;

const specs = defineAll(
  {
    'range(start, stop?, step?)': (_, start, stop, step) => {
      const [from, to] = stop === undefined ? [0, whole(start)] : [whole(start), whole(stop)];
      const by = whole(step, 1);
      if (by === 0) return fail('a range cannot have step 0');
      const length = Math.max(0, Math.ceil((to - from) / by));
      if (length > MAX_RANGE) return fail(`a range of ${length} numbers is too long`);
      return Array.from({ length }, (__, index) => from + index * by);
    },
    'dict(other?, **entries)': (_, other, entries) => {
      const first =
        other === undefined
          ? []
          : isMapping(other)
            ? Object.entries(other)
            : iterate(other).map((pair) => iterate(pair));
      return mapping([
        ...first.map(([key, value]): [string, unknown] => [String(key), value]),
        ...Object.entries(entries as NamedArguments),
      ]);
    },
    'namespace(other?, **entries)': (_, other, entries) =>
      new Namespace({ ...(isMapping(other) ? other : {}), ...(entries as NamedArguments) }),
    'now(utc?, fmt?)': function (_, utc, format) {
      const date = this.options.now?.() ?? new Date();
      const shift = flag(utc) ? 0 : date.getTimezoneOffset() * 60_000;
      const time = new DateTime(date.getTime() - shift, date.getMilliseconds() * 1000);
      return format === undefined || format === null ? time : time.format(text(format));
    },
    'undef(hint?)': (_, hint) =>
      new Undefined('a value is marked as undefined', () => (hint ? text(hint) : undefined)),
    'lookup(name, *terms, **options)': function (_, name, terms, options) {
      return runLookup(this, text(name), terms as unknown[], {
        wantlist: false,
        ...(options as NamedArguments),
      });
    },
    'query|q(name, *terms, **options)': function (_, name, terms, options) {
      return runLookup(this, text(name), terms as unknown[], {
        ...(options as NamedArguments),
        wantlist: true,
      });
    },
    'cycler(*items)': (_, items) => {
      const all = items as unknown[];
      let index = 0;
      return mapping([['next', new Callable('next', () => all[index++ % all.length])]]);
    },
    'joiner(sep?)': (_, separator) => {
      let used = false;
      return new Callable('joiner', () => {
        const before = used ? text(separator, ', ') : '';
        used = true;
        return before;
      });
    },
  },
  'partial',
);

const byName = new Map(specs.map((spec) => [spec.name, spec]));

/** These hold what they are given; the others need to know it. */
const KEEPS_UNKNOWN = new Set(['dict', 'namespace', 'lookup', 'query', 'q', 'undef']);

export const globalNames: readonly string[] = [...byName.keys(), 'omit', 'vars'];

/** What a name means that is no variable: a function or `omit`; undefined if nothing. */
export function globalValue(context: CallContext, name: string): unknown {
  if (name === 'omit') return OMIT;
  const spec = byName.get(name);
  if (!spec) return undefined;
  return new Callable(name, (positional, named) => {
    for (const each of [...positional, ...Object.values(named)]) {
      if (each instanceof Undefined) throw each.failure();
      if (isUnknown(each) || (!KEEPS_UNKNOWN.has(name) && holdsUnknown(each))) return UNKNOWN;
    }
    return spec.run.call(context, undefined, ...bind(spec, positional, named));
  });
}
