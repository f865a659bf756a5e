/** Comparison and updates of networks beside libvirt itself: its own test data, and its test driver as the judge. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isUnknown } from '../../../src/engine/unknown.ts';
import { documentProblems } from '../../../src/host/libvirt/network-document.ts';
import { differences } from '../../../src/host/libvirt/network-diff.ts';
import { filledIn, readNetwork } from '../../../src/host/libvirt/network-xml.ts';
import { formatXml, parseXml, type XmlElement } from '../../../src/host/libvirt/xml.ts';
import { updated } from './model-update.ts';
import { mutants } from './network-mutants.ts';

const corpus = new URL('../../../../shared/corpus/', import.meta.url).pathname;
const withoutCorpus = !existsSync(corpus);
const withoutVirsh = spawnSync('virsh', ['-q', '-c', 'test:///default', 'version']).status !== 0;
const filesOf = (folder: string): string[] => (withoutCorpus ? [] : readdirSync(join(corpus, folder)));
const read = (file: string): string => readFileSync(join(corpus, file), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'wirebook-networks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const meaning = (xml: string) => filledIn(readNetwork(parseXml(xml)));

/** A network with everything in it that fits together, as the corpus has only parts. */
const whole = `<network ipv6="yes" trustGuestRxFilters="yes" xmlns:dnsmasq="http://libvirt.org/schemas/network/dnsmasq/1.0">
  <name>whole</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a9b</uuid>
  <metadata><a:b xmlns:a="urn:a" c="d">e</a:b></metadata>
  <forward mode="nat" dev="eth1"><nat><address start="192.0.2.1" end="192.0.2.9"/><port start="2000" end="3000"/></nat><interface dev="eth1"/></forward>
  <bridge name="virbr7" stp="off" delay="3" macTableManager="libvirt"/><mtu size="1400"/><mac address="52:54:00:00:00:01"/>
  <domain name="a.test" localOnly="yes"/>
  <dns enable="yes" forwardPlainNames="no"><forwarder addr="192.0.2.53" domain="x.test"/><txt name="t" value="v"/>
    <srv service="s" protocol="tcp" domain="a.test" target="h" port="5" priority="6" weight="7"/><host ip="10.9.1.9"><hostname>h1</hostname><hostname>h2</hostname></host></dns>
  <bandwidth><inbound average="1000" peak="2000" burst="3000"/><outbound average="1" peak="2" burst="3"/></bandwidth>
  <port isolated="yes"/>
  <ip address="10.9.1.1" netmask="255.255.255.0" localPtr="yes"><tftp root="/srv"/><dhcp>
    <range start="10.9.1.10" end="10.9.1.20"><lease expiry="2" unit="hours"/></range>
    <host mac="52:54:00:00:00:02" name="n1" ip="10.9.1.30"><lease expiry="600" unit="seconds"/></host><bootp file="pxe" server="10.9.1.2"/></dhcp></ip>
  <ip family="ipv6" address="fd00:9::1" prefix="64"><dhcp><host id="0:1:0:1:18:aa" name="n2" ip="fd00:9::5"/></dhcp></ip>
  <route address="10.77.0.0" prefix="16" gateway="10.9.1.7" metric="5"/>
  <route family="ipv6" address="fd77::" prefix="48" gateway="fd00:9::7"/>
  <portgroup name="p1" default="yes" trustGuestRxFilters="yes"><bandwidth><inbound average="10"/></bandwidth></portgroup>
  <portgroup name="p2"/>
  <dnsmasq:options><dnsmasq:option value="log-queries"/></dnsmasq:options>
</network>`;
const functions = `<network><name>functions</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a9c</uuid>
  <forward mode="hostdev" managed="yes"><driver name="vfio"/><address type="pci" domain="0x0000" bus="0x03" slot="0x10" function="0x1"/><address type="pci" domain="0x0000" bus="0x03" slot="0x10" function="0x3"/></forward>
  <vlan trunk="yes"><tag id="5"/><tag id="6" nativeMode="untagged"/></vlan>
  <virtualport type="802.1Qbh"><parameters profileid="p"/></virtualport></network>`;

const bases: [string, string][] = [
  ['whole', whole],
  ['functions', functions],
  ...filesOf('networkxml2xmlin').map((file): [string, string] => [file, read(`networkxml2xmlin/${file}`)]),
];

/** One name for all: one of libvirt's own is in its test driver already, and a batch can take all of them. */
const renamed = (xml: string): string => xml.replace(/<name>.*<.name>/, '<name>renamed</name>');

