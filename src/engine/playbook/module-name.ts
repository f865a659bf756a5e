import type { AnyModule } from '../module.ts';
import { suggest } from '../suggest.ts';
import { KEYWORDS, keywordsOf, type Level, STATEMENTS } from './keywords.ts';
import type { Session } from './session.ts';

const prefixes = /^(?:ansible\.(?:builtin|legacy)|wirebook)\./;

/** Modules of ansible.builtin that Wirebook has later, or never. */
const ANSIBLE_MODULES = new Set(
  `add_host apt apt_key apt_repository assemble async_status blockinfile copy cron dnf expect fetch file find
  gather_facts get_url getent git group group_by hostname include_vars iptables known_hosts lineinfile meta
  mount_facts package package_facts pause ping pip raw reboot replace rpm_key script service service_facts slurp
  stat systemd systemd_service tempfile template unarchive uri user validate_argument_spec wait_for yum
  yum_repository zypper`.split(/\s+/),
);

/** A module's short name: `command` for `ansible.builtin.command`. */
export const shortName = (name: string): string => name.replace(prefixes, '');

export const findModule = (name: string, session: Session): AnyModule | undefined =>
  session.context.registry.get(shortName(name));

export const isStatement = (name: string): boolean => Object.hasOwn(STATEMENTS, shortName(name));

/** Whether a key that is neither keyword nor module here is certainly meant as a module. */
export const looksLikeModule = (name: string): boolean =>
  name.includes('.') || ANSIBLE_MODULES.has(shortName(name));

/** Whether an unknown key of a task is nearer to the name of a module or of a keyword. */
export function nearest(name: string, level: Level, session: Session): 'module' | 'keyword' | undefined {
  const keywords = keywordsOf(level);
  const best = suggest(name, [...keywords, ...session.context.registry.keys()]);
  if (best === undefined) return undefined;
  return best in KEYWORDS ? 'keyword' : 'module';
}

/** What to do about a module that is not there. */
export function moduleHint(name: string, session: Session): string {
  const short = shortName(name);
  if (ANSIBLE_MODULES.has(short))
    return 'it is a module of Ansible that this version of Wirebook does not have';
  const best = suggest(short.split('.').at(-1) ?? short, session.context.registry.keys());
  if (best !== undefined) return `did you mean ${best}?`;
  if (short.includes('.'))
    return 'modules of collections are not available; `wirebook doc` lists those that are';
  return '`wirebook doc` lists the modules';
}
