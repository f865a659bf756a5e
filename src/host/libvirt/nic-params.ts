/** A guest's `<interface>` in place of the parameters of a NIC. */
import { EngineError } from '../../engine/errors.ts';
import { isGeneratedTarget } from './nic-identity.ts';
import { nicXmlProblems } from './nic-grammar.ts';
import type { NicFields } from './nic.ts';
import { readNic } from './nic-xml.ts';
import { parseXml } from './xml.ts';

/** Everything wrong with a document, each with its line and column in it. */
export function nicDocumentProblems(text: string): readonly Pick<EngineError, 'code' | 'message' | 'hint'>[] {
  try {
    return nicXmlProblems(parseXml(text)).map(({ line, column, message }) => ({
      code: 'XML_CONTENT',
      message: `XML, line ${line}, column ${column}: ${message}`,
      hint: undefined,
    }));
  } catch (error) {
    if (error instanceof EngineError) return [error];
    throw error;
  }
}

/**
 * What a document states, in the words of the parameters. What libvirt would drop from a stored definition (an alias or
 * target that it gave itself, the bridge of a network) is not stated.
 * @throws EngineError XML_SYNTAX, XML_CONTENT
 */
export function nicOfXml(text: string): NicFields {
  const [problem] = nicDocumentProblems(text);
  if (problem !== undefined) {
    const hint = 'https://libvirt.org/formatdomain.html#network-interfaces tells what can be there';
    throw new EngineError(problem.code, problem.message, { hint });
  }
  const { mac, alias, target, bridge, ...rest } = readNic(parseXml(text));
  return {
    ...rest,
    ...(mac !== '' && { mac }),
    ...(typeof alias === 'string' && alias.startsWith('ua-') && { alias }),
    ...(typeof target === 'string' && !isGeneratedTarget(target) && { target }),
    ...(bridge !== undefined && rest.type !== 'network' && { bridge }),
  };
}
