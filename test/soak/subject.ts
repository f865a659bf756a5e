/** What the soak is about: one file a subject, which does so many random things from a seed and tells what came of it. */
export interface Subject {
  /** Heading of its section in docs/soak.md */
  readonly title: string;
  run(options: SoakOptions): Promise<SoakOutcome>;
}

interface SoakOptions {
  readonly count: number;
  /** The same seed does the same things */
  readonly seed: number;
  /** Tells whoever waits, a line each */
  note(line: string): void;
}

interface SoakOutcome {
  /** Body of the section, Markdown: what was done, and a table of what came of it */
  readonly markdown: string;
  /** How many failed */
  readonly failed: number;
}
