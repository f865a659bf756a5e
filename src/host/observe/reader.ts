import type { SourceRequest } from '../../engine/module.ts';
import type { HostState } from '../state.ts';

/** Reads one source: the script is constant text but for quoted names, the parser is pure. */
export interface Reader {
  readonly source: SourceRequest['source'];
  /** POSIX sh that prints what `parse` reads and exits non-zero when it cannot be read; LC_ALL=C is set */
  script(request: SourceRequest): string;
  /** The state with what was read in it. @throws EngineError OBSERVE or REQUIREMENT (with the package to install) */
  parse(
    output: { stdout: string; stderr: string; status: number },
    state: HostState,
    request: SourceRequest,
  ): HostState;
}