/** What libvirt stores of each definition; undefined for one that it refuses. */
function storedByLibvirt(definitions: readonly string[]): (string | undefined)[] {
  const stored: (string | undefined)[] = [];
  for (let first = 0; first < definitions.length; first += 150) {
    const some = definitions.slice(first, first + 150);
    const commands = some.map((xml, index) => {
      const file = join(folder, `${index}.xml`);
      writeFileSync(file, xml);
      return `echo "\n<<${index}>>\n"\nnet-define ${file}\nnet-dumpxml renamed\nnet-undefine renamed\n`;
    });
    const { stdout } = spawnSync('virsh', ['-q', '-c', 'test:///default', commands.join('')], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const parts = stdout.split(/<<\d+>>\n/).slice(1);
    stored.push(...parts.map((part) => (part.includes('<network') ? part.trim() : undefined)));
  }
  return stored;
}

describe.skipIf(withoutVirsh)('networks as libvirt stores them (needs virsh)', () => {
  it.each(bases)('%s: every change that libvirt keeps apart is seen', (_, text) => {
    const base = formatXml(withoutOptions(parseXml(renamed(text))));
    const all = mutants(base);
    const [before, ...after] = storedByLibvirt([base, ...all.map(({ xml }) => xml)]);
    if (before === undefined) {
      expect(documentProblems(base)).not.toEqual([]);
      return;
    }
    const missed: string[] = [];
    let kept = 0;
    for (const [index, { what, xml }] of all.entries()) {
      const stored = after[index];
      if (stored === undefined) continue;
      if (documentProblems(xml).length > 0) continue; // Refused before any host is asked
      const own = differences(meaning(stored), meaning(xml))
        .map((path) => path.join('.'))
        // libvirt before 10.0 drops it, and a task that has it is refused there
        .filter((field) => field !== 'forward.driver.model' || stored.includes('model='));
      if (own.length > 0) missed.push(`${what}: its own output differs in ${own.join(', ')}`);
      if (withoutUuid(stored) === withoutUuid(before)) continue;
      kept += 1;
      if (identity.has(what) || defaults.test(what)) continue;
      if (differences(meaning(base), meaning(xml)).length === 0) missed.push(`${what}: not seen`);
    }
    expect(missed).toEqual([]);
    expect(kept).toBeGreaterThan(0);
  });
});

/** The test driver drops dnsmasq's options, in another namespace. */
const withoutOptions = (root: XmlElement): XmlElement => ({
  ...root,
  children: root.children.filter(
    (node) => typeof node === 'string' || !('name' in node) || !node.name.endsWith(':options'),
  ),
});

/** A document without identity leaves the one that the network has, or libvirt makes one up. */
const identity = new Set([
  '/network/uuid: none',
  '/network/mac: none',
  '/network/bridge@name: none',
  '/network/bridge: none',
]);

/** What is so without being said, too: libvirt's output is another text that means the same. */
const defaults =
  /@(netmask|prefix|family|enable|trustGuestRxFilters|forwardPlainNames|ipv6|isolated|managed|localPtr|localOnly|trunk|default): none$/;

/** libvirt makes one up where there is none. */
const withoutUuid = (xml: string): string => xml.replace(/<uuid>.*<.uuid>/, '');

interface UpdateCase {
  readonly name: string;
  readonly section: string;
  readonly updateXml: string;
  readonly networkXml: string;
  readonly expectedXml?: string;
  readonly command: string;
  readonly parentIndex: number;
  readonly expectFailure: boolean;
}

describe.skipIf(withoutCorpus)("libvirt's own updates of networks (needs the corpus)", () => {
  const cases: UpdateCase[] = withoutCorpus ? [] : JSON.parse(read('networkxml2xmlupdate-cases.json'));
  it.each(cases)('$name ($command $section): the model does what libvirt does', (one) => {
    const net = renamed(read(one.networkXml));
    const tried = (parentIndex: number) =>
      outcome(() =>
        formatXml(updated(parseXml(net), { ...one, parentIndex, xml: parseXml(read(one.updateXml)) })),
      );
    // The corpus names the second subnet for this one, with an address of the first, which libvirt refuses
    const index = one.name === 'append-dhcp-range' ? -1 : one.parentIndex;
    const found = tried(index);
    expect(found === undefined).toBe(one.expectFailure);
    if (found !== undefined) expect(known(found)).toEqual(known(renamed(read(one.expectedXml!))));
    if (withoutVirsh) return;
    for (const parentIndex of new Set([index, one.parentIndex])) {
      const judged = updatedByLibvirt(net, { ...one, parentIndex });
      // libvirt 9.0 does not modify DNS records yet
      if (one.section.startsWith('dns-') && one.command === 'modify' && judged === undefined) continue;
      const model = tried(parentIndex);
      // The daemon looks at the whole that comes of it, too; so does the module, before
      if (judged === undefined && model !== undefined && documentProblems(model).length > 0) continue;
      expect(model && known(model)).toEqual(judged && known(judged));
    }
  });
});

const known = (xml: string): unknown =>
  JSON.parse(JSON.stringify(meaning(xml), (_, part) => (isUnknown(part) ? undefined : part)));

function outcome<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** What libvirt's test driver makes of an update; undefined where it refuses it. */
function updatedByLibvirt(net: string, { section, command, updateXml, parentIndex }: UpdateCase) {
  const file = join(folder, 'net.xml');
  writeFileSync(file, net);
  const update = `net-update renamed ${command} ${section} ${join(corpus, updateXml)} --parent-index ${parentIndex} --config`;
  const { stdout, stderr } = spawnSync(
    'virsh',
    ['-q', '-c', 'test:///default', `net-define ${file}\n${update}\nnet-dumpxml renamed\n`],
    { encoding: 'utf8' },
  );
  return stderr.trim() === '' ? stdout.slice(stdout.indexOf('<network')) : undefined;
}
