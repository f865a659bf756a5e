import type { FromSchema } from 'json-schema-to-ts';
import type { Unknown } from '../../engine/unknown.ts';
import type { networkProperties } from './network-schema.ts';

const schema = {} as {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: typeof networkProperties;
};

/** Parameters that describe a network; what is left out is left alone. */
export type NetworkFields = FromSchema<typeof schema> & { readonly name?: string };

/**
 * A libvirt virtual network, in the words of the `network` module's parameters. Addresses are CIDR in their one
 * spelling, MAC addresses in lower case, libvirt's defaults are filled in, lists without a meaningful order are sorted.
 */
export type Network = Omit<NetworkFields, 'uuid' | 'forward' | 'bridge' | 'mac'> & {
  readonly name: string;
  readonly uuid?: string | Unknown;
  readonly forward: Forward;
  readonly bridge?: Omit<NonNullable<NetworkFields['bridge']>, 'name'> & { readonly name?: string | Unknown };
  readonly mac?: string | Unknown;
};

export type ForwardMode = NonNullable<NonNullable<NetworkFields['forward']>['mode']>;

type Forward = Omit<NonNullable<NetworkFields['forward']>, 'mode'> & { readonly mode: ForwardMode };

const l3Modes: ReadonlySet<string> = new Set<ForwardMode>(['nat', 'route', 'open', 'isolated']);

/** Whether a network of this mode has a bridge of its own, with addresses, DHCP and DNS. */
export const isL3 = (mode: ForwardMode): boolean => l3Modes.has(mode);

/** `network lan`, as messages and diffs name it. */
export const networkTitle = (name: string): string => `network ${name}`;
