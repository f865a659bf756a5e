import type { Family, Route } from './link.ts';

/**
 * One thing done to one live link: what a plan is made of before a backend turns it into commands.
 * effects/ says what each does to the state.
 */
export type Operation = { readonly link: string } & (
  | {
      readonly op: 'add';
      readonly kind: 'bridge' | 'bond' | 'vlan';
      readonly parent?: string;
      readonly options: Readonly<Record<string, unknown>>;
    }
  | { readonly op: 'delete' | 'up' | 'down' }
  | { readonly op: 'mtu'; readonly mtu: number }
  | { readonly op: 'mac'; readonly mac: string }
  | { readonly op: 'label'; readonly label: string }
  | { readonly op: 'promisc'; readonly promisc: boolean }
  /** undefined: becomes no one's port */
  | { readonly op: 'controller'; readonly controller: string | undefined }
  | {
      readonly op: 'options';
      readonly kind: 'bridge' | 'bond' | 'vlan';
      readonly options: Readonly<Record<string, unknown>>;
    }
  | { readonly op: 'sysctl'; readonly key: 'accept_ra' | 'autoconf'; readonly value: number }
  | { readonly op: 'add-address'; readonly family: Family; readonly address: string }
  | {
      readonly op: 'delete-address';
      readonly family: Family;
      readonly address: string;
      /** IPv4 addresses of its subnet stay, though the kernel may be set to take them along with the first */
      readonly alone?: true;
    }
  | { readonly op: 'set-route' | 'delete-route'; readonly family: Family; readonly route: Route }
  | VlanEntry
);

/** Bridge VLAN table: VLANs `first` to `last` of a port, or of the bridge itself. */
interface VlanEntry {
  readonly op: 'set-vlans' | 'delete-vlans';
  readonly first: number;
  readonly last: number;
  /** The bridge's own entry, not that of a port */
  readonly self: boolean;
  readonly pvid: boolean;
  readonly untagged: boolean;
}

/** The operation of one kind. */
export type OperationOf<K extends Operation['op']> = Extract<Operation, { op: K }>;
