import { configureGlobal } from 'fast-check';
import { SEED } from './seeds.ts';

/** fast-check, whose cases are the same each time unless WIREBOOK_SEED says otherwise. */
configureGlobal({ seed: SEED });

export * from 'fast-check';
