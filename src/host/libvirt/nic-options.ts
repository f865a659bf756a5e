/** The nested settings of a NIC: driver, option ROM, network filter, back end, coalescing and teaming. */
import { given, readNumber } from './nic-codec.ts';
import type { Backend, Coalesce, Driver, FilterRef, Rom, Teaming } from './nic.ts';
import { attr, child, children, element, type XmlElement } from './xml.ts';

const driverNumbers = new Set(['queues', 'rx_queue_size', 'tx_queue_size']);
const driverTexts = new Set(['name', 'txmode', 'model']);

/** Offloads are named in `<host>` and `<guest>` below the driver. */
const offloads = ['host', 'guest'] as const;

export function readDriver(xml: XmlElement | undefined): Driver | undefined {
  if (xml === undefined) return undefined;
  const own = Object.entries(xml.attributes).map(
    ([name, value]) => [name, readSetting(name, value)] as const,
  );
  const nested = offloads.flatMap((side) => {
    const found = child(xml, side);
    return found === undefined ? [] : [[side, readSwitches(found)] as const];
  });
  return Object.fromEntries([...own, ...nested]);
}

const readSetting = (name: string, value: string): string | number | boolean =>
  driverNumbers.has(name) ? Number(value) : driverTexts.has(name) ? value : value === 'on';

const readSwitches = (xml: XmlElement): Record<string, boolean> =>
  Object.fromEntries(Object.entries(xml.attributes).map(([name, value]) => [name, value === 'on']));

/** The driver with what is wanted in it; what is not given stays. */
export function writeDriver(before: XmlElement | undefined, want: Driver): XmlElement {
  const attributes: Record<string, string> = { ...before?.attributes };
  const nested = new Map(children(before).map((node) => [node.name, node]));
  for (const [name, value] of Object.entries(want)) {
    if (typeof value === 'object') {
      const switches = Object.entries(value).map(([key, on]) => [key, onOff(on)] as const);
      nested.set(name, element(name, { ...nested.get(name)?.attributes, ...Object.fromEntries(switches) }));
    } else {
      attributes[name] = typeof value === 'boolean' ? onOff(value) : String(value);
    }
  }
  return element('driver', attributes, [...nested.values()]);
}

export function readRom(xml: XmlElement | undefined): Rom | undefined {
  if (xml === undefined) return undefined;
  const [enabled, bar, file] = [attr(xml, 'enabled'), attr(xml, 'bar'), attr(xml, 'file')];
  return {
    ...(enabled !== undefined && { enabled: enabled === 'yes' }),
    ...(bar !== undefined && { bar: bar === 'on' }),
    ...(file !== undefined && { file }),
  };
}

/** The option ROM with what is wanted in it; what is not given stays. */
export function writeRom(before: XmlElement | undefined, want: Rom): XmlElement {
  return element('rom', {
    ...before?.attributes,
    ...(want.enabled !== undefined && { enabled: want.enabled ? 'yes' : 'no' }),
    ...(want.bar !== undefined && { bar: onOff(want.bar) }),
    ...(want.file !== undefined && { file: want.file }),
  });
}

export function readFilterRef(xml: XmlElement | undefined): FilterRef | undefined {
  const filter = attr(xml, 'filter');
  if (filter === undefined) return undefined;
  const values = new Map<string, string[]>();
  for (const parameter of children(xml, 'parameter')) {
    const name = attr(parameter, 'name') ?? '';
    values.set(name, [...(values.get(name) ?? []), attr(parameter, 'value') ?? '']);
  }
  if (values.size === 0) return { filter };
  const parameters = [...values].map(([name, all]) => [name, all.length === 1 ? all[0]! : all] as const);
  return { filter, parameters: Object.fromEntries(parameters) };
}

export function writeFilterRef({ filter, parameters = {} }: FilterRef): XmlElement | undefined {
  if (filter === undefined) return undefined;
  const list = Object.entries(parameters).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((one) => element('parameter', { name, value: one })),
  );
  return element('filterref', { filter }, list);
}

/** libvirt's `default` is slirp, and means the same as nothing. */
const BACKENDS = new Map<string, NonNullable<Backend['type']>>([
  ['passt', 'passt'],
  ['default', 'slirp'],
]);

export function readBackend(xml: XmlElement | undefined): Backend | undefined {
  return given({
    type: BACKENDS.get(attr(xml, 'type') ?? ''),
    tap: attr(xml, 'tap'),
    vhost: attr(xml, 'vhost'),
    log_file: attr(xml, 'logFile'),
  });
}

/** The back end with what is wanted in it; what is not given stays. */
export function writeBackend(before: XmlElement | undefined, want: Backend): XmlElement | undefined {
  const { type, ...others } = before?.attributes ?? {};
  const kind = want.type === undefined ? type : want.type === 'passt' ? 'passt' : undefined;
  const attributes = {
    ...(kind !== undefined && { type: kind }),
    ...others,
    ...(want.tap !== undefined && { tap: want.tap }),
    ...(want.vhost !== undefined && { vhost: want.vhost }),
    ...(want.log_file !== undefined && { logFile: want.log_file }),
  };
  return Object.keys(attributes).length === 0 ? undefined : element('backend', attributes);
}

/** libvirt drops a zero. */
export function readCoalesce(xml: XmlElement | undefined): Coalesce | undefined {
  const frames = readNumber(attr(child(child(xml, 'rx'), 'frames'), 'max'));
  return frames ? { rx_frames: frames } : undefined;
}

export const writeCoalesce = ({ rx_frames: max }: Coalesce): XmlElement | undefined =>
  max ? element('coalesce', {}, [element('rx', {}, [element('frames', { max })])]) : undefined;

export function readTeaming(xml: XmlElement | undefined): Teaming | undefined {
  const [type, persistent] = [attr(xml, 'type'), attr(xml, 'persistent')];
  return type === undefined ? undefined : { type, ...(persistent !== undefined && { persistent }) };
}

export const writeTeaming = ({ type, persistent }: Partial<Teaming>): XmlElement | undefined =>
  type === undefined ? undefined : element('teaming', { type, persistent });

const onOff = (value: boolean): string => (value ? 'on' : 'off');
