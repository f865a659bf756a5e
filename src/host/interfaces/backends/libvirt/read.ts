import { EngineError } from '../../../../engine/errors.ts';
import { parseInterface } from '../../../libvirt/interface-xml.ts';
import { attr, children, formatXml, parseXml, type XmlElement } from '../../../libvirt/xml.ts';
import type { BackendFacts, Profile } from '../../profile.ts';

/** The documents that the probe has found. @throws EngineError OBSERVE */
export function documents({ facts }: BackendFacts): readonly XmlElement[] {
  const { xml = '' } = facts;
  if (xml.trim() === '') return [];
  try {
    return children(parseXml(`<all>${xml}</all>`), 'interface');
  } catch (cause) {
    throw new EngineError('OBSERVE', `libvirt's definitions of interfaces could not be read: ${xml.trim()}`, {
      cause,
    });
  }
}

/** Definitions, those in others too. One that says what this version does not know is kept as it is. */
export const readDefinitions = (facts: BackendFacts): readonly Profile[] =>
  documents(facts).flatMap((document) => {
    try {
      return parseInterface(formatXml(document)).map(completed);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return [unknownOne(document)];
    }
  });

/** What libvirt's VLANs always are. */
const completed = (profile: Profile): Profile =>
  profile.vlan === undefined
    ? profile
    : { ...profile, vlan: { protocol: '802.1q', reorder_hdr: true, ...profile.vlan } };

function unknownOne(document: XmlElement): Profile {
  const type = attr(document, 'type');
  const kind = type === 'bridge' || type === 'bond' || type === 'vlan' ? type : 'ethernet';
  const name = attr(document, 'name') ?? '';
  return { name, kind, backend: 'libvirt', at: [], ours: false, extra: [formatXml(document)] };
}
