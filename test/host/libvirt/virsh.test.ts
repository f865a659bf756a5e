import { spawnSync } from 'node:child_process';
import * as fc from '../../fast-check.ts';
import { describe, expect, it } from 'vitest';
import {
  batchScript,
  isNotFound,
  parseBatch,
  segmentOutput,
  virshArgv,
  virshWord,
} from '../../../src/host/libvirt/virsh.ts';

const hasVirsh = spawnSync('virsh', ['--version']).status === 0;
const uri = 'test:///default';

const sh = (script: string) => {
  const { stdout, stderr, status } = spawnSync('sh', [], {
    input: script,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return { stdout, stderr, status: status ?? -1 };
};

describe.skipIf(!hasVirsh)('a batch of reads (needs libvirt-clients)', () => {
  it('tells apart what each command printed, and how it failed', () => {
    const output = sh(
      batchScript(uri, [
        { key: 'missing', command: ['net-dumpxml', '--network', 'no "such\\ ; net-destroy default'] },
        { key: 'list', command: ['net-list', '--all', '--name'] },
        { key: 'refused', command: ['net-start', '--network', 'default'] },
        { key: 'dashed', command: ['net-info', '--network', '-x'] },
      ]),
    );
    const batch = parseBatch(output, uri);
    expect([...batch.keys()]).toEqual(['missing', 'list', 'refused', 'dashed']);
    expect(segmentOutput(batch, 'missing')).toBeUndefined();
    expect(batch.get('missing')!.stderr).toContain(
      `no network with matching name 'no "such\\ ; net-destroy default'`,
    );
    expect(segmentOutput(batch, 'list')!.trim()).toBe('default');
    expect(isNotFound(batch.get('refused')!)).toBe(false);
    expect(() => segmentOutput(batch, 'refused')).toThrow(
      expect.objectContaining({
        code: 'OBSERVE',
        message: expect.stringContaining('virsh failed at refused: '),
      }),
    );
    expect(segmentOutput(batch, 'dashed')).toBeUndefined();
  });

  it('takes any number of reads', () => {
    const reads = Array.from({ length: 1500 }, (_, index) => ({
      key: `k:${index}`,
      command: ['net-info', '--network', `${'n'.repeat(100)}${index}`],
    }));
    const batch = parseBatch(sh(batchScript(uri, reads)), uri);
    expect(batch.size).toBe(1500);
    expect(batch.get('k:1499')!.stderr).toContain(`n1499'`);
  });

  it('gives a name to virsh as it is', () => {
    const name = fc.string({
      unit: fc.oneof(fc.constantFrom(...`"'\\;$ \n\t#<&|-`), fc.string({ minLength: 1, maxLength: 1 })),
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        name.filter((text) => !text.includes('\0')),
        (text) => {
          const { stdout } = spawnSync('virsh', virshArgv(uri, `echo ${virshWord(text)}`).slice(1), {
            encoding: 'utf8',
          });
          expect(stdout).toBe(text);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('says that libvirt does not answer', () => {
    const far = 'qemu+unix:///system?socket=/nonexistent';
    expect(() => parseBatch(sh(batchScript(far, [{ key: 'a', command: ['net-list'] }])), far)).toThrow(
      expect.objectContaining({
        code: 'OBSERVE',
        message: `libvirt at ${far} cannot be read: failed to connect to the hypervisor: Failed to connect socket to '/nonexistent': No such file or directory`,
      }),
    );
  });
});

describe('parseBatch', () => {
  it('says which package has virsh', () => {
    expect(() => parseBatch({ stdout: '', stderr: 'sh: 1: virsh: not found', status: 127 }, uri)).toThrow(
      expect.objectContaining({ code: 'REQUIREMENT', hint: expect.stringContaining('libvirt-clients') }),
    );
  });

  it('refuses output that is cut off or has a marker twice', () => {
    expect(() => parseBatch({ stdout: '\n<<read a>>\nx', stderr: '', status: 0 }, uri)).toThrow(
      'is not whole',
    );
    const twice = '\n<<read a>>\nx\n<<read a>>\ny\n<<end>>\n';
    expect(() => parseBatch({ stdout: twice, stderr: '', status: 0 }, uri)).toThrow('the marker a twice');
  });
});
