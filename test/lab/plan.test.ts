import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../../src/lab/keys.ts';
import {
  gatewayAddress,
  LAB_SLOTS,
  MAX_HOSTS,
  macAddress,
  overlapsSubnet,
  planHosts,
} from '../../src/lab/plan.ts';

describe('addresses', () => {
  it.each([
    [0, 1, '198.18.0.1', '198.18.0.11'],
    [0, 300, '198.18.0.1', '198.18.1.54'],
    [1, 3, '198.18.4.1', '198.18.4.13'],
    [LAB_SLOTS - 1, MAX_HOSTS, '198.18.252.1', '198.18.255.242'],
  ])('lab %i with %i hosts is at %s, its last host at %s', (id, count, gateway, last) => {
    expect(gatewayAddress(id)).toBe(gateway);
    expect(planHosts(id, count, { backends: [], segments: false }).at(-1)).toEqual({
      name: `host${count}`,
      number: count,
      address: last,
    });
  });

  it.each([
    [0, '198.18.0.0/15', true],
    [0, '198.18.3.255', true],
    [0, '198.18.4.0/22', false],
    [1, '198.18.4.0/24', true],
    [63, '198.0.0.0/8', true],
    [0, '198.19.1.0/24', true],
    [1, '198.19.4.0/23', true],
    [0, '198.19.4.0/23', false],
    [5, '0.0.0.0/0', true],
    [0, '198.17.255.255', false],
    [0, '10.0.0.0/8', false],
  ])('the subnet of lab %i and %s overlap: %s', (id, prefix, expected) => {
    expect(overlapsSubnet(id, prefix)).toBe(expected);
  });

  it.each([
    [1, 0, '02:77:62:00:01:00'],
    [1, 4, '02:77:62:00:01:04'],
    [300, 2, '02:77:62:01:2c:02'],
  ])('host %i has NIC %i at %s', (number, nic, mac) => {
    expect(macAddress({ name: '', number, address: '' }, nic)).toBe(mac);
  });
});

it('a generated key is one to OpenSSH, which derives the same public key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-key-'));
  try {
    for (let round = 0; round < 5; round++) {
      const { privateKey, publicKey } = generateKey();
      const file = join(folder, `key${round}`);
      writeFileSync(file, privateKey, { mode: 0o600 });
      expect(execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' }).trim()).toBe(publicKey);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
