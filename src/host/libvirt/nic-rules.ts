/** What libvirt refuses in a NIC's definition, or takes and drops without a word (seen with libvirt 9.0, QEMU 7.2). */
import { isUnknown } from '../../engine/unknown.ts';
import type { NicField } from './nic-fields.ts';
import type { NicFields } from './nic.ts';
import { NIC_TYPES } from './nic-schema.ts';
import type { Bandwidth } from './port.ts';

export interface RuleProblem {
  readonly field: NicField;
  readonly message: string;
  readonly hint: string;
  /** What libvirt does about it where the setting is left over from another type or model */
  readonly left: 'refused' | 'dropped';
}

const dropped: ReadonlySet<NicField> = new Set(['driver', 'filterref', 'backend']);

/** Types that have a setting; settings that are not named here, all types have. */
const supported: Partial<Record<NicField, readonly string[]>> = {
  mtu: ['network', 'bridge', 'ethernet', 'vhostuser'],
  port_isolated: ['network', 'bridge'],
  coalesce: ['network', 'bridge'],
  filterref: ['network', 'bridge', 'ethernet'],
  virtualport: ['network', 'bridge', 'direct', 'hostdev'],
  guest_ips: ['user', 'vhostuser', 'vdpa'],
  port_forward: ['user', 'vhostuser'],
  target_managed: ['ethernet'],
};

/** Problems of a definition. Some need all of it: with only a part, what is not there is not held against it. */
export function nicProblems(nic: NicFields, part: 'whole' | 'part'): readonly RuleProblem[] {
  return [
    ...typeProblems(nic),
    ...driverProblems(nic, part),
    ...bandwidthProblems(nic),
    ...virtualPortProblems(nic),
    ...backendProblems(nic, part),
    ...teamingProblems(nic, part),
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
  value === '' ||
  (typeof value === 'object' && Object.keys(value as object).length === 0);

/** Whether a card is known not to be a virtio one; where all of the NIC is told, no model is none. */
const isNoVirtio = (model: NicFields['model'], part: 'whole' | 'part'): boolean =>
  model === undefined || isUnknown(model) ? part === 'whole' : !model.startsWith('virtio');

/** Of a tap's management it is `false` that says something. */
const isSet = (field: NicField, value: unknown): boolean =>
  !isUnknown(value) && (field === 'target_managed' ? value === false : !isNone(value));

function typeProblems(nic: NicFields): RuleProblem[] {
  const { type } = nic;
  if (type === undefined || isUnknown(type) || !NIC_TYPES.includes(type as 'user')) return [];
  return (Object.keys(supported) as NicField[])
    .filter((field) => isSet(field, nic[field]) && !supported[field]!.includes(type))
    .map((field) =>
      problem(
        field,
        `libvirt has no ${field} for NICs of type ${type}`,
        `it is for type ${supported[field]!.join(', ')}`,
      ),
    );
}

function driverProblems({ driver, model, type }: NicFields, part: 'whole' | 'part'): RuleProblem[] {
  if (isNone(driver) || isUnknown(driver) || type === 'vdpa' || isUnknown(type)) return [];
  if (type === 'hostdev') {
    const other = Object.keys(driver!).find((name) => name !== 'name');
    return other === undefined
      ? []
      : [problem('driver', `driver.${other} is not for NICs of type hostdev`, 'only name is, vfio or kvm')];
  }
  const found: RuleProblem[] = [];
  const unsaid = model === undefined || isUnknown(model);
  if (isNoVirtio(model, part)) {
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

/** Cards of the types whose frames QEMU hands over are virtio, and so are those that the host's kernel has a part in. */
function backendProblems(nic: NicFields, part: 'whole' | 'part'): RuleProblem[] {
  const { type, model, backend, port_forward: forward } = nic;
  const found: RuleProblem[] = [];
  const wrongModel =
    (type === 'vhostuser' && isNoVirtio(model, part)) || (type === 'vdpa' && isNoVirtio(model, 'part'));
  if (wrongModel) {
    found.push(problem('model', `a NIC of type ${type} is a virtio card`, 'give model: virtio'));
  }
  const vhost = isUnknown(backend) ? undefined : backend?.vhost;
  if (vhost !== undefined && (type === 'hostdev' || isNoVirtio(model, part))) {
    found.push(
      problem('backend', 'backend.vhost is for virtio cards', 'give model: virtio, or leave it out'),
    );
  }
  const isPasst = isUnknown(backend) || isUnknown(backend?.type) || backend?.type === 'passt';
  if (isPasst && !isNone(backend) && type !== undefined && !['user', 'vhostuser'].includes(type)) {
    if (!isUnknown(type) && !isUnknown(backend))
      found.push(problem('backend', `passt is not for NICs of type ${type}`, 'it is for type user'));
  }
  const backendSaid = backend?.type !== undefined || part === 'whole';
  if (Array.isArray(forward) && forward.length > 0 && !isPasst && backendSaid) {
    found.push(problem('port_forward', 'only passt forwards ports to a guest', 'give backend: passt'));
  }
  return found;
}

function teamingProblems({ teaming, model }: NicFields, part: 'whole' | 'part'): RuleProblem[] {
  if (isNone(teaming) || isUnknown(teaming)) return [];
  const { type, persistent } = teaming!;
  if (type === 'persistent' && isNoVirtio(model, part)) {
    return [problem('teaming', 'the persistent card of a team is a virtio card', 'give model: virtio')];
  }
  if (type === 'transient' && persistent === undefined) {
    const hint = 'it is the alias of the card that stays: ua-...';
    return [problem('teaming', 'teaming.persistent is needed with type transient', hint)];
  }
  if (type !== 'transient' && persistent !== undefined && !isUnknown(type)) {
    return [problem('teaming', 'teaming.persistent is for type transient', 'leave it out')];
  }
  return [];
}
