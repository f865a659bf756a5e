import { EngineError } from '../../engine/errors.ts';
import { parseNetwork } from '../libvirt/network-xml.ts';
import { batchScriptOfAll, parseBatch, segmentOutput } from '../libvirt/virsh.ts';
import { own } from '../own.ts';
import type { HostState, LibvirtState, NetworkState } from '../state.ts';
import type { Reader } from './reader.ts';

const defaultUri = 'qemu:///system';

/** The version, which networks are active, stored and started at boot, and all their XML. */
const script = (uri: string): string =>
  batchScriptOfAll(
    uri,
    [
      { key: 'version', command: ['version'] },
      { key: 'active', command: ['net-list', '--uuid'] },
      { key: 'persistent', command: ['net-list', '--all', '--persistent', '--uuid'] },
      { key: 'autostart', command: ['net-list', '--all', '--autostart', '--uuid'] },
    ],
    ['net-list', '--all', '--uuid'],
    [
      { key: 'live:UUID', command: ['net-dumpxml', '--network', 'UUID'] },
      { key: 'stored:UUID', command: ['net-dumpxml', '--network', 'UUID', '--inactive'] },
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
    return withLibvirt(state, uri, { version, networks: Object.fromEntries(networks) });
  },
};

function libraryVersion(text: string | undefined): string {
  const version = /^Using library: libvirt (\d+\.\d+\.\d+)$/m.exec(text ?? '')?.[1];
  if (version === undefined) throw new EngineError('OBSERVE', 'virsh does not tell its version');
  return version;
}

/** The state with more known of one libvirt connection. */
const withLibvirt = (state: HostState, uri: string, known: Partial<LibvirtState>): HostState => ({
  ...state,
  libvirt: {
    ...state.libvirt,
    [uri]: { version: '', networks: {}, domains: {}, ...own(state.libvirt, uri), ...known },
  },
});
