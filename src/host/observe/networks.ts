import { EngineError } from '../../engine/errors.ts';
import { parseNetwork } from '../libvirt/network-xml.ts';
import { batchScriptGuessing, parseBatch, segmentOutput, type VirshSegment } from '../libvirt/virsh.ts';
import type { LibvirtState, NetworkState } from '../state.ts';
import type { Reader } from './reader.ts';
import { withLibvirt } from './with-libvirt.ts';

const defaultUri = 'qemu:///system';

/** UUIDs in files that libvirt keeps. They are a guess, which saves a process: libvirt itself says what there is. */
const uuidsIn = (...files: readonly string[]): string =>
  `sed -n 's/^ *<uuid>\\([0-9a-f]\\{8\\}-[0-9a-f-]\\{27\\}\\)<.uuid>.*/\\1/p' ${files.join(' ')} 2>/dev/null | sort -u`;

/** The version, which networks are active, stored and started at boot, all their XML, and the NICs of running guests. */
const script = (uri: string): string =>
  batchScriptGuessing(
    uri,
    [
      { key: 'version', command: ['version'] },
      { key: 'active', command: ['net-list', '--uuid'] },
      { key: 'persistent', command: ['net-list', '--all', '--persistent', '--uuid'] },
      { key: 'autostart', command: ['net-list', '--all', '--autostart', '--uuid'] },
    ],
    [
      {
        guess: uuidsIn('/etc/libvirt/qemu/networks/*.xml', '/run/libvirt/network/*.xml'),
        each: [
          { key: 'live:UUID', command: ['net-dumpxml', '--network', 'UUID'] },
          { key: 'stored:UUID', command: ['net-dumpxml', '--network', 'UUID', '--inactive'] },
        ],
      },
      {
        guess: uuidsIn('/run/libvirt/qemu/*.xml'),
        each: [
          { key: 'guest:UUID', command: ['domname', '--domain', 'UUID'] },
          { key: 'nics:UUID', command: ['domiflist', '--domain', 'UUID'] },
        ],
      },
    ],
  );

/** All networks of a libvirt connection, stored and live, by name. */
export const networksReader: Reader = {
  source: 'networks',
  script: ({ uri = defaultUri }) => script(uri),

  parse(output, state, { uri = defaultUri }) {
    const batch = parseBatch(output, uri);
    const uuids = (key: string): readonly string[] =>
      (segmentOutput(batch, key) ?? '').split(/\s+/).filter(Boolean);
    const [active, persistent, autostart] = [uuids('active'), uuids('persistent'), uuids('autostart')];
    const networks = new Map<string, NetworkState>();
    for (const uuid of new Set([...active, ...persistent])) {
      // Undefined: gone since it was listed
      const live = active.includes(uuid) ? segmentOutput(batch, `live:${uuid}`) : undefined;
      const stored = persistent.includes(uuid) ? segmentOutput(batch, `stored:${uuid}`) : undefined;
      const read = {
        ...(stored !== undefined && { stored: parseNetwork(stored.trim()) }),
        ...(live !== undefined && { live: parseNetwork(live.trim()) }),
      };
      const name = (read.stored ?? read.live)?.model.name;
      if (name !== undefined) networks.set(name, { ...read, autostart: autostart.includes(uuid) });
    }
    const version = libraryVersion(segmentOutput(batch, 'version'));
    return withLibvirt(state, uri, { version, networks: Object.fromEntries(networks), taps: tapsIn(batch) });
  },
};

/** NICs of guests by their link. A guest that went away in between, or that libvirt does not tell of, has none. */
function tapsIn(batch: ReadonlyMap<string, VirshSegment>): NonNullable<LibvirtState['taps']> {
  const rows = [...batch].flatMap(([key, { stdout }]) => {
    const uuid = key.startsWith('nics:') ? key.slice('nics:'.length) : undefined;
    const domain = batch.get(`guest:${uuid}`)?.stdout.trim();
    if (uuid === undefined || !domain) return [];
    return stdout.split('\n').flatMap((line) => {
      const [, link, mac] = /^ (\S+) .* ([0-9a-f]{2}(?::[0-9a-f]{2}){5})\s*$/.exec(line) ?? [];
      return link === undefined || mac === undefined || link === '-'
        ? []
        : [[link, { domain, mac }] as const];
    });
  });
  return Object.fromEntries(rows);
}

function libraryVersion(text: string | undefined): string {
  const version = /^Using library: libvirt (\d+\.\d+\.\d+)$/m.exec(text ?? '')?.[1];
  if (version === undefined) throw new EngineError('OBSERVE', 'virsh does not tell its version');
  return version;
}
