// What the benchmarks share: whole processes timed, medians, and the hosts of a lab.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import YAML from 'yaml';

export function hostsOf(inventory) {
  const { kvm } = YAML.parse(readFileSync(inventory, 'utf8'));
  return Object.values(kvm.hosts).map((own) => {
    const vars = { ...kvm.vars, ...own };
    return {
      address: vars.ansible_host,
      port: vars.ansible_port ?? 22,
      user: vars.ansible_user,
      key: vars.ansible_ssh_private_key_file,
      knownHosts: vars.ansible_ssh_known_hosts_file,
    };
  });
}

/** One whole process: seconds, and peak memory in MiB. Its output is shown only when it fails. */
export function once({ argv, env = {} }, folder) {
  const [command, ...args] = argv;
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  let memory = 0;
  const sample = () => {
    try {
      const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      if (peak) memory = Math.max(memory, Number(peak) / 1024);
    } catch {
      // It has ended between two looks.
    }
  };
  const timer = setInterval(sample, 50);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      clearInterval(timer);
      const seconds = (performance.now() - started) / 1000;
      if (status === 0) resolve({ seconds, memory });
      else reject(new Error(`${argv.join(' ')} ended with ${status}:\n${Buffer.concat(output)}`));
    });
  });
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function have(command) {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', command], { stdio: 'ignore' }).status === 0;
}

export function must(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}
