/** Where the guest finds a card: one text for libvirt's `<address>`. */
import { attr, element, type XmlElement } from './xml.ts';

const pciParts = ['domain', 'bus', 'slot', 'function'] as const;

/**
 * PCI as `0000:01:00.0`; other kinds by their names, `usb:bus=0,port=1`, `ccw:cssid=0xfe,devno=0x0000,ssid=0x0`. Further
 * settings of a PCI address stand behind a comma: `0000:01:00.0,multifunction=on`.
 */
export function readAddress(address: XmlElement | undefined): string | undefined {
  const type = attr(address, 'type');
  if (address === undefined || type === undefined) return undefined;
  const pci = readPciAddress(address);
  // A PCI address of zeros only asks libvirt to pick one
  if (pci === '0000:00:00.0') return undefined;
  const settings = Object.entries(address.attributes)
    .filter(([name]) => name !== 'type' && !(pci !== undefined && pciParts.includes(name as 'bus')))
    .map(([name, value]) => `${name}=${spelled(value.toLowerCase())}`)
    .sort()
    .join(',');
  const [first, separator] = pci === undefined ? [type, ':'] : [pci, ','];
  return settings === '' ? first : `${first}${separator}${settings}`;
}

/** A hexadecimal number without leading zeros. */
const spelled = (value: string): string =>
  /^0x[0-9a-f]+$/.test(value) ? `0x${Number(value).toString(16)}` : value;

/** Whether an address is the wanted one; one that only names its kind is met by any of that kind. */
export function sameAddress(have: unknown, want: string): boolean {
  const wanted = readAddress(addressXml(want));
  return have === wanted || (typeof have === 'string' && have.startsWith(`${wanted}:`));
}

export function readPciAddress(address: XmlElement | undefined): string | undefined {
  if (attr(address, 'type') !== 'pci') return undefined;
  const part = (name: string, digits: number): string =>
    Number(attr(address, name) ?? 0)
      .toString(16)
      .padStart(digits, '0');
  return `${part('domain', 4)}:${part('bus', 2)}:${part('slot', 2)}.${part('function', 1)}`;
}

export function addressXml(text: string): XmlElement {
  const pci = /^([0-9a-f]+):([0-9a-f]+):([0-9a-f]+)\.([0-7])(?:,(.*))?$/i.exec(text);
  const [type = '', others = ''] = pci ? ['pci', pci[5] ?? ''] : text.split(/:(.*)/);
  const parts = pci
    ? pciParts.map((name, index) => [name, `0x${pci[index + 1]!.toLowerCase()}`] as const)
    : [];
  const settings = others.split(',').flatMap((setting) => {
    const [name = '', value] = setting.split('=');
    return value === undefined ? [] : [[name, value] as const];
  });
  return element('address', { type, ...Object.fromEntries([...parts, ...settings]) });
}
