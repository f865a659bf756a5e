import { interfacesPlanner } from './interfaces/planner.ts';
import { networksPlanner } from './libvirt/network-planner.ts';
import { planNic, verifyNic } from './libvirt/nic-planner.ts';
import { agentsReader } from './observe/agents.ts';
import { domainsReader } from './observe/domains.ts';
import { leasesReader } from './observe/leases.ts';
import { linksReader } from './observe/links.ts';
import { networksReader } from './observe/networks.ts';
import { profilesReader } from './observe/profiles.ts';
import { createWorld } from './world.ts';

/** KVM hosts, as the engine deals with them. */
export const world = createWorld(
  [linksReader, profilesReader, networksReader, domainsReader, leasesReader, agentsReader],
  {
    interfaces: interfacesPlanner,
    networks: networksPlanner,
    domains: { plan: planNic, verify: verifyNic },
  },
);
