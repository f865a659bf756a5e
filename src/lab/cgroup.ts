import { readFileSync } from 'node:fs';
import { EngineError } from '../engine/errors.ts';

/** Where the control groups of version 2 are mounted; systemd in a host needs one of its own. */
export function cgroupRoot(): string {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((entry) => entry.includes(' - cgroup2 '));
  const path = line?.split(' ')[4];
  if (path !== undefined) return path;
  throw new EngineError(
    'LAB_NEEDS',
    'full netns hosts need control groups of version 2, and none are mounted',
    {
      hint: 'Use --sshd-only, or --driver uml',
    },
  );
}
