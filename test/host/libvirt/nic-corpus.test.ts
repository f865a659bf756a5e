import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasField } from '../../../src/host/libvirt/nic-fields.ts';
import type { NicFields } from '../../../src/host/libvirt/nic.ts';
import { domainNics, editNic, newNic, readNic, wantedFields } from '../../../src/host/libvirt/nic-xml.ts';
import { child, children, parseXml } from '../../../src/host/libvirt/xml.ts';

const corpus = join(import.meta.dirname, '../../../../shared/corpus');
const folder = join(corpus, 'qemuxmlconfdata');
const inScope = new Set(['network', 'bridge', 'direct', 'user']);
const interfaces = (file: string) =>
  children(child(parseXml(readFileSync(file, 'utf8')), 'devices'), 'interface');

const suffix = '.x86_64-latest.xml';
const outputs = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(suffix)) : [];

describe.skipIf(outputs.length === 0)(
  'libvirt’s own guests (skipped where ../shared/corpus is missing)',
  () => {
    const nics = outputs.flatMap((name) => interfaces(join(folder, name)).map((xml) => ({ name, xml })));

    test('there are many', () => {
      expect(nics.length).toBeGreaterThan(140);
    });

    test.each(outputs)('%s: a NIC that is told what it is stays as it is', (name) => {
      for (const xml of interfaces(join(folder, name))) expect(editNic(xml, readNic(xml))).toEqual(xml);
    });

    test.each(outputs)('%s: a NIC made from what was read reads the same', (name) => {
      for (const xml of interfaces(join(folder, name))) {
        const nic = readNic(xml);
        if (inScope.has(nic.type)) expect(readNic(newNic(nic))).toEqual(nic);
      }
    });

    test.each(outputs)('%s: what libvirt stored has what was asked for', (name) => {
      const input = join(folder, name.replace(suffix, '.xml'));
      if (!existsSync(input)) return;
      const stored = interfaces(join(folder, name)).map(readNic);
      const asked = interfaces(input).map(readNic);
      expect(asked).toHaveLength(stored.length);
      for (const [index, { mac, ...nic }] of asked.entries()) {
        const want: NicFields = mac === '' ? nic : { mac, ...nic };
        if (!inScope.has(nic.type)) continue;
        const missing = wantedFields(want).filter((field) => !hasField(stored[index]!, field, want[field]!));
        expect(missing).toEqual([]);
      }
    });

    test('status files hold one NIC each, on the network that is configured', () => {
      const status = readFileSync(join(corpus, 'qemustatusxml2xmldata/upgrade-in.xml'), 'utf8');
      const domain = /<domain[\s\S]*<\/domain>/.exec(status)![0];
      expect(domainNics(domain).map(({ model }) => model)).toEqual([
        {
          type: 'network',
          mac: '52:54:00:36:bd:3b',
          network: 'default',
          model: 'virtio',
          alias: 'net0',
          target: 'vnet0',
          address: '0000:00:03.0',
        },
      ]);
    });
  },
);
