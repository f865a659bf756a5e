import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Imported, tryCandidate } from '../../../src/cli/import-check.ts';
import type { Gathered } from '../../../src/cli/gather.ts';
import { libvirtCandidates } from '../../../src/host/import/libvirt.ts';
import { domainNics } from '../../../src/host/libvirt/domain-xml.ts';
import { emptyState } from '../../../src/host/state.ts';

const folder = join(import.meta.dirname, '../../../../shared/corpus/qemuxmlconfdata');
const all = existsSync(folder) ? readdirSync(folder).filter((name) => /-latest\.xml$/.test(name)) : [];
const uri = 'qemu:///system';

/** A host with one guest that is shut off, defined as in the file. */
function hostWith(text: string): Gathered {
  const stored = domainNics(text);
  const domains = { web1: { state: 'shut off' as const, persistent: true, stored, live: [] } };
  return {
    host: 'kvm1',
    uri,
    settings: { libvirtUri: uri, networkBackend: undefined },
    state: {
      ...emptyState,
      reads: { [`domains ${uri} web1`]: 'read', [`networks ${uri}`]: 'read', links: 'read' },
      libvirt: { [uri]: { version: '11.3.0', networks: {}, domains } },
    },
  };
}

const imported = (text: string): Imported[] => {
  const host = hostWith(text);
  return libvirtCandidates(host.state.libvirt[uri]!).tasks.map((task) => tryCandidate(task, host));
};

describe.skipIf(all.length === 0)('import of libvirt’s own guests (skipped without ../shared/corpus)', () => {
  test.each(all)('%s: every NIC is told whole, but for those that share a MAC', (name) => {
    const tasks = imported(readFileSync(join(folder, name), 'utf8'));
    const macs = tasks.map(({ candidate }) => candidate.params.mac);
    for (const { candidate, params, notes } of tasks) {
      const { mac } = candidate.params;
      const isShared = macs.filter((other) => other === mac).length > 1;
      expect(notes).toEqual(isShared ? [`web1 has more than one stored NIC with the MAC ${mac}`] : []);
      expect(params === undefined).toBe(isShared);
    }
  });
});
