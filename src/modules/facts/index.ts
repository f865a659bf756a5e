import type { FromSchema } from 'json-schema-to-ts';
import type { ResourceModule, SourceRequest } from '../../engine/module.ts';
import { guestsFacts, interfacesFacts, networksFacts } from '../../host/facts.ts';
import type { HostState } from '../../host/state.ts';
import { fitsGlob } from '../glob.ts';

const PARTS = ['interfaces', 'networks', 'guests'] as const;

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    gather_subset: {
      type: 'array',
      items: { type: 'string', enum: PARTS },
      minItems: 1,
      'x-list': 'comma',
      description: 'What is wanted, default all of it. Networks and guests need libvirt on the host',
    },
    guests: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      'x-list': 'comma',
      description: 'Globs; only guests of such names, which saves looking into the others',
    },
    uri: {
      type: 'string',
      minLength: 1,
      description: 'libvirt connection; libvirt_uri of the host when absent',
    },
  },
} as const;

type FactsParams = FromSchema<typeof schema>;

const wants = ({ gather_subset: subset }: FactsParams, part: (typeof PARTS)[number]): boolean =>
  subset === undefined || subset.includes(part);

/** What a host has, as variables. In check mode: what it would have by now. */
export const facts: ResourceModule<FactsParams, HostState> = {
  kind: 'resource',
  readOnly: true,
  name: 'facts',
  summary: 'Read interfaces, networks and guests of a host',
  schema,
  notes: `
Result: \`interfaces\`, \`networks\` and \`guests\`, each by name, in the words of the modules' parameters, as
\`wirebook facts HOST -o json\` prints them. In check mode they are as they would be after the tasks before.

\`\`\`yaml
- facts: { gather_subset: guests, guests: 'web*' }
  register: host
- domain-nic: { domain: '{{ item }}', nic: front, network: lan }
  loop: '{{ host.guests | list }}'
\`\`\`
`.trim(),

  sources(params, { libvirtUri }): readonly SourceRequest[] {
    const uri = params.uri ?? libvirtUri;
    const networks = wants(params, 'networks');
    const guests = wants(params, 'guests');
    return [
      { source: 'links' },
      ...(wants(params, 'interfaces') ? [{ source: 'profiles', uri } as const] : []),
      // What a NIC really uses is told by its network
      ...(networks || guests
        ? [{ source: 'networks', uri } as const, { source: 'leases', uri } as const]
        : []),
      ...(guests ? [{ source: 'domains', uri } as const, { source: 'agents', uri } as const] : []),
    ];
  },

  goal: (_, state) => ({ part: 'interfaces', state, claims: [] }),

  view: () => undefined,

  result(params, state, { libvirtUri }) {
    const uri = params.uri ?? libvirtUri;
    const { guests: globs } = params;
    const isWanted = (name: string): boolean =>
      globs === undefined || globs.some((glob) => fitsGlob(glob, name));
    return {
      ...(wants(params, 'interfaces') && { interfaces: interfacesFacts(state) }),
      ...(wants(params, 'networks') && { networks: networksFacts(state, uri) }),
      ...(wants(params, 'guests') && { guests: guestsFacts(state, uri, isWanted) }),
    };
  },
};
