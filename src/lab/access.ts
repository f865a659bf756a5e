import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { makeFolder } from './files.ts';
import { generateKey, type KeyPair } from './keys.ts';
import type { LabHost } from './plan.ts';

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
  const known = hosts.map((host, index) => `${host.address} ${hostKeys[index]!.publicKey}\n`);
  writeFileSync(paths.knownHosts, known.join(''));
  const vars = {
    ansible_user: 'root',
    ansible_ssh_private_key_file: paths.privateKey,
    ansible_ssh_known_hosts_file: paths.knownHosts,
  };
  const kvm = {
    vars,
    hosts: Object.fromEntries(hosts.map(({ name, address }) => [name, { ansible_host: address }])),
  };
  writeFileSync(paths.inventory, `# Written by wirebook lab up\n${stringify({ kvm })}`);
  return { login: login.publicKey, hostKeys };
}

/** Arguments of OpenSSH's ssh for a lab host: its key alone, strictly checked. */
export function sshArguments(folder: string, host: LabHost): string[] {
  // ssh expands %-tokens in paths
  const { privateKey, knownHosts } = accessPaths(resolve(folder).replaceAll('%', '%%'));
  const options = {
    BatchMode: 'yes',
    ConnectTimeout: '10',
    IdentitiesOnly: 'yes',
    IdentityFile: `"${privateKey}"`,
    LogLevel: 'ERROR',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: `"${knownHosts}"`,
  };
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return ['-F', 'none', ...words, `root@${host.address}`];
}
