import { EngineError } from '../../engine/errors.ts';
import { quote } from '../../engine/transport/quote.ts';
import { parseNetwork } from '../libvirt/network-xml.ts';
import { batchEnd, batchText, parseBatch, segmentOutput, virshArgv } from '../libvirt/virsh.ts';
import { own } from '../own.ts';
import type { HostState, LibvirtState, NetworkState } from '../state.ts';
import type { Reader } from './reader.ts';

const defaultUri = 'qemu:///system';

/** Reads in one process: the version, which networks are active, stored and started at boot, and all their XML. */
const script = (uri: string): string => {
  const virsh = virshArgv(uri).map(quote).join(' ');
  const fixed = [
    batchText('version', ['version']),
    batchText('active', ['net-list', '--uuid']),
    batchText('persistent', ['net-list', '--all', '--persistent', '--uuid']),
    batchText('autostart', ['net-list', '--all', '--autostart', '--uuid']),
  ].join('');
  const each =
    batchText('live:UUID', ['net-dumpxml', '--network', 'UUID']) +
    batchText('stored:UUID', ['net-dumpxml', '--network', 'UUID', '--inactive']);
  // 200 networks a process keep the batch below the kernel's limit for one argument
  return `
all=$(${virsh} net-list --all --uuid) || exit
batch=${quote(fixed)}
count=0
for uuid in $all; do
  batch=$batch${each.split('UUID').map(quote).join('$uuid')}
  count=$((count + 1))
  if [ $count -ge 200 ]; then
    ${virsh} "\${batch}echo ''" || exit
    batch= count=0
  fi
done
${virsh} "$batch"${quote(batchEnd)}
`;
};

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
