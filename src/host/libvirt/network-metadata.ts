/** What others keep in a network's definition: namespaced elements, as XML in one spelling. */
import { child, children, element, formatXml, isElement, parseXml, type XmlElement } from './xml.ts';
import { type Binding, setChildren } from './xml-binding.ts';

/** Elements of `<metadata>` as text: attributes sorted, no space between elements, namespaces declared at each. */
export const metadataBinding: Binding = {
  read: (at) => canonical(at) || undefined,
  write(at, value) {
    const given = value === undefined ? '' : canonicalMetadata(String(value));
    if (given === canonical(at)) return at;
    return setChildren(at, 'metadata', given === '' ? [] : [parseXml(`<metadata>${given}</metadata>`)]);
  },
};

/** The one spelling of what is in `<metadata>`. @throws EngineError XML_SYNTAX */
export const canonicalMetadata = (text: string): string =>
  canonical(element('network', {}, [parseXml(`<metadata>${text}</metadata>`)]));

function canonical(at: XmlElement): string {
  const metadata = child(at, 'metadata');
  const declared = { ...namespaces(at), ...(metadata && namespaces(metadata)) };
  return children(metadata)
    .map((node) => formatXml(tidy(node, declaredIn(node, declared))))
    .join('');
}

const namespaces = ({ attributes }: XmlElement): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => name.startsWith('xmlns')));

/** Declarations from further out that an element makes use of. */
function declaredIn(node: XmlElement, outside: Readonly<Record<string, string>>): Record<string, string> {
  const used = (one: XmlElement): string[] => [
    ...[one.name, ...Object.keys(one.attributes)].map((name) =>
      name.includes(':') ? `xmlns:${name.split(':')[0]}` : 'xmlns',
    ),
    ...children(one).flatMap(used),
  ];
  const names = new Set(used(node));
  return Object.fromEntries(Object.entries(outside).filter(([name]) => names.has(name)));
}

function tidy(node: XmlElement, more: Readonly<Record<string, string>> = {}): XmlElement {
  const attributes = Object.entries({ ...more, ...node.attributes }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const mixed = node.children.some(isElement);
  const kept = node.children.filter((one) =>
    typeof one === 'string' ? !mixed || one.trim() !== '' : isElement(one),
  );
  return {
    name: node.name,
    attributes: Object.fromEntries(attributes),
    children: kept.map((one) => (isElement(one) ? tidy(one) : one)),
  };
}

/** Why a text cannot be what is in `<metadata>`; undefined when it can. libvirt drops what has no namespace. */
export function metadataMistake(text: string): string | undefined {
  try {
    const bare = children(parseXml(`<metadata>${text}</metadata>`)).find(
      ({ name, attributes }) => !name.includes(':') && attributes.xmlns === undefined,
    );
    return bare && `<${bare.name}> has no namespace, libvirt would drop it`;
  } catch (error) {
    return (error as Error).message;
  }
}
