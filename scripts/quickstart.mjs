// npm run quickstart: installs, brings up three lab hosts, runs the main job on them twice, says what to try next.
// Arguments go to `wirebook lab up`, such as --driver netns.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildBundle, installDependencies, must, root } from './steps.mjs';

const started = Date.now();
const wirebook = (...args) => [join(root, 'bin/wirebook.mjs'), ...args];
const lab = '.wirebook/lab';
const inventory = `${lab}/inventory.yml`;
const playbook = 'playbooks/site.yml';

const say = (text) => console.log(`\n\u001b[1m${text}\u001b[0m`);

await installDependencies();
await buildBundle();

say('1. Three lab hosts (wirebook lab up)');
const up = spawnSync(process.execPath, wirebook('lab', 'status', '--dir', lab), {
  cwd: root,
  stdio: 'ignore',
});
if (up.status === 0 && process.argv.length === 2) console.log('They are up already.');
else must(process.execPath, wirebook('lab', 'up', '--hosts', '3', '--dir', lab, ...process.argv.slice(2)));

say(`2. The main job (wirebook run -i ${inventory} ${playbook})`);
must(process.execPath, wirebook('run', '-i', inventory, playbook));

say('3. The same again: everything is as written, so nothing is changed');
must(process.execPath, wirebook('run', '-i', inventory, playbook, '--detailed-exitcode'));

say(`Done in ${((Date.now() - started) / 1000).toFixed(0)} s. What to try next:`);
console.log(`  alias wirebook="$PWD/bin/wirebook.mjs"
  wirebook lab ssh host1 ip addr add 192.0.2.1/24 dev br20                    # break something
  wirebook check -i ${inventory} ${playbook}    # …see what it would take to mend it
  wirebook run   -i ${inventory} ${playbook}    # …and mend it
  wirebook do host1 -i ${inventory} -m network -a name=tenants --xml
  wirebook doc bridge
  wirebook lab down                                          # when you have seen enough
The README explains; playbooks/ has an example for each module.`);
