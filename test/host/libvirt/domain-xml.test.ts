import { describe, expect, test } from 'vitest';
import { bootsByOs, domainNics } from '../../../src/host/libvirt/domain-xml.ts';

const nic = (mac: string, more = ''): string =>
  `    <interface type='user'>\n      <mac address='${mac}'/>\n${more}    </interface>\n`;
const [A, B] = ['52:54:00:00:00:0a', '52:54:00:00:00:0b'];
/** As libvirt prints one. */
const domain = ({ os = "    <boot dev='hd'/>\n", metadata = '', devices = '', after = '' }): string =>
  `<domain type='qemu'>
  <name>web1</name>
${metadata}  <os firmware='efi'>
    <type arch='x86_64' machine='q35'>hvm</type>
${os}  </os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
${devices}    <input type='mouse' bus='ps2'/>
  </devices>
${after}</domain>`;
const MISLEADING = `  <metadata>
    <x:note xmlns:x='urn:x'>
  <os>
  </os>
  <devices>
${nic('52:54:00:00:00:0f')}  </devices>
    </x:note>
  </metadata>
`;
const QEMU = `  <qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
    <qemu:arg value='&lt;devices>'/>
  </qemu:commandline>
`;
const onOneLine = (text: string): string => text.replaceAll(/>\s+</g, '><');

describe('NICs of a definition', () => {
  test.each<[string, string, string[]]>([
    ['nothing', '', []],
    ['none', domain({}), []],
    ['two, in order', domain({ devices: nic(B) + nic(A) }), [B, A]],
    ['metadata that look like devices', domain({ metadata: MISLEADING, devices: nic(A) }), [A]],
    ['none, and metadata that look like devices', domain({ metadata: MISLEADING }), []],
    ["QEMU's own arguments after them", domain({ devices: nic(A), after: QEMU }), [A]],
    ['not indented', onOneLine(domain({ devices: nic(A) + nic(B) })), [A, B]],
    ['indented by more', `${domain({ devices: nic(A) }).replaceAll('\n', '\n  ')}`, [A]],
    ['one indented, one not', domain({ devices: nic(A) + onOneLine(nic(B)) }), [A, B]],
    ['a status file', `<domstatus state='running'>${domain({ devices: nic(A) })}</domstatus>`, [A]],
  ])('%s', (_name, text, macs) => {
    expect(domainNics(text).map(({ model }) => model.mac)).toEqual(macs);
  });

  test('without the indentation they had there', () => {
    const [found] = domainNics(domain({ devices: nic(A, "      <model type='e1000'/>\n") }));
    expect(found?.xml).toBe(
      `<interface type="user">\n  <mac address="${A}"/>\n  <model type="e1000"/>\n</interface>`,
    );
  });

  test('a definition that is cut off is an error', () => {
    expect(() => domainNics(domain({ devices: nic(A) }).slice(0, -40))).toThrow(/XML, line/);
  });
});

describe('whether the <os> says what to boot from', () => {
  test.each<[string, string, boolean]>([
    ['it does', domain({}), true],
    ['it does not', domain({ os: '' }), false],
    ['metadata that look like an <os>', domain({ metadata: MISLEADING }), true],
    ['a <boot> of a NIC', domain({ os: '', devices: nic(A, "      <boot order='1'/>\n") }), false],
    ['not indented', onOneLine(domain({})), true],
    ['not indented, it does not', onOneLine(domain({ os: '' })), false],
  ])('%s', (_name, text, boots) => {
    expect(bootsByOs(text)).toBe(boots);
  });
});
