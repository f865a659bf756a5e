import type { BackendName } from '../profile.ts';
import type { Backend } from './backend.ts';
import { ifcfg } from './ifcfg/index.ts';
import { ifupdown } from './ifupdown/index.ts';
import { libvirt } from './libvirt/index.ts';
import { netplan } from './netplan/index.ts';
import { networkd } from './networkd/index.ts';
import { networkmanager } from './networkmanager/index.ts';

/** Backends that can be used, by name. */
export const backends: Readonly<Partial<Record<BackendName, Backend>>> = {
  networkd,
  netplan,
  networkmanager,
  ifupdown,
  ifcfg,
  libvirt,
};
