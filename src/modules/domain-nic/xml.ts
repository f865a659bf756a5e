/** A NIC given as libvirt's XML: what it says is what the parameters would have said. */
import type { ParamProblem } from '../../engine/module.ts';
import { checkNic } from '../../host/libvirt/nic-check.ts';
import { nicDocumentProblems, nicOfXml } from '../../host/libvirt/nic-params.ts';
import type { NicRequest } from '../../host/libvirt/nic-goal.ts';
import { nicKeyProperties } from '../../host/libvirt/nic-schema.ts';

type Params = Readonly<Record<string, unknown>>;

/** The request with the document's statements in place of it. */
export function requestOf<P extends NicRequest & { readonly xml?: string }>({
  xml,
  ...beside
}: P): NicRequest {
  if (xml === undefined) return beside;
  return { ...nicOfXml(xml), ...beside };
}

/** Mistakes in the parameters, and in the document that stands in place of some. */
export function checkNicOrXml(params: Params): readonly ParamProblem[] {
  const { xml, ...beside } = params;
  if (xml === undefined) return checkNic(params);
  const clashes = Object.keys(beside)
    .filter((key) => !Object.hasOwn(nicKeyProperties, key))
    .map((key) => conflict(key, `the XML says this: ${key} cannot stand beside it`));
  if (typeof xml !== 'string') return clashes;
  const wrong = nicDocumentProblems(xml).map(({ code, message, hint }) => ({
    path: ['xml'],
    code,
    message,
    ...(hint !== undefined && { hint }),
  }));
  if (wrong.length > 0 || clashes.length > 0) return [...clashes, ...wrong];
  const said: Params = { ...nicOfXml(xml) };
  const differing = ['mac', 'alias', 'target'].filter(
    (key) => isText(beside[key]) && isText(said[key]) && !sameText(beside[key], said[key]),
  );
  return [
    ...differing.map((key) => conflict(key, `${key} is ${beside[key]}, and in the XML ${said[key]}`)),
    ...checkNic({ ...said, ...beside }).map(({ path, ...rest }) =>
      path[0] !== undefined && Object.hasOwn(beside, path[0])
        ? { path, ...rest }
        : { ...rest, path: ['xml'], at: 'value' as const, message: `in the XML: ${rest.message}` },
    ),
  ];
}

const isText = (value: unknown): value is string => typeof value === 'string';
const sameText = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const conflict = (key: string, message: string): ParamProblem => ({
  path: [key],
  at: 'key',
  code: 'PARAM_CONFLICT',
  message,
});
