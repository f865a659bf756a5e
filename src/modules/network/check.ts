/** What can be wrong with a task about a network before any host is asked. */
import type { ParamProblem } from '../../engine/module.ts';
import { checkNetwork } from '../../host/libvirt/network-check.ts';
import { documentName, documentProblems } from '../../host/libvirt/network-document.ts';

/** Parameters that XML has no words for: they can stand beside it. */
const BESIDE: readonly string[] = ['name', 'uri', 'state', 'autostart', 'restart', 'force', 'xml'];

/** Mistakes in a task's parameters, as far as they are known before the run. */
export function checkNetworkTask(params: Readonly<Record<string, unknown>>): ParamProblem[] {
  const { name, xml } = params;
  if (xml === undefined) {
    const missing: ParamProblem = {
      path: [],
      at: 'key',
      code: 'PARAM_MISSING',
      message: 'network needs name, or xml',
    };
    return [...(name === undefined ? [missing] : []), ...checkNetwork(params)];
  }
  const clashes = Object.keys(params)
    .filter((key) => !BESIDE.includes(key))
    .map((key): ParamProblem => {
      const message = `the XML says this: ${key} cannot stand beside it`;
      return { path: [key], code: 'PARAM_CONFLICT', message };
    });
  if (typeof xml !== 'string') return clashes;
  const wrong = documentProblems(xml).map((one): ParamProblem => ({ ...one, path: ['xml'] }));
  const own = documentName(xml);
  if (typeof name === 'string' && own !== undefined && own !== name) {
    const message = `name is ${name}, and in the XML ${own}`;
    wrong.push({ path: ['name'], code: 'PARAM_CONFLICT', message, hint: 'leave name out' });
  }
  return [...clashes, ...wrong];
}
