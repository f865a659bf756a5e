/** What expressions may see of the world outside their variables. */
export interface TemplarOptions {
  /** Where lookups find relative files, unless the variable `playbook_dir` says otherwise */
  readonly playbookDir: string;
  /** Environment variables for `lookup('env')` and `~`; default none */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The text of a file, for lookups; default reads it as UTF-8 */
  readonly readFile?: (path: string) => string;
  /** Default: the clock */
  readonly now?: () => Date;
  /** Makes `random` and `shuffle` without a seed of their own repeatable */
  readonly seed?: string | number;
  /** Steps one render may take, default 10 million (some seconds) */
  readonly fuel?: number;
}
