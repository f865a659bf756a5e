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

/** What each option of ssh_config says, by lower-case name; `-F` is one more. */
const OPTIONS: Readonly<Record<string, (value: string, variable: string) => SshArguments>> = {
  user: (user) => ({ user }),
  port: (value, variable) => ({ port: toNumber(value, variable) }),
  identityfile: (privateKeyFile) => ({ privateKeyFile }),
  identitiesonly: (value) => ({ identitiesOnly: value.toLowerCase() === 'yes' }),
  proxyjump: (jump) => ({ jump }),
  proxycommand: (proxyCommand) => ({ proxyCommand }),
  stricthostkeychecking: (value) => ({ hostKeyChecking: hostKeyChecking(value) }),
  userknownhostsfile: (value) => ({ knownHostsFiles: value.split(/\s+/).filter((file) => file !== '') }),
  connecttimeout: (value, variable) => ({ connectTimeout: toNumber(value, variable) }),
  '-F': (sshConfigFile) => ({ sshConfigFile }),
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

/** Letters that stand for an option. */
const LETTERS: Readonly<Record<string, string>> = {
  F: '-F',
  J: 'proxyjump',
  i: 'identityfile',
  l: 'user',
  p: 'port',
};

/**
 * Arguments of ssh, as in ansible_ssh_common_args. The first of a kind holds, as in ssh.
 * @param variable where they come from, for messages
 * @throws EngineError PARAM_FORMAT, PARAM_UNKNOWN
 */
export function parseSshArguments(text: string, variable: string): SshArguments {
  const words = splitWords(text, variable);
  let found: SshArguments = {};
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (/^-[CTaqvx]+$/.test(word)) continue;
    const [, letter = '', attached = ''] = /^-(\w)(.*)$/s.exec(word) ?? [];
    if (letter !== 'o' && LETTERS[letter] === undefined) throw unknownArgument(variable, word);
    const value = attached === '' ? words.shift() : attached;
    if (value === undefined) throw new EngineError('PARAM_FORMAT', `${variable}: ${word} needs a value`);
    const [option, setting] = letter === 'o' ? splitOption(value) : [LETTERS[letter] ?? '', value];
    if (MEANINGLESS.has(option)) continue;
    const say = Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined;
    if (!say || setting === '') throw unknownArgument(variable, `-${letter} ${value}`);
    found = { ...say(setting, variable), ...found };
  }
  return found;
}

/** `Name=value`, or `Name value`. */
function splitOption(text: string): [string, string] {
  const [, name = '', value = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/s.exec(text) ?? [];
  return [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1')];
}

function toNumber(text: string, variable: string): number {
  if (!/^\d+$/.test(text)) throw new EngineError('PARAM_FORMAT', `${variable}: "${text}" is not a number`);
  return Number(text);
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
