import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isUnknown } from '../../../src/engine/unknown.ts';
import type { NetworkFields } from '../../../src/host/libvirt/network.ts';
import { asStored, editNetwork, filledIn, readNetwork } from '../../../src/host/libvirt/network-xml.ts';
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
    expect(formatXml(editNetwork(tree, model as never))).toBe(formatXml(tree));
  });
});

describe('an edit of a network', () => {
  const edit = (body: string, fields: NetworkFields) => {
    const edited = formatXml(editNetwork(parseXml(`<network>${body}</network>`), fields));
    return edited.slice('<network>'.length, -'</network>'.length);
  };

  it.each<[string, string, NetworkFields, string]>([
    [
      'leaves what already is so as it is written',
      `<ip address="10.1.1.1" netmask="255.255.255.0"/><mac address="52:54:00:AA:00:01"/>`,
      { ips: [{ address: '10.1.1.1/24' }], mac: '52:54:00:aa:00:01' },
      `<ip address="10.1.1.1" netmask="255.255.255.0"/><mac address="52:54:00:AA:00:01"/>`,
    ],
    [
      'writes an address with its prefix and family',
      `<ip address="10.1.1.1" netmask="255.255.255.0" localPtr="yes"/>`,
      { ips: [{ address: 'FD00:0::1/64' }] },
      `<ip family="ipv6" address="fd00::1" prefix="64"/>`,
    ],
    [
      'keeps what it does not know of an item with the same key',
      `<ip address="10.1.1.1" prefix="24" odd="1"><new/></ip>`,
      { ips: [{ address: '10.1.1.1/24', tftp: { root: '/x' } }] },
      `<ip address="10.1.1.1" prefix="24" odd="1"><new/><tftp root="/x"/></ip>`,
    ],
    [
      'removes what a given item does not say',
      `<ip address="10.1.1.1" prefix="24"><dhcp><range start="10.1.1.2" end="10.1.1.3"/></dhcp></ip>`,
      { ips: [{ address: '10.1.1.1/24' }] },
      `<ip address="10.1.1.1" prefix="24"/>`,
    ],
    [
      'keeps the place of a list',
      `<portgroup name="a"/><x/><portgroup name="b"/>`,
      { portgroups: [{ name: 'c' }, { name: 'b' }] },
      `<portgroup name="c"/><portgroup name="b"/><x/>`,
    ],
    [
      'names the first of a pool twice, as libvirt does',
      `<forward mode="vepa" dev="e1"><interface dev="e1"/></forward>`,
      { forward: { interfaces: ['e2', 'e1'] } },
      `<forward mode="vepa" dev="e2"><interface dev="e2"/><interface dev="e1"/></forward>`,
    ],
    [
      'makes a network isolated',
      `<forward mode="nat"/><bridge name="b"/>`,
      { forward: { mode: 'isolated' } },
      `<bridge name="b"/>`,
    ],
    [
      'drops what only networks with a bridge of their own have',
      `<forward mode="nat" dev="e1"/><bridge name="b"/><mac address="x"/><ip address="10.1.1.1"/><portgroup name="a"/>`,
      { forward: { mode: 'bridge' }, bridge: { name: 'br0' } },
      `<portgroup name="a"/><forward mode="bridge"/><bridge name="br0"/>`,
    ],
    [
      'takes a bridge instead of a device',
      `<forward mode="bridge" dev="e1"><interface dev="e1"/></forward>`,
      { bridge: { name: 'br0' } },
      `<forward mode="bridge"/><bridge name="br0"/>`,
    ],
    [
      'takes a device instead of a bridge',
      `<forward mode="bridge"/><bridge name="br0"/>`,
      { forward: { dev: 'e1' } },
      `<forward mode="bridge" dev="e1"><interface dev="e1"/></forward>`,
    ],
    [
      'leaves no DNS records where DNS is off',
      `<dns forwardPlainNames="no"><txt name="a" value="b"/></dns>`,
      { dns: { enable: false } },
      `<dns forwardPlainNames="no" enable="no"/>`,
    ],
    [
      'changes one direction of a limit',
      `<bandwidth><inbound average="1"/><outbound average="2" peak="3"/></bandwidth>`,
      { bandwidth: { outbound: { average: 4 } } },
      `<bandwidth><inbound average="1"/><outbound average="4"/></bandwidth>`,
    ],
    [
      'escapes what values hold',
      '',
      { dns: { txt: [{ name: 'a', value: `"'<&>$(id)` }] } },
      `<dns><txt name="a" value="&quot;'&lt;&amp;&gt;$(id)"/></dns>`,
    ],
  ])('%s', (_, before, fields, after) => {
    expect(edit(before, fields)).toBe(after);
    expect(edit(after, fields)).toBe(after);
  });

  it('knows libvirt options by their namespace, whatever its prefix', () => {
    const ns = 'http://libvirt.org/schemas/network/dnsmasq/1.0';
    const edited = (attributes: string, body: string) =>
      formatXml(
        editNetwork(parseXml(`<network${attributes}>${body}</network>`), { dnsmasq_options: ['a=b'] }),
      );
    const prefixed = `<network xmlns:d="${ns}"><d:options><d:option value="a=b"/></d:options></network>`;
    expect(edited(` xmlns:d="${ns}"`, '<d:options/>')).toBe(prefixed);
    expect(edited('', '')).toBe(
      `<network xmlns:dnsmasq="${ns}"><dnsmasq:options><dnsmasq:option value="a=b"/></dnsmasq:options></network>`,
    );
    expect(readNetwork(parseXml(prefixed)).dnsmasq_options).toEqual(['a=b']);
  });

  it.each<[string, string, string]>([
    [
      'nat ports',
      `<forward mode="nat"/>`,
      `<forward mode="nat"><nat><port start="1024" end="65535"/></nat></forward>`,
    ],
    ['a prefix by class', `<ip address="192.168.1.1"/>`, `<ip address="192.168.1.1" prefix="24"/>`],
    [
      'defaults',
      '',
      `<bridge stp="on" delay="0" macTableManager="kernel"/><dns enable="yes" forwardPlainNames="yes"/><port isolated="no"/>`,
    ],
    [
      'a lease in minutes',
      `<ip address="10.0.0.1"><dhcp><range start="10.0.0.2" end="10.0.0.3"><lease expiry="10"/></range></dhcp></ip>`,
      `<ip address="10.0.0.1"><dhcp><range start="10.0.0.2" end="10.0.0.3"><lease expiry="600" unit="seconds"/></range></dhcp></ip>`,
    ],
    [
      'hosts in another order',
      `<ip address="10.0.0.1"><dhcp><host ip="10.0.0.2" name="a"/><host ip="10.0.0.3" name="b"/></dhcp></ip>`,
      `<ip address="10.0.0.1"><dhcp><host ip="10.0.0.3" name="b"/><host ip="10.0.0.2" name="a"/></dhcp></ip>`,
    ],
  ])('%s mean the same', (_, a, b) => {
    const read = (body: string) =>
      filledIn(readNetwork(parseXml(`<network><name>n</name>${body}</network>`)));
    expect(read(a)).toEqual(read(b));
  });

  it('stores of a live network what libvirt does not only tell', () => {
    const live = `<network connections="3"><name>n</name><metadata><a/></metadata><forward mode="bridge" dev="e"><interface dev="e" connections="3"/></forward></network>`;
    expect(formatXml(asStored(parseXml(live)))).toBe(live.replaceAll(' connections="3"', ''));
  });
});
