import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EngineError } from '../errors.ts';
import { addChildAt, type Reading, syntaxProblem } from './problem.ts';
import { isMapping, kindOf } from './yaml.ts';

const run = promisify(execFile);
const LIST_LIMIT = { timeout: 300_000, maxBuffer: 256 * 1024 * 1024 };
/** Calls of `--host` at a time, for programs that have no `_meta` */
const HOSTS_AT_ONCE = 8;

/** Reads what an executable prints for `--list`; without `_meta.hostvars`, for `--host NAME` too. */
export async function readScript(file: string, reading: Reading, cwd: string): Promise<void> {
  const listed = await call(file, ['--list'], reading, cwd);
  if (!listed) return;
  const hosts = new Set<string>();
  let hostvars: unknown;
  for (const [name, content] of Object.entries(listed)) {
    if (name === '_meta') hostvars = isMapping(content) ? content.hostvars : undefined;
    else readGroup(file, name, content, hosts, reading);
  }
  if (hostvars !== undefined) {
    const given = isMapping(hostvars) ? hostvars : {};
    for (const host of hosts)
      setHostVariables(file, host, Object.hasOwn(given, host) ? given[host] : {}, reading);
    return;
  }
  const waiting = [...hosts].values();
  const answers = new Map<string, unknown>();
  const worker = async (): Promise<void> => {
    for (const host of waiting) answers.set(host, await call(file, ['--host', host], reading, cwd));
  };
  await Promise.all(Array.from({ length: HOSTS_AT_ONCE }, worker));
  for (const host of hosts) setHostVariables(file, host, answers.get(host) ?? {}, reading);
}

function readGroup(file: string, name: string, content: unknown, hosts: Set<string>, reading: Reading): void {
  const { model, problems } = reading;
  const group = model.addGroup(name);
  // Two short forms: a list of hosts, and the variables of a host with the group's name
  const full = !isMapping(content)
    ? { hosts: content }
    : 'hosts' in content || 'vars' in content || 'children' in content
      ? content
      : { hosts: [name], vars: content };
  const list = (key: 'hosts' | 'children'): string[] => {
    const given = (full as Record<string, unknown>)[key] ?? [];
    if (Array.isArray(given) && given.every((item) => typeof item === 'string')) return given;
    problems.push(syntaxProblem(`${file}: ${key} of group ${name} must be a list of names`, undefined));
    return [];
  };
  for (const host of list('hosts')) {
    hosts.add(host);
    model.addHost(host, group, file);
  }
  const vars = 'vars' in full ? full.vars : {};
  if (isMapping(vars))
    for (const [key, value] of Object.entries(vars)) model.setGroupVariable(group, key, value);
  else problems.push(syntaxProblem(`${file}: vars of group ${name} is ${kindOf(vars)}`, undefined));
  for (const child of list('children')) addChildAt(reading, group, model.addGroup(child), undefined);
}

function setHostVariables(file: string, name: string, vars: unknown, reading: Reading): void {
  if (!isMapping(vars)) {
    reading.problems.push(
      syntaxProblem(`${file}: the variables of host ${name} are ${kindOf(vars)}`, undefined),
    );
    return;
  }
  const host = reading.model.hosts.get(name)!;
  for (const [key, value] of Object.entries(vars)) host.vars.set(key, value);
}

async function call(
  file: string,
  args: readonly string[],
  reading: Reading,
  cwd: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const command = [file, ...args].join(' ');
  try {
    const { stdout } = await run(file, args, { ...LIST_LIMIT, cwd });
    const value: unknown = args[0] === '--host' && stdout.trim() === '' ? {} : JSON.parse(stdout);
    if (isMapping(value)) return value;
    reading.problems.push(syntaxProblem(`${command} printed ${kindOf(value)}, not a JSON object`, undefined));
  } catch (error) {
    reading.problems.push(callProblem(command, error));
  }
  return undefined;
}

function callProblem(command: string, error: unknown): EngineError {
  if (error instanceof SyntaxError)
    return syntaxProblem(
      `${command} did not print JSON: ${error.message}`,
      undefined,
      'run it by hand to see',
    );
  const { code, killed, stderr } = error as { code?: unknown; killed?: boolean; stderr?: string };
  const reason = killed ? 'did not end in time' : `failed (${String(code)})`;
  return new EngineError('FILE_READ', `${command} ${reason}`, {
    hint: stderr?.trim().split('\n').at(-1)?.slice(0, 300),
    cause: error,
  });
}
