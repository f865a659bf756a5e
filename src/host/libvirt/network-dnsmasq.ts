/** Lines for dnsmasq's configuration, in a namespace of their own, whatever its prefix. */
import { attr, child, children, element, type XmlElement } from './xml.ts';
import { type Binding, setAttribute, setChildren } from './xml-binding.ts';

export const dnsmasqNamespace = 'http://libvirt.org/schemas/network/dnsmasq/1.0';

/** The lines as a list of texts. */
export const dnsmasqOptions: Binding = {
  read(at) {
    const prefix = dnsmasqPrefix(at);
    const options = children(child(at, `${prefix}options`), `${prefix}option`);
    return options.length === 0 ? undefined : options.map((option) => attr(option, 'value'));
  },
  write(at, value) {
    if (JSON.stringify(this.read(at)) === JSON.stringify(value) || value === undefined) return at;
    const prefix = dnsmasqPrefix(at);
    const options = (value as string[]).map((text) => element(`${prefix}option`, { value: text }));
    const all = options.length === 0 ? [] : [element(`${prefix}options`, {}, options)];
    const declared = Object.values(at.attributes).includes(dnsmasqNamespace);
    return setChildren(
      declared ? at : setAttribute(at, 'xmlns:dnsmasq', dnsmasqNamespace),
      `${prefix}options`,
      all,
    );
  },
};

function dnsmasqPrefix(at: XmlElement): string {
  const declared = Object.entries(at.attributes).find(([, value]) => value === dnsmasqNamespace)?.[0];
  return `${declared?.split(':')[1] ?? 'dnsmasq'}:`;
}
