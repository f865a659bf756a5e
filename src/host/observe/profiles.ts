import { EngineError } from '../../engine/errors.ts';
import { quote } from '../../engine/transport/quote.ts';
import type { Backend } from '../interfaces/backends/backend.ts';
import { backends } from '../interfaces/backends/index.ts';
import {
  type BackendFacts,
  type BackendName,
  type Files,
  type Profile,
  profilesOf,
  type StoredFile,
} from '../interfaces/profile.ts';
import type { HostState } from '../state.ts';
import type { Reader } from './reader.ts';

const SERVICES = ['systemd-networkd', 'NetworkManager', 'networking', 'network'] as const;

/**
 * The files of all backends that are installed, and what they say of themselves. Each probe is skipped by builtins
 * where its backend is not there; one `stat` and one `cat` read all files: sizes tell where each ends. They
 * travel as base64, since a comment in another encoding is no reason to misread the rest.
 */
function script(all: readonly Backend[], uri: string | undefined): string {
  const probes = all.map(
    (backend) => `printf '\\n%s\\n' ${quote(`backend ${backend.name}`)}\n${backend.probe}`,
  );
  const globs = all.flatMap((backend) => backend.globs);
  return `
uri=${quote(uri ?? '')}
services=
[ ! -d /run/systemd/system ] || services=$(systemctl is-active ${SERVICES.join(' ')} 2>/dev/null)
set -- $services
services=
for service in ${SERVICES.join(' ')}; do services="$services $service=\${1:-unknown} "; [ $# = 0 ] || shift; done
${probes.join('\n')}
set --
for file in ${globs.join(' ')}; do
  [ ! -f "$file" ] || [ ! -r "$file" ] || set -- "$@" "$file"
done
printf '\\nfiles\\n'
if [ $# -gt 0 ]; then
  stat -L -c '%s %a %u %g %n' -- "$@" || exit
  printf '\\ncontents\\n'
  cat -- "$@" | base64 || exit
fi
`;
}

/** Stored definitions of host interfaces, of all backends; libvirt's too when a connection is given. */
export const profilesReader: Reader = {
  source: 'profiles',
  script: ({ uri }) => script(readable(uri), uri),

  parse({ stdout, stderr, status }, state, { uri }) {
    const end = stdout.indexOf('\nfiles\n');
    if (status !== 0 || end < 0) {
      const reason = stderr.trim().split('\n').at(-1) || `status ${status}`;
      throw new EngineError('OBSERVE', `stored definitions of interfaces could not be read: ${reason}`);
    }
    const facts = parseFacts(stdout.slice(0, end));
    const files = parseFiles(stdout.slice(end + '\nfiles\n'.length));
    const found: Partial<Record<BackendName, BackendFacts>> = {};
    const profiles: Record<string, Profile[]> = Object.create(null);
    for (const backend of readable(uri)) {
      const known = facts.get(backend.name);
      if (!known || Object.keys(known).length === 0) continue;
      const about: BackendFacts = { active: known.active === 'yes', facts: known };
      found[backend.name] = about;
      for (const profile of backend.parse(files, about)) {
        profiles[profile.name] = [...(profiles[profile.name] ?? []), profile];
      }
    }
    // libvirt's own were not asked for this time: they stay as they are known
    const kept = uri === undefined ? state.stored.backends.libvirt : undefined;
    if (kept) {
      found.libvirt = kept;
      for (const profile of Object.values(profilesOf(state.stored, 'libvirt'))) {
        profiles[profile.name] = [...(profiles[profile.name] ?? []), profile];
      }
    }
    return { ...state, stored: { backends: found, files, profiles } } satisfies HostState;
  },
};

const readable = (uri: string | undefined): readonly Backend[] =>
  Object.values(backends).filter(({ name }) => name !== 'libvirt' || uri !== undefined);

function parseFacts(text: string): Map<string, Record<string, string>> {
  const facts = new Map<string, Record<string, string>>();
  let current: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, key, value = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    if (key === undefined) continue;
    if (key === 'backend') {
      current = Object.create(null);
      facts.set(value, current);
    } else current[key] = Object.hasOwn(current, key) ? `${current[key]}\n${value}` : value;
  }
  return facts;
}

function parseFiles(text: string): Files {
  const at = text.indexOf('\n\ncontents\n');
  if (at < 0) return {};
  const bytes = Buffer.from(text.slice(at + '\n\ncontents\n'.length), 'base64');
  const files: Record<string, StoredFile> = Object.create(null);
  let offset = 0;
  for (const line of text.slice(0, at).split('\n')) {
    const [, size, mode, uid, gid, path] = /^(\d+) ([0-7]+) (\d+) (\d+) (.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const end = offset + Number(size);
    if (end > bytes.length) throw new EngineError('OBSERVE', `${path} changed while it was read`);
    const content = bytes.toString('utf8', offset, end);
    offset = end;
    files[path] = { content, mode: Number.parseInt(mode!, 8), uid: Number(uid), gid: Number(gid) };
  }
  return files;
}
