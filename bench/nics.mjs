// npm run bench -- nics: a host of 200 guests with 4 NICs each, shut off, on a real libvirtd of its own: round trips, the
// controller's CPU to read and plan, and what stays in its memory. Medians of 5, after one run to warm up.
import { mustTypeScript } from '../scripts/steps.mjs';

await mustTypeScript('bench/nics-looks.ts', [], ['--expose-gc']);
