import { EngineError } from '../errors.ts';
import type { SshOptions } from './options.ts';
import { hostKeyChecking } from './ssh-target.ts';

/** What arguments of ssh can say. */
export type SshArguments = Partial<
  Pick<
    SshOptions,
    | 'user'
    | 'port'
    | 'privateKeyFile'
    | 'identitiesOnly'
    | 'jump'
    | 'proxyCommand'
    | 'sshConfigFile'
    | 'hostKeyChecking'
    | 'knownHostsFiles'
  >
> & { connectTimeout?: number };

/** Options of ssh_config by lower-case name. */
const OPTIONS: Readonly<Record<string, (value: string) => SshArguments>> = {
  user: (user) => ({ user }),
  port: (value) => ({ port: Number(value) }),
  identityfile: (privateKeyFile) => ({ privateKeyFile }),
  identitiesonly: (value) => ({ identitiesOnly: value.toLowerCase() === 'yes' }),
  proxyjump: (jump) => ({ jump }),
  proxycommand: (proxyCommand) => ({ proxyCommand }),
  stricthostkeychecking: (value) => ({ hostKeyChecking: hostKeyChecking(value) }),
  userknownhostsfile: (value) => ({ knownHostsFiles: value.split(/\s+/).filter((file) => file !== '') }),
  connecttimeout: (value) => ({ connectTimeout: Number(value) }),
};

/** Options that change nothing here: one connection is kept anyway, kept alive, and never asks. */
const MEANINGLESS = new Set([
  'batchmode',
  'compression',
  'controlmaster',
  'controlpath',
  'controlpersist',
  'loglevel',
  'serveralivecountmax',
  'serveraliveinterval',
  'tcpkeepalive',
]);

/** Letters that take a value, as the option they stand for. */
const LETTERS: Readonly<Record<string, string>> = { J: 'proxyjump', i: 'identityfile', l: 'user', p: 'port' };

/**
 * Arguments of ssh, as in ansible_ssh_common_args. The first of a kind holds, as in ssh.
 * @param variable where they come from, for messages
 * @throws EngineError PARAM_FORMAT, PARAM_UNKNOWN
 */
export function parseSshArguments(text: string, variable: string): SshArguments {
  const words = splitWords(text, variable);
  let found: SshArguments = {};
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, letter = '', attached = ''] = /^-(\w)(.*)$/s.exec(word) ?? [];
    if (/^-[CTaqvx]+$/.test(word)) continue;
    const takesValue = letter === 'o' || letter === 'F' || LETTERS[letter] !== undefined;
    if (!takesValue) throw unknownArgument(variable, word);
    const value = attached === '' ? words.shift() : attached;
    if (value === undefined) throw new EngineError('PARAM_FORMAT', `${variable}: ${word} needs a value`);
    if (letter === 'F') found = { sshConfigFile: value, ...found };
    else
      found = {
        ...(letter === 'o' ? parseOption(value, variable) : OPTIONS[LETTERS[letter]!]!(value)),
        ...found,
      };
  }
  return found;
}

/** `Name=value`, or `Name value`. */
function parseOption(text: string, variable: string): SshArguments {
  const [, name = '', value = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/s.exec(text) ?? [];
  const key = name.toLowerCase();
  if (MEANINGLESS.has(key)) return {};
  const option = OPTIONS[key];
  if (!option || value === '') throw unknownArgument(variable, `-o ${text}`);
  return option(value.replace(/^"(.*)"$/, '$1'));
}

const unknownArgument = (variable: string, argument: string): EngineError =>
  new EngineError('PARAM_UNKNOWN', `${variable}: "${argument}" is not supported`, {
    hint: 'known are -J, -i, -l, -p, -F, -o ProxyJump, ProxyCommand, StrictHostKeyChecking, UserKnownHostsFile, IdentityFile, IdentitiesOnly, User, Port, ConnectTimeout; others can stand in ~/.ssh/config',
  });

/** Words as a shell would split them; quotes and backslashes only, nothing is expanded. */
function splitWords(text: string, variable: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const pattern = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(.)/gs;
  for (const [whole, single, double, escaped, plain, stray] of text.matchAll(pattern)) {
    if (stray !== undefined) throw new EngineError('PARAM_FORMAT', `${variable}: a quote is not closed`);
    const part = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain;
    if (part !== undefined) word = (word ?? '') + part;
    else if (word !== undefined && /^\s/.test(whole)) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
