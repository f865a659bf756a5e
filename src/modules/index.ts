/** Every module there is, by the name that playbooks use. */
import type { AnyModule, Registry } from '../engine/module.ts';
import type { HostState } from '../host/state.ts';
import { assert } from './assert/index.ts';
import { bond } from './bond/index.ts';
import { bridge } from './bridge/index.ts';
import { command } from './command/index.ts';
import { debug } from './debug/index.ts';
import { domainNic } from './domain-nic/index.ts';
import { facts } from './facts/index.ts';
import { fail } from './fail/index.ts';
import { iface } from './iface/index.ts';
import { meta } from './meta/index.ts';
import { network } from './network/index.ts';
import { ping } from './ping/index.ts';
import { raw } from './raw/index.ts';
import { setFact } from './set-fact/index.ts';
import { setup } from './setup/index.ts';
import { shell } from './shell/index.ts';
import { vlan } from './vlan/index.ts';
import { waitForConnection } from './wait-for-connection/index.ts';

const modules: readonly AnyModule<HostState>[] = [
  assert,
  bond,
  bridge,
  command,
  debug,
  domainNic,
  facts,
  fail,
  iface,
  meta,
  network,
  ping,
  raw,
  setFact,
  setup,
  shell,
  vlan,
  waitForConnection,
];

export const registry: Registry = new Map(modules.map((module) => [module.name, module]));
