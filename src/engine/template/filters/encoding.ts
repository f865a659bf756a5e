/** Filters between representations: JSON, YAML, Base64, hashes, URLs, shell words. */
import { createHash, getHashes, randomInt } from 'node:crypto';
import { quote } from '../../transport/quote.ts';
import { readYaml } from '../../source.ts';
import { shaCrypt } from '../crypt.ts';
import { fail } from '../failure.ts';
import { fromJson, toJson } from '../json.ts';
import { defineAll, type NamedArguments } from '../signature.ts';
import { str } from '../text.ts';
import { isMapping, isInteger, iterate, mapping, toNumber, type Mapping } from '../value.ts';
import { toYaml } from '../yaml.ts';
import { flag, text, whole } from './argument.ts';

export const encodingFilters = defineAll({
  'to_json(**options)': (input, options) => json(input, options as NamedArguments),
  'to_nice_json(indent?, sort_keys?, **options)': (input, indent = 4, sortKeys = true, options = {}) =>
    json(input, {
      ensure_ascii: true,
      ...(options as NamedArguments),
      indent,
      sort_keys: sortKeys,
      separators: [',', ': '],
    }),
  'tojson(indent?)': (input, indent) => json(input, { indent, sort_keys: true }),
  'from_json()': (input) => fromJson(str(input)),
  'to_yaml(**options)': (input, options) =>
    toYaml(input, { flow: null, ...yamlOptions(options as NamedArguments) }),
  'to_nice_yaml(indent?, **options)': (input, indent, options) =>
    toYaml(input, { flow: false, indent: whole(indent, 4), ...yamlOptions(options as NamedArguments) }),
  'from_yaml()': (input) => (typeof input === 'string' ? parseYaml(input) : input),
  'from_yaml_all()': (input) =>
    typeof input === 'string'
      ? input
          .split(/^---(?:[ \t]+#.*)?$/m)
          .filter((part, index) => index > 0 || part.trim() !== '')
          .map(parseYaml)
      : input,
  'b64encode(encoding?)': (input, encoding) => Buffer.from(str(input), charset(encoding)).toString('base64'),
  'b64decode(encoding?)': (input, encoding) => Buffer.from(str(input), 'base64').toString(charset(encoding)),
  'hash(hashtype?)': (input, type) => digest(str(input), text(type, 'sha1')),
  'md5()': (input) => digest(str(input), 'md5'),
  'sha1|checksum()': (input) => digest(str(input), 'sha1'),
  'password_hash(hashtype?, salt?, salt_size?, rounds?, ident?)': (input, type, salt, size, rounds) =>
    passwordHash(str(input), text(type, 'sha512'), salt, whole(size, 16), rounds),
  'to_uuid(namespace?)': (input, namespace) =>
    uuid(str(input), text(namespace, '361E6D51-FAEC-444A-9079-341386DA8E2E')),
  'quote()': (input) => quote(input === null ? '' : str(input)),
  'urlencode()': (input) =>
    typeof input === 'string'
      ? percent(input, '/')
      : pairs(input)
          .map((pair) => pair.map((each) => percent(each).replaceAll('%20', '+')).join('='))
          .join('&'),
  'urldecode()': (input) => decodeURIComponent(str(input).replaceAll('+', ' ')),
  'urlsplit(query?)': (input, query) => {
    const parts = urlParts(str(input));
    if (query === undefined || text(query) === '') return parts;
    return Object.hasOwn(parts, text(query))
      ? parts[text(query)]
      : fail(`urlsplit has no ${text(query)}`, Object.keys(parts).join(', '));
  },
  'pprint()': (input) =>
    toJson(input, { sortKeys: false, ascii: false, itemSeparator: ', ', keySeparator: ': ' }),
});

function json(value: unknown, options: NamedArguments): string {
  const [itemSeparator, keySeparator] =
    options.separators === undefined || options.separators === null
      ? [undefined, undefined]
      : iterate(options.separators);
  const indent = options.indent === undefined || options.indent === null ? undefined : whole(options.indent);
  return toJson(value, {
    indent,
    sortKeys: flag(options.sort_keys),
    ascii: options.ensure_ascii === undefined || flag(options.ensure_ascii),
    itemSeparator: text(itemSeparator, indent === undefined ? ', ' : ','),
    keySeparator: text(keySeparator, ': '),
  });
}

function yamlOptions({
  indent,
  width,
  sort_keys: sortKeys,
  default_flow_style: flow,
  explicit_start: start,
  ...rest
}: NamedArguments) {
  return {
    ...(isInteger(indent) ? { indent: Number(indent) } : {}),
    ...(width === undefined ? {} : { width: toNumber(width) }),
    ...(sortKeys === undefined ? {} : { sortKeys: flag(sortKeys) }),
    ...(flow === undefined ? {} : { flow: flow === null ? null : flag(flow) }),
    ...(start === undefined ? {} : { explicitStart: flag(start) }),
    ...(rest.explicit_end === undefined ? {} : { explicitEnd: flag(rest.explicit_end) }),
  };
}

function parseYaml(source: string): unknown {
  const { value, problems } = readYaml('YAML', source);
  const [problem] = problems;
  return problem ? fail(`this is not YAML: ${problem.message}`, problem.hint) : value;
}

/** Node's name for Python's. */
function charset(encoding: unknown): BufferEncoding {
  const name = text(encoding, 'utf-8').toLowerCase().replaceAll('_', '-');
  if (name === 'utf-8' || name === 'utf8') return 'utf8';
  if (name === 'utf-16-le' || name === 'utf-16le') return 'utf16le';
  return name === 'latin-1' || name === 'iso-8859-1' || name === 'ascii'
    ? 'latin1'
    : fail(`the encoding ${name} is not supported`);
}

function digest(value: string, type: string): string {
  if (!getHashes().includes(type)) return fail(`there is no hash ${type}`, 'such as sha256, sha1 or md5');
  return createHash(type).update(value).digest('hex');
}

/** Rounds are passlib's defaults, which Ansible uses where passlib is there. */
const ROUNDS = { sha256: 535_000, sha512: 656_000 };

function passwordHash(password: string, type: string, salt: unknown, size: number, rounds: unknown): string {
  const algorithm = type.replace(/_crypt$/, '');
  if (algorithm !== 'sha256' && algorithm !== 'sha512')
    return fail(`password_hash cannot make ${type}`, 'sha512 or sha256');
  const letters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const given =
    salt === undefined || salt === null
      ? Array.from({ length: size }, () => letters[randomInt(64)]).join('')
      : text(salt);
  if (!/^[./0-9A-Za-z]*$/.test(given)) return fail('a salt has only letters, digits, dots and slashes');
  return shaCrypt(
    algorithm,
    password,
    given,
    rounds === undefined || rounds === null ? ROUNDS[algorithm] : whole(rounds),
  );
}

/** Version 5: by name, within a namespace. */
function uuid(name: string, namespace: string): string {
  const space = namespace.replaceAll('-', '');
  if (!/^[\da-f]{32}$/i.test(space)) return fail(`${namespace} is not a UUID`);
  const bytes = createHash('sha1').update(Buffer.from(space, 'hex')).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** As Python's quote: letters, digits and `_.-~` stay. */
const percent = (value: unknown, safe = '') =>
  encodeURIComponent(str(value)).replace(/[!'()*]|%2F/g, (each) =>
    each === '%2F' ? (safe === '/' ? '/' : each) : `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const pairs = (value: unknown): [unknown, unknown][] =>
  isMapping(value)
    ? Object.entries(value)
    : iterate(value).map((pair) => iterate(pair) as [unknown, unknown]);

/** Python's urlsplit, with the parts of the authority. */
function urlParts(url: string): Mapping {
  const [, scheme = '', authority, path = '', query = '', fragment = ''] =
    /^(?:([a-zA-Z][a-zA-Z\d+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url)!;
  const [, user, password, host, port] =
    /^(?:([^@:]*)(?::([^@]*))?@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority ?? '') ?? [];
  return mapping([
    ['scheme', scheme.toLowerCase()],
    ['netloc', authority ?? ''],
    ['path', path],
    ['query', query],
    ['fragment', fragment],
    ['username', user ?? null],
    ['password', password ?? null],
    ['hostname', host ? host.replace(/^\[|\]$/g, '').toLowerCase() : null],
    ['port', port === undefined ? null : Number(port)],
  ]);
}
