import type { Location } from './source.ts';

/**
 * Every code that Wirebook reports, with what it means. Closed: a code that is not here does not compile,
 * and a test keeps docs/errors.md in step with this table.
 */
export const ERROR_CODES = {
  // Reading files
  FILE_READ: 'A file that was named cannot be read',
  YAML_SYNTAX: 'The file is not valid YAML',
  YAML_DUPLICATE_KEY: 'A mapping has the same key twice',
  YAML_TAG: 'A YAML tag is not known, or not supported',
  YAML_SURPRISE: 'A value is read otherwise than it looks, or than other YAML parsers read it',
  // Playbooks
  PLAYBOOK_SHAPE: 'A playbook, play, block or task does not have the shape it needs',
  KEYWORD_UNKNOWN: 'A play, block or task has a key that is not a keyword',
  KEYWORD_UNSUPPORTED: 'A keyword of Ansible that Wirebook does not have',
  KEYWORD_VALUE: 'A keyword has a value it cannot take',
  MODULE_UNKNOWN: 'No module has that name',
  MODULE_MISSING: 'A task names no module',
  MODULE_CONFLICT: 'A task names more than one module',
  PARAM_UNKNOWN: 'A module has no parameter of that name',
  PARAM_MISSING: 'A required parameter is not there',
  PARAM_TYPE: 'A parameter has the wrong type',
  PARAM_RANGE: 'A number or length is out of range',
  PARAM_ENUM: 'A value is not one of those allowed',
  PARAM_FORMAT: 'A string does not have the format it needs',
  PARAM_CONFLICT: 'Parameters contradict each other',
  PARAM_NULL: 'A parameter is null',
  HANDLER_UNKNOWN: 'A task notifies a handler that is not defined',
  TAG_UNKNOWN: 'No task has a tag that was asked for',
  FILE_MISSING: 'A file that the playbook includes is not there',
  ATOMIC_TASK: 'A task cannot be part of an atomic block',
  // Expressions
  EXPR_SYNTAX: 'An expression or template does not parse',
  EXPR_SURPRISE: 'An expression is written in a way that may not mean what it seems',
  EXPR_FAILED: 'An expression could not be evaluated',
  VAR_UNDEFINED: 'A variable is not defined',
  FILTER_UNKNOWN: 'No filter or test has that name',
  LOOKUP_FAILED: 'A lookup is not known or found nothing',
  // libvirt's XML
  XML_SYNTAX: 'A text is not XML that can be read or written',
  XML_CONTENT: 'An XML document has an element, attribute or value that libvirt does not take there',
  // Inventory
  INVENTORY_SYNTAX: 'An inventory file cannot be understood',
  INVENTORY_CYCLE: 'A group is its own descendant',
  PATTERN_SYNTAX: 'A host pattern cannot be understood',
  PATTERN_EMPTY: 'A host pattern matches no host',
  VAULT: 'A vault-encrypted value cannot be read',
  // Command line
  USAGE: 'The command line cannot be understood',
  // Connections
  CONNECT: 'No connection could be made',
  HOST_KEY: 'The host key is unknown or has changed',
  AUTH: 'The host did not accept the login',
  CONNECTION_LOST: 'The connection broke',
  SHELL_START: 'The host does not give a usable shell',
  BECOME: 'Changing to another user failed',
  BECOME_PASSWORD: 'The password for becoming another user is missing or wrong',
  BECOME_TTY: 'Becoming another user needs a terminal there',
  TIMEOUT: 'A deadline passed',
  OUTPUT_LIMIT: 'A command printed more than the limit',
  // Running
  COMMAND_FAILED: 'A command on the host failed',
  OBSERVE: 'The state of the host could not be read',
  REQUIREMENT: 'The host lacks something that the task needs',
  LOCKED: 'Another run is changing this host',
  LIFELINE: 'The change touches the path of its own SSH connection',
  GUARD_LOGIN: 'A guarded change needs a login that can be repeated unattended',
  ROLLED_BACK: 'A guarded change failed or was not confirmed, and the host was put back as it was',
  FOREIGN: 'A definition belongs to someone else',
  REFUSED: 'The change is refused because it would do harm',
  VERIFY: 'The host did not end up as wanted',
  TASK_FAILED: 'A task failed',
  CONDITION: 'A condition came out false',
  INTERRUPTED: 'The run was interrupted',
  // Lab
  LAB: 'The lab could not do what was asked',
  LAB_NEEDS: 'This machine lacks something that the lab needs',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** What to do about it, one sentence */
  hint?: string | undefined;
  /** Where in a playbook or inventory */
  location?: Location | undefined;
  cause?: unknown;
}

/** An error that is the user's or the world's, never ours: it has a code, and is printed without a stack. */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly location: Location | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.location = details.location;
  }
}

/** Mistakes in files: thrown once, with all of them. */
export class SourceErrors extends Error {
  override readonly name = 'SourceErrors';
  readonly problems: readonly EngineError[];

  constructor(problems: readonly EngineError[]) {
    super(problems.map((problem) => problem.message).join('\n'));
    this.problems = problems;
  }
}

/** The host cannot be reached, or stopped answering; later tasks on it are not tried. */
export class UnreachableError extends EngineError {
  override readonly name = 'UnreachableError';
}

/** A command ran on a host and failed. */
export class CommandError extends EngineError {
  override readonly name = 'CommandError';
  readonly result: {
    readonly argv: readonly string[];
    readonly status: number;
    readonly stdout: string;
    readonly stderr: string;
  };

  constructor(message: string, result: CommandError['result'], details: ErrorDetails = {}) {
    super('COMMAND_FAILED', message, details);
    this.result = result;
  }
}
