import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isUnknown } from '../../../src/engine/unknown.ts';
import { editNetwork, filledIn, readNetwork } from '../../../src/host/libvirt/network-xml.ts';
import { formatXml, parseXml } from '../../../src/host/libvirt/xml.ts';

const corpus = new URL('../../../../shared/corpus/', import.meta.url).pathname;
const read = (file: string) => readNetwork(parseXml(readFileSync(file, 'utf8')));

describe.skipIf(!existsSync(corpus))("libvirt's own networks (needs the corpus)", () => {
  const files = existsSync(corpus) ? readdirSync(`${corpus}networkxml2xmlout`) : [];

  it.each(files)('%s means the same before and after libvirt stored it', (file) => {
    const given = filledIn(read(`${corpus}networkxml2xmlin/${file}`));
    const stored = filledIn(read(`${corpus}networkxml2xmlout/${file}`));
    // What libvirt makes up is not in its test data
    const known = (value: object) =>
      JSON.parse(JSON.stringify(value, (_, part) => (isUnknown(part) ? undefined : part)));
    expect(known(given)).toEqual(known(stored));
  });

  it.each(files)('%s written from its own model stays as it is', (file) => {
    const tree = parseXml(readFileSync(`${corpus}networkxml2xmlin/${file}`, 'utf8'));
    const model = readNetwork(tree);
    if (model.forward.mode === 'hostdev') return;
    expect(formatXml(editNetwork(tree, model as never))).toBe(formatXml(tree));
  });
});
