import { describe, expect, it } from 'vitest';
import { networksReader } from '../../../src/host/observe/networks.ts';
import { emptyState } from '../../../src/host/state.ts';

const uri = 'qemu:///system';
const request = { source: 'networks', uri } as const;

const xml = (name: string) =>
  `<network connections='1'>\n  <name>${name}</name>\n  <uuid>11111111-1111-4111-8111-11111111111${name.length}</uuid>\n  <bridge name='virbr0' stp='on' delay='0'/>\n</network>\n`;
const [a, b] = ['11111111-1111-4111-8111-111111111111', '22222222-1111-4111-8111-111111111111'];

const segments: Record<string, string> = {
  version: 'Compiled against library: libvirt 9.0.0\nUsing library: libvirt 9.0.0\n',
  active: `${a}\n\n`,
  persistent: `${a}\n${b}\n\n`,
  autostart: `${b}\n\n`,
  [`live:${a}`]: xml('x'),
  [`stored:${a}`]: xml('x'),
  [`live:${b}`]: xml('__proto__'),
  [`stored:${b}`]: xml('__proto__'),
};

const output = (changed: Record<string, string> = {}, errors: Record<string, string> = {}) => ({
  stdout: `${Object.entries({ ...segments, ...changed })
    .map(([key, text]) => `\n<<read ${key}>>\n${text}`)
    .join('')}\n<<end>>\n`,
  stderr: Object.keys(segments)
    .map((key) => `error: <<read ${key}>>\n${errors[key] ?? ''}`)
    .join(''),
  status: 0,
});

const read = (out: Parameters<typeof networksReader.parse>[0]) =>
  networksReader.parse(out, emptyState, request).libvirt[uri]!;

describe('the networks of a libvirt connection', () => {
  it('are read as stored, live and started at boot', () => {
    const { version, networks } = read(output());
    expect(version).toBe('9.0.0');
    expect(Object.keys(networks)).toEqual(['x', '__proto__']);
    expect(networks.x).toMatchObject({
      autostart: false,
      live: { model: { name: 'x' } },
      stored: { model: { name: 'x' } },
    });
    const odd = Object.entries(networks)[1]![1];
    expect(odd.autostart).toBe(true);
    expect(odd).not.toHaveProperty('live');
  });

  it('leave out one that went away in between', () => {
    const gone = `error: failed to get network '${b}'\nerror: Network not found: no network with matching uuid '${b}'\n`;
    const { networks } = read(
      output({ [`stored:${b}`]: '', [`live:${b}`]: '' }, { [`stored:${b}`]: gone, [`live:${b}`]: gone }),
    );
    expect(Object.keys(networks)).toEqual(['x']);
  });

  it.each<[string, Parameters<typeof networksReader.parse>[0], string]>([
    [
      'virsh is missing',
      { stdout: '', stderr: 'sh: 1: virsh: not found', status: 127 },
      'REQUIREMENT: virsh is not installed on the host',
    ],
    [
      'the daemon does not answer',
      {
        stdout: '',
        stderr: 'error: failed to connect to the hypervisor\nerror: Failed to connect socket',
        status: 1,
      },
      'OBSERVE: libvirt at qemu:///system cannot be read: failed to connect to the hypervisor: Failed to connect socket',
    ],
    [
      'the output ends early',
      { ...output(), stdout: output().stdout.slice(0, -9) },
      'OBSERVE: what virsh told of qemu:///system is not whole',
    ],
    [
      'a definition cannot be read',
      output({}, { [`stored:${a}`]: 'error: operation failed: out of luck\n' }),
      `OBSERVE: virsh failed at stored:${a}: operation failed: out of luck`,
    ],
    [
      'a definition is not XML',
      output({ [`stored:${a}`]: '<network>' }),
      "XML_SYNTAX: XML, line 1, column 1: Unclosed tag 'network'.",
    ],
    ['no version is told', output({ version: 'x' }), 'OBSERVE: virsh does not tell its version'],
  ])('are an error when %s', (_, out, message) => {
    let found = '';
    try {
      read(out);
    } catch (error) {
      found = `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
    expect(found.startsWith(message) ? message : found).toBe(message);
  });
});
