import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { quoteAll } from '../engine/transport/quote.ts';
import { makeFolder } from './files.ts';
import { generateKey, type KeyPair } from './keys.ts';
import { type LabHost, SEGMENT_PREFIX_LENGTH } from './plan.ts';

/** The files by which a lab's hosts are reached. */
export interface LabAccess {
  /** YAML inventory: group kvm with all hosts */
  inventory: string;
  /** Private ed25519 key of root on every host */
  privateKey: string;
  knownHosts: string;
}

export const accessPaths = (folder: string): LabAccess => ({
  inventory: join(folder, 'inventory.yml'),
  privateKey: join(folder, 'id_ed25519'),
  knownHosts: join(folder, 'known_hosts'),
});

/**
 * Makes the lab's login key, a host key for every host, and from them known_hosts and the inventory.
 * @returns the login key's public line, and the host keys in the order of the hosts
 */
export function writeAccess(
  folder: string,
  hosts: readonly LabHost[],
): { login: string; hostKeys: KeyPair[] } {
  const paths = accessPaths(folder);
  const login = generateKey();
  const hostKeys = hosts.map(generateKey);
  makeFolder(folder);
  writeFileSync(paths.privateKey, login.privateKey, { mode: 0o600 });
  writeFileSync(`${paths.privateKey}.pub`, `${login.publicKey}\n`);
  const known = hosts.map((host, index) => {
    const names = [host.address, ...Object.values(host.segments ?? {})].join(',');
    return `${names} ${hostKeys[index]!.publicKey}\n`;
  });
  writeFileSync(paths.knownHosts, known.join(''));
  const vars = {
    ansible_user: 'root',
    ansible_ssh_private_key_file: paths.privateKey,
    ansible_ssh_known_hosts_file: paths.knownHosts,
  };
  const kvm = {
    vars,
    hosts: Object.fromEntries(
      hosts.map(({ name, address, backend, segments }) => [
        name,
        {
          ansible_host: address,
          // What Wirebook calls a host whose interfaces nobody keeps
          ...(backend !== undefined && { network_backend: backend === 'none' ? 'iproute2' : backend }),
          ...(segments !== undefined && {
            seg1_address: `${segments.seg1}/${SEGMENT_PREFIX_LENGTH}`,
            seg2_address: `${segments.seg2}/${SEGMENT_PREFIX_LENGTH}`,
          }),
        },
      ]),
    ),
  };
  writeFileSync(paths.inventory, `# Written by wirebook lab up\n${stringify({ kvm })}`);
  return { login: login.publicKey, hostKeys };
}

/** Adds to known_hosts that a host has another address, which the lab cannot know beforehand. */
export function knowAddress(folder: string, host: LabHost, address: string): void {
  const { knownHosts } = accessPaths(folder);
  const lines = readFileSync(knownHosts, 'utf8').split('\n');
  const [, ...key] = lines
    .map((line) => line.split(' '))
    .find(([names]) => names!.split(',').includes(host.address))!;
  appendFileSync(knownHosts, `${[address, ...key].join(' ')}\n`);
}

/** How to reach a host when not at its management address. */
export interface Reach {
  /** Another address of the host; its host key is expected all the same */
  address?: string | undefined;
  /** The lab host to go through */
  jump?: LabHost | undefined;
}

/** Arguments of OpenSSH's ssh for a lab host: its key alone, strictly checked. */
export function sshArguments(folder: string, host: LabHost, { address, jump }: Reach = {}): string[] {
  // ssh expands %-tokens in paths
  const { privateKey, knownHosts } = accessPaths(resolve(folder).replaceAll('%', '%%'));
  const options = {
    BatchMode: 'yes',
    ConnectTimeout: '10',
    HostKeyAlias: host.address,
    IdentitiesOnly: 'yes',
    IdentityFile: `"${privateKey}"`,
    LogLevel: 'ERROR',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: `"${knownHosts}"`,
    ...(jump === undefined ? {} : { ProxyCommand: proxyCommand(folder, jump) }),
  };
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return ['-F', 'none', ...words, `root@${address ?? host.address}`];
}

/** Forwards to the host asked for, by way of another. */
function proxyCommand(folder: string, jump: LabHost): string {
  const words = quoteAll(['ssh', ...sshArguments(folder, jump)]).replaceAll('%', '%%');
  return `${words} -W %h:%p`;
}
