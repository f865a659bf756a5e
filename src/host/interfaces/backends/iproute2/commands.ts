import type { Step } from '../../../../engine/module.ts';
import { showRoute } from '../../address.ts';
import type { Family, Route } from '../../link.ts';
import type { Operation } from '../../operation.ts';
import { optionWords } from './options.ts';

/** The command that does an operation. Names follow `dev`, `name` or `link`, so that none is taken for an option. */
export function toStep(operation: Operation): Step {
  return { title: title(operation), argv: argv(operation) };
}

function argv(operation: Operation): string[] {
  const { link } = operation;
  const set = (...words: string[]): string[] => ['ip', 'link', 'set', 'dev', link, ...words];
  switch (operation.op) {
    case 'add':
      return [
        ...['ip', 'link', 'add'],
        ...(operation.parent === undefined ? [] : ['link', operation.parent]),
        ...['name', link, 'type', operation.kind],
        ...optionWords(operation.kind, operation.options),
      ];
    case 'delete':
      return ['ip', 'link', 'delete', 'dev', link];
    case 'up':
    case 'down':
      return set(operation.op);
    case 'mtu':
      return set('mtu', String(operation.mtu));
    case 'mac':
      return set('address', operation.mac);
    case 'label':
      return set('alias', operation.label);
    case 'promisc':
      return set('promisc', operation.promisc ? 'on' : 'off');
    case 'controller':
      return operation.controller === undefined ? set('nomaster') : set('master', operation.controller);
    case 'options':
      return set('type', operation.kind, ...optionWords(operation.kind, operation.options));
    case 'sysctl': {
      const file = `/proc/sys/net/ipv6/conf/${link}/${operation.key}`;
      return ['sh', '-c', 'printf %s "$1" >"$2"', 'sh', String(operation.value), file];
    }
    // replace, since whether the kernel has kept it is not always known
    case 'add-address':
      return ['ip', 'addr', 'replace', ...operation.address.split(' '), 'dev', link];
    case 'delete-address': {
      const command = ['ip', 'addr', 'del', ...operation.address.split(' '), 'dev', link];
      return operation.alone ? ['sh', '-c', ALONE, 'sh', link, ...command] : command;
    }
    case 'set-route':
      return [...routeCommand(operation.family, 'replace'), ...routeWords(operation.route, link)];
    case 'delete-route':
      return [...routeCommand(operation.family, 'del'), ...routeWords(operation.route, link)];
    case 'set-vlans':
    case 'delete-vlans':
      return vlanCommand(operation);
  }
}

/** The other addresses of the subnet stay while the link promotes them. Sysctls have no end of line for dash's read. */
const ALONE = `flag=/proc/sys/net/ipv4/conf/$1/promote_secondaries
shift
read -r was <"$flag" || [ "$was" ] || exit
echo 1 >"$flag" || exit
"$@"
status=$?
echo "$was" >"$flag"
exit $status`;

const routeCommand = (family: Family, verb: string): string[] => [
  'ip',
  family === 'ipv6' ? '-6' : '-4',
  'route',
  verb,
];

const routeWords = (route: Route, link: string): string[] => [
  route.to,
  ...(route.via === undefined ? [] : ['via', route.via]),
  ...['dev', link],
  ...(route.table === undefined ? [] : ['table', String(route.table)]),
  ...(route.metric === undefined ? [] : ['metric', String(route.metric)]),
  ...(route.src === undefined ? [] : ['src', route.src]),
];

function vlanCommand(entry: Operation & { op: 'set-vlans' | 'delete-vlans' }): string[] {
  const vid = entry.first === entry.last ? String(entry.first) : `${entry.first}-${entry.last}`;
  const set = entry.op === 'set-vlans';
  return [
    ...['bridge', 'vlan', set ? 'add' : 'del', 'dev', entry.link, 'vid', vid],
    ...(set && entry.pvid ? ['pvid'] : []),
    ...(set && entry.untagged ? ['untagged'] : []),
    ...(entry.self ? ['self'] : []),
  ];
}

function title(operation: Operation): string {
  const { link } = operation;
  switch (operation.op) {
    case 'add':
      return `add ${operation.kind} ${link}`;
    case 'delete':
      return `delete ${link}`;
    case 'up':
    case 'down':
      return `bring ${link} ${operation.op}`;
    case 'mtu':
      return `set MTU of ${link} to ${operation.mtu}`;
    case 'mac':
      return `set MAC of ${link} to ${operation.mac}`;
    case 'label':
      return `label ${link}`;
    case 'promisc':
      return `turn promiscuous mode of ${link} ${operation.promisc ? 'on' : 'off'}`;
    case 'controller':
      return operation.controller === undefined
        ? `release port ${link}`
        : `make ${link} a port of ${operation.controller}`;
    case 'options':
      return `set ${Object.keys(operation.options).join(', ')} of ${link}`;
    case 'sysctl':
      return `set ${operation.key} of ${link} to ${operation.value}`;
    case 'add-address':
      return `add address ${operation.address} to ${link}`;
    case 'delete-address':
      return `remove address ${operation.address} from ${link}`;
    case 'set-route':
      return `set route ${showRoute(operation.route)} on ${link}`;
    case 'delete-route':
      return `remove route ${showRoute(operation.route)} from ${link}`;
    case 'set-vlans':
      return `let VLANs ${operation.first}-${operation.last} through ${link}`;
    case 'delete-vlans':
      return `stop VLANs ${operation.first}-${operation.last} on ${link}`;
  }
}
