/** What libvirt refuses in a NIC's definition, or takes and drops without a word (seen with libvirt 9.0, QEMU 7.2). */
import { isUnknown } from '../../engine/unknown.ts';
import type { NicField } from './nic-fields.ts';
import type { NicFields } from './nic.ts';
import type { Bandwidth } from './port.ts';

export interface RuleProblem {
  readonly field: NicField;
  readonly message: string;
  readonly hint: string;
  /** What libvirt does about it where the setting is left over from another type or model */
  readonly left: 'refused' | 'dropped';
}

const dropped: ReadonlySet<NicField> = new Set(['driver', 'filterref']);

/** Types that have a setting; those that are not named have it too, or it is not known of them. */
const supported: Partial<Record<NicField, readonly string[]>> = {
  mtu: ['network', 'bridge'],
  port_isolated: ['network', 'bridge'],
  filterref: ['network', 'bridge'],
  virtualport: ['network', 'bridge', 'direct'],
};

const managed = ['network', 'bridge', 'direct', 'user'];

/** Problems of a definition. Some need all of it: with only a part, what is not there is not held against it. */
export function nicProblems(nic: NicFields, part: 'whole' | 'part'): readonly RuleProblem[] {
  return [
    ...typeProblems(nic),
    ...driverProblems(nic, part),
    ...bandwidthProblems(nic),
    ...virtualPortProblems(nic),
    ...(nic.rom?.enabled === false && (nic.rom.bar !== undefined || nic.rom.file !== undefined)
      ? [problem('rom', 'a disabled ROM has no other settings', 'leave bar and file out, or enabled')]
      : []),
  ];
}

const problem = (field: NicField, message: string, hint: string): RuleProblem => ({
  field,
  message,
  hint,
  left: dropped.has(field) ? 'dropped' : 'refused',
});

/** Values that mean that there is no such setting. */
const isNone = (value: unknown): boolean =>
  value === undefined ||
  value === false ||
  (typeof value === 'object' && Object.keys(value as object).length === 0);

function typeProblems(nic: NicFields): RuleProblem[] {
  const { type } = nic;
  if (type === undefined || isUnknown(type) || !managed.includes(type)) return [];
  return (Object.keys(supported) as NicField[])
    .filter((field) => !isNone(nic[field]) && !isUnknown(nic[field]) && !supported[field]!.includes(type))
    .map((field) =>
      problem(
        field,
        `libvirt has no ${field} for NICs of type ${type}`,
        `it is for type ${supported[field]!.join(', ')}`,
      ),
    );
}

function driverProblems({ driver, model }: NicFields, part: 'whole' | 'part'): RuleProblem[] {
  if (isNone(driver) || isUnknown(driver)) return [];
  const found: RuleProblem[] = [];
  const unsaid = model === undefined || isUnknown(model);
  if (unsaid ? part === 'whole' : !model.startsWith('virtio')) {
    const card = unsaid ? 'the model is not given' : `the model is ${model}`;
    found.push(
      problem(
        'driver',
        `driver settings are for virtio cards, and ${card}`,
        'give model: virtio, or leave driver out',
      ),
    );
  }
  for (const ring of ['rx_queue_size', 'tx_queue_size']) {
    const size = driver?.[ring];
    if (typeof size === 'number' && (size & (size - 1)) !== 0)
      found.push(problem('driver', `driver.${ring} must be a power of two`, 'give 256, 512 or 1024'));
  }
  return found;
}

function bandwidthProblems({ bandwidth, type }: NicFields): RuleProblem[] {
  if (isNone(bandwidth) || isUnknown(bandwidth)) return [];
  const { inbound, outbound }: Bandwidth = bandwidth ?? {};
  const found: RuleProblem[] = [];
  for (const [name, rate] of Object.entries({ inbound, outbound })) {
    if (isNone(rate) || isUnknown(rate) || rate?.average !== undefined || rate?.floor !== undefined) continue;
    found.push(problem('bandwidth', `bandwidth.${name} needs an average`, 'peak and burst are beside it'));
  }
  if (inbound?.floor !== undefined && type !== undefined && !isUnknown(type) && type !== 'network') {
    found.push(
      problem(
        'bandwidth',
        `bandwidth.inbound.floor is not for NICs of type ${type}`,
        'it is for networks that have a bandwidth',
      ),
    );
  }
  return found;
}

function virtualPortProblems({ virtualport, type }: NicFields): RuleProblem[] {
  if (isNone(virtualport) || isUnknown(virtualport)) return [];
  const { type: kind, ...parameters } = virtualport!;
  if (kind === undefined && type !== undefined && !isUnknown(type) && type !== 'network') {
    return [problem('virtualport', 'virtualport needs a type', 'only a network can give it')];
  }
  const missing = ['managerid', 'typeid', 'typeidversion'].find((name) => !Object.hasOwn(parameters, name));
  if (kind !== '802.1Qbg' || missing === undefined) return [];
  return [
    problem(
      'virtualport',
      `virtualport 802.1Qbg needs ${missing}`,
      'managerid, typeid and typeidversion say which VSI it is',
    ),
  ];
}
