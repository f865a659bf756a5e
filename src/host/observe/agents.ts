import { batchScriptOfAll, parseBatch } from '../libvirt/virsh.ts';
import type { AgentAddress, HostState } from '../state.ts';
import type { Reader } from './reader.ts';
import { withLibvirt } from './with-libvirt.ts';

const defaultUri = 'qemu:///system';

/** libvirt waits 5 s for an agent that was there and does not answer, one guest after the other. */
const SECONDS = 20;

/**
 * Addresses that guests have, as their QEMU guest agents tell, by guest. Only for those who want to know: it is one
 * command a running guest. Where agents keep libvirt waiting for longer than 20 s, nothing is known.
 */
export const agentsReader: Reader = {
  source: 'agents',
  script: ({
    uri = defaultUri,
  }) => `if command -v timeout >/dev/null; then virsh() { timeout ${SECONDS} virsh "$@"; }; fi
${batchScriptOfAll(
  uri,
  [],
  ['list', '--uuid', '--state-running'],
  [
    { key: 'name:UUID', command: ['domname', '--domain', 'UUID'] },
    { key: 'addresses:UUID', command: ['domifaddr', '--domain', 'UUID', '--source', 'agent', '--full'] },
  ],
)}`,

  parse(output, state, { uri = defaultUri }): HostState {
    const isLate = output.status === 124 || output.status === 143;
    const batch = isLate ? [] : [...parseBatch(output, uri)];
    const names = new Map(batch.map(([key, { stdout }]) => [key, stdout.trim()]));
    const agents = batch.flatMap(([key, { stdout }]) => {
      if (!key.startsWith('addresses:')) return [];
      const name = names.get(`name:${key.slice('addresses:'.length)}`);
      // A guest without an agent is an error to virsh
      const found = stdout.split('\n').flatMap(addressOf);
      return name && found.length > 0 ? [[name, found] as const] : [];
    });
    return withLibvirt(state, uri, { agents: Object.fromEntries(agents) });
  },
};

/** A row of virsh's table: interface in the guest, MAC, protocol, address. Names may hold spaces (Windows). */
function addressOf(line: string): AgentAddress[] {
  const row = /^ (.+?) +([0-9a-f]{2}(?::[0-9a-f]{2}){5}) +ipv[46] +([0-9a-f.:]+\/\d+)$/i.exec(line.trimEnd());
  if (row === null) return [];
  const [, name = '', mac = '', address = ''] = row;
  return [{ interface: name, mac: mac.toLowerCase(), address }];
}
