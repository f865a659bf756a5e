/** The virsh commands that change a network. */
import type { Step } from '../../engine/module.ts';
import { networkTitle } from './network.ts';
import type { LiveUpdate } from './network-live.ts';
import { atLeast, virshArgv } from './virsh.ts';
import { attr, formatXml, type XmlElement } from './xml.ts';

/** Which network, on which libvirt. */
export interface NetworkTarget {
  readonly uri: string;
  readonly name: string;
  /** Version of libvirt there, `9.0.0` */
  readonly version: string;
}

/** Stores a definition; one that is active goes on as it is. */
export const defineStep = (target: NetworkTarget, xml: string): Step => ({
  title: `define ${networkTitle(target.name)}`,
  argv: virshArgv(
    target.uri,
    'net-define',
    '--file',
    '/dev/stdin',
    // Without it libvirt drops what it does not know, silently
    ...(atLeast(target.version, 7, 7) ? ['--validate'] : []),
  ),
  stdin: xml,
});

export const startStep = (target: NetworkTarget): Step => simpleStep(target, 'start', 'net-start');
export const stopStep = (target: NetworkTarget): Step => simpleStep(target, 'stop', 'net-destroy');
export const undefineStep = (target: NetworkTarget): Step => simpleStep(target, 'remove', 'net-undefine');

export const autostartStep = (target: NetworkTarget, on: boolean): Step => {
  const step = simpleStep(target, on ? 'autostart' : 'do not autostart', 'net-autostart');
  return on ? step : { ...step, argv: [...step.argv, '--disable'] };
};

const simpleStep = ({ uri, name }: NetworkTarget, verb: string, command: string): Step => ({
  title: `${verb} ${networkTitle(name)}`,
  argv: virshArgv(uri, command, '--network', name),
});

const verbs = { 'add-last': 'add', delete: 'remove', modify: 'change' } as const;

/** Changes one item of the live network. */
export function updateStep({ uri, name }: NetworkTarget, update: LiveUpdate): Step {
  const { command, section, xml, parentIndex } = update;
  const index = parentIndex === undefined ? [] : ['--parent-index', String(parentIndex)];
  const options = ['--network', name, '--command', command, '--section', section, '--xml', formatXml(xml)];
  return {
    title: `${verbs[command]} ${section} ${itemName(xml)} ${command === 'delete' ? 'from' : 'in'} ${networkTitle(name)}`,
    argv: virshArgv(uri, 'net-update', ...options, ...index, '--live'),
  };
}

/** An item as titles name it. */
const itemName = (xml: XmlElement): string =>
  attr(xml, 'ip') ??
  attr(xml, 'name') ??
  attr(xml, 'start') ??
  attr(xml, 'dev') ??
  attr(xml, 'service') ??
  '';
