import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasField } from '../../../src/host/libvirt/nic-fields.ts';
import { completed } from '../../../src/host/libvirt/nic-form.ts';
import { nicDocumentProblems, nicOfXml } from '../../../src/host/libvirt/nic-params.ts';
import { nicProblems } from '../../../src/host/libvirt/nic-rules.ts';
import { NIC_TYPES } from '../../../src/host/libvirt/nic-schema.ts';
import type { Nic, NicFields } from '../../../src/host/libvirt/nic.ts';
import { domainNics } from '../../../src/host/libvirt/domain-xml.ts';
import { editNic, newNic, readNic, wantedFields } from '../../../src/host/libvirt/nic-xml.ts';
import { child, children, formatXml, parseXml, type XmlElement } from '../../../src/host/libvirt/xml.ts';
import { mutationsOf } from './nic-mutations.ts';

const shared = join(import.meta.dirname, '../../../../shared');
const folder = join(shared, 'corpus/qemuxmlconfdata');
const status = join(shared, 'corpus/qemustatusxml2xmldata');
const schema = join(shared, 'schemas/domain.rng');
const inScope = new Set<string>(NIC_TYPES);
const interfaces = (file: string) =>
  children(child(parseXml(readFileSync(file, 'utf8')), 'devices'), 'interface');

const isOutput = (name: string): boolean =>
  /\.[a-z0-9_]+-(?:latest|[\d.]+)(?:\+\w+)?(?:\.abi-update)?\.xml$/.test(name);
const all = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.xml')) : [];
const outputs = all.filter(isOutput);
const inputs = all.filter((name) => !isOutput(name));
const statusFiles = existsSync(status) ? readdirSync(status) : [];
const statusDomain = (name: string): string =>
  /<domain\s[\s\S]*<\/domain>/.exec(readFileSync(join(status, name), 'utf8'))![0];

/** What the NIC lacks of what was asked for. */
const missing = (have: Nic, { mac, ...asked }: Nic): readonly string[] => {
  const want: NicFields = mac === '' ? asked : { mac, ...asked };
  return wantedFields(want).filter((field) => !hasField(have, field, want[field]!));
};

describe.skipIf(all.length === 0)('libvirt’s own guests (skipped where ../shared/corpus is missing)', () => {
  const nics = outputs.flatMap((name) => interfaces(join(folder, name)).map((xml) => ({ name, xml })));

  test('there are many, of most types', () => {
    expect(nics.length).toBeGreaterThan(160);
    expect(new Set(nics.map(({ xml }) => readNic(xml).type)).size).toBeGreaterThan(8);
  });

  test.each(outputs)('%s: a NIC that is told what it is stays as it is', (name) => {
    for (const xml of interfaces(join(folder, name))) expect(editNic(xml, readNic(xml))).toEqual(xml);
  });

  test.each(all)('%s: a NIC made from what was read reads the same', (name) => {
    for (const xml of interfaces(join(folder, name))) {
      const nic = readNic(xml);
      expect(inScope).toContain(nic.type);
      expect(readNic(newNic(nic))).toEqual(nic);
    }
  });

  const pairs = outputs.flatMap((name) => {
    const input = name.replace(/\.[a-z0-9_]+-(?:latest|[\d.]+).*$/, '.xml');
    return inputs.includes(input) ? [[name, input] as const] : [];
  });

  test.each(pairs)('%s: what libvirt stored has what was asked for in %s', (name, input) => {
    const stored = interfaces(join(folder, name)).map(readNic);
    const asked = interfaces(join(folder, input)).map(readNic).map(completed);
    // libvirt gives a guest without a card one of its own
    if (asked.length === 0) return;
    expect(asked).toHaveLength(stored.length);
    expect(asked.map((nic, index) => missing(stored[index]!, nic))).toEqual(asked.map(() => []));
  });

  test.each(all)('%s: as the parameter xml, it states the NIC, and breaks no rule', (name) => {
    for (const xml of interfaces(join(folder, name))) {
      const text = formatXml(xml);
      expect(nicDocumentProblems(text)).toEqual([]);
      expect(missing(readNic(xml), readNic(newNic(nicOfXml(text))))).toEqual([]);
      if (isOutput(name)) expect(nicProblems(readNic(xml), 'part')).toEqual([]);
    }
  });

  test.each(statusFiles)('%s holds one NIC, on the network that is configured', (name) => {
    expect(domainNics(statusDomain(name)).map(({ model }) => model)).toEqual([
      {
        type: 'network',
        mac: expect.stringMatching(/^52:54:00:(?:36:bd:3b|59:59:91)$/),
        network: 'default',
        model: 'virtio',
        alias: 'net0',
        target: 'vnet0',
        address: '0000:00:03.0',
      },
    ]);
  });

  test('a NIC that is wanted with any other value is not as it is', () => {
    const unseen = nics.flatMap(({ name, xml }) =>
      mutationsOf(xml)
        .filter(({ path }) => !path.startsWith('-'))
        .flatMap(({ path, xml: other }) =>
          missing(readNic(xml), readNic(other)).length === 0 ? [`${name} ${path}`] : [],
        ),
    );
    expect(unseen).toEqual([]);
  });

  test('any other value of any attribute or text, and any element less, is another NIC', () => {
    const unseen = nics.flatMap(({ name, xml }) =>
      mutationsOf(xml).flatMap(({ path, xml: other }) =>
        JSON.stringify(readNic(other)) === JSON.stringify(readNic(xml)) ? [`${name} ${path}`] : [],
      ),
    );
    expect(unseen).toEqual([]);
  });

  const xmllint = spawnSync('xmllint', ['--version']).status === 0;
  test.skipIf(!xmllint || !existsSync(schema))('what is made of them is valid (needs xmllint)', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'wirebook-nics-'));
    try {
      const made: XmlElement[] = [
        ...all.filter((name) => !name.includes('invalid')).flatMap((name) => interfaces(join(folder, name))),
        ...statusFiles.flatMap((name) => domainNics(statusDomain(name)).map(({ xml }) => parseXml(xml))),
      ].map((xml) => newNic(readNic(xml)));
      const file = join(scratch, 'domain.xml');
      const head = '<name>a</name><memory>1</memory><os><type>hvm</type></os>';
      // The schema wants numbers of a MAC that is there
      const body = made.map((xml) => formatXml(xml).replace('<mac address=""/>', '')).join('\n');
      writeFileSync(file, `<domain type='qemu'>${head}<devices>\n${body}\n</devices></domain>\n`);
      const { stderr } = spawnSync('xmllint', ['--noout', '--relaxng', schema, file], { encoding: 'utf8' });
      expect(stderr.replaceAll(file, '')).toBe(' validates\n');
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
});
