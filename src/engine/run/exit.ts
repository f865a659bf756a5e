/** Exit codes, as ansible-playbook's; 3 is ours. */
export const EXIT = {
  ok: 0,
  error: 1,
  failed: 2,
  differs: 3,
  unreachable: 4,
  interrupted: 99,
  bug: 250,
} as const;
